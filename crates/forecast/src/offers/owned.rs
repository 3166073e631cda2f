//! What each customer owns at the end of a day, for those whom relations between items are learned of.

use super::baskets::{Baskets, BoughtItem};

/// Most customers whom relations between items are learned of; of more, every so many-th is taken.
pub const MAX_LEARNED_OF: usize = 100_000;
/// Most items of a customer that count as related to one another; of more, those bought last.
pub const MAX_WIDTH: usize = 1_000;

/// What customers own, an item as often as they are many.
pub(super) struct Owned {
    /// The numbers of the customers taken, rising.
    pub numbers: Vec<u32>,
    /// By customer taken: the items she owns and how much, above 0.
    pub customers: Vec<Vec<(u32, f64)>>,
    /// By item: how many of the customers taken own it.
    pub owners: Vec<u32>,
}

impl Owned {
    /// Of all customers at the end of a day.
    pub fn at(baskets: &Baskets, day: i32, much: Much) -> Self {
        let step = baskets.customers().div_ceil(MAX_LEARNED_OF).max(1);
        let mut own = Self {
            numbers: Vec::new(),
            customers: Vec::new(),
            owners: vec![0; baskets.items()],
        };
        for customer in (0..baskets.customers()).step_by(step) {
            let items = owned(baskets, customer, day, much);
            if items.is_empty() {
                continue;
            }
            for (item, _) in &items {
                own.owners[*item as usize] += 1;
            }
            own.numbers.push(customer as u32);
            own.customers.push(items);
        }
        own
    }

    /// The items with so many owners, most first, and no more than so many of them; in order of number.
    pub fn kept(&self, floor: u32, most: usize) -> Vec<u32> {
        let items = 0..self.owners.len() as u32;
        let mut kept: Vec<u32> = items
            .filter(|item| self.owners[*item as usize] >= floor.max(1))
            .collect();
        kept.sort_by_key(|item| std::cmp::Reverse(self.owners[*item as usize]));
        kept.truncate(most);
        kept.sort_unstable();
        kept
    }
}

/// How much of an item a customer owns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Much {
    /// 1 at most, and less as purchases grow old: the root of how often she bought it, each time counting by half
    /// for every so many days. The root, since what was bought but once long ago still says what she is like.
    Faded(f64),
    /// The logarithm of 1 and the days on which she bought it.
    Counted,
}

/// What a customer owns at the end of a day: the items and how much.
pub(super) fn owned(baskets: &Baskets, customer: usize, day: i32, much: Much) -> Vec<(u32, f64)> {
    let seen = baskets.of(customer).filter_map(|one| one.until(day));
    let mut seen: Vec<BoughtItem<'_>> = seen.collect();
    if seen.len() > MAX_WIDTH {
        seen.sort_by_key(|one| (std::cmp::Reverse(one.days.last().copied()), one.item));
        seen.truncate(MAX_WIDTH);
        seen.sort_unstable_by_key(|one| one.item);
    }
    let how_much = |one: &BoughtItem<'_>| match much {
        Much::Faded(half_life_days) => faded(one.days, day, half_life_days).min(1.0).sqrt(),
        Much::Counted => (one.days.len() as f64).ln_1p(),
    };
    seen.iter().map(|one| (one.item, how_much(one))).collect()
}

/// How often something was bought, each time counting by half for every half-life that it lies back.
pub(super) fn faded(days: &[i32], day: i32, half_life_days: f64) -> f64 {
    let one = |bought: &i32| (-f64::from(day - bought) / half_life_days).exp2();
    days.iter().map(one).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_owned_fades() {
        let rows = vec![
            (0, 0, 0, 1.0),
            (0, 0, 10, 1.0),
            (0, 1, 20, 1.0),
            (1, 1, 40, 1.0),
        ];
        let baskets = Baskets::gather(2, 3, rows).expect("valid");
        let own = Owned::at(&baskets, 20, Much::Faded(10.0));
        assert_eq!(own.customers, vec![vec![(0, 0.75_f64.sqrt()), (1, 1.0)]]);
        assert_eq!(
            (&own.numbers[..], &own.owners[..]),
            (&[0][..], &[1, 1, 0][..])
        );
        assert_eq!(own.kept(1, 1), [0]);
        assert_eq!(own.kept(2, 9), [0_u32; 0]);
    }
}

//! What customers like her own: the closest by what they bought, and how often, with rare items counting more.

use super::owned::Owned;
use super::related::NONE;

/// Most customers that others are held against; of more, every so many-th.
const MAX_ALIKE: usize = 5_000;
/// The closest customers that are asked.
const CLOSEST: usize = 200;

/// Customers by what they bought.
#[derive(Clone, Debug, Default)]
pub(super) struct Alike {
    /// By customer held against: her number, and the places of the items that she owns, rising.
    customers: Vec<(u32, Vec<u32>)>,
    /// By place: who owns it, and the share of all she bought that it makes, as a cosine counts it.
    owners: Vec<Vec<(u32, f32)>>,
    /// By place: how much rarer than everything it is.
    rare: Vec<f32>,
}

impl Alike {
    /// Of what customers own, as much as they bought it; `places` is by item its place among so many.
    pub fn learn(owned: &Owned, places: &[u32], size: usize) -> Self {
        let all = owned.customers.len() as f64;
        let mut own = Self {
            customers: Vec::new(),
            owners: vec![Vec::new(); size],
            rare: vec![0.0; size],
        };
        for (item, place) in places.iter().enumerate().filter(|(_, one)| **one != NONE) {
            own.rare[*place as usize] = (all / f64::from(owned.owners[item].max(1))).ln() as f32;
        }
        let step = owned.customers.len().div_ceil(MAX_ALIKE).max(1);
        let known = owned.numbers.iter().zip(&owned.customers).step_by(step);
        for (number, items) in known {
            let placed = own.placed(items, places);
            let at = own.customers.len() as u32;
            for (place, much) in &placed {
                own.owners[*place as usize].push((at, *much));
            }
            let has = placed.into_iter().map(|(place, _)| place).collect();
            own.customers.push((*number, has));
        }
        own
    }

    /// By place, the share of the customers closest to one who own it, each counting by how close she is; nothing
    /// where nobody is close. She herself is not among them.
    pub fn shares(&self, customer: u32, items: &[(u32, f64)], places: &[u32]) -> Vec<f32> {
        let mut shares = vec![0.0; self.owners.len()];
        let mut close = vec![0.0_f32; self.customers.len()];
        for (place, much) in self.placed(items, places) {
            for (other, share) in &self.owners[place as usize] {
                close[*other as usize] += much * share;
            }
        }
        let others = close.iter().zip(&self.customers).enumerate();
        let others = others.filter(|(_, (close, one))| **close > 0.0 && one.0 != customer);
        let mut closest: Vec<(u32, f32)> =
            others.map(|(at, (close, _))| (at as u32, *close)).collect();
        let by_close = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if closest.len() > CLOSEST {
            closest.select_nth_unstable_by(CLOSEST, by_close);
            closest.truncate(CLOSEST);
        }
        // In one order, so that the sums are the same whatever the selection left behind.
        closest.sort_unstable_by(by_close);
        let all: f32 = closest.iter().map(|(_, close)| close).sum();
        for (at, close) in closest {
            for place in &self.customers[at as usize].1 {
                shares[*place as usize] += close / all;
            }
        }
        shares
    }

    /// The places of what is owned, each with its share as a cosine counts it.
    fn placed(&self, items: &[(u32, f64)], places: &[u32]) -> Vec<(u32, f32)> {
        let known = items
            .iter()
            .map(|(item, much)| (places[*item as usize], *much as f32));
        let known = known.filter(|(place, _)| *place != NONE);
        let mut placed: Vec<(u32, f32)> = known
            .map(|(place, much)| (place, much * self.rare[place as usize]))
            .collect();
        let length = placed.iter().map(|(_, much)| much * much).sum::<f32>();
        for (_, much) in &mut placed {
            *much /= length.sqrt().max(f32::MIN_POSITIVE);
        }
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 and 1 bought 0 and 1, 1 also 2; 2 bought 0 and 3; all bought 4.
    fn owned() -> Owned {
        let lists = [&[0, 1, 4][..], &[0, 1, 2, 4], &[0, 3, 4]];
        let one = |list: &&[u32]| list.iter().map(|item| (*item, 1.0)).collect();
        Owned {
            numbers: vec![0, 2, 4],
            customers: lists.iter().map(one).collect(),
            owners: vec![3, 2, 1, 1, 3],
        }
    }

    #[test]
    fn those_who_bought_the_same_rare_things_are_asked() {
        let (owned, places) = (owned(), [0, 1, 2, 3, NONE]);
        let alike = Alike::learn(&owned, &places, 4);
        // What everybody owns says nothing: 0 is close to 1 alone.
        let shares = alike.shares(0, &owned.customers[0], &places);
        assert_eq!(shares, [1.0, 1.0, 1.0, 0.0]);
        let herself = alike.shares(4, &owned.customers[2], &places);
        assert_eq!(herself, [0.0; 4], "nobody else owns 3");
        let stranger = alike.shares(9, &[(1, 1.0), (3, 1.0)], &places);
        assert!(
            (stranger.iter().sum::<f32>() - 2.3).abs() < 0.4,
            "{stranger:?}"
        );
        assert_eq!(alike.shares(9, &[], &places), [0.0; 4]);
    }

    #[test]
    fn of_nobody_nothing_is_known() {
        let none = Owned {
            numbers: Vec::new(),
            customers: Vec::new(),
            owners: vec![0; 2],
        };
        let alike = Alike::learn(&none, &[0, NONE], 1);
        assert_eq!(alike.shares(0, &[(0, 1.0), (1, 1.0)], &[0, NONE]), [0.0]);
    }
}

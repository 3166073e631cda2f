//! Which items are bought by the same customers: counts, cosine and lift.

use super::baskets::Baskets;
use super::owned::{Much, Owned};

/// Most items that are related to others: those with the most owners.
pub const MAX_RELATED_ITEMS: usize = 20_000;
/// Most relations of an item that are kept: the closest by cosine.
pub const MAX_RELATIONS: usize = 100;

/// How an item goes with another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relation {
    /// The other item's number.
    pub item: u32,
    /// Customers who own both.
    pub both: u32,
    /// Owners of both over the root of the product of each one's owners: from above 0 to 1.
    pub cosine: f64,
    /// How many times as many own both as would if owning one said nothing of owning the other.
    pub lift: f64,
}

/// Items that go with others.
///
/// Counted exactly, of customers and not of baskets: what is bought in turn goes together as well as what is
/// bought at once. Items with few owners have none, since a lift of three owners says nothing.
#[derive(Clone, Debug, Default)]
pub struct Related {
    /// By item: where its relations begin, and where the last one's end.
    starts: Vec<usize>,
    relations: Vec<Relation>,
    owners: Vec<u32>,
    customers: usize,
}

impl Related {
    /// Counts of all that was bought until the end of a day; a pair needs `floor` owners of both.
    pub fn learn(baskets: &Baskets, day: i32, floor: u32) -> Self {
        Self::of_owned(Owned::at(baskets, day, Much::Counted), floor.max(1))
    }

    pub(super) fn of_owned(owned: Owned, floor: u32) -> Self {
        let kept = owned.kept(floor, MAX_RELATED_ITEMS);
        let places = places(&kept, owned.owners.len());
        let lists: Vec<Vec<u32>> = owned
            .customers
            .iter()
            .map(|items| {
                items
                    .iter()
                    .map(|(item, _)| places[*item as usize])
                    .filter(|place| *place != NONE)
                    .collect()
            })
            .collect();
        let mut owners_of = vec![Vec::new(); kept.len()];
        for (customer, list) in lists.iter().enumerate() {
            for place in list {
                owners_of[*place as usize].push(customer as u32);
            }
        }
        let mut own = Self {
            starts: vec![0],
            customers: lists.len(),
            ..Self::default()
        };
        let mut both = vec![0_u32; kept.len()];
        let mut met: Vec<u32> = Vec::new();
        let mut found: Vec<Relation> = Vec::new();
        for (place, item) in kept.iter().enumerate() {
            for customer in &owners_of[place] {
                for other in &lists[*customer as usize] {
                    if both[*other as usize] == 0 {
                        met.push(*other);
                    }
                    both[*other as usize] += 1;
                }
            }
            let here = f64::from(owned.owners[*item as usize]);
            for other in met.drain(..) {
                let count = std::mem::take(&mut both[other as usize]);
                let there = f64::from(owned.owners[kept[other as usize] as usize]);
                if other as usize != place && count >= floor {
                    found.push(Relation {
                        item: kept[other as usize],
                        both: count,
                        cosine: f64::from(count) / (here * there).sqrt(),
                        lift: f64::from(count) * lists.len() as f64 / (here * there),
                    });
                }
            }
            found.sort_unstable_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.item.cmp(&b.item)));
            found.truncate(MAX_RELATIONS);
            own.starts.resize(*item as usize + 1, own.relations.len());
            own.relations.append(&mut found);
        }
        own.starts
            .resize(owned.owners.len() + 1, own.relations.len());
        own.owners = owned.owners;
        own
    }

    /// What goes with an item, the closest first; nothing of an item with few owners.
    pub fn of(&self, item: u32) -> &[Relation] {
        let at = item as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(from), Some(to)) => &self.relations[*from..*to],
            _ => &[],
        }
    }

    /// How two items go together, if they do and are close.
    pub fn between(&self, item: u32, other: u32) -> Option<&Relation> {
        self.of(item).iter().find(|own| own.item == other)
    }

    /// Customers counted who own an item.
    pub fn owners(&self, item: u32) -> u32 {
        self.owners.get(item as usize).copied().unwrap_or(0)
    }

    /// Customers counted.
    pub fn customers(&self) -> usize {
        self.customers
    }
}

/// Stands for an item that has no place.
pub(super) const NONE: u32 = u32::MAX;

/// By item: its place among those kept, or [`NONE`].
pub(super) fn places(kept: &[u32], items: usize) -> Vec<u32> {
    let mut places = vec![NONE; items];
    for (place, item) in kept.iter().enumerate() {
        places[*item as usize] = place as u32;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of four customers three own 0, two own 1, both of them 0 as well, and one owns 2.
    fn baskets() -> Baskets {
        let rows = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (3, 2)];
        let rows = rows.map(|(customer, item)| (customer, item, 5, 1.0));
        Baskets::gather(5, 4, rows.to_vec()).expect("valid")
    }

    #[test]
    fn relations_are_what_is_counted() {
        let related = Related::learn(&baskets(), 5, 2);
        assert_eq!((related.customers(), related.owners(0)), (4, 3));
        let between = related.between(1, 0).expect("two own both");
        assert_eq!((between.both, between.lift), (2, 2.0 * 4.0 / 6.0));
        assert!((between.cosine - 2.0 / 6.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(related.of(0).len(), 1);
        assert!(related.of(2).is_empty() && related.of(3).is_empty() && related.of(99).is_empty());
    }

    #[test]
    fn few_owners_say_nothing() {
        assert!(Related::learn(&baskets(), 5, 3).of(1).is_empty());
        assert!(Related::learn(&baskets(), 4, 1).of(1).is_empty());
    }
}

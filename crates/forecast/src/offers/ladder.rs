//! Tiers within categories: where a customer stands, what would be a step up, and how many took it.

use std::collections::BTreeMap;

use super::baskets::{Baskets, BoughtItem};
use super::offer::Why;
use super::shelf::Shelf;

/// Who moved up within categories.
#[derive(Clone, Debug, Default)]
pub(super) struct Ladder {
    /// By category and the bits of a tier: customers who have it, and those of them who have a higher one too.
    moved: BTreeMap<(u32, u64), (u32, u32)>,
}

/// By category the highest tier that a customer has, and the item.
pub(super) type Standing = BTreeMap<u32, (f64, u32)>;

impl Ladder {
    /// Counts who moved up until the end of a day.
    pub fn of(baskets: &Baskets, day: i32, shelf: &Shelf) -> Self {
        let mut own = Self::default();
        if shelf.tiers.iter().all(Option::is_none) {
            return own;
        }
        let mut has: Vec<(u32, f64)> = Vec::new();
        for customer in 0..baskets.customers() {
            let seen = baskets.of(customer).filter_map(|one| one.until(day));
            has.clear();
            has.extend(seen.filter_map(|one| place(shelf, one.item)));
            has.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            has.dedup();
            for category in has.chunk_by(|a, b| a.0 == b.0) {
                let highest = category[category.len() - 1].1;
                for (number, tier) in category {
                    let counts = own.moved.entry((*number, tier.to_bits())).or_default();
                    counts.0 += 1;
                    counts.1 += u32::from(highest > *tier);
                }
            }
        }
        own
    }

    /// Where a customer stands.
    pub fn standing(&self, has: &[BoughtItem<'_>], shelf: &Shelf) -> Standing {
        let mut standing = Standing::new();
        for seen in has {
            if let Some((category, tier)) = place(shelf, seen.item) {
                let own = standing.entry(category).or_insert((tier, seen.item));
                if tier > own.0 {
                    *own = (tier, seen.item);
                }
            }
        }
        standing
    }

    /// Why an item would be a step up; `None` if it would be none.
    pub fn above(&self, standing: &Standing, item: u32, shelf: &Shelf) -> Option<Why> {
        let (category, to) = place(shelf, item)?;
        let (from, owned) = *standing.get(&category)?;
        let moved = self.moved.get(&(category, from.to_bits())).copied();
        (to > from).then(|| Why::Above {
            item: owned,
            from,
            to,
            moved: moved.unwrap_or_default(),
        })
    }
}

/// The category and the tier of an item that has both.
fn place(shelf: &Shelf, item: u32) -> Option<(u32, f64)> {
    let tier = shelf.tier(item).filter(|tier| tier.is_finite())?;
    Some((shelf.category(item)?, tier))
}

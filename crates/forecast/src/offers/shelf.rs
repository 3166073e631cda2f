//! What is known of items besides who bought them: categories, tiers within them, what may be offered, and what
//! selling one brings.

use super::baskets::Baskets;

/// The tiers that prices are cut into within a category.
const PRICE_TIERS: usize = 3;
/// Fewest items with a price that a category's tiers are cut of.
const MIN_PRICED: usize = PRICE_TIERS;

/// What is known of items, by their number; a list that is shorter, or empty, knows nothing of the others.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The category of each item, by number.
    pub categories: Vec<Option<u32>>,
    /// The tier of each item within its category: the higher the better.
    pub tiers: Vec<Option<f64>>,
    /// What selling an item brings, in units of money.
    pub margins: Vec<Option<f64>>,
    /// What an offer multiplies an item's sales by, as it was measured: 1 changes nothing.
    pub uplifts: Vec<Option<f64>>,
    /// Items that may not be offered: out of stock, or withdrawn.
    pub blocked: Vec<bool>,
    /// Items that nobody needs twice: an owner is not offered them again.
    pub once: Vec<bool>,
}

impl Shelf {
    /// The category of an item.
    pub fn category(&self, item: u32) -> Option<u32> {
        self.categories.get(item as usize).copied().flatten()
    }

    /// The tier of an item.
    pub fn tier(&self, item: u32) -> Option<f64> {
        self.tiers.get(item as usize).copied().flatten()
    }

    pub(super) fn is_blocked(&self, item: u32) -> bool {
        self.blocked.get(item as usize) == Some(&true)
    }

    pub(super) fn is_once(&self, item: u32) -> bool {
        self.once.get(item as usize) == Some(&true)
    }

    /// Makes tiers of prices: 1 to 3, the thirds of a category's items by price. Of an item without a price, and in
    /// a category where prices are alike or few, nothing is known.
    pub fn tiers_of_prices(&mut self, prices: &[Option<f64>]) {
        let mut priced: Vec<(u32, f64, usize)> = Vec::new();
        for (item, price) in prices.iter().enumerate() {
            let category = self.categories.get(item).copied().flatten();
            if let (Some(category), Some(price)) =
                (category, price.filter(|price| price.is_finite()))
            {
                priced.push((category, price, item));
            }
        }
        priced.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        self.tiers = vec![None; prices.len()];
        for category in priced.chunk_by(|a, b| a.0 == b.0) {
            let dearest = category[category.len() - 1].1;
            if category.len() < MIN_PRICED || category[0].1 >= dearest {
                continue;
            }
            for (_, price, item) in category {
                // Items of one price are of one tier.
                let below = category.partition_point(|other| other.1 < *price);
                self.tiers[*item] = Some((1 + below * PRICE_TIERS / category.len()) as f64);
            }
        }
    }
}

impl Baskets {
    /// What an item usually costs, in units of money: the middle one of what its purchases were worth a day; `None`
    /// where nobody paid anything.
    pub fn prices(&self) -> Vec<Option<f64>> {
        let mut paid: Vec<(u32, f64)> = Vec::with_capacity(self.pairs());
        for customer in 0..self.customers() {
            for one in self.of(customer) {
                // One price of each customer, so that a few who buy often do not set it.
                let mut own: Vec<f64> = one
                    .values
                    .iter()
                    .copied()
                    .filter(|value| *value > 0.0)
                    .collect();
                own.sort_unstable_by(f64::total_cmp);
                paid.extend(own.get(own.len() / 2).map(|middle| (one.item, *middle)));
            }
        }
        paid.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut prices = vec![None; self.items()];
        for item in paid.chunk_by(|a, b| a.0 == b.0) {
            prices[item[0].0 as usize] = Some(item[item.len() / 2].1);
        }
        prices
    }
}

/// What stands for an item of which nothing is given: the mean of those of which something is, or 1 if of none.
pub(super) fn usual(given: &[Option<f64>]) -> f64 {
    let known: Vec<f64> = given.iter().flatten().copied().collect();
    match known.is_empty() {
        true => 1.0,
        false => known.iter().sum::<f64>() / known.len() as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_are_thirds_of_prices_within_a_category() {
        let mut shelf = Shelf {
            categories: vec![
                Some(1),
                Some(1),
                Some(1),
                Some(1),
                Some(2),
                Some(2),
                Some(2),
                None,
                Some(1),
            ],
            ..Shelf::default()
        };
        let prices = [3.0, 1.0, 2.0, 2.0, 5.0, 5.0, 5.0, 9.0].map(Some);
        let prices: Vec<Option<f64>> = prices.into_iter().chain([None]).collect();
        shelf.tiers_of_prices(&prices);
        let tiers: Vec<Option<f64>> = (0..9).map(|item| shelf.tier(item)).collect();
        assert_eq!(tiers[..4], [Some(3.0), Some(1.0), Some(1.0), Some(1.0)]);
        assert!(tiers[4..].iter().all(Option::is_none), "{tiers:?}");
    }

    #[test]
    fn a_price_is_what_most_customers_pay() {
        let rows = vec![
            (0, 0, 1, 2.0),
            (0, 0, 2, 2.0),
            (0, 0, 3, 2.0),
            (1, 0, 1, 5.0),
            (2, 0, 1, 6.0),
            (2, 1, 1, -6.0),
        ];
        let baskets = Baskets::gather(3, 3, rows).expect("valid");
        assert_eq!(baskets.prices(), [Some(5.0), None, None]);
        assert_eq!(
            (usual(&[Some(2.0), None, Some(4.0)]), usual(&[None])),
            (3.0, 1.0)
        );
    }
}

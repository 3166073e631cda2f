//! Baskets: which items each customer bought on which days, what offers are cut from.

use crate::error::{Error, within};
use crate::orders::Orders;

/// Most purchases of an item on a day that are gathered; 20 bytes each while they are.
pub const MAX_BOUGHT: usize = 200_000_000;
/// The greatest value of a purchase, in units of money, with either sign.
pub const MAX_BOUGHT_VALUE: f64 = 1e12;
/// The days that can be, counted from 1970-01-01: the years 1 to 9999.
const DAYS: (f64, f64) = (-719_162.0, 2_932_896.0);

/// A purchase: the customer and the item by number from 0, the day, and its worth in units of money.
pub type Bought = (u32, u32, i32, f64);

/// What many customers bought, by customer, item and day. What a customer bought of an item on a day is one
/// purchase: the values are added.
#[derive(Clone, Debug, Default)]
pub struct Baskets {
    /// Where each customer's pairs begin, and where the last one's end.
    starts: Vec<usize>,
    /// The item of each pair of customer and item, rising within a customer.
    items: Vec<u32>,
    /// Where the days of each pair begin, and where the last one's end.
    pairs: Vec<usize>,
    days: Vec<i32>,
    values: Vec<f64>,
    item_count: usize,
}

/// What a customer bought of one item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoughtItem<'a> {
    /// The item's number.
    pub item: u32,
    /// The days on which she bought it, rising.
    pub days: &'a [i32],
    /// What that was worth each day, in units of money; what was given back is negative.
    pub values: &'a [f64],
}

impl Baskets {
    /// Gathers the purchases of so many customers and items from rows in any order. A customer may have none.
    ///
    /// # Errors
    /// [`Error::Figure`], with the row, for a customer, an item or a day that cannot be, and for a value that is
    /// no number or beyond 1e12 either way; without a row for more than [`MAX_BOUGHT`].
    pub fn gather(customers: u32, items: u32, mut rows: Vec<Bought>) -> Result<Self, Error> {
        within(
            "the number of purchases",
            rows.len() as f64,
            (0.0, MAX_BOUGHT as f64),
            "at most 200 million",
        )?;
        for (at, row) in rows.iter().enumerate() {
            check(*row, customers, items).map_err(|error| error.in_row(at))?;
        }
        // By value too, so that the sum of a day is the same in any order of the rows.
        rows.sort_unstable_by(|a, b| {
            (a.0, a.1, a.2)
                .cmp(&(b.0, b.1, b.2))
                .then(a.3.total_cmp(&b.3))
        });
        let mut own = Self {
            item_count: items as usize,
            starts: vec![0],
            pairs: vec![0],
            ..Self::default()
        };
        let mut before: Option<(u32, u32, i32)> = None;
        for (customer, item, day, value) in rows {
            if before == Some((customer, item, day)) {
                if let Some(sum) = own.values.last_mut() {
                    *sum += value;
                }
                continue;
            }
            if before.is_none_or(|(one, other, _)| (one, other) != (customer, item)) {
                // The pair before ends here; of the first there is none before.
                if before.is_some() {
                    own.pairs.push(own.days.len());
                }
                own.starts.resize(customer as usize + 1, own.items.len());
                own.items.push(item);
            }
            before = Some((customer, item, day));
            own.days.push(day);
            own.values.push(value);
        }
        if before.is_some() {
            own.pairs.push(own.days.len());
        }
        own.starts.resize(customers as usize + 1, own.items.len());
        Ok(own)
    }

    /// Customers, those without a purchase among them.
    pub fn customers(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Items, those that nobody bought among them.
    pub fn items(&self) -> usize {
        self.item_count
    }

    /// Pairs of a customer and an item that she bought.
    pub fn pairs(&self) -> usize {
        self.items.len()
    }

    /// What a customer bought, an item a turn, by the items' numbers.
    pub fn of(&self, customer: usize) -> impl ExactSizeIterator<Item = BoughtItem<'_>> {
        let range = match (self.starts.get(customer), self.starts.get(customer + 1)) {
            (Some(from), Some(to)) => *from..*to,
            _ => 0..0,
        };
        range.map(|pair| {
            let days = self.pairs[pair]..self.pairs[pair + 1];
            BoughtItem {
                item: self.items[pair],
                days: &self.days[days.clone()],
                values: &self.values[days],
            }
        })
    }

    /// The days on which a customer bought anything, rising, each once.
    pub fn visits(&self, customer: usize) -> Vec<i32> {
        let mut days: Vec<i32> = self
            .of(customer)
            .flat_map(|one| one.days.to_vec())
            .collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// The first and the last day with a purchase; `None` if there is none.
    pub fn span(&self) -> Option<(i32, i32)> {
        Some((*self.days.iter().min()?, *self.days.iter().max()?))
    }

    /// The same purchases as orders, a day one, whatever was bought.
    ///
    /// # Errors
    /// What [`Orders::gather`] refuses.
    pub fn orders(&self) -> Result<Orders, Error> {
        let mut rows = Vec::with_capacity(self.days.len());
        for customer in 0..self.customers() {
            for one in self.of(customer) {
                let days = one.days.iter().zip(one.values);
                rows.extend(days.map(|(day, value)| (customer as u32, *day, *value)));
            }
        }
        Orders::gather(self.customers() as u32, rows)
    }
}

impl BoughtItem<'_> {
    /// Those until the end of a day; `None` before the first.
    pub fn until(&self, day: i32) -> Option<Self> {
        let end = self.days.partition_point(|one| *one <= day);
        (end > 0).then(|| BoughtItem {
            item: self.item,
            days: &self.days[..end],
            values: &self.values[..end],
        })
    }

    /// Whether she bought it after the end of one day and until the end of another.
    pub fn is_within(&self, after: i32, until: i32) -> bool {
        let at = self.days.partition_point(|one| *one <= after);
        self.days.get(at).is_some_and(|day| *day <= until)
    }
}

fn check(row: Bought, customers: u32, items: u32) -> Result<(), Error> {
    let (customer, item, day, value) = row;
    let counted = "one of those counted";
    let last = |count: u32| f64::from(count) - 1.0;
    within(
        "the customer",
        customer.into(),
        (0.0, last(customers)),
        counted,
    )?;
    within("the item", item.into(), (0.0, last(items)), counted)?;
    within("the day", day.into(), DAYS, "in the years 1 to 9999")?;
    let ends = (-MAX_BOUGHT_VALUE, MAX_BOUGHT_VALUE);
    within("the value", value, ends, "from -1e12 to 1e12").map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purchases_of_a_day_are_one_and_the_order_of_rows_does_not_matter() {
        let rows = vec![
            (2, 1, 30, 5.0),
            (0, 0, 9, 1.0),
            (2, 0, 2, 7.0),
            (2, 1, 30, -1.5),
            (2, 1, 16, 0.0),
        ];
        let mut turned = rows.clone();
        turned.reverse();
        for rows in [rows, turned] {
            let own = Baskets::gather(4, 3, rows).expect("valid");
            assert_eq!((own.customers(), own.items(), own.pairs()), (4, 3, 3));
            assert_eq!(own.span(), Some((2, 30)));
            assert_eq!(
                (own.of(1).len(), own.of(3).len(), own.of(9).len()),
                (0, 0, 0)
            );
            let of: Vec<BoughtItem> = own.of(2).collect();
            assert_eq!((of[0].item, of[0].days), (0, &[2][..]));
            assert_eq!((of[1].item, of[1].days), (1, &[16, 30][..]));
            assert_eq!(of[1].values, [0.0, 3.5]);
            assert_eq!(of[1].until(29).map(|one| one.days), Some(&[16][..]));
            assert!(of[1].until(15).is_none());
            assert!(of[1].is_within(16, 30) && !of[1].is_within(16, 29));
            assert_eq!(own.visits(2), [2, 16, 30]);
            assert_eq!(own.orders().expect("valid").of(2).values, [7.0, 0.0, 3.5]);
        }
    }

    #[test]
    fn nothing_and_what_cannot_be() {
        let none = Baskets::gather(0, 0, Vec::new()).expect("nothing");
        assert!(none.span().is_none() && none.of(0).len() == 0);
        for row in [
            (1, 0, 0, 1.0),
            (0, 1, 0, 1.0),
            (0, 0, i32::MAX, 1.0),
            (0, 0, 0, f64::NAN),
        ] {
            let refused = Baskets::gather(1, 1, vec![(0, 0, 0, 1.0), row]).expect_err("refused");
            assert!(
                matches!(refused, Error::Figure { row: Some(1), .. }),
                "{refused}"
            );
        }
    }
}

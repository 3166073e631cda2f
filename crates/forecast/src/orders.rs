//! Orders by customer, in order of time: what every model's figures are cut from.

use crate::error::{Error, within};
use crate::models::Spend;
use crate::purchases::Purchases;

/// The greatest value of the orders of a day, in units of money, with either sign.
const MAX_VALUE: f64 = 1e12;
/// The days that can be, counted from 1970-01-01: the years 1 to 9999.
const DAYS: (f64, f64) = (-719_162.0, 2_932_896.0);

/// The length of the unit of time that models count in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A day.
    Day,
    /// Seven days; times are parts of it, not rounded to it.
    Week,
}

impl Unit {
    /// Its length in days.
    pub fn days(self) -> f64 {
        match self {
            Self::Day => 1.0,
            Self::Week => 7.0,
        }
    }
}

/// The orders of many customers. Those of one day are one: their values are added.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    /// Where each customer's days begin, and where the last one's end.
    starts: Vec<usize>,
    days: Vec<i32>,
    values: Vec<f64>,
}

/// One customer's orders.
#[derive(Clone, Copy, Debug)]
pub struct OrdersOf<'a> {
    /// The days with an order, counted from any one day, rising.
    pub days: &'a [i32],
    /// What the orders of each day were worth, in units of money; refunds are negative.
    pub values: &'a [f64],
}

impl Orders {
    /// Gathers the orders of so many customers from rows in any order: the customer (from 0), the day and the
    /// value. A customer may have none.
    ///
    /// # Errors
    /// [`Error::Figure`], with the row, for a customer or a day that cannot be, and for a value that is no
    /// number or beyond 1e12 either way.
    pub fn gather(customers: u32, mut rows: Vec<(u32, i32, f64)>) -> Result<Self, Error> {
        for (at, (customer, day, value)) in rows.iter().enumerate() {
            let last = f64::from(customers) - 1.0;
            within(
                "the customer",
                (*customer).into(),
                (0.0, last),
                "one of those counted",
            )
            .and_then(|_| within("the day", (*day).into(), DAYS, "in the years 1 to 9999"))
            .and_then(|_| {
                within(
                    "the value",
                    *value,
                    (-MAX_VALUE, MAX_VALUE),
                    "from -1e12 to 1e12",
                )
            })
            .map_err(|error| error.in_row(at))?;
        }
        // By value too, so that the sum of a day is the same in any order of the rows.
        rows.sort_unstable_by(|a, b| (a.0, a.1).cmp(&(b.0, b.1)).then(a.2.total_cmp(&b.2)));
        let mut orders = Self {
            starts: vec![0],
            ..Self::default()
        };
        let mut before = None;
        for (customer, day, value) in rows {
            if before == Some((customer, day)) {
                if let Some(sum) = orders.values.last_mut() {
                    *sum += value;
                }
                continue;
            }
            before = Some((customer, day));
            orders
                .starts
                .resize(customer as usize + 1, orders.days.len());
            orders.days.push(day);
            orders.values.push(value);
        }
        orders
            .starts
            .resize(customers as usize + 1, orders.days.len());
        Ok(orders)
    }

    /// Customers, those without an order among them.
    pub fn customers(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// A customer's orders, by her number from 0; none beyond the last.
    pub fn of(&self, customer: usize) -> OrdersOf<'_> {
        let range = match (self.starts.get(customer), self.starts.get(customer + 1)) {
            (Some(from), Some(to)) => *from..*to,
            _ => 0..0,
        };
        OrdersOf {
            days: &self.days[range.clone()],
            values: &self.values[range],
        }
    }

    /// Each customer's orders in turn.
    pub fn each(&self) -> impl ExactSizeIterator<Item = OrdersOf<'_>> {
        (0..self.customers()).map(|customer| self.of(customer))
    }

    /// The first and the last day with an order; `None` if there is none.
    pub fn span(&self) -> Option<(i32, i32)> {
        Some((*self.days.iter().min()?, *self.days.iter().max()?))
    }
}

impl<'a> OrdersOf<'a> {
    /// Those until the end of a day.
    pub fn until(&self, day: i32) -> OrdersOf<'a> {
        let end = self.days.partition_point(|one| *one <= day);
        OrdersOf {
            days: &self.days[..end],
            values: &self.values[..end],
        }
    }

    /// Those after the end of a day.
    pub fn after(&self, day: i32) -> OrdersOf<'a> {
        let start = self.days.partition_point(|one| *one <= day);
        OrdersOf {
            days: &self.days[start..],
            values: &self.values[start..],
        }
    }

    /// What a model of repeat purchases knows of her at the end of a day; `None` before her first order.
    pub fn purchases(&self, day: i32, unit: Unit) -> Option<Purchases> {
        let seen = self.until(day);
        let (first, last) = (*seen.days.first()?, *seen.days.last()?);
        let span = |to: i32| f64::from(to - first) / unit.days();
        Purchases::new(seen.days.len() as u32 - 1, span(last), span(day)).ok()
    }

    /// The sum of the logarithms of the times between her orders until the end of a day, in the unit.
    pub fn ln_gaps(&self, day: i32, unit: Unit) -> f64 {
        let gap = |pair: &[i32]| (f64::from(pair[1] - pair[0]) / unit.days()).ln();
        self.until(day).days.windows(2).map(gap).sum()
    }

    /// What the model of spend knows of her at the end of a day: the days after her first one whose orders
    /// were worth more than nothing, and their mean.
    pub fn spend(&self, day: i32) -> Spend {
        let repeats = self.until(day).values.iter().skip(1);
        let (mut count, mut sum) = (0, 0.0);
        for value in repeats.filter(|value| **value > 0.0) {
            count += 1;
            sum += value;
        }
        Spend::new(count, sum / f64::from(count.max(1))).unwrap_or_else(|_| Spend::unknown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_one_order_and_the_order_of_rows_does_not_matter() {
        let rows = vec![
            (2, 30, 5.0),
            (0, 9, 1.0),
            (2, 2, 7.0),
            (2, 30, -1.5),
            (2, 16, 0.0),
        ];
        let mut turned = rows.clone();
        turned.reverse();
        for rows in [rows, turned] {
            let orders = Orders::gather(4, rows).expect("valid");
            assert_eq!(orders.customers(), 4);
            assert_eq!(orders.span(), Some((2, 30)));
            assert!(orders.of(1).days.is_empty() && orders.of(3).days.is_empty());
            let of = orders.of(2);
            assert_eq!(
                (of.days, of.values),
                (&[2, 16, 30][..], &[7.0, 0.0, 3.5][..])
            );
            let seen = of.purchases(30, Unit::Week).expect("a customer");
            assert_eq!((seen.x(), seen.t_x(), seen.age()), (2, 4.0, 4.0));
            assert_eq!(of.spend(30), Spend::new(1, 3.5).expect("valid"));
            assert_eq!(of.after(15).days, [16, 30]);
            assert!(of.purchases(1, Unit::Day).is_none());
        }
    }

    #[test]
    fn rows_that_cannot_be_are_refused_with_their_place() {
        for row in [
            (1, 0, 1.0),
            (0, i32::MAX, 1.0),
            (0, 0, f64::NAN),
            (0, 0, 1e13),
        ] {
            let refused = Orders::gather(1, vec![(0, 0, 1.0), row]).expect_err("refused");
            assert!(
                matches!(refused, Error::Figure { row: Some(1), .. }),
                "{refused}"
            );
        }
        assert!(
            Orders::gather(0, Vec::new())
                .expect("nothing")
                .span()
                .is_none()
        );
    }
}

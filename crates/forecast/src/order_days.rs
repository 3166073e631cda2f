//! One customer's days with an order as they become known: orders of a day are one, and refunds take orders back.

use crate::orders::OrdersOf;

/// What is left of a day from here down is nothing, in units of money: sums of cents are not exact.
const NOTHING: f64 = 1e-6;

/// One customer's days with an order, each with what its orders were worth.
///
/// A refund takes off the orders of its day or the last ones before it, and what is more than those were worth off
/// the ones before them. A day of which nothing is left is no day with an order any more: all models see the same
/// purchases, those that were kept. A day that was worth nothing from the start stays, since free orders, and
/// orders that do not say their worth, are orders too.
#[derive(Clone, Debug, Default)]
pub struct OrderDays {
    days: Vec<i32>,
    values: Vec<f64>,
}

/// What a refund has come to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Refunded {
    /// Days whose orders it took back whole.
    pub days: u32,
    /// What it took, in units of money.
    pub taken: f64,
    /// What no order before it was left for, in units of money.
    pub beyond: f64,
}

impl OrderDays {
    /// Adds orders of a day, worth 0 or more in units of money.
    pub fn add(&mut self, day: i32, value: f64) {
        let at = self.days.partition_point(|one| *one < day);
        if self.days.get(at) == Some(&day) {
            self.values[at] += value;
        } else {
            self.days.insert(at, day);
            self.values.insert(at, value);
        }
    }

    /// Takes money back on a day; the sign of the value is not looked at.
    pub fn refund(&mut self, day: i32, value: f64) -> Refunded {
        let (mut left, mut days) = (value.abs(), 0);
        let mut at = self.days.partition_point(|one| *one <= day);
        while at > 0 && left > NOTHING {
            at -= 1;
            let taken = left.min(self.values[at]);
            if taken <= 0.0 {
                continue;
            }
            left -= taken;
            self.values[at] -= taken;
            if self.values[at] <= NOTHING {
                self.days.remove(at);
                self.values.remove(at);
                days += 1;
            }
        }
        let beyond = if left > NOTHING { left } else { 0.0 };
        Refunded {
            days,
            taken: value.abs() - beyond,
            beyond,
        }
    }

    /// The orders that were kept.
    pub fn kept(&self) -> OrdersOf<'_> {
        OrdersOf {
            days: &self.days,
            values: &self.values,
        }
    }

    /// Forgets all.
    pub(crate) fn clear(&mut self) {
        self.days.clear();
        self.values.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(rows: &[(i32, f64)]) -> OrderDays {
        let mut days = OrderDays::default();
        for (day, value) in rows {
            days.add(*day, *value);
        }
        days
    }

    #[test]
    fn a_day_given_back_whole_is_no_day_with_an_order() {
        let mut days = ordered(&[(1, 20.0), (9, 0.1), (9, 0.2), (30, 5.0)]);
        // Part of an order, and then the rest of it, in sums that are not exact.
        assert_eq!(days.refund(12, 0.1).days, 0);
        assert_eq!(days.kept().days, [1, 9, 30]);
        let told = days.refund(15, -0.2);
        assert_eq!((told.days, told.beyond), (1, 0.0));
        assert_eq!(days.kept().days, [1, 30]);
        assert_eq!(days.kept().values, [20.0, 5.0]);
    }

    #[test]
    fn what_is_more_than_a_day_was_worth_comes_off_those_before() {
        let mut days = ordered(&[(1, 100.0), (5, 0.0), (9, 10.0), (30, 7.0)]);
        let told = days.refund(12, 40.0);
        assert_eq!((told.days, told.taken, told.beyond), (1, 40.0, 0.0));
        // The free order stays: it had nothing to take back.
        assert_eq!(days.kept().days, [1, 5, 30]);
        assert_eq!(days.kept().values, [70.0, 0.0, 7.0]);
        let told = days.refund(12, 100.0);
        assert_eq!((told.days, told.taken, told.beyond), (1, 70.0, 30.0));
        assert_eq!(days.kept().days, [5, 30]);
        assert_eq!(days.refund(0, 1.0).taken, 0.0);
        assert_eq!(days.kept().values, [0.0, 7.0]);
    }
}

//! Everybody's orders up to a date, brought forward from date to date.

use perennial_forecast::{Error, Groups, Horizon, OrderDays, OrdersOf, Purchases, Spend, Unit};
use perennial_model::{DAY_MS, Time, Zone};
use perennial_rules::project::ForecastUnit;

use crate::scores::Purchase;

/// Everybody's orders before a date.
pub(super) struct Base<'p> {
    /// What is still to come, in the order of time.
    ahead: &'p [Purchase],
    zone: &'p Zone,
    buyers: Vec<OrderDays>,
    /// The last day that is known.
    pub day: i32,
    /// Days with an order since the date before, by those who had ordered by then.
    pub came: u64,
}

/// A buyer as models see her.
pub(super) struct Seen {
    pub customer: u32,
    pub purchases: Purchases,
    pub spend: Spend,
}

impl<'p> Base<'p> {
    /// A base of so many customers, of whom nothing is known; purchases come in the order of time.
    pub(super) fn new(customers: usize, purchases: &'p [Purchase], zone: &'p Zone) -> Self {
        Self {
            ahead: purchases,
            zone,
            buyers: vec![OrderDays::default(); customers],
            day: i32::MIN,
            came: 0,
        }
    }

    /// Everybody's orders that are known and were kept.
    pub(super) fn orders(&self) -> Vec<OrdersOf<'_>> {
        self.buyers.iter().map(OrderDays::kept).collect()
    }

    /// Everybody in groups, with the group of each; with the times between orders where models need them.
    ///
    /// # Errors
    /// For times between orders that no model can work with.
    pub(super) fn groups(
        &self,
        purchases: &[Purchases],
        unit: Unit,
        with_gaps: bool,
    ) -> Result<(Groups, Vec<u32>), Error> {
        let (groups, group_of) = Groups::of(purchases);
        if !with_gaps {
            return Ok((groups, group_of));
        }
        let gaps = |buyer: &OrderDays| buyer.kept().ln_gaps(self.day, unit);
        let groups = groups.with_gaps(self.buyers.iter().map(gaps).sum())?;
        Ok((groups, group_of))
    }

    /// Takes in what was bought before a date; its day is known only where it is the end of all.
    pub(super) fn reach(&mut self, date: Time, is_end: bool) {
        let known = self.day;
        let before = self.ahead.partition_point(|one| one.at < date.ms());
        let (new, ahead) = self.ahead.split_at(before);
        self.ahead = ahead;
        // Orders of a refund's own day are all known before it, whatever the hour, as in a log of days.
        let orders = new.iter().filter(|one| one.is_order());
        let refunds = new.iter().filter(|one| !one.is_order());
        for one in orders.chain(refunds) {
            let day = self.zone.day_of(Time(one.at));
            one.note(day, &mut self.buyers[one.customer as usize]);
        }
        let came = |buyer: &OrderDays| match buyer.kept().until(known).days {
            [] => 0,
            _ => buyer.kept().after(known).days.len() as u64,
        };
        self.came = self.buyers.iter().map(came).sum();
        self.day = self.zone.day_of(date) - i32::from(!is_end);
    }

    /// The day of the first order of all.
    pub(super) fn first_day(&self) -> Option<i32> {
        let first = |buyer: &OrderDays| buyer.kept().days.first().copied();
        self.buyers.iter().filter_map(first).min()
    }

    /// Whether a customer has ordered, and kept it.
    pub(super) fn has_ordered(&self, customer: u32) -> bool {
        let buyer = self.buyers.get(customer as usize);
        buyer.is_some_and(|buyer| !buyer.kept().days.is_empty())
    }

    /// All who have ordered.
    pub(super) fn seen(&self, unit: Unit) -> Vec<Seen> {
        let seen = |(customer, buyer): (usize, &OrderDays)| {
            Some(Seen {
                customer: customer as u32,
                purchases: buyer.kept().purchases(self.day, unit)?,
                spend: buyer.kept().spend(self.day),
            })
        };
        self.buyers.iter().enumerate().filter_map(seen).collect()
    }
}

/// The unit that a project names.
pub(super) fn unit(unit: ForecastUnit) -> Unit {
    match unit {
        ForecastUnit::Day => Unit::Day,
        ForecastUnit::Week => Unit::Week,
    }
}

/// A time in a unit.
///
/// # Errors
/// For one that goes back.
pub(super) fn span(ms: i64, unit: Unit) -> Result<Horizon, Error> {
    Horizon::new(ms as f64 / DAY_MS as f64 / unit.days())
}

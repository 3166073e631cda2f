//! What is known at the end of a day: of items, of what goes with what, and of each customer who is asked about.

use crate::error::Error;

use super::alike::Alike;
use super::baskets::{Baskets, BoughtItem};
use super::ease::Ease;
use super::owned::{Much, Owned, faded, owned};
use super::related::Related;

/// The half-life of what is recent, in horizons.
const SHORT_HORIZONS: f64 = 1.0 / 3.0;
/// The half-life of what lasts, in horizons.
const LONG_HORIZONS: f64 = 1.5;
/// The same in parts of all history, where that is longer: of rare purchases too much would fade.
const LONG_PARTS: f64 = 3.0;

/// How much what the closest customers own adds to what other items say.
const ALIKE: f32 = 0.15;

/// How items are related to one another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relating {
    /// Owners that an item and a pair of them need.
    pub floor: u32,
    /// The ridge of [`Ease`], in customers.
    pub ridge: f64,
}

/// What is known at the end of a day.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub day: i32,
    pub horizon_days: i32,
    pub short_days: f64,
    pub long_days: f64,
    pub items: Vec<ItemFacts>,
    /// Customers who bought anything until the day.
    pub customers: u32,
    pub ease: Ease,
    pub alike: Alike,
    pub related: Related,
}

/// What is known of an item.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ItemFacts {
    /// Customers who bought it.
    pub owners: u32,
    /// Customers who bought it within the last horizon.
    pub recent: u32,
    /// Customers who bought it for the first time within the last horizon.
    pub fresh: u32,
    /// Customers who bought it on several days.
    pub again: u32,
    /// Days on which it was bought by customers who had bought it before.
    pub repeats: u32,
    /// Days from its customers' first purchases to the end, added up.
    pub exposure_days: f64,
}

/// What is known of a customer, whatever the item.
#[derive(Clone, Debug)]
pub(super) struct CustomerFacts {
    /// Days since her first purchase.
    pub history_days: i32,
    /// How often she came, what is recent and what lasts.
    pub visits: (f64, f64),
    /// The items she owns and how much.
    pub owned: Vec<(u32, f64)>,
    /// What speaks for each item of [`Ease`], in its order.
    pub scores: Vec<f32>,
    /// The same of how often she bought things.
    pub counts: Vec<f32>,
}

impl Snapshot {
    pub fn at(
        baskets: &Baskets,
        day: i32,
        horizon_days: i32,
        relating: Relating,
    ) -> Result<Self, Error> {
        let (items, customers, first) = facts(baskets, day, horizon_days);
        let horizon = f64::from(horizon_days);
        let long_days = (LONG_HORIZONS * horizon).max(f64::from(day - first) / LONG_PARTS);
        let fading = Owned::at(baskets, day, Much::Faded(long_days));
        let ease = Ease::learn(&fading, relating.floor, relating.ridge)?;
        drop(fading);
        let counted = Owned::at(baskets, day, Much::Counted);
        let alike = Alike::learn(&counted, ease.places(), ease.items().len());
        Ok(Self {
            day,
            horizon_days,
            short_days: SHORT_HORIZONS * horizon,
            long_days,
            items,
            customers,
            ease,
            alike,
            related: Related::of_owned(counted, relating.floor),
        })
    }

    /// A customer at the end of the day; `None` before her first purchase.
    pub fn customer(&self, baskets: &Baskets, customer: usize) -> Option<CustomerFacts> {
        let mut visits = baskets.visits(customer);
        visits.truncate(visits.partition_point(|day| *day <= self.day));
        if visits.is_empty() {
            return None;
        }
        let fading = owned(baskets, customer, self.day, Much::Faded(self.long_days));
        let counted = owned(baskets, customer, self.day, Much::Counted);
        let mut scores = self.ease.scores(&fading);
        let shares = self
            .alike
            .shares(customer as u32, &counted, self.ease.places());
        for (score, share) in scores.iter_mut().zip(shares) {
            *score += ALIKE * share;
        }
        Some(CustomerFacts {
            history_days: self.day - visits[0],
            visits: (
                faded(&visits, self.day, self.short_days),
                faded(&visits, self.day, self.long_days),
            ),
            scores,
            counts: self.ease.scores(&counted),
            owned: fading,
        })
    }

    /// What speaks for an item that a customer owns it, and that she buys it often, as others say.
    pub fn score(&self, facts: &CustomerFacts, item: u32) -> (f64, f64) {
        match self.ease.place(item) {
            Some(place) => (facts.scores[place].into(), facts.counts[place].into()),
            None => (0.0, 0.0),
        }
    }
}

/// Items at the end of a day, customers who have bought, and the first day.
fn facts(baskets: &Baskets, day: i32, horizon_days: i32) -> (Vec<ItemFacts>, u32, i32) {
    let mut items = vec![ItemFacts::default(); baskets.items()];
    let (mut customers, mut first) = (0, day);
    for customer in 0..baskets.customers() {
        let mut has_bought = false;
        for one in baskets.of(customer).filter_map(|one| one.until(day)) {
            let own = &mut items[one.item as usize];
            own.owners += 1;
            own.recent += u32::from(one.is_within(day - horizon_days, day));
            own.fresh += u32::from(one.days[0] > day - horizon_days);
            own.again += u32::from(one.days.len() > 1);
            own.repeats += one.days.len() as u32 - 1;
            own.exposure_days += f64::from(day - one.days[0]);
            has_bought = true;
            first = first.min(one.days[0]);
        }
        customers += u32::from(has_bought);
    }
    (items, customers, first)
}

/// How a customer buys an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rhythm {
    /// On how many days she bought it.
    pub times: u32,
    /// The mean days from one purchase of it to the next; `None` after one only.
    pub every_days: Option<f64>,
    /// Days since the last.
    pub idle_days: i32,
}

impl Rhythm {
    /// At the end of a day, which is that of her last purchase of it or later.
    pub(super) fn of(bought: &BoughtItem<'_>, day: i32) -> Self {
        let (first, last) = match (bought.days.first(), bought.days.last()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => (day, day),
        };
        let times = bought.days.len() as u32;
        Self {
            times,
            every_days: (times > 1).then(|| f64::from(last - first) / f64::from(times - 1)),
            idle_days: day - last,
        }
    }
}

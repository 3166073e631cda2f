//! Everybody's orders up to a date, a few numbers each, brought forward from date to date.

use perennial_forecast::{Error, Groups, Horizon, Orders, Purchases, Spend, Unit};
use perennial_model::{DAY_MS, Number, Time, Zone};
use perennial_rules::project::{Forecast, ForecastUnit, PurchaseModelKind};

use crate::scores::Purchase;

/// What has to be known of a buyer's orders.
#[derive(Clone, Copy)]
struct Buyer {
    /// The days of her first and her latest order.
    first: i32,
    last: i32,
    /// Days with an order; nought before the first.
    days: u32,
    /// What was bought on days after the first, less refunds, in millionths.
    spent: i64,
}

/// Everybody's orders before a date.
pub(super) struct Base<'p> {
    purchases: std::slice::Iter<'p, Purchase>,
    zone: &'p Zone,
    buyers: Vec<Buyer>,
    /// The last day that is known.
    pub day: i32,
    /// Days with an order since the date before, by those who had ordered by then.
    pub came: u64,
    /// All of them, where they are needed one by one; what lies beyond the last day that is known among them.
    orders: Option<Orders>,
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
        let nobody = Buyer {
            first: 0,
            last: 0,
            days: 0,
            spent: 0,
        };
        Self {
            purchases: purchases.iter(),
            zone,
            buyers: vec![nobody; customers],
            day: i32::MIN,
            came: 0,
            orders: None,
        }
    }

    /// With orders one by one, where the model of a project needs them; none where one is on a day that cannot be.
    pub(super) fn with_orders(self, settings: &Forecast, purchases: &[Purchase]) -> Self {
        if !matches!(settings.model, None | Some(PurchaseModelKind::MbgCnbd)) {
            return self;
        }
        let orders = purchases.iter().filter(|purchase| purchase.order);
        // What they are worth is not asked of them.
        let row =
            |purchase: &Purchase| (purchase.customer, self.zone.day_of(Time(purchase.at)), 0.0);
        let customers = u32::try_from(self.buyers.len()).unwrap_or(u32::MAX);
        let orders = Orders::gather(customers, orders.map(row).collect()).ok();
        Self { orders, ..self }
    }

    /// Orders one by one, and the last day of them that is known.
    pub(super) fn orders(&self) -> Option<(&Orders, i32)> {
        Some((self.orders.as_ref()?, self.day))
    }

    /// Everybody in groups, with the group of each.
    ///
    /// # Errors
    /// For times between orders that no model can work with.
    pub(super) fn groups(&self, seen: &[Seen], unit: Unit) -> Result<(Groups, Vec<u32>), Error> {
        let purchases: Vec<_> = seen.iter().map(|one| one.purchases).collect();
        let (groups, group_of) = Groups::of(&purchases);
        let groups = match &self.orders {
            Some(orders) => {
                let gaps = orders.each().map(|one| one.ln_gaps(self.day, unit));
                groups.with_gaps(gaps.sum())?
            }
            None => groups,
        };
        Ok((groups, group_of))
    }

    /// Takes in what was bought before a date; its day is known only where it is the end of all.
    pub(super) fn reach(&mut self, date: Time, is_end: bool) {
        let known = self.day;
        self.came = 0;
        while let Some(purchase) = self.purchases.as_slice().first() {
            if purchase.at >= date.ms() {
                break;
            }
            self.purchases.next();
            let day = self.zone.day_of(Time(purchase.at));
            let buyer = &mut self.buyers[purchase.customer as usize];
            let is_new_day = purchase.order && (buyer.days == 0 || day > buyer.last);
            if is_new_day {
                if buyer.days == 0 {
                    buyer.first = day;
                } else {
                    self.came += u64::from(buyer.first <= known);
                }
                buyer.last = day;
                buyer.days += 1;
            }
            // What the first day was worth says nothing of repeat orders.
            if buyer.days > 1 {
                buyer.spent = buyer.spent.saturating_add(purchase.value);
            }
        }
        self.day = self.zone.day_of(date) - i32::from(!is_end);
    }

    /// The day of the first order of all.
    pub(super) fn first_day(&self) -> Option<i32> {
        let buyers = self.buyers.iter().filter(|buyer| buyer.days > 0);
        buyers.map(|buyer| buyer.first).min()
    }

    /// Whether a customer has ordered.
    pub(super) fn has_ordered(&self, customer: u32) -> bool {
        let buyer = self.buyers.get(customer as usize);
        buyer.is_some_and(|buyer| buyer.days > 0)
    }

    /// All who have ordered.
    ///
    /// # Errors
    /// For times that no model can work with.
    pub(super) fn seen(&self, unit: Unit) -> Result<Vec<Seen>, Error> {
        let mut seen = Vec::new();
        for (customer, buyer) in self.buyers.iter().enumerate() {
            if buyer.days == 0 {
                continue;
            }
            let span = |to: i32| f64::from((to - buyer.first).max(0)) / unit.days();
            let repeats = buyer.days - 1;
            let mean = Number::from_millionths(buyer.spent).to_float() / f64::from(repeats.max(1));
            let spend = Spend::new(repeats, mean).unwrap_or_else(|_| Spend::unknown());
            seen.push(Seen {
                customer: customer as u32,
                purchases: Purchases::new(repeats, span(buyer.last), span(self.day))?,
                spend,
            });
        }
        Ok(seen)
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

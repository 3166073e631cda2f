//! What the models of repeat purchases have in common: they are fitted to groups and asked about a customer.

use crate::error::{Error, within};
use crate::fit::{Fit, Model, Sample, fit};
use crate::purchases::{Groups, Horizon, Means, Purchases};

/// What of 100 cases lies below and above an interval, each, as a share.
const TAIL: f64 = 0.05;
/// The greatest number of purchases that an interval can end at.
const MAX_PURCHASES: f64 = 1e12;
/// The discount rates that can be, per unit of time.
const RATES: (f64, f64) = (1e-9, 1e3);

/// A model of repeat purchases: customers buy at rates of their own until they leave without a word.
pub trait CountModel: Model<4> {
    /// Which parameters are times, in the order of the names.
    const TIMES: [bool; 4];

    /// The natural logarithm of the likelihood of all customers, and its slopes by the logarithm of each
    /// parameter.
    fn likelihood(&self, groups: &Groups) -> (f64, [f64; 4]);

    /// Where to begin to look, for a base that buys `x` times in an age of 1 on average.
    fn starts(x: f64) -> Vec<[f64; 4]>;

    /// The chance that she is still a customer, from 0 to 1.
    fn alive(&self, purchases: &Purchases) -> f64;

    /// What she will buy within the horizon if she is still a customer: a mean of purchases.
    fn expected_if_alive(&self, purchases: &Purchases, horizon: Horizon) -> f64;

    /// The chance that she buys `count` times or more within the horizon if she is still a customer; `count`
    /// is 1 or more.
    fn at_least_if_alive(&self, purchases: &Purchases, count: f64, horizon: Horizon) -> f64;

    /// What a new customer will buy after her first purchase: a mean of purchases.
    fn expected_of_new(&self, horizon: Horizon) -> f64;

    /// What she will buy within the horizon: a mean of purchases.
    fn expected(&self, purchases: &Purchases, horizon: Horizon) -> f64 {
        self.alive(purchases) * self.expected_if_alive(purchases, horizon)
    }

    /// The fewest and the most purchases within the horizon, such that each side beyond holds at most 5 of
    /// 100 cases. Exact for the parameters given: her own rate, her leaving and chance are in, the error of
    /// the parameters is not.
    fn interval(&self, purchases: &Purchases, horizon: Horizon) -> Interval {
        let alive = self.alive(purchases);
        let more = |count: f64| alive * self.at_least_if_alive(purchases, count, horizon);
        Interval {
            low: last(|count| more(count) >= 1.0 - TAIL),
            high: last(|count| more(count) > TAIL),
        }
    }

    /// Fits the model to customers by maximum likelihood.
    ///
    /// # Errors
    /// [`Error::FewCustomers`] and [`Error::NoRepeats`].
    fn fit(groups: &Groups) -> Result<Fit<Self, 4>, Error> {
        let Means { x, age, repeaters } = groups.check()?;
        let sample = Sample {
            customers: groups.customers(),
            repeaters,
            scale: age,
        };
        fit(&sample, Self::TIMES, &Self::starts(x), |model: &Self| {
            model.likelihood(groups)
        })
    }
}

/// The last count from 1 on of which something is true that is true up to some count; 0 if of none.
fn last(holds: impl Fn(f64) -> bool) -> f64 {
    let (mut yes, mut no) = (0.0, 1.0);
    while holds(no) {
        yes = no;
        no *= 2.0;
        if no > MAX_PURCHASES {
            return yes;
        }
    }
    while no - yes > 1.0 {
        let middle = ((yes + no) * 0.5).floor();
        if holds(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}

/// Two ends, both inside, that hold 90 of 100 cases or more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower one.
    pub low: f64,
    /// The upper one.
    pub high: f64,
}

/// What a purchase loses in value the later it comes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Discount(f64);

impl Discount {
    /// Value falls with e^(-`rate` t): the logarithm of 1 + the interest over a unit of time.
    ///
    /// # Errors
    /// [`Error::Figure`] unless it lies from 1e-9 to 1000 per unit of time.
    pub fn new(rate: f64) -> Result<Self, Error> {
        within(
            "the discount rate",
            rate,
            RATES,
            "from 1e-9 to 1000 per unit of time",
        )
        .map(Self)
    }

    /// Per unit of time.
    pub fn rate(self) -> f64 {
        self.0
    }
}

//! What the models of repeat purchases have in common: they are fitted to groups and asked about a customer.

use crate::error::{Error, within};
use crate::fit::{Fit, Model, Sample, fit};
use crate::purchases::{Groups, Horizon, Means, Purchases};
use crate::special::points;

/// What of 100 cases lies below and above an interval, each, as a share.
pub(crate) const TAIL: f64 = 0.05;
/// Most chances that are listed, count by count.
pub(crate) const MAX_LISTED: usize = 1_024;
/// The greatest number of purchases that an interval can end at.
const MAX_PURCHASES: f64 = 1e12;
/// Beyond so many times the time in which values fall to 1/e, nothing is left of them.
const DEPTH: f64 = 40.0;
/// Most width, in ln (1 + τ / bend), that one panel of a discounted sum spans.
const PANEL: f64 = 0.7;
/// The discount rates that can be, per unit of time.
const RATES: (f64, f64) = (1e-9, 1e3);

/// A model of repeat purchases that is known: customers buy at rates of their own until they leave without a
/// word.
pub trait CountModel {
    /// The chance that she is still a customer, from 0 to 1.
    fn alive(&self, purchases: &Purchases) -> f64;

    /// The chance of each group that its customers are still customers.
    fn alive_of(&self, groups: &Groups) -> Vec<f64> {
        groups
            .purchases()
            .iter()
            .map(|one| self.alive(one))
            .collect()
    }

    /// What she will buy within the horizon if she is still a customer: a mean of purchases.
    fn expected_if_alive(&self, purchases: &Purchases, horizon: Horizon) -> f64;

    /// The chance that she buys `count` times or more within the horizon if she is still a customer; `count`
    /// is 1 or more.
    fn at_least_if_alive(&self, purchases: &Purchases, count: f64, horizon: Horizon) -> f64;

    /// The chances that she buys once or more, twice or more, and so on, within the horizon if she is still a
    /// customer: until one is `least` or less, or [`MAX_LISTED`] of them.
    fn reaches_if_alive(&self, purchases: &Purchases, horizon: Horizon, least: f64) -> Vec<f64> {
        let mut count = 0.0;
        listed(least, || {
            count += 1.0;
            self.at_least_if_alive(purchases, count, horizon)
        })
    }

    /// The time over which what she will buy bends: a small part of it ahead, purchases come evenly.
    fn bend(&self, purchases: &Purchases) -> f64;

    /// The present value of what she will buy within the horizon, or ever, one unit of value a purchase, if
    /// she is still a customer.
    ///
    /// It is the mean of what she will buy until a time that ends as values fall: ∫ δ e^(-δτ) E(τ) dτ, and E at
    /// the horizon by what is left of value there. Nothing is subtracted, so that it is as sound as E is.
    fn present_if_alive(
        &self,
        purchases: &Purchases,
        discount: Discount,
        horizon: Option<Horizon>,
    ) -> f64 {
        let expected = |span: f64| self.expected_if_alive(purchases, Horizon::of(span));
        discounted(expected, discount, horizon, self.bend(purchases))
    }

    /// What a new customer will buy after her first purchase: a mean of purchases.
    fn expected_of_new(&self, horizon: Horizon) -> f64;

    /// What she will buy within the horizon: a mean of purchases.
    fn expected(&self, purchases: &Purchases, horizon: Horizon) -> f64 {
        self.alive(purchases) * self.expected_if_alive(purchases, horizon)
    }

    /// The present value of what she will buy within the horizon, or ever (then called DERT, discounted
    /// expected residual transactions), one unit of value a purchase.
    fn present_purchases(
        &self,
        purchases: &Purchases,
        discount: Discount,
        horizon: Option<Horizon>,
    ) -> f64 {
        self.alive(purchases) * self.present_if_alive(purchases, discount, horizon)
    }

    /// The fewest and the most purchases within the horizon that hold 90 of 100 cases as nearly as whole numbers
    /// can: about 5 lie beyond each end, or about 10 above if none can lie below. Exact for the parameters
    /// given: her own rate, her leaving and chance are in, the error of the parameters is not.
    fn interval(&self, purchases: &Purchases, horizon: Horizon) -> Interval {
        let alive = self.alive(purchases);
        Interval::of_chances(|count| alive * self.at_least_if_alive(purchases, count, horizon))
    }
}

/// A model of repeat purchases with four parameters, which are found by maximum likelihood.
pub trait GroupModel: CountModel + Model<4> {
    /// Which parameters are times, in the order of the names.
    const TIMES: [bool; 4];

    /// The natural logarithm of the likelihood of all customers, and its slopes by the logarithm of each
    /// parameter.
    fn likelihood(&self, groups: &Groups) -> (f64, [f64; 4]);

    /// Where to begin to look, for a base that buys `x` times in an age of 1 on average.
    fn starts(x: f64) -> Vec<[f64; 4]>;

    /// Fits the model to customers by maximum likelihood.
    ///
    /// # Errors
    /// [`Error::FewCustomers`] and [`Error::NoRepeats`].
    fn fit(groups: &Groups) -> Result<Fit<Self>, Error> {
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

/// ∫ δ e^(-δτ) E(τ) dτ over τ until the horizon, and E at the horizon times e^(-δ horizon), in ln (1 + τ / bend).
pub(super) fn discounted(
    expected: impl Fn(f64) -> f64,
    discount: Discount,
    horizon: Option<Horizon>,
    bend: f64,
) -> f64 {
    let rate = discount.rate();
    let depth = DEPTH / rate;
    let (end, rest) = match horizon {
        Some(horizon) if horizon.span() < depth => {
            let end = horizon.span();
            (end, (-rate * end).exp() * expected(end))
        }
        _ => (depth, 0.0),
    };
    let reach = (end / bend).ln_1p();
    let panels = (reach / PANEL).ceil().max(1.0);
    let width = reach / panels;
    let mut sum = rest;
    for panel in 0..panels as u32 {
        let low = width * f64::from(panel);
        for (y, weight) in points(low, low + width) {
            let time = bend * y.exp_m1();
            sum += weight * rate * (-rate * time).exp() * expected(time) * (bend + time);
        }
    }
    sum
}

/// Chances one after the other, until one is `least` or less, or [`MAX_LISTED`] of them.
pub(super) fn listed(least: f64, mut next: impl FnMut() -> f64) -> Vec<f64> {
    let mut chances = Vec::new();
    while chances.len() < MAX_LISTED {
        let chance = next();
        chances.push(chance);
        if chance <= least {
            break;
        }
    }
    chances
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

/// Two ends, both inside, that hold 90 of 100 cases, of counts as nearly as they can. Where nothing lies below the
/// lower one, all that is left out lies above the upper one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Interval {
    /// The lower one.
    pub low: f64,
    /// The upper one.
    pub high: f64,
}

impl Interval {
    /// The ends of a count, from the chances to reach 1, 2, ...
    pub(crate) fn of_chances(reaches: impl Fn(f64) -> f64) -> Self {
        // The count after which as near to `tail` of the chance lies as can be.
        let upper = |tail: f64| {
            let high = last(|count| reaches(count) > tail);
            let less = high > 0.0 && reaches(high) - tail < tail - reaches(high + 1.0);
            if less { high - 1.0 } else { high }
        };
        if reaches(1.0) < 1.0 - TAIL {
            let high = upper(2.0 * TAIL);
            return Self { low: 0.0, high };
        }
        let low = last(|count| reaches(count) >= 1.0 - TAIL);
        let (below, beyond) = (1.0 - reaches(low), 1.0 - reaches(low + 1.0));
        let more = beyond - TAIL < TAIL - below;
        let low = if more { low + 1.0 } else { low };
        // Of counts beyond the greatest that are looked at, both are that.
        let high = upper(TAIL).max(low);
        Self { low, high }
    }
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

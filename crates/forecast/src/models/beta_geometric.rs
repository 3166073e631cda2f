//! BG/NBD and MBG/NBD: customers buy at random and may leave after each purchase; and what regular buyers share.

use super::count::{CountModel, Discount, GroupModel, discounted, listed};
use crate::error::Error;
use crate::fit::{Model, checked};
use crate::purchases::{Groups, Horizon, Purchases};
use crate::special::{
    AtLeast, beta_below, digamma, ln_rising, purchases_before_leaving, purchases_ever, soft_plus,
};

pub(super) const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];
pub(super) const TIMES: [bool; 4] = [false, true, false, false];

/// Rates are gamma(`r`, `alpha`) and the chance to leave is beta(`a`, `b`), after each purchase but the first.
///
/// Fader, Hardie & Lee (2005), «Counting your customers the easy way», Marketing Science 24:2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BgNbd(BetaGeometric);

/// As [`BgNbd`], but customers may leave after the first purchase too.
///
/// Batislam, Denizel & Filiztekin (2007), «Empirical validation and comparison of models for customer base
/// analysis», International Journal of Research in Marketing 24:3; the chance to leave is met once more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MbgNbd(BetaGeometric);

/// What both are: they differ in how often a customer met the chance to leave. And [`MbgCnbd`](super::MbgCnbd),
/// where only every `k`th event of the same random kind is a purchase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BetaGeometric {
    pub r: f64,
    pub alpha: f64,
    pub a: f64,
    pub b: f64,
    /// The chances to leave before the first repeat purchase.
    pub early: f64,
    /// Events a purchase.
    pub k: u32,
}

/// That fewer than k events came since the last purchase: the logarithm of the chance over that of none, and its
/// slopes by the number of events seen and by alpha.
struct Quiet {
    ln: f64,
    by_power: f64,
    by_alpha: f64,
}

/// The terms that depend on x alone.
struct OfX {
    front: f64,
    /// ln of the odds that belong to the last chance alone; minus infinity if there was none.
    ln_odds: f64,
    by_r: f64,
    by_a: f64,
    by_b: f64,
    /// The slope of the odds by b.
    odds_by_b: f64,
}

impl BetaGeometric {
    pub fn of([r, alpha, a, b]: [f64; 4], early: f64, k: u32) -> Result<Self, Error> {
        checked(NAMES, [r, alpha, a, b])?;
        Ok(Self {
            r,
            alpha,
            a,
            b,
            early,
            k,
        })
    }

    /// The shape of the rate of someone with so many purchases.
    pub fn shape(&self, x: f64) -> f64 {
        self.r + f64::from(self.k) * x
    }

    /// The chances, over that of none, that 0, 1, ... k - 1 events came since the last purchase.
    pub fn phases(&self, shape: f64, idle: f64) -> impl Iterator<Item = f64> {
        let mut term = 1.0;
        (0..self.k).map(move |phase| {
            let here = term;
            let phase = f64::from(phase);
            term *= (shape + phase) / (phase + 1.0) * idle;
            here
        })
    }

    /// `idle` is the share of alpha + T since the last purchase, `per_now` is 1 / (alpha + T).
    fn quiet(&self, shape: f64, idle: f64, per_now: f64) -> Quiet {
        let (mut sum, mut by_power, mut by_alpha, mut rise) = (0.0, 0.0, 0.0, 0.0);
        for (phase, term) in self.phases(shape, idle).enumerate() {
            let phase = phase as f64;
            sum += term;
            by_power += term * rise;
            by_alpha -= term * phase * per_now;
            rise += 1.0 / (shape + phase);
        }
        Quiet {
            ln: sum.ln(),
            by_power: by_power / sum,
            by_alpha: by_alpha / sum,
        }
    }

    pub fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    /// The odds, in logarithms, that she left after her last purchase, before age is accounted for.
    fn ln_odds(&self, x: f64) -> f64 {
        let chances = x + self.early;
        if chances < 1.0 {
            return f64::NEG_INFINITY;
        }
        self.a.ln() - (self.b + (chances - 1.0)).ln()
    }

    fn of_x(&self, x: f64) -> OfX {
        let Self { r, alpha, a, b, .. } = *self;
        let events = f64::from(self.k) * x;
        let chances = x + self.early;
        let both = digamma(a + b + chances) - digamma(a + b);
        OfX {
            front: ln_rising(r, events) + r * alpha.ln() + ln_rising(b, chances)
                - ln_rising(a + b, chances),
            ln_odds: self.ln_odds(x),
            by_r: digamma(r + events) - digamma(r) + alpha.ln(),
            by_a: -both,
            by_b: digamma(b + chances) - digamma(b) - both,
            odds_by_b: if chances < 1.0 {
                0.0
            } else {
                -1.0 / (b + (chances - 1.0))
            },
        }
    }

    /// Equation (6) of the paper, with the two terms put together in logarithms.
    pub fn likelihood(&self, groups: &Groups) -> (f64, [f64; 4]) {
        let Self { r, alpha, a, b, .. } = *self;
        let of_x: Vec<OfX> = groups.xs.iter().map(|x| self.of_x(*x)).collect();
        let ln = |times: &[f64]| -> Vec<(f64, f64)> {
            let one = |time: &f64| ((alpha + time).ln(), 1.0 / (alpha + time));
            times.iter().map(one).collect()
        };
        let (lasts, nows) = (ln(&groups.t_xs), ln(&groups.ages));
        let (mut sum, mut by_r, mut by_alpha, mut by_a, mut by_b) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for group in &groups.parts {
            let terms = &of_x[group.x as usize];
            let power = self.shape(groups.xs[group.x as usize]);
            let (ln_last, per_last) = lasts[group.t_x as usize];
            let (ln_now, per_now) = nows[group.age as usize];
            let quiet = if self.k == 1 {
                NONE
            } else {
                let idle = groups.ages[group.age as usize] - groups.t_xs[group.t_x as usize];
                self.quiet(power, idle * per_now, per_now)
            };
            let odds = terms.ln_odds + power * (ln_now - ln_last) - quiet.ln;
            let left = share(odds);
            let count = group.customers;
            let stayed = 1.0 - left;
            sum += count * (terms.front - power * ln_now + quiet.ln + soft_plus(odds));
            by_r +=
                count * (terms.by_r - ln_now + left * (ln_now - ln_last) + stayed * quiet.by_power);
            by_alpha += count
                * (r / alpha - power * (per_now - left * (per_now - per_last))
                    + stayed * quiet.by_alpha);
            by_a += count * (terms.by_a + left / a);
            by_b += count * (terms.by_b + left * terms.odds_by_b);
        }
        (sum, [r * by_r, alpha * by_alpha, a * by_a, b * by_b])
    }

    pub fn alive(&self, purchases: &Purchases) -> f64 {
        let (x, last) = (f64::from(purchases.x()), self.alpha + purchases.t_x());
        let idle = purchases.age() - purchases.t_x();
        let shape = self.shape(x);
        let quiet = if self.k == 1 {
            0.0
        } else {
            let phases = self.phases(shape, idle / (self.alpha + purchases.age()));
            phases.sum::<f64>().ln()
        };
        share(quiet - self.ln_odds(x) - shape * (idle / last).ln_1p())
    }

    fn expected_if_alive(&self, purchases: &Purchases, horizon: Horizon) -> f64 {
        let x = f64::from(purchases.x());
        let age = self.alpha + purchases.age();
        let b = self.b + x + self.early;
        purchases_before_leaving(self.a, b, self.r + x, age, horizon.span())
    }

    fn expected_of_new(&self, horizon: Horizon) -> f64 {
        let stays = if self.early > 0.0 {
            self.b / (self.a + self.b)
        } else {
            1.0
        };
        let b = self.b + self.early;
        stays * purchases_before_leaving(self.a, b, self.r, self.alpha, horizon.span())
    }

    /// So many would come if nobody left (negative binomial), and she stays after all but the last of them.
    fn at_least_if_alive(&self, purchases: &Purchases, count: f64, horizon: Horizon) -> f64 {
        let x = f64::from(purchases.x());
        let (age, span) = (self.alpha + purchases.age(), horizon.span());
        let b = self.b + x + self.early;
        let come = beta_below(count, self.r + x, span / (age + span), age / (age + span));
        let stays = ln_rising(b, count - 1.0) - ln_rising(self.a + b, count - 1.0);
        come * stays.min(0.0).exp()
    }

    fn reaches_if_alive(&self, purchases: &Purchases, horizon: Horizon, least: f64) -> Vec<f64> {
        let x = f64::from(purchases.x());
        let b = self.b + x + self.early;
        let per = horizon.span() / (self.alpha + purchases.age());
        let mut count = 0.0;
        let Some(mut come) = AtLeast::new(self.r + x, per) else {
            return listed(least, || {
                count += 1.0;
                self.at_least_if_alive(purchases, count, horizon)
            });
        };
        let mut stays = 1.0;
        listed(least, || {
            let chance = stays * come.step();
            stays *= (b + count) / (self.a + b + count);
            count += 1.0;
            chance
        })
    }

    /// What a living customer will ever buy, discounted, where that is found at once; `None`: by quadrature.
    /// `under_way` are the chances that 0, 1, ... k - 1 events came since her last purchase, over those of the rate:
    /// see [`purchases_ever`].
    pub fn ever_if_alive(
        &self,
        purchases: &Purchases,
        under_way: &[f64],
        discount: Discount,
    ) -> Option<f64> {
        let x = f64::from(purchases.x());
        purchases_ever(
            (self.a, self.b + x + self.early),
            (self.shape(x), self.alpha + purchases.age()),
            under_way,
            discount.rate(),
        )
    }

    pub fn starts(x: f64) -> Vec<[f64; 4]> {
        [(0.5, 0.3, 1.0), (1.0, 0.7, 2.0), (2.0, 0.1, 2.0)]
            .map(|(r, a, b): (f64, f64, f64)| {
                // Half of the purchases that would come are lost by leaving, in round terms.
                let alpha = r / (2.0 * x);
                [r.ln(), alpha.ln(), a.ln(), b.ln()]
            })
            .to_vec()
    }
}

/// Where every event is a purchase.
const NONE: Quiet = Quiet {
    ln: 0.0,
    by_power: 0.0,
    by_alpha: 0.0,
};

/// 1 / (1 + e^-y).
fn share(y: f64) -> f64 {
    if y >= 0.0 {
        1.0 / (1.0 + (-y).exp())
    } else {
        let odds = y.exp();
        odds / (1.0 + odds)
    }
}

impl Model<4> for BgNbd {
    const NAMES: [&'static str; 4] = NAMES;

    fn of(parameters: [f64; 4]) -> Result<Self, Error> {
        BetaGeometric::of(parameters, 0.0, 1).map(Self)
    }

    fn parameters(&self) -> [f64; 4] {
        self.0.parameters()
    }
}

impl Model<4> for MbgNbd {
    const NAMES: [&'static str; 4] = NAMES;

    fn of(parameters: [f64; 4]) -> Result<Self, Error> {
        BetaGeometric::of(parameters, 1.0, 1).map(Self)
    }

    fn parameters(&self) -> [f64; 4] {
        self.0.parameters()
    }
}

/// Both models are asked alike.
macro_rules! count_model {
    ($model:ty) => {
        impl GroupModel for $model {
            const TIMES: [bool; 4] = TIMES;

            fn likelihood(&self, groups: &Groups) -> (f64, [f64; 4]) {
                self.0.likelihood(groups)
            }

            fn starts(x: f64) -> Vec<[f64; 4]> {
                BetaGeometric::starts(x)
            }
        }

        impl CountModel for $model {
            fn alive(&self, purchases: &Purchases) -> f64 {
                self.0.alive(purchases)
            }

            fn expected_if_alive(&self, purchases: &Purchases, horizon: Horizon) -> f64 {
                self.0.expected_if_alive(purchases, horizon)
            }

            fn at_least_if_alive(
                &self,
                purchases: &Purchases,
                count: f64,
                horizon: Horizon,
            ) -> f64 {
                self.0.at_least_if_alive(purchases, count, horizon)
            }

            fn reaches_if_alive(
                &self,
                purchases: &Purchases,
                horizon: Horizon,
                least: f64,
            ) -> Vec<f64> {
                self.0.reaches_if_alive(purchases, horizon, least)
            }

            fn present_if_alive(
                &self,
                purchases: &Purchases,
                discount: Discount,
                horizon: Option<Horizon>,
            ) -> f64 {
                let ever = || self.0.ever_if_alive(purchases, &[1.0], discount);
                let known = if horizon.is_none() { ever() } else { None };
                known.unwrap_or_else(|| {
                    let expected = |span| self.expected_if_alive(purchases, Horizon::of(span));
                    discounted(expected, discount, horizon, self.bend(purchases))
                })
            }

            fn bend(&self, purchases: &Purchases) -> f64 {
                self.0.alpha + purchases.age()
            }

            fn expected_of_new(&self, horizon: Horizon) -> f64 {
                self.0.expected_of_new(horizon)
            }
        }
    };
}

count_model!(BgNbd);
count_model!(MbgNbd);

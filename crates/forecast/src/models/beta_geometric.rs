//! BG/NBD and MBG/NBD: customers buy at random and may leave after each purchase.

use super::count::{CountModel, GroupModel};
use crate::error::Error;
use crate::fit::{Model, checked};
use crate::purchases::{Groups, Horizon, Purchases};
use crate::special::{beta_below, digamma, ln_rising, purchases_before_leaving, soft_plus};

const NAMES: [&str; 4] = ["r", "alpha", "a", "b"];
const TIMES: [bool; 4] = [false, true, false, false];

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

/// What both are: they differ in how often a customer met the chance to leave.
#[derive(Clone, Copy, Debug, PartialEq)]
struct BetaGeometric {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    /// The chances to leave before the first repeat purchase.
    early: f64,
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
    fn of([r, alpha, a, b]: [f64; 4], early: f64) -> Result<Self, Error> {
        checked(NAMES, [r, alpha, a, b])?;
        Ok(Self {
            r,
            alpha,
            a,
            b,
            early,
        })
    }

    fn parameters(&self) -> [f64; 4] {
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
        let chances = x + self.early;
        let both = digamma(a + b + chances) - digamma(a + b);
        OfX {
            front: ln_rising(r, x) + r * alpha.ln() + ln_rising(b, chances)
                - ln_rising(a + b, chances),
            ln_odds: self.ln_odds(x),
            by_r: digamma(r + x) - digamma(r) + alpha.ln(),
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
    fn likelihood(&self, groups: &Groups) -> (f64, [f64; 4]) {
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
            let power = r + groups.xs[group.x as usize];
            let (ln_last, per_last) = lasts[group.t_x as usize];
            let (ln_now, per_now) = nows[group.age as usize];
            let odds = terms.ln_odds + power * (ln_now - ln_last);
            let left = share(odds);
            let count = group.customers;
            sum += count * (terms.front - power * ln_now + soft_plus(odds));
            by_r += count * (terms.by_r - ln_now + left * (ln_now - ln_last));
            by_alpha += count * (r / alpha - power * (per_now - left * (per_now - per_last)));
            by_a += count * (terms.by_a + left / a);
            by_b += count * (terms.by_b + left * terms.odds_by_b);
        }
        (sum, [r * by_r, alpha * by_alpha, a * by_a, b * by_b])
    }

    fn alive(&self, purchases: &Purchases) -> f64 {
        let (x, last) = (f64::from(purchases.x()), self.alpha + purchases.t_x());
        let gap = ((purchases.age() - purchases.t_x()) / last).ln_1p();
        share(-(self.ln_odds(x) + (self.r + x) * gap))
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

    fn starts(x: f64) -> Vec<[f64; 4]> {
        [(0.5, 0.3, 1.0), (1.0, 0.7, 2.0), (2.0, 0.1, 2.0)]
            .map(|(r, a, b): (f64, f64, f64)| {
                // Half of the purchases that would come are lost by leaving, in round terms.
                let alpha = r / (2.0 * x);
                [r.ln(), alpha.ln(), a.ln(), b.ln()]
            })
            .to_vec()
    }
}

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
        BetaGeometric::of(parameters, 0.0).map(Self)
    }

    fn parameters(&self) -> [f64; 4] {
        self.0.parameters()
    }
}

impl Model<4> for MbgNbd {
    const NAMES: [&'static str; 4] = NAMES;

    fn of(parameters: [f64; 4]) -> Result<Self, Error> {
        BetaGeometric::of(parameters, 1.0).map(Self)
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

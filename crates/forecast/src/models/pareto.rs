//! Pareto/NBD: customers buy at random until they leave at a random time, whatever they do.

use super::count::{CountModel, Discount, GroupModel, discounted, listed};
use crate::error::Error;
use crate::fit::{Model, checked};
use crate::purchases::{Groups, Horizon, Parts, Purchases};
use crate::special::{
    AtLeast, Decay, Moments, beta_below, digamma, exponential_integral, ln_rising, points,
};

/// Panels in which the time of leaving is integrated over for an interval.
const PANELS: u32 = 3;

/// Rates are gamma(`r`, `alpha`), and the rates at which customers leave gamma(`s`, `beta`).
///
/// Schmittlein, Morrison & Colombo (1987), Management Science 33:1; the form used is that of Fader & Hardie
/// (2005), «A note on deriving the Pareto/NBD model».
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
}

/// What one group's likelihood is made of, and its slopes by r, alpha, s and beta.
struct Terms {
    /// ln of the likelihood that she is still a customer.
    ln_alive: f64,
    /// ln of the odds that she left.
    ln_odds: f64,
    alive: [f64; 4],
    left: [f64; 4],
}

impl ParetoNbd {
    /// The same, with mean rates of buying and of leaving e^`trans` and e^`life` times as high.
    pub(super) fn scaled(&self, trans: f64, life: f64) -> Result<Self, Error> {
        let (alpha, beta) = (self.alpha * (-trans).exp(), self.beta * (-life).exp());
        Self::of([self.r, alpha, self.s, beta])
    }

    fn decay(&self, x: f64) -> Decay {
        Decay {
            alpha: self.alpha,
            beta: self.beta,
            p: self.r + x,
            q: self.s + 1.0,
        }
    }

    /// Without what depends on the parameters and x alone; `at` gives ln and reciprocal of both offsets at T.
    fn terms(&self, x: f64, at: [(f64, f64); 2], between: &Moments) -> Terms {
        let [(ln_a, per_a), (ln_b, per_b)] = at;
        let ln_alive = -(self.r + x) * ln_a - self.s * ln_b;
        Terms {
            ln_alive,
            ln_odds: self.s.ln() + between.ln - ln_alive,
            alive: [-ln_a, -(self.r + x) * per_a, -ln_b, -self.s * per_b],
            left: [
                between.by_p,
                between.by_alpha,
                1.0 / self.s + between.by_q,
                between.by_beta,
            ],
        }
    }

    fn offsets(&self, age: f64) -> [(f64, f64); 2] {
        [self.alpha + age, self.beta + age].map(|sum| (sum.ln(), 1.0 / sum))
    }

    fn ln_odds(&self, purchases: &Purchases) -> f64 {
        let (x, t_x, age) = (f64::from(purchases.x()), purchases.t_x(), purchases.age());
        let decay = self.decay(x);
        let between = decay.between(t_x, age, &decay.tail(t_x), &decay.tail(age));
        self.terms(x, self.offsets(age), &between).ln_odds
    }
}

/// What many groups have in common: terms that depend on x and t_x, x and T, and T.
struct Shared {
    lasts: Vec<Moments>,
    nows: Vec<Moments>,
    offsets: Vec<[(f64, f64); 2]>,
}

impl ParetoNbd {
    fn shared(&self, groups: &Groups) -> Shared {
        let tails = |pairs: &[(u32, u32)], times: &[f64]| -> Vec<Moments> {
            let one = |pair: &(u32, u32)| {
                let decay = self.decay(groups.xs[pair.0 as usize]);
                decay.tail(times[pair.1 as usize])
            };
            pairs.iter().map(one).collect()
        };
        Shared {
            lasts: tails(&groups.lasts, &groups.t_xs),
            nows: tails(&groups.nows, &groups.ages),
            offsets: groups.ages.iter().map(|age| self.offsets(*age)).collect(),
        }
    }

    /// How long she stays within the horizon if she is there, and the weight of each time.
    fn leaving(&self, purchases: &Purchases, horizon: Horizon) -> impl Iterator<Item = (f64, f64)> {
        let (b, s, end) = (self.beta + purchases.age(), self.s, horizon.span());
        let stays = (-s * (end / b).ln_1p()).exp();
        let width = (1.0 - stays) / f64::from(PANELS);
        let panels = (0..PANELS).flat_map(move |panel| {
            let low = stays + width * f64::from(panel);
            points(low, low + width).map(move |(still, weight)| {
                let time = b * (-still.ln() / s).exp_m1();
                (time.clamp(0.0, end), weight)
            })
        });
        std::iter::once((end, stays)).chain(panels)
    }
}

impl Model<4> for ParetoNbd {
    const NAMES: [&'static str; 4] = ["r", "alpha", "s", "beta"];

    fn of(parameters: [f64; 4]) -> Result<Self, Error> {
        let [r, alpha, s, beta] = checked(Self::NAMES, parameters)?;
        Ok(Self { r, alpha, s, beta })
    }

    fn parameters(&self) -> [f64; 4] {
        [self.r, self.alpha, self.s, self.beta]
    }
}

impl GroupModel for ParetoNbd {
    const TIMES: [bool; 4] = [false, true, false, true];

    /// Equation (18) of the note, its A0 being `(r + s + x) / s` times the integral over the time of leaving.
    fn likelihood(&self, groups: &Groups) -> (f64, [f64; 4]) {
        let Self { r, alpha, s, beta } = *self;
        let of_x = |x: &f64| {
            let front = ln_rising(r, *x) + r * alpha.ln() + s * beta.ln();
            (front, digamma(r + x) - digamma(r) + alpha.ln())
        };
        let fronts: Vec<(f64, f64)> = groups.xs.iter().map(of_x).collect();
        let Shared {
            lasts,
            nows,
            offsets,
        } = self.shared(groups);
        let (mut sum, mut slopes) = (0.0, [0.0; 4]);
        for (group, purchases) in groups.parts.iter().zip(&groups.purchases) {
            let x = groups.xs[group.x as usize];
            let (front, by_r) = fronts[group.x as usize];
            let between = self.decay(x).between(
                purchases.t_x(),
                purchases.age(),
                &lasts[group.last as usize],
                &nows[group.now as usize],
            );
            let terms = self.terms(x, offsets[group.age as usize], &between);
            let (odds, more) = odds(terms.ln_odds);
            let count = group.customers;
            sum += count * (front + terms.ln_alive + more);
            let own = [by_r, r / alpha, beta.ln(), s / beta];
            for at in 0..4 {
                let mixed = terms.alive[at] + odds * (terms.left[at] - terms.alive[at]);
                slopes[at] += count * (own[at] + mixed);
            }
        }
        let [by_r, by_alpha, by_s, by_beta] = slopes;
        (sum, [r * by_r, alpha * by_alpha, s * by_s, beta * by_beta])
    }

    fn starts(x: f64) -> Vec<[f64; 4]> {
        [(0.5, 0.5, 0.4), (1.0, 1.0, 2.0), (2.0, 0.3, 0.1)]
            .map(|(r, s, beta): (f64, f64, f64)| [r.ln(), (r / (2.0 * x)).ln(), s.ln(), beta.ln()])
            .to_vec()
    }
}

impl CountModel for ParetoNbd {
    /// Equation (11) of Fader & Hardie's note on implementing the model.
    fn alive(&self, purchases: &Purchases) -> f64 {
        odds(-self.ln_odds(purchases)).0
    }

    fn alive_of(&self, groups: &Groups) -> Vec<f64> {
        let shared = self.shared(groups);
        let alive = |(group, one): (&Parts, &Purchases)| {
            let x = groups.xs[group.x as usize];
            let (last, now) = (group.last as usize, group.now as usize);
            let between =
                self.decay(x)
                    .between(one.t_x(), one.age(), &shared.lasts[last], &shared.nows[now]);
            let terms = self.terms(x, shared.offsets[group.age as usize], &between);
            odds(-terms.ln_odds).0
        };
        groups
            .parts
            .iter()
            .zip(groups.purchases())
            .map(alive)
            .collect()
    }

    /// Without the singularity at s = 1: (1 - e^((1-s) w)) / (s - 1) goes through expm1.
    fn expected_if_alive(&self, purchases: &Purchases, horizon: Horizon) -> f64 {
        let age = purchases.age();
        let rate = (self.r + f64::from(purchases.x())) / (self.alpha + age);
        rate * stays(self.s, self.beta + age, horizon.span())
    }

    fn bend(&self, purchases: &Purchases) -> f64 {
        self.beta + purchases.age()
    }

    /// Without a horizon, equation (2) of Fader, Hardie & Lee (2005), «RFM and CLV», Journal of Marketing
    /// Research 42:4, with Tricomi's U as the exponential integral that it is here.
    fn present_if_alive(
        &self,
        purchases: &Purchases,
        discount: Discount,
        horizon: Option<Horizon>,
    ) -> f64 {
        let bend = self.bend(purchases);
        if horizon.is_some() {
            let expected = |span: f64| self.expected_if_alive(purchases, Horizon::of(span));
            return discounted(expected, discount, horizon, bend);
        }
        let rate = (self.r + f64::from(purchases.x())) / (self.alpha + purchases.age());
        rate * bend * exponential_integral(self.s, discount.rate() * bend)
    }

    fn expected_of_new(&self, horizon: Horizon) -> f64 {
        self.r / self.alpha * stays(self.s, self.beta, horizon.span())
    }

    /// Over the chance to be still there at the time of leaving, or at the horizon's end.
    fn at_least_if_alive(&self, purchases: &Purchases, count: f64, horizon: Horizon) -> f64 {
        let a = self.alpha + purchases.age();
        let shape = self.r + f64::from(purchases.x());
        let come = |time: f64| beta_below(count, shape, time / (a + time), a / (a + time));
        let times = self.leaving(purchases, horizon);
        let chance: f64 = times.map(|(time, weight)| weight * come(time)).sum();
        chance.clamp(0.0, 1.0)
    }

    fn reaches_if_alive(&self, purchases: &Purchases, horizon: Horizon, least: f64) -> Vec<f64> {
        let a = self.alpha + purchases.age();
        let shape = self.r + f64::from(purchases.x());
        let come = self.leaving(purchases, horizon);
        let come = come.map(|(time, weight)| Some((AtLeast::new(shape, time / a)?, weight)));
        let Some(mut come) = come.collect::<Option<Vec<_>>>() else {
            let mut count = 0.0;
            return listed(least, || {
                count += 1.0;
                self.at_least_if_alive(purchases, count, horizon)
            });
        };
        listed(least, || {
            let chances = come
                .iter_mut()
                .map(|(chances, weight)| *weight * chances.step());
            chances.sum::<f64>().min(1.0)
        })
    }
}

/// The mean time that she stays within `span`, if the rate of leaving is gamma(`s`, `rest`).
fn stays(s: f64, rest: f64, span: f64) -> f64 {
    let w = (span / rest).ln_1p();
    let power = (1.0 - s) * w;
    let mean = if power.abs() < 1e-300 {
        w
    } else {
        power.exp_m1() / (1.0 - s)
    };
    (rest * mean).min(span)
}

/// From the logarithm of odds, their share, and ln (1 + odds).
fn odds(ln: f64) -> (f64, f64) {
    let small = (-ln.abs()).exp();
    if ln > 0.0 {
        (1.0 / (1.0 + small), ln + small.ln_1p())
    } else {
        (small / (1.0 + small), small.ln_1p())
    }
}

//! What the purchases to come of a customer are worth in all: where that lies in 90 of 100 cases.
//!
//! How many come is what a model of purchases says; given their number, what they are worth in all follows from
//! Gamma-Gamma without a further assumption: n purchases of hers are gamma of shape p n and a rate of her own,
//! which is gamma of shape p x + q and rate γ + x z given what was seen. So their sum over that rate is beta
//! prime (p n, p x + q), and over all n a mixture of those. Nothing is drawn.

use crate::models::{CountModel, GammaGamma, Interval, Spend};
use crate::purchases::{Horizon, Purchases};
use crate::special::beta_below;

/// What of 100 cases lies below and above an interval, each, as a share.
const TAIL: f64 = 0.05;
/// Numbers of purchases whose chance is less together are left out.
const SETTLED: f64 = 1e-6;
/// Up to here each number of purchases is a case of its own; beyond, those a 32nd apart are one.
const EACH: f64 = 32.0;
/// Most cases.
const MAX_CASES: usize = 1_000;
/// The sums that are looked at, as logarithms, in units of what is known of her.
const LN_SUMS: (f64, f64) = (-60.0, 60.0);
/// A step of the search in ln of the sum that is small enough.
const CLOSE: f64 = 1e-7;
/// Most steps of the search.
const MAX_STEPS: u32 = 100;

/// Numbers of purchases within a horizon, and their chances.
#[derive(Clone, Debug)]
pub struct Counts {
    /// The chance of none.
    none: f64,
    /// Each number from 1 on, or the middle of those taken together, and its chance.
    cases: Vec<(f64, f64)>,
}

impl Counts {
    /// As a model has it for her.
    pub fn of(model: &impl CountModel, purchases: &Purchases, horizon: Horizon) -> Self {
        let alive = model.alive(purchases);
        let more = |count: f64| {
            let chance = alive * model.at_least_if_alive(purchases, count, horizon);
            chance.clamp(0.0, 1.0)
        };
        let (mut count, mut here) = (1.0, more(1.0));
        let none = 1.0 - here;
        let mut cases = Vec::new();
        while here > SETTLED && cases.len() < MAX_CASES {
            let step = f64::max(1.0, (count / EACH).floor());
            let next = more(count + step).min(here);
            cases.push((count + 0.5 * (step - 1.0), here - next));
            (count, here) = (count + step, next);
        }
        if let Some(last) = cases.last_mut() {
            last.1 += here;
        }
        Self { none, cases }
    }

    /// The chance of no purchase.
    pub fn none(&self) -> f64 {
        self.none
    }

    /// The mean of the square of their number.
    pub fn mean_square(&self) -> f64 {
        let squares = self
            .cases
            .iter()
            .map(|(count, chance)| count * count * chance);
        squares.sum()
    }

    /// The mean of their number.
    pub fn mean(&self) -> f64 {
        self.cases
            .iter()
            .map(|(count, chance)| count * chance)
            .sum()
    }
}

impl GammaGamma {
    /// The ends that the worth of all her purchases to come lies between in 90 of 100 cases, in units of
    /// [`GammaGamma::unit_of`]: so it is the same for all whose numbers of purchases, seen and to come, are. The
    /// error of the parameters is not in it.
    pub fn worth(&self, counts: &Counts, spend: &Spend) -> Interval {
        let [p, q, _] = crate::fit::Model::parameters(self);
        let known = p * spend.x() + q;
        let below = |ln: f64| {
            // y / (1 + y) and 1 / (1 + y) of e^ln, without overflow.
            let (share, rest) = (1.0 / (1.0 + (-ln).exp()), 1.0 / (1.0 + ln.exp()));
            let chance =
                |(count, chance): &(f64, f64)| chance * beta_below(p * count, known, share, rest);
            counts.none + counts.cases.iter().map(chance).sum::<f64>()
        };
        Interval {
            low: quantile(below, counts.none, TAIL),
            high: quantile(below, counts.none, 1.0 - TAIL),
        }
    }

    /// What [`GammaGamma::worth`] counts in, in units of money: γ + x z.
    pub fn unit_of(&self, spend: &Spend) -> f64 {
        let [_, _, gamma] = crate::fit::Model::parameters(self);
        gamma + spend.x() * spend.mean()
    }
}

/// Where a sum has this chance below; 0 where no purchase is as likely. By regula falsi with Illinois' halving.
fn quantile(below: impl Fn(f64) -> f64, none: f64, chance: f64) -> f64 {
    if none >= chance {
        return 0.0;
    }
    let (mut low, mut high) = LN_SUMS;
    let (mut off_low, mut off_high) = (none - chance, 1.0 - chance);
    let mut side = 0;
    for _ in 0..MAX_STEPS {
        if high - low < CLOSE {
            break;
        }
        // The ends are so far away that a line between them tells little at first.
        let at = match high - low > 8.0 {
            true => 0.5 * (low + high),
            false => (low * off_high - high * off_low) / (off_high - off_low),
        };
        let off = below(at) - chance;
        if off.abs() < 1e-9 {
            return at.exp();
        }
        if off < 0.0 {
            (low, off_low) = (at, off);
            off_high *= if side < 0 { 0.5 } else { 1.0 };
            side = -1;
        } else {
            (high, off_high) = (at, off);
            off_low *= if side > 0 { 0.5 } else { 1.0 };
            side = 1;
        }
    }
    (0.5 * (low + high)).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ParetoNbd;
    use crate::{BgNbd, Model, Random};

    /// A gamma draw by Marsaglia & Tsang, with shapes below 1 by their power.
    fn gamma(random: &mut Random, shape: f64) -> f64 {
        if shape < 1.0 {
            return gamma(random, shape + 1.0) * random.unit().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        loop {
            let (u, v) = (random.unit(), random.unit());
            let z = (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos();
            let t = (1.0 + z / (9.0 * d).sqrt()).powi(3);
            if t > 0.0 && random.unit().ln() < 0.5 * z * z + d - d * t + d * t.ln() {
                return d * t;
            }
        }
    }

    #[test]
    fn the_interval_holds_what_is_drawn() {
        let bg = BgNbd::of([0.243, 4.41, 0.793, 2.43]).expect("valid");
        let pareto = ParetoNbd::of([0.553, 10.58, 0.606, 11.67]).expect("valid");
        let money = GammaGamma::of([6.25, 3.74, 15.44]).expect("valid");
        let horizon = Horizon::new(39.0).expect("valid");
        let mut random = Random::new(11);
        for (x, t_x, age) in [(7, 34.0, 38.9), (2, 30.0, 38.0), (26, 31.0, 33.0)] {
            let known = Purchases::new(x, t_x, age).expect("valid");
            let spend = Spend::new(x, 30.0).expect("valid");
            for counts in [
                Counts::of(&bg, &known, horizon),
                Counts::of(&pareto, &known, horizon),
            ] {
                let interval = money.worth(&counts, &spend);
                let rounds = 40_000;
                let (mut below, mut above, mut sum) = (0, 0, 0.0);
                for _ in 0..rounds {
                    let mut rest = random.unit() - counts.none;
                    let mut count = 0.0;
                    for (number, chance) in &counts.cases {
                        if rest <= 0.0 {
                            break;
                        }
                        count = *number;
                        rest -= chance;
                    }
                    let rate = gamma(&mut random, 6.25 * f64::from(x) + 3.74);
                    let worth = match count > 0.0 {
                        true => gamma(&mut random, 6.25 * count) / rate,
                        false => 0.0,
                    };
                    below += i32::from(worth < interval.low);
                    above += i32::from(worth > interval.high);
                    sum += worth;
                }
                let share = |count: i32| f64::from(count) / f64::from(rounds);
                assert!((share(above) - 0.05).abs() < 0.005, "seed 11: {interval:?}");
                match interval.low > 0.0 {
                    true => assert!((share(below) - 0.05).abs() < 0.005, "seed 11: {interval:?}"),
                    false => assert!(counts.none >= 0.05),
                }
                let mean = sum / f64::from(rounds) * money.unit_of(&spend);
                let expected = counts.mean() * money.expected(&spend).expect("finite");
                assert!((mean / expected - 1.0).abs() < 0.03, "{mean} {expected}");
            }
        }
    }

    #[test]
    fn whoever_is_gone_is_worth_nothing_and_nothing_breaks() {
        let bg = BgNbd::of([0.243, 4.41, 0.793, 2.43]).expect("valid");
        let money = GammaGamma::of([6.25, 3.74, 15.44]).expect("valid");
        for (x, t_x, age, span) in [
            (0, 0.0, 1e9, 39.0),
            (20_000, 1.0, 1e6, 1.0),
            (20_000, 1e3, 1e3, 1e4),
            (1, 1e-9, 1e-9, 1e9),
            (3, 0.0, 0.0, 0.0),
        ] {
            let known = Purchases::new(x, t_x, age).expect("valid");
            let counts = Counts::of(&bg, &known, Horizon::new(span).expect("valid"));
            for spend in [Spend::unknown(), Spend::new(x.max(1), 1e9).expect("valid")] {
                let Interval { low, high } = money.worth(&counts, &spend);
                assert!(low.is_finite() && high.is_finite() && 0.0 <= low && low <= high);
            }
        }
    }
}

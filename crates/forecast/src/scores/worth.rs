//! What purchases ahead will be worth, with an interval: their number and the worth of each put together.

use super::{Score, Scores};
use crate::models::{GammaGamma, Interval, MAX_LISTED, Spend, TAIL};
use crate::special::{beta_below_by, ln_beta};

/// The step between points at which chances of a value are worked out, as a part of the spread of her mean spend, and
/// its limits, all in logarithms; between points, straight lines in logarithms.
const STEP: f64 = 0.3;
const STEPS: (f64, f64) = (0.02, 0.15);
/// The logarithms of values, in units of gamma + x · mean spend, end at plus and minus this.
const LARGEST: f64 = 40.0;
/// Parameters of spend whose logarithms vary less than this are as good as known: of the spread of a value, 0.1 and more,
/// it is too little to be seen.
const SURE: f64 = 1e-5;
/// The shares of chance above one standard deviation more than the middle, and less, of what is normal.
const DEVIATION: [f64; 2] = [0.158_655, 0.841_345];
/// Counts that are looked at one by one; of more, some, each greater than the one before by this share.
const COUNTS: u32 = 16;
const GROWTH: f64 = 1.08;

/// What a customer's purchases within the horizon will be worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// The mean, discounted, in units of money.
    pub mean: f64,
    /// Two ends that hold 90 of 100 cases, in units of money: of chance, of her own rates of buying, leaving and
    /// spending, and of the errors of both models' parameters. Values to come are discounted by the same share
    /// throughout.
    pub interval: Interval,
}

/// The ends of a value, in units of gamma + x · mean spend.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ends {
    low: End,
    high: End,
    /// The variance of the logarithm of a value that is more than nothing.
    spread: f64,
}

/// An end, and how the errors of the parameters of spend move it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct End {
    at: f64,
    /// How far it lies from the middle of the values that are more than nothing, in logarithms.
    beyond: f64,
    /// The mean square of how far, in logarithms, it is moved in its units, and the mean of that times how far the
    /// logarithm of gamma is.
    own: f64,
    both: f64,
}

impl End {
    /// With the error of the parameters of spend: what that adds to the spread of the logarithm takes the end as much
    /// further from the middle. Gamma is this share of what values scale with; `gamma` is the mean square of how far
    /// its logarithm is off.
    fn unsure(&self, spread: f64, gamma: f64, share: f64) -> f64 {
        let off = self.own + 2.0 * share * self.both + share * share * gamma;
        if self.at <= 0.0 || off <= 0.0 || spread <= 0.0 {
            return self.at;
        }
        self.at * (self.beyond * ((1.0 + off / spread).sqrt() - 1.0)).exp()
    }
}

/// The counts at which chances of a value are worked out, rising from 1.
pub(super) fn nodes() -> Vec<f64> {
    let mut nodes: Vec<f64> = (1..=COUNTS).map(f64::from).collect();
    let mut last = f64::from(COUNTS);
    while last < MAX_LISTED as f64 {
        last = (last * GROWTH).round();
        nodes.push(last);
    }
    nodes
}

/// The chances of each count by those to reach 1, 2, ..., put on `nodes`: of a count between two of them in parts, so
/// that its mean stays.
pub(super) fn masses(reaches: &[f64], nodes: &[f64]) -> Vec<f64> {
    let mut masses = Vec::with_capacity(COUNTS as usize);
    let mut at = 0;
    for (place, reach) in reaches.iter().enumerate() {
        let count = (place + 1) as f64;
        let chance = reach - reaches.get(place + 1).copied().unwrap_or(0.0);
        while nodes.get(at + 1).is_some_and(|next| *next <= count) {
            at += 1;
        }
        let next = nodes.get(at + 1).copied().unwrap_or(f64::INFINITY);
        let part = (count - nodes[at]) / (next - nodes[at]);
        masses.resize(masses.len().max(at + 1 + usize::from(part > 0.0)), 0.0);
        masses[at] += chance * (1.0 - part);
        if part > 0.0 {
            masses[at + 1] += chance * part;
        }
    }
    masses
}

/// The chances that so many purchases to come are worth more than some value, of customers of one x after the other.
///
/// So many purchases to come of gamma(p, ν) each, ν being gamma(p x + q, gamma + x mean), add up to a beta prime
/// of p n and p x + q, in units of gamma + x mean. These chances are the same for all customers of an x; they are
/// worked out when they are first asked for.
pub(super) struct Curve {
    p: f64,
    q: f64,
    rest: f64,
    step: f64,
    nodes: Vec<f64>,
    ln_betas: Vec<f64>,
    /// By value from the smallest on: the chances of each node; empty where they were not asked for.
    columns: Vec<Vec<f64>>,
}

impl Curve {
    fn of(spend: &GammaGamma) -> Self {
        let [p, q, _] = spend.parameters_of();
        Self {
            p,
            q,
            rest: q,
            step: STEPS.1,
            nodes: nodes(),
            ln_betas: Vec::new(),
            columns: Vec::new(),
        }
    }

    /// Looks at customers with so many purchases from now on, at values that lie so far from each other.
    fn turn_to(&mut self, x: u32, step: f64) {
        self.rest = self.p * f64::from(x) + self.q;
        self.step = step;
        self.ln_betas.clear();
        self.columns.clear();
        self.columns
            .resize((2.0 * LARGEST / self.step) as usize + 2, Vec::new());
    }

    fn ln(&self, column: usize) -> f64 {
        column as f64 * self.step - LARGEST
    }

    /// The chance to be worth more than a column's value.
    fn more(&mut self, column: usize, masses: &[f64]) -> f64 {
        let ln = self.ln(column);
        let (y, rest_of_y) = (1.0 / (1.0 + (-ln).exp()), 1.0 / (1.0 + ln.exp()));
        for at in self.ln_betas.len()..masses.len() {
            self.ln_betas
                .push(ln_beta(self.rest, self.p * self.nodes[at]));
        }
        let known = &mut self.columns[column];
        for at in known.len()..masses.len() {
            let shape = self.p * self.nodes[at];
            known.push(beta_below_by(
                (self.rest, shape),
                self.ln_betas[at],
                (rest_of_y, y),
            ));
        }
        let each = masses.iter().zip(known);
        each.map(|(mass, chance)| mass * *chance).sum()
    }

    /// The value that so much of the chance lies above, and the columns on both sides of it.
    fn end(&mut self, masses: &[f64], tail: f64) -> Found {
        let (mut low, mut high) = (0, self.columns.len() - 1);
        while high - low > 1 {
            let middle = low.midpoint(high);
            if self.more(middle, masses) > tail {
                low = middle;
            } else {
                high = middle;
            }
        }
        let chances = [low, high].map(|at| self.more(at, masses).max(f64::MIN_POSITIVE).ln());
        let fall = chances[0] - chances[1];
        let part = if fall > 0.0 {
            ((chances[0] - tail.ln()) / fall).clamp(0.0, 1.0)
        } else {
            0.0
        };
        Found {
            ln: self.ln(low) + part * self.step,
            near: if part < 0.5 { low } else { high },
            ln_chance: chances[usize::from(part >= 0.5)],
            slope: fall / self.step,
        }
    }
}

/// Where a chance is found.
struct Found {
    ln: f64,
    /// The nearest column, the logarithm of the chance there, and how fast it falls.
    near: usize,
    ln_chance: f64,
    slope: f64,
}

/// A model of spend and those around it by the errors of its parameters, asked what purchases are worth.
pub(super) struct Curves {
    own: Curve,
    /// With how far the logarithm of gamma is off.
    around: Vec<(Curve, f64)>,
    x: Option<u32>,
}

impl Curves {
    pub fn of(spend: &GammaGamma, covariance: &[Vec<f64>]) -> Self {
        let [_, _, gamma] = spend.parameters_of();
        let is_sure = covariance
            .iter()
            .enumerate()
            .all(|(at, row)| row.get(at).is_some_and(|variance| *variance < SURE));
        let around = match is_sure {
            true => Vec::new(),
            false => spend.around(covariance),
        };
        let around = around.into_iter();
        let off = |one: &GammaGamma| (one.parameters_of()[2] / gamma).ln();
        Self {
            own: Curve::of(spend),
            around: around.map(|one| (Curve::of(&one), off(&one))).collect(),
            x: None,
        }
    }

    /// The mean square of how far the logarithm of gamma is off.
    pub fn gamma_off(&self) -> f64 {
        let squares: f64 = self.around.iter().map(|(_, off)| off * off).sum();
        squares / self.around.len().max(1) as f64
    }

    /// Looks at customers with so many purchases from now on.
    pub fn turn_to(&mut self, x: u32) {
        if self.x.replace(x) == Some(x) {
            return;
        }
        let rest = self.own.p * f64::from(x) + self.own.q;
        let step = (STEP / rest.sqrt()).clamp(STEPS.0, STEPS.1);
        let around = self.around.iter_mut().map(|(curve, _)| curve);
        std::iter::once(&mut self.own)
            .chain(around)
            .for_each(|curve| curve.turn_to(x, step));
    }

    /// The ends of what purchases with these chances are worth.
    pub fn ends(&mut self, masses: &[f64]) -> Ends {
        let any: f64 = masses.iter().sum();
        let sure = any > 1.0 - TAIL;
        let tail = if sure { TAIL } else { 2.0 * TAIL };
        if any <= tail {
            return Ends::default();
        }
        let mut ends = Ends::default();
        let mut middle = 0.0;
        if !self.around.is_empty() {
            middle = self.own.end(masses, 0.5 * any).ln;
            let [few, most] = DEVIATION.map(|share| self.own.end(masses, share * any).ln);
            ends.spread = (0.5 * (few - most)).powi(2);
        }
        ends.high = self.end(masses, tail, middle);
        if sure {
            ends.low = self.end(masses, 1.0 - TAIL, middle);
        }
        ends
    }

    fn end(&mut self, masses: &[f64], tail: f64, middle: f64) -> End {
        let found = self.own.end(masses, tail);
        let (mut own, mut both) = (0.0, 0.0);
        let all = self.around.len().max(1) as f64;
        for (curve, off) in &mut self.around {
            let chance = curve.more(found.near, masses).max(f64::MIN_POSITIVE);
            // Where its chance is higher, its end lies further out.
            let by = (chance.ln() - found.ln_chance) / found.slope.max(f64::MIN_POSITIVE);
            let by = by.clamp(-LARGEST, LARGEST);
            own += by * by / all;
            both += by * *off / all;
        }
        End {
            at: found.ln.exp(),
            beyond: found.ln - middle,
            own,
            both,
        }
    }
}

impl Scores {
    /// What the purchases of a customer of a group will be worth, by what she spent; `None` without a model of
    /// spend, beyond the last group, or where the mean is infinite.
    pub fn worth(&self, group: usize, spend: &Spend) -> Option<Worth> {
        let (score, model): (&Score, _) = (self.each.get(group)?, self.spend.as_ref()?);
        let mean = model.expected(spend)? * score.present;
        // What is lost by discounting, and how far her spend was seen beside her purchases.
        let kept = if score.expected > 0.0 {
            score.present / score.expected
        } else {
            1.0
        };
        // Where every purchase is worth the same, only their number is open.
        let (unit, ends) = match model.same_for_all() {
            Some(mean) => (mean * kept, score.interval),
            None => {
                let Ends { low, high, spread } = score.ends;
                let scale = model.scale_of(spend);
                let share = model.parameters_of()[2] / scale;
                let unsure = |end: End| end.unsure(spread, self.gamma_off, share);
                let interval = Interval {
                    low: unsure(low),
                    high: unsure(high),
                };
                (scale * kept, interval)
            }
        };
        let end = |end: f64| (unit * end).min(f64::MAX);
        let interval = Interval {
            low: end(ends.low),
            high: end(ends.high),
        };
        Some(Worth { mean, interval })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_keep_their_chance_and_their_mean() {
        for length in [1, 15, 16, 17, 40, 1_024] {
            let reaches: Vec<f64> = (0..length).map(|count| 0.99_f64.powi(count)).collect();
            let nodes = nodes();
            let masses = masses(&reaches, &nodes);
            let all: f64 = masses.iter().sum();
            let mean: f64 = masses
                .iter()
                .zip(&nodes)
                .map(|(mass, count)| mass * count)
                .sum();
            assert!((all - reaches[0]).abs() < 1e-12, "{length}: {all}");
            let exact: f64 = reaches.iter().sum();
            assert!(
                (mean / exact - 1.0).abs() < 1e-12,
                "{length}: {mean} {exact}"
            );
        }
    }
}

//! What purchases ahead will be worth, with an interval: their number and the worth of each put together.

use super::{Score, Scores};
use crate::models::{GammaGamma, Interval, Spend, TAIL};
use crate::special::beta_below;

/// Points at which the chances of a value are worked out; between them, straight lines in logarithms.
const POINTS: usize = 28;
/// The chances, if she is a customer, between which these points lie.
const SPAN: (f64, f64) = (0.98, 0.01);
/// Counts that are looked at one by one; of more, so many at equal distances.
const COUNTS: usize = 16;
/// Halvings of a search.
const HALVINGS: u32 = 60;

/// What a customer's purchases within the horizon will be worth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Worth {
    /// The mean, discounted, in units of money.
    pub mean: f64,
    /// Two ends that hold 90 of 100 cases, in units of money: of chance, of her own rates of buying, leaving and
    /// spending, and of the error of the counting model's parameters; not of the model of spend's. Values to
    /// come are discounted by the same share throughout.
    pub interval: Interval,
}

/// The ends of a value, in units of gamma + x · mean spend.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Ends {
    low: f64,
    high: f64,
}

/// The logarithms of some values, rising, and of the chances to reach more if she is a customer.
///
/// So many purchases to come of gamma(p, ν) each, ν being gamma(p x + q, gamma + x mean), add up to a beta prime
/// of p n and p x + q, in units of gamma + x mean.
pub(super) fn worths_of(spend: &GammaGamma, x: u32, reaches: &[f64]) -> Vec<(f64, f64)> {
    let [p, q, _] = spend.parameters_of();
    let rest = p * f64::from(x) + q;
    let counts = counts(reaches);
    let more = |ln: f64| -> f64 {
        let (y, rest_of_y) = (1.0 / (1.0 + (-ln).exp()), 1.0 / (1.0 + ln.exp()));
        let chance =
            |(count, chance): &(f64, f64)| chance * beta_below(rest, p * count, rest_of_y, y);
        counts.iter().map(chance).sum()
    };
    let any = reaches.first().copied().unwrap_or(0.0);
    if any <= SPAN.1 {
        return Vec::new();
    }
    let at = |share: f64| {
        let target = share * any;
        let (mut low, mut high) = (-40.0, 40.0);
        for _ in 0..HALVINGS / 2 {
            let middle = 0.5 * (low + high);
            if more(middle) > target {
                low = middle;
            } else {
                high = middle;
            }
            if high - low < 0.3 {
                break;
            }
        }
        0.5 * (low + high)
    };
    let (low, high) = (at(SPAN.0), at((SPAN.1 / any).min(0.5)));
    let step = (high - low) / (POINTS - 1) as f64;
    let points = (0..POINTS).map(|point| low + step * point as f64);
    points
        .map(|ln| (ln, more(ln).max(f64::MIN_POSITIVE).ln()))
        .collect()
}

/// Counts and the chance of each, those of long lists in blocks of equal width.
fn counts(reaches: &[f64]) -> Vec<(f64, f64)> {
    let width = reaches.len().div_ceil(COUNTS).max(1);
    let block = |start: usize| {
        let end = (start + width).min(reaches.len());
        let after = reaches.get(end).copied().unwrap_or(0.0);
        let chance = reaches[start] - after;
        // The mean count of the block: what is reached in it over the chance to be in it.
        let sum: f64 = reaches[start..end].iter().sum();
        let count = start as f64 + (sum - (end - start) as f64 * after) / chance;
        (chance > 0.0).then_some((count, chance))
    };
    (0..reaches.len())
        .step_by(width)
        .filter_map(block)
        .collect()
}

impl Ends {
    /// The ends for someone with this chance to be a customer.
    pub fn of(points: &[(f64, f64)], alive: f64) -> Self {
        let reaches = |tail: f64| -> f64 {
            if alive <= tail || points.is_empty() {
                return 0.0;
            }
            let target = (tail / alive).ln();
            let above = points.partition_point(|(_, chance)| *chance > target);
            let ln = match (
                above.checked_sub(1).and_then(|at| points.get(at)),
                points.get(above),
            ) {
                (Some((x0, y0)), Some((x1, y1))) if y0 > y1 => {
                    x0 + (x1 - x0) * (y0 - target) / (y0 - y1)
                }
                (Some((x0, _)), _) => *x0,
                // Below the first point: she may come for nothing, or hardly more.
                (None, _) => return 0.0,
            };
            ln.exp()
        };
        let low = reaches(1.0 - TAIL);
        let high = reaches(if low > 0.0 { TAIL } else { 2.0 * TAIL });
        Self { low, high }
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
                let Ends { low, high } = score.ends;
                (model.scale_of(spend) * kept, Interval { low, high })
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

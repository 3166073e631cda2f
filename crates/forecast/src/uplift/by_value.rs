//! Effects of many values of a column, such as items or categories, each borrowing strength from the others.
//!
//! Values differ by luck and in truth; how much in truth is told by DerSimonian & Laird's moments (1986). Each
//! value's effect is drawn towards the mean of all by the share of its spread that is luck, with Morris's interval
//! (1983), which counts that the mean is not known either.

use super::bell::reach;
use super::experiment::Experiment;
use super::resample::Estimate;

/// Fewest customers of either arm of a value for an effect of its own.
const MIN_ARM: usize = 2;
/// The least spread of a factor's logarithm that is believed, so that a value does not outweigh all others.
const MIN_VARIANCE: f64 = 1e-12;

/// Customers of a value, and what treatment changed among them.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueEffect {
    /// Those treated.
    pub treated: usize,
    /// Those of the control.
    pub control: usize,
    /// The mean outcome of the treated; 0 where there are none.
    pub treated_mean: f64,
    /// The mean outcome of the control; 0 where there are none.
    pub control_mean: f64,
    /// The difference of means, drawn towards the mean of all values.
    pub effect: Estimate,
    /// What treatment multiplies the outcome by, drawn towards the mean of all values: 1 where it changes nothing.
    pub factor: Estimate,
    /// How much of the factor is the value's own, 0 (that of all values) to 1.
    pub own: f64,
}

/// What all values have in common.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Together {
    /// The mean factor.
    pub factor: Estimate,
    /// The standard deviation of the true factors' logarithms between values.
    pub deviation: f64,
}

/// The sums of an arm of a value.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: f64,
    mean: f64,
    square: f64,
}

/// The effect of each value; `of` says whose row is which of so many values. An experiment is to be checked before.
/// `None` where no value has both arms.
pub fn effects_by_value(
    experiment: &Experiment,
    of: &[u32],
    values: usize,
    level: f64,
) -> Option<(Vec<ValueEffect>, Together)> {
    let mut sums = vec![[Sums::default(); 2]; values];
    for (row, value) in of.iter().enumerate().take(experiment.customers()) {
        if let Some(arms) = sums.get_mut(*value as usize) {
            let arm = &mut arms[usize::from(experiment.treated[row])];
            arm.count += 1.0;
            let off = experiment.outcome[row] - arm.mean;
            arm.mean += off / arm.count;
            arm.square += off * (experiment.outcome[row] - arm.mean);
        }
    }
    let is_binary = experiment.is_binary();
    let differences: Vec<Option<(f64, f64)>> = sums.iter().map(difference).collect();
    let factors: Vec<Option<(f64, f64)>> = sums
        .iter()
        .map(|arms| if is_binary { rates(arms) } else { means(arms) })
        .collect();
    let differences = Drawn::new(&differences)?;
    let factors = Drawn::new(&factors)?;
    let far = reach(level.clamp(0.5, 0.999_999), f64::MAX);
    let exp = |(middle, error): (f64, f64)| Estimate {
        value: middle.exp(),
        low: (middle - far * error).exp(),
        high: (middle + far * error).exp(),
    };
    let told = |place: usize| {
        let [control, treated] = sums[place];
        let (middle, error, _) = differences.of(place);
        let (factor, factor_error, own) = factors.of(place);
        ValueEffect {
            treated: treated.count as usize,
            control: control.count as usize,
            treated_mean: treated.mean,
            control_mean: control.mean,
            effect: Estimate {
                value: middle,
                low: middle - far * error,
                high: middle + far * error,
            },
            factor: exp((factor, factor_error)),
            own,
        }
    };
    let together = Together {
        factor: exp((factors.mean, factors.variance_of_mean.sqrt())),
        deviation: factors.between.sqrt(),
    };
    Some(((0..values).map(told).collect(), together))
}

fn difference(arms: &[Sums; 2]) -> Option<(f64, f64)> {
    let [control, treated] = arms.map(variance_of_mean);
    let variance = control? + treated?;
    Some((arms[1].mean - arms[0].mean, variance.max(MIN_VARIANCE)))
}

fn variance_of_mean(sums: Sums) -> Option<f64> {
    (sums.count >= MIN_ARM as f64).then(|| sums.square / (sums.count - 1.0) / sums.count)
}

/// The logarithm of a quotient of rates, half a customer added who did (Walter 1975), and its variance.
fn rates(arms: &[Sums; 2]) -> Option<(f64, f64)> {
    let part = |sums: Sums| {
        (sums.count >= MIN_ARM as f64).then(|| {
            let (did, all) = (sums.mean * sums.count + 0.5, sums.count + 0.5);
            ((did / all).ln(), 1.0 / did - 1.0 / all)
        })
    };
    let [control, treated] = arms.map(part);
    let (control, treated) = (control?, treated?);
    Some((
        treated.0 - control.0,
        (treated.1 + control.1).max(MIN_VARIANCE),
    ))
}

/// The logarithm of a quotient of means above 0, and its variance by the delta method.
fn means(arms: &[Sums; 2]) -> Option<(f64, f64)> {
    let part = |sums: Sums| {
        let variance = variance_of_mean(sums)?;
        let is_usable = sums.mean > 0.0;
        is_usable.then(|| (sums.mean.ln(), variance / (sums.mean * sums.mean)))
    };
    let [control, treated] = arms.map(part);
    let (control, treated) = (control?, treated?);
    let variance = treated.1 + control.1;
    let is_usable = variance.is_finite();
    is_usable.then(|| (treated.0 - control.0, variance.max(MIN_VARIANCE)))
}

/// Estimates with variances, drawn towards their mean.
struct Drawn<'a> {
    of: &'a [Option<(f64, f64)>],
    mean: f64,
    variance_of_mean: f64,
    between: f64,
}

impl<'a> Drawn<'a> {
    fn new(of: &'a [Option<(f64, f64)>]) -> Option<Self> {
        let known = || of.iter().flatten();
        let weighted = |between: f64| {
            let weight: f64 = known().map(|(_, v)| 1.0 / (v + between)).sum();
            let sum: f64 = known().map(|(y, v)| y / (v + between)).sum();
            (sum / weight, weight)
        };
        let count = known().count();
        if count == 0 {
            return None;
        }
        let (mean, weight) = weighted(0.0);
        let apart: f64 = known().map(|(y, v)| (y - mean) * (y - mean) / v).sum();
        let squares: f64 = known().map(|(_, v)| 1.0 / (v * v)).sum();
        let below = weight - squares / weight;
        let between = match count > 1 && below > 0.0 {
            true => ((apart - (count as f64 - 1.0)) / below).max(0.0),
            false => 0.0,
        };
        let (mean, weight) = weighted(between);
        let drawn = Self {
            of,
            mean,
            variance_of_mean: 1.0 / weight,
            between,
        };
        (mean.is_finite() && drawn.variance_of_mean.is_finite() && between.is_finite())
            .then_some(drawn)
    }

    /// The estimate, its error, and how much of it is the value's own.
    fn of(&self, place: usize) -> (f64, f64, f64) {
        let Some((own, variance)) = self.of[place] else {
            let error = (self.between + self.variance_of_mean).sqrt();
            return (self.mean, error, 0.0);
        };
        let share = self.between / (self.between + variance);
        let middle = self.mean + share * (own - self.mean);
        let rest = (1.0 - share) * (1.0 - share) * self.variance_of_mean;
        (middle, (share * variance + rest).sqrt(), share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn values_borrow_from_each_other_and_intervals_cover() {
        let (mut covered, mut better, mut values) = (0, 0, 0);
        for seed in 0..20 {
            let mut random = Random::new(seed);
            let mut experiment = Experiment::default();
            let (mut of, mut truth) = (Vec::new(), Vec::new());
            for value in 0..40_u32 {
                let factor = 0.8 + random.unit();
                truth.push(factor);
                for _ in 0..100 + random.below(400) {
                    let treated = random.unit() < 0.5;
                    let rate = 0.2 * if treated { factor } else { 1.0 };
                    experiment.treated.push(treated);
                    experiment
                        .outcome
                        .push(f64::from(u8::from(random.unit() < rate)));
                    of.push(value);
                }
            }
            let (found, together) = effects_by_value(&experiment, &of, 41, 0.95).expect("some");
            assert!((together.factor.value - 1.27).abs() < 0.15, "{together:?}");
            // The last value has nobody: it is told what all have in common.
            assert_eq!(found[40].own, 0.0);
            assert!((found[40].factor.value / together.factor.value - 1.0).abs() < 1e-12);
            for (found, truth) in found.iter().zip(truth) {
                values += 1;
                covered += u32::from(found.factor.low <= truth && found.factor.high >= truth);
                let raw = found.treated_mean / found.control_mean;
                better += u32::from((found.factor.value - truth).abs() < (raw - truth).abs());
            }
        }
        let share = |count: u32| f64::from(count) / f64::from(values);
        let told =
            format!("seeds 0 to 19: {covered} covered, {better} nearer than alone, of {values}");
        assert!(share(covered) > 0.91 && share(covered) < 0.99, "{told}");
        assert!(share(better) > 0.6, "{told}");
    }

    #[test]
    fn values_without_an_arm_or_of_losses_have_no_factor_of_their_own() {
        let experiment = Experiment {
            treated: vec![true, true, false, false, true, true, false, false],
            outcome: vec![3.0, 5.0, 1.0, 2.0, -1.0, -2.0, 4.0, 4.5],
            ..Experiment::default()
        };
        let of = [0, 0, 0, 0, 1, 1, 1, 1];
        let (found, _) = effects_by_value(&experiment, &of, 2, 0.95).expect("one");
        assert_eq!(found[1].own, 0.0);
        assert!(
            found
                .iter()
                .all(|one| one.factor.low > 0.0 && one.factor.high.is_finite())
        );
        assert!(effects_by_value(&experiment, &[5; 8], 2, 0.95).is_none());
        assert!(effects_by_value(&Experiment::default(), &[], 0, 0.95).is_none());
    }
}

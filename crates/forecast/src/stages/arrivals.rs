//! New customers a week: a level that may drift, and more spread around it than pure chance gives.

use super::OUTSIDE;
use super::ledger::StageLedger;
use super::rates::States;

/// Weeks that arrivals are estimated from, at most.
const MAX_WEEKS: i32 = 52;
/// The part of history left out at its beginning, where everybody seems new.
const LEFT_OUT_PART: i32 = 4;
/// How much of a surprise the level may take over; nought is a level that never changes.
const WEIGHTS: [f64; 6] = [0.0, 0.05, 0.1, 0.2, 0.35, 0.5];
/// Weeks before errors count.
const WARM_WEEKS: usize = 4;
/// A weight must make squared errors so much smaller than the one before it.
const MIN_GAIN: f64 = 0.97;
/// A surprise beyond so many standard errors counts as so many: a week that is not whole must not become the level.
const MOST_ERRORS: f64 = 3.0;
/// The standard error of normal numbers is so many times the median of their distances from the mean.
const OF_MEDIAN: f64 = 1.4826;
/// Days in a week.
pub(super) const WEEK: usize = 7;

/// How many new customers come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrivals {
    /// Expected in a week, from now on.
    pub weekly: f64,
    /// How much of a week's surprise stays (simple exponential smoothing, Muth 1960): 0 is the plain mean.
    pub weight: f64,
    /// The variance of weeks, where 1 is pure chance (Poisson).
    pub dispersion: f64,
    /// Weeks that this comes from.
    pub weeks: usize,
    /// Into which states they come, with the part of all.
    pub(super) into: Vec<f64>,
    /// The variance of the level as it is now.
    level_variance: f64,
}

impl Arrivals {
    /// Those of the weeks before the end of a day; of a group its part of all.
    pub(super) fn fit(
        ledger: &StageLedger,
        states: &States,
        until: i32,
        group: Option<u16>,
    ) -> Self {
        let known = until - ledger.first_day + 1;
        let weeks = ((known - known / LEFT_OUT_PART) / WEEK as i32).min(MAX_WEEKS);
        let first = until - weeks * WEEK as i32 + 1;
        let mut counts = vec![0.0; weeks.max(0) as usize];
        let mut into = vec![0.0; states.count()];
        let mut own = 0.0;
        let came = |stay: &&super::ledger::Stay| stay.from == OUTSIDE && stay.start <= until;
        for stay in ledger
            .stays
            .iter()
            .filter(came)
            .filter(|stay| stay.start >= first)
        {
            counts[(stay.start - first) as usize / WEEK] += 1.0;
            if group.is_none_or(|group| group == stay.group) {
                into[states.of(stay.stage, OUTSIDE)] += 1.0;
                own += 1.0;
            }
        }
        let all: f64 = counts.iter().sum();
        if own > 0.0 {
            into.iter_mut().for_each(|part| *part /= own);
        }
        let whole = Self {
            into,
            ..Self::of_weeks(&counts)
        };
        if all > 0.0 {
            whole.part(own / all, all)
        } else {
            whole
        }
    }

    /// Those of weeks, oldest first.
    pub(super) fn of_weeks(counts: &[f64]) -> Self {
        let weeks = counts.len();
        if weeks == 0 {
            return Self::default();
        }
        let mut best = (0.0, errors(counts, 0.0));
        for weight in &WEIGHTS[1..] {
            let tried = errors(counts, *weight);
            if tried.0 < MIN_GAIN * best.1.0 {
                best = (*weight, tried);
            }
        }
        let (weight, (squares, level, judged)) = best;
        let variance = if judged > 0 {
            squares / judged as f64
        } else {
            level
        };
        // Never less than pure chance.
        let dispersion = if level > 0.0 {
            (variance / level).max(1.0)
        } else {
            1.0
        };
        let forgotten = (1.0 - weight).powi(2 * weeks as i32);
        Self {
            weekly: level,
            weight,
            dispersion,
            weeks,
            into: Vec::new(),
            level_variance: dispersion * level * forgotten / weeks as f64,
        }
    }

    /// A part of them, where the part was estimated from so many.
    fn part(self, share: f64, of: f64) -> Self {
        let unsure = share * (1.0 - share) / of.max(1.0);
        Self {
            // What is left of the spread beyond pure chance when each is taken with such a chance.
            dispersion: 1.0 + (self.dispersion - 1.0) * share,
            level_variance: share * share * self.level_variance
                + self.weekly * self.weekly * unsure,
            weekly: self.weekly * share,
            ..self
        }
    }

    /// The variance of a sum over coming weeks that weighs each by its `part`.
    pub(super) fn variance(&self, parts: &[f64]) -> f64 {
        let surprise = self.dispersion * self.weekly;
        let mut later: f64 = parts.iter().sum();
        let mut sum = self.level_variance * later * later;
        for part in parts {
            later -= part;
            // A week's surprise counts in the week itself, and by its weight in all later ones.
            sum += surprise * (part + self.weight * later).powi(2);
        }
        sum
    }
}

/// What a weight gives: the sum of squared errors a week ahead, the last level, and how many errors those are.
///
/// Surprises are cut (as Gelper, Fried and Croux 2010 do) where they are beyond what weeks usually differ by.
fn errors(counts: &[f64], weight: f64) -> (f64, f64, usize) {
    let warm = WARM_WEEKS.min(counts.len());
    let most = MOST_ERRORS * usual_error(counts);
    let mut level = counts[..warm].iter().sum::<f64>() / warm.max(1) as f64;
    let mut squares = 0.0;
    for (week, count) in counts.iter().enumerate().skip(warm) {
        let error = (count - level).clamp(-most, most);
        squares += error * error;
        let weight = match weight {
            0.0 => 1.0 / (week + 1) as f64,
            weight => weight,
        };
        level += weight * error;
    }
    (squares, level, counts.len() - warm)
}

/// The usual distance of a week from the one before it, as the standard error of one of them; that of pure chance
/// at least.
fn usual_error(counts: &[f64]) -> f64 {
    let mut apart: Vec<f64> = counts
        .windows(2)
        .map(|two| (two[1] - two[0]).abs())
        .collect();
    apart.sort_by(f64::total_cmp);
    let middle = apart.get(apart.len() / 2).copied().unwrap_or(0.0);
    let mean = counts.iter().sum::<f64>() / counts.len().max(1) as f64;
    (OF_MEDIAN * middle / std::f64::consts::SQRT_2).max(mean.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_that_never_changes_is_the_mean() {
        let counts: Vec<f64> = (0..40).map(|week| f64::from(100 + week % 3)).collect();
        let arrivals = Arrivals::of_weeks(&counts);
        let mean = counts.iter().sum::<f64>() / 40.0;
        assert_eq!(arrivals.weight, 0.0);
        assert!((arrivals.weekly - mean).abs() < 1e-9);
        assert_eq!(arrivals.dispersion, 1.0);
        // One week alone, and two weeks together: chance, and the doubt about the mean.
        let doubt = mean / 40.0;
        assert!((arrivals.variance(&[1.0]) - mean - doubt).abs() < 1e-9);
        assert!((arrivals.variance(&[1.0, 1.0]) - 2.0 * mean - 4.0 * doubt).abs() < 1e-9);
    }

    #[test]
    fn a_level_that_jumps_is_followed() {
        let counts: Vec<f64> = (0..52)
            .map(|week| if week < 40 { 50.0 } else { 120.0 } + f64::from(week % 3))
            .collect();
        let arrivals = Arrivals::of_weeks(&counts);
        assert!(arrivals.weight > 0.0, "{arrivals:?}");
        assert!((110.0..130.0).contains(&arrivals.weekly), "{arrivals:?}");
    }

    #[test]
    fn a_last_week_that_is_not_whole_does_not_become_the_level() {
        let mut counts: Vec<f64> = (0..51)
            .map(|week| f64::from(190 + 7 * (week % 5)))
            .collect();
        counts.push(20.0);
        let arrivals = Arrivals::of_weeks(&counts);
        assert!((195.0..210.0).contains(&arrivals.weekly), "{arrivals:?}");
        assert!(arrivals.dispersion < 2.0, "{arrivals:?}");
    }

    #[test]
    fn nobody_ever_is_nobody_to_come() {
        for counts in [&[][..], &[0.0; 20]] {
            let arrivals = Arrivals::of_weeks(counts);
            assert_eq!(
                (arrivals.weekly, arrivals.variance(&[1.0, 1.0])),
                (0.0, 0.0)
            );
        }
    }
}

//! Days on a clock put together where few moves are known, and kept apart where many move on one day.

use super::rates::StateCounts;

/// A run of days is put together until so many moves are known of it.
const MIN_BIN_MOVES: f64 = 20.0;
/// A day is a spike from so many moves on, ...
const MIN_SPIKE_MOVES: f64 = 10.0;
/// ... if they are so many times what the days around would give, ...
const SPIKE_TIMES: f64 = 2.0;
/// ... and so many standard errors of it more.
const SPIKE_ERRORS: f64 = 5.0;
/// So many days on either side are the days around.
const AROUND_DAYS: usize = 7;
/// From this day on the clock all days are alike.
const MAX_AGE_DAYS: usize = 730;

/// Which days of a clock are told apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Bins {
    /// The bin of each day; that of the last holds for all later ones.
    pub of: Vec<usize>,
    /// For each bin: whether it is a spike.
    pub is_spike: Vec<bool>,
}

impl Bins {
    /// Puts days together. The day of entering is always by itself, and the last bin is never a spike.
    pub(super) fn pool(counts: &StateCounts) -> Self {
        let ages = counts.risk.len();
        let moves: Vec<f64> = (0..ages).map(|age| counts.moved(age)).collect();
        let mut bins = Self {
            of: vec![0],
            is_spike: vec![false],
        };
        let (mut begun, mut found) = (1, 0.0);
        for age in 1..ages.min(MAX_AGE_DAYS) {
            if is_spike(&counts.risk, &moves, age) {
                bins.close(begun, age, false);
                bins.close(age, age + 1, true);
                (begun, found) = (age + 1, 0.0);
                continue;
            }
            found += moves[age];
            if found >= MIN_BIN_MOVES {
                bins.close(begun, age + 1, false);
                (begun, found) = (age + 1, 0.0);
            }
        }
        // What is left at the end has few moves. Where far more days of customers are in it than in the bin before,
        // that is because they move less, and it is a bin by itself.
        let last = bins.is_spike.len() - 1;
        let risk = |from: usize, to: usize| -> f64 {
            let ages = counts.risk.get(from..to.min(ages)).unwrap_or_default();
            ages.iter().sum()
        };
        let before = bins.of.iter().position(|bin| *bin == last).unwrap_or(0);
        let is_long = risk(begun, ages) >= risk(before, begun);
        if bins.is_spike[last] || last == 0 || is_long && begun < ages {
            bins.close(begun, begun + 1, false);
        }
        bins
    }

    /// Gives days from one to before another a bin.
    fn close(&mut self, from: usize, to: usize, is_spike: bool) {
        if from < to {
            self.of.resize(to, self.is_spike.len());
            self.is_spike.push(is_spike);
        }
    }

    /// Drops the days that are like the last.
    pub(super) fn shorten(&mut self) {
        let last = self.of.last().copied();
        let kept = self.of.iter().rposition(|bin| Some(*bin) != last);
        self.of.truncate(kept.map_or(1, |place| place + 2));
    }
}

/// Whether far more move on a day than on the days around.
fn is_spike(risk: &[f64], moves: &[f64], age: usize) -> bool {
    if moves[age] < MIN_SPIKE_MOVES {
        return false;
    }
    let around = age.saturating_sub(AROUND_DAYS).max(1)..(age + AROUND_DAYS + 1).min(risk.len());
    let around = around.filter(|one| one.abs_diff(age) > 1);
    let (at_risk, moved) = around.fold((0.0, 0.0), |sum, one| {
        (sum.0 + risk[one], sum.1 + moves[one])
    });
    let usual = if at_risk > 0.0 {
        risk[age] * moved / at_risk
    } else {
        0.0
    };
    moves[age] > SPIKE_TIMES * usual + SPIKE_ERRORS * usual.sqrt()
}

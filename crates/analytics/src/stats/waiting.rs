//! How long people wait, those who still do included: by bins of time, compared by ranks.

use std::collections::BTreeMap;

use super::bins::{bin_of, middle};

/// Bins from one power of two to the next: a bin is an eighth of that, its middle at most 6 % away.
const COARSE: u32 = 3;

/// By bin of time: how many waits ended, and how many were lost from sight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting(BTreeMap<u16, (u64, u64)>);

impl Waiting {
    /// A wait that ended after so many milliseconds, or was lost from sight then.
    pub(crate) fn add(&mut self, length_ms: i64, ended: bool) {
        let bin = self.0.entry(bin_of(length_ms, COARSE)).or_default();
        if ended {
            bin.0 += 1;
        } else {
            bin.1 += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (bin, (ended, lost)) in &other.0 {
            let own = self.0.entry(*bin).or_default();
            *own = (own.0 + ended, own.1 + lost);
        }
    }

    /// All of these but those; those must be among these.
    pub(crate) fn without(&self, other: &Self) -> Self {
        let left = |(bin, (ended, lost)): (&u16, &(u64, u64))| {
            let (less, fewer) = other.0.get(bin).copied().unwrap_or_default();
            (
                *bin,
                (ended.saturating_sub(less), lost.saturating_sub(fewer)),
            )
        };
        Self(self.0.iter().map(left).collect())
    }

    /// How many waits.
    pub(crate) fn count(&self) -> u64 {
        self.0.values().map(|(ended, lost)| ended + lost).sum()
    }

    /// When half of those have ended of whom it is in sight that they end: where the share that waits longer,
    /// by Kaplan and Meier, is half-way from all to the last that is known; `None` where nothing ended.
    pub(crate) fn median_ms(&self) -> Option<f64> {
        let (last, _) = self.staying(f64::MAX);
        let (mut at_risk, mut staying) = (self.count() as f64, 1.0);
        for (bin, (ended, lost)) in &self.0 {
            staying *= 1.0 - *ended as f64 / at_risk;
            if *ended > 0 && staying <= f64::midpoint(1.0, last) + 1e-12 {
                return Some(middle(*bin, COARSE));
            }
            at_risk -= (ended + lost) as f64;
        }
        None
    }

    /// The share that waits longer than so long, by Kaplan and Meier, and its variance by Greenwood.
    pub(crate) fn staying(&self, length_ms: f64) -> (f64, f64) {
        let (mut at_risk, mut staying, mut sum) = (self.count() as f64, 1.0, 0.0);
        for (bin, (ended, lost)) in &self.0 {
            if middle(*bin, COARSE) > length_ms {
                break;
            }
            let ended = *ended as f64;
            staying *= 1.0 - ended / at_risk;
            if ended < at_risk {
                sum += ended / (at_risk * (at_risk - ended));
            }
            at_risk -= ended + *lost as f64;
        }
        (staying, staying * staying * sum)
    }

    /// By how many standard errors these wait longer than the rest: Wilcoxon's rank test as Peto and Peto
    /// (1972) made it for waits not over. Like the log-rank test, each end weighed by the share still waiting
    /// before it: who comes as often but late is told apart, which the unweighed test misses. `None` where
    /// nothing ended while both were waiting.
    pub(crate) fn later(&self, rest: &Self) -> Option<f64> {
        let mut bins: BTreeMap<u16, [(u64, u64); 2]> = BTreeMap::new();
        for (which, group) in [self, rest].into_iter().enumerate() {
            for (bin, counts) in &group.0 {
                bins.entry(*bin).or_default()[which] = *counts;
            }
        }
        let (mut own, mut other) = (self.count() as f64, rest.count() as f64);
        let (mut late, mut variance, mut staying) = (0.0, 0.0, 1.0);
        for [(ended, lost), (rest_ended, rest_lost)] in bins.into_values() {
            let (all, ends) = (own + other, (ended + rest_ended) as f64);
            late += staying * (ends * own / all - ended as f64);
            if all > 1.0 {
                let ties = (all - ends) / (all - 1.0);
                variance += staying * staying * ends * (own / all) * (other / all) * ties;
            }
            staying *= 1.0 - ends / all;
            own -= (ended + lost) as f64;
            other -= (rest_ended + rest_lost) as f64;
        }
        (variance > 0.0).then(|| late / variance.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(waits: &[(i64, bool)]) -> Waiting {
        let mut waiting = Waiting::default();
        for (length, ended) in waits {
            waiting.add(*length, *ended);
        }
        waiting
    }

    #[test]
    fn a_small_test_worked_by_hand() {
        let own = waiting(&[(3, true), (5, true), (7, false)]);
        let rest = waiting(&[(1, true), (2, true), (3, true), (4, false)]);
        // Still waiting before 1, 2 and 3: all, 6/7, 5/7. Expected ends: 3/7, 3/6 and 2 * 3/5, of which one was.
        // At 5 only the first group is left, which says nothing.
        let late = 3.0 / 7.0 + 6.0 / 7.0 * 0.5 + 5.0 / 7.0 * 0.2;
        let variance = 12.0 / 49.0 + 36.0 / 49.0 * 0.25 + 25.0 / 49.0 * 2.0 * 0.6 * 0.4 * 3.0 / 4.0;
        let test = own.later(&rest).unwrap();
        assert!((test - late / f64::sqrt(variance)).abs() < 1e-12);
        assert_eq!(rest.later(&own).map(f64::abs), Some(test.abs()));
        assert_eq!(own.median_ms(), Some(3.0));
        assert_eq!(own.without(&waiting(&[(5, true)])).count(), 2);
    }

    #[test]
    fn those_who_still_wait_count() {
        let half = waiting(&[(10, true), (10, true), (11, false), (12, false)]);
        assert_eq!(half.staying(10.0).0, 0.5);
        assert_eq!(half.staying(9.0), (1.0, 0.0));
        assert!((half.staying(10.0).1 - 0.25 * 2.0 / 8.0).abs() < 1e-12);
        assert_eq!(waiting(&[(10, false)]).median_ms(), None);
    }
}

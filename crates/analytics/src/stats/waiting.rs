//! How long people wait, those who still do included: by bins of time, compared by the log-rank test.

use std::collections::BTreeMap;

use super::bins::{bin_of, middle};

/// Bins from one power of two to the next: a bin is an eighth of that, its middle at most 6 % away.
const COARSE: u32 = 3;

/// By bin of time: how many waits ended, and how many were lost from sight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Waiting(BTreeMap<u16, (u64, u64)>);

/// Two groups of waits compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LogRank {
    /// In standard errors; above 0 where the first group waits longer.
    pub(crate) z: f64,
    /// How fast the first group's waits end against the second's: ends over expected ends of each.
    pub(crate) hazard_ratio: f64,
}

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

    /// How many of them ended.
    pub(crate) fn ended(&self) -> u64 {
        self.0.values().map(|(ended, _)| ended).sum()
    }

    /// When half have ended, by Kaplan and Meier, in milliseconds; `None` where that is not in sight.
    pub(crate) fn median_ms(&self) -> Option<f64> {
        let (mut at_risk, mut staying) = (self.count() as f64, 1.0);
        for (bin, (ended, lost)) in &self.0 {
            staying *= 1.0 - *ended as f64 / at_risk;
            if staying <= 0.5 + 1e-12 {
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

    /// The log-rank test (Mantel 1966), ties by the hypergeometric variance; `None` where nothing ended
    /// while both groups were waiting.
    pub(crate) fn log_rank(&self, rest: &Self) -> Option<LogRank> {
        let mut bins: BTreeMap<u16, [(u64, u64); 2]> = BTreeMap::new();
        for (which, group) in [self, rest].into_iter().enumerate() {
            for (bin, counts) in &group.0 {
                bins.entry(*bin).or_default()[which] = *counts;
            }
        }
        let (mut own, mut other) = (self.count() as f64, rest.count() as f64);
        let (mut expected, mut variance) = (0.0, 0.0);
        for [(ended, lost), (rest_ended, rest_lost)] in bins.into_values() {
            let (all, ends) = (own + other, (ended + rest_ended) as f64);
            if own > 0.0 && other > 0.0 {
                expected += ends * own / all;
                if all > 1.0 {
                    variance += ends * (own / all) * (other / all) * (all - ends) / (all - 1.0);
                }
            } else {
                expected += ended as f64;
            }
            own -= (ended + lost) as f64;
            other -= (rest_ended + rest_lost) as f64;
        }
        let (ended, all) = (self.ended() as f64, (self.ended() + rest.ended()) as f64);
        (variance > 0.0).then(|| LogRank {
            z: (expected - ended) / variance.sqrt(),
            hazard_ratio: (ended / expected) / ((all - ended) / (all - expected)),
        })
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
    fn a_small_log_rank_worked_by_hand() {
        let own = waiting(&[(3, true), (5, true), (7, false)]);
        let rest = waiting(&[(1, true), (2, true), (3, true), (4, false)]);
        // At 1: 3/7; at 2: 3/6; at 3 two ends: 2 * 3/5; at 5 only the first group is left.
        let expected = 3.0 / 7.0 + 0.5 + 1.2 + 1.0;
        let variance = 12.0 / 49.0 + 0.25 + 2.0 * 0.6 * 0.4 * 3.0 / 4.0;
        let test = own.log_rank(&rest).unwrap();
        assert!((test.z - (expected - 2.0) / f64::sqrt(variance)).abs() < 1e-12);
        assert_eq!(own.median_ms(), Some(5.0));
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

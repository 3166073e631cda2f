//! Limits of rate: who takes too much at once must wait, and learns for how long.
//!
//! The generic cell rate algorithm: of each taker only one instant is kept, at which all that she took
//! would have been due had she taken it evenly. It is a token bucket without a refill to be run.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most takers that are remembered; of more, those that are not remembered go free.
const MAX_TAKERS: usize = 100_000;
/// How often those are forgotten who have nothing left to wait for, when there is no more room.
const FORGET_EVERY: Duration = Duration::from_secs(1);

/// How much may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Takes a second in the long run; 0 is without limit.
    pub per_second: u32,
    /// Takes at once.
    pub burst: u32,
}

/// The same rate for each of many takers.
pub struct Rates<K> {
    rate: Rate,
    takers: Mutex<Takers<K>>,
}

struct Takers<K> {
    due: HashMap<K, Instant>,
    forgot: Option<Instant>,
}

impl<K: Eq + Hash> Rates<K> {
    /// Nobody has taken anything yet.
    pub fn new(rate: Rate) -> Self {
        let takers = Takers {
            due: HashMap::new(),
            forgot: None,
        };
        Self {
            rate,
            takers: Mutex::new(takers),
        }
    }

    /// Takes one.
    ///
    /// # Errors
    /// The whole seconds, at least 1, after which there is one again.
    pub fn take(&self, who: K, now: Instant) -> Result<(), u32> {
        let Some(each) = self.each() else {
            return Ok(());
        };
        let mut takers = self.takers.lock().unwrap_or_else(PoisonError::into_inner);
        if !takers.due.contains_key(&who) && !takers.has_room(now) {
            return Ok(());
        }
        let due = takers.due.entry(who).or_insert(now);
        let next = (*due).max(now) + each;
        let ahead = next - now;
        let most = each * self.rate.burst.max(1);
        if ahead > most {
            let wait_s = (ahead - most).as_secs_f64().ceil();
            return Err((wait_s as u32).max(1));
        }
        *due = next;
        Ok(())
    }

    /// The time that one take stands for.
    fn each(&self) -> Option<Duration> {
        let rate = self.rate.per_second;
        (rate > 0).then(|| Duration::from_nanos(1_000_000_000 / u64::from(rate)))
    }
}

impl<K: Eq + Hash> Takers<K> {
    fn has_room(&mut self, now: Instant) -> bool {
        if self.due.len() < MAX_TAKERS {
            return true;
        }
        let waited = self.forgot.is_none_or(|last| now - last >= FORGET_EVERY);
        if waited {
            self.forgot = Some(now);
            self.due.retain(|_, due| *due > now);
        }
        self.due.len() < MAX_TAKERS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_goes_through_and_then_the_rate() {
        let rates = Rates::new(Rate {
            per_second: 2,
            burst: 3,
        });
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(rates.take("a", start), Ok(()));
        }
        assert_eq!(rates.take("a", start), Err(1));
        assert_eq!(rates.take("b", start), Ok(()), "others are not concerned");
        let later = start + Duration::from_millis(500);
        assert_eq!(rates.take("a", later), Ok(()));
        assert_eq!(rates.take("a", later), Err(1));
        let much_later = later + Duration::from_secs(60);
        for _ in 0..3 {
            assert_eq!(rates.take("a", much_later), Ok(()));
        }
        assert_eq!(rates.take("a", much_later), Err(1), "no more than a burst");
    }

    #[test]
    fn no_rate_is_no_limit_and_what_is_remembered_has_an_end() {
        let free = Rates::new(Rate {
            per_second: 0,
            burst: 0,
        });
        let start = Instant::now();
        assert!((0..1000).all(|_| free.take(1, start).is_ok()));
        let rates = Rates::new(Rate {
            per_second: 1,
            burst: 1,
        });
        for who in 0..MAX_TAKERS + 10 {
            assert!(rates.take(who, start).is_ok());
        }
        let later = start + Duration::from_secs(5);
        assert!(rates.take(usize::MAX, later).is_ok());
        assert_eq!(rates.takers.lock().unwrap().due.len(), 1);
    }
}

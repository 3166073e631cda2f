//! Addresses that try keys: after some wrong ones they must wait, while right keys go on working.

use std::time::Instant;

use crate::{Address, Rate, Rates};

/// Wrong keys from an address before it must wait.
const MAX_WRONG: u32 = 100;
/// Wrong keys a second that are forgiven: an address that waits is let go on after a second, one try
/// at a time.
const FORGIVEN_PER_S: u32 = 1;

/// Counts wrong keys by address.
///
/// **Invariant:** a right key is never asked about: an attacker behind the same address as the true
/// owner of a key cannot shut her out.
pub struct Strangers(Rates<Address>);

impl Default for Strangers {
    fn default() -> Self {
        Self(Rates::new(Rate {
            per_second: FORGIVEN_PER_S,
            burst: MAX_WRONG,
        }))
    }
}

impl Strangers {
    /// Notes a wrong key from an address.
    ///
    /// # Errors
    /// The whole seconds after which another may be tried, where there were too many.
    pub fn note(&self, from: Address, now: Instant) -> Result<(), u32> {
        self.0.take(from, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn an_address_that_tries_keys_waits_and_others_do_not() {
        let strangers = Strangers::default();
        let (bad, other) = (
            Address::of([192, 0, 2, 1].into()),
            Address::of([192, 0, 2, 2].into()),
        );
        let now = Instant::now();
        for _ in 0..MAX_WRONG {
            assert!(strangers.note(bad, now).is_ok());
        }
        assert_eq!(strangers.note(bad, now), Err(1));
        assert!(strangers.note(other, now).is_ok());
        assert!(strangers.note(bad, now + Duration::from_secs(2)).is_ok());
    }
}

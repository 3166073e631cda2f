//! Lengths of time in milliseconds, and their short text form (`30m 14d 4w`).

use std::fmt;

/// Milliseconds in a second.
pub const SECOND_MS: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE_MS: i64 = 60 * SECOND_MS;
/// Milliseconds in an hour.
pub const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Milliseconds in a day of 24 hours.
pub const DAY_MS: i64 = 24 * HOUR_MS;
/// Milliseconds in a week.
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// The units of the text form, largest first.
const UNITS: [(&str, i64); 6] = [
    ("w", WEEK_MS),
    ("d", DAY_MS),
    ("h", HOUR_MS),
    ("m", MINUTE_MS),
    ("s", SECOND_MS),
    ("ms", 1),
];

/// A length of time in milliseconds, never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

/// A text that is not a duration; the way out is a whole number with a unit, such as `14d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DurationError;

impl Duration {
    /// A duration of so many milliseconds; negative counts as nought.
    pub const fn from_ms(ms: i64) -> Self {
        Self(if ms < 0 { 0 } else { ms })
    }

    /// Its milliseconds.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Reads `30m`, `14d`, `4w`, `1d 12h` or `250ms`.
    ///
    /// # Errors
    /// [`DurationError`] for anything else, and beyond 64 bits of milliseconds.
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        let mut total = 0_i64;
        let mut rest = text.trim();
        if rest.is_empty() {
            return Err(DurationError);
        }
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let count: i64 = rest[..digits].parse().map_err(|_| DurationError)?;
            rest = rest[digits..].trim_start();
            let letters = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (_, ms) = UNITS
                .iter()
                .find(|(unit, _)| *unit == &rest[..letters])
                .ok_or(DurationError)?;
            total = count
                .checked_mul(*ms)
                .and_then(|part| total.checked_add(part))
                .ok_or(DurationError)?;
            rest = rest[letters..].trim_start();
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        if rest == 0 {
            return f.write_str("0s");
        }
        let mut first = true;
        // Weeks are left out: people read 90d more easily than 12w 6d.
        for (unit, ms) in UNITS.iter().skip(1) {
            let count = rest / ms;
            if count > 0 {
                write!(f, "{}{count}{unit}", if first { "" } else { " " })?;
                rest %= ms;
                first = false;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        for (text, shown) in [
            ("90d", "90d"),
            ("4w", "28d"),
            ("1d 12h", "1d 12h"),
            ("30m", "30m"),
            ("250ms", "250ms"),
            ("0s", "0s"),
        ] {
            assert_eq!(
                Duration::parse(text).map(|d| d.to_string()),
                Ok(shown.to_owned())
            );
        }
        for text in ["", "d", "5", "5 years", "-3d", "99999999999999999w"] {
            assert_eq!(Duration::parse(text), Err(DurationError), "{text}");
        }
    }
}

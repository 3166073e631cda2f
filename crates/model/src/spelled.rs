//! Instants as texts spell them: dates and times of day in the forms of ISO 8601, and counts since 1970.
//!
//! What is absent: which of these a source may use, which years it may name, and in which zone it shows
//! the time of day. Those who read say so.

use crate::DAY_MS;

/// Sizes below which a bare number counts seconds, milliseconds and microseconds since 1970:
/// seconds until the year 5138, the others from 1973 on.
const SECONDS_BELOW: u64 = 100_000_000_000;
const MILLISECONDS_BELOW: u64 = 100_000_000_000_000;
const MICROSECONDS_BELOW: u64 = 100_000_000_000_000_000;

/// The local time and the offset that a text spells out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spelled {
    /// Milliseconds since 1970 on the clock shown.
    pub local_ms: i64,
    /// The offset from UTC in milliseconds, if it is given.
    pub offset_ms: Option<i64>,
}

impl Spelled {
    /// Reads `YYYY-MM-DD`, or with `/`, alone or followed by a time of day and perhaps an offset;
    /// `None` for all else. Every row of a file comes through here.
    #[inline]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let date: &[u8; 10] = bytes.first_chunk()?;
        if !matches!((date[4], date[7]), (b'-', b'-') | (b'/', b'/')) {
            return None;
        }
        let year = two(date, 0)? * 100 + two(date, 2)?;
        let day = days_since_1970(year, two(date, 5)?, two(date, 8)?)?;
        let (time_ms, offset_ms) = match &bytes[10..] {
            [] => (0, None),
            [b'T' | b't' | b' ', time @ ..] => time_of_day(time)?,
            _ => return None,
        };
        Some(Self {
            local_ms: day * DAY_MS + time_ms,
            offset_ms,
        })
    }
}

/// A bare number that stands for an instant; both of its parts have its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// The whole part.
    pub whole: i64,
    /// The millionths.
    pub micros: i64,
}

/// What a bare number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountUnit {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970.
    Milliseconds,
    /// Microseconds since 1970.
    Microseconds,
}

impl Count {
    /// A bare number from this size on is no instant.
    pub const BELOW: u64 = MICROSECONDS_BELOW;

    /// Reads digits, with a fraction or without and with no sign; a whole part that is too long is the
    /// greatest there is, which is out of every range.
    #[inline]
    pub fn read(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole) || !all_digits(part) {
            return None;
        }
        let micros = part
            .bytes()
            .chain(std::iter::repeat(b'0'))
            .take(6)
            .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        Some(Self {
            whole: whole.parse().unwrap_or(i64::MAX),
            micros,
        })
    }

    /// The other sign.
    #[inline]
    pub const fn negative(self) -> Self {
        Self {
            whole: -self.whole,
            micros: -self.micros,
        }
    }

    /// Milliseconds since 1970, rounded down.
    #[inline]
    pub fn ms(self, unit: CountUnit) -> Option<i64> {
        let (times, per) = match unit {
            CountUnit::Seconds => (1_000, 1),
            CountUnit::Milliseconds => (1, 1),
            CountUnit::Microseconds => (1, 1_000),
        };
        let millionths = i128::from(self.whole) * 1_000_000 + i128::from(self.micros);
        i64::try_from((millionths * times).div_euclid(per * 1_000_000)).ok()
    }

    /// Milliseconds since 1970, the unit told from the size.
    #[inline]
    pub fn ms_by_size(self) -> Option<i64> {
        let unit = match self.whole.unsigned_abs() {
            size if size < SECONDS_BELOW => CountUnit::Seconds,
            size if size < MILLISECONDS_BELOW => CountUnit::Milliseconds,
            size if size < MICROSECONDS_BELOW => CountUnit::Microseconds,
            _ => return None,
        };
        self.ms(unit)
    }

    /// `20240131` as the beginning of that day, in milliseconds on the clock shown: eight digits that are
    /// a date of the years 1900 to 2100.
    #[inline]
    pub fn compact_date_ms(self) -> Option<i64> {
        let whole = self.whole;
        if self.micros != 0 || !(19_000_101..=21_001_231).contains(&whole) {
            return None;
        }
        days_since_1970(whole / 10_000, whole / 100 % 100, whole % 100).map(|day| day * DAY_MS)
    }
}

/// `HH:MM[:SS[.fraction]]` with an optional offset; a leap second counts as the one before it.
#[inline]
fn time_of_day(bytes: &[u8]) -> Option<(i64, Option<i64>)> {
    let (hour, minute) = (two(bytes, 0)?, two(bytes, 3)?);
    if bytes[2] != b':' || hour > 23 || minute > 59 {
        return None;
    }
    let (mut second, mut ms, mut at) = (0, 0, 5);
    if bytes.get(at) == Some(&b':') {
        second = two(bytes, at + 1)?;
        at += 3;
        if matches!(bytes.get(at), Some(b'.' | b',')) {
            let digits = bytes[at + 1..]
                .iter()
                .take_while(|b| b.is_ascii_digit())
                .count();
            if digits == 0 {
                return None;
            }
            for place in 0..3 {
                let digit = if place < digits {
                    bytes[at + 1 + place] - b'0'
                } else {
                    0
                };
                ms = ms * 10 + i64::from(digit);
            }
            at += 1 + digits;
        }
    }
    if second > 60 {
        return None;
    }
    let total = ((hour * 60 + minute) * 60 + second.min(59)) * 1_000 + ms;
    Some((total, offset(&bytes[at..])?))
}

/// An offset: none, `Z`, `UTC`, `+HH`, `+HHMM` or `+HH:MM`, after a space or not.
/// The outer `None` is something else.
#[inline]
fn offset(bytes: &[u8]) -> Option<Option<i64>> {
    let bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
    let (sign, digits) = match bytes {
        [] => return Some(None),
        b"Z" | b"z" | b"UTC" | b"utc" | b"GMT" => return Some(Some(0)),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits.len() {
        2 => (two(digits, 0)?, 0),
        4 => (two(digits, 0)?, two(digits, 2)?),
        5 if digits[2] == b':' => (two(digits, 0)?, two(digits, 3)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(Some(sign * (hours * 60 + minutes) * 60_000))
}

/// The number that two digits make.
#[inline]
fn two(bytes: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (bytes.get(at)?, bytes.get(at + 1)?);
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar; `None` if there is no such day.
#[inline]
fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if day < 1 || day > last {
        return None;
    }
    // Years are taken to begin in March, so that the leap day comes last.
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_iso_8601_are_read() {
        let read = |text: &str| {
            let spelled = Spelled::read(text.as_bytes())?;
            Some((spelled.local_ms, spelled.offset_ms))
        };
        for (text, expected) in [
            ("1970-01-02", Some((DAY_MS, None))),
            ("1970/01/02", Some((DAY_MS, None))),
            ("1970-01/02", None),
            ("1969-12-31T23:59", Some((-60_000, None))),
            ("1970-01-01T00:00:01Z", Some((1_000, Some(0)))),
            ("1970-01-01 00:00:01.5 UTC", Some((1_500, Some(0)))),
            (
                "1970-01-01t00:00:00,1239+0130",
                Some((123, Some(5_400_000))),
            ),
            ("1970-01-01T00:00:60-01", Some((59_000, Some(-3_600_000)))),
            ("1970-01-01T00:00:61", None),
            ("1970-01-01T00:00:00.Z", None),
            ("1970-01-01T24:00:00Z", None),
            ("1970-01-01T00:00:00+24:00", None),
            ("2000-02-29", Some((11_016 * DAY_MS, None))),
            ("1900-02-29", None),
            ("2024-00-01", None),
            ("19700101", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar_library() {
        let first = jiff::civil::date(1, 1, 1);
        let epoch = jiff::civil::date(1970, 1, 1);
        for days in (0..3_652_000).step_by(11) {
            let date = first + jiff::Span::new().days(days);
            let since = (date - epoch).get_days();
            let own = Spelled::read(date.to_string().as_bytes()).map(|read| read.local_ms);
            assert_eq!(own, Some(i64::from(since) * DAY_MS), "{date}");
        }
    }

    #[test]
    fn counts_are_told_apart_by_their_size() {
        let ms = |text: &str| Count::read(text).and_then(Count::ms_by_size);
        assert_eq!(ms("1700000000.25"), Some(1_700_000_000_250));
        assert_eq!(ms("1700000000000"), Some(1_700_000_000_000));
        assert_eq!(ms("1700000000000000"), Some(1_700_000_000_000));
        assert_eq!(ms("1000000000000000000"), None);
        assert_eq!(ms("99999999999999999999999"), None);
        let before = Count::read("1.5").map(Count::negative);
        assert_eq!(before.and_then(Count::ms_by_size), Some(-1_500));
        assert_eq!(
            before.and_then(|count| count.ms(CountUnit::Milliseconds)),
            Some(-2),
            "down"
        );
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e3", "1_000"] {
            assert_eq!(Count::read(text), None, "{text}");
        }
        let date = |text: &str| Count::read(text).and_then(Count::compact_date_ms);
        assert_eq!(date("19700102"), Some(DAY_MS));
        assert_eq!(date("19700102.5"), None);
        assert_eq!(date("20240230"), None);
    }
}

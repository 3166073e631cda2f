//! Instants as clients write them, and as lines hold them.

use perennial_model::{DAY_MS, Time};

/// Sizes below which a bare number counts seconds, milliseconds and microseconds since 1970:
/// seconds until the year 5138, the others from 1973 on.
const SECONDS_BELOW: u64 = 100_000_000_000;
const MILLISECONDS_BELOW: u64 = 100_000_000_000_000;
const MICROSECONDS_BELOW: u64 = 100_000_000_000_000_000;

/// An instant read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    pub at: Time,
    /// Whether it was RFC 3339 with its offset, which says the same to every reader.
    pub plain: bool,
}

/// Reads RFC 3339, a date, a local time (taken as UTC) or a count since 1970 that is not negative;
/// `None` for all else, and for what events may not have.
pub(crate) fn read(text: &str) -> Option<Instant> {
    let text = text.trim();
    let (ms, plain) = match iso(text.as_bytes()) {
        Some((ms, plain)) => (ms, plain),
        None => (count(text)?, false),
    };
    let taken = Time::EARLIEST.ms()..Time::LATEST.ms();
    taken.contains(&ms).then_some(Instant {
        at: Time(ms),
        plain,
    })
}

/// Seconds since 1970 as a decimal, whatever its size.
pub(crate) fn seconds(text: &str) -> Option<Time> {
    let (whole, micros) = decimal(text.trim())?;
    let ms = whole.checked_mul(1_000)?.checked_add(micros / 1_000)?;
    (ms < Time::LATEST.ms()).then_some(Time(ms))
}

/// Milliseconds as a decimal: an instant since 1970, or a length.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    let (whole, _) = decimal(text.trim())?;
    (whole < Time::LATEST.ms()).then_some(whole)
}

/// Appends `YYYY-MM-DDTHH:MM:SS.mmmZ`.
pub(crate) fn write(time: Time, out: &mut String) {
    let ms = time.ms().clamp(Time::EARLIEST.ms(), Time::LATEST.ms() - 1);
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let of_day = ms.rem_euclid(DAY_MS);
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |at: usize, length: usize, mut value: i64| {
        for digit in text[at..at + length].iter_mut().rev() {
            *digit = b'0' + (value % 10) as u8;
            value /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, month);
    put(8, 2, day);
    put(11, 2, of_day / 3_600_000);
    put(14, 2, of_day / 60_000 % 60);
    put(17, 2, of_day / 1_000 % 60);
    put(20, 3, of_day % 1_000);
    out.extend(text.iter().map(|byte| char::from(*byte)));
}

/// `YYYY-MM-DD`, alone or followed by a time of day, perhaps with an offset; whether it has one.
fn iso(bytes: &[u8]) -> Option<(i64, bool)> {
    let date: &[u8; 10] = bytes.first_chunk()?;
    if (date[4], date[7]) != (b'-', b'-') {
        return None;
    }
    let year = two(date, 0)? * 100 + two(date, 2)?;
    let day = days_since_1970(year, two(date, 5)?, two(date, 8)?)?;
    let (time_ms, offset_ms) = match &bytes[10..] {
        [] => (0, None),
        [b'T' | b't' | b' ', time @ ..] => time_of_day(time)?,
        _ => return None,
    };
    let ms = day * DAY_MS + time_ms - offset_ms.unwrap_or(0);
    Some((ms, offset_ms.is_some()))
}

/// `HH:MM[:SS[.fraction]]` with an optional offset; a leap second counts as the one before it.
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
            at += 1;
            let start = at;
            while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
                if at - start < 3 {
                    ms = ms * 10 + i64::from(digit - b'0');
                }
                at += 1;
            }
            match at - start {
                0 => return None,
                1 => ms *= 100,
                2 => ms *= 10,
                _ => {}
            }
        }
    }
    if second > 60 {
        return None;
    }
    let total_ms = ((hour * 60 + minute) * 60 + second.min(59)) * 1_000 + ms;
    Some((total_ms, offset(bytes.get(at..)?)?))
}

/// An offset: none, `Z`, `UTC`, `+HH`, `+HHMM` or `+HH:MM`. The outer `None` is something else.
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

/// A bare number in milliseconds since 1970, by its size: eight digits may be a date.
fn count(text: &str) -> Option<i64> {
    let (whole, micros) = decimal(text)?;
    if micros == 0
        && (19_000_101..=21_001_231).contains(&whole)
        && let Some(day) = days_since_1970(whole / 10_000, whole / 100 % 100, whole % 100)
    {
        return Some(day * DAY_MS);
    }
    match whole.unsigned_abs() {
        size if size < SECONDS_BELOW => Some(whole * 1_000 + micros / 1_000),
        size if size < MILLISECONDS_BELOW => Some(whole),
        size if size < MICROSECONDS_BELOW => Some(whole / 1_000),
        _ => None,
    }
}

/// A decimal that is not negative, as its whole part and its millionths.
fn decimal(text: &str) -> Option<(i64, i64)> {
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
    Some((whole.parse().ok()?, micros))
}

/// The number that two digits make.
fn two(bytes: &[u8], at: usize) -> Option<i64> {
    let (tens, ones) = (bytes.get(at)?, bytes.get(at + 1)?);
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
}

/// Days since 1970-01-01 of a date in the Gregorian calendar; `None` if there is no such day.
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

/// Year, month and day of a count of days since 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (era * 400 + year + next, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read() {
        let ms = |text: &str| read(text).map(|instant| instant.at.ms());
        for (text, expected) in [
            ("1970-01-01T00:00:01Z", Some(1_000)),
            ("1970-01-01T01:00:00.5+01:00", Some(500)),
            ("1970-01-01T00:00:00.123456+0000", Some(123)),
            ("1970-01-01 00:00:02", Some(2_000)),
            ("1970-01-02", Some(DAY_MS)),
            ("1700000000", Some(1_700_000_000_000)),
            ("1700000000.25", Some(1_700_000_000_250)),
            ("1700000000000", Some(1_700_000_000_000)),
            ("1700000000000000", Some(1_700_000_000_000)),
            ("19700102", Some(DAY_MS)),
            ("0000-01-01T00:00:00Z", None),
            ("9999-12-31T00:00:00Z", None),
            ("10000-01-01T00:00:00Z", None),
            ("2024-02-30T00:00:00Z", None),
            ("-1", None),
            ("1000000000000000000", None),
            ("soon", None),
            ("", None),
            ("Tue, 01 Jul 2003 10:52:37 +0200", None),
        ] {
            assert_eq!(ms(text), expected, "{text}");
        }
        assert!(read("2024-01-01T00:00:00Z").is_some_and(|instant| instant.plain));
        assert!(read("2024-01-01T00:00:00").is_some_and(|instant| !instant.plain));
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut ms = Time::EARLIEST.ms();
        while ms < Time::LATEST.ms() {
            let mut text = String::new();
            write(Time(ms), &mut text);
            assert_eq!(
                read(&text).map(|instant| instant.at.ms()),
                Some(ms),
                "{text}"
            );
            ms += 97 * DAY_MS + 12_345_678;
        }
    }
}

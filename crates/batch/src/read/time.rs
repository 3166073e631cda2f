//! How instants are written in files: ISO forms by hand, since they are most, and declared formats.

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};
use perennial_model::{DAY_MS, Time, Zone};

use super::reject::{Fault, Reason, shown};

/// Sizes below which a bare number counts seconds, milliseconds and microseconds since 1970:
/// seconds until the year 5138, the others from 1973 on.
const SECONDS_BELOW: u64 = 100_000_000_000;
const MILLISECONDS_BELOW: u64 = 100_000_000_000_000;
const MICROSECONDS_BELOW: u64 = 100_000_000_000_000_000;

/// How times of one source are read.
#[derive(Clone, Debug)]
pub struct Times {
    form: Form,
    zone: TimeZone,
    utc: bool,
}

/// The form of a source's times.
#[derive(Clone, Debug)]
enum Form {
    /// ISO forms, RFC 3339, and bare numbers by their size.
    Usual,
    /// A strptime format.
    Declared(String),
    /// A bare number of so many units a millisecond (numerator, denominator).
    Epoch(i64, i64),
}

/// The local time and the offset that a text spells out.
struct Spelled {
    /// Milliseconds since 1970 on the clock shown.
    local_ms: i64,
    /// The offset from UTC in milliseconds, if it is given.
    offset_ms: Option<i64>,
}

impl Times {
    /// Times in a declared `format` (strptime form, or `unix_s`, `unix_ms`, `unix_us` for bare
    /// numbers), or in the usual forms; those without an offset are taken in `zone`.
    pub fn new(format: Option<&str>, zone: &Zone) -> Self {
        let form = match format {
            None => Form::Usual,
            Some("unix_s") => Form::Epoch(1_000, 1),
            Some("unix_ms") => Form::Epoch(1, 1),
            Some("unix_us") => Form::Epoch(1, 1_000),
            Some(format) => Form::Declared(format.to_owned()),
        };
        let zone = TimeZone::get(zone.name()).unwrap_or(TimeZone::UTC);
        let utc = zone == TimeZone::UTC;
        Self { form, zone, utc }
    }

    /// Whether RFC 3339 is among the forms.
    pub(crate) const fn are_usual(&self) -> bool {
        matches!(self.form, Form::Usual)
    }

    /// Whether times without an offset are UTC.
    pub(crate) const fn are_utc(&self) -> bool {
        self.utc
    }

    /// The instant that a text means, in milliseconds since 1970.
    pub(crate) fn read(&self, text: &str) -> Result<i64, Fault> {
        let text = trimmed(text);
        let ms = match &self.form {
            Form::Usual => self.usual(text)?,
            Form::Declared(format) => self.declared(format, text)?,
            Form::Epoch(times, per) => bare_number(text)
                .and_then(|(whole, micros)| scaled(whole, micros, *times, *per))
                .ok_or_else(|| bad(text, "is not a number of seconds or milliseconds"))?,
        };
        in_range(ms).ok_or_else(|| out_of_range(text))
    }

    /// The instant of a time without an offset, `local_ms` being what the clock showed.
    pub(crate) fn of_local(&self, local_ms: i64) -> Option<i64> {
        if self.utc {
            return Some(local_ms);
        }
        let shown = Offset::UTC.to_datetime(Timestamp::from_millisecond(local_ms).ok()?);
        self.zone
            .to_timestamp(shown)
            .ok()
            .map(Timestamp::as_millisecond)
    }

    /// The instant of a bare number, as Parquet's integer columns hold times.
    pub(crate) fn of_integer(&self, number: i64) -> Option<i64> {
        match &self.form {
            Form::Epoch(times, per) => scaled(number, 0, *times, *per),
            _ => self.of_number(number, 0),
        }
        .and_then(in_range)
    }

    /// The instant of a bare number with a fraction; none of what is no number.
    pub(crate) fn of_float(&self, number: f64) -> Option<i64> {
        if !number.is_finite() || number.abs() >= MICROSECONDS_BELOW as f64 {
            return None;
        }
        let whole = number.trunc() as i64;
        let micros = (number.fract() * 1e6).round() as i64;
        match &self.form {
            Form::Epoch(times, per) => scaled(whole, micros, *times, *per),
            _ => self.of_number(whole, micros),
        }
        .and_then(in_range)
    }

    /// Reads the usual forms.
    fn usual(&self, text: &str) -> Result<i64, Fault> {
        if let Some(spelled) = iso(text.as_bytes()) {
            return match spelled.offset_ms {
                Some(offset_ms) => Ok(spelled.local_ms - offset_ms),
                None => self
                    .of_local(spelled.local_ms)
                    .ok_or_else(|| out_of_range(text)),
            };
        }
        if let Some((whole, micros)) = bare_number(text) {
            return self
                .of_number(whole, micros)
                .ok_or_else(|| out_of_range(text));
        }
        if is_day_and_month(text) {
            let message = format!(
                "{} may be day and month or month and day: set `time_format`, such as \"%d/%m/%Y\" or \"%m/%d/%Y\"",
                shown(text)
            );
            return Err(Fault::new(Reason::AmbiguousTime, message));
        }
        // What is left is rare: week dates, RFC 9557 zones, basic forms with a time.
        match text.parse::<Timestamp>() {
            Ok(timestamp) => Ok(timestamp.as_millisecond()),
            Err(_) => Err(bad(
                text,
                "is no time that is read by itself: set `time_format` in strptime form",
            )),
        }
    }

    /// Reads a declared format.
    fn declared(&self, format: &str, text: &str) -> Result<i64, Fault> {
        let wrong = || bad(text, &format!("does not follow `time_format` \"{format}\""));
        let parts = BrokenDownTime::parse(format, text).map_err(|_| wrong())?;
        if let Ok(timestamp) = parts.to_timestamp() {
            return Ok(timestamp.as_millisecond());
        }
        let civil = match parts.to_datetime() {
            Ok(civil) => civil,
            Err(_) => parts
                .to_date()
                .map_err(|_| wrong())?
                .to_datetime(jiff::civil::Time::midnight()),
        };
        self.zone
            .to_timestamp(civil)
            .map(Timestamp::as_millisecond)
            .map_err(|_| out_of_range(text))
    }

    /// A bare number: eight digits that are a date of 1900 to 2100, or a count since 1970 by size.
    fn of_number(&self, whole: i64, micros: i64) -> Option<i64> {
        if micros == 0
            && let Some(local_ms) = compact_date(whole)
        {
            return self.of_local(local_ms);
        }
        match whole.unsigned_abs() {
            size if size < SECONDS_BELOW => scaled(whole, micros, 1_000, 1),
            size if size < MILLISECONDS_BELOW => scaled(whole, micros, 1, 1),
            size if size < MICROSECONDS_BELOW => scaled(whole, micros, 1, 1_000),
            _ => None,
        }
    }
}

/// The instant if events may have it.
pub(crate) fn in_range(ms: i64) -> Option<i64> {
    (Time::EARLIEST.ms()..Time::LATEST.ms())
        .contains(&ms)
        .then_some(ms)
}

/// The fault of an instant that events may not have.
pub(crate) fn out_of_range(text: &str) -> Fault {
    let message = format!(
        "{} lies outside the years 1 to 9998 that are taken",
        shown(text)
    );
    Fault::new(Reason::TimeOutOfRange, message)
}

/// The fault of a text that is no time.
fn bad(text: &str, why: &str) -> Fault {
    Fault::new(Reason::BadTime, format!("{} {why}", shown(text)))
}

/// `YYYY-MM-DD`, or with `/`, alone or followed by a time of day and perhaps an offset.
fn iso(bytes: &[u8]) -> Option<Spelled> {
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
    Some(Spelled {
        local_ms: day * DAY_MS + time_ms,
        offset_ms,
    })
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

/// `20240131` as milliseconds on the local clock, for the years 1900 to 2100.
fn compact_date(whole: i64) -> Option<i64> {
    if !(19_000_101..=21_001_231).contains(&whole) {
        return None;
    }
    days_since_1970(whole / 10_000, whole / 100 % 100, whole % 100).map(|day| day * DAY_MS)
}

/// A bare decimal as its whole part and its millionths.
fn bare_number(text: &str) -> Option<(i64, i64)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || !all_digits(part) {
        return None;
    }
    // Too many digits is a number all the same, one that is out of range.
    let whole = whole.parse().unwrap_or(i64::MAX);
    let micros = part
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(6)
        .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(if negative {
        (-whole, -micros)
    } else {
        (whole, micros)
    })
}

/// A count and its millionths in milliseconds, rounded down; each unit is `times` / `per` of them.
fn scaled(whole: i64, micros: i64, times: i64, per: i64) -> Option<i64> {
    let millionths = i128::from(whole) * 1_000_000 + i128::from(micros);
    let ms = (millionths * i128::from(times)).div_euclid(i128::from(per) * 1_000_000);
    i64::try_from(ms).ok()
}

/// Whether a text begins like `3/4/2024`, `31.12.24` or `12-31-2024`.
fn is_day_and_month(text: &str) -> bool {
    let mut parts = text.splitn(3, ['/', '.', '-']);
    let short = |part: Option<&str>| {
        part.is_some_and(|part| {
            (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        })
    };
    short(parts.next())
        && short(parts.next())
        && parts
            .next()
            .is_some_and(|year| year.len() >= 2 && year.bytes().take(2).all(|b| b.is_ascii_digit()))
}

/// A text without the space at its ends; quick where letters of ASCII stand there.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

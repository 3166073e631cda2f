//! How instants are written in files: the usual forms, and declared formats.

use jiff::Timestamp;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::{Offset, TimeZone};
use perennial_model::{Count, CountUnit, Spelled, Time, Zone};

use super::reject::{Fault, Reason, shown};

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
    /// A bare number of that unit.
    Epoch(CountUnit),
}

impl Times {
    /// Times in a declared `format` (strptime form, or `unix_s`, `unix_ms`, `unix_us` for bare
    /// numbers), or in the usual forms; those without an offset are taken in `zone`.
    pub fn new(format: Option<&str>, zone: &Zone) -> Self {
        let form = match format {
            None => Form::Usual,
            Some("unix_s") => Form::Epoch(CountUnit::Seconds),
            Some("unix_ms") => Form::Epoch(CountUnit::Milliseconds),
            Some("unix_us") => Form::Epoch(CountUnit::Microseconds),
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
            Form::Epoch(unit) => bare_number(text)
                .and_then(|count| count.ms(*unit))
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
        self.of_count(Count {
            whole: number,
            micros: 0,
        })
    }

    /// The instant of a bare number with a fraction; none of what is no number.
    pub(crate) fn of_float(&self, number: f64) -> Option<i64> {
        if !number.is_finite() || number.abs() >= Count::BELOW as f64 {
            return None;
        }
        self.of_count(Count {
            whole: number.trunc() as i64,
            micros: (number.fract() * 1e6).round() as i64,
        })
    }

    fn of_count(&self, count: Count) -> Option<i64> {
        match &self.form {
            Form::Epoch(unit) => count.ms(*unit),
            _ => self.of_number(count),
        }
        .and_then(in_range)
    }

    /// Reads the usual forms.
    fn usual(&self, text: &str) -> Result<i64, Fault> {
        if let Some(spelled) = Spelled::read(text.as_bytes()) {
            return match spelled.offset_ms {
                Some(offset_ms) => Ok(spelled.local_ms - offset_ms),
                None => self
                    .of_local(spelled.local_ms)
                    .ok_or_else(|| out_of_range(text)),
            };
        }
        if let Some(count) = bare_number(text) {
            return self.of_number(count).ok_or_else(|| out_of_range(text));
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
    fn of_number(&self, count: Count) -> Option<i64> {
        match count.compact_date_ms() {
            Some(local_ms) => self.of_local(local_ms),
            None => count.ms_by_size(),
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

/// A bare decimal, with a sign or without.
fn bare_number(text: &str) -> Option<Count> {
    match text.strip_prefix('-') {
        Some(digits) => Count::read(digits).map(Count::negative),
        None => Count::read(text.strip_prefix('+').unwrap_or(text)),
    }
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

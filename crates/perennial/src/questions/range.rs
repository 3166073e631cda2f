//! Ranges as they are given, and as periods: a date at the end is included, periods are taken whole.

use perennial_analytics::calendar::{Calendar, Interval, Range};
use perennial_batch::trails::Trails;
use perennial_model::{Time, Zone};
use serde_json::{Value, json};

use super::Question;
use crate::args::{Ask, Period};
use crate::commands::instant;
use crate::failure::Failure;

/// Characters of a date without a time of day.
const DATE_CHARS: usize = 10;

/// The ends of a range as they were given.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ends {
    /// The first instant, in milliseconds.
    pub from_ms: Option<i64>,
    /// The last instant, included, in milliseconds.
    pub last_ms: Option<i64>,
}

impl Ends {
    /// Reads `--from` and `--to`.
    pub fn read(ask: &Ask, zone: &Zone) -> Result<Self, Failure> {
        let from = ask.from.as_deref();
        let from = from.map(|text| instant("--from", text, zone)).transpose()?;
        let to = ask.to.as_deref();
        let last = to.map(|text| last(text, zone)).transpose()?;
        if let (Some(from), Some(last), Some(from_text), Some(to_text)) =
            (from, last, &ask.from, &ask.to)
            && last < from
        {
            return Err(Failure::usage(format!(
                "--from {from_text} --to {to_text}: nothing lies between; the end must come after the beginning"
            )));
        }
        Ok(Self {
            from_ms: from.map(Time::ms),
            last_ms: last.map(Time::ms),
        })
    }
}

/// The last instant that an end includes.
fn last(text: &str, zone: &Zone) -> Result<Time, Failure> {
    let at = instant("--to", text, zone)?;
    let end = match text.trim().len() <= DATE_CHARS {
        true => zone.day_start(zone.day_of(at) + 1),
        false => at,
    };
    Ok(end.plus(-1))
}

impl Question {
    /// The periods of the range: from `--from`, or the first row, to `--to`, or the last row. `None` where
    /// there are neither.
    ///
    /// # Errors
    /// More periods than a question has.
    pub fn range(&self, calendar: &Calendar, trails: &Trails) -> Result<Option<Range>, Failure> {
        let span = trails.span.map(|(first, last)| (first.ms(), last.ms()));
        let from = self.ends.from_ms.or(span.map(|span| span.0));
        let last = self.ends.last_ms.or(span.map(|span| span.1));
        let (Some(from), Some(last)) = (from, last) else {
            return Ok(None);
        };
        if last < from {
            return Ok(None);
        }
        let end = self.known_until(trails).unwrap_or(last);
        Range::widened(calendar, from, last, end)
            .map(Some)
            .ok_or_else(too_long)
    }

    /// So many periods that end with the one of `--to`, or of the last row.
    ///
    /// # Errors
    /// No periods, or more than a question has.
    pub fn ending(
        &self,
        calendar: &Calendar,
        trails: &Trails,
        count: usize,
    ) -> Result<Option<Range>, Failure> {
        let end = trails.span.map(|span| span.1.ms());
        let Some(last) = self.ends.last_ms.or(end) else {
            return Ok(None);
        };
        if count == 0 {
            return Err(Failure::usage("--periods 0: at least one is needed"));
        }
        let known = self.known_until(trails).unwrap_or(last);
        Range::ending(calendar, last, count, known)
            .map(Some)
            .ok_or_else(too_long)
    }

    /// The last instant that is known: a run knows that nothing came after its last row.
    pub fn known_until(&self, trails: &Trails) -> Option<i64> {
        let end = trails.span.map(|(_, last)| last.ms());
        end.max(self.known_until_ms)
    }

    /// The range as answers tell it.
    pub fn told(&self, range: &Range) -> Value {
        json!({
            "from": self.instant(Time(range.from_ms)),
            "to": self.instant(Time(range.to_ms)),
            "periods": range.count,
            "incomplete": range.incomplete,
        })
    }
}

fn too_long() -> Failure {
    Failure::usage(
        "the range has too many periods: narrow it with --from and --to, or take longer periods",
    )
}

/// The number of a month of the Gregorian calendar, as year × 12 + month; null for other periods.
pub fn month_number(calendar: &Calendar, period: i64) -> Option<i64> {
    // Periods count from January 1970.
    (calendar.interval() == Interval::Month).then_some(period + 1970 * 12 + 1)
}

/// The interval of an option.
pub fn interval(period: Period) -> Interval {
    match period {
        Period::Hour => Interval::Hour,
        Period::Day => Interval::Day,
        Period::Week => Interval::Week,
        Period::Month => Interval::Month,
    }
}

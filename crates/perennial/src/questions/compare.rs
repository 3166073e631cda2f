//! The range that an answer is compared with: the one before, that of a year ago, or one that is named.

use perennial_model::{Time, Zone};

use super::{Ends, Question};
use crate::args::Ask;
use crate::failure::Failure;

/// Months of a year.
const YEAR: i32 = 12;

/// The ends of the range that `--compare` means; `None` where nothing is to be compared.
///
/// # Errors
/// A text that says no range, and a range that is open where its length is needed.
pub fn ends(
    ask: &Ask,
    own: Ends,
    until: Option<Time>,
    zone: &Zone,
) -> Result<Option<Ends>, Failure> {
    let Some(text) = ask.compare.as_deref() else {
        return Ok(None);
    };
    if let Some((from, to)) = text.split_once("..") {
        let named = Ask {
            from: (!from.is_empty()).then(|| from.to_owned()),
            to: (!to.is_empty()).then(|| to.to_owned()),
            ..ask.clone()
        };
        return Ends::read(&named, zone).map(Some);
    }
    if !["previous", "year"].contains(&text) {
        return Err(Failure::usage(format!(
            "--compare {text}: write previous, year, or FROM..TO such as 2025-01-01..2025-01-31"
        )));
    }
    // A run knows where its history ends.
    let end = own
        .last_ms
        .map(|last| Time(last.saturating_add(1)))
        .or(until);
    let (Some(from), Some(end)) = (own.from_ms.map(Time), end) else {
        return Err(Failure::usage(format!(
            "--compare {text}: say with --from and --to how long the range is, or name the other one: --compare FROM..TO"
        )));
    };
    let months = match text {
        "year" => Some(YEAR),
        // Months differ in length, and what is meant is the month before.
        _ => whole_months(from, end, zone),
    };
    let (from, end) = match months {
        Some(months) => (earlier(from, months, zone), earlier(end, months, zone)),
        None => before(from, end, zone),
    };
    Ok(Some(Ends {
        from_ms: Some(from.ms()),
        last_ms: Some(end.ms() - 1),
    }))
}

/// The span of equal length before: in days where both ends are the beginnings of days.
fn before(from: Time, end: Time, zone: &Zone) -> (Time, Time) {
    let (first, last) = (zone.day_of(from), zone.day_of(end));
    match zone.day_start(first) == from && zone.day_start(last) == end {
        true => (zone.day_start(first - (last - first)), from),
        false => (from.plus(-end.since(from)), from),
    }
}

/// How many whole calendar months a range is, if it is some.
fn whole_months(from: Time, end: Time, zone: &Zone) -> Option<i32> {
    let of = |time: Time| {
        let day = zone.day_of(time);
        let (year, month, day_of_month) = civil(day);
        let begins = day_of_month == 1 && zone.day_start(day) == time;
        begins.then_some(year * YEAR + month)
    };
    Some(of(end)? - of(from)?).filter(|months| *months > 0)
}

/// So many months earlier, at the same time of day; the last day of a month that is too short.
fn earlier(time: Time, months: i32, zone: &Zone) -> Time {
    let day = zone.day_of(time);
    let in_day = time.since(zone.day_start(day));
    let (year, month, of_month) = civil(day);
    let number = year * YEAR + month - 1 - months;
    let (year, month) = (number.div_euclid(YEAR), number.rem_euclid(YEAR) + 1);
    let next = number + 1;
    let begin = day_number(year, month, 1);
    let days = day_number(next.div_euclid(YEAR), next.rem_euclid(YEAR) + 1, 1) - begin;
    zone.day_start(begin + of_month.min(days) - 1).plus(in_day)
}

/// Year, month and day of a day counted since 1970-01-01, in the Gregorian calendar (Hinnant's algorithm).
fn civil(day: i32) -> (i32, i32, i32) {
    let shifted = i64::from(day) + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year as i32, month as i32, day as i32)
}

/// The day of a date, counted since 1970-01-01.
fn day_number(year: i32, month: i32, day: i32) -> i32 {
    let year = i64::from(year) - i64::from(month <= 2);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = i64::from(month);
    let shifted_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468) as i32
}

impl Question {
    /// The same question over another range.
    pub(super) fn over(&self, ends: Ends) -> Self {
        let mut other = self.clone();
        other.ends = ends;
        other.before = None;
        if other.is_within_range {
            other.within_range();
        }
        other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &Zone) -> Time {
        Time::parse(text, zone).expect("a time")
    }

    fn other(compare: &str, from: &str, end: &str) -> (String, String) {
        let zone = Zone::named("Europe/Berlin").expect("a zone");
        let (from, end) = (at(from, &zone), at(end, &zone));
        let months = match compare {
            "year" => Some(YEAR),
            _ => whole_months(from, end, &zone),
        };
        let (from, end) = match months {
            Some(months) => (earlier(from, months, &zone), earlier(end, months, &zone)),
            None => before(from, end, &zone),
        };
        (zone.date_text(from), zone.date_text(end))
    }

    fn told(from: &str, end: &str) -> (String, String) {
        (from.to_owned(), end.to_owned())
    }

    #[test]
    fn the_span_before_has_as_many_days() {
        // The clocks change in between.
        assert_eq!(
            other("previous", "2025-03-28", "2025-04-04"),
            told("2025-03-21", "2025-03-28")
        );
    }

    #[test]
    fn before_a_month_lies_a_month() {
        assert_eq!(
            other("previous", "2025-03-01", "2025-04-01"),
            told("2025-02-01", "2025-03-01")
        );
        assert_eq!(
            other("previous", "2024-11-01", "2025-02-01"),
            told("2024-08-01", "2024-11-01")
        );
    }

    #[test]
    fn a_year_ago_are_the_same_dates() {
        assert_eq!(
            other("year", "2024-02-29", "2024-03-08"),
            told("2023-02-28", "2023-03-08")
        );
    }

    #[test]
    fn days_and_dates_are_one() {
        for day in (-800_000..800_000).step_by(97) {
            let (year, month, of_month) = civil(day);
            assert_eq!(day_number(year, month, of_month), day);
        }
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
    }
}

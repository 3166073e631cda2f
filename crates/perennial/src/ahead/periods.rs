//! The ends of coming weeks and months.

use perennial_model::{Time, Zone};

use crate::failure::Failure;

/// Days of a week.
const WEEK_DAYS: u32 = 7;
/// Most periods ahead.
const MAX_PERIODS: u32 = 104;
/// Months of a year.
const YEAR_MONTHS: u32 = 12;
/// Days of the shortest month; a month that begins later may have no such day.
const SURE_DAY: u32 = 28;

/// How long a period ahead is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Seven days.
    Week,
    /// To the same day of the next month, or its last.
    Month,
}

/// The ends of the periods ahead.
pub struct Periods {
    /// How many days ahead each ends.
    pub days: Vec<u32>,
    /// The last day of each, counted since 1970.
    pub last_days: Vec<i32>,
}

impl Periods {
    /// So many periods after a day.
    ///
    /// # Errors
    /// None, or more than can be told.
    pub fn after(last_day: i32, zone: &Zone, step: Step, count: u32) -> Result<Self, Failure> {
        if !(1..=MAX_PERIODS).contains(&count) {
            let message = format!("--horizon {count}: from 1 to {MAX_PERIODS}");
            return Err(Failure::usage(message));
        }
        let day = |number: u32| match step {
            Step::Week => Ok(number * WEEK_DAYS),
            // The first day that does not belong to the period any more is in the next month.
            Step::Month => months_later(last_day + 1, zone, number)
                .and_then(|later| u32::try_from(later - last_day - 1).ok())
                .ok_or_else(|| Failure::failed("the calendar ends before the horizon")),
        };
        let days: Vec<u32> = (1..=count).map(day).collect::<Result<_, _>>()?;
        Ok(Self {
            last_days: days.iter().map(|day| last_day + *day as i32).collect(),
            days,
        })
    }
}

/// The same day so many months later, or the last day that month has.
fn months_later(day: i32, zone: &Zone, months: u32) -> Option<i32> {
    let text = zone.date_text(zone.day_start(day));
    let mut parts = text.split('-');
    let mut part = || parts.next()?.parse::<u32>().ok();
    let (year, month, own) = (part()?, part()?, part()?);
    let count = month - 1 + months;
    let (year, month) = (year + count / YEAR_MONTHS, count % YEAR_MONTHS + 1);
    let named = |day: u32| Time::parse(&format!("{year:04}-{month:02}-{day:02}"), zone).ok();
    let found = (own.min(SURE_DAY)..=own).rev().find_map(named);
    found.map(|time| zone.day_of(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(first_after: &str, step: Step, count: u32) -> Vec<String> {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let last = zone.day_of(Time::parse(first_after, &zone).unwrap()) - 1;
        let periods = Periods::after(last, &zone, step, count).unwrap();
        let date = |day: &i32| zone.date_text(zone.day_start(*day));
        periods.last_days.iter().map(date).collect()
    }

    #[test]
    fn months_end_with_the_calendar_and_weeks_after_seven_days() {
        assert_eq!(
            ends("2026-01-01", Step::Month, 3),
            ["2026-01-31", "2026-02-28", "2026-03-31"]
        );
        assert_eq!(
            ends("2023-12-31", Step::Month, 2),
            ["2024-01-30", "2024-02-28"]
        );
        assert_eq!(
            ends("2025-03-25", Step::Week, 2),
            ["2025-03-31", "2025-04-07"]
        );
        let utc = Zone::utc();
        assert!(Periods::after(0, &utc, Step::Week, 0).is_err());
        assert!(Periods::after(0, &utc, Step::Month, 105).is_err());
    }
}

//! Which days a report looks at: its period, as many before, and the points of its trends.

use perennial_analytics::calendar::Interval;
use perennial_batch::results::Results;
use perennial_model::{Time, Zone};
use perennial_report::date_in_words;

use crate::commands::instant;
use crate::failure::Failure;

/// Most points of a trend.
const MAX_POINTS: i32 = 104;
/// Days of a week.
const WEEK_DAYS: i32 = 7;
/// Fewest weeks of history for a trend by weeks; shorter ones go by days.
const FEWEST_WEEKS: i32 = 14;
/// Fewest days of history for periods of months; shorter ones go by weeks.
const MONTHS_FROM_DAYS: i32 = 120;
/// Most days that a report looks back.
const MAX_DAYS: u32 = 3_660;

/// The days looked at. Days are counted since 1970 in the zone's calendar.
#[derive(Clone, Debug)]
pub struct Span {
    /// Where history ends, exclusive.
    pub until: Time,
    /// Where the period begins.
    pub from: Time,
    /// How many days the period has.
    pub days: i32,
    /// The last day of history, and the first with a touch.
    pub last_day: i32,
    pub first_day: i32,
    /// The days at whose ends trends have a point, ascending; the last is the last day.
    pub points: Vec<i32>,
    zone: Zone,
}

impl Span {
    /// The days of a run.
    ///
    /// # Errors
    /// No days, or more than a report has.
    pub fn new(results: &Results, zone: &Zone, days: u32) -> Result<Self, Failure> {
        if !(1..=MAX_DAYS).contains(&days) {
            let message = format!("--days {days}: from 1 to {MAX_DAYS}");
            return Err(Failure::usage(message));
        }
        let manifest = &results.manifest;
        let until = instant("until", &manifest.until, zone)?;
        let last_day = zone.day_of(until.plus(-1));
        let first_day = match &manifest.first_touch {
            Some(first) => zone.day_of(instant("first touch", first, zone)?),
            None => last_day,
        };
        let days = days as i32;
        let length = last_day - first_day + 1;
        let step = match length < FEWEST_WEEKS * WEEK_DAYS {
            true => 1,
            // Whole weeks, so that no weekday is favored.
            false => WEEK_DAYS * ((length / WEEK_DAYS - 1) / MAX_POINTS + 1),
        };
        let count = ((last_day - first_day) / step).min(MAX_POINTS - 1);
        Ok(Self {
            until,
            from: zone.day_start(last_day - days + 1),
            days,
            last_day,
            first_day,
            points: (0..=count)
                .rev()
                .map(|back| last_day - back * step)
                .collect(),
            zone: zone.clone(),
        })
    }

    /// A day's date.
    pub fn date(&self, day: i32) -> String {
        self.zone.date_text(self.zone.day_start(day))
    }

    /// The last day before the period.
    pub fn before_day(&self) -> i32 {
        self.last_day - self.days
    }

    /// The period in words.
    pub fn period(&self) -> String {
        let ends = [self.before_day() + 1, self.last_day];
        let [first, last] = ends.map(|day| date_in_words(&self.date(day)));
        format!("the {} days from {first} to {last}", self.days)
    }

    /// How long periods by the calendar are, and the word for one.
    pub fn interval(&self) -> (Interval, &'static str) {
        match self.last_day - self.first_day >= MONTHS_FROM_DAYS {
            true => (Interval::Month, "month"),
            false => (Interval::Week, "week"),
        }
    }
}

/// A period's label as reports name it: months without their day.
pub fn label(label: &str, interval: Interval) -> String {
    match interval {
        Interval::Month => label.get(..7).unwrap_or(label).to_owned(),
        _ => label.to_owned(),
    }
}

//! The calendar that questions count in: hours, days, weeks and months of a time zone as whole numbers.

use perennial_model::{DAY_MS, HOUR_MS, MINUTE_MS, Time, Zone};
use perennial_rules::project::WeekStart;

/// Most periods of a range: over 100 years of hours.
pub const MAX_PERIODS: i64 = 1_000_000;
/// Until when a calendar knows by heart how clocks are set: 2200-01-01. It asks the zone for what is later.
const KNOWN_UNTIL: Time = Time(7_258_118_400_000);
/// Clocks are set at full quarters of an hour only, in what zones have announced.
const CHANGE_STEP_MS: i64 = 15 * MINUTE_MS;

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// From a full hour of the local clock to the next; the hour that comes twice is two.
    Hour,
    /// A calendar day, of 23 to 25 hours where clocks change.
    Day,
    /// Seven days from the one that weeks begin on.
    Week,
    /// A calendar month.
    Month,
}

impl Interval {
    /// How long a period is where it is a length of time and no place in a calendar, in milliseconds:
    /// a month is 30 days.
    pub fn elapsed_ms(self) -> i64 {
        match self {
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
            Self::Week => 7 * DAY_MS,
            Self::Month => 30 * DAY_MS,
        }
    }
}

/// Periods of one length in one time zone, numbered in a row; number 0 holds 1970-01-01 (an hour: its first).
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Zone,
    interval: Interval,
    week_start: WeekStart,
    /// From when on clocks are ahead of UTC by how much, ascending.
    offsets: Vec<(Time, i64)>,
}

/// Where an instant lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The number of its period.
    pub period: i64,
    /// Its day, counted since 1970-01-01 in the zone's calendar.
    pub day: i64,
}

impl Calendar {
    /// The calendar of a zone.
    pub fn new(zone: Zone, interval: Interval, week_start: WeekStart) -> Self {
        Self {
            offsets: zone.offsets(KNOWN_UNTIL),
            zone,
            interval,
            week_start,
        }
    }

    /// The zone it is of.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// How long its periods are.
    pub fn interval(&self) -> Interval {
        self.interval
    }

    /// The day that its weeks begin on.
    pub fn week_start(&self) -> WeekStart {
        self.week_start
    }

    /// The number of the period that an instant lies in. For many instants ask a [`Self::cursor`].
    pub fn period_of(&self, at_ms: i64) -> i64 {
        self.cursor().at(at_ms).period
    }

    /// The first instant of a period, in milliseconds since 1970.
    pub fn start_ms(&self, period: i64) -> i64 {
        match self.interval {
            Interval::Hour => self.hour_start_ms(period),
            Interval::Day => self.day_start_ms(period),
            Interval::Week => self.day_start_ms(period * 7 - self.week_shift()),
            Interval::Month => self.day_start_ms(first_day_of_month(period)),
        }
    }

    /// A period's name: the date of its first day, or an hour's first instant with the zone's offset.
    pub fn label(&self, period: i64) -> String {
        match self.interval {
            Interval::Hour => self.start_text(period),
            Interval::Day => date_text(period),
            Interval::Week => date_text(period * 7 - self.week_shift()),
            Interval::Month => date_text(first_day_of_month(period)),
        }
    }

    /// A period's first instant as RFC 3339 with the zone's offset.
    pub fn start_text(&self, period: i64) -> String {
        let start = Time(self.start_ms(period));
        if self.zone.name() == "UTC" {
            return start.to_string();
        }
        self.zone.text(start)
    }

    /// Looks up instants one after the other; fastest where they are in order.
    pub fn cursor(&self) -> Cursor<'_> {
        Cursor {
            calendar: self,
            from_ms: 0,
            to_ms: 0,
            place: Place { period: 0, day: 0 },
        }
    }

    fn day_start_ms(&self, day: i64) -> i64 {
        if self.offsets.len() == 1 {
            return day * DAY_MS - self.offsets[0].1;
        }
        self.zone.day_start(day as i32).ms()
    }

    /// Days from the last beginning of a week to 1970-01-01, a Thursday.
    fn week_shift(&self) -> i64 {
        match self.week_start {
            WeekStart::Monday => 3,
            WeekStart::Sunday => 4,
        }
    }

    /// The stretch of one offset that holds an instant: its two ends and the offset, in milliseconds.
    fn stretch(&self, at_ms: i64) -> (i64, i64, i64) {
        if at_ms >= KNOWN_UNTIL.ms() && self.offsets.len() > 1 {
            let from_ms = at_ms - at_ms.rem_euclid(CHANGE_STEP_MS);
            let offset_ms = self.zone.offset_ms(Time(from_ms));
            return (from_ms, from_ms + CHANGE_STEP_MS, offset_ms);
        }
        let after = self.offsets.partition_point(|(from, _)| from.ms() <= at_ms);
        let (from, offset_ms) = self.offsets[after.max(1) - 1];
        let end = self.offsets.get(after).map_or_else(
            || match self.offsets.len() {
                1 => i64::MAX,
                _ => KNOWN_UNTIL.ms(),
            },
            |(to, _)| to.ms(),
        );
        (from.ms(), end, offset_ms)
    }

    /// The first instant of an hour. Hours begin when the local clock shows a full one, or at the change of
    /// clocks that skipped it.
    fn hour_start_ms(&self, hour: i64) -> i64 {
        let latest = (hour + 1) * HOUR_MS;
        let mut from_ms = (hour - 1) * HOUR_MS;
        while from_ms <= latest {
            let (_, end_ms, offset_ms) = self.stretch(from_ms);
            let start_ms = (hour * HOUR_MS - offset_ms.rem_euclid(HOUR_MS)).max(from_ms);
            if start_ms < end_ms && self.hour(start_ms, offset_ms) == hour {
                return start_ms;
            }
            from_ms = end_ms;
        }
        hour * HOUR_MS
    }

    /// Hours are counted in elapsed time, so that both of an hour that comes twice have a number: only the
    /// minutes of the offset matter.
    fn hour(&self, at_ms: i64, offset_ms: i64) -> i64 {
        (at_ms + offset_ms.rem_euclid(HOUR_MS)).div_euclid(HOUR_MS)
    }
}

/// A calendar with the hour or day looked at last.
#[derive(Clone, Debug)]
pub struct Cursor<'c> {
    calendar: &'c Calendar,
    from_ms: i64,
    to_ms: i64,
    place: Place,
}

impl Cursor<'_> {
    /// Where an instant lies.
    pub fn at(&mut self, at_ms: i64) -> Place {
        if at_ms < self.from_ms || at_ms >= self.to_ms {
            self.seek(at_ms);
        }
        self.place
    }

    /// Until when what was last answered holds, in milliseconds.
    pub fn until_ms(&self) -> i64 {
        self.to_ms
    }

    fn seek(&mut self, at_ms: i64) {
        let calendar = self.calendar;
        let (from_ms, to_ms, offset_ms) = calendar.stretch(at_ms);
        let day = (at_ms + offset_ms).div_euclid(DAY_MS);
        let (cell_ms, period) = match calendar.interval {
            Interval::Hour => (HOUR_MS, calendar.hour(at_ms, offset_ms)),
            Interval::Day => (DAY_MS, day),
            Interval::Week => (DAY_MS, (day + calendar.week_shift()).div_euclid(7)),
            Interval::Month => (DAY_MS, month_of(day)),
        };
        let cell_from_ms = at_ms - (at_ms + offset_ms).rem_euclid(cell_ms);
        self.from_ms = cell_from_ms.max(from_ms);
        self.to_ms = (cell_from_ms + cell_ms).min(to_ms);
        self.place = Place { period, day };
    }
}

/// Periods in a row that a question is about, both ends whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The number of the first period.
    pub first: i64,
    /// How many periods; at least 1.
    pub count: usize,
    /// The first instant of the first period, in milliseconds since 1970.
    pub from_ms: i64,
    /// The first instant after the last period, in milliseconds since 1970.
    pub to_ms: i64,
    /// Whether the last period was not over when the data ended.
    pub incomplete: bool,
}

impl Range {
    /// The periods from the one that holds `from_ms` to the one that holds `last_ms`, both whole.
    /// `data_end_ms` is the last instant that the data is known of. `None` where `last_ms` lies before
    /// `from_ms`, and beyond [`MAX_PERIODS`].
    pub fn widened(
        calendar: &Calendar,
        from_ms: i64,
        last_ms: i64,
        data_end_ms: i64,
    ) -> Option<Self> {
        let (first, last) = (calendar.period_of(from_ms), calendar.period_of(last_ms));
        let count = last - first + 1;
        if last_ms < from_ms || count > MAX_PERIODS {
            return None;
        }
        let to_ms = calendar.start_ms(last + 1);
        Some(Self {
            first,
            count: usize::try_from(count).ok()?,
            from_ms: calendar.start_ms(first),
            to_ms,
            incomplete: data_end_ms < to_ms - 1,
        })
    }

    /// So many periods, the last one that which holds `last_ms`. `None` for none, and beyond [`MAX_PERIODS`].
    pub fn ending(
        calendar: &Calendar,
        last_ms: i64,
        count: usize,
        data_end_ms: i64,
    ) -> Option<Self> {
        let count_i64 = i64::try_from(count)
            .ok()
            .filter(|count| (1..=MAX_PERIODS).contains(count))?;
        let first = calendar.period_of(last_ms) - count_i64 + 1;
        Self::widened(calendar, calendar.start_ms(first), last_ms, data_end_ms)
    }

    /// The numbers of its periods.
    pub fn periods(&self) -> std::ops::Range<i64> {
        self.first..self.first + self.count as i64
    }

    /// Which of its periods, counted from 0, a period is; `None` if it is none of them.
    pub fn index_of(&self, period: i64) -> Option<usize> {
        let index = usize::try_from(period - self.first).ok()?;
        (index < self.count).then_some(index)
    }

    /// Which touches lie in it, by their instants in order.
    pub fn part(&self, at_ms: &[i64]) -> std::ops::Range<usize> {
        let from = at_ms.partition_point(|at| *at < self.from_ms);
        let to = at_ms.partition_point(|at| *at < self.to_ms);
        from..to
    }
}

/// The first day of a month counted since January 1970 (Howard Hinnant, chrono-compatible date algorithms).
fn first_day_of_month(month: i64) -> i64 {
    let (year, month) = (1970 + month.div_euclid(12), month.rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of the month of a day counted since 1970.
fn civil(day: i64) -> (i64, i64, i64) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_month)
}

fn month_of(day: i64) -> i64 {
    let (year, month, _) = civil(day);
    (year - 1970) * 12 + month - 1
}

fn date_text(day: i64) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

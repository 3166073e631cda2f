//! The calendar of a scenario: days counted from its start, in the project's time zone.

use perennial_model::{Time, Zone};

use super::MAX_DAY;

/// The day that scenarios begin on unless they say otherwise: 2024-01-01, counted since 1970-01-01.
const START_DAY: i32 = 19_723;

/// Days counted from a scenario's start.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    zone: Zone,
    /// Day 0, counted since 1970-01-01.
    first_day: i32,
}

impl Calendar {
    /// The calendar of a scenario that says nothing of it.
    pub(super) fn new(zone: &Zone) -> Self {
        Self {
            zone: zone.clone(),
            first_day: START_DAY,
        }
    }

    /// The calendar in which day 0 is a date; `None` if it is none.
    pub(super) fn starting(date: &str, zone: &Zone) -> Option<Self> {
        let start = Time::parse(date, zone).ok()?;
        let first_day = zone.day_of(start);
        let zone = zone.clone();
        (zone.date_text(start) == date).then_some(Self { zone, first_day })
    }

    /// The instant of `day N HH:MM`, given as words without the first; the time may be left out.
    pub(super) fn instant(&self, day: &str, time: Option<&str>) -> Option<Time> {
        let day: i32 = day.parse().ok().filter(|day| (0..=MAX_DAY).contains(day))?;
        let midnight = self.zone.day_start(self.first_day + day);
        let Some(time) = time else {
            return Some(midnight);
        };
        let date = self.zone.date_text(midnight);
        is_time(time).then(|| Time::parse(&format!("{date}T{time}"), &self.zone).ok())?
    }

    /// An instant as `day N HH:MM`, with seconds where there are any.
    pub(super) fn text(&self, at: Time) -> String {
        let day = self.zone.day_of(at) - self.first_day;
        let full = self.zone.text(at);
        let time = full.split_once('T').map_or("", |(_, time)| time);
        let time = time.split(['+', '-', 'Z']).next().unwrap_or_default();
        match time.split_once('.') {
            Some((seconds, part)) => format!("day {day} {seconds}.{part:0<3}"),
            None => format!("day {day} {}", time.strip_suffix(":00").unwrap_or(time)),
        }
    }
}

/// Whether a word is a time of day: `10:30`, `10:30:15` or `10:30:15.250`.
pub(super) fn is_time(word: &str) -> bool {
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let (clock, fraction) = word.split_once('.').unwrap_or((word, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    (2..=3).contains(&parts.len())
        && parts.iter().all(|part| two_digits(part))
        && (parts.len() == 3 || !word.contains('.'))
        && (1..=3).contains(&fraction.len())
        && fraction.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_round_trip_over_both_clock_changes() {
        let zone = Zone::named("Europe/Berlin").expect("bundled");
        let calendar = Calendar::starting("2024-03-30", &zone).expect("a date");
        for (day, time, utc) in [
            ("0", "00:00", "2024-03-29T23:00:00Z"),
            ("1", "12:00", "2024-03-31T10:00:00Z"),
            ("211", "10:30:15.250", "2024-10-27T09:30:15.25Z"),
        ] {
            let at = calendar.instant(day, Some(time)).expect("an instant");
            assert_eq!(at.to_string(), utc);
            assert_eq!(calendar.text(at), format!("day {day} {time}"));
        }
        assert_eq!(
            calendar.instant("5", None),
            calendar.instant("5", Some("00:00"))
        );
        for (day, time) in [
            ("-1", "00:00"),
            ("x", "00:00"),
            ("1", "9:00"),
            ("1", "24:01"),
            ("1", "10"),
        ] {
            assert_eq!(calendar.instant(day, Some(time)), None, "{day} {time}");
        }
        assert_eq!(calendar.instant("366001", None), None);
        let default = Calendar::starting("2024-01-01", &zone).map(|calendar| calendar.first_day);
        assert_eq!(default, Some(START_DAY));
        assert!(Calendar::starting("2024-13-01", &zone).is_none());
        assert!(Calendar::starting("2024-01-01T10:00", &zone).is_none());
    }
}

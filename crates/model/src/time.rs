//! Instants in milliseconds UTC, how people write them, and the calendar of a time zone.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use crate::DAY_MS;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

/// A text that is not an instant; the way out is RFC 3339 or a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeError;

impl Time {
    /// Before every instant that an event may have.
    pub const MIN: Self = Self(i64::MIN);
    /// After every instant: a timer that never fires.
    pub const NEVER: Self = Self(i64::MAX);
    /// The earliest instant taken from an event: 0001-01-01T00:00:00Z.
    pub const EARLIEST: Self = Self(-62_135_596_800_000);
    /// The end of what is taken from an event, exclusive: 9999-01-01T00:00:00Z.
    pub const LATEST: Self = Self(253_370_764_800_000);

    /// Its milliseconds since 1970.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// The instant `ms` milliseconds later, held at the ends.
    pub const fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// Reads RFC 3339, or a date or local time, which is taken in `zone`.
    ///
    /// # Errors
    /// [`TimeError`] where it is neither.
    pub fn parse(text: &str, zone: &Zone) -> Result<Self, TimeError> {
        let text = text.trim();
        if let Ok(timestamp) = text.parse::<Timestamp>() {
            return Ok(Self(timestamp.as_millisecond()));
        }
        let civil = match text.parse::<civil::Date>() {
            Ok(date) if text.len() <= 10 => date.to_datetime(civil::Time::midnight()),
            _ => text.parse::<civil::DateTime>().map_err(|_| TimeError)?,
        };
        let zoned = zone.0.to_zoned(civil).map_err(|_| TimeError)?;
        Ok(Self(zoned.timestamp().as_millisecond()))
    }
}

impl fmt::Display for Time {
    /// RFC 3339 in UTC, milliseconds only where there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_millisecond(self.0) {
            Ok(timestamp) => write!(f, "{timestamp}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

/// An IANA time zone, in which days begin and dates are shown.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of an IANA name such as `Europe/Berlin`; `None` if there is none of that name.
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("utc") {
            return Some(Self::utc());
        }
        TimeZone::get(name).ok().map(Self)
    }

    /// The zone's IANA name.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day of an instant, counted since 1970-01-01 in this zone's calendar.
    pub fn day_of(&self, time: Time) -> i32 {
        if self.0 == TimeZone::UTC {
            return time.0.div_euclid(DAY_MS) as i32;
        }
        let Ok(timestamp) = Timestamp::from_millisecond(time.0) else {
            return time.0.div_euclid(DAY_MS) as i32;
        };
        let offset_ms = i64::from(self.0.to_offset(timestamp).seconds()) * 1_000;
        (time.0 + offset_ms).div_euclid(DAY_MS) as i32
    }

    /// How far this zone's clocks are ahead of UTC at an instant, in milliseconds.
    pub fn offset_ms(&self, time: Time) -> i64 {
        let Ok(timestamp) = Timestamp::from_millisecond(time.0) else {
            return 0;
        };
        i64::from(self.0.to_offset(timestamp).seconds()) * 1_000
    }

    /// The instants before `end` at which clocks are set, each with how far they are ahead of UTC from
    /// then on, in milliseconds; the first stands for all that was before.
    pub fn offsets(&self, end: Time) -> Vec<(Time, i64)> {
        let mut offsets = vec![(Time::MIN, self.offset_ms(Time::EARLIEST))];
        let earliest = Timestamp::from_millisecond(Time::EARLIEST.0).unwrap_or(Timestamp::MIN);
        for change in self.0.following(earliest) {
            let at = Time(change.timestamp().as_millisecond());
            if at >= end {
                break;
            }
            offsets.push((at, i64::from(change.offset().seconds()) * 1_000));
        }
        offsets
    }

    /// The first instant of a day counted since 1970-01-01.
    pub fn day_start(&self, day: i32) -> Time {
        let utc = Time(i64::from(day) * DAY_MS);
        if self.0 == TimeZone::UTC {
            return utc;
        }
        let date = civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day));
        let start =
            date.and_then(|date| self.0.to_zoned(date.to_datetime(civil::Time::midnight())));
        start.map_or(utc, |zoned| Time(zoned.timestamp().as_millisecond()))
    }

    /// The calendar date of an instant as `YYYY-MM-DD`.
    pub fn date_text(&self, time: Time) -> String {
        match Timestamp::from_millisecond(time.0) {
            Ok(timestamp) => timestamp.to_zoned(self.0.clone()).date().to_string(),
            Err(_) => time.to_string(),
        }
    }

    /// The instant as RFC 3339 with this zone's offset, for people.
    pub fn text(&self, time: Time) -> String {
        match Timestamp::from_millisecond(time.0) {
            Ok(timestamp) => timestamp
                .display_with_offset(self.0.to_offset(timestamp))
                .to_string(),
            Err(_) => time.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_taken_in_the_zone() {
        let berlin = Zone::named("Europe/Berlin").expect("bundled");
        assert_eq!(
            Time::parse("2024-07-01", &berlin).map(|t| t.to_string()),
            Ok("2024-06-30T22:00:00Z".into())
        );
        assert_eq!(
            Time::parse("2024-07-01T00:00:00Z", &berlin).map(|t| t.to_string()),
            Ok("2024-07-01T00:00:00Z".into())
        );
        assert_eq!(
            Time::parse("2024-07-01 10:30:00", &Zone::utc()).map(|t| t.to_string()),
            Ok("2024-07-01T10:30:00Z".into())
        );
        assert!(Time::parse("yesterday", &berlin).is_err());
    }

    #[test]
    fn days_follow_the_calendar_over_both_clock_changes() {
        for name in [
            "Europe/Berlin",
            "Pacific/Chatham",
            "Pacific/Pago_Pago",
            "UTC",
        ] {
            let zone = Zone::named(name).expect("bundled");
            for day in 19_700..20_100 {
                let start = zone.day_start(day);
                assert_eq!(zone.day_of(start), day, "{name}");
                assert_eq!(zone.day_of(start.plus(-1)), day - 1, "{name}");
            }
        }
    }
}

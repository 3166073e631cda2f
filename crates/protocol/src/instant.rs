//! Instants as clients write them, and as lines hold them.

use perennial_model::{Count, CountUnit, DAY_MS, Spelled, Time};

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
    let (ms, plain) = match iso(text) {
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
    let ms = Count::read(text.trim())?.ms(CountUnit::Seconds)?;
    (ms < Time::LATEST.ms()).then_some(Time(ms))
}

/// Milliseconds as a decimal: an instant since 1970, or a length.
pub(crate) fn milliseconds(text: &str) -> Option<i64> {
    let whole = Count::read(text.trim())?.whole;
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
fn iso(text: &str) -> Option<(i64, bool)> {
    let spelled = Spelled::read(text.as_bytes())?;
    // With `/` it is of files only.
    if text.as_bytes()[4] != b'-' {
        return None;
    }
    let ms = spelled.local_ms - spelled.offset_ms.unwrap_or(0);
    Some((ms, spelled.offset_ms.is_some()))
}

/// A bare number in milliseconds since 1970, by its size: eight digits may be a date.
fn count(text: &str) -> Option<i64> {
    let count = Count::read(text)?;
    count.compact_date_ms().or_else(|| count.ms_by_size())
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

//! Periods agree with the zone's own calendar, over both changes of clocks and far from Greenwich.

use perennial_analytics::calendar::{Calendar, Interval, Range};
use perennial_model::{DAY_MS, HOUR_MS, MINUTE_MS, Time, Zone};
use perennial_rules::project::WeekStart::{self, Monday, Sunday};
use proptest::prelude::*;

const ZONES: [&str; 8] = [
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "Pacific/Chatham",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
];
const INTERVALS: [Interval; 4] = [
    Interval::Hour,
    Interval::Day,
    Interval::Week,
    Interval::Month,
];

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("bundled")
}

fn calendar(name: &str, interval: Interval, week_start: WeekStart) -> Calendar {
    Calendar::new(zone(name), interval, week_start)
}

fn ms(text: &str) -> i64 {
    Time::parse(text, &Zone::utc()).expect("an instant").ms()
}

#[test]
fn days_are_those_of_the_zone_at_every_quarter_of_an_hour() {
    for name in ZONES {
        let (zone, calendar) = (zone(name), calendar(name, Interval::Day, Monday));
        let mut cursor = calendar.cursor();
        let mut at_ms = ms("2024-01-01");
        while at_ms < ms("2025-01-01") {
            let day = zone.day_of(Time(at_ms));
            assert_eq!(cursor.at(at_ms).period, i64::from(day), "{name} {at_ms}");
            at_ms += 15 * MINUTE_MS;
        }
    }
}

#[test]
fn periods_follow_each_other_and_begin_where_they_say() {
    for name in ZONES {
        for interval in INTERVALS {
            let calendar = calendar(name, interval, Sunday);
            let first = calendar.period_of(ms("2023-12-31"));
            let last = calendar.period_of(ms("2025-01-02"));
            for period in first..=last {
                let start_ms = calendar.start_ms(period);
                assert_eq!(calendar.period_of(start_ms), period, "{name} {interval:?}");
                assert_eq!(
                    calendar.period_of(start_ms - 1),
                    period - 1,
                    "{name} {interval:?}"
                );
            }
        }
    }
}

#[test]
fn labels_are_dates_and_hours_carry_the_offset() {
    let label = |name, interval, week_start, at: &str| {
        let calendar = calendar(name, interval, week_start);
        calendar.label(calendar.period_of(ms(at)))
    };
    let berlin = "Europe/Berlin";
    assert_eq!(
        label(berlin, Interval::Day, Monday, "2024-02-28T23:30:00Z"),
        "2024-02-29"
    );
    assert_eq!(
        label(berlin, Interval::Week, Monday, "2024-03-03T22:59:00Z"),
        "2024-02-26"
    );
    assert_eq!(
        label(berlin, Interval::Week, Sunday, "2024-03-03T22:59:00Z"),
        "2024-03-03"
    );
    assert_eq!(
        label(berlin, Interval::Month, Monday, "2024-02-29T23:00:00Z"),
        "2024-03-01"
    );
    // The hour from two to three comes twice: once in summer time, once in winter time.
    assert_eq!(
        label(berlin, Interval::Hour, Monday, "2024-10-27T00:10:00Z"),
        "2024-10-27T02:00:00+02:00"
    );
    assert_eq!(
        label(berlin, Interval::Hour, Monday, "2024-10-27T01:10:00Z"),
        "2024-10-27T02:00:00+01:00"
    );
    assert_eq!(
        label("UTC", Interval::Hour, Monday, "2024-10-27T01:10:00Z"),
        "2024-10-27T01:00:00Z"
    );
    assert_eq!(
        label(
            "Pacific/Chatham",
            Interval::Hour,
            Monday,
            "2024-01-01T00:10:00Z"
        ),
        "2024-01-01T13:00:00+13:45"
    );
    assert_eq!(
        calendar(berlin, Interval::Day, Monday).start_text(19_900),
        "2024-06-26T00:00:00+02:00"
    );
}

#[test]
fn days_of_clock_changes_have_their_own_length() {
    let calendar = calendar("Europe/Berlin", Interval::Day, Monday);
    let length = |date: &str| {
        let day = calendar.period_of(ms(date) + 12 * HOUR_MS);
        (calendar.start_ms(day + 1) - calendar.start_ms(day)) / HOUR_MS
    };
    assert_eq!(length("2024-03-31"), 23);
    assert_eq!(length("2024-10-27"), 25);
    assert_eq!(length("2024-05-01"), 24);
}

#[test]
fn a_range_is_widened_at_both_ends_and_knows_whether_it_is_over() {
    let weeks = calendar("UTC", Interval::Week, Monday);
    let range = Range::widened(
        &weeks,
        ms("2024-05-08"),
        ms("2024-05-13"),
        ms("2024-05-17T12:00:00Z"),
    );
    let range = range.expect("in order");
    assert_eq!(
        (range.from_ms, range.to_ms),
        (ms("2024-05-06"), ms("2024-05-20"))
    );
    assert_eq!((range.count, range.incomplete), (2, true));
    let over = Range::ending(&weeks, ms("2024-05-13"), 3, ms("2024-05-20"));
    let over = over.expect("three weeks");
    assert_eq!(
        (over.from_ms, over.count, over.incomplete),
        (ms("2024-04-29"), 3, false)
    );
    assert_eq!(
        range.part(&[ms("2024-05-05"), ms("2024-05-06"), ms("2024-05-20")]),
        1..2
    );
    assert!(Range::widened(&weeks, 1, 0, 0).is_none());
    assert!(Range::ending(&weeks, 0, 0, 0).is_none());
}

#[test]
fn months_and_weeks_are_right_for_four_centuries() {
    let (months, weeks) = (
        calendar("UTC", Interval::Month, Monday),
        calendar("UTC", Interval::Week, Monday),
    );
    let mut expected = 0;
    let mut last = String::from("1970-01");
    for day in 0..146_097_i64 {
        let date = Zone::utc().date_text(Time(day * DAY_MS));
        if date[..7] != last {
            (expected, last) = (expected + 1, date[..7].to_owned());
        }
        assert_eq!(months.period_of(day * DAY_MS), expected, "{date}");
        assert_eq!(weeks.period_of(day * DAY_MS), (day + 3) / 7, "{date}");
    }
}

proptest! {
    #[test]
    fn a_cursor_gives_what_a_fresh_look_gives(
        zone_at in 0..ZONES.len(),
        interval_at in 0..4_usize,
        instants in prop::collection::vec(-3_000_000_000_000_i64..9_000_000_000_000, 1..20),
    ) {
        let zone = zone(ZONES[zone_at]);
        let calendar = Calendar::new(zone.clone(), INTERVALS[interval_at], Monday);
        let mut cursor = calendar.cursor();
        for at_ms in instants {
            let place = cursor.at(at_ms);
            prop_assert_eq!(place.period, calendar.period_of(at_ms));
            prop_assert_eq!(place.day, i64::from(zone.day_of(Time(at_ms))));
            prop_assert!(calendar.start_ms(place.period) <= at_ms);
            prop_assert!(at_ms < calendar.start_ms(place.period + 1));
        }
    }
}

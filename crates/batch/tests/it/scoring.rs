//! Scoring a log at a date, as a server does: of what came before it, and where forecasts have drifted.

use perennial_batch::forecasts::{ScoringDate, score_log};
use perennial_model::{Time, Zone};

use crate::desk::{DAY_MS, Desk, MONTHLY, ORDERS, Silent, orders, project};

#[test]
fn a_log_is_scored_at_a_date_and_left_where_what_came_was_expected() {
    let desk = Desk::new();
    let project = project(MONTHLY);
    let time = |text: &str| Time::parse(text, &Zone::utc()).expect("a time");
    let (at, week, next) = (
        time("2024-10-01T00:00:00Z"),
        time("2024-10-08T00:00:00Z"),
        time("2024-11-01T00:00:00Z"),
    );
    let score = |rows: &[String], date: ScoringDate, threads: usize| {
        let options = desk.options(rows, threads);
        score_log(&project, &options, &Silent, date).expect("scored")
    };
    let first = ScoringDate {
        at,
        next: Some(next),
        ..ScoringDate::default()
    };
    let all = orders();
    let scoring = score(&all, first, 1);
    assert!(scoring.lines.len() > 200 && scoring.came.is_none() && !scoring.is_left);
    // Whole weeks, and then the next date.
    let dates: Vec<i64> = scoring.ahead.iter().map(|one| one.until_ms).collect();
    let weeks = (1..=4).map(|week| at.plus(7 * week * DAY_MS).ms());
    assert_eq!(dates, weeks.chain([next.ms()]).collect::<Vec<_>>());
    assert!(scoring.ahead.is_sorted_by(|a, b| a.expected < b.expected));
    let last = scoring.ahead.last().expect("the next date");
    let until_next = scoring.record.expected_until_next.expect("a number");
    assert!((last.expected - until_next).abs() < 1e-6 * until_next);
    assert!(last.low < last.expected && last.expected < last.high);
    // The same of the same rows, whatever else comes after the date.
    let before: Vec<String> = ORDERS
        .iter()
        .filter(|(order, _)| *order < at.ms())
        .map(|(_, row)| row.clone())
        .collect();
    let same = score(&before, first, 2);
    assert_eq!(scoring.lines, same.lines);
    assert_eq!(scoring.record.model, same.record.model);

    let later = |ends: (f64, f64)| ScoringDate {
        at: week,
        next: Some(next),
        before: Some(at),
        unless_within: Some(ends),
    };
    let left = score(&all, later((0.0, 1e6)), 1);
    assert!(left.is_left && left.lines.is_empty() && left.ahead.is_empty());
    let came = left.came.expect("a count");
    assert!(came > 0);
    let anew = score(&all, later((0.0, came as f64 - 1.0)), 1);
    assert!(!anew.is_left && anew.came == Some(came) && anew.lines.len() > 200);
    assert_eq!(anew.record.at_ms, week.ms());
}

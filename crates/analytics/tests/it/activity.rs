//! Lifecycle by activity and stickiness: by example, and against sets of active days.

use std::collections::BTreeSet;

use perennial_analytics::calendar::{Calendar, Interval, Range};
use perennial_analytics::lifecycle::{Flow, FlowPeriod, Stock, StockPeriod};
use perennial_analytics::stickiness::{Bucket, Stickiness};
use perennial_model::{DAY_MS, Zone};
use perennial_rules::project::WeekStart;
use proptest::prelude::*;

use crate::crowd::{Crowd, Touch};

/// The condition that makes a touch activity.
const SEEN: u16 = 0;

fn days() -> Calendar {
    Calendar::new(Zone::utc(), Interval::Day, WeekStart::Monday)
}

fn range(from: i64, to: i64) -> Range {
    let range = Range::widened(&days(), from * DAY_MS, to * DAY_MS, to * DAY_MS);
    range.expect("in order")
}

fn flow(range: Range) -> Flow {
    Flow {
        calendar: days(),
        range,
        event: Some(SEEN),
        by: None,
    }
}

fn stock(range: Range) -> Stock {
    Stock {
        calendar: days(),
        range,
        event: Some(SEEN),
        week_days: 7,
        month_days: 30,
        by: None,
    }
}

/// A customer active on days, at noon; a touch that is no activity lies between.
fn active_on(days: &[i64]) -> Vec<Touch> {
    let at = |day: &i64| day * DAY_MS + DAY_MS / 2;
    let seen = days.iter().map(|day| Touch::new(at(day), &[SEEN]));
    let other = days.iter().map(|day| Touch::new(at(day) + DAY_MS, &[]));
    seen.chain(other).collect()
}

fn counts(periods: &[FlowPeriod]) -> Vec<[u64; 4]> {
    let of = |p: &FlowPeriod| [p.new, p.returning, p.resurrecting, p.dormant];
    periods.iter().map(of).collect()
}

#[test]
fn flow_compares_each_day_with_the_one_before() {
    let crowd = Crowd::new(&[active_on(&[1, 3, 4, 6]), active_on(&[4]), active_on(&[9])]);
    let answer = crowd.ask(&flow(range(3, 7)));
    assert_eq!(
        counts(&answer[0].answer),
        [
            [0, 0, 1, 0],
            [1, 1, 0, 0],
            [0, 0, 0, 2],
            [0, 0, 1, 0],
            [0, 0, 0, 1]
        ]
    );
}

#[test]
fn stock_knows_every_state() {
    let crowd = Crowd::new(&[active_on(&[100, 102, 120, 160])]);
    let states = |from: i64, to: i64| -> Vec<String> {
        let answer = crowd.ask(&stock(range(from, to)));
        answer[0].answer.iter().map(names).collect()
    };
    assert_eq!(states(99, 103), ["", "new", "wau", "current", "wau"]);
    assert_eq!(states(109, 110), ["wau", "mau"]);
    assert_eq!(states(119, 121), ["mau", "reactivated", "wau"]);
    assert_eq!(states(150, 151), ["mau", "dormant"]);
    assert_eq!(states(159, 161), ["dormant", "resurrected", "wau"]);
    assert_eq!(states(190, 400).last(), Some(&"dormant".to_owned()));
}

/// The states that somebody is in.
fn names(period: &StockPeriod) -> String {
    let states = [
        ("new", period.new),
        ("current", period.current),
        ("reactivated", period.reactivated),
        ("resurrected", period.resurrected),
        ("wau", period.at_risk_wau),
        ("mau", period.at_risk_mau),
        ("dormant", period.dormant),
    ];
    let somebody = states.iter().filter(|(_, customers)| *customers > 0);
    somebody.map(|(name, _)| *name).collect()
}

#[test]
fn groups_are_by_the_last_text_and_unknown_comes_last() {
    let crowd = Crowd::new(&[
        vec![
            Touch::new(0, &[SEEN]).text("NL"),
            Touch::new(1, &[]).text("BE"),
            Touch::new(2, &[]),
        ],
        vec![Touch::new(0, &[SEEN])],
        vec![Touch::new(0, &[SEEN]).text("AT")],
    ]);
    let question = Flow {
        by: Some(0),
        ..flow(range(0, 0))
    };
    let answer = crowd.ask(&question);
    let by: Vec<Option<&str>> = answer.iter().map(|split| split.by.as_deref()).collect();
    assert_eq!(by, [Some("AT"), Some("BE"), None]);
    assert!(answer.iter().all(|split| split.answer[0].new == 1));
    assert_eq!(crowd.ask_in_halves(&question), answer);
}

#[test]
fn weeks_that_begin_on_sunday_are_other_weeks() {
    // 2024-05-04 was a Saturday; the customer is active on it and on Sunday.
    let saturday = 19_847;
    let crowd = Crowd::new(&[active_on(&[saturday, saturday + 1])]);
    let weeks = |week_start| {
        let calendar = Calendar::new(Zone::utc(), Interval::Week, week_start);
        let range = Range::widened(&calendar, saturday * DAY_MS, (saturday + 9) * DAY_MS, 0);
        let stickiness = Stickiness {
            calendar,
            range: range.expect("in order"),
            event: Some(SEEN),
            by: None,
        };
        crowd.ask(&stickiness)[0].answer.clone()
    };
    let bucket = |periods, customers| Bucket { periods, customers };
    assert_eq!(
        weeks(WeekStart::Sunday),
        [bucket(1, 0), bucket(2, 1), bucket(3, 0)]
    );
    assert_eq!(
        weeks(WeekStart::Monday),
        [bucket(1, 1), bucket(2, 0), bucket(3, 0)]
    );
    let crowd_days = crowd.ask(&Stickiness {
        calendar: days(),
        range: range(saturday + 1, saturday + 3),
        event: Some(SEEN),
        by: None,
    });
    assert_eq!(crowd_days[0].answer[0], bucket(1, 1));
}

/// The state of a customer on a day, by looking at every day before it.
fn naive_state(active: &BTreeSet<i64>, day: i64) -> Option<usize> {
    let silent = active.range(..day).next_back().map(|last| day - last);
    match (active.contains(&day), silent) {
        (true, None) => Some(0),
        (true, Some(..=7)) => Some(1),
        (true, Some(..=30)) => Some(2),
        (true, Some(_)) => Some(3),
        (false, None) => None,
        (false, Some(..=7)) => Some(4),
        (false, Some(..=30)) => Some(5),
        (false, Some(_)) => Some(6),
    }
}

fn crowds() -> impl Strategy<Value = Vec<BTreeSet<i64>>> {
    let days = prop::collection::btree_set(0..120_i64, 1..12);
    prop::collection::vec(days, 1..8)
}

fn crowd_of(customers: &[BTreeSet<i64>]) -> Crowd {
    let touches = |days: &BTreeSet<i64>| active_on(&days.iter().copied().collect::<Vec<_>>());
    Crowd::new(&customers.iter().map(touches).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn flow_adds_up_and_merges(customers in crowds(), from in 0..60_i64, length in 1..70_i64) {
        let crowd = crowd_of(&customers);
        let question = flow(range(from, from + length));
        let answer = crowd.ask(&question);
        prop_assert_eq!(&crowd.ask_in_halves(&question), &answer);
        let active_on = |day: i64| customers.iter().filter(|c| c.contains(&day)).count() as u64;
        for period in &answer[0].answer {
            let day = period.period;
            let active = period.new + period.returning + period.resurrecting;
            prop_assert_eq!(active, active_on(day));
            prop_assert_eq!(active + period.dormant, active_on(day - 1) + period.new + period.resurrecting);
            let first = |c: &&BTreeSet<i64>| c.first() == Some(&day);
            prop_assert_eq!(period.new, customers.iter().filter(first).count() as u64);
        }
    }

    #[test]
    fn stock_is_what_each_day_looked_at_alone_gives(
        customers in crowds(),
        from in 0..60_i64,
        length in 0..150_i64,
    ) {
        let crowd = crowd_of(&customers);
        let question = stock(range(from, from + length));
        let answer = crowd.ask(&question);
        prop_assert_eq!(&crowd.ask_in_halves(&question), &answer);
        for p in &answer[0].answer {
            let mut expected = [0_u64; 7];
            for state in customers.iter().filter_map(|c| naive_state(c, p.period)) {
                expected[state] += 1;
            }
            let found = [
                p.new, p.current, p.reactivated, p.resurrected, p.at_risk_wau, p.at_risk_mau, p.dormant,
            ];
            prop_assert_eq!(found, expected, "day {}", p.period);
        }
    }

    #[test]
    fn stickiness_counts_each_active_customer_once(customers in crowds(), from in 0..60_i64) {
        let crowd = crowd_of(&customers);
        let question = Stickiness {
            calendar: days(),
            range: range(from, from + 50),
            event: Some(SEEN),
            by: None,
        };
        let answer = crowd.ask(&question);
        prop_assert_eq!(&crowd.ask_in_halves(&question), &answer);
        prop_assert_eq!(answer[0].answer.len(), 51);
        for bucket in &answer[0].answer {
            let within = |c: &&BTreeSet<i64>| c.range(from..=from + 50).count() == bucket.periods;
            prop_assert_eq!(bucket.customers, customers.iter().filter(within).count() as u64);
        }
    }
}

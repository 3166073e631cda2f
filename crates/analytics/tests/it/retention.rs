//! Retention: its switches by example, and against a reference that looks at every pair of days.

use std::collections::BTreeMap;

use perennial_analytics::calendar::{Calendar, Interval, Range};
use perennial_analytics::retention::{Clock, Cohort, Measure, Membership, Retention};
use perennial_model::{DAY_MS, HOUR_MS, Time, Zone};
use perennial_rules::project::WeekStart;
use proptest::prelude::*;

use crate::crowd::{Crowd, Touch};

const START: u16 = 0;
const BACK: u16 = 1;
/// What a start is called, whether or not it is one.
const NAMED: u16 = 2;

/// A table of so many days from day 0 on, all known.
fn question(days: usize) -> Retention {
    let calendar = Calendar::new(Zone::utc(), Interval::Day, WeekStart::Monday);
    let last_ms = (days as i64 - 1) * DAY_MS;
    let range = Range::ending(&calendar, last_ms, days, last_ms).expect("some days");
    Retention {
        known_until_ms: range.to_ms,
        calendar,
        range,
        start: Some(START),
        back: Some(BACK),
        membership: Membership::Recurring,
        measure: Measure::On,
        clock: Clock::Calendar,
        count_start: false,
        min_count: 1,
        by: None,
        value: None,
    }
}

fn at(day: i64, hour: i64, meets: &[u16]) -> Touch {
    Touch::new(day * DAY_MS + hour * HOUR_MS, meets)
}

/// Sizes and known cells.
fn table(cohorts: &[Cohort]) -> Vec<(u64, Vec<u64>)> {
    let row = |cohort: &Cohort| {
        let known = cohort.returned.iter().copied().flatten().collect();
        (cohort.size, known)
    };
    cohorts.iter().map(row).collect()
}

fn ask(crowd: &Crowd, question: &Retention) -> Vec<(u64, Vec<u64>)> {
    let answer = crowd.ask(question);
    assert_eq!(crowd.ask_in_halves(question), answer);
    table(&answer[0].answer)
}

#[test]
fn the_first_cell_is_what_came_after_the_start_on_the_same_day() {
    let crowd = Crowd::new(&[
        vec![
            at(0, 1, &[BACK]),
            at(0, 2, &[START]),
            at(1, 0, &[BACK]),
            at(1, 0, &[START]),
        ],
        vec![at(0, 5, &[START]), at(0, 6, &[BACK])],
        vec![at(0, 5, &[START, BACK]), at(2, 6, &[START, BACK])],
    ]);
    let rows = ask(&crowd, &question(3));
    // A return at the very instant of the start comes after it, as ties do; one touch is never both.
    assert_eq!(rows, [(3, vec![1, 1, 1]), (1, vec![1, 0]), (1, vec![0])]);
}

#[test]
fn first_looks_before_the_table_and_first_ever_at_the_name_alone() {
    let crowd = Crowd::new(&[
        vec![at(-3, 0, &[START, NAMED]), at(0, 0, &[START, NAMED])],
        vec![at(-3, 0, &[NAMED]), at(1, 0, &[START, NAMED])],
        vec![at(1, 0, &[START, NAMED]), at(2, 0, &[START, NAMED])],
    ]);
    let sizes = |membership| -> Vec<u64> {
        let rows = ask(
            &crowd,
            &Retention {
                membership,
                ..question(3)
            },
        );
        rows.into_iter().map(|(size, _)| size).collect()
    };
    assert_eq!(sizes(Membership::Recurring), [1, 2, 1]);
    assert_eq!(sizes(Membership::First), [0, 2, 0]);
    let named = Some(NAMED);
    assert_eq!(sizes(Membership::FirstEver { named }), [0, 1, 0]);
}

#[test]
fn what_is_not_over_is_open_and_on_or_after_counts_later_returns() {
    let crowd = Crowd::new(&[vec![
        at(0, 0, &[START]),
        at(2, 0, &[BACK]),
        at(4, 0, &[BACK]),
    ]]);
    let until_day_3 = Retention {
        known_until_ms: 3 * DAY_MS + HOUR_MS,
        ..question(4)
    };
    let answer = crowd.ask(&until_day_3);
    let first = &answer[0].answer[0];
    assert_eq!(first.returned, [Some(0), Some(0), Some(1), None]);
    assert_eq!(answer[0].answer[3].returned, [None; 4]);
    let later = Retention {
        measure: Measure::OnOrAfter,
        ..question(4)
    };
    assert_eq!(ask(&crowd, &later)[0], (1, vec![1, 1, 1, 0]));
}

#[test]
fn a_period_needs_as_many_returns_as_are_asked_for() {
    let crowd = Crowd::new(&[vec![
        at(0, 0, &[START]),
        at(0, 1, &[BACK]),
        at(1, 1, &[BACK]),
        at(1, 1, &[BACK]),
        at(2, 1, &[BACK]),
    ]]);
    let twice = Retention {
        count_start: false,
        min_count: 2,
        ..question(3)
    };
    assert_eq!(ask(&crowd, &twice)[0], (1, vec![0, 1, 0]));
    let later = Retention {
        measure: Measure::OnOrAfter,
        ..twice
    };
    assert_eq!(ask(&crowd, &later)[0], (1, vec![1, 1, 0]));
}

#[test]
fn a_rolling_day_is_24_hours_from_her_own_start() {
    let crowd = Crowd::new(&[vec![
        at(0, 23, &[START]),
        at(1, 1, &[BACK]),
        at(2, 23, &[BACK]),
    ]]);
    assert_eq!(ask(&crowd, &question(4))[0], (1, vec![0, 1, 1, 0]));
    let rolling = Retention {
        clock: Clock::Rolling,
        ..question(4)
    };
    // Of those who began on day 0 the last one's third day ends with day 3.
    assert_eq!(ask(&crowd, &rolling)[0], (1, vec![1, 0, 1]));
}

#[test]
fn a_return_counts_only_with_the_text_of_the_start() {
    let crowd = Crowd::new(&[
        vec![
            at(0, 0, &[START]).text("boots"),
            at(1, 0, &[BACK]).text("hats"),
            at(2, 0, &[BACK]).text("boots"),
            at(2, 0, &[BACK]),
        ],
        vec![
            at(0, 0, &[START]).text("hats"),
            at(0, 1, &[START]).text("boots"),
            at(1, 0, &[BACK]).text("gloves"),
        ],
    ]);
    let by = Retention {
        by: Some(0),
        ..question(3)
    };
    let answer = crowd.ask(&by);
    assert_eq!(crowd.ask_in_halves(&by), answer);
    let names: Vec<Option<&str>> = answer.iter().map(|split| split.by.as_deref()).collect();
    assert_eq!(names, [Some("boots"), Some("hats")]);
    assert_eq!(table(&answer[0].answer)[0], (2, vec![0, 0, 1]));
    assert_eq!(table(&answer[1].answer)[0], (1, vec![0, 0, 0]));
}

/// Months of the first order, what customers with an order so many months later there are, and what they
/// spent: a table of cohorts with revenue.
#[test]
fn a_monthly_table_of_first_orders_has_revenue() {
    let ms = |text| Time::parse(text, &Zone::utc()).expect("an instant").ms();
    let order = |at, cents| Touch::new(ms(at), &[START]).number(cents);
    let crowd = Crowd::new(&[
        vec![
            order("2024-01-31T23:59:59Z", 1_000),
            order("2024-02-01", 200),
            order("2024-02-29", 30),
        ],
        vec![
            order("2024-01-05", 7),
            order("2024-01-05", 8),
            order("2024-03-31", 9),
        ],
        vec![order("2024-02-02", 5_000)],
    ]);
    let calendar = Calendar::new(Zone::utc(), Interval::Month, WeekStart::Monday);
    let range = Range::widened(
        &calendar,
        ms("2024-01-01"),
        ms("2024-03-31"),
        ms("2024-03-31"),
    );
    let range = range.expect("three months");
    let question = Retention {
        known_until_ms: range.to_ms,
        calendar,
        range,
        back: Some(START),
        membership: Membership::First,
        value: Some(0),
        ..question(1)
    };
    let answer = crowd.ask(&question);
    assert_eq!(crowd.ask_in_halves(&question), answer);
    let cohorts = &answer[0].answer;
    assert_eq!((cohorts[0].size, cohorts[1].size), (2, 1));
    assert_eq!(cohorts[0].returned, [Some(1), Some(1), Some(1)]);
    assert_eq!(cohorts[0].values, [Some(1_015), Some(230), Some(9)]);
    assert_eq!(cohorts[1].values, [Some(5_000), Some(0), None]);
    let counted = crowd.ask(&Retention {
        count_start: true,
        ..question
    });
    let returned: Vec<_> = counted[0]
        .answer
        .iter()
        .map(|own| own.returned[0])
        .collect();
    assert_eq!(returned[..2], [Some(2), Some(1)], "everybody's own start");
}

type Days = Vec<(i64, u8)>;

/// Counts of starts and returns by day, and what that makes of each cohort, cell by cell.
fn naive(
    customers: &[Days],
    count: i64,
    measure: Measure,
    min_count: usize,
) -> Vec<(u64, Vec<u64>)> {
    let mut rows = vec![(0, vec![0; count as usize]); count as usize];
    for touches in customers {
        let mut touches = touches.clone();
        touches.sort_by_key(|touch| touch.0);
        let (mut starts, mut backs) = (BTreeMap::new(), BTreeMap::<i64, Vec<usize>>::new());
        for (index, (half_day, kind)) in touches.iter().enumerate() {
            let day = half_day.div_euclid(2);
            if kind & 1 > 0 {
                starts.entry(day).or_insert((index, *half_day));
            }
            if kind & 2 > 0 {
                backs.entry(day).or_default().push(index);
            }
        }
        for (day, (index, half_day)) in starts.range(0..count) {
            let returns = |other: i64| {
                let all = backs.get(&other).into_iter().flatten();
                let after = all.filter(|back| touches[**back].0 >= *half_day && *back != index);
                after.count() >= min_count
            };
            let row = &mut rows[*day as usize];
            row.0 += 1;
            for cell in 0..count - day {
                let last = if measure == Measure::On {
                    day + cell
                } else {
                    count - 1
                };
                row.1[cell as usize] += u64::from((day + cell..=last).any(returns));
            }
        }
    }
    for (day, row) in rows.iter_mut().enumerate() {
        row.1.truncate(count as usize - day);
    }
    rows
}

/// The same by lengths of time: a start's cell holds what came within that many days from its own instant on.
fn naive_rolling(customers: &[Days], count: i64, measure: Measure) -> Vec<(u64, Vec<u64>)> {
    let mut rows = vec![(0, vec![0; count as usize]); count as usize];
    for touches in customers {
        let mut touches = touches.clone();
        touches.sort_by_key(|touch| touch.0);
        for day in 0..count {
            let of_day = |half_day: i64| half_day.div_euclid(2) == day;
            let start = |(half_day, kind): &(i64, u8)| kind & 1 > 0 && of_day(*half_day);
            let Some(own) = touches.iter().position(start) else {
                continue;
            };
            let others = touches.iter().enumerate().filter(|(index, touch)| {
                *index != own && touch.1 & 2 > 0 && (touches[own].0..2 * count).contains(&touch.0)
            });
            let cells: Vec<i64> = others
                .map(|(_, touch)| (touch.0 - touches[own].0) / 2)
                .collect();
            let row = &mut rows[day as usize];
            row.0 += 1;
            for cell in 0..count - day {
                let counts = |other: &i64| match measure {
                    Measure::On => *other == cell,
                    Measure::OnOrAfter => *other >= cell,
                };
                row.1[cell as usize] += u64::from(cells.iter().any(counts));
            }
        }
    }
    for (day, row) in rows.iter_mut().enumerate() {
        // The last start of a day may be at its end, and its cells end that much later.
        row.1.truncate(count as usize - day - 1);
    }
    rows
}

fn crowd_of(customers: &[Days]) -> Crowd {
    let touch = |(half_day, kind): &(i64, u8)| {
        let meets: Vec<u16> = (0..2).filter(|bit| kind >> bit & 1 > 0).collect();
        Touch::new(half_day * DAY_MS / 2, &meets)
    };
    let customers = customers
        .iter()
        .map(|days| days.iter().map(touch).collect());
    Crowd::new(&customers.collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn cells_are_what_every_pair_of_days_gives(
        customers in prop::collection::vec(prop::collection::vec((-4..24_i64, 0..4_u8), 1..14), 1..6),
        count in 1..9_i64,
        unbounded in any::<bool>(),
        min_count in 1..3_usize,
    ) {
        let measure = if unbounded { Measure::OnOrAfter } else { Measure::On };
        let question = Retention { measure, min_count, ..question(count as usize) };
        let rows = ask(&crowd_of(&customers), &question);
        prop_assert_eq!(&rows, &naive(&customers, count, measure, min_count));
        for (size, cells) in rows {
            prop_assert!(cells.iter().all(|returned| *returned <= size));
            if unbounded {
                prop_assert!(cells.windows(2).all(|pair| pair[0] >= pair[1]));
            }
        }
    }

    #[test]
    fn rolling_cells_are_what_every_start_sees_from_its_own_instant(
        customers in prop::collection::vec(prop::collection::vec((-4..24_i64, 0..4_u8), 1..14), 1..6),
        count in 1..9_i64,
        unbounded in any::<bool>(),
    ) {
        let measure = if unbounded { Measure::OnOrAfter } else { Measure::On };
        let question = Retention { measure, clock: Clock::Rolling, ..question(count as usize) };
        let rows = ask(&crowd_of(&customers), &question);
        prop_assert_eq!(&rows, &naive_rolling(&customers, count, measure));
    }

    #[test]
    fn cells_after_what_is_known_are_null(
        customers in prop::collection::vec(prop::collection::vec((-4..24_i64, 0..4_u8), 1..14), 1..6),
        known in 0..9_i64,
        rolling in any::<bool>(),
    ) {
        let clock = if rolling { Clock::Rolling } else { Clock::Calendar };
        let question = Retention { clock, known_until_ms: known * DAY_MS, ..question(8) };
        let crowd = crowd_of(&customers);
        let answer = crowd.ask(&question);
        prop_assert_eq!(&crowd.ask_in_halves(&question), &answer);
        for (day, cohort) in (0..).zip(&answer[0].answer) {
            for (cell, returned) in (0..).zip(&cohort.returned) {
                let over = day + cell + 1 + i64::from(rolling) <= known.min(8);
                prop_assert_eq!(returned.is_some(), over, "day {}, cell {}", day, cell);
            }
        }
    }

    #[test]
    fn first_times_put_everybody_into_one_cohort_at_most(
        customers in prop::collection::vec(prop::collection::vec((-4..24_i64, 0..4_u8), 1..14), 1..6),
    ) {
        let question = Retention { membership: Membership::First, ..question(5) };
        let rows = ask(&crowd_of(&customers), &question);
        let first = |days: &Days| days.iter().filter(|(_, kind)| kind & 1 > 0).map(|touch| touch.0).min();
        for (day, (size, _)) in rows.iter().enumerate() {
            let here = |days: &&Days| first(days).map(|half| half.div_euclid(2)) == Some(day as i64);
            prop_assert_eq!(*size, customers.iter().filter(here).count() as u64);
        }
    }
}

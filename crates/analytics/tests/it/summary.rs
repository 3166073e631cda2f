//! Summaries of orders: by hand, and against a slow reading of the definitions.

use std::collections::{BTreeMap, BTreeSet};

use perennial_analytics::calendar::{Calendar, Interval};
use perennial_analytics::summary::{OTHERS, SegmentRange, Summary, SummaryAnswer};
use perennial_model::{DAY_MS, HOUR_MS, Time, Zone};
use perennial_rules::project::{Cuts, WeekStart};
use proptest::prelude::*;

use crate::log::{Row, ask, by_customer, row};

/// Tuesday, 2024-01-02.
const TUESDAY: i64 = 19_724;

fn summary(until_day: i64, interval: Interval) -> Summary {
    Summary {
        order: Some(0),
        order_id: None,
        amount: Some(0),
        until: Time((until_day + 1) * DAY_MS),
        calendar: Calendar::new(Zone::utc(), interval, WeekStart::Monday),
        cuts: Cuts::Quantile,
        tiles: 5,
        thresholds: None,
        segments: None,
    }
}

fn order(customer: &str, day: i64, amount: i64) -> Row {
    Row {
        number: Some(amount * 1_000_000),
        ..row(customer, "order", day * DAY_MS + 9 * HOUR_MS)
    }
}

/// `x t_x T zbar` of each customer.
fn periods(answer: &SummaryAnswer) -> Vec<String> {
    let customers = answer.customers.iter();
    customers
        .map(|c| format!("{} {} {} {} {}", c.customer, c.x, c.t_x, c.age, c.zbar))
        .collect()
}

#[test]
fn periods_of_orders_as_forecasts_take_them() {
    let rows = [
        order("ada", TUESDAY, 10),
        order("ada", TUESDAY, 5),
        order("ada", TUESDAY + 1, 4),
        order("ada", TUESDAY + 6, 2),
        order("ada", TUESDAY + 6, 6),
        order("ada", TUESDAY + 9, 100),
        order("bob", TUESDAY + 3, 7),
        order("cy", TUESDAY + 9, 7),
        row("di", "visit", TUESDAY * DAY_MS),
    ];
    let day = ask(&summary(TUESDAY + 8, Interval::Day), &rows, &["order"]);
    assert_eq!(periods(&day), ["ada 2 6 8 6", "bob 0 0 5 0"]);
    let ada = &day.customers[0];
    assert_eq!(
        (ada.recency_days, ada.frequency, ada.monetary),
        (2, 5, 27_000_000)
    );
    // Monday begins the second week; its two orders count once.
    let week = ask(&summary(TUESDAY + 8, Interval::Week), &rows, &["order"]);
    assert_eq!(periods(&week), ["ada 1 1 1 8", "bob 0 0 1 0"]);
}

#[test]
fn days_are_those_of_the_zone() {
    let berlin = Zone::named("Europe/Berlin").expect("bundled");
    let mut question = summary(TUESDAY, Interval::Day);
    question.until = berlin.day_start(TUESDAY as i32 + 1);
    question.calendar = Calendar::new(berlin, Interval::Day, WeekStart::Monday);
    let rows = [
        row("ada", "order", TUESDAY * DAY_MS - HOUR_MS / 2),
        row("ada", "order", (TUESDAY + 1) * DAY_MS - HOUR_MS / 2),
    ];
    let answer = ask(&question, &rows, &["order"]);
    assert_eq!(answer.customers[0].recency_days, 0);
    assert_eq!(answer.customers[0].frequency, 1);
}

#[test]
fn rows_of_one_order_are_one_order() {
    let with = |id: &str, amount| Row {
        text: Some(id.into()),
        ..order("ada", TUESDAY, amount)
    };
    let rows = [
        with("o1", 1),
        with("o2", 2),
        with("o1", 3),
        order("ada", TUESDAY, 4),
    ];
    let mut question = summary(TUESDAY, Interval::Day);
    assert_eq!(ask(&question, &rows, &["order"]).customers[0].frequency, 4);
    question.order_id = Some(0);
    let answer = ask(&question, &rows, &["order"]);
    assert_eq!(answer.customers[0].frequency, 3);
    assert_eq!(answer.customers[0].monetary, 10_000_000);
}

#[test]
fn cuts_lie_a_whole_unit_above_the_quantile_and_ties_stay_together() {
    // Recency 0, 1, 2, 3, 4, 5 days: the quantiles are 1, 2, 3, 4.
    let rows: Vec<Row> = (0..6)
        .map(|n| order(&format!("c{n}"), TUESDAY - n, 10 * n))
        .collect();
    let answer = ask(&summary(TUESDAY, Interval::Day), &rows, &["order"]);
    assert_eq!(answer.thresholds.recency_days, [2.0, 3.0, 4.0, 5.0]);
    assert_eq!(answer.thresholds.frequency, [2.0; 4]);
    assert_eq!(answer.thresholds.monetary, [11.0, 21.0, 31.0, 41.0]);
    let scores = |answer: &SummaryAnswer| -> Vec<(u8, u8, u8)> {
        answer.customers.iter().map(|c| (c.r, c.f, c.m)).collect()
    };
    assert_eq!(
        scores(&answer),
        [
            (5, 1, 1),
            (5, 1, 1),
            (4, 1, 2),
            (3, 1, 3),
            (2, 1, 4),
            (1, 1, 5)
        ]
    );
    let mut equal = summary(TUESDAY, Interval::Day);
    equal.cuts = Cuts::Ntile;
    let answer = ask(&equal, &rows, &["order"]);
    assert_eq!(
        scores(&answer),
        [
            (5, 1, 1),
            (4, 1, 1),
            (3, 2, 2),
            (2, 3, 3),
            (1, 4, 4),
            (1, 5, 5)
        ]
    );
    assert_eq!(answer.thresholds.recency_days, [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(answer.thresholds.monetary, [20.0, 30.0, 40.0, 50.0]);
}

#[test]
fn the_first_range_that_fits_names_the_segment() {
    let rows: Vec<Row> = (0..6)
        .map(|n| order(&format!("c{n}"), TUESDAY - n, 10))
        .collect();
    let range = |segment: &str, r| SegmentRange {
        segment: segment.into(),
        r,
        f: (1, 5),
        m: (1, 1),
    };
    let mut question = summary(TUESDAY, Interval::Day);
    question.segments = Some(vec![range("fresh", (4, 5)), range("fair", (3, 5))]);
    let answer = ask(&question, &rows, &["order"]);
    let totals: Vec<(&str, u64, i128)> = answer
        .segments
        .iter()
        .map(|total| (&total.segment[..], total.customers, total.monetary))
        .collect();
    assert_eq!(
        totals,
        [
            ("fresh", 3, 30_000_000),
            (OTHERS, 2, 20_000_000),
            ("fair", 1, 10_000_000)
        ]
    );
    question.segments = None;
    assert_eq!(
        ask(&question, &rows, &["order"]).customers[5].segment,
        "Lost"
    );
}

fn orders() -> impl Strategy<Value = Vec<Row>> {
    let one = (0..9_u8, 0..60_i64, 0..24_i64, 0..40_i64, 0..4_u8);
    prop::collection::vec(one, 0..60).prop_map(|all| {
        let mut all: Vec<Row> = all
            .into_iter()
            .map(|(customer, day, hour, amount, id)| Row {
                customer: format!("c{customer}"),
                event: if id == 3 { "visit" } else { "order" }.to_owned(),
                at_ms: (TUESDAY + day) * DAY_MS + hour * HOUR_MS,
                text: (id > 0).then(|| format!("o{id}")),
                number: Some(amount * 750_000),
            })
            .collect();
        all.sort_by_key(|row| row.at_ms);
        all
    })
}

/// Recency in days, frequency, money; `x`, `t_x`, `T`, `zbar`.
type Expected = (i64, u64, f64, (u64, i64, i64, f64));

/// One more than how many cuts a value reaches: quantiles by fractions, one unit above.
fn tile(values: &[f64], value: f64) -> u8 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let cut = |tile: usize| {
        let place = (sorted.len() - 1) as f64 * tile as f64 / 5.0 + 1e-12;
        let low = place.floor() as usize;
        let high = sorted[(low + 1).min(sorted.len() - 1)];
        sorted[low] + (high - sorted[low]) * (place - low as f64) + 1.0
    };
    1 + (1..5).filter(|t| cut(*t) <= value + 1e-6).count() as u8
}

proptest! {
    #[test]
    fn summaries_are_what_the_definitions_say(rows in orders(), weekly: bool, until in 20..60_i64, by_id: bool) {
        let interval = if weekly { Interval::Week } else { Interval::Day };
        let mut question = summary(TUESDAY + until, interval);
        question.order_id = by_id.then_some(0);
        let answer = ask(&question, &rows, &["order"]);

        let mut expected = BTreeMap::new();
        let period = |day: i64| if weekly { (day + 3).div_euclid(7) } else { day };
        let as_of = TUESDAY + until;
        for (customer, mut rows) in by_customer(&rows) {
            rows.retain(|row| row.event == "order" && row.at_ms < (as_of + 1) * DAY_MS);
            let days: Vec<i64> = rows.iter().map(|row| row.at_ms.div_euclid(DAY_MS)).collect();
            let (Some(first), Some(last)) = (days.first(), days.last()) else { continue };
            let ids: BTreeSet<&String> = rows.iter().filter_map(|row| row.text.as_ref()).collect();
            let frequency = if by_id {
                ids.len() + rows.iter().filter(|row| row.text.is_none()).count()
            } else {
                rows.len()
            };
            let mut by_period = BTreeMap::<i64, i64>::new();
            for (row, day) in rows.iter().zip(&days) {
                *by_period.entry(period(*day)).or_default() += row.number.unwrap();
            }
            let x = by_period.len() - 1;
            let repeats: i64 = by_period.values().skip(1).sum();
            let zbar = if x == 0 { 0.0 } else { repeats as f64 / 1e6 / x as f64 };
            let monetary: i64 = rows.iter().filter_map(|row| row.number).sum();
            expected.insert(customer, (
                as_of - last,
                frequency as u64,
                monetary as f64 / 1e6,
                (x as u64, period(*last) - period(*first), period(as_of) - period(*first), zbar),
            ));
        }
        prop_assert_eq!(answer.customers.len(), expected.len());
        let measure = |pick: fn(&Expected) -> f64| -> Vec<f64> {
            expected.values().map(pick).collect()
        };
        let recency = measure(|e| e.0 as f64);
        let (frequency, monetary) = (measure(|e| e.1 as f64), measure(|e| e.2));
        for customer in &answer.customers {
            let wanted = &expected[&customer.customer];
            prop_assert_eq!(customer.recency_days, wanted.0);
            prop_assert_eq!(customer.frequency, wanted.1);
            prop_assert_eq!(customer.monetary as f64 / 1e6, wanted.2);
            prop_assert_eq!((customer.x, customer.t_x, customer.age), (wanted.3.0, wanted.3.1, wanted.3.2));
            prop_assert!((customer.zbar - wanted.3.3).abs() < 1e-9);
            prop_assert_eq!(customer.r, 6 - tile(&recency, wanted.0 as f64));
            prop_assert_eq!(customer.f, tile(&frequency, wanted.1 as f64));
            prop_assert_eq!(customer.m, tile(&monetary, wanted.2));
        }

        question.thresholds = Some(answer.thresholds.clone());
        question.cuts = Cuts::Ntile;
        prop_assert_eq!(&ask(&question, &rows, &["order"]).customers, &answer.customers);
        question.thresholds = None;
        ask(&question, &rows, &["order"]);
    }
}

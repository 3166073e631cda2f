//! Paths against a slow reading of their definition, and cases written down by hand.

use std::collections::{BTreeMap, BTreeSet};

use perennial_analytics::paths::{Items, Keep, Others, Paths, PathsAnswer, Run};
use proptest::prelude::*;

use crate::log::{Row, SECOND_MS, ask, by_customer, logs, meets, row};

/// Edges as `position source>target count customers`.
fn edges(answer: &PathsAnswer) -> Vec<String> {
    let edge = answer.edges.iter().map(|edge| {
        format!(
            "{} {}>{} {} {}",
            edge.position, edge.source, edge.target, edge.count, edge.customers
        )
    });
    edge.collect()
}

/// A visit of each customer: items a minute apart, the next visit a day later.
fn visits(visits: &[(&str, &str)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (day, (customer, items)) in visits.iter().enumerate() {
        let from_ms = day as i64 * 86_400 * SECOND_MS;
        let items = items.split_whitespace().enumerate();
        rows.extend(
            items.map(|(minute, item)| {
                row(customer, item, from_ms + minute as i64 * 60 * SECOND_MS)
            }),
        );
    }
    rows
}

#[test]
fn a_pause_longer_than_the_gap_begins_a_path() {
    let rows = [
        row("ada", "home", 0),
        row("ada", "shop", 30 * SECOND_MS),
        row("ada", "home", 60 * SECOND_MS + 1),
    ];
    let mut paths = Paths {
        gap_ms: Some(30 * SECOND_MS),
        ..Paths::default()
    };
    assert_eq!(edges(&ask(&paths, &rows, &[])), ["1 home>shop 1 1"]);
    paths.gap_ms = None;
    let whole = ask(&paths, &rows, &[]);
    assert_eq!(edges(&whole), ["1 home>shop 1 1", "2 shop>home 1 1"]);
    assert_eq!((whole.customers, whole.path_count), (1, 1));
}

#[test]
fn runs_are_merged_but_for_those_who_keep_them() {
    let rows = visits(&[("ada", "a a b b"), ("bob", "a b")]);
    let mut paths = Paths {
        gap_ms: Some(3_600 * SECOND_MS),
        ..Paths::default()
    };
    let answer = ask(&paths, &rows, &[]);
    assert_eq!(edges(&answer), ["1 a>b 2 2"]);
    let took = answer.edges[0].took.expect("times are kept");
    assert_eq!((took.min_seconds, took.max_seconds), (60.0, 120.0));
    assert_eq!(took.mean_seconds, 90.0);
    paths.run = Run::Last;
    let took = ask(&paths, &rows, &[]).edges[0].took.expect("times");
    assert_eq!((took.min_seconds, took.max_seconds), (60.0, 120.0));
    paths.merge_repeats = false;
    assert_eq!(
        edges(&ask(&paths, &rows, &[])),
        ["1 a>a 1 1", "1 a>b 1 1", "2 a>b 1 1", "3 b>b 1 1"]
    );
}

#[test]
fn start_cuts_at_the_first_and_end_at_the_last() {
    let rows = visits(&[("ada", "x a b a c b y"), ("bob", "b x"), ("cy", "x y")]);
    let mut paths = Paths {
        start: Some("a".into()),
        end: Some("b".into()),
        top_paths: 10,
        ..Paths::default()
    };
    let answer = ask(&paths, &rows, &[]);
    assert_eq!(answer.paths.len(), 1);
    assert_eq!(answer.paths[0].items, ["a", "b", "a", "c", "b"]);
    paths.max_steps = Some(3);
    paths.keep = Keep::Last;
    let answer = ask(&paths, &rows, &[]);
    assert_eq!(answer.paths[0].items, ["a", "c", "b"]);
    assert_eq!(edges(&answer), ["1 a>c 1 1", "2 c>b 1 1"]);
    paths.keep = Keep::Usual;
    assert_eq!(ask(&paths, &rows, &[]).paths[0].items, ["a", "...", "b"]);
    paths.start = None;
    assert_eq!(ask(&paths, &rows, &[]).paths[0].items, ["a", "c", "b"]);
    paths.end = Some("nobody did this".into());
    assert_eq!(ask(&paths, &rows, &[]), PathsAnswer::default());
}

#[test]
fn a_slash_at_the_end_says_nothing() {
    let rows = visits(&[("ada", "/ /a/ /a /b/ /b")]);
    let paths = Paths {
        trim_slash: true,
        start: Some("/".into()),
        end: Some("/b/".into()),
        ..Paths::default()
    };
    assert_eq!(
        edges(&ask(&paths, &rows, &[])),
        ["1 />/a 1 1", "2 /a>/b 1 1"]
    );
    let paths = Paths::default();
    assert_eq!(ask(&paths, &rows, &[]).edges.len(), 4);
}

#[test]
fn what_is_not_shown_is_counted() {
    let rows = visits(&[("ada", "a b c"), ("bob", "a b"), ("cy", "b a"), ("di", "c")]);
    let paths = Paths {
        positions: false,
        top_edges: Some(1),
        top_paths: 2,
        ..Paths::default()
    };
    let answer = ask(&paths, &rows, &[]);
    assert_eq!(edges(&answer), ["0 a>b 2 2"]);
    assert_eq!(answer.other_edges, Others { rows: 2, count: 2 });
    let shown: Vec<String> = answer.paths.iter().map(|p| p.items.join(">")).collect();
    assert_eq!(shown, ["a>b", "a>b>c"]);
    assert_eq!(answer.other_paths, Others { rows: 2, count: 2 });
}

/// What brings customers to a first order: ten touches at most, repeats kept, ends explicit.
fn to_the_first_order() -> Paths {
    Paths {
        only: Some(0),
        until: Some(1),
        merge_repeats: false,
        max_steps: Some(3),
        positions: false,
        times: false,
        ends: Some(("START".into(), "ORDER".into())),
        top_paths: 100,
        ..Paths::default()
    }
}

#[test]
fn touches_before_the_first_order() {
    let rows = visits(&[
        ("ada", "a x a b c order a"),
        ("bob", "order a"),
        ("cy", "a b"),
        ("di", "a b order order"),
    ]);
    let answer = ask(&to_the_first_order(), &rows, &["a|b|c", "order"]);
    assert_eq!(
        edges(&answer),
        ["0 START>a 2 2", "0 a>b 2 2", "0 b>ORDER 2 2", "0 a>a 1 1"]
    );
    let shown: Vec<String> = answer.paths.iter().map(|p| p.items.join(">")).collect();
    assert_eq!(shown, ["a>a>b", "a>b"]);
    assert_eq!((answer.customers, answer.path_count), (2, 2));
}

/// Edges by `(position, source, target)`: count, who, seconds.
type Slow = BTreeMap<(u32, String, String), (u64, BTreeSet<String>, Vec<i64>)>;

/// The definition, read slowly: lists of texts, cut one after another.
fn slow(paths: &Paths, rows: &[Row], conditions: &[&str]) -> (Slow, BTreeMap<String, u64>) {
    let (mut edges, mut whole) = (Slow::new(), BTreeMap::new());
    let trim = |text: &str| match text.strip_suffix('/') {
        Some(rest) if paths.trim_slash && !rest.is_empty() => rest.to_owned(),
        _ => text.to_owned(),
    };
    for (customer, mut rows) in by_customer(rows) {
        if let Some(until) = paths.until {
            let first = rows
                .iter()
                .position(|row| meets(row, conditions[usize::from(until)]));
            let Some(first) = first else { continue };
            rows.truncate(first);
        }
        if let Some(only) = paths.only {
            rows.retain(|row| meets(row, conditions[usize::from(only)]));
        }
        let steps = rows.iter().filter_map(|row| {
            let item = match paths.items {
                Items::Events => Some(row.event.clone()),
                Items::Text(_) => row.text.clone(),
            };
            Some((trim(&item?), row.at_ms))
        });
        let mut visits: Vec<Vec<(String, i64)>> = Vec::new();
        for step in steps {
            match visits.last_mut() {
                Some(visit)
                    if paths.gap_ms.is_none_or(|gap| {
                        visit.last().is_none_or(|last| step.1 - last.1 <= gap)
                    }) =>
                {
                    visit.push(step);
                }
                _ => visits.push(vec![step]),
            }
        }
        for mut visit in visits {
            if paths.merge_repeats {
                if paths.run == Run::Last {
                    visit.reverse();
                }
                visit.dedup_by(|a, b| a.0 == b.0);
                if paths.run == Run::Last {
                    visit.reverse();
                }
            }
            if let Some(start) = &paths.start {
                while visit.first().is_some_and(|step| step.0 != *start) {
                    visit.remove(0);
                }
            }
            if let Some(end) = &paths.end {
                while visit.last().is_some_and(|step| step.0 != *end) {
                    visit.pop();
                }
            }
            while visit.len() > paths.max_steps.unwrap_or(usize::MAX) {
                match paths.keep {
                    Keep::Last => drop(visit.remove(0)),
                    _ => drop(visit.pop()),
                }
            }
            let items: Vec<String> = visit.iter().map(|step| step.0.clone()).collect();
            if items.is_empty() {
                continue;
            }
            *whole.entry(items.join(">")).or_default() += 1;
            for at in 1..visit.len() {
                let position = if paths.positions { at as u32 } else { 0 };
                let key = (position, items[at - 1].clone(), items[at].clone());
                let edge = edges.entry(key).or_default();
                edge.0 += 1;
                edge.1.insert(customer.clone());
                edge.2.push(visit[at].1 - visit[at - 1].1);
            }
        }
    }
    (edges, whole)
}

fn questions() -> impl Strategy<Value = Paths> {
    let cuts = (
        prop::option::of(0..12_i64),
        prop::option::of(Just("a".to_owned())),
        prop::option::of(Just("b".to_owned())),
        prop::option::of(1..5_usize),
    );
    let reading = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    let conditions = (prop::option::of(Just(0)), prop::option::of(Just(1)));
    (cuts, reading, any::<bool>(), conditions).prop_map(|(cuts, reading, last, conditions)| Paths {
        items: if reading.0 {
            Items::Events
        } else {
            Items::Text(0)
        },
        only: conditions.0,
        until: conditions.1,
        gap_ms: cuts.0.map(|half| half * SECOND_MS / 2),
        merge_repeats: reading.1,
        run: if reading.2 { Run::Last } else { Run::First },
        start: cuts.1,
        end: cuts.2,
        max_steps: cuts.3,
        keep: if last { Keep::Last } else { Keep::First },
        positions: reading.3,
        top_paths: usize::MAX,
        ..Paths::default()
    })
}

proptest! {
    #[test]
    fn paths_are_what_the_definition_says(paths in questions(), rows in logs()) {
        let conditions = ["a|b|d", "order"];
        let answer = ask(&paths, &rows, &conditions);
        let (edges, whole) = slow(&paths, &rows, &conditions);
        prop_assert_eq!(answer.edges.len(), edges.len());
        for edge in &answer.edges {
            let key = (edge.position, edge.source.clone(), edge.target.clone());
            let (count, customers, took_ms) = &edges[&key];
            prop_assert_eq!((edge.count, edge.customers), (*count, customers.len() as u64));
            let mut took_ms = took_ms.clone();
            took_ms.sort_unstable();
            let middle = took_ms[(took_ms.len() - 1) / 2] + took_ms[took_ms.len() / 2];
            let took = edge.took.unwrap();
            prop_assert_eq!(took.median_seconds, middle as f64 / 2.0 / 1_000.0);
            prop_assert_eq!(took.max_seconds, *took_ms.last().unwrap() as f64 / 1_000.0);
            prop_assert!(took.p90_seconds <= took.max_seconds && took.p90_seconds >= took.median_seconds);
        }
        prop_assert!(answer.edges.is_sorted_by_key(|edge| std::cmp::Reverse(edge.count)));
        let shown: BTreeMap<String, u64> =
            answer.paths.iter().map(|path| (path.items.join(">"), path.count)).collect();
        prop_assert_eq!(&shown, &whole);
        prop_assert_eq!(answer.path_count, whole.values().sum::<u64>());
    }
}

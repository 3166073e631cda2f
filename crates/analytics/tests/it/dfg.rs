//! The directly-follows graph: repeats, ties and variants.

use perennial_analytics::dfg::{Dfg, DfgAnswer};
use perennial_analytics::paths::Others;
use proptest::prelude::*;

use crate::log::{Row, SECOND_MS, ask, by_customer, logs, row};

/// Each customer's events, a second apart.
fn histories(histories: &[(&str, &str)]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (customer, events) in histories {
        let events = events.chars().enumerate();
        rows.extend(
            events.map(|(at, event)| row(customer, &event.to_string(), at as i64 * SECOND_MS)),
        );
    }
    rows
}

fn edges(answer: &DfgAnswer) -> Vec<String> {
    let edges = answer.edges.iter();
    edges
        .map(|edge| format!("{}{} {}", edge.source, edge.target, edge.count))
        .collect()
}

#[test]
fn repeats_follow_themselves_unless_merged() {
    let rows = histories(&[("1", "aabc"), ("2", "abc"), ("3", "ca")]);
    let mut dfg = Dfg::default();
    let answer = ask(&dfg, &rows, &[]);
    assert_eq!(edges(&answer), ["ab 2", "bc 2", "aa 1", "ca 1"]);
    assert_eq!(answer.start, [("a".to_owned(), 2), ("c".to_owned(), 1)]);
    assert_eq!(answer.end, [("c".to_owned(), 2), ("a".to_owned(), 1)]);
    assert_eq!(answer.variants.len(), 3);
    dfg.merge_repeats = true;
    dfg.top_variants = Some(1);
    let answer = ask(&dfg, &rows, &[]);
    assert_eq!(edges(&answer), ["ab 2", "bc 2", "ca 1"]);
    assert_eq!(answer.variants[0].items, ["a", "b", "c"]);
    assert_eq!(answer.variants[0].count, 2);
    assert_eq!(answer.other_variants, Others { rows: 1, count: 1 });
    assert_eq!(answer.edges[0].took.max_seconds, 2.0);
}

#[test]
fn ties_keep_the_order_of_the_rows() {
    let rows: Vec<Row> = "cab".chars().map(|c| row("1", &c.to_string(), 5)).collect();
    let answer = ask(&Dfg::default(), &rows, &[]);
    assert_eq!(edges(&answer), ["ab 1", "ca 1"]);
    assert_eq!(answer.variants[0].items, ["c", "a", "b"]);
}

proptest! {
    #[test]
    fn every_step_is_an_edge(rows in logs()) {
        let answer = ask(&Dfg::default(), &rows, &[]);
        let customers = by_customer(&rows);
        let steps: usize = customers.values().map(|rows| rows.len() - 1).sum();
        prop_assert_eq!(answer.edges.iter().map(|edge| edge.count).sum::<u64>(), steps as u64);
        let variants = answer.variants.iter().map(|variant| variant.count).sum::<u64>();
        prop_assert_eq!(variants, customers.len() as u64);
        for edge in &answer.edges {
            let mut took_ms = Vec::new();
            for rows in customers.values() {
                let pairs = rows.windows(2);
                let these = pairs.filter(|pair| pair[0].event == edge.source && pair[1].event == edge.target);
                took_ms.extend(these.map(|pair| pair[1].at_ms - pair[0].at_ms));
            }
            prop_assert_eq!(edge.count, took_ms.len() as u64);
            let mean = took_ms.iter().sum::<i64>() as f64 / took_ms.len() as f64 / 1_000.0;
            prop_assert!((edge.took.mean_seconds - mean).abs() < 1e-9);
            prop_assert_eq!(edge.took.min_seconds, *took_ms.iter().min().unwrap() as f64 / 1_000.0);
        }
    }
}

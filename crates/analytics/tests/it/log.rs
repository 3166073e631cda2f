//! Event logs for tests: rows written down or drawn, shown to an analysis whole and in parts.

use std::collections::BTreeMap;
use std::fmt::Debug;

use perennial_analytics::{Analysis, Marks, NO_NUMBER, NO_TEXT, Trail, Words};
use proptest::prelude::*;

/// Milliseconds in a second.
pub const SECOND_MS: i64 = 1_000;

/// One event of a log, in the order of the log.
#[derive(Clone, Debug)]
pub struct Row {
    pub customer: String,
    pub event: String,
    pub at_ms: i64,
    /// One column of texts.
    pub text: Option<String>,
    /// One column of numbers, in millionths.
    pub number: Option<i64>,
}

pub fn row(customer: &str, event: &str, at_ms: i64) -> Row {
    Row {
        customer: customer.to_owned(),
        event: event.to_owned(),
        at_ms,
        text: None,
        number: None,
    }
}

/// The rows of each customer, by time; equal times as they stand.
pub fn by_customer(rows: &[Row]) -> BTreeMap<String, Vec<Row>> {
    let mut customers = BTreeMap::<String, Vec<Row>>::new();
    for row in rows {
        customers
            .entry(row.customer.clone())
            .or_default()
            .push(row.clone());
    }
    for rows in customers.values_mut() {
        rows.sort_by_key(|row| row.at_ms);
    }
    customers
}

/// Asks a question of a log; condition n is met by rows whose event is the n-th of `conditions`.
///
/// The log is also divided in two and three parts, whose tallies are merged both ways round: the
/// answers must be the same.
pub fn ask<A: Analysis>(analysis: &A, rows: &[Row], conditions: &[&str]) -> A::Answer
where
    A::Answer: PartialEq + Debug,
{
    let columns = Columns::new(rows, conditions);
    let whole = columns.answer(analysis, 1, false);
    assert_eq!(whole, columns.answer(analysis, 2, false), "two parts");
    assert_eq!(
        whole,
        columns.answer(analysis, 3, true),
        "three parts, backwards"
    );
    whole
}

#[derive(Default)]
struct Columns {
    words: Words,
    trails: Vec<Owned>,
}

#[derive(Default)]
struct Owned {
    at_ms: Vec<i64>,
    event: Vec<u32>,
    mark: Vec<u32>,
    text: Vec<u32>,
    number: Vec<i64>,
}

impl Columns {
    fn new(rows: &[Row], conditions: &[&str]) -> Self {
        let mut sets: Vec<Vec<u16>> = Vec::new();
        let mut columns = Self::default();
        columns.words.texts.push(Vec::new());
        for (customer, rows) in by_customer(rows) {
            let mut owned = Owned::default();
            for row in rows {
                let met = conditions.iter().enumerate();
                let met = met.filter(|(_, name)| meets(&row, name));
                let set: Vec<u16> = met.map(|(number, _)| number as u16).collect();
                owned.at_ms.push(row.at_ms);
                let words = &mut columns.words;
                owned.event.push(number(&mut words.events, &row.event));
                owned.mark.push(number(&mut sets, &set));
                let text = row.text.as_ref();
                owned
                    .text
                    .push(text.map_or(NO_TEXT, |text| number(&mut words.texts[0], text)));
                owned.number.push(row.number.unwrap_or(NO_NUMBER));
            }
            columns.words.customers.push(customer);
            columns.trails.push(owned);
        }
        columns.words.marks = Marks::new(sets);
        columns
    }

    fn answer<A: Analysis>(&self, analysis: &A, parts: usize, backwards: bool) -> A::Answer {
        let mut tallies: Vec<A::Tally> = (0..parts).map(|_| analysis.begin(&self.words)).collect();
        for (customer, owned) in self.trails.iter().enumerate() {
            let trail = Trail {
                customer: customer as u32,
                at_ms: &owned.at_ms,
                event: &owned.event,
                mark: &owned.mark,
                texts: &[&owned.text],
                numbers: &[&owned.number],
                moves: &[],
            };
            analysis.count(&mut tallies[customer % parts], &trail);
        }
        if backwards {
            tallies.reverse();
        }
        let mut tallies = tallies.into_iter();
        let mut all = tallies.next().expect("one part at least");
        for tally in tallies {
            analysis.merge(&mut all, tally);
        }
        analysis.answer(all, &self.words)
    }
}

/// A condition is the name of an event, or several joined with `|`.
pub fn meets(row: &Row, condition: &str) -> bool {
    condition.split('|').any(|name| name == row.event)
}

fn number<T: PartialEq + ToOwned<Owned = T> + Clone>(words: &mut Vec<T>, word: &T) -> u32 {
    let at = words
        .iter()
        .position(|known| known == word)
        .unwrap_or_else(|| {
            words.push(word.clone());
            words.len() - 1
        });
    at as u32
}

/// Logs of few customers and few kinds of events, close in time, with ties.
pub fn logs() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..4_u8, 0..5_u8, 0..6_i64, 0..4_u8, -3..9_i64);
    prop::collection::vec(row, 0..40).prop_map(|rows| {
        let mut at_ms = 0;
        let mut log = Vec::new();
        for (customer, event, pause, text, number) in rows {
            at_ms += pause * pause * SECOND_MS / 2;
            log.push(Row {
                customer: format!("c{customer}"),
                event: ["a", "b", "c", "d", "order"][usize::from(event)].to_owned(),
                at_ms,
                text: ["x", "y", "z"]
                    .get(usize::from(text))
                    .map(|s| (*s).to_owned()),
                number: (number >= 0).then_some(number * 1_250_000),
            });
        }
        log
    })
}

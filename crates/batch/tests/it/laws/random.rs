//! The laws over small random histories: shuffled, sent again, cut into files, ended early.

use std::collections::BTreeSet;

use perennial_model::Time;
use perennial_rules::Project;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::forms;
use super::history::{DAY, Raw, small};
use super::outcome::{Desk, LEDGERS, LEDGERS_ONLY, PROJECT, outcome, unlike};
use crate::check::check;

/// How a history comes to be read: rows in some order, some of them again, cut into files.
#[derive(Clone, Debug)]
struct Arrival {
    rows: Vec<Raw>,
    /// The rows in another order; the rest came again later.
    order: Vec<usize>,
    /// Places at which a new file begins.
    cuts: BTreeSet<usize>,
    /// Whether the tables of touches and customers are left out.
    ledgers_only: bool,
}

fn arrival() -> impl Strategy<Value = Arrival> {
    small().prop_flat_map(|rows| {
        let count = rows.len();
        let again = vec(0..count, 0..10);
        let order = again.prop_flat_map(move |again| {
            let order: Vec<usize> = (0..count).chain(again).collect();
            Just(order).prop_shuffle()
        });
        let cuts = proptest::collection::btree_set(1..count + 1, 0..4);
        (Just(rows), order, cuts, any::<bool>()).prop_map(|(rows, order, cuts, ledgers_only)| {
            Arrival {
                rows,
                order,
                cuts,
                ledgers_only,
            }
        })
    })
}

impl Arrival {
    fn project(&self) -> &'static Project {
        if self.ledgers_only {
            &LEDGERS_ONLY
        } else {
            &PROJECT
        }
    }

    /// The files' rows: of rows that come again the later ones have a later time of arrival.
    fn files(&self) -> Vec<Vec<Raw>> {
        let mut seen = vec![0; self.rows.len()];
        let mut files = vec![Vec::new()];
        for (place, &row) in self.order.iter().enumerate() {
            if self.cuts.contains(&place) {
                files.push(Vec::new());
            }
            let raw = self.rows[row].again(seen[row] * 3 * DAY);
            seen[row] += 1;
            if let Some(file) = files.last_mut() {
                file.push(raw);
            }
        }
        files
    }
}

#[test]
fn nothing_but_the_events_themselves_makes_a_difference() {
    check(6, arrival(), |arrival| {
        let expected = outcome(arrival.project(), &arrival.rows, None);
        let desk = Desk::new();
        let files = arrival.files();
        let named = files.iter().enumerate();
        let paths: Vec<_> = named
            .map(|(number, rows)| forms::csv(desk.path(), &format!("{number}.csv"), rows))
            .collect();
        let found = desk.run(arrival.project(), &paths, None, 1);
        for (name, expected) in &expected.tables {
            let found = &found.tables[name];
            same(unlike(found, expected), name)?;
        }
        let sent_again = (arrival.order.len() - arrival.rows.len()) as u64;
        prop_assert_eq!(found.manifest.counts.duplicates, sent_again);
        Ok(())
    });
}

#[test]
fn an_earlier_end_is_a_beginning() {
    check(
        3,
        (small(), 0..120_usize, -1..2_i64),
        |(rows, place, shift)| {
            let until = Time(rows[place % rows.len()].at + shift);
            // A history without a single touch is refused.
            prop_assume!(rows.iter().any(|row| row.at < until.ms()));
            let whole = outcome(&PROJECT, &rows, None);
            let begun = outcome(&PROJECT, &rows, Some(until));
            for name in LEDGERS {
                let expected = whole.tables[name].before(until);
                same(unlike(&begun.tables[name], &expected), name)?;
            }
            Ok(())
        },
    );
}

fn same(difference: Option<String>, table: &str) -> Result<(), TestCaseError> {
    prop_assert!(difference.is_none(), "{table}: {difference:?}");
    Ok(())
}

//! Groups of customers: each has the answer that it would have alone.

use std::collections::{BTreeMap, BTreeSet};

use perennial_analytics::attribution::{Attribution, Model};
use perennial_analytics::dfg::Dfg;
use perennial_analytics::{By, Split};
use proptest::prelude::*;

use crate::log::{Row, ask, by_customer, logs};

proptest! {
    #[test]
    fn each_group_is_answered_as_if_it_were_alone(rows in logs()) {
        let dfg = By { column: 0, analysis: Dfg::default() };
        let last = By { column: 0, analysis: Attribution::new(0, 0, Model::Last) };
        let (follows, credits) = (ask(&dfg, &rows, &["order"]), ask(&last, &rows, &["order"]));

        let mut groups = BTreeMap::<(bool, Option<String>), BTreeSet<String>>::new();
        for (customer, rows) in by_customer(&rows) {
            let text = rows.iter().rev().find_map(|row| row.text.clone());
            groups.entry((text.is_none(), text)).or_default().insert(customer);
        }
        prop_assert_eq!(follows.len(), groups.len());
        for (((_, by), customers), (follows, credits)) in groups.into_iter().zip(follows.into_iter().zip(credits)) {
            let own: Vec<Row> =
                rows.iter().filter(|row| customers.contains(&row.customer)).cloned().collect();
            let alone = Split { by: by.clone(), answer: ask(&dfg.analysis, &own, &["order"]) };
            prop_assert_eq!(follows, alone);
            let alone = Split { by, answer: ask(&last.analysis, &own, &["order"]) };
            prop_assert_eq!(credits, alone);
        }
    }
}

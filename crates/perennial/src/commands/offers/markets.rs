//! `offers --markets`: groups of customers worth as much as the best ones that are few as yet.

use std::collections::BTreeMap;

use perennial_batch::trails::Trails;
use perennial_forecast::offers::{MIN_MARKET_CUSTOMERS, Markets};
use serde_json::json;

use super::bought::{Collect, Collected};
use crate::failure::Failure;
use crate::questions::Reply;

const FIELDS: [(&str, bool); 10] = [
    ("market", true),
    ("customers", true),
    ("share", true),
    ("value_each", true),
    ("likely_each", true),
    ("low", true),
    ("high", true),
    ("best_share", true),
    ("looks_best", true),
    ("few", true),
];

/// # Errors
/// Data that are too thin.
pub fn answer(collect: &Collect, trails: &Trails, bought: &Collected) -> Result<Reply, Failure> {
    let mut values: BTreeMap<u32, f64> = BTreeMap::new();
    for (customer, _, _, value) in &bought.rows {
        *values.entry(*customer).or_default() += value;
    }
    let known = bought.groups.iter();
    let customers: Vec<(u32, f64)> = known
        .filter_map(|(customer, group)| Some((*group, *values.get(customer)?)))
        .collect();
    let found = Markets::judge(&customers).map_err(Failure::failed)?;
    let names = collect
        .group
        .map_or(&[][..], |column| &trails.words().texts[column]);
    let mut reply = Reply::new("markets", &FIELDS);
    for own in &found.markets {
        reply.row(
            None,
            vec![
                json!(names[own.group as usize]),
                json!(own.customers),
                json!(own.share),
                json!(own.value_each),
                json!(own.likely_each),
                json!(own.low),
                json!(own.high),
                json!(own.best_share),
                json!(own.looks_best),
                json!(own.is_few),
            ],
        );
    }
    let new = found
        .markets
        .iter()
        .filter(|own| own.looks_best && own.is_few)
        .count();
    reply.notes.push(format!(
        "{new} of {} markets have few customers who look like the best ones: the whole interval of what one is likely worth lies above the mean of {:.2}",
        found.markets.len(),
        found.mean
    ));
    let (thin, those) = found.thin;
    if thin > 0 {
        reply.notes.push(format!(
            "{thin} {} with fewer than {MIN_MARKET_CUSTOMERS} customers, {those} in all, {} not judged",
            if thin == 1 { "market" } else { "markets" },
            if thin == 1 { "is" } else { "are" }
        ));
    }
    let without = values.len().saturating_sub(customers.len());
    if without > 0 {
        reply.notes.push(format!(
            "{without} customers name no market and are left out"
        ));
    }
    reply.more = vec![("mean", json!(found.mean))];
    Ok(reply)
}

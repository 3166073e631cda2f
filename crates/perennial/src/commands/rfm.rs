//! `rfm`: recency, frequency and money of every buyer, as the run scored them.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int64Type};
use serde_json::json;

use crate::answer::Cell;
use crate::args::{From, Rfm};
use crate::failure::Failure;
use crate::questions::{Prepared, Reply};
use crate::results;

const COLUMNS: [&str; 8] = [
    "customer_id",
    "recency_days",
    "orders",
    "value_minor",
    "rfm_r",
    "rfm_f",
    "rfm_m",
    "rfm_segment",
];

/// What answers tell of a buyer.
const FIELDS: [(&str, bool); 9] = [
    ("customer", true),
    ("recency_days", true),
    ("frequency", true),
    ("monetary_minor", true),
    ("r", true),
    ("f", true),
    ("m", true),
    ("fm", false),
    ("segment", true),
];

/// # Errors
/// Wrong usage.
pub fn prepare(args: &Rfm) -> Result<Prepared<'_>, Failure> {
    match args.input.is_empty() {
        true => Ok(Prepared::of_itself(|| scored(&args.from))),
        false => super::orders::prepare(args),
    }
}

/// As the run scored them.
fn scored(from: &From) -> Result<Reply, Failure> {
    let (results, _) = results::open(from)?;
    let mut reply = Reply::new("customers", &FIELDS);
    results.read("customers", &COLUMNS, &mut |batch| {
        let whole = |column: usize, row: usize| match batch
            .column(column)
            .as_primitive_opt::<Int64Type>()
        {
            Some(column) if column.is_valid(row) => Cell::Whole(column.value(row)),
            _ => Cell::Null,
        };
        let tile =
            |column: usize, row: usize| match batch.column(column).as_primitive_opt::<Int8Type>() {
                Some(column) if column.is_valid(row) => Cell::Whole(column.value(row).into()),
                _ => Cell::Null,
            };
        let place = |name: &str| batch.schema_ref().index_of(name).unwrap_or(0);
        let places = COLUMNS.map(place);
        for row in 0..batch.num_rows() {
            if whole(places[2], row) == Cell::Whole(0) {
                continue;
            }
            let frequency_and_money = match (tile(places[5], row), tile(places[6], row)) {
                (Cell::Whole(frequency), Cell::Whole(money)) => {
                    Cell::Whole((frequency + money) / 2)
                }
                _ => Cell::Null,
            };
            let row = [
                results::text(batch.column(places[0]), row),
                whole(places[1], row),
                whole(places[2], row),
                whole(places[3], row),
                tile(places[4], row),
                tile(places[5], row),
                tile(places[6], row),
                frequency_and_money,
                results::text(batch.column(places[7]), row),
            ];
            reply.row(None, row.iter().map(Cell::json).collect());
        }
        Ok(())
    })?;
    reply.more = vec![
        ("as_of", json!(results.manifest.until)),
        ("currency", json!(results.manifest.currency)),
    ];
    Ok(reply)
}

//! `rfm`: recency, frequency and money of every buyer, as the run scored them.

use std::process::ExitCode;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int64Type};
use serde_json::json;

use crate::answer::{Answer, Cell, hidden, shown};
use crate::args::Rfm;
use crate::failure::Failure;
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

pub fn rfm(args: &Rfm) -> Result<ExitCode, Failure> {
    if !args.input.is_empty() {
        return super::orders::orders(args);
    }
    let (results, _) = results::open(&args.from)?;
    let mut rows = Vec::new();
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
            rows.push(vec![
                results::text(batch.column(places[0]), row),
                whole(places[1], row),
                whole(places[2], row),
                whole(places[3], row),
                tile(places[4], row),
                tile(places[5], row),
                tile(places[6], row),
                frequency_and_money,
                results::text(batch.column(places[7]), row),
            ]);
        }
        Ok(())
    })?;
    let answer = Answer {
        head: vec![
            ("as_of", json!(results.manifest.until)),
            ("currency", json!(results.manifest.currency)),
        ],
        list: "customers",
        columns: vec![
            shown("customer"),
            shown("recency_days"),
            shown("frequency"),
            shown("monetary_minor"),
            shown("r"),
            shown("f"),
            shown("m"),
            hidden("fm"),
            shown("segment"),
        ],
        rows,
        notes: vec![],
        json: None,
    };
    answer.show(&args.show)?;
    Ok(ExitCode::SUCCESS)
}

//! `segments`: how many customers are in each, and how many have entered and left.

use std::process::ExitCode;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use perennial_batch::BatchError;
use serde_json::json;

use super::run::instant;
use crate::answer::{Answer, Cell, shown};
use crate::args::Segments;
use crate::failure::Failure;
use crate::results;

pub fn segments(args: &Segments) -> Result<ExitCode, Failure> {
    let (results, zone) = results::open(&args.from)?;
    let at = args
        .at
        .as_deref()
        .map(|text| instant("--at", text, &zone))
        .transpose()?;
    let names = results.manifest.segments.clone();
    let mut counts = vec![(0_i64, 0_i64); names.len()];
    results.read(
        "segment_history",
        &["segment", "at", "entered"],
        &mut |batch| {
            let missing = || BatchError::Results {
                path: "segment_history".into(),
                cause: "a column is missing".into(),
            };
            let column = |name: &str| batch.column_by_name(name).ok_or_else(missing);
            let segment = results::word_numbers(column("segment")?, &names);
            let times = column("at")?;
            let entered = column("entered")?.as_boolean_opt().ok_or_else(missing)?;
            for row in 0..batch.num_rows() {
                let Some(segment) = segment[row] else {
                    continue;
                };
                if at.is_some_and(|at| results::instant(times, row) > Some(at)) {
                    continue;
                }
                let count = &mut counts[segment as usize];
                *if entered.is_valid(row) && entered.value(row) {
                    &mut count.0
                } else {
                    &mut count.1
                } += 1;
            }
            Ok(())
        },
    )?;
    let customers = results.manifest.counts.customers.max(1) as f64;
    let row = |(name, (entered, left)): (&String, &(i64, i64))| {
        let inside = entered - left;
        vec![
            Cell::Text(name.clone()),
            Cell::Whole(inside),
            Cell::Fraction(inside as f64 / customers),
            Cell::Whole(*entered),
            Cell::Whole(*left),
        ]
    };
    let shown_at = at.map_or_else(|| results.manifest.until.clone(), |at| at.to_string());
    let answer = Answer {
        head: vec![
            ("at", json!(shown_at)),
            ("rule_version", json!(results.manifest.rule_version)),
        ],
        list: "segments",
        columns: vec![
            shown("segment"),
            shown("customers"),
            shown("share"),
            shown("entered"),
            shown("left"),
        ],
        rows: names.iter().zip(&counts).map(row).collect(),
        notes: vec![],
        json: None,
    };
    answer.show(&args.show)?;
    Ok(ExitCode::SUCCESS)
}

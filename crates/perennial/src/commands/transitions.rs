//! `transitions`: who moves from where to where, and how long they stayed before.

use std::process::ExitCode;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use perennial_analytics::matrix::Matrix;
use perennial_batch::BatchError;
use serde_json::json;

use super::run::instant;
use crate::answer::{Answer, Cell, Column, hidden, shown};
use crate::args::Transitions;
use crate::failure::Failure;
use crate::groups::By;
use crate::results;

/// Stands for outside the lifecycle among stage numbers.
const OUTSIDE: u32 = u32::MAX;

pub fn transitions(args: &Transitions) -> Result<ExitCode, Failure> {
    let (results, zone) = results::open(&args.from)?;
    let (lifecycle, stages) = results::lifecycle(&results, args.lifecycle.as_deref())?;
    let start = args
        .start
        .as_deref()
        .map(|text| instant("--from", text, &zone))
        .transpose()?;
    let end = args
        .end
        .as_deref()
        .map(|text| instant("--to", text, &zone))
        .transpose()?;
    let groups = args
        .by
        .as_deref()
        .map(|by| By::read(&results, by))
        .transpose()?;
    let mut matrix: Matrix<(u32, u32, u32)> = Matrix::default();
    let mut entries: Matrix<(u32, u32, u32)> = Matrix::default();
    let mut columns = vec!["lifecycle", "from", "to", "stayed_ms", "at"];
    if groups.is_some() {
        columns.push("customer_id");
    }
    results.read("transitions", &columns, &mut |batch| {
        let missing = || BatchError::Results {
            path: "transitions".into(),
            cause: "a column is missing".into(),
        };
        let column = |name: &str| batch.column_by_name(name).ok_or_else(missing);
        let own = results::word_numbers(column("lifecycle")?, std::slice::from_ref(&lifecycle));
        let from = results::word_numbers(column("from")?, &stages);
        let to = results::word_numbers(column("to")?, &stages);
        let stayed = column("stayed_ms")?
            .as_primitive_opt::<Int64Type>()
            .ok_or_else(missing)?;
        let at = column("at")?;
        let ids = if groups.is_some() {
            Some(column("customer_id")?)
        } else {
            None
        };
        for row in 0..batch.num_rows() {
            if own[row].is_none() {
                continue;
            }
            let time = results::instant(at, row);
            if start.is_some_and(|start| time < Some(start))
                || end.is_some_and(|end| time >= Some(end))
            {
                continue;
            }
            let group = match (&groups, ids, time) {
                (Some(groups), Some(ids), Some(time)) => {
                    groups.of(ids.as_string::<i32>().value(row), time)
                }
                _ => 0,
            };
            let key = (
                group,
                from[row].unwrap_or(OUTSIDE),
                to[row].unwrap_or(OUTSIDE),
            );
            if stayed.is_valid(row) {
                matrix.add(key, stayed.value(row));
            } else if !args.without_entries {
                entries.add(key, 0);
            }
        }
        Ok(())
    })?;
    let name = |stage: u32| {
        stages
            .get(stage as usize)
            .map_or(Cell::Null, |name| Cell::Text(name.clone()))
    };
    let number = |stage: u32| {
        if stage == OUTSIDE {
            Cell::Null
        } else {
            Cell::Whole(i64::from(stage) + 1)
        }
    };
    let mut rows = Vec::new();
    for (cell, entered) in entries
        .cells()
        .into_iter()
        .map(|cell| (cell, true))
        .chain(matrix.cells().into_iter().map(|cell| (cell, false)))
    {
        let (group, from, to) = cell.key;
        let stay = |ms: i64| if entered { Cell::Null } else { Cell::Whole(ms) };
        let seconds = |ms: i64| {
            if entered {
                Cell::Null
            } else {
                Cell::Fraction(ms as f64 / 1_000.0)
            }
        };
        let median = perennial_model::Duration::from_ms(cell.stayed_ms[1] / 60_000 * 60_000);
        let mut row = vec![
            name(from),
            name(to),
            Cell::Whole(cell.count as i64),
            if entered {
                Cell::Null
            } else {
                Cell::Text(median.to_string())
            },
            seconds(cell.stayed_ms[1]),
            stay(cell.stayed_ms[1]),
            stay(cell.stayed_ms[0]),
            stay(cell.stayed_ms[2]),
            number(from),
            number(to),
        ];
        if let Some(groups) = &groups {
            row.insert(0, groups.word(group));
        }
        rows.push(row);
    }
    let mut columns: Vec<Column> = vec![
        shown("from"),
        shown("to"),
        shown("count"),
        shown("median"),
        hidden("median_seconds"),
        hidden("median_ms"),
        hidden("p10_ms"),
        hidden("p90_ms"),
        hidden("from_number"),
        hidden("to_number"),
    ];
    if groups.is_some() {
        columns.insert(0, shown("by"));
    }
    let answer = Answer {
        head: vec![
            ("lifecycle", json!(lifecycle)),
            ("until", json!(results.manifest.until)),
            ("rule_version", json!(results.manifest.rule_version)),
        ],
        list: "transitions",
        columns,
        rows,
        notes: vec![],
        json: None,
    };
    answer.show(&args.show)?;
    Ok(ExitCode::SUCCESS)
}

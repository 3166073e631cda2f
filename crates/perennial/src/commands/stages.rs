//! `stages`: how many customers are in each stage, at an instant or day by day.

use std::collections::HashMap;
use std::process::ExitCode;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int64Type};
use perennial_batch::BatchError;
use perennial_batch::results::Results;
use perennial_model::{Time, Zone};
use serde_json::json;

use super::run::instant;
use crate::answer::{Answer, Cell, Column, hidden, shown};
use crate::args::Stages;
use crate::failure::Failure;
use crate::results::{self, Groups};

/// Most rows of an answer over time; they are all in memory.
const MAX_ROWS: i64 = 2_000_000;

pub fn stages(args: &Stages) -> Result<ExitCode, Failure> {
    let (results, zone) = results::open(&args.from)?;
    let (lifecycle, names) = results::lifecycle(&results, args.lifecycle.as_deref())?;
    let answer = if args.start.is_some() || args.end.is_some() {
        over_time(args, &results, &zone, lifecycle, &names)?
    } else {
        at_instant(args, &results, &zone, lifecycle, &names)?
    };
    answer.show(&args.show)?;
    Ok(ExitCode::SUCCESS)
}

/// Everyone's stage at one instant, from the ledger: moves at the instant itself have happened.
fn at_instant(
    args: &Stages,
    results: &Results,
    zone: &Zone,
    lifecycle: String,
    names: &[String],
) -> Result<Answer, Failure> {
    let until = instant("until", &results.manifest.until, zone)?;
    let at = args
        .at
        .as_deref()
        .map(|text| instant("--at", text, zone))
        .transpose()?;
    let groups = args
        .by
        .as_deref()
        .map(|by| Groups::read(results, by))
        .transpose()?;
    let mut counts: HashMap<(u32, u32), i64> = HashMap::new();
    each_move(
        results,
        &lifecycle,
        names,
        groups.as_ref(),
        &mut |time, group, from, to| {
            if at.is_some_and(|at| time > at) {
                return;
            }
            if let Some(to) = to {
                *counts.entry((group, to)).or_insert(0) += 1;
            }
            if let Some(from) = from {
                *counts.entry((group, from)).or_insert(0) -= 1;
            }
        },
    )?;
    let group_count = groups.as_ref().map_or(1, |groups| groups.words.len());
    let mut rows = Vec::new();
    for group in 0..group_count as u32 {
        let of = |stage: usize| counts.get(&(group, stage as u32)).copied().unwrap_or(0);
        let total: i64 = (0..names.len()).map(of).sum();
        for (stage, name) in names.iter().enumerate() {
            let share = if total == 0 {
                Cell::Null
            } else {
                Cell::Fraction(of(stage) as f64 / total as f64)
            };
            let mut row = vec![
                Cell::Text(name.clone()),
                Cell::Whole(of(stage)),
                share,
                Cell::Whole(stage as i64 + 1),
            ];
            if let Some(groups) = &groups {
                row.insert(0, Cell::Text(groups.words[group as usize].clone()));
            }
            rows.push(row);
        }
    }
    let columns = vec![
        shown("stage"),
        shown("customers"),
        shown("share"),
        hidden("number"),
    ];
    let shown_at = at.unwrap_or(until);
    Ok(answer(
        results,
        lifecycle,
        ("at", json!(shown_at.to_string())),
        with_group(columns, groups.is_some()),
        rows,
    ))
}

/// Stock and flow for each day of a period.
fn over_time(
    args: &Stages,
    results: &Results,
    zone: &Zone,
    lifecycle: String,
    names: &[String],
) -> Result<Answer, Failure> {
    let day = |option: &str, text: &Option<String>| {
        text.as_deref()
            .map(|text| instant(option, text, zone).map(|at| zone.day_of(at)))
            .transpose()
    };
    let until = instant("until", &results.manifest.until, zone)?;
    let last = day("--to", &args.end)?.unwrap_or_else(|| zone.day_of(until.plus(-1)));
    let first = match day("--from", &args.start)? {
        Some(first) => first,
        None => match &results.manifest.first_touch {
            Some(first) => zone.day_of(instant("first touch", first, zone)?),
            None => last,
        },
    };
    if last < first {
        return Err(Failure::usage("--to lies before --from"));
    }
    let groups = args
        .by
        .as_deref()
        .map(|by| Groups::read(results, by))
        .transpose()?;
    let days = i64::from(last) - i64::from(first) + 1;
    let group_count = groups.as_ref().map_or(1, |groups| groups.words.len());
    let row_count = days.saturating_mul((names.len() * group_count) as i64);
    if row_count > MAX_ROWS {
        return Err(Failure::usage(format!(
            "{days} days make {row_count} rows, at most {MAX_ROWS} are shown; choose a shorter period by --from and --to"
        )));
    }
    let flows = match &groups {
        None => flows_from_days(results, &lifecycle, names)?,
        Some(groups) => flows_from_moves(results, zone, &lifecycle, names, groups)?,
    };
    let mut rows = Vec::new();
    for group in 0..group_count as u32 {
        let mut standing: Vec<i64> = (0..names.len() as u32)
            .map(|stage| {
                flows.get(&(group, stage)).map_or(0, |days| {
                    days.iter()
                        .filter(|(day, _)| **day < first)
                        .map(|(_, f)| f.0 - f.1)
                        .sum()
                })
            })
            .collect();
        for day in first..=last {
            for (stage, name) in names.iter().enumerate() {
                let flow = flows
                    .get(&(group, stage as u32))
                    .and_then(|days| days.get(&day))
                    .copied();
                let (entered, left) = flow.unwrap_or((0, 0));
                standing[stage] += entered - left;
                let mut row = vec![
                    Cell::Text(zone.date_text(zone.day_start(day))),
                    Cell::Text(name.clone()),
                    Cell::Whole(standing[stage]),
                    Cell::Whole(entered),
                    Cell::Whole(left),
                    Cell::Whole(day.into()),
                    Cell::Whole(stage as i64 + 1),
                ];
                if let Some(groups) = &groups {
                    row.insert(0, Cell::Text(groups.words[group as usize].clone()));
                }
                rows.push(row);
            }
        }
    }
    let columns = vec![
        shown("day"),
        shown("stage"),
        shown("customers"),
        shown("entered"),
        shown("left"),
        hidden("epoch_day"),
        hidden("number"),
    ];
    let at = ("until", json!(results.manifest.until));
    Ok(answer(
        results,
        lifecycle,
        at,
        with_group(columns, groups.is_some()),
        rows,
    ))
}

/// By group and stage: for each day who entered and left.
type Flows = HashMap<(u32, u32), HashMap<i32, (i64, i64)>>;

fn flows_from_days(
    results: &Results,
    lifecycle: &String,
    names: &[String],
) -> Result<Flows, Failure> {
    let mut flows = Flows::new();
    results.read(
        "stage_days",
        &["day", "lifecycle", "stage", "entered", "left"],
        &mut |batch| {
            let missing = || BatchError::Results {
                path: "stage_days".into(),
                cause: "a column is missing".into(),
            };
            let column = |name: &str| batch.column_by_name(name).ok_or_else(missing);
            let own = results::word_numbers(column("lifecycle")?, std::slice::from_ref(lifecycle));
            let stage = results::word_numbers(column("stage")?, names);
            let day = column("day")?
                .as_primitive_opt::<Date32Type>()
                .ok_or_else(missing)?;
            let entered = column("entered")?
                .as_primitive_opt::<Int64Type>()
                .ok_or_else(missing)?;
            let left = column("left")?
                .as_primitive_opt::<Int64Type>()
                .ok_or_else(missing)?;
            for row in 0..batch.num_rows() {
                if let (Some(_), Some(stage)) = (own[row], stage[row]) {
                    flows
                        .entry((0, stage))
                        .or_default()
                        .insert(day.value(row), (entered.value(row), left.value(row)));
                }
            }
            Ok(())
        },
    )?;
    Ok(flows)
}

fn flows_from_moves(
    results: &Results,
    zone: &Zone,
    lifecycle: &str,
    names: &[String],
    groups: &Groups,
) -> Result<Flows, Failure> {
    let mut flows = Flows::new();
    each_move(
        results,
        lifecycle,
        names,
        Some(groups),
        &mut |time, group, from, to| {
            let day = zone.day_of(time);
            if let Some(to) = to {
                flows
                    .entry((group, to))
                    .or_default()
                    .entry(day)
                    .or_insert((0, 0))
                    .0 += 1;
            }
            if let Some(from) = from {
                flows
                    .entry((group, from))
                    .or_default()
                    .entry(day)
                    .or_insert((0, 0))
                    .1 += 1;
            }
        },
    )?;
    Ok(flows)
}

/// Calls `each` with instant, group, stage left and stage entered of every move in a lifecycle.
fn each_move(
    results: &Results,
    lifecycle: &str,
    names: &[String],
    groups: Option<&Groups>,
    each: &mut dyn FnMut(Time, u32, Option<u32>, Option<u32>),
) -> Result<(), Failure> {
    let mut columns = vec!["lifecycle", "from", "to", "at"];
    if groups.is_some() {
        columns.push("customer_id");
    }
    let own_name = [lifecycle.to_owned()];
    results.read("transitions", &columns, &mut |batch| {
        let missing = || BatchError::Results {
            path: "transitions".into(),
            cause: "a column is missing".into(),
        };
        let column = |name: &str| batch.column_by_name(name).ok_or_else(missing);
        let own = results::word_numbers(column("lifecycle")?, &own_name);
        let from = results::word_numbers(column("from")?, names);
        let to = results::word_numbers(column("to")?, names);
        let at = column("at")?;
        let ids = if groups.is_some() {
            Some(column("customer_id")?)
        } else {
            None
        };
        for row in 0..batch.num_rows() {
            let (Some(_), Some(time)) = (own[row], results::instant(at, row)) else {
                continue;
            };
            let group = match (groups, ids) {
                (Some(groups), Some(ids)) if ids.is_valid(row) => {
                    groups.of(ids.as_string::<i32>().value(row))
                }
                _ => 0,
            };
            each(time, group, from[row], to[row]);
        }
        Ok(())
    })?;
    Ok(())
}

fn with_group(mut columns: Vec<Column>, grouped: bool) -> Vec<Column> {
    if grouped {
        columns.insert(0, shown("by"));
    }
    columns
}

fn answer(
    results: &Results,
    lifecycle: String,
    at: (&'static str, serde_json::Value),
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
) -> Answer {
    let head = vec![
        ("lifecycle", json!(lifecycle)),
        at,
        ("time_zone", json!(results.manifest.time_zone)),
        ("rule_version", json!(results.manifest.rule_version)),
        ("touches", json!(results.manifest.counts.touches)),
    ];
    Answer {
        head,
        list: "stages",
        columns,
        rows,
        notes: vec![],
        json: None,
    }
}

//! An answer beside that of another range: rows that mean the same, and by how much their numbers changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::Reply;
use crate::answer::{Answer, Cell, Column, hidden, shown};
use crate::failure::Failure;

/// Lists whose rows can be told to mean the same in another range; of others only what is told besides is.
const LISTS: [&str; 14] = [
    "periods",
    "cohorts",
    "cells",
    "steps",
    "funnels",
    "edges",
    "buckets",
    "groups",
    "channels",
    "stages",
    "targets",
    "regions",
    "touchpoints",
    "windows",
];
/// Fields that say which row it is.
const KEYS: [&str; 20] = [
    "by",
    "period",
    "cohort",
    "offset",
    "step",
    "name",
    "kind",
    "source",
    "target",
    "position",
    "periods",
    "model",
    "channel",
    "lifecycle",
    "stage",
    "level",
    "region",
    "figure",
    "to",
    "touchpoint",
];
/// Fields that say which row it is, and in another range the first of them means the first here.
const TIMES: [&str; 2] = ["period", "cohort"];
/// Fields that say nothing that could change.
const STILL: [&str; 5] = ["month", "stage_number", "incomplete", "code", "small"];
/// Most columns of numbers that stand beside their former values; of more each has a row of its own.
const MOST_BESIDE: usize = 3;

/// Whether an answer can be compared.
///
/// # Errors
/// A list of single things, of which none is the same in another range.
pub fn refuse(reply: &Reply) -> Result<(), Failure> {
    let list = reply.list;
    match LISTS.contains(&list) {
        true => Ok(()),
        false => Err(Failure::usage(format!(
            "--compare: a list of {list} has no rows that mean the same in another range"
        ))),
    }
}

/// What is to be said where the ranges of two answers overlap.
///
/// # Errors
/// Ranges that are the same once they are widened to whole periods.
pub fn overlap(now: &Reply, before: &Reply) -> Result<Option<String>, Failure> {
    let ends = |reply: &Reply| {
        let about = reply.more.iter().find(|(name, _)| *name == "about");
        let range = &about?.1["range"];
        let end = |name: &str| range[name].as_str().map(str::to_owned);
        Some((end("from")?, end("to")?))
    };
    let (Some(own), Some(other)) = (ends(now), ends(before)) else {
        return Ok(None);
    };
    let (from, to) = &other;
    if own == other {
        return Err(Failure::usage(format!(
            "--compare: both ranges are {from} to {to}, since they are widened to whole periods; take whole ones, such as months, or a shorter --interval"
        )));
    }
    let overlaps = own.0 < *to && *from < own.1;
    Ok(overlaps
        .then(|| format!("the range compared with, {from} to {to}, shares a part of this one")))
}

/// A number now and before.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Change {
    now: Option<f64>,
    before: Option<f64>,
}

impl Change {
    fn absolute(self) -> Option<f64> {
        Some(self.now? - self.before?)
    }

    /// By which share of its former value; undefined where that was 0.
    fn relative(self) -> Option<f64> {
        let before = self.before.filter(|before| *before != 0.0)?;
        Some((self.now? - before) / before.abs())
    }

    fn json(self) -> Value {
        json!({
            "now": number(self.now), "before": number(self.before),
            "change": number(self.absolute()), "relative": self.relative(),
        })
    }
}

/// A row of both answers.
struct Both {
    /// The fields that say which it is, as they are now, or before if it is not there now.
    keys: Vec<(&'static str, Value)>,
    /// The period that it is compared with, where rows are periods.
    time_before: Option<Value>,
    /// By number: its name, whether people see it, and how it changed.
    numbers: Vec<(String, bool, Change)>,
}

/// Numbers of a row by name, whether people see them, in the order of fields.
type Numbers = Vec<(String, bool, Option<f64>)>;

/// The rows of two answers, those that are there now first.
fn rows(now: &Reply, before: &Reply) -> Vec<Both> {
    let (times, times_before) = (times(now), times(before));
    let names = names(now, before);
    let mut former: HashMap<String, usize> = HashMap::new();
    for (number, row) in before.rows.iter().enumerate() {
        former
            .entry(key(before, row, &times_before))
            .or_insert(number);
    }
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for row in &now.rows {
        let place = former.get(&key(now, row, &times)).copied();
        seen.extend(place);
        let other = place.map(|place| &before.rows[place]);
        all.push(both(now, Some(row), before, other, &names));
    }
    let gone = before.rows.iter().enumerate();
    let gone = gone.filter(|(number, _)| !seen.contains(number));
    all.extend(gone.map(|(_, row)| both(now, None, before, Some(row), &names)));
    all
}

fn both(
    now: &Reply,
    row: Option<&Vec<Value>>,
    before: &Reply,
    other: Option<&Vec<Value>>,
    names: &[(String, bool)],
) -> Both {
    let numbers_now = row.map(|row| numbers(now, row));
    let numbers_before = other.map(|row| numbers(before, row));
    let find = |numbers: &Option<Numbers>, name: &str| {
        let mut numbers = numbers.iter().flatten();
        numbers.find(|(own, ..)| own == name).and_then(|own| own.2)
    };
    let change = |(name, shown): &(String, bool)| {
        let change = Change {
            now: find(&numbers_now, name),
            before: find(&numbers_before, name),
        };
        (name.clone(), *shown, change)
    };
    let (owner, own) = match row {
        Some(row) => (now, row.as_slice()),
        None => (before, other.map_or(&[][..], Vec::as_slice)),
    };
    let keys = owner.fields.iter().zip(own);
    let keys = keys.filter(|((name, _), _)| KEYS.contains(name));
    let time = other.and_then(|other| {
        let place = before
            .fields
            .iter()
            .position(|(name, _)| TIMES.contains(name));
        place
            .and_then(|place| other.get(place))
            .filter(|time| !time.is_null())
    });
    Both {
        keys: keys
            .map(|((name, _), value)| (*name, value.clone()))
            .collect(),
        time_before: time.cloned(),
        numbers: names.iter().map(change).collect(),
    }
}

/// The numbers that either answer has, in the order of fields; a list is one for each of its places.
fn names(now: &Reply, before: &Reply) -> Vec<(String, bool)> {
    let mut known: BTreeMap<String, (usize, usize, bool)> = BTreeMap::new();
    for reply in [now, before] {
        for row in &reply.rows {
            for (place, (name, value)) in reply.fields.iter().zip(row).enumerate() {
                for (at, own, _) in own_numbers(name.0, value) {
                    known.entry(own).or_insert((place, at, name.1));
                }
            }
        }
    }
    let mut names: Vec<_> = known.into_iter().collect();
    names.sort_by_key(|(_, (place, at, _))| (*place, *at));
    names
        .into_iter()
        .map(|(name, (.., shown))| (name, shown))
        .collect()
}

fn numbers(reply: &Reply, row: &[Value]) -> Numbers {
    let fields = reply.fields.iter().zip(row);
    let own = fields.flat_map(|((name, shown), value)| {
        let own = own_numbers(name, value).into_iter();
        own.map(|(_, name, number)| (name, *shown, number))
            .collect::<Vec<_>>()
    });
    own.collect()
}

/// The numbers of a field: its place in a list, its name, its value.
fn own_numbers(name: &str, value: &Value) -> Vec<(usize, String, Option<f64>)> {
    if KEYS.contains(&name) || STILL.contains(&name) {
        return Vec::new();
    }
    match value {
        Value::Number(number) => vec![(0, name.to_owned(), number.as_f64())],
        Value::Array(list) => {
            let places = list.iter().enumerate();
            let places = places.filter(|(_, value)| value.is_number() || value.is_null());
            places
                .map(|(at, value)| (at, format!("{name}_{at}"), value.as_f64()))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// By field of times: its values in order, by which the first of one range is the first of the other.
fn times(reply: &Reply) -> HashMap<&'static str, BTreeSet<String>> {
    let of = |(place, (name, _)): (usize, &(&'static str, bool))| {
        let values = reply.rows.iter().map(|row| row[place].to_string());
        TIMES.contains(name).then(|| (*name, values.collect()))
    };
    reply.fields.iter().enumerate().filter_map(of).collect()
}

/// What a row is, in words that are the same in both answers.
fn key(reply: &Reply, row: &[Value], times: &HashMap<&'static str, BTreeSet<String>>) -> String {
    let mut key = String::new();
    for ((name, _), value) in reply.fields.iter().zip(row) {
        if !KEYS.contains(name) {
            continue;
        }
        let text = value.to_string();
        let text = match times.get(name) {
            Some(own) => own.range(..text).count().to_string(),
            None => text,
        };
        key.push_str(name);
        key.push('=');
        key.push_str(&text);
        key.push('\n');
    }
    key
}

/// An answer and that of another range as one table.
pub fn table(now: &Reply, before: &Reply) -> Answer {
    let rows = rows(now, before);
    let keys: Vec<&(&'static str, bool)> = now
        .fields
        .iter()
        .filter(|(name, _)| KEYS.contains(name))
        .collect();
    let names = names(now, before);
    let seen = names.iter().filter(|(_, shown)| *shown).count();
    let beside = seen <= MOST_BESIDE && names.iter().all(|(name, _)| !name.ends_with("_0"));
    let mut columns: Vec<Column> = Vec::new();
    for (name, is_shown) in &keys {
        columns.push(if *is_shown {
            shown(*name)
        } else {
            hidden(*name)
        });
    }
    if beside {
        for (name, is_shown) in &names {
            let column = if *is_shown { shown } else { hidden };
            columns.push(column(name.clone()));
            columns.push(column(format!("{name}_before")));
            columns.push(column(format!("{name}_change")));
            columns.push(hidden(format!("{name}_relative")));
        }
    } else {
        columns.extend(["measure", "now", "before", "change", "relative"].map(shown));
    }
    let mut cells = Vec::new();
    for row in &rows {
        let own = row.keys.iter().map(|(_, value)| super::reply::cell(value));
        let own: Vec<Cell> = own.collect();
        if beside {
            let changes = row
                .numbers
                .iter()
                .flat_map(|(.., change)| in_cells(*change));
            cells.push(own.into_iter().chain(changes).collect());
            continue;
        }
        for (name, _, change) in row.numbers.iter().filter(|(_, shown, _)| *shown) {
            let mut line = own.clone();
            line.push(Cell::Text(name.clone()));
            line.extend(in_cells(*change));
            cells.push(line);
        }
    }
    Answer {
        head: Vec::new(),
        list: now.list,
        columns,
        rows: cells,
        notes: now.notes.clone(),
        json: None,
    }
}

fn in_cells(change: Change) -> [Cell; 4] {
    let cell = |value: Option<f64>| super::reply::cell(&number(value));
    let relative = change.relative().map_or(Cell::Null, Cell::Fraction);
    [
        cell(change.now),
        cell(change.before),
        cell(change.absolute()),
        relative,
    ]
}

/// What JSON tells of the other range, and how each number changed.
pub fn told(now: &Reply, before: Reply) -> [(&'static str, Value); 2] {
    let row = |both: &Both| {
        let keys = both.keys.iter();
        let mut one: Map<String, Value> = keys
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        if let Some(time) = &both.time_before {
            one.insert("before".to_owned(), time.clone());
        }
        let numbers = both.numbers.iter();
        one.extend(numbers.map(|(name, _, change)| (name.clone(), change.json())));
        Value::Object(one)
    };
    let mut changes = Map::new();
    for (name, value) in &now.more {
        let other = before.more.iter().find(|(own, _)| own == name);
        if let (Some(own), Some(other)) =
            (value.as_f64(), other.and_then(|(_, other)| other.as_f64()))
        {
            let change = Change {
                now: Some(own),
                before: Some(other),
            };
            changes.insert((*name).to_owned(), change.json());
        }
    }
    let rows: Vec<Value> = rows(now, &before).iter().map(row).collect();
    changes.insert(now.list.to_owned(), json!(rows));
    [
        ("compared", before.json()),
        ("changes", Value::Object(changes)),
    ]
}

/// A number as answers write it: whole where it is.
fn number(value: Option<f64>) -> Value {
    match value {
        Some(value) if value.fract() == 0.0 && value.abs() < 9e15 => json!(value as i64),
        other => json!(other),
    }
}

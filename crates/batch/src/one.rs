//! One customer out of a run's results: her touches read back and folded again, to explain her.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_select::concat::concat_batches;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, RowFilter};
use perennial_engine::explain::{Explanation, explain};
use perennial_engine::recognize::{Judge, Recognition, Recognizer};
use perennial_engine::{Plan, Thresholds, World};
use perennial_model::{Fact, Kind, Number, Symbols, Time, Touch};
use perennial_rules::{Machine, Project};

use crate::BatchError;
use crate::facts::FactReader;
use crate::forecasts::Forecasts;
use crate::read::{Wary, builder, columns};
use crate::results::{DAMAGED, Results};
use crate::scored::{Scored, ScoredFacts, as_touch, of_customer};
use crate::scores::read_thresholds;
use crate::tables::table_path;
use crate::why::Scores;

/// A customer's touches and what they mean under a project's rules.
pub struct Story {
    /// Her id.
    pub customer: String,
    /// Her identifiers: kind, value, and the message that joined it to her.
    pub identifiers: Vec<(String, String, Option<String>)>,
    /// Her touches in order.
    pub touches: Vec<StoryTouch>,
    /// Where she stands and why.
    pub explanation: Explanation,
    /// By lifecycle and instant: when all that led to a move of hers had arrived, as the ledger says.
    pub known_at: HashMap<(String, Time), Time>,
    /// What a forecast says of her, where one does.
    pub scores: Option<Scores>,
    /// The rules it was told by.
    pub machine: Machine,
    /// The texts behind symbols.
    pub symbols: Symbols,
}

/// One of her touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoryTouch {
    /// When.
    pub at: Time,
    /// When it arrived, where the table of touches says so.
    pub received_at: Option<Time>,
    /// The event's name.
    pub event: String,
    /// The touchpoints it is.
    pub points: Vec<String>,
    /// Its message id.
    pub message_id: String,
}

/// Reads one customer's touches from a result folder and explains where she stands at an instant.
///
/// `who` is her customer id or any identifier of hers.
///
/// # Errors
/// [`BatchError::Results`] where nobody is known by it, or the run did not write what is needed.
pub fn story(
    project: &Project,
    results: &Results,
    who: &str,
    at: Time,
) -> Result<Story, BatchError> {
    let (customer, identifiers) = find(results, who)?;
    let batch = touches_of(results.folder(), &customer)?;
    let mut symbols = Symbols::default();
    let machine = Machine::compile(project, &mut symbols);
    let mut plan = Plan::new(&machine);
    let told = recognise(project, &machine, &mut plan, &mut symbols, &batch)?;
    let rows = of_customer(results, &customer)?;
    let said = rows.iter().rfind(|(since, _, _)| *since <= at).cloned();
    let facts = ScoredFacts::new(&machine);
    let scored: Vec<(Scored, Vec<Fact>)> = rows
        .into_iter()
        .map(|(at, scores, model)| {
            let scores = scores.map(|score| Number::from_float(score?).ok());
            let model = model.map(|model| symbols.intern(&model));
            let (scored, mut own) = (Scored::new(0, at.ms(), scores, model), Vec::new());
            facts.read(&scored, &mut own);
            (scored, own)
        })
        .collect();
    let thresholds = if machine.reads_scores {
        read_thresholds(results)?
    } else {
        Thresholds::default()
    };
    let world = World {
        machine: &machine,
        plan: &plan,
        symbols: &symbols,
        thresholds: &thresholds,
    };
    let mut touches: Vec<Touch<'_>> = told
        .iter()
        .enumerate()
        .map(|(row, (touch, kind, facts))| Touch {
            at: touch.at,
            received_at: touch.received_at.unwrap_or(touch.at),
            kind: *kind,
            facts,
            row: row as u32,
        })
        .collect();
    touches.extend(scored.iter().map(|(one, facts)| as_touch(one, facts)));
    // Those of an instant come before its touches.
    touches.sort_by_key(|touch| (touch.at, touch.kind != Kind::SCORED));
    let explanation = explain(world, customer.as_bytes(), &touches, at);
    let known = &touches[..touches.partition_point(|touch| touch.at <= at)];
    let scores = said
        .and_then(|(at, scores, model)| Scores::said(at, scores, model))
        .map(|scores| scores.with_rhythm(known, &project.zone, &machine, &plan));
    let scores = match scores {
        Some(scores) => Some(scores.with_group(&Forecasts::read(results)?)),
        None => None,
    };
    let touches = told.into_iter().map(|(touch, _, _)| touch).collect();
    Ok(Story {
        known_at: known_at(results, &customer)?,
        customer,
        identifiers,
        touches,
        explanation,
        scores,
        machine,
        symbols,
    })
}

/// A customer's id and identifiers: kind, value, joining message.
type Found = (String, Vec<(String, String, Option<String>)>);

/// Takes customer, kind, identifier and joining message of an identity.
type EachIdentity<'e> = dyn FnMut(&str, &str, &str, Option<&str>) + 'e;

/// The customer of an id or identifier, with all her identifiers.
fn find(results: &Results, who: &str) -> Result<Found, BatchError> {
    let mut customer = None;
    each_identity(results, &mut |own, _, identifier, _| {
        // An id comes before an identifier of somebody else that is spelt alike.
        if own == who || (customer.is_none() && identifier == who) {
            customer = Some(own.to_owned());
        }
    })?;
    let customer = customer.ok_or_else(|| BatchError::Results {
        path: results.folder().to_owned(),
        cause: format!(
            "nobody is known as `{who}`; ids and identifiers are in the table identities"
        ),
    })?;
    let mut identifiers = Vec::new();
    each_identity(results, &mut |own, kind, identifier, joined| {
        if own == customer {
            identifiers.push((
                kind.to_owned(),
                identifier.to_owned(),
                joined.map(str::to_owned),
            ));
        }
    })?;
    Ok((customer, identifiers))
}

/// Calls `each` with customer, kind, identifier and joining message of every identity.
fn each_identity(results: &Results, each: &mut EachIdentity<'_>) -> Result<(), BatchError> {
    results.read(
        "identities",
        &["customer_id", "kind", "identifier", "joined_by"],
        &mut |batch| {
            let text = |name: &str| {
                batch
                    .column_by_name(name)
                    .and_then(|column| column.as_string_opt::<i32>())
            };
            let kinds = batch
                .column_by_name("kind")
                .and_then(|column| column.as_dictionary_opt::<Int32Type>());
            let (Some(customers), Some(identifiers), Some(joined), Some(kinds)) = (
                text("customer_id"),
                text("identifier"),
                text("joined_by"),
                kinds,
            ) else {
                return Err(BatchError::Internal(
                    "the table of identities has other types than it should",
                ));
            };
            let words = kinds.values().as_string::<i32>();
            for row in 0..batch.num_rows() {
                let kind = words.value(kinds.keys().value(row) as usize);
                let joined = joined.is_valid(row).then(|| joined.value(row));
                each(customers.value(row), kind, identifiers.value(row), joined);
            }
            Ok(())
        },
    )
}

/// When what led to each move of hers had arrived; nothing where the run did not write it.
fn known_at(
    results: &Results,
    customer: &str,
) -> Result<HashMap<(String, Time), Time>, BatchError> {
    const COLUMNS: [&str; 4] = ["customer_id", "lifecycle", "at", "known_at"];
    let mut known = HashMap::new();
    let written = results.columns("transitions");
    if !COLUMNS
        .iter()
        .all(|column| written.iter().any(|own| own == column))
    {
        return Ok(known);
    }
    results.read("transitions", &COLUMNS, &mut |batch| {
        let column = |name: &str| {
            batch
                .column_by_name(name)
                .ok_or(BatchError::Internal("a column of the ledger is missing"))
        };
        let ids = column("customer_id")?.as_string::<i32>();
        let instants = |name: &str| {
            Ok::<_, BatchError>(column(name)?.as_primitive_opt::<TimestampMillisecondType>())
        };
        let (Some(at), Some(known_at)) = (instants("at")?, instants("known_at")?) else {
            return Ok(());
        };
        let hers = (0..ids.len()).filter(|&row| ids.value(row) == customer);
        for row in hers.filter(|&row| known_at.is_valid(row)) {
            let lifecycle = batch.slice(row, 1);
            let lifecycle = lifecycle.column_by_name("lifecycle").map(texts);
            let lifecycle = lifecycle.and_then(|mut words| words.pop().flatten());
            let at = Time(at.value(row));
            known.insert(
                (lifecycle.unwrap_or_default(), at),
                Time(known_at.value(row)),
            );
        }
        Ok(())
    })?;
    Ok(known)
}

/// A customer's rows of the table of touches, all columns.
fn touches_of(folder: &Path, customer: &str) -> Result<RecordBatch, BatchError> {
    let path = table_path(folder, "touches");
    let refuse = |cause: &str| BatchError::Results {
        path: path.clone(),
        cause: cause.to_owned(),
    };
    let file = File::open(&path).map_err(|_| {
        refuse("the run did not write touches, which explanations are made from: see `outputs` in perennial.yaml")
    })?;
    let damaged = |cause: &dyn std::fmt::Display| refuse(&format!("{DAMAGED} ({cause})"));
    let builder = builder(file).map_err(|cause| damaged(&cause))?;
    for column in ["customer_id", columns::AT, columns::EVENT] {
        if builder.schema().index_of(column).is_err() {
            return Err(refuse(&format!(
                "it lacks the column `{column}`: see `outputs` in perennial.yaml"
            )));
        }
    }
    let schema = builder.schema().clone();
    let mask = ProjectionMask::columns(builder.parquet_schema(), ["customer_id"]);
    let wanted = customer.to_owned();
    let is_hers = ArrowPredicateFn::new(mask, move |batch| {
        let ids = batch.column(0).as_string::<i32>();
        Ok((0..ids.len())
            .map(|row| Some(ids.is_valid(row) && ids.value(row) == wanted))
            .collect::<BooleanArray>())
    });
    let builder = builder.with_row_filter(RowFilter::new(vec![Box::new(is_hers)]));
    let reader = Wary::new(builder, 0..schema.fields().len()).map_err(|cause| damaged(&cause))?;
    let batches = reader
        .collect::<Result<Vec<_>, _>>()
        .map_err(|cause| damaged(&cause))?;
    Ok(concat_batches(&schema, &batches)?)
}

/// Touches with what they were recognised as and the facts that rules read.
type Told = Vec<(StoryTouch, Kind, Vec<Fact>)>;

fn recognise(
    project: &Project,
    machine: &Machine,
    plan: &mut Plan,
    symbols: &mut Symbols,
    batch: &RecordBatch,
) -> Result<Told, BatchError> {
    let missing = || BatchError::Internal("the table of touches has other types than it should");
    let times = batch
        .column_by_name(columns::AT)
        .and_then(|c| c.as_primitive_opt::<TimestampMillisecondType>());
    let times = times.ok_or_else(missing)?.clone();
    let received = batch
        .column_by_name(columns::RECEIVED_AT)
        .and_then(|c| c.as_primitive_opt::<TimestampMillisecondType>());
    let events = texts(batch.column_by_name(columns::EVENT).ok_or_else(missing)?);
    let messages = batch.column_by_name(columns::MESSAGE_ID).map(texts);
    let recognizer = Recognizer::new(machine);
    let judge = Judge::new(machine, plan);
    let reader = FactReader::new(machine, batch, project.currency.decimals, symbols);
    let mut told = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let event = events[row].clone().unwrap_or_default();
        let mut facts = Vec::new();
        let kind = match recognizer.recognition(machine, plan, &event) {
            Recognition::Always(kind) => kind,
            Recognition::ByFacts { slots, matches } => {
                reader.read_slots(&slots, row, symbols, &mut facts);
                let points = judge.points(machine, plan, symbols, &matches, &facts);
                facts.clear();
                plan.kind(machine, points).ok_or(BatchError::TooManyKinds)?
            }
        };
        reader.read(&plan.slots(machine, kind), row, symbols, &mut facts);
        let names = plan
            .points(kind)
            .iter()
            .map(|point| machine.points[usize::from(point.0)].name.clone());
        let message_id = messages
            .as_ref()
            .and_then(|ids| ids[row].clone())
            .unwrap_or_default();
        let touch = StoryTouch {
            at: Time(times.value(row)),
            received_at: received
                .filter(|column| column.is_valid(row))
                .map(|column| Time(column.value(row))),
            event,
            points: names.collect(),
            message_id,
        };
        told.push((touch, kind, facts));
    }
    Ok(told)
}

/// A column's texts.
fn texts(column: &ArrayRef) -> Vec<Option<String>> {
    (0..column.len())
        .map(|row| {
            let text = arrow_cast::display::array_value_to_string(column, row).ok();
            text.filter(|_| column.is_valid(row))
        })
        .collect()
}

//! The table `scores`: written, and read back.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use perennial_model::{Number, Symbols, Time};
use perennial_rules::project::{FORECAST_MODEL, SCORES};

use super::{Scored, model_name};
use crate::BatchError;
use crate::results::Results;
use crate::roster::Roster;
use crate::tables::ledger::batch;
use crate::tables::{self, Selection, text};

/// Scores as rows of the table `scores`.
pub(crate) fn scores(
    scored: &[Scored],
    roster: &Roster,
    symbols: &Symbols,
    selection: &Selection,
) -> Result<RecordBatch, BatchError> {
    let each = || scored.iter();
    let fractions =
        |place: usize| text::fractions(each().map(|one| one.score(place).map(Number::to_float)));
    batch(tables::table("scores"), selection, |column| {
        if let Some(place) = SCORES.iter().position(|name| *name == column) {
            return fractions(place);
        }
        match column {
            "customer_id" => text::texts(each().map(|one| Some(roster.id(one.customer)))),
            "at" => text::instants(each().map(|one| Some(one.at))),
            "at_ms" => text::wholes(each().map(|one| Some(one.at))),
            FORECAST_MODEL => text::collected_words(each().map(|one| model_name(one, symbols))),
            "expected_low" => text::wholes(each().map(|one| Some(one.range?.0.into()))),
            _ => text::wholes(each().map(|one| Some(one.range?.1.into()))),
        }
    })
}

/// A customer's scores as the table has them: when, the scores in the order of [`SCORES`], the model.
pub(crate) type TableRow = (Time, [Option<f64>; 4], Option<String>);

/// Calls `each` with the customer and the scores of every row.
fn each_row(
    read: &dyn Fn(
        &[&str],
        &mut dyn FnMut(&RecordBatch) -> Result<(), BatchError>,
    ) -> Result<(), BatchError>,
    each: &mut dyn FnMut(&str, TableRow),
) -> Result<(), BatchError> {
    let missing = || BatchError::Internal("the table of scores has other types than it should");
    let columns: Vec<&str> = ["customer_id", "at"]
        .into_iter()
        .chain(SCORES)
        .chain([FORECAST_MODEL])
        .collect();
    read(&columns, &mut |batch| {
        let column = |name: &str| batch.column_by_name(name).ok_or_else(missing);
        let ids = column("customer_id")?.as_string_opt::<i32>();
        let at = column("at")?.as_primitive_opt::<TimestampMillisecondType>();
        let models = column(FORECAST_MODEL)?.as_dictionary_opt::<Int32Type>();
        let (Some(ids), Some(at), Some(models)) = (ids, at, models) else {
            return Err(missing());
        };
        let mut scores = Vec::with_capacity(SCORES.len());
        for name in SCORES {
            let column = column(name)?.as_primitive_opt::<Float64Type>();
            scores.push(column.ok_or_else(missing)?);
        }
        let words = models.values().as_string::<i32>();
        for row in 0..batch.num_rows() {
            let score = |place: usize| {
                scores[place]
                    .is_valid(row)
                    .then(|| scores[place].value(row))
            };
            let model = models
                .is_valid(row)
                .then(|| words.value(models.keys().value(row) as usize).to_owned());
            let said = [score(0), score(1), score(2), score(3)];
            each(ids.value(row), (Time(at.value(row)), said, model));
        }
        Ok(())
    })
}

/// The scores that a run has written of one of its customers, by time; nothing where it wrote none.
pub(crate) fn of_customer(results: &Results, customer: &str) -> Result<Vec<TableRow>, BatchError> {
    let mut hers = Vec::new();
    if results.columns("scores").is_empty() {
        return Ok(hers);
    }
    let read = |columns: &[&str], each: &mut dyn FnMut(&RecordBatch) -> Result<(), BatchError>| {
        results.read("scores", columns, each)
    };
    each_row(&read, &mut |id, row| {
        if id == customer {
            hers.push(row);
        }
    })?;
    Ok(hers)
}

/// The scores that another run has written, for the customers of this one; and how many are of others.
pub(crate) fn read(
    results: &Results,
    roster: &Roster,
    until: Time,
    symbols: &mut Symbols,
) -> Result<(Vec<Scored>, u64), BatchError> {
    let numbers: HashMap<&str, u32> = (0..roster.len() as u32)
        .map(|number| (roster.id(number), number))
        .collect();
    let (mut all, mut others) = (Vec::new(), 0);
    let read = |columns: &[&str], each: &mut dyn FnMut(&RecordBatch) -> Result<(), BatchError>| {
        results.read("scores", columns, each)
    };
    each_row(&read, &mut |id, (at, scores, model)| {
        let Some(&customer) = numbers.get(id) else {
            others += 1;
            return;
        };
        if at < until {
            let scores = scores.map(|score| score.and_then(|score| Number::from_float(score).ok()));
            let model = model.map(|model| symbols.intern(&model));
            all.push(Scored::new(customer, at.ms(), scores, model));
        }
    })?;
    Ok((all, others))
}

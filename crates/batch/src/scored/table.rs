//! The table `scores`: written, and read back.

use std::collections::HashMap;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, TimestampMillisecondType};
use arrow_array::{Array, RecordBatch};
use perennial_model::{Number, Symbols, Time};
use perennial_rules::project::{FORECAST_MODEL, SCORES};

use super::{AllScored, Scored, model_name};
use crate::BatchError;
use crate::forecasts::Forecasts;
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

/// Scores as the table has them: when, the scores in the order of [`SCORES`], the model.
pub(crate) type TableRow = (Time, [Option<f64>; 4], Option<String>);

/// The ends of what is bought next, as the table has them.
type Range = Option<(u32, u32)>;

/// Calls `each` with the customer and the scores of every row.
fn each_row(
    results: &Results,
    each: &mut dyn FnMut(&str, TableRow, Range),
) -> Result<(), BatchError> {
    const ENDS: [&str; 2] = ["expected_low", "expected_high"];
    let written = results.columns("scores");
    let ends = ENDS
        .into_iter()
        .filter(|end| written.iter().any(|own| own == end));
    let columns: Vec<&str> = ["customer_id", "at", FORECAST_MODEL]
        .into_iter()
        .chain(SCORES)
        .chain(ends)
        .collect();
    results.read("scores", &columns, &mut |batch| {
        let missing = || BatchError::Internal("the table of scores has other types than it should");
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
        let ends = ENDS.map(|end| {
            let column = batch.column_by_name(end);
            column.and_then(|column| column.as_primitive_opt::<Int64Type>())
        });
        let words = models.values().as_string::<i32>();
        for row in 0..batch.num_rows() {
            let score = |place: usize| {
                let column = scores[place];
                column.is_valid(row).then(|| column.value(row))
            };
            let end = |place: usize| {
                let column = ends[place].filter(|column| column.is_valid(row))?;
                u32::try_from(column.value(row)).ok()
            };
            let model = models
                .is_valid(row)
                .then(|| words.value(models.keys().value(row) as usize).to_owned());
            let said = [score(0), score(1), score(2), score(3)];
            let scored = (Time(at.value(row)), said, model);
            each(ids.value(row), scored, end(0).zip(end(1)));
        }
        Ok(())
    })
}

/// The scores that a run has written of one of its customers, by time; nothing where it wrote none.
pub(crate) fn of_customer(results: &Results, customer: &str) -> Result<Vec<TableRow>, BatchError> {
    let mut hers = Vec::new();
    if !results.columns("scores").is_empty() {
        each_row(results, &mut |id, row, _| {
            if id == customer {
                hers.push(row);
            }
        })?;
    }
    Ok(hers)
}

/// The scores that another run has written, for the customers of this one, and the models behind them.
/// Those of customers that this run does not know are left out.
pub(crate) fn replayed(
    folder: &Path,
    roster: &Roster,
    until: Time,
    symbols: &mut Symbols,
) -> Result<(AllScored, Option<Forecasts>), BatchError> {
    let results = Results::open(folder)?;
    let numbers: HashMap<&str, u32> = (0..roster.len() as u32)
        .map(|number| (roster.id(number), number))
        .collect();
    let mut all = Vec::new();
    each_row(&results, &mut |id, (at, scores, model), range| {
        let customer = numbers.get(id).filter(|_| at < until);
        if let Some(&customer) = customer {
            let scores = scores.map(|score| score.and_then(|score| Number::from_float(score).ok()));
            let model = model.map(|model| symbols.intern(&model));
            let scored = Scored::new(customer, at.ms(), scores, model);
            all.push(Scored { range, ..scored });
        }
    })?;
    let forecasts = Forecasts::read(&results)?;
    let forecasts = (!forecasts.models.is_empty()).then_some(forecasts);
    Ok((AllScored::sorted(all), forecasts))
}

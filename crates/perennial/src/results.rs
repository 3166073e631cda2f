//! What commands share when they read a run's results.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, TimestampMillisecondType};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use perennial_batch::BatchError;
use perennial_batch::results::Results;
use perennial_model::{Time, Zone};

use crate::answer::Cell;
use crate::args::From;
use crate::failure::Failure;

/// Opens the results and the time zone they were made in.
pub fn open(from: &From) -> Result<(Results, Zone), Failure> {
    let folder = from.out.clone().unwrap_or_else(|| from.project.join("out"));
    let results = Results::open(&folder)?;
    let zone = Zone::named(&results.manifest.time_zone).ok_or_else(|| {
        Failure::failed(format!(
            "the time zone {} is not known here",
            results.manifest.time_zone
        ))
    })?;
    Ok((results, zone))
}

/// The lifecycle asked for, or the first: its name and its stages.
pub fn lifecycle(results: &Results, asked: Option<&str>) -> Result<(String, Vec<String>), Failure> {
    let known = &results.manifest.lifecycles;
    let found = match asked {
        None => known.first(),
        Some(name) => known.iter().find(|lifecycle| lifecycle.name == name),
    };
    found
        .map(|lifecycle| (lifecycle.name.clone(), lifecycle.stages.clone()))
        .ok_or_else(|| {
            let names: Vec<&str> = known
                .iter()
                .map(|lifecycle| lifecycle.name.as_str())
                .collect();
            match asked {
                _ if names.is_empty() => Failure::failed(
                    "these results have no lifecycle; `perennial init` makes a project with one",
                ),
                Some(name) => Failure::usage(format!(
                    "there is no lifecycle `{name}`; there are {}",
                    names.join(", ")
                )),
                None => Failure::failed("these results have no lifecycle"),
            }
        })
}

/// A cell of a text column, dictionary or not, as text; numbers are written out.
pub fn text(column: &ArrayRef, row: usize) -> Cell {
    if column.is_null(row) {
        return Cell::Null;
    }
    match column.data_type() {
        DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(row).to_owned()),
        DataType::Utf8View => Cell::Text(column.as_string_view().value(row).to_owned()),
        DataType::Dictionary(_, _) => match column.as_dictionary_opt::<Int32Type>() {
            Some(dictionary) => text(dictionary.values(), dictionary.keys().value(row) as usize),
            None => Cell::Null,
        },
        DataType::Boolean => Cell::Text(column.as_boolean().value(row).to_string()),
        _ => Cell::Text(
            arrow_cast::display::array_value_to_string(column, row)
                .unwrap_or_else(|error| error.to_string()),
        ),
    }
}

/// An instant of a column of instants.
pub fn instant(column: &ArrayRef, row: usize) -> Option<Time> {
    let column = column.as_primitive_opt::<TimestampMillisecondType>()?;
    column.is_valid(row).then(|| Time(column.value(row)))
}

/// Group of each customer: words, and each customer's number among them.
#[derive(Default)]
pub struct Groups {
    /// The words, in the order met.
    pub words: Vec<String>,
    of_customer: HashMap<String, u32>,
}

impl Groups {
    /// Reads a column of the table of customers. What is null is `??`.
    pub fn read(results: &Results, column: &str) -> Result<Self, Failure> {
        let columns = results.columns("customers");
        let own = [column.to_owned(), format!("trait_{column}")]
            .into_iter()
            .find(|name| columns.contains(name));
        let own = own.ok_or_else(|| {
            Failure::usage(format!(
                "--by {column}: the table of customers has no such column; it has {}",
                columns.join(", ")
            ))
        })?;
        let mut groups = Self::default();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        results.read("customers", &["customer_id", &own], &mut |batch| {
            let missing = || BatchError::Results {
                path: "customers".into(),
                cause: "a column is missing".into(),
            };
            let ids = batch.column_by_name("customer_id").ok_or_else(missing)?;
            let words = batch.column_by_name(&own).ok_or_else(missing)?;
            for row in 0..batch.num_rows() {
                let word = match text(words, row) {
                    Cell::Text(word) => word,
                    _ => "??".to_owned(),
                };
                let number = *numbers.entry(word).or_insert_with_key(|word| {
                    groups.words.push(word.clone());
                    groups.words.len() as u32 - 1
                });
                if let Cell::Text(id) = text(ids, row) {
                    groups.of_customer.insert(id, number);
                }
            }
            Ok(())
        })?;
        Ok(groups)
    }

    /// The number of a customer's group.
    pub fn of(&self, customer: &str) -> u32 {
        self.of_customer.get(customer).copied().unwrap_or(0)
    }
}

/// For each row the place of its word in `words`; `None` for null and for other words.
pub fn word_numbers(column: &ArrayRef, words: &[String]) -> Vec<Option<u32>> {
    let place = |cell: Cell| match cell {
        Cell::Text(word) => words
            .iter()
            .position(|known| *known == word)
            .map(|place| place as u32),
        _ => None,
    };
    if let Some(dictionary) = column.as_dictionary_opt::<Int32Type>() {
        let values = dictionary.values();
        let places: Vec<Option<u32>> = (0..values.len())
            .map(|value| place(text(values, value)))
            .collect();
        let keys = dictionary.keys();
        return (0..column.len())
            .map(|row| {
                if keys.is_valid(row) {
                    places[keys.value(row) as usize]
                } else {
                    None
                }
            })
            .collect();
    }
    (0..column.len())
        .map(|row| place(text(column, row)))
        .collect()
}

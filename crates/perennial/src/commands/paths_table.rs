//! A table of paths, in the place of events: a row a path, with how often it converted.

use std::collections::HashMap;
use std::path::Path;

use perennial_analytics::attribution::{TablePath, touches_of};
use perennial_model::Number;

use crate::failure::Failure;
use crate::questions::read_records;

/// Reads a table of paths.
///
/// # Errors
/// A file that cannot be read, columns that are missing, and cells that are no counts.
pub fn read(path: &Path) -> Result<Vec<TablePath>, Failure> {
    let name = path.display();
    let mut records = read_records(path)?.into_iter();
    let header = records.next().unwrap_or_default();
    let places: HashMap<&str, usize> = header
        .iter()
        .enumerate()
        .map(|(place, name)| (name.trim(), place))
        .collect();
    for needed in ["path", "conversions"] {
        if !places.contains_key(needed) {
            return Err(Failure::usage(format!(
                "{name}: there is no column `{needed}`; a table of paths has path, conversions, and if you like value and non_conversions"
            )));
        }
    }
    let mut table = Vec::new();
    for (line, record) in records.enumerate() {
        let cell = |column: &str| {
            let place = places.get(column);
            place
                .and_then(|&place| record.get(place))
                .map_or("", |cell| cell.trim())
        };
        let wrong = |column: &str| {
            let (row, cell) = (line + 1, cell(column));
            Failure::failed(format!(
                "{name}: row {row}: {column} `{cell}` is no number that can be counted"
            ))
        };
        let count = |column: &str| match cell(column) {
            "" => Ok(0),
            text => whole(text).ok_or_else(|| wrong(column)),
        };
        table.push(TablePath {
            touches: touches_of(cell("path")),
            conversions: count("conversions")?,
            value: match cell("value") {
                "" => 0,
                text => Number::parse(text)
                    .map_err(|_| wrong("value"))?
                    .millionths(),
            },
            non_conversions: count("non_conversions")?,
        });
    }
    Ok(table)
}

/// A whole number that is not negative, also where it is written `2.0`.
fn whole(text: &str) -> Option<u64> {
    let millionths = Number::parse(text).ok()?.millionths();
    (millionths % 1_000_000 == 0).then(|| u64::try_from(millionths / 1_000_000).ok())?
}

//! The columns of a table of an experiment, as numbers or words, and each customer once.

use std::collections::HashMap;

use perennial_batch::cells::{CellColumn, Cells};
use perennial_forecast::uplift::Values;

use crate::failure::Failure;

/// Words of a feature, beyond which it tells customers from each other rather than groups of them.
const MAX_WORDS: usize = 1_000;
/// So few words are told apart whatever the number of rows.
const FEW_WORDS: usize = 50;

/// A column's values for some rows: numbers where all that is not empty are; `None` where words are too many to tell
/// groups by.
pub fn feature(column: &CellColumn, rows: &[usize]) -> Option<Values> {
    let as_number: Vec<Option<f64>> = column.words.iter().map(|word| number(word)).collect();
    let has_number = as_number.iter().flatten().any(|one| one.is_finite());
    if as_number.iter().all(Option::is_some) && has_number {
        let value = |row: &usize| {
            let number = as_number.get(column.codes[*row] as usize);
            number.copied().flatten().unwrap_or(f64::NAN)
        };
        return Some(Values::Numbers(rows.iter().map(value).collect()));
    }
    let words = column.words.len();
    if words > MAX_WORDS || (words > FEW_WORDS && words * 2 > rows.len()) {
        return None;
    }
    Some(Values::Words {
        codes: rows.iter().map(|row| column.codes[*row]).collect(),
        words: column.words.clone(),
    })
}

/// A word as a number; NaN where it says that there is none.
fn number(word: &str) -> Option<f64> {
    match word.to_lowercase().as_str() {
        "true" | "yes" => Some(1.0),
        "false" | "no" => Some(0.0),
        "nan" | "null" | "none" | "na" | "n/a" => Some(f64::NAN),
        text => text.parse::<f64>().ok().filter(|value| value.is_finite()),
    }
}

/// A column of numbers, NaN where it is empty.
pub fn numbers(option: &str, column: &CellColumn) -> Result<Vec<f64>, Failure> {
    let mut values = Vec::with_capacity(column.words.len());
    for (code, word) in column.words.iter().enumerate() {
        let value = number(word).ok_or_else(|| {
            let is_it = |own: &u32| *own as usize == code;
            let row = column.codes.iter().position(is_it).map_or(0, |row| row + 1);
            let name = &column.name;
            Failure::failed(format!(
                "{option} {name}: row {row} says `{word}`, which is no number; correct the row or leave it out"
            ))
        })?;
        values.push(value);
    }
    let value = |code: &u32| values.get(*code as usize).copied().unwrap_or(f64::NAN);
    Ok(column.codes.iter().map(value).collect())
}

/// Leaves rows out that say the same again, and gives how many.
///
/// # Errors
/// A customer who is there twice and says something else: she would count twice, or be in both arms.
pub fn once_each(
    cells: &Cells,
    customer: &CellColumn,
    treatment: &CellColumn,
    by: Option<&CellColumn>,
    rows: &mut Vec<usize>,
) -> Result<usize, Failure> {
    let mut known: HashMap<(u32, u32), usize> = HashMap::new();
    let mut arm_of: HashMap<u32, u32> = HashMap::new();
    let mut again = 0;
    let mut twice = Vec::new();
    let mut both = Vec::new();
    rows.retain(|row| {
        let who = customer.codes[*row];
        let arm = treatment.codes[*row];
        if by.is_none() && *arm_of.entry(who).or_insert(arm) != arm {
            both.push(*row);
        }
        let value = by.map_or(0, |by| by.codes[*row]);
        let first = *known.entry((who, value)).or_insert(*row);
        let is_same = || {
            cells
                .columns
                .iter()
                .all(|own| own.codes[first] == own.codes[*row])
        };
        match first == *row {
            true => true,
            false if is_same() => {
                again += 1;
                false
            }
            false => {
                twice.push(*row);
                false
            }
        }
    });
    let name = |rows: &[usize]| customer.word(rows[0]).unwrap_or_default().to_owned();
    if !both.is_empty() {
        let (count, name) = (both.len(), name(&both));
        return Err(Failure::failed(format!(
            "customer {name} is in more than one arm ({count} such rows): an effect needs each customer in one; take the arm that she was first put into"
        )));
    }
    if !twice.is_empty() {
        let (count, name) = (twice.len(), name(&twice));
        let what = by.map_or_else(String::new, |by| format!(" with the same {}", by.name));
        return Err(Failure::failed(format!(
            "customer {name} has several rows{what} ({count} rows too many in all): she would count more than once; add her rows up to one"
        )));
    }
    Ok(again)
}

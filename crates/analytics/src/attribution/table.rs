//! Attribution from a table of paths already counted.

use std::collections::HashMap;

use super::ledger::Ledger;
use super::shape::Touch;
use super::{AttributionAnswer, AttributionError, Crediting};

/// How far apart touches of a table are taken to be where times matter, in milliseconds: a day.
pub const TABLE_PAUSE_MS: i64 = perennial_model::DAY_MS;

/// One path of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TablePath {
    /// Its channels, in order; may be empty.
    pub touches: Vec<String>,
    /// How many journeys along it led to a conversion.
    pub conversions: u64,
    /// What those conversions are worth together, in millionths.
    pub value: i64,
    /// How many led nowhere.
    pub non_conversions: u64,
}

/// The touches of a path written with `>` between; blanks around names and empty names are dropped.
pub fn touches_of(text: &str) -> Vec<String> {
    let names = text.split('>').map(str::trim);
    names
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Credits the conversions of a table to channels.
///
/// # Errors
/// [`AttributionError`] where a chain has too many channels.
pub fn credit_table(
    crediting: &Crediting,
    table: &[TablePath],
) -> Result<AttributionAnswer, AttributionError> {
    let mut numbers: HashMap<&str, u32> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    for touch in table.iter().flat_map(|path| &path.touches) {
        numbers.entry(touch).or_insert_with(|| {
            names.push(touch.clone());
            names.len() as u32 - 1
        });
    }
    let find = |name: &str| numbers.get(name).copied();
    let mut ledger = Ledger::new(crediting, names.len(), find);
    let mut path: Vec<Touch> = Vec::new();
    for row in table {
        let touches = || {
            let ages = (0..row.touches.len() as i64).rev();
            let touches = row.touches.iter().zip(ages);
            touches.map(|(name, age)| (numbers[&name[..]], age * TABLE_PAUSE_MS))
        };
        path.clear();
        path.extend(touches());
        ledger.convert(&mut path, row.conversions, i128::from(row.value));
        path.clear();
        path.extend(touches());
        ledger.end(&mut path, row.non_conversions);
    }
    ledger.answer(&names)
}

//! Amounts in other currencies than the project's: they are added as they stand, and that is said.

use std::collections::BTreeSet;

use arrow_array::ArrayRef;
use arrow_array::cast::AsArray;
use arrow_cast::cast;
use arrow_schema::DataType;

use crate::BatchError;
use crate::rows::Rows;

/// The property that says the currency of an event's amounts.
const COLUMN: &str = "currency";

/// Most currencies named.
const SHOWN: usize = 5;
/// Most letters of a currency's code; a longer text is none.
const MAX_CODE_BYTES: usize = 3;

/// What a reader of sums should know where events name currencies that are not the project's.
pub(crate) fn note(rows: &Rows, own: &str) -> Result<Option<String>, BatchError> {
    if !rows.has(COLUMN) {
        return Ok(None);
    }
    let mut found = BTreeSet::new();
    rows.scan(&[COLUMN], &mut |block| {
        if let Some(column) = block.batch.column_by_name(COLUMN) {
            take(column, &mut found)?;
        }
        Ok(())
    })?;
    found.remove(own);
    if found.is_empty() {
        return Ok(None);
    }
    let shown: Vec<&str> = found.iter().take(SHOWN).map(String::as_str).collect();
    let others = if found.len() > SHOWN {
        " and others"
    } else {
        ""
    };
    Ok(Some(format!(
        "some amounts are in {}{others} by the column `{COLUMN}` and were added up as {own}: convert them before, or run each currency apart",
        shown.join(", ")
    )))
}

/// The codes in a column, in capitals.
fn take(column: &ArrayRef, found: &mut BTreeSet<String>) -> Result<(), BatchError> {
    // Of a dictionary the words suffice.
    let words = column.as_any_dictionary_opt().map_or_else(
        || ArrayRef::clone(column),
        |dictionary| ArrayRef::clone(dictionary.values()),
    );
    let texts = cast(&words, &DataType::Utf8View)?;
    let mut last = "";
    for code in texts.as_string_view().iter().flatten() {
        // Rows of one currency mostly stand together.
        if code != last {
            last = code;
            let code = code.trim();
            let is_code =
                code.len() == MAX_CODE_BYTES && code.bytes().all(|b| b.is_ascii_alphabetic());
            if is_code {
                found.insert(code.to_ascii_uppercase());
            }
        }
    }
    Ok(())
}

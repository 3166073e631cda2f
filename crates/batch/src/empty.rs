//! Runs that come to nothing: no rows at all, or none that became a touch.

use crate::BatchError;
use crate::gather::Fates;
use crate::read::STDIN;
use crate::rejects::Rejects;
use crate::rows::Rows;

/// An error where no file has a single row: results of nothing would only hide that.
pub(crate) fn refuse_empty(rows: &Rows) -> Result<(), BatchError> {
    if rows.total() > 0 || rows.with_rejects(Rejects::count) > 0 {
        return Ok(());
    }
    let inputs = rows.input_report();
    let names = inputs.iter().map(|input| match input.path.as_str() {
        STDIN => "standard input",
        path => path,
    });
    let names: Vec<&str> = names.collect();
    Err(BatchError::NoEvents {
        files: names.join(", "),
    })
}

/// Rows were read and none became a touch.
pub(crate) fn nothing_left(rows: &Rows, fates: &Fates) -> BatchError {
    let ways = [
        (
            rows.with_rejects(Rejects::count),
            "are bad: `run` writes them to the table rejects, with the reasons",
        ),
        (
            fates.without_customer,
            "have no identifier but placeholders such as `null`: check the columns of ids",
        ),
        (
            fates.after_until,
            "lie at or after the end of history: check `--until`",
        ),
    ];
    let why = ways.into_iter().filter(|(count, _)| *count > 0);
    let why: Vec<String> = why.map(|(count, way)| format!("{count} {way}")).collect();
    BatchError::NothingLeft {
        rows: rows.total() as u64,
        why: why.join("; "),
    }
}

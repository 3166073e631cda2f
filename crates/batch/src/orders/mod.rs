//! Orders of files: who bought, on which day and for how much, as rows for whoever forecasts.
//!
//! [`OrderLog::read`] reads a log of orders row by row, [`figures`] a table of figures that somebody else has
//! made of one. What is absent: customers are not stitched of several identifiers here, and an order is
//! what stands in a row, whatever a project's rules would make of it.

mod columns;
pub mod figures;
mod names;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use perennial_model::Zone;
use perennial_rules::project::{Property, PropertyType, Roles, Source, normalize_event_name};

use crate::BatchError;
use crate::manifest::{Input, fingerprint};
use crate::options::Observer;
use crate::read::columns::{AT, CUSTOMER_ID, EVENT, USER_ID};
use crate::read::{InputFile, Inputs, Progress, Reject, STDIN, read_chunk};
use crate::trails::no_column;
use columns::Taken;
pub use names::CustomerNames;

/// Bad rows that are told one by one.
const TOLD_REJECTS: usize = 3;
/// The property that amounts are read as.
/// Most rows that room is made for before they are read.
const MAX_ROWS_AHEAD: u64 = 10_000_000;
const AMOUNT: &str = "order amount";

/// Which files hold orders, and in which columns.
#[derive(Clone, Debug)]
pub struct AskedOrders {
    /// The files, globs, or `-`.
    pub files: Vec<String>,
    /// The column that says who ordered; told from the names of columns where it is not named.
    pub customer: Option<String>,
    /// The column that says when; told from the names of columns where it is not named.
    pub date: Option<String>,
    /// The column of what it was worth, in units of money.
    pub amount: Option<String>,
    /// Only rows of this event are orders.
    pub event: Option<String>,
    /// Where days begin.
    pub zone: Zone,
}

/// Orders as rows, in the order of the files.
pub struct OrderLog {
    /// Who the customers are, by number.
    pub customers: CustomerNames,
    /// The customer's number, the day since 1970-01-01, and the worth in units of money; 0 where none is read.
    pub rows: Vec<(u32, i32, f64)>,
    /// What became of the rows.
    pub counts: OrderCounts,
    /// The files read.
    pub inputs: Vec<Input>,
}

/// What became of the rows of a log. **Invariant:** `read` is the sum of the rows rejected, without a customer
/// or of other events, and the rows kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderCounts {
    /// Rows read.
    pub read: u64,
    /// Rows that cannot be used, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// The first of them, for people.
    pub first_rejected: Vec<String>,
    /// Rows that name nobody.
    pub without_customer: u64,
    /// Rows of other events.
    pub other_events: u64,
    /// Rows kept that do not say what they were worth.
    pub without_amount: u64,
    /// Rows kept that another has the customer, the time and the amount of; 0 where no amounts are read, since then
    /// they change nothing.
    pub same_again: u64,
    /// Events met, a few of them, where the file has them.
    pub events: Vec<String>,
}

impl OrderLog {
    /// Reads a log of orders.
    ///
    /// # Errors
    /// What reading gives, and [`BatchError::Asked`] for columns that are not there.
    pub fn read(asked: &AskedOrders, observer: &dyn Observer) -> Result<Self, BatchError> {
        check_columns(asked)?;
        let sources = [asked.source()];
        let inputs = Inputs::open(&sources, &asked.files, Path::new("."), &asked.zone)?;
        let progress = Arc::new(Progress::default());
        observer.phase("reading", inputs.bytes().map(|bytes| (bytes, &progress)));
        let hints = inputs.files.iter().filter_map(InputFile::rows_hint);
        // What an index says of its rows may be anything.
        let hint = hints.fold(0, u64::saturating_add).min(MAX_ROWS_AHEAD);
        let event = asked.event.as_deref().map(normalize_event_name);
        let mut taken = Taken::new(asked.zone.clone(), event, hint as usize);
        let mut read = Vec::new();
        for file in &inputs.files {
            let (rows, rejected) = read_file(file, asked, &mut taken, &progress)?;
            read.push(Input {
                path: file.path().to_owned(),
                bytes: file.bytes(),
                hash: fingerprint(file),
                rows,
                rejected,
            });
        }
        let (customers, rows, counts) = taken.finish();
        if counts.read == 0 {
            let files: Vec<&str> = inputs.files.iter().map(InputFile::path).collect();
            let files = files.join(", ");
            return Err(BatchError::NoEvents { files });
        }
        Ok(Self {
            customers,
            rows,
            counts,
            inputs: read,
        })
    }
}

impl OrderCounts {
    /// All rows that cannot be used.
    pub fn all_rejected(&self) -> u64 {
        self.rejected.values().sum()
    }

    fn reject(&mut self, reject: &Reject) {
        *self.rejected.entry(reject.reason.code()).or_default() += 1;
        if self.first_rejected.len() < TOLD_REJECTS {
            let (file, row, message) = (&reject.file, reject.row, &reject.message);
            let told = format!("{file}, row {row}: {message}");
            self.first_rejected.push(told);
        }
    }
}

impl AskedOrders {
    fn source(&self) -> Source {
        let amount = |column: &String| Property {
            name: AMOUNT.to_owned(),
            column: column.clone(),
            kind: Some(PropertyType::Number),
        };
        Source {
            roles: Roles {
                customer_id: self.customer.clone(),
                at: self.date.clone(),
                ..Roles::default()
            },
            properties: self.amount.iter().map(amount).collect(),
            ..Source::default()
        }
    }
}

/// Reads a file: its rows, and how many of them are bad.
fn read_file(
    file: &InputFile,
    asked: &AskedOrders,
    taken: &mut Taken,
    progress: &Progress,
) -> Result<(u64, u64), BatchError> {
    let customer = customer_column(file, asked)?;
    let mut columns = vec![customer, AT];
    if asked.amount.is_some() {
        columns.push(AMOUNT);
    }
    let named_events = file.mapping().column_of(EVENT).is_some();
    if named_events {
        columns.push(EVENT);
    } else if let Some(event) = &asked.event {
        return Err(BatchError::Asked(format!(
            "--event {event}: {} has no column of events",
            file.path()
        )));
    }
    let (mut rows, mut rejected) = (0, 0);
    let mut rejects = Vec::new();
    for chunk in 0..file.chunks() {
        let counts = read_chunk(
            file,
            chunk,
            Some(&columns),
            &mut |reject| rejects.push(short(reject)),
            &mut |batch| taken.take(&batch, customer, AMOUNT, named_events),
            progress,
        )?;
        rows += counts.rows;
        rejected += counts.rejected;
        taken.counts.read += counts.rows;
        rejects.drain(..).for_each(|one| taken.counts.reject(&one));
    }
    Ok((rows, rejected))
}

/// A reject without the row's text, which nobody looks at here.
fn short(mut reject: Reject) -> Reject {
    reject.original = String::new();
    reject
}

/// The canonical column of who ordered.
fn customer_column(file: &InputFile, asked: &AskedOrders) -> Result<&'static str, BatchError> {
    let found = [CUSTOMER_ID, USER_ID]
        .into_iter()
        .find(|role| file.mapping().column_of(role).is_some());
    match found {
        Some(role) => Ok(role),
        None if asked.customer.is_some() => Ok(CUSTOMER_ID),
        None => Err(BatchError::Asked(format!(
            "{}: no column says who ordered by its name; name it with --customer COLUMN",
            file.path()
        ))),
    }
}

/// The columns that options name must be there, since a source's complaint would speak of a project.
fn check_columns(asked: &AskedOrders) -> Result<(), BatchError> {
    let options = [
        ("--customer", &asked.customer),
        ("--date", &asked.date),
        ("--amount", &asked.amount),
    ];
    for file in &asked.files {
        if file == STDIN || !Path::new(file).is_file() {
            continue;
        }
        let names = InputFile::look(file, &asked.zone)?.sample()?.names;
        let named = options
            .iter()
            .filter_map(|(option, column)| Some((*option, column.as_ref()?)));
        for (option, column) in named {
            if !names.contains(column) && !names.is_empty() {
                return Err(no_column(option, column, names.iter().map(String::as_str)));
            }
        }
    }
    Ok(())
}

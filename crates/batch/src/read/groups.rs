//! Reads a row group of a Parquet file: its columns made canonical, its bad rows judged once.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions, StringArray, UInt64Array,
};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{ArrowError, Field, Schema};
use arrow_select::concat::concat_batches;
use arrow_select::filter::filter;
use parquet::arrow::arrow_reader::RowSelection;

use super::columnar::{ParquetFile, places};
use super::columns::{IDENTIFIERS, Part};
use super::convert::{Context, Faults, convert, shown_value};
use super::error::ReadError;
use super::feed::{Each, Rejects};
use super::mapping::{From, Make, Out};
use super::progress::Progress;
use super::reject::{Counts, MAX_ORIGINAL_BYTES, Reject};
use super::table::missing_id;

/// Reads one row group. In its first reading its rows are judged: the columns that decide are read
/// with those wanted, bad rows go to `rejects`. Later readings leave out the same rows in silence.
pub(crate) fn read(
    file: &ParquetFile,
    chunk: usize,
    wanted: Option<&[&str]>,
    rejects: &mut Rejects<'_>,
    each: &mut Each<'_>,
    progress: &Progress,
) -> Result<Counts, ReadError> {
    let verdict = file.verdicts[chunk].get();
    let mut plan = Plan::new(file, wanted, |out| {
        verdict.is_none() && file.decides(out, chunk)
    });
    let bytes = file.bytes(chunk, &plan.outs);
    let group_rows = file.starts[chunk + 1] - file.starts[chunk];
    let (mut counts, mut bad) = (Counts::default(), Vec::new());
    for batch in file.reader(vec![chunk], &plan.outs, None)? {
        let batch = batch.map_err(|error| file.damaged(&error, counts.rows))?;
        let first = file.starts[chunk] + counts.rows;
        let rows = batch.num_rows();
        if rows as u64 > group_rows - counts.rows {
            return Err(miscounted(file, chunk, counts.rows));
        }
        let mut faults = Faults::new();
        let made = plan.make(&batch, first, &mut faults);
        let made = made.map_err(|error| file.damaged(&error, counts.rows))?;
        let before = bad.len();
        match verdict {
            Some(verdict) => bad.extend_from_slice(within(verdict, counts.rows, rows)),
            None => {
                plan.find_unidentified(&made, &mut faults);
                bad.extend(faults.keys().map(|row| counts.rows as u32 + *row as u32));
                plan.reject(&batch, first, faults, rejects);
            }
        }
        let bad_here = &bad[before..];
        let given = rows - bad_here.len();
        let batch = plan.batch(made, rows, bad_here, counts.rows);
        let batch = batch.map_err(|error| file.damaged(&error, counts.rows))?;
        if given > 0 {
            each(batch)?;
        }
        counts.add(Counts {
            rows: rows as u64,
            given: given as u64,
            rejected: bad_here.len() as u64,
            values_left_out: 0,
        });
        let share = u128::from(bytes) * rows as u128 / u128::from(group_rows.max(1));
        progress.add(share as u64, rows as u64);
    }
    if counts.rows < group_rows {
        return Err(miscounted(file, chunk, counts.rows));
    }
    // Another thread may have judged meanwhile, and come to the same.
    let _ = file.verdicts[chunk].set(bad.into_boxed_slice());
    Ok(counts)
}

/// Rows are known by their number, so that a row group must hold as many as the file's index says.
fn miscounted(file: &ParquetFile, chunk: usize, rows: u64) -> ReadError {
    let group = chunk + 1;
    let cause = format!("row group {group} does not hold as many rows as the index says");
    file.damaged(&cause, rows)
}

/// Reads some columns of the rows with these numbers, which count from 1 and rise.
pub(crate) fn read_rows(
    file: &ParquetFile,
    wanted: &[&str],
    rows: &[u64],
) -> Result<RecordBatch, ReadError> {
    let in_order = rows.is_sorted_by(|a, b| a < b);
    if !in_order || rows.first() == Some(&0) || rows.last().is_some_and(|row| *row > file.rows()) {
        let cause = "row numbers must rise and lie within the file";
        return Err(ReadError::misuse(&file.name, cause));
    }
    let mut plan = Plan::new(file, Some(wanted), |_| false);
    // A rejected row may be asked for, and lack what others have.
    let nullable = |field: &Arc<Field>| field.as_ref().clone().with_nullable(true);
    let fields: Vec<Field> = plan.schema.fields().iter().map(nullable).collect();
    plan.schema = Arc::new(Schema::new(fields));
    let (mut chunks, mut ranges, mut passed) = (Vec::new(), Vec::new(), 0);
    for chunk in 0..file.chunks() {
        let (start, end) = (file.starts[chunk], file.starts[chunk + 1]);
        let from = rows.partition_point(|row| *row <= start);
        let here = &rows[from..rows.partition_point(|row| *row <= end)];
        if here.is_empty() {
            continue;
        }
        chunks.push(chunk);
        ranges.extend(here.iter().map(|row| {
            let at = passed + (row - 1 - start) as usize;
            at..at + 1
        }));
        passed += (end - start) as usize;
    }
    let selection = RowSelection::from_consecutive_ranges(ranges.into_iter(), passed);
    let (mut batches, mut done) = (Vec::new(), 0);
    for batch in file.reader(chunks, &plan.outs, Some(selection))? {
        let batch = batch.map_err(|error| file.damaged(&error, done))?;
        let count = batch.num_rows();
        let made = plan.make(&batch, 0, &mut Faults::new());
        let mut made = made.map_err(|error| file.damaged(&error, done))?;
        let numbers = &rows[done as usize..done as usize + count];
        for (array, out) in made.iter_mut().zip(&plan.outs) {
            if out.from == From::Row {
                *array = Arc::new(UInt64Array::from(numbers.to_vec()));
            }
        }
        done += count as u64;
        let batch = plan.batch(made, count, &[], 0);
        batches.push(batch.map_err(|error| file.damaged(&error, done))?);
    }
    concat_batches(&plan.schema, &batches).map_err(|error| file.damaged(&error, done))
}

/// What is read of a row group, and what is made of it.
struct Plan<'a> {
    file: &'a ParquetFile,
    /// The columns wanted, and behind them those that only decide.
    outs: Vec<&'a Out>,
    wanted: usize,
    schema: Arc<Schema>,
    /// For each column its place in the batches read.
    places: Vec<Option<usize>>,
}

impl<'a> Plan<'a> {
    fn new(file: &'a ParquetFile, wanted: Option<&[&str]>, decides: impl Fn(&Out) -> bool) -> Self {
        let name = |out: &Out| out.field.name().clone();
        let is_wanted = |out: &Out| wanted.is_none_or(|names| names.contains(&name(out).as_str()));
        let mut outs: Vec<&Out> = file.outs.iter().filter(|out| is_wanted(out)).collect();
        let wanted = outs.len();
        let schema = Schema::new(
            outs.iter()
                .map(|o| Arc::clone(&o.field))
                .collect::<Vec<_>>(),
        );
        let deciding = file.outs.iter().filter(|out| decides(out));
        let only_deciding: Vec<&Out> = deciding
            .filter(|out| !outs.iter().any(|other| std::ptr::eq(*other, *out)))
            .collect();
        outs.extend(only_deciding);
        Self {
            file,
            wanted,
            schema: Arc::new(schema),
            places: places(&outs),
            outs,
        }
    }

    /// Makes all columns of a batch whose first row has the number `first` + 1.
    fn make(
        &mut self,
        batch: &RecordBatch,
        first: u64,
        faults: &mut Faults,
    ) -> Result<Vec<ArrayRef>, ArrowError> {
        let context = Context {
            times: &self.file.times,
            event: self.file.mapping.event.as_deref(),
        };
        let rows = batch.num_rows();
        let columns = self.outs.iter().zip(&self.places);
        let mut made = Vec::with_capacity(self.outs.len());
        for (out, place) in columns {
            made.push(match (out.from, place) {
                (From::Column(_), Some(place)) => {
                    let array = batch.column(*place);
                    convert(out.make, out.field.name(), array, &context, faults)?
                }
                (From::Row, _) => {
                    let end = first + rows as u64;
                    Arc::new(UInt64Array::from_iter_values(first + 1..=end))
                }
                _ => constant_event(context.event.unwrap_or_default(), rows)?,
            });
        }
        Ok(made)
    }

    /// Rows in which all columns that say who it was are null.
    fn find_unidentified(&self, made: &[ArrayRef], faults: &mut Faults) {
        let mut known: Option<BooleanBuffer> = None;
        for (out, array) in self.outs.iter().zip(made) {
            let is_id = out.make == Make::Id
                && Part::of(&out.field) == Part::Canonical
                && IDENTIFIERS.contains(&out.field.name().as_str());
            if !is_id {
                continue;
            }
            let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) else {
                return;
            };
            known = Some(match known {
                None => nulls.inner().clone(),
                Some(known) => &known | nulls.inner(),
            });
        }
        let Some(known) = known.filter(|known| known.count_set_bits() < known.len()) else {
            return;
        };
        for row in (0..known.len()).filter(|row| !known.value(*row)) {
            faults.entry(row).or_insert_with(missing_id);
        }
    }

    /// Hands on the rejected rows with their key cells.
    fn reject(&self, batch: &RecordBatch, first: u64, faults: Faults, rejects: &mut Rejects<'_>) {
        for (row, fault) in faults {
            rejects(Reject {
                file: Arc::clone(&self.file.name),
                row: first + row as u64 + 1,
                line: None,
                reason: fault.reason,
                message: fault.message,
                original: self.key_cells(batch, row),
            });
        }
    }

    /// The cells of a row that were read and mean something to every row, as JSON.
    fn key_cells(&self, batch: &RecordBatch, row: usize) -> String {
        let mut cells = serde_json::Map::new();
        for (out, place) in self.outs.iter().zip(&self.places) {
            let Some(place) = place else { continue };
            if Part::of(&out.field) == Part::Canonical || self.file.decides(out, 0) {
                let (name, array) = (
                    batch.schema_ref().field(*place).name(),
                    batch.column(*place),
                );
                let value = match array.is_null(row) {
                    true => serde_json::Value::Null,
                    false => shown_value(array, row).into(),
                };
                cells.insert(name.clone(), value);
            }
        }
        let mut text = serde_json::Value::Object(cells).to_string();
        if text.len() > MAX_ORIGINAL_BYTES {
            text.truncate(text.floor_char_boundary(MAX_ORIGINAL_BYTES));
            text.push_str(" …[cut]");
        }
        text
    }

    /// The wanted columns without the bad rows; `bad` counts from the row group's beginning, the
    /// batch begins at `offset` there.
    fn batch(
        &self,
        mut made: Vec<ArrayRef>,
        rows: usize,
        bad: &[u32],
        offset: u64,
    ) -> Result<RecordBatch, ArrowError> {
        made.truncate(self.wanted);
        if !bad.is_empty() {
            let mut good = vec![true; rows];
            for row in bad {
                good[(u64::from(*row) - offset) as usize] = false;
            }
            let good = BooleanArray::from(good);
            for array in &mut made {
                *array = filter(array.as_ref(), &good)?;
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows - bad.len()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), made, &options)
    }
}

/// The rejected rows of a group that lie in a batch of it.
fn within(verdict: &[u32], offset: u64, rows: usize) -> &[u32] {
    let before = |end: u64| verdict.partition_point(|row| u64::from(*row) < end);
    &verdict[before(offset)..before(offset + rows as u64)]
}

/// A column that says the same event in each row.
fn constant_event(name: &str, rows: usize) -> Result<ArrayRef, ArrowError> {
    let keys = arrow_array::Int32Array::from(vec![0; rows]);
    let values = Arc::new(StringArray::from(vec![name]));
    Ok(Arc::new(arrow_array::DictionaryArray::try_new(
        keys, values,
    )?))
}

//! Rows of all inputs, readable again and again, column by column.
//!
//! Parquet files are read where they lie, one row group after another. Text is parsed once and kept as
//! Arrow batches: in memory while it is small, then in a temporary file.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, mpsc};

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, RecordBatch};
use arrow_schema::Field;

use crate::BatchError;
use crate::block::Block;
use crate::manifest::{Input, fingerprint};
use crate::message_ids::MessageIds;
use crate::read::columns::{self, Part};
use crate::read::{self, Inputs, Progress, Reject};
use crate::rejects::Rejects;
use crate::spill::Spill;
use crate::spool::{SPOOL_BYTES, Spool};

/// Most rows of a run: row numbers are 32 bits, the largest of which stands for «none».
pub const MAX_ROWS: u64 = u32::MAX as u64 - 1;

/// Decoded batches that may wait for the pass that takes them.
const WAITING_BATCHES: usize = 2;

/// Message ids read at a time.
const ROWS_AT_A_TIME: usize = 1 << 19;

/// All rows of a run.
pub(crate) struct Rows {
    inputs: Inputs,
    /// By file: the number of its first row, and its rows as they were parsed, for text.
    files: Vec<FileRows>,
    chunks: Vec<Chunk>,
    total: usize,
    schema: Vec<Field>,
    deduplicate: bool,
    threads: usize,
    progress: Arc<Progress>,
    rejects: Mutex<Rejects>,
    /// Where parsed text goes that does not fit in memory.
    spill: Spill,
    /// Values of objects that have too many.
    values_left_out: u64,
}

struct FileRows {
    base: u64,
    rows: u64,
    spool: Option<Spool>,
}

#[derive(Clone, Copy)]
struct Chunk {
    file: usize,
    number: usize,
}

impl Rows {
    /// Opens inputs: text is parsed now, Parquet when it is asked for. `deduplicate` says whether equal
    /// message ids are to be looked for.
    pub(crate) fn open(
        inputs: Inputs,
        deduplicate: bool,
        threads: usize,
        progress: Arc<Progress>,
    ) -> Result<Self, BatchError> {
        Self::open_some(inputs, None, deduplicate, threads, progress)
    }

    /// The same, keeping of text only the columns `wanted` (`None`: all).
    pub(crate) fn open_some(
        inputs: Inputs,
        wanted: Option<&[String]>,
        deduplicate: bool,
        threads: usize,
        progress: Arc<Progress>,
    ) -> Result<Self, BatchError> {
        let rejects = Mutex::new(Rejects::default());
        let mut files = Vec::new();
        let mut chunks = Vec::new();
        let (mut base, mut values_left_out) = (0_u64, 0);
        let (spill, mut room) = (Spill::default(), SPOOL_BYTES);
        let mut schema: Vec<Field> = Vec::new();
        let wanted: Option<Vec<&str>> = wanted.map(|wanted| {
            let names = wanted.iter().map(String::as_str);
            names.chain([columns::ROW]).collect()
        });
        for (number, file) in inputs.files.iter().enumerate() {
            let mut spool = None;
            let rows;
            if file.is_parquet() {
                rows = file.rows_hint().unwrap_or(0);
                chunks.extend((0..file.chunks()).map(|chunk| Chunk {
                    file: number,
                    number: chunk,
                }));
                columns::merge(&mut schema, &file.schema());
            } else {
                let mut parsed = Spool::with_room(room);
                let mut reject = |reject: Reject| lock(&rejects).note(number, reject);
                let counts = read::read_chunk(
                    file,
                    0,
                    wanted.as_deref(),
                    &mut reject,
                    &mut |batch| {
                        parsed
                            .push(batch, &spill)
                            .map_err(|error| read::ReadError::Caller(Box::new(error)))
                    },
                    &progress,
                )?;
                room = room.saturating_sub(parsed.bytes());
                columns::merge(&mut schema, &parsed.schema());
                chunks.extend((0..parsed.parts()).map(|chunk| Chunk {
                    file: number,
                    number: chunk,
                }));
                rows = counts.rows;
                values_left_out += counts.values_left_out;
                spool = Some(parsed);
            }
            files.push(FileRows { base, rows, spool });
            base = rows.saturating_add(base);
        }
        if base > MAX_ROWS {
            return Err(BatchError::TooManyRows(base));
        }
        Ok(Self {
            inputs,
            files,
            chunks,
            total: base as usize,
            schema,
            deduplicate,
            threads,
            progress,
            rejects,
            spill,
            values_left_out,
        })
    }

    /// Bytes of all files; `None` if one is a pipe.
    pub(crate) fn bytes(&self) -> Option<u64> {
        self.inputs.bytes()
    }

    /// Bytes that reading some columns takes.
    pub(crate) fn bytes_of(&self, columns: &[&str]) -> Option<u64> {
        self.inputs
            .files
            .iter()
            .map(|file| file.bytes_of(Some(columns)))
            .sum()
    }

    /// How many rows there are, bad ones included.
    pub(crate) fn total(&self) -> usize {
        self.total
    }

    /// Whether equal message ids are to be looked for.
    pub(crate) fn deduplicates(&self) -> bool {
        self.deduplicate
    }

    /// Whether any file has a column.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    /// A column's field.
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        let named = self.schema.iter().filter(|field| field.name() == name);
        // The property, where there is a trait of that name too.
        named.min_by_key(|field| Part::of(field) == Part::Trait)
    }

    /// The properties and traits, in the order of the files' columns.
    pub(crate) fn own_columns(&self) -> Vec<String> {
        let own = self
            .schema
            .iter()
            .filter(|field| !columns::CANONICAL.contains(&field.name().as_str()));
        let mut names: Vec<String> = Vec::new();
        for field in own {
            if !names.contains(field.name()) {
                names.push(field.name().clone());
            }
        }
        names
    }

    /// The traits that the files themselves tell apart from properties.
    pub(crate) fn traits(&self) -> Vec<String> {
        let traits = self
            .schema
            .iter()
            .filter(|field| Part::of(field) == Part::Trait);
        traits.map(|field| field.name().clone()).collect()
    }

    /// Looks at what has been rejected so far. The look ends before this returns, so looks cannot meet.
    pub(crate) fn with_rejects<T>(&self, look: impl FnOnce(&Rejects) -> T) -> T {
        look(&lock(&self.rejects))
    }

    /// The files for the manifest.
    pub(crate) fn input_report(&self) -> Vec<Input> {
        let rejected = self.with_rejects(|rejects| rejects.counts.clone());
        let report = |(number, file): (usize, &FileRows)| {
            let input = &self.inputs.files[number];
            Input {
                path: input.path().to_owned(),
                bytes: input.bytes(),
                hash: fingerprint(input),
                rows: file.rows,
                rejected: rejected.get(&number).copied().unwrap_or(0),
            }
        };
        self.files.iter().enumerate().map(report).collect()
    }

    /// What a reader of the results should know about the rows.
    pub(crate) fn notes(&self) -> Vec<String> {
        let (kept, rejected) =
            self.with_rejects(|rejects| (rejects.kept.len() as u64, rejects.count()));
        let mut notes = Vec::new();
        if rejected > kept {
            notes.push(format!(
                "the table rejects holds the first {kept} of {rejected} bad rows"
            ));
        }
        if self.values_left_out > 0 {
            let (count, most) = (self.values_left_out, read::MAX_COLUMNS);
            notes.push(format!(
                "{count} values were left out: a file may bring at most {most} different columns"
            ));
        }
        if !self.has(columns::MESSAGE_ID) {
            notes.push("no message ids: nothing was deduplicated, and equal times keep the order of the file".to_owned());
        }
        notes
    }

    /// Gives all rows with the columns asked for, block by block. Blocks are decoded on other threads;
    /// those of one chunk come in order, chunks do not.
    pub(crate) fn scan(
        &self,
        wanted: &[&str],
        take: &mut dyn FnMut(Block) -> Result<(), BatchError>,
    ) -> Result<(), BatchError> {
        let next = AtomicUsize::new(0);
        let stop = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (sender, receiver) =
                mpsc::sync_channel::<Result<Block, BatchError>>(WAITING_BATCHES);
            for _ in 0..self.threads.min(self.chunks.len()).max(1) {
                let sender = sender.clone();
                let (next, stop) = (&next, &stop);
                scope.spawn(move || {
                    while stop.load(Ordering::Relaxed) == 0 {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some(&chunk) = self.chunks.get(number) else {
                            return;
                        };
                        let mut give = |block| sender.send(Ok(block)).is_ok();
                        if let Err(error) = self.decode(chunk, number, wanted, &mut give) {
                            let _ = sender.send(Err(error));
                            return;
                        }
                    }
                });
            }
            drop(sender);
            let mut outcome = Ok(());
            for block in receiver {
                if outcome.is_ok() {
                    outcome = block.and_then(&mut *take);
                    if outcome.is_err() {
                        stop.store(1, Ordering::Relaxed);
                    }
                }
            }
            outcome
        })
    }

    /// How many chunks there are: row groups of Parquet, parts of parsed text.
    pub(crate) fn chunks(&self) -> usize {
        self.chunks.len()
    }

    /// Gives the rows of one chunk with the columns asked for, in their order; `take` answers whether it
    /// wants more.
    pub(crate) fn read_chunk(
        &self,
        number: usize,
        wanted: &[&str],
        take: &mut dyn FnMut(Block) -> Result<bool, BatchError>,
    ) -> Result<(), BatchError> {
        let mut outcome = Ok(true);
        let mut give = |block| {
            if matches!(outcome, Ok(true)) {
                outcome = take(block);
            }
            matches!(outcome, Ok(true))
        };
        self.decode(self.chunks[number], number, wanted, &mut give)?;
        outcome.map(|_| ())
    }

    /// Decodes one chunk; `give` answers whether anyone still listens.
    fn decode(
        &self,
        chunk: Chunk,
        number: usize,
        wanted: &[&str],
        give: &mut dyn FnMut(Block) -> bool,
    ) -> Result<(), BatchError> {
        let file = &self.files[chunk.file];
        let mut emit =
            |batch: RecordBatch| Block::new(batch, number, file.base).is_some_and(&mut *give);
        if let Some(spool) = &file.spool {
            return spool.read(chunk.number, &self.spill, wanted, &mut emit);
        }
        let input = &self.inputs.files[chunk.file];
        let schema = input.schema();
        let mut names: Vec<&str> = wanted
            .iter()
            .copied()
            .filter(|name| schema.index_of(name).is_ok())
            .collect();
        names.push(columns::ROW);
        let mut reject = |reject: Reject| lock(&self.rejects).note(chunk.file, reject);
        read::read_chunk(
            input,
            chunk.number,
            Some(&names),
            &mut reject,
            &mut |batch| {
                emit(batch);
                Ok(())
            },
            &self.progress,
        )?;
        Ok(())
    }

    /// All rows' times of a column, the number of the row as the index; absent ones are the least.
    pub(crate) fn times(&self, name: &str) -> Result<Option<Vec<i64>>, BatchError> {
        if !self.has(name) {
            return Ok(None);
        }
        let mut times = vec![i64::MIN; self.total];
        self.scan(&[name], &mut |block| {
            let column = block.times(name)?;
            for index in (0..column.len()).filter(|&index| column.is_valid(index)) {
                times[block.row(index) as usize] = column.value(index);
            }
            Ok(())
        })?;
        Ok(Some(times))
    }

    /// The message ids of some rows.
    pub(crate) fn message_ids(&self, mut wanted: Vec<u32>) -> Result<MessageIds, BatchError> {
        wanted.sort_unstable();
        wanted.dedup();
        let mut ids = MessageIds::default();
        let has_ids = self.has(columns::MESSAGE_ID);
        for (number, file) in self.files.iter().enumerate() {
            let own = wanted.partition_point(|&row| u64::from(row) < file.base)
                ..wanted.partition_point(|&row| u64::from(row) < file.base + file.rows);
            let mut missing = wanted[own.clone()].iter().peekable();
            let mut give = |row: u32, id: Option<&str>| {
                while let Some(&without) = missing.next_if(|other| **other < row) {
                    ids.push(without, &self.made_up_id(without));
                }
                if let (Some(id), Some(_)) = (id, missing.next_if(|other| **other == row)) {
                    ids.push(row, id);
                }
            };
            if has_ids && !own.is_empty() {
                self.file_message_ids(number, &wanted[own], &mut give)?;
            }
            give(u32::MAX, None);
        }
        Ok(ids)
    }

    /// Gives the rows of a file that have an id, in rising order: those wanted, or more.
    fn file_message_ids(
        &self,
        number: usize,
        wanted: &[u32],
        give: &mut dyn FnMut(u32, Option<&str>),
    ) -> Result<(), BatchError> {
        let file = &self.files[number];
        let mut take = |batch: &RecordBatch| {
            let ids = batch
                .column_by_name(columns::MESSAGE_ID)
                .and_then(|column| column.as_string_view_opt());
            let rows = batch
                .column_by_name(columns::ROW)
                .and_then(|column| column.as_primitive_opt::<UInt64Type>());
            let (Some(ids), Some(rows)) = (ids, rows) else {
                return;
            };
            for index in (0..batch.num_rows()).filter(|&index| ids.is_valid(index)) {
                let row = (file.base + rows.value(index) - 1) as u32;
                give(row, Some(ids.value(index)));
            }
        };
        let asked = [columns::MESSAGE_ID, columns::ROW];
        if let Some(spool) = &file.spool {
            for part in 0..spool.parts() {
                spool.read(part, &self.spill, &asked, &mut |batch| {
                    take(&batch);
                    true
                })?;
            }
            return Ok(());
        }
        for some in wanted.chunks(ROWS_AT_A_TIME) {
            let numbers = some.iter().map(|&row| u64::from(row) - file.base + 1);
            let numbers: Vec<u64> = numbers.collect();
            take(&read::read_rows(
                &self.inputs.files[number],
                &asked,
                &numbers,
            )?);
        }
        Ok(())
    }

    /// The id of a row whose source has none: its file's name and its number, in the file's order.
    pub(crate) fn made_up_id(&self, row: u32) -> String {
        let row = u64::from(row);
        let file = self
            .files
            .partition_point(|file| file.base <= row)
            .saturating_sub(1);
        let name = self.inputs.files[file].path();
        let short = name.rsplit(['/', '\\']).next().unwrap_or(name);
        format!("{short}:{:010}", row - self.files[file].base + 1)
    }
}

/// The rejects, even if another thread has failed while it held them.
fn lock(rejects: &Mutex<Rejects>) -> MutexGuard<'_, Rejects> {
    rejects
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

//! Parsed text kept to be read again: in memory while there is room, then in the temporary file.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{Field, Schema, SchemaRef};

use crate::BatchError;
use crate::read::columns;
use crate::spill::{Span, Spill};

/// Bytes of batches of all files of text kept in memory.
pub(crate) const SPOOL_BYTES: usize = 256 << 20;

/// Bytes of batches that are put aside and fetched together.
const PART_BYTES: usize = 32 << 20;

/// Batches of one source of text.
pub(crate) struct Spool {
    /// Those put aside, all of them before those in memory.
    parts: Vec<Span>,
    memory: Vec<RecordBatch>,
    bytes: usize,
    /// Most bytes in memory.
    room: usize,
    fields: Vec<Field>,
}

impl Spool {
    /// With room for so many bytes in memory.
    pub(crate) fn with_room(room: usize) -> Self {
        Self {
            parts: Vec::new(),
            memory: Vec::new(),
            bytes: 0,
            room,
            fields: Vec::new(),
        }
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds a batch. Its schema may differ from others', since text may bring new columns at any row.
    pub(crate) fn push(&mut self, batch: RecordBatch, spill: &Spill) -> Result<(), BatchError> {
        columns::merge(&mut self.fields, batch.schema_ref());
        self.bytes += batch.get_array_memory_size();
        self.memory.push(batch);
        if self.bytes > self.room {
            self.put_aside(spill)
        } else {
            Ok(())
        }
    }

    /// The columns of all batches.
    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.fields.clone()))
    }

    /// How many parts can be read apart from each other.
    pub(crate) fn parts(&self) -> usize {
        self.parts.len() + usize::from(!self.memory.is_empty())
    }

    /// Reads the columns asked for, and the row numbers; `give` answers whether anyone still listens.
    pub(crate) fn read(
        &self,
        part: usize,
        spill: &Spill,
        wanted: &[&str],
        give: &mut dyn FnMut(RecordBatch) -> bool,
    ) -> Result<(), BatchError> {
        if let Some(&span) = self.parts.get(part) {
            let mut bytes = Vec::new();
            spill.fetch(span, &mut bytes)?;
            for batch in StreamReader::try_new(Cursor::new(bytes), None)? {
                if !give(project(&batch?, wanted)?) {
                    return Ok(());
                }
            }
            return Ok(());
        }
        for batch in &self.memory {
            if !give(project(batch, wanted)?) {
                break;
            }
        }
        Ok(())
    }

    /// Puts the batches in memory aside: those of one schema together, but no more than a part's bytes.
    fn put_aside(&mut self, spill: &Spill) -> Result<(), BatchError> {
        let mut writing: Option<(SchemaRef, StreamWriter<Vec<u8>>)> = None;
        for batch in std::mem::take(&mut self.memory) {
            let fits = |(schema, writer): &(SchemaRef, StreamWriter<Vec<u8>>)| {
                *schema == batch.schema() && writer.get_ref().len() < PART_BYTES
            };
            if !writing.as_ref().is_some_and(fits) {
                if let Some((_, writer)) = writing.take() {
                    self.parts.push(spill.put(&writer.into_inner()?)?);
                }
                let writer = StreamWriter::try_new(Vec::new(), batch.schema_ref())?;
                writing = Some((batch.schema(), writer));
            }
            if let Some((_, writer)) = &mut writing {
                writer.write(&batch)?;
            }
        }
        if let Some((_, writer)) = writing {
            self.parts.push(spill.put(&writer.into_inner()?)?);
        }
        self.bytes = 0;
        Ok(())
    }
}

/// The columns asked for that the batch has, and the row numbers.
fn project(batch: &RecordBatch, wanted: &[&str]) -> Result<RecordBatch, BatchError> {
    let schema = batch.schema_ref();
    let mut indexes: Vec<usize> = (0..schema.fields().len())
        .filter(|&index| {
            let name = schema.field(index).name().as_str();
            wanted.contains(&name) || name == columns::ROW
        })
        .collect();
    indexes.dedup();
    Ok(batch.project(&indexes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::types::Int32Type;
    use arrow_array::{ArrayRef, DictionaryArray, UInt64Array};

    /// A batch with a word in a dictionary of its own, and with or without a second column.
    fn batch(row: u64, word: &str, more: bool) -> RecordBatch {
        let rows: ArrayRef = Arc::new(UInt64Array::from(vec![row]));
        let words: DictionaryArray<Int32Type> = [word].into_iter().collect();
        let mut named = vec![(columns::ROW, rows), ("event", Arc::new(words))];
        if more {
            named.push(("n", Arc::new(UInt64Array::from(vec![row * 2]))));
        }
        RecordBatch::try_from_iter(named).expect("a batch")
    }

    #[test]
    fn what_is_read_again_is_what_was_parsed_wherever_it_was_kept() {
        let batches: Vec<RecordBatch> = (0..20)
            .map(|row| batch(row, &format!("event {row}"), row % 7 > 3))
            .collect();
        for room in [0, 1_000, SPOOL_BYTES] {
            let spill = Spill::default();
            let mut spool = Spool::with_room(room);
            for batch in &batches {
                spool.push(batch.clone(), &spill).expect("kept");
            }
            assert_eq!(spool.schema().fields().len(), 3);
            let mut found = Vec::new();
            for part in 0..spool.parts() {
                let wanted = ["event", "n"];
                let mut give = |batch| {
                    found.push(batch);
                    true
                };
                spool
                    .read(part, &spill, &wanted, &mut give)
                    .expect("read again");
            }
            assert_eq!(found, batches, "with room for {room} bytes");
        }
    }
}

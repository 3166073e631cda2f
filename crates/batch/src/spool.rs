//! Parsed text kept to be read again: in memory while small, then in a temporary file.

use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use arrow_ipc::writer::FileWriter;
use arrow_schema::{Schema, SchemaRef};

use crate::BatchError;
use crate::read::columns;

/// Bytes of batches kept in memory before the spool goes to a file.
pub const SPOOL_BYTES: usize = 256 << 20;

/// Batches of one source of text.
pub(crate) struct Spool {
    memory: Vec<RecordBatch>,
    bytes: usize,
    /// The batches' schemas may differ, since text may bring new columns at any row: a file for each.
    files: Vec<SpoolFile>,
    writing: Option<(FileWriter<File>, File)>,
    schema: SchemaRef,
}

struct SpoolFile {
    file: File,
}

impl Default for Spool {
    fn default() -> Self {
        Self {
            memory: Vec::new(),
            bytes: 0,
            files: Vec::new(),
            writing: None,
            schema: Arc::new(Schema::empty()),
        }
    }
}

impl Spool {
    /// Adds a batch.
    pub(crate) fn push(&mut self, batch: RecordBatch) -> Result<(), BatchError> {
        let merged = Schema::try_merge([
            self.schema.as_ref().clone(),
            batch.schema_ref().as_ref().clone(),
        ]);
        self.schema = Arc::new(merged?);
        self.bytes += batch.get_array_memory_size();
        self.memory.push(batch);
        if self.bytes > SPOOL_BYTES {
            self.unload()
        } else {
            Ok(())
        }
    }

    /// Writes what is in memory to the file, if there is one already.
    pub(crate) fn finish(&mut self) -> Result<(), BatchError> {
        if self.writing.is_some() || !self.files.is_empty() {
            self.unload()?;
        }
        self.close()
    }

    /// The columns of all batches.
    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// How many parts can be read apart from each other.
    pub(crate) fn parts(&self) -> usize {
        self.files.len() + usize::from(!self.memory.is_empty())
    }

    /// Reads the columns asked for, and the row numbers; `give` answers whether anyone still listens.
    pub(crate) fn read(
        &self,
        part: usize,
        wanted: &[&str],
        give: &mut dyn FnMut(RecordBatch) -> bool,
    ) -> Result<(), BatchError> {
        if let Some(file) = self.files.get(part) {
            let mut file = file.file.try_clone().map_err(BatchError::spool)?;
            file.seek(SeekFrom::Start(0)).map_err(BatchError::spool)?;
            let reader = FileReader::try_new(BufReader::new(file), None)?;
            for batch in reader {
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

    fn unload(&mut self) -> Result<(), BatchError> {
        for batch in std::mem::take(&mut self.memory) {
            let fits = self
                .writing
                .as_ref()
                .is_some_and(|(writer, _)| *writer.schema() == batch.schema());
            if !fits {
                self.close()?;
                let file = tempfile::tempfile().map_err(BatchError::spool)?;
                let copy = file.try_clone().map_err(BatchError::spool)?;
                self.writing = Some((FileWriter::try_new(copy, batch.schema_ref())?, file));
            }
            if let Some((writer, _)) = &mut self.writing {
                writer.write(&batch)?;
            }
        }
        self.bytes = 0;
        Ok(())
    }

    fn close(&mut self) -> Result<(), BatchError> {
        if let Some((mut writer, file)) = self.writing.take() {
            writer.finish()?;
            self.files.push(SpoolFile { file });
        }
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

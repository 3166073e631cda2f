//! Parquet files written a row group at a time, each encoded on whatever thread is free.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;

use crate::BatchError;

/// Rows of a row group: small enough that a customer's rows are found quickly, large enough to pack well.
pub(crate) const GROUP_ROWS: usize = 128 * 1024;

/// Bytes of a dictionary page before a column falls back to plain values.
const DICTIONARY_BYTES: usize = 4 << 20;

/// A Parquet file being written.
pub(crate) struct Sink {
    writer: SerializedFileWriter<File>,
    encoder: Encoder,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    rows: u64,
}

/// Encodes row groups of one schema; may be used by many threads at once.
pub(crate) struct Encoder {
    factory: ArrowRowGroupWriterFactory,
    schema: SchemaRef,
}

impl Sink {
    /// Creates the file.
    pub(crate) fn create(
        path: &Path,
        schema: &SchemaRef,
        plain: &[&str],
    ) -> Result<Self, BatchError> {
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by("perennial".to_owned());
        for name in plain {
            // Every value is different: a dictionary would only be built to be thrown away.
            properties = properties
                .set_column_dictionary_enabled((*name).into(), false)
                .set_column_statistics_enabled((*name).into(), EnabledStatistics::None);
        }
        let file = File::create(path).map_err(|cause| BatchError::io(path, cause))?;
        let writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties.build()))?;
        let (writer, factory) = writer.into_serialized_writer()?;
        let encoder = Encoder {
            factory,
            schema: Arc::clone(schema),
        };
        Ok(Self {
            writer,
            encoder,
            waiting: Vec::new(),
            waiting_rows: 0,
            rows: 0,
        })
    }

    /// The encoder, for other threads.
    pub(crate) fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Adds a row group that was encoded elsewhere.
    pub(crate) fn append(&mut self, group: EncodedGroup) -> Result<(), BatchError> {
        self.rows += group.rows as u64;
        let mut writer = self.writer.next_row_group()?;
        for column in group.columns {
            column.append_to_row_group(&mut writer)?;
        }
        writer.close()?;
        Ok(())
    }

    /// Adds rows; they are encoded once there are enough for a row group.
    pub(crate) fn write(&mut self, batch: RecordBatch) -> Result<(), BatchError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.waiting_rows += batch.num_rows();
        self.waiting.push(batch);
        if self.waiting_rows >= GROUP_ROWS {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// Writes what waits and closes the file; answers how many rows it has.
    pub(crate) fn finish(mut self) -> Result<u64, BatchError> {
        self.flush()?;
        self.writer.finish()?;
        Ok(self.rows)
    }

    fn flush(&mut self) -> Result<(), BatchError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_rows = 0;
        let group = self.encoder.encode(&waiting)?;
        self.append(group)
    }
}

/// An encoded row group.
pub(crate) struct EncodedGroup {
    rows: usize,
    columns: Vec<ArrowColumnChunk>,
}

impl Encoder {
    /// The schema of the file.
    pub(crate) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Encodes batches as one row group.
    pub(crate) fn encode(&self, batches: &[RecordBatch]) -> Result<EncodedGroup, BatchError> {
        let columns: Vec<Vec<ArrayRef>> = (0..self.schema.fields().len())
            .map(|column| {
                batches
                    .iter()
                    .map(|b| Arc::clone(b.column(column)))
                    .collect()
            })
            .collect();
        self.encode_columns(columns.into_iter().map(Ok))
    }

    /// Encodes a row group column by column; each column's parts are dropped before the next is made.
    pub(crate) fn encode_columns(
        &self,
        columns: impl Iterator<Item = Result<Vec<ArrayRef>, BatchError>>,
    ) -> Result<EncodedGroup, BatchError> {
        let writers = self.factory.create_column_writers(0)?;
        let mut writers = writers.into_iter();
        let (mut rows, mut chunks) = (0, Vec::new());
        for (field, parts) in self.schema.fields().iter().zip(columns) {
            let parts = parts?;
            rows = parts.iter().map(|part| part.len()).sum();
            let mut leaves_of: Vec<Vec<_>> = Vec::new();
            for part in &parts {
                leaves_of.push(compute_leaves(field, part)?);
            }
            let leaf_count = leaves_of.first().map_or(0, Vec::len);
            for leaf in 0..leaf_count {
                let mut writer = writers
                    .next()
                    .ok_or(BatchError::Internal("more leaves than column writers"))?;
                for leaves in &leaves_of {
                    writer.write(&leaves[leaf])?;
                }
                chunks.push(writer.close()?);
            }
        }
        Ok(EncodedGroup {
            rows,
            columns: chunks,
        })
    }
}

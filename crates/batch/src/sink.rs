//! Parquet files written a row group at a time, each encoded on whatever thread is free.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, FieldRef, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::basic::{Compression, Encoding, ZstdLevel};
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
    /// Creates the file; the values of the columns `unlike` are all different.
    pub(crate) fn create(
        path: &Path,
        schema: &SchemaRef,
        unlike: &[&str],
    ) -> Result<Self, BatchError> {
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
            .set_dictionary_page_size_limit(DICTIONARY_BYTES)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_created_by("perennial".to_owned());
        for name in unlike {
            // A dictionary would only be built to be thrown away, and the ends say nothing.
            properties = properties
                .set_column_dictionary_enabled((*name).into(), false)
                .set_column_statistics_enabled((*name).into(), EnabledStatistics::None);
        }
        for field in schema.fields() {
            // Times lie close together within a customer, so their differences are short.
            if matches!(field.data_type(), DataType::Timestamp(..) | DataType::Int64) {
                properties = properties
                    .set_column_dictionary_enabled(field.name().as_str().into(), false)
                    .set_column_encoding(
                        field.name().as_str().into(),
                        Encoding::DELTA_BINARY_PACKED,
                    );
            }
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
    fn encode(&self, batches: &[RecordBatch]) -> Result<EncodedGroup, BatchError> {
        let mut group = self.begin()?;
        for column in 0..self.schema.fields().len() {
            let parts: Vec<ArrayRef> = batches
                .iter()
                .map(|batch| Arc::clone(batch.column(column)))
                .collect();
            group.column(&parts)?;
        }
        Ok(group.finish())
    }

    /// Begins a row group that is given column by column, so that no more than one need be at hand.
    pub(crate) fn begin(&self) -> Result<GroupEncoder<'_>, BatchError> {
        Ok(GroupEncoder {
            fields: self.schema.fields().iter(),
            writers: self.factory.create_column_writers(0)?.into_iter(),
            rows: 0,
            columns: Vec::new(),
        })
    }
}

/// A row group being encoded.
pub(crate) struct GroupEncoder<'e> {
    fields: std::slice::Iter<'e, FieldRef>,
    writers: std::vec::IntoIter<ArrowColumnWriter>,
    rows: usize,
    columns: Vec<ArrowColumnChunk>,
}

impl GroupEncoder<'_> {
    /// Encodes the next column of the schema, which comes in parts.
    pub(crate) fn column(&mut self, parts: &[ArrayRef]) -> Result<(), BatchError> {
        const MISMATCH: BatchError = BatchError::Internal("columns and their writers do not match");
        let field = self.fields.next().ok_or(MISMATCH)?;
        self.rows = parts.iter().map(|part| part.len()).sum();
        let leaves_of = parts
            .iter()
            .map(|part| compute_leaves(field, part))
            .collect::<Result<Vec<_>, _>>()?;
        for leaf in 0..leaves_of.first().map_or(0, Vec::len) {
            let mut writer = self.writers.next().ok_or(MISMATCH)?;
            for leaves in &leaves_of {
                writer.write(&leaves[leaf])?;
            }
            self.columns.push(writer.close()?);
        }
        Ok(())
    }

    /// The row group, all columns of which were given.
    pub(crate) fn finish(self) -> EncodedGroup {
        EncodedGroup {
            rows: self.rows,
            columns: self.columns,
        }
    }
}

//! Batches of Parquet files that may be damaged or may lie: a reader that panics is an error, and bytes are text once they are seen to be.

use std::cell::Cell;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Once};

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader,
    ParquetRecordBatchReaderBuilder,
};
use parquet::basic::ConvertedType;
use parquet::schema::types::SchemaDescriptor;

use super::convert::is_text;

/// A reader of some columns.
pub(crate) struct Wary {
    /// Nothing once it has panicked: what it holds then is nobody's guess.
    inner: Option<ParquetRecordBatchReader>,
    /// By column of the batches: whether its bytes come as text that nobody has looked at.
    unseen: Vec<bool>,
}

impl Wary {
    /// The columns at these roots of the file's schema, in the order of the file.
    pub fn new(
        builder: ParquetRecordBatchReaderBuilder<File>,
        roots: impl IntoIterator<Item = usize>,
    ) -> Result<Self, ArrowError> {
        let mut roots: Vec<usize> = roots.into_iter().collect();
        roots.sort_unstable();
        roots.dedup();
        let (schema, fields) = (builder.parquet_schema(), builder.schema().fields());
        let is_unseen =
            |root: &usize| is_text(fields[*root].data_type()) && is_unseen(schema, *root);
        let unseen = roots.iter().map(is_unseen).collect();
        let mask = ProjectionMask::roots(schema, roots);
        let inner = caught(|| Ok(builder.with_projection(mask).build()?))?;
        Ok(Self {
            inner: Some(inner),
            unseen,
        })
    }

    /// The same rows; what is no UTF-8 is null.
    fn seen(&self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        if !self.unseen.contains(&true) {
            return Ok(batch);
        }
        let schema = batch.schema();
        let columns = batch.columns().iter().zip(&self.unseen);
        let columns = columns.map(|(column, is_unseen)| match column.as_string_view_opt() {
            Some(words) if *is_unseen => cast(&words.clone().to_binary_view(), &DataType::Utf8View),
            _ => Ok(Arc::clone(column)),
        });
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
        // Its column may have said that it has no nulls.
        let fields = schema.fields().iter();
        let fields: Vec<Field> = fields
            .map(|field| field.as_ref().clone().with_nullable(true))
            .collect();
        let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
        RecordBatch::try_new(Arc::new(schema), columns)
    }
}

impl Iterator for Wary {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut inner = self.inner.take()?;
        let batch = caught(|| inner.next().transpose()).transpose()?;
        if batch.is_ok() {
            self.inner = Some(inner);
        }
        Some(batch.and_then(|batch| self.seen(batch)))
    }
}

/// The index of a file. Texts that the reader would not look at come as views, the one form in which it does nothing
/// with their bytes.
pub(crate) fn index(
    file: &File,
    options: ArrowReaderOptions,
) -> Result<ArrowReaderMetadata, ArrowError> {
    caught(|| {
        let found = ArrowReaderMetadata::load(file, options)?;
        let mut any = false;
        let view = |(root, field): (usize, &Arc<Field>)| {
            let field = field.as_ref().clone();
            if is_text(field.data_type()) && is_unseen(found.parquet_schema(), root) {
                any = true;
                return field.with_data_type(DataType::Utf8View);
            }
            field
        };
        let fields: Vec<Field> = found
            .schema()
            .fields()
            .iter()
            .enumerate()
            .map(view)
            .collect();
        if !any {
            return Ok(found);
        }
        let schema = Schema::new_with_metadata(fields, found.schema().metadata().clone());
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        let parquet = Arc::clone(found.metadata());
        Ok(ArrowReaderMetadata::try_new(parquet, options)?)
    })
}

/// A reader of a file, all of whose options are open.
pub(crate) fn builder(file: File) -> Result<ParquetRecordBatchReaderBuilder<File>, ArrowError> {
    let index = index(&file, ArrowReaderOptions::new())?;
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(
        file, index,
    ))
}

/// Whether a column's bytes are taken as text unseen, should they be asked for as text. The reader looks at those that
/// the file itself calls UTF-8; an Arrow schema beside it, JSON, and bytes that the names of customers are read from
/// it takes at their word.
pub(crate) fn is_unseen(schema: &SchemaDescriptor, root: usize) -> bool {
    let mut leaves =
        (0..schema.num_columns()).filter(|leaf| schema.get_column_root_idx(*leaf) == root);
    leaves.any(|leaf| schema.column(leaf).converted_type() != ConvertedType::UTF8)
}

thread_local! {
    /// Whether a panic on this thread is caught and told as an error.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// What a reader of foreign bytes gives; its panic is an error, and prints nothing. Panics elsewhere, on this thread
/// or on others, go to the hook that was there before: a fuzzer's among them, which ends the program.
fn caught<T>(read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, ArrowError> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !IS_CAUGHT.get() {
                before(panic);
            }
        }));
    });
    let before = IS_CAUGHT.replace(true);
    let read = catch_unwind(AssertUnwindSafe(read));
    IS_CAUGHT.set(before);
    read.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let text = text.unwrap_or("the reader gave up");
        Err(ArrowError::ParquetError(text.to_owned()))
    })
}

//! Results read back: the tables and the manifest of a folder that a run has written.

use std::fs::File;
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, FieldRef, Fields, SchemaRef};

use crate::BatchError;
use crate::manifest::Manifest;
use crate::read::{Wary, builder, columns};
use crate::report::MANIFEST_FORMAT;
use crate::tables::table_path;

/// Rows of a batch read back.
const BATCH_ROWS: usize = 64 * 1024;

/// What is said of a table that cannot be read.
pub(crate) const DAMAGED: &str = "this table of results is damaged; run again";

/// The folder of a run.
#[derive(Clone, Debug)]
pub struct Results {
    folder: PathBuf,
    /// What the run says of itself.
    pub manifest: Manifest,
}

impl Results {
    /// Opens a folder that a run has written.
    ///
    /// # Errors
    /// [`BatchError::Results`] where there is none, or one of another version.
    pub fn open(folder: &Path) -> Result<Self, BatchError> {
        let path = folder.join("run.json");
        let refuse = |cause: String| BatchError::Results {
            path: path.clone(),
            cause,
        };
        let text = std::fs::read_to_string(&path).map_err(|cause| {
            refuse(format!(
                "{cause}; `perennial run` writes it, and --out DIR says where it is"
            ))
        })?;
        let other = |cause: String| {
            refuse(format!(
                "this is not the manifest of a run of this version ({cause}); run again"
            ))
        };
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|cause| other(cause.to_string()))?;
        if manifest.format != MANIFEST_FORMAT {
            let format = manifest.format;
            return Err(other(format!(
                "its format is {format}, not {MANIFEST_FORMAT}"
            )));
        }
        Ok(Self {
            folder: folder.to_owned(),
            manifest,
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads some columns of a table, batch by batch.
    ///
    /// # Errors
    /// [`BatchError::Results`] where the run did not write the table or a column.
    pub fn read(
        &self,
        table: &str,
        columns: &[&str],
        each: &mut dyn FnMut(&RecordBatch) -> Result<(), BatchError>,
    ) -> Result<(), BatchError> {
        let path = table_path(&self.folder, table);
        let refuse = |cause: String| BatchError::Results {
            path: path.clone(),
            cause,
        };
        let file = File::open(&path).map_err(|cause| {
            refuse(format!(
                "{cause}; the run did not write this table: see `outputs` in perennial.yaml"
            ))
        })?;
        let damaged = |cause: &dyn std::fmt::Display| refuse(format!("{DAMAGED} ({cause})"));
        let builder = builder(file).map_err(|cause| damaged(&cause))?;
        for column in columns {
            if builder.schema().index_of(column).is_err() {
                return Err(refuse(format!(
                    "it has no column `{column}`: see `outputs` in perennial.yaml"
                )));
            }
        }
        let roots = columns
            .iter()
            .map(|column| builder.schema().index_of(column));
        let roots: Vec<usize> = roots.collect::<Result<_, _>>()?;
        let reader = Wary::new(builder.with_batch_size(BATCH_ROWS), roots);
        for batch in reader.map_err(|cause| damaged(&cause))? {
            each(&batch.map_err(|cause| damaged(&cause))?)?;
        }
        Ok(())
    }

    /// The names of a table's columns; empty where the run did not write it.
    pub fn columns(&self, table: &str) -> Vec<String> {
        columns_of(&table_path(&self.folder, table))
    }

    /// The names of a table's columns of money in minor units.
    pub fn minor_columns(&self, table: &str) -> Vec<String> {
        let unit = |field: &FieldRef| field.metadata().get(columns::META_UNIT).cloned();
        let fields = self.fields(table);
        let minor = fields
            .iter()
            .filter(|field| unit(field).as_deref() == Some(columns::UNIT_MINOR));
        minor.map(|field| field.name().clone()).collect()
    }

    /// A table's columns; empty where the run did not write it.
    fn fields(&self, table: &str) -> Fields {
        fields_of(&table_path(&self.folder, table))
    }
}

/// The names of a table's columns; empty where there is no table.
pub(crate) fn columns_of(path: &Path) -> Vec<String> {
    let name = |field: &FieldRef| field.name().clone();
    fields_of(path).iter().map(name).collect()
}

fn fields_of(path: &Path) -> Fields {
    let file = File::open(path).ok();
    match file.map(builder) {
        Some(Ok(builder)) => builder.schema().fields().clone(),
        _ => Fields::empty(),
    }
}

/// Writes batches of one schema as a Parquet file.
///
/// # Errors
/// A file that cannot be written, and what the batches give.
pub fn write_parquet_batches(
    path: &Path,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<(), BatchError> {
    let mut sink = crate::sink::Sink::create(path, schema, &[])?;
    for batch in batches {
        sink.write(batch?)?;
    }
    sink.finish()?;
    Ok(())
}

/// Writes one batch as a Parquet file.
///
/// # Errors
/// A file that cannot be written.
pub fn write_parquet(path: &Path, batch: RecordBatch) -> Result<(), BatchError> {
    let mut sink = crate::sink::Sink::create(path, &batch.schema(), &[])?;
    sink.write(batch)?;
    sink.finish()?;
    Ok(())
}

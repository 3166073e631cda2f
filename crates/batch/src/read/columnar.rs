//! Parquet files: opened once, then read by row group, column by column, as often as is wanted.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::basic::Encoding;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, RowGroupMetaData};
use parquet::file::statistics::Statistics;
use perennial_rules::project::Source;

use super::columns::{self, IDENTIFIERS, Part};
use super::convert::{accepts, is_text, texts};
use super::error::ReadError;
use super::inputs::Care;
use super::mapping::{FileColumn, From, Make, Mapping, Others, Out, canonical, check_declared};
use super::sample::{SAMPLE_ROWS, Sample};
use super::stream::open;
use super::table::BATCH_ROWS;
use super::time::Times;
use super::wary::{self, Wary};

/// A Parquet file whose index is in memory.
pub(crate) struct ParquetFile {
    pub name: Arc<str>,
    path: PathBuf,
    index: ArrowReaderMetadata,
    pub mapping: Mapping,
    pub outs: Vec<Out>,
    pub times: Times,
    /// Number of the first row of each row group, and behind them the number of all rows.
    pub starts: Vec<u64>,
    /// Columns that are lists, maps or objects, which are not read.
    pub left_out: Vec<String>,
    /// For each row group that was read once: the rows that were rejected, by their place in it.
    pub verdicts: Vec<OnceLock<Box<[u32]>>>,
}

impl ParquetFile {
    /// Reads a file's index and settles what its columns are.
    pub fn open(
        name: &Arc<str>,
        path: &Path,
        source: &Source,
        times: Times,
        care: Care,
    ) -> Result<Self, ReadError> {
        let file = open(name, path)?;
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
        let found = wary::index(&file, options).map_err(|error| damaged(name, &error, 0))?;
        let parquet = Arc::clone(found.metadata());
        let fields = found.schema().fields();
        let (mut names, mut left_out) = (Vec::new(), Vec::new());
        for field in fields {
            let keep = !is_nested(field.data_type());
            if keep { &mut names } else { &mut left_out }.push(field.name().clone());
        }
        check_declared(source, name, &names)?;
        let mut file = Self {
            name: Arc::clone(name),
            path: path.to_owned(),
            mapping: Mapping::default(),
            outs: Vec::new(),
            times,
            starts: starts(&parquet),
            left_out,
            verdicts: (0..parquet.num_row_groups())
                .map(|_| OnceLock::new())
                .collect(),
            index: found.clone(),
        };
        if care == Care::Look {
            return Ok(file);
        }
        let mut values = |column: usize| {
            let sample = file.sample(&[names[column].as_str()]).unwrap_or_default();
            sample.of(0)
        };
        file.mapping = Mapping::resolve(source, name, &names, &mut values)?;
        file.index = with_cheap_types(&found, &file.mapping).unwrap_or(found);
        file.settle(source)?;
        Ok(file)
    }

    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<_> = self.outs.iter().map(|out| Arc::clone(&out.field)).collect();
        Arc::new(Schema::new(fields))
    }

    /// Number of row groups.
    pub fn chunks(&self) -> usize {
        self.verdicts.len()
    }

    /// Number of rows.
    pub fn rows(&self) -> u64 {
        self.starts.last().copied().unwrap_or_default()
    }

    /// Bytes on disk of some columns of a row group.
    pub fn bytes(&self, chunk: usize, outs: &[&Out]) -> u64 {
        let group = self.index.metadata().row_group(chunk);
        let leaves = leaves(outs, self.index.parquet_schema());
        leaves
            .into_iter()
            .map(|leaf| u64::try_from(group.column(leaf).compressed_size()).unwrap_or_default())
            .fold(0, u64::saturating_add)
    }

    /// A reader of some columns of some row groups.
    pub fn reader(
        &self,
        chunks: Vec<usize>,
        outs: &[&Out],
        selection: Option<RowSelection>,
    ) -> Result<Wary, ReadError> {
        // Each reader has its own handle: they may be on several threads, and a handle has one place.
        let file = open(&self.name, &self.path)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.index.clone());
        let mut builder = builder.with_row_groups(chunks).with_batch_size(BATCH_ROWS);
        if let Some(selection) = selection {
            builder = builder.with_row_selection(selection);
        }
        Wary::new(builder, roots(outs)).map_err(|error| self.damaged(&error, 0))
    }

    /// What an error of the reader means.
    pub fn damaged(&self, error: &dyn std::fmt::Display, rows: u64) -> ReadError {
        damaged(&self.name, error, rows)
    }

    /// Whether a column must be looked at to tell if a row is good.
    pub fn decides(&self, out: &Out, chunk: usize) -> bool {
        let From::Column(column) = out.from else {
            return false;
        };
        let kind = self.index.schema().field(column).data_type();
        match out.make {
            Make::At => true,
            Make::Event => self.mapping.event.is_none(),
            Make::Id => IDENTIFIERS.contains(&out.field.name().as_str()),
            Make::Time => is_text(kind),
            Make::Minor => !kind.is_integer(),
            Make::Bool => *kind != DataType::Boolean,
            Make::Number => !self.numbers_fit(column, chunk),
            Make::Row | Make::Text | Make::AsIs => false,
        }
    }

    /// The first rows of some columns, or of all.
    pub fn sample(&self, wanted: &[&str]) -> Result<Sample, ReadError> {
        let schema = self.index.schema();
        let is_wanted = |field: &Field| {
            (wanted.is_empty() || wanted.contains(&field.name().as_str()))
                && !self.left_out.contains(field.name())
        };
        let numbers: Vec<usize> = (0..schema.fields().len())
            .filter(|number| is_wanted(schema.field(*number)))
            .collect();
        let file = open(&self.name, &self.path)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.index.clone());
        let builder = builder.with_batch_size(SAMPLE_ROWS).with_limit(SAMPLE_ROWS);
        let reader = Wary::new(builder, numbers.iter().copied());
        let reader = reader.map_err(|error| self.damaged(&error, 0))?;
        let mut sample = Sample {
            names: numbers
                .iter()
                .map(|n| schema.field(*n).name().clone())
                .collect(),
            values: vec![Vec::new(); numbers.len()],
            ..Sample::default()
        };
        for batch in reader {
            let batch = batch.map_err(|error| self.damaged(&error, 0))?;
            sample.rows += batch.num_rows();
            for (column, values) in batch.columns().iter().zip(&mut sample.values) {
                let texts = texts(column).map_err(|error| self.damaged(&error, 0))?;
                values.extend(
                    texts
                        .iter()
                        .flatten()
                        .filter(|t| !t.is_empty())
                        .map(str::to_owned),
                );
            }
        }
        Ok(sample)
    }

    /// Settles which columns are made, and of which type.
    fn settle(&mut self, source: &Source) -> Result<(), ReadError> {
        let schema = Arc::clone(self.index.schema());
        let find = |name: &str| schema.index_of(name).ok();
        let mut outs = canonical(&self.mapping, find);
        let mut others = Others::default();
        for (number, field) in schema.fields().iter().enumerate() {
            if self.left_out.contains(field.name()) {
                continue;
            }
            let column = FileColumn {
                name: field.name().clone(),
                path: field.name().clone(),
                part: Part::Property,
            };
            outs.extend(others.of(source, &self.mapping, &column, number));
        }
        for out in &mut outs {
            let From::Column(number) = out.from else {
                continue;
            };
            let kind = schema.field(number).data_type();
            if !accepts(out.make, kind) {
                return Err(self.wrong_type(out, schema.field(number)));
            }
            let stays = out.make == Make::AsIs
                || (out.make == Make::Text && is_text(kind))
                || (out.make == Make::Id && *kind == columns::word_type());
            if stays {
                let field = out.field.as_ref().clone().with_data_type(kind.clone());
                out.field = Arc::new(field);
            }
        }
        self.outs = outs;
        Ok(())
    }

    fn wrong_type(&self, out: &Out, column: &Field) -> ReadError {
        let names = self.index.schema().fields().iter();
        ReadError::Mapping {
            file: self.name.to_string(),
            cause: format!(
                "column `{}` holds {}, which cannot be `{}`",
                column.name(),
                column.data_type(),
                out.field.name()
            ),
            way_out: "name another column or type in perennial.yaml".into(),
            columns: names.map(|field| field.name().clone()).collect(),
        }
    }

    /// Whether the statistics of a row group prove that all numbers of a column can be held.
    fn numbers_fit(&self, column: usize, chunk: usize) -> bool {
        const MOST: f64 = 9.2e12;
        let kind = self.index.schema().field(column).data_type();
        if matches!(kind.primitive_width(), Some(1 | 2 | 4)) && kind.is_integer() {
            return true;
        }
        let group: &RowGroupMetaData = self.index.metadata().row_group(chunk);
        let root = |leaf: &usize| self.index.parquet_schema().get_column_root_idx(*leaf) == column;
        let leaf = (0..group.num_columns()).find(root);
        let ends = match leaf.and_then(|leaf| group.column(leaf).statistics()) {
            Some(Statistics::Int64(ends)) if kind.is_integer() => ends
                .min_opt()
                .zip(ends.max_opt())
                .map(|(min, max)| (*min as f64, *max as f64)),
            Some(Statistics::Double(ends)) => ends
                .min_opt()
                .zip(ends.max_opt())
                .map(|(min, max)| (*min, *max)),
            Some(Statistics::Float(ends)) => ends
                .min_opt()
                .zip(ends.max_opt())
                .map(|(min, max)| (f64::from(*min), f64::from(*max))),
            _ => None,
        };
        ends.is_some_and(|(min, max)| min > -MOST && max < MOST)
    }
}

/// The file's columns that are needed.
fn roots(outs: &[&Out]) -> BTreeSet<usize> {
    let column = |out: &&Out| match out.from {
        From::Column(column) => Some(column),
        From::Row | From::Constant => None,
    };
    outs.iter().filter_map(column).collect()
}

/// The same as places among the leaves, which objects and lists have several of.
fn leaves(outs: &[&Out], schema: &parquet::schema::types::SchemaDescriptor) -> Vec<usize> {
    let roots = roots(outs);
    (0..schema.num_columns())
        .filter(|leaf| roots.contains(&schema.get_column_root_idx(*leaf)))
        .collect()
}

/// For each needed file column its place in the batches of a reader.
pub(crate) fn places(outs: &[&Out]) -> Vec<Option<usize>> {
    let roots: Vec<usize> = roots(outs).into_iter().collect();
    outs.iter()
        .map(|out| match out.from {
            From::Column(column) => roots.binary_search(&column).ok(),
            From::Row | From::Constant => None,
        })
        .collect()
}

/// The index again, with types that cost least to read: views for plain text, a dictionary for event
/// names. `None` where the file cannot be read so.
fn with_cheap_types(found: &ArrowReaderMetadata, mapping: &Mapping) -> Option<ArrowReaderMetadata> {
    let parquet = found.metadata();
    let is_role = |name: &str| {
        columns::CANONICAL
            .iter()
            .any(|role| mapping.column_of(role) == Some(name))
    };
    let cheap = |(number, field): (usize, &Arc<Field>)| {
        let name = field.name().as_str();
        let kind = match field.data_type() {
            kind if is_text(kind) && wary::is_unseen(found.parquet_schema(), number) => {
                DataType::Utf8View
            }
            kind if is_text(kind) && mapping.column_of(columns::EVENT) == Some(name) => {
                columns::word_type()
            }
            // Ids of messages are all different, so their pages are plain sooner or later.
            kind if is_text(kind)
                && mapping.column_of(columns::MESSAGE_ID) != Some(name)
                && is_of_words(parquet, number, is_role(name)) =>
            {
                columns::word_type()
            }
            DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
            DataType::Binary | DataType::LargeBinary if is_role(name) => DataType::Utf8View,
            DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
            DataType::Timestamp(TimeUnit::Nanosecond, None) if is_int96(parquet, number) => {
                // Dates before 1677 and after 2262 do not fit into nanoseconds.
                DataType::Timestamp(TimeUnit::Microsecond, None)
            }
            kind => kind.clone(),
        };
        field.as_ref().clone().with_data_type(kind)
    };
    let fields: Vec<Field> = found
        .schema()
        .fields()
        .iter()
        .enumerate()
        .map(cheap)
        .collect();
    let schema = Schema::new_with_metadata(fields, found.schema().metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    ArrowReaderMetadata::try_new(Arc::clone(parquet), options).ok()
}

/// Whether a text column lies in the file as words of a dictionary all through. Unless it is `wanted` so,
/// the dictionary must also be small: it would be kept for the whole run.
fn is_of_words(parquet: &ParquetMetaData, root: usize, wanted: bool) -> bool {
    /// Bytes of a value, its share of the dictionary included, above which values are hardly repeated.
    const MOST_BYTES: i64 = 6;
    let schema = parquet.file_metadata().schema_descr();
    let of_root = |leaf: &usize| schema.get_column_root_idx(*leaf) == root;
    let Some(leaf) = (0..schema.num_columns()).find(of_root) else {
        return false;
    };
    let mut chunks = parquet.row_groups().iter().map(|group| group.column(leaf));
    chunks.all(|chunk| {
        let is_dictionary = match chunk.page_encoding_stats_mask() {
            Some(pages) => {
                pages.is_only(Encoding::RLE_DICTIONARY) || pages.is_only(Encoding::PLAIN_DICTIONARY)
            }
            None => {
                // Where a writer says no more, a plain page may be the dictionary's own.
                let has = |encoding| chunk.encodings().any(|own| own == encoding);
                has(Encoding::PLAIN_DICTIONARY) && !has(Encoding::PLAIN)
            }
        };
        let nulls = chunk.statistics().and_then(Statistics::null_count_opt);
        let values = chunk.num_values() - nulls.unwrap_or(0) as i64;
        is_dictionary && (wanted || chunk.uncompressed_size() <= values.max(64) * MOST_BYTES)
    })
}

fn is_int96(parquet: &ParquetMetaData, root: usize) -> bool {
    let schema = parquet.file_metadata().schema_descr();
    (0..schema.num_columns()).any(|leaf| {
        schema.get_column_root_idx(leaf) == root
            && schema.column(leaf).physical_type() == parquet::basic::Type::INT96
    })
}

/// Whether a type is a list, a map or an object.
fn is_nested(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, value) => value.is_nested(),
        kind => kind.is_nested(),
    }
}

/// The number of the first row of each row group, from 0, and of the row behind the last.
fn starts(parquet: &ParquetMetaData) -> Vec<u64> {
    let mut starts = vec![0];
    let mut total = 0_u64;
    for group in parquet.row_groups() {
        // What an index says may be anything, and its sum too much.
        let rows = u64::try_from(group.num_rows()).unwrap_or_default();
        total = rows.saturating_add(total);
        starts.push(total);
    }
    starts
}

fn damaged(name: &str, error: &dyn std::fmt::Display, rows: u64) -> ReadError {
    let text = error.to_string();
    let cause = if text.contains("brotli") || text.contains("lzo") || text.contains("feature") {
        return ReadError::unusable(name, text, "write it again with zstd or snappy compression");
    } else {
        format!("it cannot be read as Parquet ({text})")
    };
    ReadError::damaged(name, cause, rows)
}

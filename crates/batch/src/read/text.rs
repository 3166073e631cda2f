//! Text files: opened once to see what they are, then read from the beginning in one go.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arrow_schema::{Schema, SchemaRef};
use perennial_rules::project::{Format, Shape, Source};

use super::columns::Part;
use super::delimited::{Dialect, detect};
use super::error::ReadError;
use super::feed::Feed;
use super::inputs::Care;
use super::mapping::{FileColumn, MONEY, Make, Mapping, Others, Out, canonical, check_declared};
use super::ndjson::{self, Keys};
use super::records::{self, Header};
use super::sample::Sample;
use super::segment;
use super::stream::{Bytes, Compression, Window, open};
use super::table::Table;
use super::time::Times;

/// Bytes at the beginning of a file by which its form is told.
const HEAD_BYTES: usize = 1024 * 1024;

/// A text file whose form is known.
pub(crate) struct TextFile {
    name: Arc<str>,
    origin: Origin,
    form: Form,
    /// Whether a byte order mark comes first.
    marked: bool,
    source: Source,
    pub mapping: Mapping,
    outs: Vec<Out>,
    pub sample: Sample,
    times: Times,
}

/// Where the bytes come from.
enum Origin {
    /// A file that can be opened again.
    File(PathBuf, Compression),
    /// A pipe, which is read once.
    Pipe(Mutex<Option<Window>>),
}

/// A whole text, by its form.
pub(crate) enum TextBytes {
    /// Records of cells below a header, with the byte between two cells.
    Records(Vec<u8>, u8),
    /// Lines of JSON.
    Lines(Vec<u8>),
}

/// The form of a text.
enum Form {
    /// Records of cells; `width` of them belong to the header.
    Delimited(Dialect, Header),
    /// Lines of JSON.
    Ndjson(Shape),
}

impl TextFile {
    /// Looks at the beginning of a text. `path` is that of a file which can be opened again; its
    /// first bytes are still in `bytes`.
    pub fn open(
        name: &Arc<str>,
        path: Option<&Path>,
        bytes: Bytes,
        compression: Compression,
        source: &Source,
        times: Times,
        care: Care,
    ) -> Result<Self, ReadError> {
        let mut window = Window::new(Arc::clone(name), bytes, compression)?;
        while window.bytes().len() < HEAD_BYTES && !window.ended() {
            window.more(0)?;
        }
        refuse_utf16(name, window.bytes())?;
        let marked = window.bytes().starts_with(BOM);
        let head = window.bytes().strip_prefix(BOM).unwrap_or(window.bytes());
        let ended = window.ended();
        let mut file = Self {
            name: Arc::clone(name),
            form: Form::Ndjson(Shape::Flat),
            marked,
            source: source.clone(),
            mapping: Mapping::default(),
            outs: Vec::new(),
            sample: Sample::default(),
            times,
            origin: Origin::Pipe(Mutex::new(None)),
        };
        match format_of(name, source, head) {
            Format::Ndjson => file.look_at_lines(head, ended)?,
            _ => file.look_at_records(head, ended)?,
        }
        if care == Care::Whole {
            file.settle()?;
            file.check_times()?;
        }
        file.origin = match path {
            Some(path) => Origin::File(path.to_owned(), compression),
            None => Origin::Pipe(Mutex::new(Some(window))),
        };
        Ok(file)
    }

    /// The format, for people.
    pub const fn format(&self) -> Format {
        match self.form {
            Form::Delimited(..) => Format::Csv,
            Form::Ndjson(_) => Format::Ndjson,
        }
    }

    /// The delimiter of delimited text.
    pub const fn delimiter(&self) -> Option<u8> {
        match &self.form {
            Form::Delimited(dialect, _) => Some(dialect.delimiter),
            Form::Ndjson(_) => None,
        }
    }

    /// The shape of NDJSON.
    pub const fn shape(&self) -> Option<Shape> {
        match self.form {
            Form::Delimited(..) => None,
            Form::Ndjson(shape) => Some(shape),
        }
    }

    /// The columns as far as they are known.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<_> = self.outs.iter().map(|out| Arc::clone(&out.field)).collect();
        Arc::new(Schema::new(fields))
    }

    /// Reads the whole file.
    pub fn read(&self, wanted: Option<&[&str]>, feed: &mut Feed<'_>) -> Result<(), ReadError> {
        let mut window = self.window()?;
        while window.bytes().len() < BOM.len() && !window.ended() {
            window.more(0)?;
        }
        if self.marked {
            window.pass(BOM.len());
        }
        match &self.form {
            Form::Delimited(dialect, header) => {
                while window.bytes().len() < header.bytes && !window.ended() {
                    window.more(0)?;
                }
                window.pass(header.bytes);
                records::read(&mut window, *dialect, header, feed)
            }
            Form::Ndjson(shape) => {
                let mut keys = self.keys(*shape);
                ndjson::read(&mut window, &mut keys, &self.times, wanted, feed)
            }
        }
    }

    /// All of its bytes, unpacked, without a byte order mark: for small tables.
    pub fn whole(&self) -> Result<TextBytes, ReadError> {
        let mut window = self.window()?;
        while !window.ended() {
            window.more(0)?;
        }
        if self.marked {
            window.pass(BOM.len());
        }
        let bytes = window.bytes().to_vec();
        Ok(match &self.form {
            Form::Delimited(dialect, _) => TextBytes::Records(bytes, dialect.delimiter),
            Form::Ndjson(_) => TextBytes::Lines(bytes),
        })
    }

    /// A table of this file's columns.
    pub fn table(&self, wanted: Option<&[&str]>) -> Table {
        let event = self.mapping.event.as_deref();
        Table::new(self.outs.clone(), wanted, self.times.clone(), event)
    }

    /// The text from its beginning.
    fn window(&self) -> Result<Window, ReadError> {
        match &self.origin {
            Origin::File(path, compression) => {
                let bytes = Box::new(open(&self.name, path)?);
                Window::new(Arc::clone(&self.name), bytes, *compression)
            }
            Origin::Pipe(window) => {
                let window = window.lock().ok().and_then(|mut window| window.take());
                window.ok_or_else(|| ReadError::misuse(&self.name, "it can be read only once"))
            }
        }
    }

    /// The keys of the sample, each with its column.
    fn keys(&self, shape: Shape) -> Keys {
        let mut keys = Keys::new(shape, &self.source, self.mapping.clone());
        keys.canonical();
        keys.known(&self.sample.names);
        keys
    }

    fn look_at_records(&mut self, head: &[u8], ended: bool) -> Result<(), ReadError> {
        let declared = self.source.delimiter.map(|delimiter| delimiter.0);
        let (dialect, passed) = detect(head, declared);
        let header = records::header(&self.name, head, ended, dialect, passed)?;
        self.sample = Sample::of_records(&head[header.bytes..], ended, dialect, &header);
        self.form = Form::Delimited(dialect, header);
        Ok(())
    }

    /// Settles which columns are made.
    fn settle(&mut self) -> Result<(), ReadError> {
        match &self.form {
            Form::Delimited(dialect, header) => self.settle_records(*dialect, header.clone()),
            Form::Ndjson(shape) => self.settle_lines(*shape),
        }
    }

    fn settle_records(&mut self, dialect: Dialect, header: Header) -> Result<(), ReadError> {
        if !header.names.is_empty() {
            check_declared(&self.source, &self.name, &header.names)
                .and_then(|()| self.resolve())
                .map_err(|error| delimiter_hint(error, &header, dialect))?;
        }
        self.outs = canonical(&self.mapping, |column| {
            header.names.iter().position(|name| name == column)
        });
        let mut others = Others::default();
        for (number, name) in header.names.iter().enumerate() {
            let column = FileColumn {
                name: name.clone(),
                path: name.clone(),
                part: Part::Property,
            };
            let outs = others.of(&self.source, &self.mapping, &column, number);
            self.outs.extend(outs);
        }
        Ok(())
    }

    fn look_at_lines(&mut self, head: &[u8], ended: bool) -> Result<(), ReadError> {
        self.sample = Sample::of_lines(head, ended);
        let sample = &self.sample;
        let good = sample.rows - sample.bad;
        let is_array = head.trim_ascii_start().starts_with(b"[");
        if is_array || (good == 0 && sample.rows > 0) {
            let fault = sample
                .first_fault
                .as_deref()
                .unwrap_or("it begins with `[`");
            let cause = format!("it is no NDJSON, which has one object a line ({fault})");
            let way_out = "write one object a line, as `jq -c '.[]? // .'` does";
            return Err(ReadError::unusable(&self.name, cause, way_out));
        }
        let is_segment = sample.calls * 2 > good;
        let guessed = if is_segment {
            Shape::Segment
        } else {
            Shape::Flat
        };
        self.form = Form::Ndjson(self.source.shape.unwrap_or(guessed));
        Ok(())
    }

    fn settle_lines(&mut self, shape: Shape) -> Result<(), ReadError> {
        match shape {
            Shape::Segment => {
                self.mapping.roles = segment::roles(&self.source.roles);
                self.mapping.event = self.source.event.clone();
                if segment::finds_amount(&self.source) {
                    self.mapping.money = Some(Make::Number);
                    self.mapping.amount = Some(MONEY.to_owned());
                }
            }
            Shape::Flat if self.sample.rows == self.sample.bad => {}
            Shape::Flat => self.resolve()?,
        }
        let mut keys = Keys::new(shape, &self.source, self.mapping.clone());
        self.outs = keys.canonical();
        self.outs.extend(keys.known(&self.sample.names));
        Ok(())
    }

    /// Finds the roles by the names and the sample.
    fn resolve(&mut self) -> Result<(), ReadError> {
        let sample = &self.sample;
        let mut values = |column| sample.of(column);
        self.mapping = Mapping::resolve(&self.source, &self.name, &sample.names, &mut values)?;
        Ok(())
    }

    /// Times of which not one in the sample can be read would reject the whole file row by row: the
    /// form must be declared first.
    fn check_times(&self) -> Result<(), ReadError> {
        const ENOUGH: usize = 10;
        let Some(column) = self.mapping.roles.at.as_deref() else {
            return Ok(());
        };
        let number = self.sample.names.iter().position(|name| name == column);
        let values = number
            .map(|number| self.sample.of(number))
            .unwrap_or_default();
        let fault = values
            .first()
            .and_then(|first| self.times.read(first).err());
        let (Some(fault), true) = (fault, values.len() >= ENOUGH) else {
            return Ok(());
        };
        if values.iter().any(|value| self.times.read(value).is_ok()) {
            return Ok(());
        }
        let way_out = match super::guess::time_format(&values) {
            Some(format) => format!("`time_format: \"{format}\"` would fit its first rows"),
            None => "`import --dry-run` shows what it holds".to_owned(),
        };
        Err(ReadError::Mapping {
            file: self.name.to_string(),
            cause: format!(
                "no time in column `{column}` can be read: {}",
                fault.message
            ),
            way_out,
            columns: self.sample.names.clone(),
        })
    }
}

/// The byte order mark of UTF-8.
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// The format declared, or told from the first byte that is no space, or from the name.
fn format_of(name: &str, source: &Source, head: &[u8]) -> Format {
    if let Some(format @ (Format::Csv | Format::Ndjson)) = source.format {
        return format;
    }
    let first = head.iter().find(|b| !b.is_ascii_whitespace());
    let name = name.to_ascii_lowercase();
    let stem = [".gz", ".zst", ".zstd"]
        .iter()
        .find_map(|ending| name.strip_suffix(ending))
        .unwrap_or(&name);
    let named = [".ndjson", ".jsonl", ".json"]
        .iter()
        .any(|ending| stem.ends_with(ending));
    if named || first == Some(&b'{') {
        Format::Ndjson
    } else {
        Format::Csv
    }
}

/// UTF-16 has a byte order mark of its own, or a zero in every other byte.
fn refuse_utf16(name: &str, head: &[u8]) -> Result<(), ReadError> {
    let start = &head[..head.len().min(512)];
    let zeros = start.iter().filter(|b| **b == 0).count();
    if start.starts_with(&[0xFF, 0xFE])
        || start.starts_with(&[0xFE, 0xFF])
        || zeros * 3 > start.len()
    {
        let way_out =
            "convert it with `iconv -f UTF-16 -t UTF-8 FILE > NEW`, or save it as CSV UTF-8";
        return Err(ReadError::unusable(
            name,
            "it is UTF-16, not UTF-8",
            way_out,
        ));
    }
    Ok(())
}

/// A header of a single column that holds other delimiters was probably cut by the wrong one.
fn delimiter_hint(error: ReadError, header: &Header, dialect: Dialect) -> ReadError {
    let other = [',', ';', '\t', '|'].into_iter().find(|other| {
        u32::from(*other) != u32::from(dialect.delimiter)
            && header.names.iter().any(|name| name.contains(*other))
    });
    match (error, other) {
        (
            ReadError::Mapping {
                file,
                cause,
                way_out,
                columns,
            },
            Some(other),
        ) => ReadError::Mapping {
            file,
            cause,
            way_out: format!(
                "{way_out}; or is the delimiter {other:?}, not {:?}?",
                char::from(dialect.delimiter)
            ),
            columns,
        },
        (error, _) => error,
    }
}

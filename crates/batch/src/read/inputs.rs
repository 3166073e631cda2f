//! Which files are read, and as what: globs, standard input, compression and format.

use std::collections::HashSet;
use std::fs::Metadata;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use perennial_model::Zone;
use perennial_rules::project::{Format, Source};

use super::columnar::ParquetFile;
use super::error::ReadError;
use super::feed::{Each, Feed, Rejects};
use super::groups;
use super::mapping::Mapping;
use super::progress::Progress;
use super::reject::Counts;
use super::sample::Sample;
use super::stream::{Bytes, Compression, open, peek};
use super::text::{TextBytes, TextFile};
use super::time::Times;

/// The name of standard input.
pub const STDIN: &str = "-";

/// Bytes by which compression and Parquet are told.
const MAGIC_BYTES: usize = 16;

/// The files of a run, each opened and understood.
pub struct Inputs {
    /// The files, in the order of their sources and then of their names.
    pub files: Vec<InputFile>,
}

/// A file that was opened.
pub struct InputFile {
    name: Arc<str>,
    path: PathBuf,
    source: Source,
    bytes: Option<u64>,
    body: Body,
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Care {
    /// To be read: its columns must say who and when.
    Whole,
    /// To be looked at: what its columns are is to be found out.
    Look,
}

enum Body {
    Text(Box<TextFile>),
    Parquet(Box<ParquetFile>),
}

impl Inputs {
    /// Opens `files` as they were named on the command line, or else the files of `sources`.
    ///
    /// Paths and globs of sources are relative to `base`; those of the command line are not. A file
    /// of the command line belongs to the source whose paths or globs it matches, else to the first
    /// source without any, else to the only source there is; else all of it is guessed.
    /// Times without an offset are taken in the source's zone, else in `zone`.
    ///
    /// # Errors
    /// [`ReadError`] where there is nothing to read, or a file cannot be opened or understood.
    pub fn open(
        sources: &[Source],
        files: &[String],
        base: &Path,
        zone: &Zone,
    ) -> Result<Self, ReadError> {
        let mut seen = HashSet::new();
        let mut opened = Vec::new();
        for (name, path, source) in listed(sources, files, base)? {
            if seen.insert(path.clone()) {
                opened.push(InputFile::open(&name, &path, &source, zone, Care::Whole)?);
            }
        }
        if opened.is_empty() {
            let message = "there is nothing to read: name files with `--input FILE`, or as `files` of a source in perennial.yaml";
            return Err(ReadError::NothingToRead(message.to_owned()));
        }
        Ok(Self { files: opened })
    }

    /// Bytes of all files on disk; `None` if one is a pipe.
    pub fn bytes(&self) -> Option<u64> {
        self.files.iter().map(InputFile::bytes).sum()
    }
}

impl InputFile {
    /// Opens one file only to look at its first rows, whatever its columns are.
    pub(crate) fn look(path: &str, zone: &Zone) -> Result<Self, ReadError> {
        Self::open(path, Path::new(path), &Source::default(), zone, Care::Look)
    }

    /// Opens one file and settles what it holds.
    fn open(
        name: &str,
        path: &Path,
        source: &Source,
        zone: &Zone,
        care: Care,
    ) -> Result<Self, ReadError> {
        let name: Arc<str> = Arc::from(name);
        let times = times(&name, source, zone)?;
        let is_stdin = path == Path::new(STDIN);
        let (raw, regular): (Bytes, Option<Metadata>) = if is_stdin {
            (Box::new(std::io::stdin()), None)
        } else {
            let file = open(&name, path)?;
            let metadata = file
                .metadata()
                .map_err(|cause| ReadError::io(&name, cause))?;
            if metadata.is_dir() {
                let cause = "it is a folder";
                return Err(ReadError::unusable(
                    &name,
                    cause,
                    "name its files, as `FOLDER/*.csv` does",
                ));
            }
            (Box::new(file), metadata.is_file().then_some(metadata))
        };
        let (magic, raw) = peek(&name, raw, MAGIC_BYTES)?;
        let compression = Compression::of(&magic).map_err(|what| {
            let way_out = "unpack it, or save it as CSV UTF-8";
            ReadError::unusable(&name, format!("it is {what}"), way_out)
        })?;
        let body = if is_parquet(&name, &magic, source)? {
            if regular.is_none() {
                let cause = "Parquet has its index at the end, so a pipe of it cannot be read";
                return Err(ReadError::unusable(&name, cause, "save it to a file first"));
            }
            let file = ParquetFile::open(&name, path, source, times, care)?;
            Body::Parquet(Box::new(file))
        } else {
            let reopened = regular.as_ref().map(|_| path);
            let file = TextFile::open(&name, reopened, raw, compression, source, times, care)?;
            Body::Text(Box::new(file))
        };
        Ok(Self {
            name,
            path: path.to_owned(),
            source: source.clone(),
            bytes: regular.map(|metadata| metadata.len()),
            body,
        })
    }

    /// The file as it was named.
    pub fn path(&self) -> &str {
        &self.name
    }

    /// Where it lies; `-` for standard input.
    pub fn full_path(&self) -> &Path {
        &self.path
    }

    /// The source it belongs to.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Which column plays which part.
    pub fn mapping(&self) -> &Mapping {
        match &self.body {
            Body::Text(file) => &file.mapping,
            Body::Parquet(file) => &file.mapping,
        }
    }

    /// The canonical columns, properties and traits, as far as they are known: a batch of NDJSON may
    /// have more of them, behind these. Of a text file without any rows there may be fewer.
    pub fn schema(&self) -> SchemaRef {
        match &self.body {
            Body::Text(file) => file.schema(),
            Body::Parquet(file) => file.schema(),
        }
    }

    /// The format found.
    pub fn format(&self) -> Format {
        match &self.body {
            Body::Text(file) => file.format(),
            Body::Parquet(_) => Format::Parquet,
        }
    }

    /// Whether it can be read by row group and column, as often as is wanted.
    pub const fn is_parquet(&self) -> bool {
        matches!(self.body, Body::Parquet(_))
    }

    /// Parts that can be read independently: row groups, or 1.
    pub fn chunks(&self) -> usize {
        match &self.body {
            Body::Text(_) => 1,
            Body::Parquet(file) => file.chunks(),
        }
    }

    /// Rows, where the file says so.
    pub fn rows_hint(&self) -> Option<u64> {
        match &self.body {
            Body::Text(_) => None,
            Body::Parquet(file) => Some(file.rows()),
        }
    }

    /// Rows of the file before a chunk, where the file says so.
    pub fn first_row(&self, chunk: usize) -> Option<u64> {
        match &self.body {
            Body::Text(_) => Some(0),
            Body::Parquet(file) => file.starts.get(chunk).copied(),
        }
    }

    /// Bytes on disk; `None` for a pipe.
    pub const fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Bytes that reading some columns of all chunks takes, for a progress bar.
    pub fn bytes_of(&self, columns: Option<&[&str]>) -> Option<u64> {
        match &self.body {
            Body::Text(_) => self.bytes,
            Body::Parquet(file) => {
                let wanted = |name: &str| columns.is_none_or(|names| names.contains(&name));
                let outs: Vec<_> = file
                    .outs
                    .iter()
                    .filter(|o| wanted(o.field.name()))
                    .collect();
                Some(
                    (0..file.chunks())
                        .map(|chunk| file.bytes(chunk, &outs))
                        .sum(),
                )
            }
        }
    }

    /// Columns that are not read because they are lists, maps or objects of Parquet.
    pub fn left_out(&self) -> &[String] {
        match &self.body {
            Body::Text(_) => &[],
            Body::Parquet(file) => &file.left_out,
        }
    }

    /// The first rows, for guesses.
    ///
    /// # Errors
    /// [`ReadError`] where a Parquet file cannot be read.
    pub fn sample(&self) -> Result<Sample, ReadError> {
        match &self.body {
            Body::Text(file) => Ok(file.sample.clone()),
            Body::Parquet(file) => file.sample(&[]),
        }
    }

    /// The whole text, unpacked; `None` of Parquet.
    pub(crate) fn text_bytes(&self) -> Result<Option<TextBytes>, ReadError> {
        match &self.body {
            Body::Text(file) => file.whole().map(Some),
            Body::Parquet(_) => Ok(None),
        }
    }

    /// How its texts are cut and shaped.
    pub(crate) fn text(&self) -> Option<&TextFile> {
        match &self.body {
            Body::Text(file) => Some(file),
            Body::Parquet(_) => None,
        }
    }
}

/// Reads a chunk of a file as batches of at most [`super::BATCH_ROWS`] rows.
///
/// `columns` names the columns of the batches (`None`: all; names that the file does not have are
/// left out). Bad rows go to `rejects`, in the order of the file, and are in no batch. A row group of
/// Parquet is judged in its first reading, where the columns that decide (ids, event, time, declared
/// types that may not fit) are read along; later readings leave out the same rows in silence.
///
/// # Errors
/// [`ReadError`] where the file is damaged or unreadable, and what `each` returns.
pub fn read_chunk(
    file: &InputFile,
    chunk: usize,
    columns: Option<&[&str]>,
    rejects: &mut Rejects<'_>,
    each: &mut Each<'_>,
    progress: &Progress,
) -> Result<Counts, ReadError> {
    if chunk >= file.chunks() {
        return Err(ReadError::misuse(
            &file.name,
            format!("it has no chunk {chunk}"),
        ));
    }
    match &file.body {
        Body::Parquet(parquet) => groups::read(parquet, chunk, columns, rejects, each, progress),
        Body::Text(text) => {
            let mut feed = Feed {
                file: Arc::clone(&file.name),
                table: text.table(columns),
                counts: Counts::default(),
                rejects,
                each,
                progress,
            };
            text.read(columns, &mut feed)?;
            Ok(feed.counts)
        }
    }
}

/// Reads some columns of the rows of a Parquet file with these numbers, which count from 1 and rise.
/// Rejected rows are given like any other, with null for what is wrong in them.
///
/// # Errors
/// [`ReadError`] where the file is damaged, is no Parquet, or has no such rows.
pub fn read_rows(
    file: &InputFile,
    columns: &[&str],
    rows: &[u64],
) -> Result<RecordBatch, ReadError> {
    match &file.body {
        Body::Parquet(parquet) => groups::read_rows(parquet, columns, rows),
        Body::Text(_) => Err(ReadError::misuse(
            &file.name,
            "rows of text files cannot be read by number",
        )),
    }
}

/// How the times of a source are written.
fn times(name: &str, source: &Source, zone: &Zone) -> Result<Times, ReadError> {
    let zone = match source.time_zone.as_deref() {
        None => zone.clone(),
        Some(named) => Zone::named(named).ok_or_else(|| {
            let cause = format!("there is no time zone `{named}`");
            ReadError::unusable(
                name,
                cause,
                "name one of the IANA zones, such as Europe/Berlin",
            )
        })?,
    };
    Ok(Times::new(source.time_format.as_deref(), &zone))
}

/// Whether a file is Parquet; an error where it should be and is not.
fn is_parquet(name: &str, magic: &[u8], source: &Source) -> Result<bool, ReadError> {
    let is = magic.starts_with(b"PAR1");
    let lower = name.to_ascii_lowercase();
    let named = [".parquet", ".pq", ".parq"]
        .iter()
        .any(|end| lower.ends_with(end));
    let should_be = source.format == Some(Format::Parquet) || (source.format.is_none() && named);
    match (is, should_be) {
        (true, _) | (_, false) => Ok(is),
        (false, true) => Err(ReadError::unusable(
            name,
            "it should be Parquet, but does not begin with PAR1",
            "check the file, or the `format` of its source in perennial.yaml",
        )),
    }
}

/// All files to be read: the name for people, the path, and the source.
fn listed(
    sources: &[Source],
    files: &[String],
    base: &Path,
) -> Result<Vec<(String, PathBuf, Source)>, ReadError> {
    let mut listed = Vec::new();
    if files.is_empty() {
        for source in sources {
            for pattern in &source.files {
                let paths = expand(pattern, &base.join(pattern))?;
                listed.extend(
                    paths
                        .into_iter()
                        .map(|p| (shown(&p, base), p, source.clone())),
                );
            }
        }
        return Ok(listed);
    }
    for file in files {
        let paths = match file.as_str() {
            STDIN => vec![PathBuf::from(STDIN)],
            file => expand(file, Path::new(file))?,
        };
        for path in paths {
            let source = source_of(&path, sources, base);
            listed.push((path.display().to_string(), path, source));
        }
    }
    if files.iter().any(|file| file == STDIN) && std::io::stdin().is_terminal() {
        let message = "standard input is a terminal: pipe a file into it";
        return Err(ReadError::NothingToRead(message.to_owned()));
    }
    Ok(listed)
}

/// The files that a path or a glob means, sorted.
fn expand(pattern: &str, path: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let is_glob = pattern.contains(['*', '?', '[']) && !path.exists();
    if !is_glob {
        return Ok(vec![path.to_owned()]);
    }
    let text = path.to_string_lossy();
    let found = glob::glob(&text).map_err(|error| {
        ReadError::unusable(pattern, format!("it is no glob ({error})"), "correct it")
    })?;
    let mut paths: Vec<PathBuf> = found
        .filter_map(Result::ok)
        .filter(|p| !p.is_dir())
        .collect();
    paths.sort();
    if paths.is_empty() {
        return Err(ReadError::NothingToRead(format!(
            "no file matches `{pattern}`"
        )));
    }
    Ok(paths)
}

/// The source that a file of the command line belongs to.
fn source_of(path: &Path, sources: &[Source], base: &Path) -> Source {
    let full = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let names = |source: &&Source| {
        source.files.iter().any(|pattern| {
            let whole = std::path::absolute(base.join(pattern)).unwrap_or_default();
            let glob = glob::Pattern::new(&whole.to_string_lossy());
            whole == full || glob.is_ok_and(|glob| glob.matches_path(&full))
        })
    };
    let named = sources.iter().find(names);
    let open = || sources.iter().find(|source| source.files.is_empty());
    let only = || sources.first().filter(|_| sources.len() == 1);
    named
        .or_else(open)
        .or_else(only)
        .cloned()
        .unwrap_or_default()
}

/// A path of a source as it is shown: relative to the project.
fn shown(path: &Path, base: &Path) -> String {
    path.strip_prefix(base)
        .unwrap_or(path)
        .display()
        .to_string()
}

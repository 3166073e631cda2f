//! Why a run fails, and what to do about it.

use std::path::{Path, PathBuf};

use crate::read::ReadError;

/// Why a run failed. Nothing was written in that case but, where rows were to blame, the rejects.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// An input cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file or folder cannot be written or made.
    #[error("{}: {cause}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// Results cannot be written where they should go.
    #[error("{}: results cannot be written there ({cause}); `--out DIR` names another folder", .path.display())]
    NoPlace {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        cause: std::io::Error,
    },
    /// The temporary file for parsed text failed.
    #[error(
        "the temporary file for parsed rows failed: {0}; is the disk full? TMPDIR chooses another place"
    )]
    Spool(std::io::Error),
    /// More rows than one run can number.
    #[error("{0} rows are more than one run takes ({max}); run over parts of the files", max = crate::rows::MAX_ROWS)]
    TooManyRows(u64),
    /// More sets of touchpoints than can be told apart.
    #[error(
        "events match more than 60,000 different sets of touchpoints; let fewer touchpoints share event names"
    )]
    TooManyKinds,
    /// A column of `outputs` that the table does not have.
    #[error("outputs: table `{table}` has no column `{column}`{}", .nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default())]
    UnknownColumn {
        /// The table.
        table: &'static str,
        /// The column asked for.
        column: String,
        /// The nearest that exists.
        nearest: Option<String>,
    },
    /// Too many rows were bad.
    #[error("{rejected} of {rows} rows are bad, more than the {limit} allowed by --max-bad; they are in {} with the reasons", .file.display())]
    TooManyBad {
        /// Rows rejected.
        rejected: u64,
        /// Rows read.
        rows: u64,
        /// The limit as it was given.
        limit: String,
        /// Where the bad rows are.
        file: PathBuf,
    },
    /// Not one input has a row.
    #[error(
        "{files}: no events in it; a file of events has a row for each below a header, or a JSON object on each line"
    )]
    NoEvents {
        /// The files, a few of them.
        files: String,
    },
    /// No row could be used.
    #[error("none of the {rows} rows could be used; {why}")]
    NothingLeft {
        /// Rows read.
        rows: u64,
        /// Why, and the way out.
        why: String,
    },
    /// One of several questions that were asked together is wrong.
    #[error("{error}")]
    Question {
        /// Which, from 0.
        number: usize,
        /// What is wrong with it.
        error: Box<BatchError>,
    },
    /// A question names what is personal, and whoever asks may not see that.
    #[error("`{0}` is personal, as the project's `pii` says: it may be named by who may see it")]
    Personal(String),
    /// A question that cannot be asked as it stands: the way out is part of the text.
    #[error("{0}")]
    Asked(String),
    /// Rules of a question with errors; each one's file is the number of its condition.
    #[error("{}", .0.first().map_or("a rule is wrong", |first| &first.message))]
    Rules(Vec<perennial_rules::Diagnostic>),
    /// A result folder lacks what a command needs.
    #[error("{}: {cause}", .path.display())]
    Results {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and the way out.
        cause: String,
    },
    /// Arrow refused.
    #[error("columns do not fit: {0}")]
    Arrow(#[from] arrow_schema::ArrowError),
    /// Parquet refused.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// The threads could not be started.
    #[error("threads could not be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A mistake in this program.
    #[error("internal: {0}; please report this")]
    Internal(&'static str),
}

impl BatchError {
    /// An error of the system on a path.
    pub(crate) fn io(path: &Path, cause: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            cause,
        }
    }

    /// An error of the system on the spool.
    pub(crate) fn spool(cause: std::io::Error) -> Self {
        Self::Spool(cause)
    }
}

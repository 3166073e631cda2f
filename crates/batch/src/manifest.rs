//! The manifest `run.json`: what was read, what was dropped and why, what was written.

use std::io::{Read, Seek, SeekFrom};

use perennial_model::customer_hash;
use serde::{Deserialize, Serialize};

use crate::read::InputFile;

/// The manifest of a run. Its counts add up: `rows = rejected + duplicates + without_customer +
/// after_until + scored + touches`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this program.
    pub perennial: String,
    /// The version of the manifest's form.
    pub format: u32,
    /// The workspace.
    pub workspace: String,
    /// The version of the rules.
    pub rule_version: String,
    /// The time zone in which days begin.
    pub time_zone: String,
    /// The day that weeks begin on.
    pub week_start: String,
    /// The currency's code.
    pub currency: String,
    /// Where history ends, exclusive, RFC 3339.
    pub until: String,
    /// The earliest and the latest touch.
    pub first_touch: Option<String>,
    /// The latest touch.
    pub last_touch: Option<String>,
    /// The files read.
    pub inputs: Vec<Input>,
    /// What became of the rows.
    pub counts: Counts,
    /// Rejected rows by reason.
    pub rejected_by_reason: Vec<(String, u64)>,
    /// Events by name, the most frequent first.
    pub events: Vec<EventCount>,
    /// Links between identifiers that the cap refused.
    pub links_refused: u64,
    /// The lifecycles with their stages in order.
    pub lifecycles: Vec<LifecycleNames>,
    /// The segments.
    pub segments: Vec<String>,
    /// The tables written, with their rows.
    pub tables: Vec<TableCount>,
    /// Notes about this run that change how its numbers read.
    pub notes: Vec<String>,
}

/// A file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Its path as it was given.
    pub path: String,
    /// Its size on disk; null for a pipe.
    pub bytes: Option<u64>,
    /// A hash (64 bits, hexadecimal) to tell whether a later run read the same: of all bytes of a text
    /// file, of the last 64 KiB of a Parquet file, where its index is. Null for a pipe.
    pub hash: Option<String>,
    /// Rows, bad ones included.
    pub rows: u64,
    /// Rows rejected.
    pub rejected: u64,
}

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows read.
    pub rows: u64,
    /// Bad rows.
    pub rejected: u64,
    /// Rows whose message had come before.
    pub duplicates: u64,
    /// Rows with no identifier but placeholders.
    pub without_customer: u64,
    /// Rows at or after the end of history.
    pub after_until: u64,
    /// Rows that bring scores of a forecast.
    #[serde(default)]
    pub scored: u64,
    /// Touches folded.
    pub touches: u64,
    /// Customers with at least one touch.
    pub customers: u64,
    /// Moves between stages.
    pub transitions: u64,
    /// Refused moves.
    pub refused: u64,
}

impl Counts {
    /// Whether every row is accounted for.
    pub fn add_up(&self) -> bool {
        self.rows
            == self.rejected
                + self.duplicates
                + self.without_customer
                + self.after_until
                + self.scored
                + self.touches
    }
}

/// Events of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCount {
    /// The name as it came.
    pub event: String,
    /// How many.
    pub count: u64,
    /// Whether a touchpoint names it.
    pub recognized: bool,
}

/// A lifecycle's names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifecycleNames {
    /// Its name.
    pub name: String,
    /// Its stages in order.
    pub stages: Vec<String>,
}

/// A table that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCount {
    /// Its name.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

/// A hash that tells whether a later run read the same file.
pub(crate) fn fingerprint(input: &InputFile) -> Option<String> {
    const TAIL_BYTES: u64 = 64 << 10;
    let bytes = input.bytes()?;
    let mut file = std::fs::File::open(input.full_path()).ok()?;
    if input.is_parquet() {
        file.seek(SeekFrom::Start(bytes.saturating_sub(TAIL_BYTES)))
            .ok()?;
    }
    let mut hash = customer_hash(&bytes.to_le_bytes());
    let mut part = vec![0; TAIL_BYTES as usize];
    loop {
        let read = file.read(&mut part).ok()?;
        if read == 0 {
            return Some(format!("{hash:016x}"));
        }
        hash = hash.rotate_left(17) ^ customer_hash(&part[..read]);
    }
}

//! The log of what was done with keys and personal data: appended only, each line chained to the last.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use perennial_model::Time;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::secret::hex;
use crate::{AccessError, file};

/// The name of the file in the data folder.
const AUDIT_FILE: &str = "audit.ndjson";
/// Most bytes of one value of a line.
const MAX_VALUE_BYTES: usize = 200;
/// Bytes at the end of the file in which its last line stands: a line has six values, each of which
/// may grow sixfold by escapes.
const LAST_BYTES: u64 = 16 * 1024;
/// What the first line is chained to.
const BEGINNING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The audit log of a data folder. A running server and the command line may append at the same time.
pub struct Audit {
    path: PathBuf,
}

/// Something that was done. None of its values is personal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deed {
    /// Who did it: the id of a key, or `command line`.
    pub who: String,
    /// What it was, as a stable code such as `key_revoked`.
    pub what: &'static str,
    /// In which workspace.
    pub workspace: String,
    /// What it was done to: the id of a key, the name of a workspace, a version of rules.
    pub on: String,
    /// From which address.
    pub from: String,
    /// By which request.
    pub request: String,
}

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Lines.
    pub lines: u64,
    /// The hash of the last line. Kept elsewhere, it tells later whether lines were cut off.
    pub last: String,
}

impl Audit {
    /// The audit log of a data folder. The file comes into being with its first line.
    pub fn of(folder: &Path) -> Self {
        Self {
            path: folder.join(AUDIT_FILE),
        }
    }

    /// Appends a line and makes it durable.
    ///
    /// # Errors
    /// [`AccessError::Disk`].
    pub fn append(&self, deed: &Deed, now: Time) -> Result<(), AccessError> {
        let failed = |error| AccessError::disk(&self.path, &error);
        let is_new = !self.path.exists();
        let mut options = file::private();
        let options = options.read(true).append(true).create(true);
        let mut file = options.open(&self.path).map_err(failed)?;
        file.lock().map_err(failed)?;
        let last = last_line(&mut file).map_err(failed)?;
        let line = json!({
            "at": now.to_string(), "who": cut(&deed.who), "what": deed.what,
            "workspace": cut(&deed.workspace), "on": cut(&deed.on), "from": cut(&deed.from),
            "request": cut(&deed.request), "previous": last,
        });
        let mut line = line.to_string();
        line.push('\n');
        file.write_all(line.as_bytes()).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        match self.path.parent() {
            Some(folder) if is_new => file::sync_folder(folder),
            _ => Ok(()),
        }
    }

    /// Checks that every line follows from the one before.
    ///
    /// # Errors
    /// [`AccessError::Damaged`] with the first line that does not; [`AccessError::Disk`].
    pub fn verify(&self) -> Result<Verified, AccessError> {
        let mut seen = Verified {
            lines: 0,
            last: BEGINNING.to_owned(),
        };
        let file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(seen),
            Err(error) => return Err(AccessError::disk(&self.path, &error)),
        };
        let mut lines = BufReader::new(file.take(u64::MAX));
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = lines.read_until(b'\n', &mut line);
            if read.map_err(|error| AccessError::disk(&self.path, &error))? == 0 {
                return Ok(seen);
            }
            seen.lines += 1;
            let broken = |what: &str| {
                let what = format!("line {} {what}", seen.lines);
                Err(AccessError::damaged(&self.path, what))
            };
            if line.pop() != Some(b'\n') {
                return broken("is cut off");
            }
            let Ok(value) = serde_json::from_slice::<Value>(&line) else {
                return broken("is no JSON");
            };
            if value["previous"] != seen.last {
                return broken("does not follow from the line before");
            }
            seen.last = chained(&line);
        }
    }
}

/// The hash of the last line. A line that was cut off when the process died was never acknowledged:
/// it is removed.
fn last_line(file: &mut File) -> std::io::Result<String> {
    let bytes = file.seek(SeekFrom::End(0))?;
    let from = bytes.saturating_sub(LAST_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut end = Vec::new();
    file.read_to_end(&mut end)?;
    let whole = end
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    if whole < end.len() {
        end.truncate(whole);
        file.set_len(from + whole as u64)?;
    }
    if end.is_empty() {
        return Ok(BEGINNING.to_owned());
    }
    end.pop();
    let start = end
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    Ok(chained(&end[start..]))
}

fn chained(line: &[u8]) -> String {
    hex(&Sha256::digest(line))
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(MAX_VALUE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

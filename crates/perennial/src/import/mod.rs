//! Rows of files through the door of a server: read as `run` reads them, sent as Segment's calls.

mod calls;
mod door;
mod node;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use perennial_batch::BatchError;
use perennial_batch::read::{Inputs, Progress, ReadError, Reject, STDIN, read_chunk};
use perennial_batch::run::Observer;
use perennial_model::Symbols;
use perennial_rules::{Machine, Project};
use xxhash_rust::xxh3::Xxh3;

use crate::failure::Failure;
use crate::progress::Bar;
use calls::Calls;
pub use door::Door;

/// Most calls of one request.
const MAX_CALLS: usize = 2_000;
/// Bytes of calls at which a request is sent.
const BODY_BYTES: usize = 1024 * 1024;
/// Bytes of a file that are read at once for its fingerprint.
const CHUNK_BYTES: usize = 1024 * 1024;

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Rows read.
    pub rows: u64,
    /// Calls that the door took; those that had come before are among them, and count once.
    pub kept: u64,
    /// Rows that could not be read, kept among the failed events.
    pub bad: u64,
    /// Calls that the door refused, kept among the failed events.
    pub refused: u64,
}

/// Calls on their way.
struct Parcel<'d> {
    door: &'d mut Door,
    calls: Vec<String>,
    bytes: usize,
    bad: Vec<Reject>,
    sent: Sent,
}

impl Parcel<'_> {
    fn call(&mut self, call: String) -> Result<(), Failure> {
        self.bytes += call.len();
        self.calls.push(call);
        self.send_if_full()
    }

    fn send_if_full(&mut self) -> Result<(), Failure> {
        let calls = self.calls.len() + self.bad.len();
        if calls >= MAX_CALLS || self.bytes >= BODY_BYTES {
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), Failure> {
        let (calls, bad) = (
            std::mem::take(&mut self.calls),
            std::mem::take(&mut self.bad),
        );
        self.bytes = 0;
        if calls.is_empty() && bad.is_empty() {
            return Ok(());
        }
        let refused = self.door.take(&calls, &bad)?;
        self.sent.refused += refused;
        self.sent.kept += calls.len() as u64 - refused;
        self.sent.bad += bad.len() as u64;
        Ok(())
    }
}

/// Sends all rows of the files.
///
/// # Errors
/// Files that cannot be read, or a door that takes nothing. What was sent before is kept: a second
/// time it counts once.
pub fn send(
    project: &Project,
    base: &Path,
    files: &[String],
    door: &mut Door,
    bar: &Bar,
) -> Result<Sent, Failure> {
    let inputs = Inputs::open(&project.sources, files, base, &project.zone);
    let inputs = inputs.map_err(BatchError::from)?;
    let machine = Machine::compile(project, &mut Symbols::default());
    let progress = Arc::new(Progress::default());
    bar.phase("sending", inputs.bytes().map(|bytes| (bytes, &progress)));
    let mut sent = Sent::default();
    for file in &inputs.files {
        let fingerprint = fingerprint(Path::new(file.path()))?;
        let calls = Calls::new(&machine, project.currency.decimals, &fingerprint);
        let mut parcel = Parcel {
            door: &mut *door,
            calls: Vec::new(),
            bytes: 0,
            bad: Vec::new(),
            sent: Sent::default(),
        };
        for chunk in 0..file.chunks() {
            let mut failure = None;
            let mut bad = Vec::new();
            let mut each = |batch: arrow_array::RecordBatch| {
                let made = calls.of(&batch, &mut |call| parcel.call(call));
                made.map_err(|cause| {
                    failure = Some(cause);
                    ReadError::NothingToRead("sending failed".to_owned())
                })
            };
            let read = read_chunk(
                file,
                chunk,
                None,
                &mut |one| bad.push(one),
                &mut each,
                &progress,
            );
            if let Some(failure) = failure {
                return Err(failure);
            }
            parcel.sent.rows += read.map_err(BatchError::from)?.rows;
            for reject in bad {
                parcel.bytes += reject.original.len();
                parcel.bad.push(reject);
                parcel.send_if_full()?;
            }
        }
        parcel.send()?;
        let own = parcel.sent;
        sent.rows += own.rows;
        sent.kept += own.kept;
        sent.bad += own.bad;
        sent.refused += own.refused;
    }
    Ok(sent)
}

/// What tells a file from others: a hash of its bytes.
fn fingerprint(path: &Path) -> Result<String, Failure> {
    if path == Path::new(STDIN) {
        return Err(Failure::usage(
            "standard input cannot be sent to a server, since a second time all of it would count \
             again: save it to a file first",
        ));
    }
    let failed = |error: std::io::Error| Failure::failed(format!("{}: {error}", path.display()));
    let mut file = File::open(path).map_err(failed)?;
    let (mut hash, mut chunk) = (Xxh3::new(), vec![0; CHUNK_BYTES]);
    loop {
        match file.read(&mut chunk).map_err(failed)? {
            0 => return Ok(format!("{:032x}", hash.digest128())),
            read => hash.update(&chunk[..read]),
        }
    }
}

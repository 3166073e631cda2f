//! `log`: every byte of the log checked, or its events written as lines that `run` reads.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use perennial_store::disk::RealDisk;
use perennial_store::{Damage, LogReader, Verified, verify as check};
use serde_json::json;

use crate::answer::{Answer, Cell, shown};
use crate::args::{Log, LogDeed};
use crate::data::{self, LOGS};
use crate::failure::{Failure, exit};

/// The wait before a place that looks damaged is looked at again: a write may be under way there.
const LOOK_AGAIN: Duration = Duration::from_millis(300);
/// Times that a place is read again, since it may have been rewritten meanwhile.
const MAX_TRIES: usize = 5;

pub fn log(args: &Log) -> Result<ExitCode, Failure> {
    match &args.deed {
        LogDeed::Verify {
            data,
            workspace,
            show,
        } => {
            let (answer, damaged) = report(data, workspace.as_deref())?;
            answer.show(show)?;
            Ok(if damaged == 0 {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(exit::FAILED)
            })
        }
        LogDeed::Export {
            data,
            workspace,
            save,
        } => export(data, workspace, save.as_deref()),
    }
}

/// What a look through the logs of a folder of data found, and how many places are damaged.
fn report(folder: &Path, asked: Option<&str>) -> Result<(Answer, usize), Failure> {
    let (mut rows, mut notes, mut damaged) = (Vec::new(), Vec::new(), 0);
    for workspace in data::workspaces(folder, asked)? {
        for log in LOGS {
            let verified = verified(&data::folder(folder, &workspace).join(log))?;
            damaged += verified.damage.len();
            notes.extend(verified.damage.iter().map(said));
            notes.extend(verified.torn.iter().map(said_torn));
            let figures = [verified.segments as u64, verified.records, verified.lines];
            let figures = figures.into_iter().chain([verified.bytes]);
            let figures = figures.chain([verified.damage.len() as u64]);
            let mut row = vec![Cell::Text(workspace.clone()), Cell::Text(log.to_owned())];
            row.extend(figures.map(|figure| Cell::Whole(figure as i64)));
            rows.push(row);
        }
    }
    if damaged > 0 {
        notes.push(
            "What is damaged cannot be read, so a server refuses to start on it. `perennial restore` \
             makes a folder of data of a backup; docs/serve.md says more."
                .to_owned(),
        );
    }
    let columns = [
        "workspace",
        "log",
        "files",
        "records",
        "lines",
        "bytes",
        "damaged",
    ];
    let answer = Answer {
        head: vec![("sound", json!(damaged == 0))],
        list: "logs",
        columns: columns.map(shown).to_vec(),
        rows,
        notes,
        json: None,
    };
    Ok((answer, damaged))
}

fn said(damage: &Damage) -> String {
    let Damage { path, offset, flaw } = damage;
    format!("{}: damaged at byte {offset}: {flaw}", path.display())
}

fn said_torn(torn: &Damage) -> String {
    format!(
        "{}: the last write is not whole from byte {} on. That is no damage: a write is under way, or a \
         crash tore it before anybody was told that it is kept. The next start cuts it off.",
        torn.path.display(),
        torn.offset
    )
}

/// What is in a log. A place is damaged if it is so twice: beside a running server the end of the log
/// may just be written.
pub fn verified(folder: &Path) -> Result<Verified, Failure> {
    let look = || check(&RealDisk, folder).map_err(Failure::failed);
    if !folder.is_dir() {
        return Ok(Verified::default());
    }
    let mut verified = look()?;
    if !verified.damage.is_empty() {
        sleep(LOOK_AGAIN);
        let again = look()?;
        let first = std::mem::replace(&mut verified, again).damage;
        verified.damage.retain(|damage| first.contains(damage));
    }
    Ok(verified)
}

fn export(folder: &Path, workspace: &str, save: Option<&Path>) -> Result<ExitCode, Failure> {
    data::workspaces(folder, Some(workspace))?;
    let log = data::folder(folder, workspace).join(LOGS[0]);
    let to: Box<dyn Write> = match save {
        None => Box::new(std::io::stdout().lock()),
        Some(path) => Box::new(
            File::create(path)
                .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?,
        ),
    };
    let lines = write_lines(&log, u64::MAX, &mut BufWriter::new(to))?;
    if save.is_some() || std::io::stderr().is_terminal() {
        let _ = writeln!(std::io::stderr(), "{lines} events of `{workspace}`");
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the lines of a log before one of them, or all that there are now; answers how many. A server may go on
/// writing the log, and not a byte of it is changed.
///
/// # Errors
/// What the log says, and a place that cannot be written.
pub fn write_lines(log: &Path, before: u64, to: &mut dyn Write) -> Result<u64, Failure> {
    let open = || LogReader::beside(Arc::new(RealDisk), log).map_err(Failure::failed);
    let mut reader = open()?;
    let end = reader.durable().min(before);
    let (mut position, mut lines, mut tries) = (0, 0_u64, 0);
    while position < end {
        let record = match reader.read(position) {
            Ok(record) => record,
            // A server may have rewritten what is being read.
            Err(_) if tries < MAX_TRIES => {
                tries += 1;
                sleep(LOOK_AGAIN);
                reader = open()?;
                continue;
            }
            Err(error) => return Err(Failure::failed(error)),
        };
        tries = 0;
        let Some(record) = record else { break };
        // Lines of customers who were erased are blank.
        let within = record
            .lines()
            .filter(|(line, _)| (position..end).contains(line));
        for (_, line) in within.filter(|(_, line)| !line.trim().is_empty()) {
            to.write_all(line.as_bytes())?;
            to.write_all(b"\n")?;
            lines += 1;
        }
        position = record.end();
    }
    to.flush()?;
    Ok(lines)
}

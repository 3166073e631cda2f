//! `log`: every byte of the log checked, or its events written as lines that `run` reads.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use perennial_store::disk::RealDisk;
use perennial_store::{Damage, LogError, LogOptions, Verified, verify as check};
use serde_json::json;

use crate::answer::{Answer, Cell, shown};
use crate::args::{Log, LogDeed};
use crate::data::{self, LOGS};
use crate::failure::{Failure, exit};

/// The wait before a place that looks damaged is looked at again: a write may be under way there.
const LOOK_AGAIN: Duration = Duration::from_millis(300);

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
    let opened = perennial_store::Log::open(Arc::new(RealDisk), &log, LogOptions::default());
    let (log, _) = opened.map_err(|error| match error {
        LogError::Locked(_) => Failure::failed(format!(
            "{error}; take a backup with `perennial backup --url URL` and export that"
        )),
        error => Failure::failed(error),
    })?;
    let reader = log.reader();
    let to: Box<dyn Write> = match save {
        None => Box::new(std::io::stdout().lock()),
        Some(path) => Box::new(
            File::create(path)
                .map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?,
        ),
    };
    let mut to = BufWriter::new(to);
    let (mut position, mut lines) = (0, 0_u64);
    while let Some(record) = reader.read(position).map_err(Failure::failed)? {
        // Lines of customers who were erased are blank.
        for (_, line) in record.lines().filter(|(_, line)| !line.trim().is_empty()) {
            to.write_all(line.as_bytes())?;
            to.write_all(b"\n")?;
            lines += 1;
        }
        position = record.end();
    }
    to.flush()?;
    if save.is_some() || std::io::stderr().is_terminal() {
        let _ = writeln!(std::io::stderr(), "{lines} events of `{workspace}`");
    }
    Ok(ExitCode::SUCCESS)
}

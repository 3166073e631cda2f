//! Making a picture: the log up to a line as a file, and a run over it.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use perennial_batch::BatchError;
use perennial_batch::read::Progress;
use perennial_batch::run::{Observer, Options, ScoresFrom, run};
use perennial_model::Time;
use perennial_rules::Project;
use perennial_rules::project::TableOutput;
use serde_json::Value;

use super::{NOTHING, OUT_FOLDER};
use crate::commands::{log, threads};
use crate::failure::Failure;
use crate::folder;
use crate::folder::RULES_FILE;

/// The file of the log's lines, which goes when the run is over.
pub(super) const LINES_FILE: &str = "log.ndjson";
/// Bytes of touches kept in memory; those beyond go to a temporary file. Half of what a run of its own takes.
pub(super) const MEMORY_BYTES: usize = 256 << 20;
/// The tables that questions ask.
const ASKED: [&str; 3] = ["touches", "transitions", "customers"];
/// Tables that no question asks, of which some hold what is personal.
const NOT_ASKED: [&str; 4] = ["identities", "refused", "segment_history", "rejects"];

/// Makes a picture of the folder that it works in.
pub fn make(order: &Value) -> Result<ExitCode, Failure> {
    let wrong = || Failure::usage("no order for a picture");
    let log = order["log"].as_str().map(PathBuf::from).ok_or_else(wrong)?;
    let lines = order["lines"].as_u64().ok_or_else(wrong)?;
    let until = order["until_ms"].as_i64().map(Time).ok_or_else(wrong)?;
    let mut project = folder::load(Path::new(RULES_FILE))?;
    choose_tables(&mut project);
    let mut file = BufWriter::new(File::create(LINES_FILE)?);
    let written = log::write_lines(&log, lines, &mut file)?;
    drop(file);
    let nothing = || Ok(ExitCode::from(NOTHING as u8));
    if written == 0 {
        return nothing();
    }
    let options = Options {
        inputs: vec![LINES_FILE.to_owned()],
        base: PathBuf::from("."),
        out: PathBuf::from(OUT_FOLDER),
        until: Some(until),
        threads: threads(None)?,
        memory: MEMORY_BYTES,
        max_bad: None,
        // A server scores by itself: what is not in its log is not so.
        scores: ScoresFrom::Input,
    };
    let outcome = run(&project, &options, &Silent);
    fs::remove_file(LINES_FILE)?;
    match outcome {
        Ok(_) => Ok(ExitCode::SUCCESS),
        Err(BatchError::NoEvents { .. } | BatchError::NothingLeft { .. }) => nothing(),
        Err(error) => Err(error.into()),
    }
}

/// Whole tables of what questions ask, whatever the project has written, and none of the rest.
fn choose_tables(project: &mut Project) {
    let tables = &mut project.outputs.tables;
    tables
        .retain(|(name, _)| !ASKED.contains(&name.as_str()) && !NOT_ASKED.contains(&name.as_str()));
    tables.extend(NOT_ASKED.map(|name| (name.to_owned(), TableOutput::Off)));
}

/// Nobody watches.
pub(super) struct Silent;

impl Observer for Silent {
    fn phase(&self, _: &str, _: Option<(u64, &Arc<Progress>)>) {}
}

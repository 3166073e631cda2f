//! Scoring a log: what a server is to append, as lines, and the model behind it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use perennial_batch::BatchError;
use perennial_batch::forecasts::{ScoringDate, score_log};
use perennial_batch::run::{Options, ScoresFrom};
use perennial_model::Time;
use serde_json::{Value, json};

use super::NOTHING;
use super::picture::{LINES_FILE, MEMORY_BYTES, Silent};
use crate::commands::{log, threads};
use crate::failure::Failure;
use crate::folder::{self, RULES_FILE};

/// The calls to append, one a line.
pub const CALLS_FILE: &str = "scores.ndjson";
/// The model, and how many orders came since the one before.
pub const SCORING_FILE: &str = "scoring.json";

/// Scores the log in the folder that it works in.
pub fn score(order: &Value) -> Result<ExitCode, Failure> {
    let wrong = || Failure::usage("no order for a forecast");
    let log = order["log"].as_str().map(PathBuf::from).ok_or_else(wrong)?;
    let lines = order["lines"].as_u64().ok_or_else(wrong)?;
    let time = |key: &str| order[key].as_i64().map(Time);
    let date = ScoringDate {
        at: time("at_ms").ok_or_else(wrong)?,
        next: time("next_ms"),
        before: time("before_ms"),
        unless_within: serde_json::from_value(order["unless_within"].clone())
            .map_err(|_| wrong())?,
    };
    let project = folder::load(Path::new(RULES_FILE))?;
    let mut file = BufWriter::new(File::create(LINES_FILE)?);
    let written = log::write_lines(&log, lines, &mut file)?;
    file.flush()?;
    drop(file);
    let nothing = || Ok(ExitCode::from(NOTHING as u8));
    if written == 0 {
        return nothing();
    }
    let options = Options {
        inputs: vec![LINES_FILE.to_owned()],
        base: PathBuf::from("."),
        out: PathBuf::from("."),
        until: Some(date.at),
        threads: threads(None)?,
        memory: MEMORY_BYTES,
        max_bad: None,
        scores: ScoresFrom::Input,
    };
    let outcome = score_log(&project, &options, &Silent, date);
    fs::remove_file(LINES_FILE)?;
    let scoring = match outcome {
        Ok(scoring) => scoring,
        Err(BatchError::NoEvents { .. } | BatchError::NothingLeft { .. }) => return nothing(),
        Err(error) => return Err(error.into()),
    };
    let mut calls = BufWriter::new(File::create(CALLS_FILE)?);
    for line in &scoring.lines {
        writeln!(calls, "{line}")?;
    }
    calls.flush()?;
    fs::write(SCORING_FILE, json!(scoring).to_string())?;
    Ok(ExitCode::SUCCESS)
}

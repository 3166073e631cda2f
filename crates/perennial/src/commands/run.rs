//! `run`: files of events into stages, ledger and tables.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use perennial_batch::manifest::Manifest;
use perennial_batch::run::{MEMORY_BYTES, Options, ScoresFrom, run as fold};
use perennial_model::{Time, Zone};
use serde_json::json;

use crate::args::{Output, Run};
use crate::failure::Failure;
use crate::folder;
use crate::progress::Bar;

pub fn run(args: &Run) -> Result<ExitCode, Failure> {
    let project = folder::load(&args.project)?;
    let options = Options {
        inputs: args.input.clone(),
        base: args.project.clone(),
        out: args.out.clone().unwrap_or_else(|| args.project.join("out")),
        until: args
            .until
            .as_deref()
            .map(|text| instant("--until", text, &project.zone))
            .transpose()?,
        threads: threads(args.threads)?,
        memory: MEMORY_BYTES,
        max_bad: args.max_bad.as_deref().map(share).transpose()?,
        scores: match &args.scores {
            Some(folder) => ScoresFrom::Run(folder.clone()),
            None => ScoresFrom::default(),
        },
    };
    let bar = Bar::new(args.quiet);
    let manifest = fold(&project, &options, &bar);
    bar.clear();
    let manifest = manifest?;
    if args.quiet {
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = std::io::stdout().lock();
    if args.output == Output::Json {
        writeln!(out, "{:#}", json!(manifest))?;
    } else {
        write!(out, "{}", summary(&manifest, &options.out))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An instant from the command line.
pub fn instant(option: &str, text: &str, zone: &Zone) -> Result<Time, Failure> {
    Time::parse(text, zone).map_err(|_| {
        Failure::usage(format!(
            "{option} {text}: no time; write RFC 3339 (2025-03-01T12:00:00Z) or a date (2025-03-01)"
        ))
    })
}

/// How many threads to use.
pub fn threads(asked: Option<usize>) -> Result<usize, Failure> {
    match asked {
        Some(0) => Err(Failure::usage("--threads 0: at least one is needed")),
        Some(threads) => Ok(threads.min(256)),
        None => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
    }
}

/// A share such as `1%` or `0.01`, with its text.
fn share(text: &str) -> Result<(f64, String), Failure> {
    let (number, unit) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    match number.trim().parse::<f64>().map(|number| number / unit) {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok((share, text.to_owned())),
        _ => Err(Failure::usage(format!(
            "--max-bad {text}: no share; write 1% or 0.01"
        ))),
    }
}

/// What a run did, in a few lines.
pub fn summary(manifest: &Manifest, out: &Path) -> String {
    let counts = &manifest.counts;
    let mut text = format!(
        "{} touches of {} customers, {} moves between stages, history until {}\n",
        counts.touches, counts.customers, counts.transitions, manifest.until
    );
    let dropped = [
        ("bad", counts.rejected),
        ("sent twice", counts.duplicates),
        ("without an identifier", counts.without_customer),
        ("after the end", counts.after_until),
    ];
    let dropped: Vec<String> = dropped
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(why, count)| format!("{count} {why}"))
        .collect();
    if !dropped.is_empty() {
        text.push_str(&format!(
            "{} rows read, of which {}\n",
            counts.rows,
            dropped.join(", ")
        ));
    }
    for (reason, count) in manifest.rejected_by_reason.iter().take(5) {
        text.push_str(&format!("  bad: {reason} {count}\n"));
    }
    let unknown: Vec<String> = manifest
        .events
        .iter()
        .filter(|event| !event.recognized)
        .take(5)
        .map(|event| format!("{} ({})", event.event, event.count))
        .collect();
    if !unknown.is_empty() {
        text.push_str(&format!(
            "events that no touchpoint names: {}\n",
            unknown.join(", ")
        ));
    }
    for note in &manifest.notes {
        text.push_str(&format!("note: {note}\n"));
    }
    text.push_str(&format!("results in {}\n", out.display()));
    text
}

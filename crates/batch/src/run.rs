//! A run: from files of events to the ledger and the tables, all or nothing.

use perennial_engine::Thresholds;
use perennial_model::Time;
use perennial_rules::Project;

use crate::BatchError;
use crate::fold::Frame;
use crate::manifest::Manifest;
pub use crate::options::{MEMORY_BYTES, Observer, Options};
use crate::prepare::{Prepared, prepare};
use crate::report::Report;
use crate::scores;
use crate::tables::customers::Closing;
use crate::write::Writing;

/// Runs a project over its inputs and writes every table to the folder `out`.
///
/// Results appear only when all of them are whole; what was there before stays until then.
///
/// # Errors
/// [`BatchError`] says what was wrong and the way out. The folder is as it was before, but for the
/// rejects where bad rows were to blame.
pub fn run(
    project: &Project,
    options: &Options,
    observer: &dyn Observer,
) -> Result<Manifest, BatchError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.max(1))
        .build()?;
    pool.install(|| run_here(project, options, observer))
}

fn run_here(
    project: &Project,
    options: &Options,
    observer: &dyn Observer,
) -> Result<Manifest, BatchError> {
    let mut writing = Writing::begin(&options.out)?;
    let prepared = prepare(project, options, observer, Some(&mut writing))?;
    let Prepared {
        rows,
        machine,
        symbols,
        roster,
        selections,
        plan,
        partitions,
        ids,
        events,
        span,
        fates,
        carried,
        until,
        thresholds,
    } = prepared;
    observer.phase("folding", None);
    let frame = Frame {
        machine: &machine,
        plan: &plan,
        symbols: &symbols,
        thresholds: &thresholds,
        roster: &roster,
        zone: &project.zone,
        first: Time(span.unwrap_or((0, 0)).0),
        until,
        carried: &carried,
        summaries: selections.reads_customers(),
        traits: &selections.traits,
    };
    let summaries = writing.fold_all(frame, (partitions, ids), &rows, &selections)?;
    observer.phase("writing", None);
    let mut dated = thresholds.dated().to_vec();
    if frame.summaries {
        dated.push((
            until,
            scores::closing_cuts(&summaries, &roster, &project.scoring),
        ));
    }
    let closing_thresholds = Thresholds::new(dated);
    let closing = Closing {
        machine: &machine,
        roster: &roster,
        symbols: &symbols,
        thresholds: &closing_thresholds,
        until,
        decimals: project.currency.decimals,
        tiles: project.scoring.tiles,
        high_value_percent: project.scoring.high_value_percent,
        traits: &selections.traits,
    };
    writing.write_customers(&closing, &summaries, selections.customers.as_ref())?;
    drop(summaries);
    writing.write_rest(&selections, &closing_thresholds, &machine, &roster, &rows)?;
    let links_refused = roster.links_refused;
    let report = Report {
        project,
        machine: &machine,
        rows: &rows,
        links_refused,
        events,
        span,
        until,
        fates,
        thresholds: &thresholds,
    };
    let manifest = report.manifest(&writing)?;
    writing.finish(manifest)
}

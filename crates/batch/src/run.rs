//! A run: from files of events to the ledger and the tables, all or nothing.

use perennial_engine::Thresholds;
use perennial_rules::Project;

use crate::BatchError;
use crate::manifest::Manifest;
pub use crate::options::{MEMORY_BYTES, Observer, Options, ScoresFrom};
use crate::prepare::prepare;
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
    options
        .threads()?
        .install(|| run_here(project, options, observer))
}

fn run_here(
    project: &Project,
    options: &Options,
    observer: &dyn Observer,
) -> Result<Manifest, BatchError> {
    let mut writing = Writing::begin(&options.out)?;
    let mut prepared = prepare(project, options, observer, Some(&mut writing))?;
    observer.phase("folding", None);
    let ordered = (
        std::mem::take(&mut prepared.partitions),
        std::mem::take(&mut prepared.ids),
    );
    let events = std::mem::take(&mut prepared.events);
    let (selections, rows) = (&prepared.selections, &prepared.rows);
    let frame = prepared.frame(project, selections.reads_customers());
    let summaries = writing.fold_all(frame, ordered, rows, selections)?;
    observer.phase("writing", None);
    let mut dated = frame.thresholds.dated().to_vec();
    if frame.summaries {
        let cuts = scores::closing_cuts(&summaries, frame.roster, &project.scoring);
        dated.push((frame.until, cuts));
    }
    let closing_thresholds = Thresholds::new(dated);
    let closing = Closing {
        machine: frame.machine,
        roster: frame.roster,
        symbols: frame.symbols,
        thresholds: &closing_thresholds,
        until: frame.until,
        decimals: project.currency.decimals,
        tiles: project.scoring.tiles,
        high_value_percent: project.scoring.high_value_percent,
        traits: frame.traits,
    };
    writing.write_customers(&closing, &summaries, selections.customers.as_ref())?;
    drop(summaries);
    let (machine, roster) = (frame.machine, frame.roster);
    writing.write_rest(selections, &closing_thresholds, machine, roster, rows)?;
    let (scored, symbols) = (frame.scored, frame.symbols);
    writing.write_scores(scored, roster, symbols, selections.scores.as_ref())?;
    writing.forecasts = prepared.forecasts.clone();
    let report = Report {
        project,
        machine,
        rows,
        links_refused: roster.links_refused,
        events,
        span: prepared.span,
        until: frame.until,
        fates: prepared.fates,
        thresholds: frame.thresholds,
    };
    let manifest = report.manifest(&writing)?;
    writing.finish(manifest)
}

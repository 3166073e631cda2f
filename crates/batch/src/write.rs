//! Writing a run's results: into a folder of their own first, moved into place when all are whole.

use std::path::{Path, PathBuf};

use perennial_engine::Thresholds;
use perennial_model::Symbols;
use perennial_rules::Machine;
use rayon::prelude::*;

use crate::BatchError;
use crate::bins::{Bin, Sorted};
use crate::fold::{Folded, Frame, Summary};
use crate::forecasts::Forecasts;
use crate::manifest::{Manifest, TableCount};
use crate::message_ids::MessageIds;
use crate::options::Options;
use crate::order::{Partition, Sorter};
use crate::read::Reject;
use crate::recorder::{Days, Recorder};
use crate::rejects::Rejects;
use crate::roster::Roster;
use crate::rows::Rows;
use crate::scored::{self, AllScored};
use crate::selections::Selections;
use crate::sink::{EncodedGroup, GROUP_ROWS, Sink};
use crate::tables::customers::Closing;
use crate::tables::ledger::{self, Names};
use crate::tables::{self, Selection, facts, table_path, touches};

/// Customers written at a time.
const CUSTOMER_ROWS: usize = 64 * 1024;

/// A result folder being made.
pub(crate) struct Writing {
    out: PathBuf,
    partial: PathBuf,
    /// Whether this run has made the folder.
    is_new: bool,
    pub tables: Vec<TableCount>,
    pub days: Option<Days>,
    pub transitions: u64,
    pub refused: u64,
    pub customers: u64,
    /// The models behind the scores, where the run knows them.
    pub forecasts: Option<Forecasts>,
}

/// What one partition adds to the tables.
struct Part {
    touches: Vec<TouchPart>,
    ledger: [Option<arrow_array::RecordBatch>; 3],
    folded: Folded,
}

enum TouchPart {
    Group(EncodedGroup),
    Rows(arrow_array::RecordBatch),
}

impl Writing {
    /// Makes the folder that results are written to until they are whole.
    pub(crate) fn begin(out: &Path) -> Result<Self, BatchError> {
        let partial = out.join(".partial");
        let is_new = !out.exists();
        let refused = |cause| BatchError::NoPlace {
            path: out.to_owned(),
            cause,
        };
        if partial.exists() {
            std::fs::remove_dir_all(&partial).map_err(refused)?;
        }
        std::fs::create_dir_all(&partial).map_err(refused)?;
        let out = out.to_owned();
        Ok(Self {
            out,
            partial,
            is_new,
            tables: Vec::new(),
            days: None,
            transitions: 0,
            refused: 0,
            customers: 0,
            forecasts: None,
        })
    }

    /// Stops a run of which nothing is left, or that is mostly garbage, leaving only the rejects behind.
    pub(crate) fn refuse_garbage(
        &mut self,
        rows: &Rows,
        options: &Options,
        touches: u64,
    ) -> Result<(), BatchError> {
        let (rejected, total) = (rows.with_rejects(Rejects::count), rows.total() as u64);
        let limit = options
            .max_bad
            .as_ref()
            .filter(|(share, _)| rejected as f64 > share * total as f64);
        if limit.is_none() && (touches > 0 || rejected == 0) {
            return Ok(());
        }
        let selection = Selection::of(
            &perennial_rules::project::Outputs::default(),
            tables::table("rejects"),
            &[],
        )?;
        let kept = rows.with_rejects(Rejects::in_order);
        if let Some(selection) = selection {
            let path = table_path(&self.out, "rejects");
            let mut sink = Sink::create(
                &path,
                &tables::schema(tables::table("rejects"), &selection),
                &[],
            )?;
            sink.write(facts::rejects(&kept, &selection)?)?;
            sink.finish()?;
        }
        Err(match limit {
            Some((_, text)) => BatchError::TooManyBad {
                rejected,
                rows: total,
                limit: text.clone(),
                file: table_path(&self.out, "rejects"),
            },
            None => BatchError::NothingLeft {
                rows: total,
                why: first_reject(&kept),
            },
        })
    }

    /// Folds all partitions and writes touches and ledger; gives back customers' last states.
    pub(crate) fn fold_all(
        &mut self,
        frame: Frame<'_>,
        ordered: (Vec<Partition>, MessageIds),
        rows: &Rows,
        selections: &Selections,
    ) -> Result<Vec<Summary>, BatchError> {
        let mut touch_sink = match &selections.touches {
            Some(selection) => {
                // A customer's touches stand together, so her id is a word there.
                let unlike = named(selection, &["message_id"]);
                Some(self.sink("touches", &touches::schema(rows, selection), &unlike)?)
            }
            None => None,
        };
        let ledgers = [
            &selections.transitions,
            &selections.refused,
            &selections.segment_history,
        ];
        let mut sinks: Vec<Option<Sink>> = Vec::new();
        for (name, selection) in ["transitions", "refused", "segment_history"]
            .iter()
            .zip(ledgers)
        {
            sinks.push(match selection {
                Some(selection) => {
                    let schema = tables::schema(tables::table(name), selection);
                    Some(self.sink(name, &schema, &named(selection, UNLIKE))?)
                }
                None => None,
            });
        }
        let mut summaries = Vec::new();
        let (partitions, ids) = ordered;
        let mut bins: Vec<(usize, Partition)> = partitions.into_iter().enumerate().collect();
        let wave = rayon::current_num_threads() * 2;
        while !bins.is_empty() {
            let rest = bins.split_off(wave.min(bins.len()));
            let encoder = touch_sink.as_ref().map(Sink::encoder);
            let parts: Vec<Result<Part, BatchError>> = bins
                .into_par_iter()
                .map(|(number, partition)| {
                    let ready = Sorter::of(&frame, rows).ready(number, partition, &ids)?;
                    part(frame, number, &ready, rows, selections, encoder)
                })
                .collect();
            bins = rest;
            for part in parts {
                let part = part?;
                for touches in part.touches {
                    match (touches, &mut touch_sink) {
                        (TouchPart::Group(group), Some(sink)) => sink.append(group)?,
                        (TouchPart::Rows(batch), Some(sink)) => sink.write(batch)?,
                        (_, None) => {}
                    }
                }
                for (batch, sink) in part.ledger.into_iter().zip(&mut sinks) {
                    if let (Some(batch), Some(sink)) = (batch, sink) {
                        sink.write(batch)?;
                    }
                }
                self.customers += part.folded.customers;
                self.count(&part.folded.recorder);
                summaries.extend(part.folded.summaries);
            }
        }
        if let Some(sink) = touch_sink {
            self.finish_sink("touches", sink)?;
        }
        for (name, sink) in ["transitions", "refused", "segment_history"]
            .iter()
            .zip(sinks)
        {
            if let Some(sink) = sink {
                self.finish_sink(name, sink)?;
            }
        }
        Ok(summaries)
    }

    fn count(&mut self, recorder: &Recorder) {
        self.transitions += recorder.moves.len() as u64;
        self.refused += recorder.refusals.len() as u64;
        match &mut self.days {
            Some(days) => days.merge(&recorder.days),
            None => self.days = Some(recorder.days.clone()),
        }
    }

    /// Writes the table of customers.
    pub(crate) fn write_customers(
        &mut self,
        closing: &Closing<'_>,
        customers: &[Summary],
        selection: Option<&Selection>,
    ) -> Result<(), BatchError> {
        let Some(selection) = selection else {
            return Ok(());
        };
        let mut sink = self.sink(
            "customers",
            &closing.schema(selection),
            &named(selection, UNLIKE),
        )?;
        // A few parts at a time: all of them may be more than fits.
        for wave in customers.chunks(CUSTOMER_ROWS * rayon::current_num_threads()) {
            let batches: Vec<_> = wave
                .par_chunks(CUSTOMER_ROWS)
                .map(|part| closing.rows(part, selection))
                .collect();
            for batch in batches {
                sink.write(batch?)?;
            }
        }
        self.finish_sink("customers", sink)
    }

    /// Writes identities, days, thresholds and rejects.
    pub(crate) fn write_rest(
        &mut self,
        selections: &Selections,
        thresholds: &Thresholds,
        machine: &Machine,
        roster: &Roster,
        rows: &Rows,
    ) -> Result<(), BatchError> {
        if let Some(selection) = &selections.identities {
            let wanted = if selection.wants("joined_by") {
                roster
                    .identities
                    .iter()
                    .filter_map(|identity| identity.joined_by)
                    .collect()
            } else {
                Vec::new()
            };
            let ids = rows.message_ids(wanted)?;
            let mut sink = self.sink(
                "identities",
                &tables::schema(tables::table("identities"), selection),
                &named(selection, UNLIKE),
            )?;
            for part in roster.identities.chunks(GROUP_ROWS) {
                sink.write(facts::identities(part, roster, &ids, selection)?)?;
            }
            self.finish_sink("identities", sink)?;
        }
        if let (Some(selection), Some(days)) = (&selections.stage_days, &self.days) {
            let batch = facts::days(days, machine, selection)?;
            self.write_whole("stage_days", selection, batch)?;
        }
        if let Some(selection) = &selections.thresholds {
            self.write_whole(
                "thresholds",
                selection,
                facts::thresholds(thresholds, selection)?,
            )?;
        }
        if let Some(selection) = &selections.rejects {
            self.write_whole(
                "rejects",
                selection,
                facts::rejects(&rows.with_rejects(Rejects::in_order), selection)?,
            )?;
        }
        Ok(())
    }

    /// Writes the scores, where there are any.
    pub(crate) fn write_scores(
        &mut self,
        scored: &AllScored,
        roster: &Roster,
        symbols: &Symbols,
        selection: Option<&Selection>,
    ) -> Result<(), BatchError> {
        let Some(selection) = selection.filter(|_| !scored.all().is_empty()) else {
            return Ok(());
        };
        let schema = tables::schema(tables::table("scores"), selection);
        let mut sink = self.sink("scores", &schema, &named(selection, UNLIKE))?;
        for part in scored.all().chunks(GROUP_ROWS) {
            sink.write(scored::scores(part, roster, symbols, selection)?)?;
        }
        self.finish_sink("scores", sink)
    }

    fn write_whole(
        &mut self,
        name: &str,
        selection: &Selection,
        batch: arrow_array::RecordBatch,
    ) -> Result<(), BatchError> {
        let mut sink = self.sink(name, &tables::schema(tables::table(name), selection), &[])?;
        sink.write(batch)?;
        self.finish_sink(name, sink)
    }

    fn sink(
        &self,
        name: &str,
        schema: &arrow_schema::SchemaRef,
        plain: &[&str],
    ) -> Result<Sink, BatchError> {
        Sink::create(&table_path(&self.partial, name), schema, plain)
    }

    fn finish_sink(&mut self, name: &str, sink: Sink) -> Result<(), BatchError> {
        let rows = sink.finish()?;
        self.tables.push(TableCount {
            table: name.to_owned(),
            rows,
        });
        Ok(())
    }

    /// Moves everything into place; the manifest comes last, so a folder with a manifest is whole.
    pub(crate) fn finish(self, manifest: Manifest) -> Result<Manifest, BatchError> {
        let json = serde_json::to_string_pretty(&manifest)
            .map_err(|_| BatchError::Internal("the manifest is no JSON"))?;
        let manifest_path = self.out.join("run.json");
        if manifest_path.exists() {
            std::fs::remove_file(&manifest_path)
                .map_err(|cause| BatchError::io(&manifest_path, cause))?;
        }
        for table in tables::TABLES {
            let (from, to) = (
                table_path(&self.partial, table.name),
                table_path(&self.out, table.name),
            );
            if from.exists() {
                std::fs::rename(&from, &to).map_err(|cause| BatchError::io(&to, cause))?;
            } else if to.exists() {
                // Of an earlier run that wanted this table: it would not belong to the rest.
                std::fs::remove_file(&to).map_err(|cause| BatchError::io(&to, cause))?;
            }
        }
        match &self.forecasts {
            Some(forecasts) => forecasts.write(&self.out)?,
            None => Forecasts::remove(&self.out)?,
        }
        let partial = self.partial.join("run.json");
        std::fs::write(&partial, json + "\n").map_err(|cause| BatchError::io(&partial, cause))?;
        std::fs::rename(&partial, &manifest_path)
            .map_err(|cause| BatchError::io(&manifest_path, cause))?;
        std::fs::remove_dir_all(&self.partial)
            .map_err(|cause| BatchError::io(&self.partial, cause))?;
        Ok(manifest)
    }
}

impl Drop for Writing {
    /// A run that failed leaves nothing half made behind, nor an empty folder that was not there before.
    fn drop(&mut self) {
        // What cannot be removed is harmless: the next run begins by clearing it away.
        let _ = std::fs::remove_dir_all(&self.partial);
        if self.is_new {
            // Only an empty folder goes: one with results or rejects stays.
            let _ = std::fs::remove_dir(&self.out);
        }
    }
}

/// The first bad row, for people.
fn first_reject(kept: &[Reject]) -> String {
    kept.first().map_or_else(String::new, |reject| {
        let place = match reject.line {
            Some(line) => format!("line {line}"),
            None => format!("row {}", reject.row),
        };
        format!("the first: {} {place}: {}", reject.file, reject.message)
    })
}

/// Columns in which hardly two rows are alike. Customers stand in the order of a hash, so the ends of
/// their ids say nothing either.
const UNLIKE: &[&str] = &["customer_id", "identifier", "touch", "joined_by"];

/// The names under which a selection writes some of its columns.
fn named<'s>(selection: &'s Selection, columns: &[&str]) -> Vec<&'s str> {
    let named = |(name, own): &'s (String, String)| {
        columns.contains(&own.as_str()).then_some(name.as_str())
    };
    selection.columns.iter().filter_map(named).collect()
}

/// Folds one partition and makes its rows of the tables.
fn part(
    frame: Frame<'_>,
    partition: usize,
    (bin, sorted): &(Bin, Sorted),
    rows: &Rows,
    selections: &Selections,
    encoder: Option<&crate::sink::Encoder>,
) -> Result<Part, BatchError> {
    let names = Names {
        machine: frame.machine,
        plan: frame.plan,
        roster: frame.roster,
        rows,
        bin,
        carried: frame.carried,
    };
    let folded = frame.fold(partition, bin, sorted);
    let recorder = &folded.recorder;
    let ledger = [
        selections
            .transitions
            .as_ref()
            .map(|s| ledger::transitions(recorder, names, s))
            .transpose()?,
        selections
            .refused
            .as_ref()
            .map(|s| ledger::refused(recorder, names, s))
            .transpose()?,
        selections
            .segment_history
            .as_ref()
            .map(|s| ledger::segment_history(recorder, names, s))
            .transpose()?,
    ];
    let mut parts = Vec::new();
    if let (Some(selection), Some(encoder)) = (&selections.touches, encoder) {
        parts = touch_parts(&touches::Ordered::new(names, sorted), selection, encoder)?;
    }
    Ok(Part {
        touches: parts,
        ledger,
        folded,
    })
}

/// A partition's touches as row groups; if they are few, as rows that wait for others.
fn touch_parts(
    ordered: &touches::Ordered<'_>,
    selection: &Selection,
    encoder: &crate::sink::Encoder,
) -> Result<Vec<TouchPart>, BatchError> {
    let count = ordered.len();
    let columns = selection.columns.iter().map(|(_, own)| ordered.column(own));
    if count < GROUP_ROWS / 4 {
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        let rows = arrow_array::RecordBatch::try_new(encoder.schema(), columns)?;
        return Ok(vec![TouchPart::Rows(rows)]);
    }
    // The nearest number of groups to the wanted size.
    let groups = (count / GROUP_ROWS + usize::from(count % GROUP_ROWS > GROUP_ROWS / 2)).max(1);
    let from = |group: usize| group * count / groups;
    let mut encoders = (0..groups)
        .map(|_| encoder.begin())
        .collect::<Result<Vec<_>, _>>()?;
    for column in columns {
        let column = column?;
        for (group, encoder) in encoders.iter_mut().enumerate() {
            encoder.column(&[column.slice(from(group), from(group + 1) - from(group))])?;
        }
    }
    Ok(encoders
        .into_iter()
        .map(|encoder| TouchPart::Group(encoder.finish()))
        .collect())
}

//! A run: from files of events to the ledger and the tables, all or nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use perennial_engine::{Plan, Standing, Thresholds};
use perennial_model::{Symbols, Time};
use perennial_rules::compile::LifecycleCode;
use perennial_rules::project::ScoringDates;
use perennial_rules::{Machine, Project};
use rayon::prelude::*;

use crate::BatchError;
use crate::bins::Bin;
use crate::carried::CarriedFields;
use crate::empty::{nothing_left, refuse_empty};
use crate::fold::{Frame, Summary};
use crate::gather::{Fates, Gathered, Wanted, gather};
use crate::identify::{self, identify};
use crate::manifest::Manifest;
use crate::message_ids::MessageIds;
use crate::order::{self, Ordered, Partition};
use crate::read::{Inputs, Progress, columns};
use crate::report::Report;
use crate::roster::Roster;
use crate::rows::Rows;
use crate::scores;
use crate::tables::customers::Closing;
use crate::tables::{Selection, customers, table, touches};
use crate::write::Writing;

/// What to run over what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files given on the command line; empty takes the project's sources.
    pub inputs: Vec<String>,
    /// The project folder, which relative paths of sources start from.
    pub base: PathBuf,
    /// Where results go.
    pub out: PathBuf,
    /// Where history ends, exclusive; `None` is after the last event.
    pub until: Option<Time>,
    /// Threads to use.
    pub threads: usize,
    /// Bytes of touches kept in memory; those beyond go to a temporary file.
    pub memory: usize,
    /// The share of bad rows (0 to 1) above which nothing is written, with its text for messages.
    pub max_bad: Option<(f64, String)>,
}

/// Bytes of touches kept in memory unless told otherwise: 100 million events are folded within 4 GiB.
pub const MEMORY_BYTES: usize = 1 << 30;

/// How far a run has come, for people.
pub trait Observer: Sync {
    /// A new phase begins: a short text such as «reading», and where it reads, how many bytes there are.
    /// The counters go on from where they stand.
    fn phase(&self, name: &str, reading: Option<(u64, &Arc<Progress>)>);
}

/// What is wanted of each table.
#[derive(Default)]
pub(crate) struct Selections {
    pub customers: Option<Selection>,
    pub identities: Option<Selection>,
    pub touches: Option<Selection>,
    pub transitions: Option<Selection>,
    pub refused: Option<Selection>,
    pub segment_history: Option<Selection>,
    pub stage_days: Option<Selection>,
    pub thresholds: Option<Selection>,
    pub rejects: Option<Selection>,
    /// Traits shown in the table of customers, with their slots.
    pub traits: Vec<(String, u16)>,
}

impl Selections {
    /// Whether a table shows where customers stand at the end.
    fn reads_customers(&self) -> bool {
        self.customers.is_some() || self.thresholds.is_some()
    }
}

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
    };
    let manifest = report.manifest(&writing)?;
    writing.finish(manifest)
}

/// Everything that is needed to fold: rows read, customers known, touches sorted.
struct Prepared {
    rows: Rows,
    machine: Machine,
    symbols: Symbols,
    roster: Roster,
    selections: Selections,
    plan: Plan,
    partitions: Vec<Partition>,
    ids: MessageIds,
    events: Vec<(String, u64, bool)>,
    span: Option<(i64, i64)>,
    fates: Fates,
    carried: CarriedFields,
    until: Time,
    thresholds: Thresholds,
}

/// Reads, identifies, gathers and sorts. Without `writing` nothing will be written, so no column is
/// carried along.
fn prepare(
    project: &Project,
    options: &Options,
    observer: &dyn Observer,
    writing: Option<&mut Writing>,
) -> Result<Prepared, BatchError> {
    let inputs = Inputs::open(
        &project.sources,
        &options.inputs,
        &options.base,
        &project.zone,
    )?;
    let duplicates = project
        .sources
        .first()
        .is_none_or(|source| source.duplicates);
    let progress = Arc::new(Progress::default());
    observer.phase("reading", inputs.bytes().map(|bytes| (bytes, &progress)));
    let rows = Rows::open(
        inputs,
        duplicates,
        options.threads.max(1),
        Arc::clone(&progress),
    )?;
    refuse_empty(&rows)?;
    let mut symbols = Symbols::default();
    let mut machine = Machine::compile(project, &mut symbols);
    let selections = if writing.is_some() {
        select(project, &mut machine, &rows)?
    } else {
        Selections::default()
    };
    let asked = |column| {
        selections
            .customers
            .as_ref()
            .is_some_and(|selection: &Selection| selection.wants(column))
    };
    machine.keep_interest(asked("topics"), |column| rows.has(column));
    machine.keep_purchases(writing.is_none() || selections.reads_customers());
    observer.phase(
        "joining identities",
        rows.bytes_of(identify::COLUMNS)
            .map(|bytes| (bytes, &progress)),
    );
    let roster = identify(&rows, &project.identity, selections.identities.is_some())?;
    let writes = writing.is_some();
    let wanted = wanted(project, options, &machine, &selections, &rows, writes);
    observer.phase(
        "recognising touches",
        rows.bytes().map(|bytes| (bytes, &progress)),
    );
    let gathered = gather(&rows, &roster, &machine, symbols, &wanted)?;
    let Gathered {
        bins,
        plan,
        symbols,
        events,
        span,
        fates,
        carried,
    } = gathered;
    if let Some(writing) = writing {
        writing.refuse_garbage(&rows, options, fates.touches)?;
    }
    let Some((first, last)) = span else {
        return Err(nothing_left(&rows, &fates));
    };
    let until = options.until.unwrap_or(Time(last + 1));
    observer.phase("ordering", None);
    let dates_scores = machine.reads_scores && project.scoring.dates != ScoringDates::End;
    let purchases_of = |bin: &Bin| match dates_scores {
        true => scores::purchases(&machine, &plan, bin),
        false => Vec::new(),
    };
    let sorter = order::Sorter {
        roster: &roster,
        plan: &plan,
        carried: &carried,
        rows: &rows,
    };
    let Ordered {
        partitions,
        ids,
        purchases,
    } = sorter.order(bins, &purchases_of)?;
    let thresholds = if dates_scores {
        let calendar = (&project.zone, project.week_start);
        scores::dated(
            &roster,
            purchases,
            &project.scoring,
            calendar,
            (Time(first), until),
        )
    } else {
        Thresholds::default()
    };
    Ok(Prepared {
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
    })
}

/// Where every customer stands where history ends.
pub(crate) struct Closed {
    /// The end of history, exclusive.
    pub until: Time,
    /// The customers.
    pub customers: Vec<ClosedCustomer>,
}

/// Where one customer stands.
pub(crate) struct ClosedCustomer {
    pub id: String,
    /// Her stage by lifecycle; lifecycles she is not in are left out.
    pub stages: BTreeMap<String, String>,
    /// The segments she is in.
    pub segments: BTreeSet<String>,
}

/// Folds a project's inputs without writing anything.
pub(crate) fn close(
    project: &Project,
    options: &Options,
    observer: &dyn Observer,
) -> Result<Closed, BatchError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.max(1))
        .build()?;
    pool.install(|| {
        let prepared = prepare(project, options, observer, None)?;
        let frame = Frame {
            machine: &prepared.machine,
            plan: &prepared.plan,
            symbols: &prepared.symbols,
            thresholds: &prepared.thresholds,
            roster: &prepared.roster,
            zone: &project.zone,
            first: Time(prepared.span.unwrap_or((0, 0)).0),
            until: prepared.until,
            carried: &prepared.carried,
            summaries: true,
            traits: &[],
        };
        let fold = |(number, partition): (usize, Partition)| {
            let sorter = frame.sorter(&prepared.rows);
            let (bin, sorted) = sorter.ready(number, partition, &prepared.ids)?;
            Ok(frame.fold(number, &bin, &sorted).summaries)
        };
        let folded = prepared
            .partitions
            .into_par_iter()
            .enumerate()
            .map(fold)
            .collect::<Result<Vec<_>, BatchError>>()?;
        let customers = folded
            .iter()
            .flatten()
            .map(|one| closed(&prepared.machine, &prepared.roster, one));
        Ok(Closed {
            until: prepared.until,
            customers: customers.collect(),
        })
    })
}

fn closed(machine: &Machine, roster: &Roster, one: &Summary) -> ClosedCustomer {
    let stage = |(lifecycle, standing): (&LifecycleCode, &Standing)| {
        let stage = &lifecycle.stages[usize::from(standing.stage()?)];
        Some((lifecycle.name.clone(), stage.name.clone()))
    };
    ClosedCustomer {
        id: roster.id(one.customer).to_owned(),
        stages: machine
            .lifecycles
            .iter()
            .zip(&one.standings)
            .filter_map(stage)
            .collect(),
        segments: one
            .segments
            .iter()
            .map(|&segment| machine.segments[usize::from(segment)].name.clone())
            .collect(),
    }
}

/// Which tables and columns the project wants; traits that go to the table of customers are kept.
fn select(project: &Project, machine: &mut Machine, rows: &Rows) -> Result<Selections, BatchError> {
    let outputs = &project.outputs;
    let of = |name: &str, more: &[String]| Selection::of(outputs, table(name), more);
    let mut traits: Vec<String> = project
        .sources
        .iter()
        .flat_map(|source| source.traits.iter().cloned())
        .collect();
    traits.extend(
        machine
            .slots
            .iter()
            .filter(|slot| slot.is_trait)
            .map(|slot| slot.name.clone()),
    );
    traits.extend(rows.traits());
    traits.sort();
    traits.dedup();
    let unkept: Vec<(String, u16)> = traits.iter().map(|name| (name.clone(), 0)).collect();
    let customers = of("customers", &customers::more_columns(machine, &unkept))?;
    let shown = |name: &String| {
        let wanted = |selection: &Selection| {
            selection.wants(name) || selection.wants(&format!("trait_{name}"))
        };
        customers.as_ref().is_some_and(wanted)
    };
    let traits = traits
        .into_iter()
        .filter(shown)
        .map(|name| (name.clone(), machine.keep_trait(&name)))
        .collect();
    Ok(Selections {
        customers,
        identities: of("identities", &[])?,
        touches: of("touches", &touches::more_columns(rows))?,
        transitions: of("transitions", &[])?,
        refused: of("refused", &[])?,
        segment_history: of("segment_history", &[])?,
        stage_days: of("stage_days", &[])?,
        thresholds: of("thresholds", &[])?,
        rejects: of("rejects", &[])?,
        traits,
    })
}

/// What the second pass has to read beyond what rules need.
fn wanted(
    project: &Project,
    options: &Options,
    machine: &Machine,
    selections: &Selections,
    rows: &Rows,
    writes: bool,
) -> Wanted {
    let ledgers = [
        &selections.transitions,
        &selections.refused,
        &selections.segment_history,
    ];
    let any = |column: &str| {
        ledgers
            .iter()
            .any(|s| s.as_ref().is_some_and(|selection| selection.wants(column)))
    };
    let touches_want = |column: &str| {
        selections
            .touches
            .as_ref()
            .is_some_and(|selection| selection.wants(column))
    };
    let mut carried = selections
        .touches
        .as_ref()
        .map_or_else(Vec::new, |s| touches::carried_columns(rows, s));
    if any("touch")
        && rows.has(columns::MESSAGE_ID)
        && !carried.iter().any(|name| name == columns::MESSAGE_ID)
    {
        carried.push(columns::MESSAGE_ID.to_owned());
    }
    let received_at =
        rows.has(columns::RECEIVED_AT) && (any("known_at") || touches_want("received_at"));
    // A touch that nothing listens to still counts in these, and tells when things were known.
    let counts_all = selections.touches.is_some() || selections.reads_customers();
    Wanted {
        received_at,
        carried,
        only_heard: writes && !counts_all && !received_at && !machine.reads_scores,
        decimals: project.currency.decimals,
        until: options.until,
        memory: options.memory,
    }
}

/// The path of a table in a result folder.
pub fn table_path(out: &Path, table: &str) -> PathBuf {
    out.join(format!("{table}.parquet"))
}

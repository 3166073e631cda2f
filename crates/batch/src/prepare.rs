//! The way up to the fold: read, identify, gather, sort, and score the population.

use std::sync::Arc;

use perennial_engine::{Plan, Thresholds};
use perennial_model::{Symbols, Time};
use perennial_rules::project::ScoringDates;
use perennial_rules::{Machine, Project};

use crate::BatchError;
use crate::bins::Bin;
use crate::carried::CarriedFields;
use crate::empty::{nothing_left, refuse_empty};
use crate::fold::Frame;
use crate::forecasts::{self, Forecasts, Ground};
use crate::gather::{Fates, Gathered, gather};
use crate::identify::{self, identify};
use crate::message_ids::MessageIds;
use crate::options::{Observer, Options, ScoresFrom};
use crate::order::{self, Ordered, Partition};
use crate::read::{Inputs, Progress};
use crate::roster::Roster;
use crate::rows::Rows;
use crate::scored::{self, AllScored};
use crate::scores::{self, Purchase};
use crate::selections::{Selections, select, wanted};
use crate::write::Writing;

/// Everything that is needed to fold: rows read, customers known, touches sorted.
pub(crate) struct Prepared {
    pub rows: Rows,
    pub machine: Machine,
    pub symbols: Symbols,
    pub roster: Roster,
    pub selections: Selections,
    pub plan: Plan,
    pub partitions: Vec<Partition>,
    pub ids: MessageIds,
    pub events: Vec<(String, u64, bool)>,
    /// The earliest and the latest instant, in milliseconds.
    pub span: (i64, i64),
    pub fates: Fates,
    pub carried: CarriedFields,
    pub until: Time,
    pub thresholds: Thresholds,
    pub scored: AllScored,
    /// What was bought, where somebody may score by it.
    pub purchases: Vec<Purchase>,
    /// The models behind the scores, where the run knows them.
    pub forecasts: Option<Forecasts>,
}

impl Prepared {
    /// What every partition is folded with; `summaries` says whether customers' last states are asked for.
    pub(crate) fn frame<'a>(&'a self, project: &'a Project, summaries: bool) -> Frame<'a> {
        Frame {
            machine: &self.machine,
            plan: &self.plan,
            symbols: &self.symbols,
            thresholds: &self.thresholds,
            roster: &self.roster,
            zone: &project.zone,
            first: Time(self.span.0),
            until: self.until,
            scored: &self.scored,
            carried: &self.carried,
            summaries,
            traits: &self.selections.traits,
        }
    }
}

/// Opens the inputs; text is parsed now.
fn open(
    project: &Project,
    options: &Options,
    observer: &dyn Observer,
) -> Result<(Rows, Arc<Progress>), BatchError> {
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
    Ok((rows, progress))
}

/// Reads, identifies, gathers and sorts. Without `writing` nothing will be written, so no column is
/// carried along.
pub(crate) fn prepare(
    project: &Project,
    options: &Options,
    observer: &dyn Observer,
    writing: Option<&mut Writing>,
) -> Result<Prepared, BatchError> {
    let (rows, progress) = open(project, options, observer)?;
    let mut symbols = Symbols::default();
    let mut machine = Machine::compile(project, &mut symbols);
    if project.forecast.is_some() {
        machine.keep_scores();
    }
    let selections = if writing.is_some() {
        select(project, &mut machine, &rows)?
    } else {
        Selections::default()
    };
    let asked = |column| {
        selections
            .customers
            .as_ref()
            .is_some_and(|selection| selection.wants(column))
    };
    machine.keep_interest(asked("topics"), |column| rows.has(column));
    let forecasts = project.forecast.is_some();
    machine.keep_purchases(writing.is_none() || selections.reads_customers() || forecasts);
    observer.phase(
        "joining identities",
        rows.bytes_of(identify::COLUMNS)
            .map(|bytes| (bytes, &progress)),
    );
    let writes = writing.is_some();
    // Who scores a log without writing tables names customers by their identifiers.
    let lists_identities = selections.identities.is_some() || !writes && forecasts;
    let mut roster = identify(&rows, &project.identity, lists_identities)?;
    let wanted = wanted(project, options, &machine, &selections, &rows, writes);
    observer.phase(
        "recognising touches",
        rows.bytes().map(|bytes| (bytes, &progress)),
    );
    let gathered = gather(&rows, &roster, &machine, symbols, &wanted)?;
    roster.forget_rows();
    let Gathered {
        bins,
        plan,
        symbols,
        events,
        span,
        fates,
        scored,
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
    let forecast = match options.scores {
        // Whoever brings scores has made them.
        ScoresFrom::Either if fates.scored == 0 => project.forecast.as_ref(),
        _ => None,
    };
    let keeps_purchases = !writes && project.forecast.is_some();
    let purchases_of = |bin: &Bin| match dates_scores || forecast.is_some() || keeps_purchases {
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
        mut purchases,
    } = sorter.order(bins, &purchases_of)?;
    let (span, calendar) = ((Time(first), until), (&project.zone, project.week_start));
    // Within one customer and instant the order does not show: in sums, and in days.
    purchases.sort_unstable_by_key(|one| (one.at, one.customer, !one.order, one.value));
    let thresholds = if dates_scores {
        scores::dated(&roster, &purchases, &project.scoring, calendar, span)
    } else {
        Thresholds::default()
    };
    let mut symbols = symbols;
    let (scored, forecasts) = match (forecast, &options.scores) {
        (Some(settings), _) => {
            observer.phase("forecasting", None);
            let ground = Ground {
                settings,
                customers: roster.len(),
                purchases: &purchases,
                zone: &project.zone,
                week_start: project.week_start,
                span,
            };
            let (scored, forecasts) = forecasts::make(&ground, &mut symbols);
            (AllScored::sorted(scored), Some(forecasts))
        }
        (None, ScoresFrom::Run(folder)) => scored::replayed(folder, &roster, until, &mut symbols)?,
        _ => (AllScored::of_rows(scored, &rows)?, None),
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
        span: (first, last),
        fates,
        carried,
        until,
        thresholds,
        scored,
        purchases,
        forecasts,
    })
}

//! The manifest of a run, made from what it read, dropped and wrote.

use perennial_engine::Thresholds;
use perennial_model::Time;
use perennial_rules::compile::LifecycleCode;
use perennial_rules::project::WeekStart;
use perennial_rules::{Machine, Project};

use crate::BatchError;
use crate::currencies;
use crate::forecasts::Forecasts;
use crate::gather::Fates;
use crate::manifest::{Counts, EventCount, Input, LifecycleNames, Manifest};
use crate::rejects::Rejects;
use crate::rows::Rows;
use crate::scores::MAX_DATES;
use crate::write::Writing;

/// The version of the manifest's form.
pub(crate) const MANIFEST_FORMAT: u32 = 1;

/// What the manifest is made from.
pub(crate) struct Report<'a> {
    pub project: &'a Project,
    pub machine: &'a Machine,
    pub rows: &'a Rows,
    pub links_refused: u64,
    /// Events by name: how many, and whether a touchpoint names them.
    pub events: Vec<(String, u64, bool)>,
    /// The earliest and the latest touch, in milliseconds.
    pub span: (i64, i64),
    pub until: Time,
    pub fates: Fates,
    /// As they were in force while folding.
    pub thresholds: &'a Thresholds,
}

impl Report<'_> {
    /// The manifest, all counts filled in.
    pub(crate) fn manifest(self, writing: &Writing) -> Result<Manifest, BatchError> {
        let Self {
            project,
            machine,
            rows,
            fates,
            ..
        } = self;
        let counts = Counts {
            rows: rows.total() as u64,
            rejected: rows.with_rejects(Rejects::count),
            duplicates: fates.duplicates,
            without_customer: fates.without_customer,
            after_until: fates.after_until,
            scored: fates.scored,
            touches: fates.touches,
            customers: writing.customers,
            transitions: writing.transitions,
            refused: writing.refused,
        };
        debug_assert!(counts.add_up(), "{counts:?}");
        let inputs = rows.input_report();
        let mut notes = rows.notes();
        notes.extend(empty_inputs(&inputs));
        notes.extend(late_scores(self.thresholds));
        notes.extend(writing.forecasts.iter().flat_map(Forecasts::notes));
        if has_money(machine, rows) {
            notes.extend(currencies::note(rows, &project.currency.code)?);
        }
        let names = |lifecycle: &LifecycleCode| LifecycleNames {
            name: lifecycle.name.clone(),
            stages: lifecycle
                .stages
                .iter()
                .map(|stage| stage.name.clone())
                .collect(),
        };
        let event = |(event, count, recognized)| EventCount {
            event,
            count,
            recognized,
        };
        Ok(Manifest {
            perennial: env!("CARGO_PKG_VERSION").to_owned(),
            format: MANIFEST_FORMAT,
            workspace: project.name.clone(),
            rule_version: project.version.clone(),
            time_zone: project.zone.name().to_owned(),
            week_start: if project.week_start == WeekStart::Monday {
                "monday"
            } else {
                "sunday"
            }
            .to_owned(),
            currency: project.currency.code.clone(),
            until: self.until.to_string(),
            first_touch: Some(Time(self.span.0).to_string()),
            last_touch: Some(Time(self.span.1).to_string()),
            inputs,
            counts,
            rejected_by_reason: rows.with_rejects(Rejects::by_reason),
            events: self.events.into_iter().map(event).collect(),
            links_refused: self.links_refused,
            lifecycles: machine.lifecycles.iter().map(names).collect(),
            segments: machine
                .segments
                .iter()
                .map(|segment| segment.name.clone())
                .collect(),
            tables: writing.tables.clone(),
            notes,
        })
    }
}

/// Where there are too many scoring dates, since when scores are known.
fn late_scores(thresholds: &Thresholds) -> Option<String> {
    let dated = thresholds.dated();
    let (first, _) = dated.first().filter(|_| dated.len() >= MAX_DATES)?;
    Some(format!(
        "scores are known from {first} on: thresholds are taken on the latest {MAX_DATES} dates"
    ))
}

/// Whether amounts of events are read and there are any.
fn has_money(machine: &Machine, rows: &Rows) -> bool {
    let mut slots = machine.money.iter().filter_map(|money| money.slot);
    slots.any(|slot| rows.has(&machine.slots[usize::from(slot)].name))
}

/// The files without any row, for people; a run over nothing but such files does not come here.
fn empty_inputs(inputs: &[Input]) -> Option<String> {
    /// Most files named.
    const SHOWN: usize = 5;
    let empty: Vec<&str> = inputs
        .iter()
        .filter(|input| input.rows == 0 && input.rejected == 0)
        .map(|input| input.path.as_str())
        .collect();
    let named = empty[..empty.len().min(SHOWN)].join(", ");
    match empty.len() {
        0 => None,
        1..=SHOWN => Some(format!("no events in {named}")),
        count => Some(format!("no events in {count} files: {named} and others")),
    }
}

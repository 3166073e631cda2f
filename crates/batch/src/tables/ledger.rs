//! The ledger: transitions, refusals and segment history, from what the fold recorded.

use arrow_array::{ArrayRef, RecordBatch};
use perennial_model::{Cause, Move};
use perennial_rules::Machine;

use super::{Selection, Table, text};
use crate::BatchError;
use crate::bins::Bin;
use crate::carried::CarriedFields;
use crate::read::columns;
use crate::recorder::{MoveRow, Recorder, RefusalRow, SwitchRow};
use crate::roster::Roster;
use crate::rows::Rows;
use perennial_engine::Plan;

/// What ledger columns are named from.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub machine: &'a Machine,
    pub plan: &'a Plan,
    pub roster: &'a Roster,
    pub rows: &'a Rows,
    pub bin: &'a Bin,
    /// The columns carried along, which the bin holds.
    pub carried: &'a CarriedFields,
}

impl Names<'_> {
    /// Customers' ids as texts.
    fn ids(&self, customers: impl Iterator<Item = u32>) -> ArrayRef {
        text::texts(customers.map(|customer| Some(self.roster.id(customer))))
    }

    /// The message id of a deciding touch.
    pub(crate) fn touch_id(&self, cause: Cause) -> Option<String> {
        let Cause::Touch(index) = cause else {
            return None;
        };
        let given = self
            .carried
            .index_of(columns::MESSAGE_ID)
            .and_then(|ids| self.bin.carried.text(ids, index))
            .map(str::to_owned);
        Some(given.unwrap_or_else(|| self.rows.made_up_id(self.bin.row[index as usize])))
    }

    /// The words for what decided: the clauses' own, the touchpoints, and these.
    const CAUSES: [&'static str; 3] = ["not_applicable", "time", "touch"];

    /// The clause's own word, else the touchpoint that its `on` names, else what decided.
    fn causes<'m>(&self, changes: impl Iterator<Item = &'m Move>) -> ArrayRef {
        let points = &self.machine.points;
        let mut firsts = Vec::new();
        let mut words: Vec<&str> = Self::CAUSES.to_vec();
        words.extend(points.iter().map(|point| point.name.as_str()));
        for lifecycle in &self.machine.lifecycles {
            firsts.push(words.len());
            let clauses = lifecycle.clauses.iter();
            words.extend(clauses.map(|clause| clause.cause.as_deref().unwrap_or_default()));
        }
        let number = |change: &Move| {
            let lifecycle = usize::from(change.lifecycle);
            let Some(number) = change.clause.map(usize::from) else {
                return 0;
            };
            let clause = &self.machine.lifecycles[lifecycle].clauses[number];
            if clause.cause.is_some() {
                return firsts[lifecycle] + number;
            }
            let Cause::Touch(index) = change.cause else {
                return 1;
            };
            let points = self.plan.points(self.bin.kind[index as usize]);
            let named = points.iter().find(|point| clause.on.contains(point));
            let named = named.or(points.first());
            named.map_or(2, |point| Self::CAUSES.len() + usize::from(point.0))
        };
        text::words(
            changes.map(|change| Some(number(change))),
            words.iter().copied(),
        )
    }
}

/// The moves of a partition as rows of the table `transitions`.
pub(crate) fn transitions(
    recorder: &Recorder,
    names: Names<'_>,
    selection: &Selection,
) -> Result<RecordBatch, BatchError> {
    let moves = &recorder.moves;
    let customer = |row: &MoveRow| row.customer;
    batch(
        super::table("transitions"),
        selection,
        |column| match column {
            "customer_id" => names.ids(moves.iter().map(customer)),
            "stayed_ms" => text::wholes(moves.iter().map(|row| row.stayed_ms)),
            _ => move_column(
                column,
                moves.len(),
                || moves.iter().map(|row| &row.change),
                names,
            ),
        },
    )
}

/// The refused moves of a partition as rows of the table `refused`.
pub(crate) fn refused(
    recorder: &Recorder,
    names: Names<'_>,
    selection: &Selection,
) -> Result<RecordBatch, BatchError> {
    let refusals = &recorder.refusals;
    let customer = |row: &RefusalRow| row.customer;
    batch(super::table("refused"), selection, |column| match column {
        "customer_id" => names.ids(refusals.iter().map(customer)),
        "policy" => text::collected_words(refusals.iter().map(|row| Some(row.change.policy))),
        _ => move_column(
            column,
            refusals.len(),
            || refusals.iter().map(|row| &row.change.asked),
            names,
        ),
    })
}

/// The switches of a partition as rows of the table `segment_history`.
pub(crate) fn segment_history(
    recorder: &Recorder,
    names: Names<'_>,
    selection: &Selection,
) -> Result<RecordBatch, BatchError> {
    let switches = &recorder.switches;
    let each = || switches.iter().map(|row: &SwitchRow| row.change);
    let segments = &names.machine.segments;
    batch(
        super::table("segment_history"),
        selection,
        |column| match column {
            "customer_id" => names.ids(switches.iter().map(|row| row.customer)),
            "segment" => text::words(
                each().map(|change| Some(usize::from(change.segment))),
                segments.iter().map(|segment| segment.name.as_str()),
            ),
            "rule" => text::words(
                each().map(|change| Some(usize::from(change.segment))),
                segments.iter().map(|segment| segment.when.text.as_str()),
            ),
            "at" => text::instants(each().map(|change| Some(change.at.ms()))),
            "at_ms" => text::wholes(each().map(|change| Some(change.at.ms()))),
            "known_at" => text::instants(each().map(|change| Some(change.known_at.ms()))),
            "entered" => text::truths(each().map(|change| Some(change.entered))),
            "entry" => text::wholes(each().map(|change| Some(change.entry.into()))),
            _ => text::same_word(&names.machine.version, switches.len()),
        },
    )
}

/// A column that moves and refusals share.
fn move_column<'m, M: Iterator<Item = &'m Move>>(
    column: &str,
    rows: usize,
    each: impl Fn() -> M,
    names: Names<'_>,
) -> ArrayRef {
    match column {
        "lifecycle" => text::words(
            each().map(|change| Some(usize::from(change.lifecycle))),
            names
                .machine
                .lifecycles
                .iter()
                .map(|lifecycle| lifecycle.name.as_str()),
        ),
        "at" => text::instants(each().map(|change| Some(change.at.ms()))),
        "at_ms" => text::wholes(each().map(|change| Some(change.at.ms()))),
        "at_plain" => text::plain_instants(each().map(|change| Some(change.at.ms()))),
        "known_at" => text::instants(each().map(|change| Some(change.known_at.ms()))),
        "from" => stages(
            each().map(|change| (change.lifecycle, change.from)),
            names.machine,
        ),
        "to" => stages(
            each().map(|change| (change.lifecycle, change.to)),
            names.machine,
        ),
        "from_number" => {
            text::smalls(each().map(|change| change.from.map(|stage| stage as i8 + 1)))
        }
        "to_number" => text::smalls(each().map(|change| change.to.map(|stage| stage as i8 + 1))),
        "cause" => names.causes(each()),
        "rule" => clauses(each(), names.machine),
        "touch" => {
            let ids: Vec<Option<String>> =
                each().map(|change| names.touch_id(change.cause)).collect();
            text::texts(ids.iter().map(Option::as_deref))
        }
        "entry" => text::wholes(each().map(|change| Some(change.entry.into()))),
        _ => text::same_word(&names.machine.version, rows),
    }
}

/// Stages by name; all lifecycles' stages are words of one dictionary.
fn stages(each: impl Iterator<Item = (u16, Option<u8>)>, machine: &Machine) -> ArrayRef {
    let mut first = Vec::new();
    let mut total = 0;
    for lifecycle in &machine.lifecycles {
        first.push(total);
        total += lifecycle.stages.len();
    }
    let words = machine
        .lifecycles
        .iter()
        .flat_map(|lifecycle| lifecycle.stages.iter().map(|stage| stage.name.as_str()));
    text::words(
        each.map(|(lifecycle, stage)| {
            stage.map(|stage| first[usize::from(lifecycle)] + usize::from(stage))
        }),
        words,
    )
}

fn clauses<'m>(each: impl Iterator<Item = &'m Move>, machine: &Machine) -> ArrayRef {
    let mut first = Vec::new();
    let mut total = 0;
    for lifecycle in &machine.lifecycles {
        first.push(total);
        total += lifecycle.clauses.len();
    }
    let words = machine
        .lifecycles
        .iter()
        .flat_map(|lifecycle| lifecycle.clauses.iter().map(|clause| clause.text.as_str()));
    let number = |change: &Move| {
        change
            .clause
            .map(|clause| first[usize::from(change.lifecycle)] + usize::from(clause))
    };
    text::words(each.map(number), words)
}

/// The selected columns of a table as a batch.
pub(crate) fn batch(
    table: &Table,
    selection: &Selection,
    column: impl Fn(&str) -> ArrayRef,
) -> Result<RecordBatch, BatchError> {
    let schema = super::schema(table, selection);
    let columns: Vec<ArrayRef> = selection
        .columns
        .iter()
        .map(|(_, own)| column(own))
        .collect();
    Ok(RecordBatch::try_new(schema, columns)?)
}

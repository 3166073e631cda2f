//! The smaller tables: identities, days, thresholds and rejects.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use perennial_analytics::population::{StageDay, stage_days};
use perennial_engine::Thresholds;
use perennial_engine::identity::kind_name;
use perennial_rules::Machine;

use super::ledger::batch;
use super::{Selection, text};
use crate::BatchError;
use crate::message_ids::MessageIds;
use crate::read::Reject;
use crate::recorder::Days;
use crate::roster::{Identity, Roster};

/// Identifiers as rows of the table `identities`.
pub(crate) fn identities(
    identities: &[Identity],
    roster: &Roster,
    ids: &MessageIds,
    selection: &Selection,
) -> Result<RecordBatch, BatchError> {
    batch(
        super::table("identities"),
        selection,
        |column| match column {
            "customer_id" => {
                text::texts(identities.iter().map(|one| Some(roster.id(one.customer))))
            }
            "kind" => text::words(
                identities.iter().map(|one| Some(usize::from(one.rank))),
                (0..4).map(kind_name),
            ),
            "identifier" => {
                let mut texts = StringBuilder::new();
                for one in identities {
                    roster.with_identifier(one, |bytes| {
                        texts.append_option(std::str::from_utf8(bytes).ok());
                    });
                }
                Arc::new(texts.finish())
            }
            "joined_at" => text::instants(identities.iter().map(|one| one.joined_at)),
            _ => text::texts(
                identities
                    .iter()
                    .map(|one| one.joined_by.and_then(|row| ids.text(row))),
            ),
        },
    )
}

/// Days as rows of the table `stage_days`.
pub(crate) fn days(
    days: &Days,
    machine: &Machine,
    selection: &Selection,
) -> Result<RecordBatch, BatchError> {
    let mut rows: Vec<(usize, StageDay)> = Vec::new();
    for (lifecycle, flows) in days.flows.iter().enumerate() {
        rows.extend(
            stage_days(days.first, days.stages[lifecycle], flows)
                .into_iter()
                .map(|day| (lifecycle, day)),
        );
    }
    let each = || rows.iter().map(|(_, day)| day);
    let stage = |(lifecycle, day): &(usize, StageDay)| {
        Some(
            machine.lifecycles[*lifecycle].stages[day.stage]
                .name
                .as_str(),
        )
    };
    batch(
        super::table("stage_days"),
        selection,
        |column| match column {
            "day" => text::days(each().map(|day| day.day)),
            "epoch_day" => text::wholes(each().map(|day| Some(day.day.into()))),
            "lifecycle" => text::words(
                rows.iter().map(|(lifecycle, _)| Some(*lifecycle)),
                machine
                    .lifecycles
                    .iter()
                    .map(|lifecycle| lifecycle.name.as_str()),
            ),
            "stage" => text::collected_words(rows.iter().map(stage)),
            "stage_number" => text::smalls(each().map(|day| Some(day.stage as i8 + 1))),
            "customers" => text::wholes(each().map(|day| Some(day.customers))),
            "entered" => text::wholes(each().map(|day| Some(day.entered.into()))),
            _ => text::wholes(each().map(|day| Some(day.left.into()))),
        },
    )
}

/// One cut of one measure, as a row.
struct CutRow<'a> {
    at: i64,
    measure: &'static str,
    tile: i64,
    value: i64,
    id: &'a [u8],
    buyers: u64,
}

/// Thresholds as rows of the table `thresholds`.
pub(crate) fn thresholds(
    thresholds: &Thresholds,
    selection: &Selection,
) -> Result<RecordBatch, BatchError> {
    let mut rows = Vec::new();
    for (at, cuts) in thresholds.dated() {
        let row = |measure, tile: usize, value, id| CutRow {
            at: at.ms(),
            measure,
            tile: tile as i64,
            value,
            id,
            buyers: cuts.buyers,
        };
        for (measure, list) in [
            ("recency", &cuts.recency),
            ("frequency", &cuts.frequency),
            ("monetary", &cuts.monetary),
        ] {
            rows.extend(
                list.iter()
                    .enumerate()
                    .map(|(tile, cut)| row(measure, tile + 2, cut.value, &*cut.id)),
            );
        }
        rows.extend(
            cuts.value_percentiles
                .iter()
                .enumerate()
                .map(|(tile, &value)| row("value", tile + 1, value, &[][..])),
        );
    }
    batch(
        super::table("thresholds"),
        selection,
        |column| match column {
            "at" => text::instants(rows.iter().map(|row| Some(row.at))),
            "measure" => text::collected_words(rows.iter().map(|row| Some(row.measure))),
            "tile" => text::wholes(rows.iter().map(|row| Some(row.tile))),
            "value" => text::wholes(rows.iter().map(|row| Some(row.value))),
            "customer_id" => text::texts(
                rows.iter()
                    .map(|row| std::str::from_utf8(row.id).ok().filter(|id| !id.is_empty())),
            ),
            _ => text::wholes(rows.iter().map(|row| Some(row.buyers as i64))),
        },
    )
}

/// Rejected rows as rows of the table `rejects`.
pub(crate) fn rejects(
    rejects: &[Reject],
    selection: &Selection,
) -> Result<RecordBatch, BatchError> {
    batch(super::table("rejects"), selection, |column| match column {
        "file" => text::collected_words(rejects.iter().map(|reject| Some(&*reject.file))),
        "row" => text::wholes(rejects.iter().map(|reject| Some(reject.row as i64))),
        "line" => text::wholes(
            rejects
                .iter()
                .map(|reject| reject.line.map(|line| line as i64)),
        ),
        "reason" => text::collected_words(rejects.iter().map(|reject| Some(reject.reason.code()))),
        "message" => text::texts(rejects.iter().map(|reject| Some(reject.message.as_str()))),
        _ => text::texts(rejects.iter().map(|reject| Some(reject.original.as_str()))),
    })
}

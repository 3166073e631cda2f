//! The order in which touches are folded: by customer, time, and message id where that decides.

use std::ops::Range;

use perennial_engine::Plan;
use perennial_model::{Kind, PARTITIONS};
use rayon::prelude::*;

use crate::BatchError;
use crate::bins::{Bin, Sorted};
use crate::carried::CarriedFields;
use crate::message_ids::MessageIds;
use crate::read::columns;
use crate::roster::Roster;
use crate::rows::Rows;

/// Sorts every partition and lets message ids decide ties.
pub(crate) fn sort(
    bins: Vec<Bin>,
    roster: &Roster,
    plan: &Plan,
    carried: &CarriedFields,
    rows: &Rows,
) -> Result<Vec<(Bin, Sorted)>, BatchError> {
    // Where ids are at hand or shown they decide every tie; else only those that can make a difference.
    let message_ids = carried.index_of(columns::MESSAGE_ID);
    let matters = |bin: &Bin, tied: &[u32]| message_ids.is_some() || order_matters(plan, bin, tied);
    let mut sorted: Vec<(Bin, Sorted, Vec<Range<u32>>)> = bins
        .into_par_iter()
        .enumerate()
        .map(|(partition, bin)| {
            let (sorted, ties) = bin.sort(roster.partition(partition), &matters);
            (bin, sorted, ties)
        })
        .collect();
    let tied = |(bin, sorted, ties): &(Bin, Sorted, Vec<Range<u32>>)| {
        let places = ties.iter().flat_map(|tie| tie.clone());
        places
            .map(|place| bin.row[sorted.order[place as usize] as usize])
            .collect::<Vec<u32>>()
    };
    if let Some(message_ids) = message_ids {
        sorted
            .par_iter_mut()
            .for_each(|(bin, sorted, ties)| bin.order_ties(sorted, ties, message_ids, rows));
    } else {
        let ids: MessageIds = rows.message_ids(sorted.iter().flat_map(tied).collect())?;
        sorted
            .par_iter_mut()
            .for_each(|(bin, sorted, ties)| order_ties(bin, sorted, ties, &ids));
    }
    debug_assert_eq!(sorted.len(), PARTITIONS);
    Ok(sorted
        .into_iter()
        .map(|(bin, sorted, _)| (bin, sorted))
        .collect())
}

/// Whether the order of touches at one instant can make a difference.
///
/// Touches that nothing listens to from any stage may stand in any order, and so may touches that are
/// alike in every respect.
fn order_matters(plan: &Plan, bin: &Bin, tied: &[u32]) -> bool {
    let mut heard = tied.iter().filter(|&&index| {
        let touch = bin.touch(index);
        !plan.is_inert(touch.kind) || !touch.facts.is_empty()
    });
    let Some(&first) = heard.next() else {
        return false;
    };
    let first = bin.touch(first);
    let alike =
        |kind: Kind, index: u32| kind == bin.touch(index).kind && bin.touch(index).facts.is_empty();
    !first.facts.is_empty() && heard.clone().next().is_some()
        || heard.any(|&index| !alike(first.kind, index))
}

/// Puts the touches of tied instants into the order of their message ids.
fn order_ties(bin: &Bin, sorted: &mut Sorted, ties: &[Range<u32>], ids: &MessageIds) {
    for tie in ties {
        let touches = &mut sorted.order[tie.start as usize..tie.end as usize];
        touches.sort_by(|&a, &b| ids.compare(bin.row[a as usize], bin.row[b as usize]));
    }
}

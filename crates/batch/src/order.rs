//! The order in which touches are folded: by customer, time, and message id where that decides.

use perennial_engine::Plan;
use perennial_model::Kind;
use rayon::prelude::*;

use crate::BatchError;
use crate::bins::{Bin, Sorted};
use crate::carried::CarriedFields;
use crate::message_ids::MessageIds;
use crate::read::columns;
use crate::roster::Roster;
use crate::rows::Rows;

/// Sorts every partition. Message ids decide ties: here, unless they are carried along, which must be
/// at hand then; see [`Bin::order_ties`].
pub(crate) fn sort(
    bins: Vec<Bin>,
    roster: &Roster,
    plan: &Plan,
    carried: &CarriedFields,
    rows: &Rows,
) -> Result<Vec<(Bin, Sorted)>, BatchError> {
    // Where ids are shown they decide every tie; else only those that can make a difference.
    let all = carried.index_of(columns::MESSAGE_ID).is_some();
    let matters = |bin: &Bin, tied: &[u32]| all || order_matters(plan, bin, tied);
    let mut sorted: Vec<(Bin, Sorted)> = bins
        .into_par_iter()
        .enumerate()
        .map(|(partition, bin)| {
            let sorted = bin.sort(roster.partition(partition), &matters);
            (bin, sorted)
        })
        .collect();
    if !all {
        let tied = |(bin, sorted): &(Bin, Sorted)| {
            let places = sorted.ties.iter().flat_map(|tie| tie.clone());
            places
                .map(|place| bin.row[sorted.order[place as usize] as usize])
                .collect::<Vec<u32>>()
        };
        let ids: MessageIds = rows.message_ids(sorted.iter().flat_map(tied).collect())?;
        sorted
            .par_iter_mut()
            .for_each(|(bin, sorted)| order_ties(bin, sorted, &ids));
    }
    Ok(sorted)
}

/// Whether the order of touches at one instant can make a difference.
///
/// Touches that nothing listens to from any stage may stand in any order, and so may touches that are
/// alike in every respect.
fn order_matters(plan: &Plan, bin: &Bin, tied: &[u32]) -> bool {
    // Which was first says which was known first.
    let arrived = |index: u32| bin.received_at.get(index as usize);
    if tied.iter().any(|&index| arrived(index) != arrived(tied[0])) {
        return true;
    }
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
fn order_ties(bin: &Bin, sorted: &mut Sorted, ids: &MessageIds) {
    for tie in std::mem::take(&mut sorted.ties) {
        let touches = &mut sorted.order[tie.start as usize..tie.end as usize];
        touches.sort_by(|&a, &b| ids.compare(bin.row[a as usize], bin.row[b as usize]));
    }
}

//! The order in which touches are folded: by customer, time, and message id where that decides.

use perennial_engine::Plan;
use perennial_model::Kind;
use rayon::prelude::*;

use crate::BatchError;
use crate::bins::{Bin, Sorted};
use crate::carried::CarriedFields;
use crate::fold::Frame;
use crate::message_ids::MessageIds;
use crate::read::columns;
use crate::roster::Roster;
use crate::rows::Rows;
use crate::scores::Purchase;

/// A partition's touches; their order, unless they were put aside and have to be ordered anew.
pub(crate) struct Partition {
    bin: Bin,
    sorted: Option<Sorted>,
}

/// What ordering every partition leaves.
pub(crate) struct Ordered {
    pub partitions: Vec<Partition>,
    /// The message ids that decide ties, unless they are carried along.
    pub ids: MessageIds,
    /// What was bought, if that was asked for.
    pub purchases: Vec<Purchase>,
}

/// Sorts partitions; message ids decide between touches at one instant.
#[derive(Clone, Copy)]
pub(crate) struct Sorter<'a> {
    pub roster: &'a Roster,
    pub plan: &'a Plan,
    pub carried: &'a CarriedFields,
    pub rows: &'a Rows,
}

impl<'a> Sorter<'a> {
    /// For what is folded with a frame.
    pub(crate) fn of(frame: &Frame<'a>, rows: &'a Rows) -> Self {
        Self {
            roster: frame.roster,
            plan: frame.plan,
            carried: frame.carried,
            rows,
        }
    }
}

impl Sorter<'_> {
    /// Sorts a partition, but for the ties.
    fn sort(&self, number: usize, bin: &Bin) -> Sorted {
        // Where ids are shown they decide every tie; else only those that can make a difference.
        let all = self.carried.index_of(columns::MESSAGE_ID).is_some();
        let matters = |bin: &Bin, tied: &[u32]| all || order_matters(self.plan, bin, tied);
        bin.sort(self.roster.partition(number), &matters)
    }

    /// Sorts every partition; `purchases_of` says what to note of each.
    pub(crate) fn order(
        &self,
        bins: Vec<Bin>,
        purchases_of: &(dyn Fn(&Bin) -> Vec<Purchase> + Sync),
    ) -> Result<Ordered, BatchError> {
        let carries_ids = self.carried.index_of(columns::MESSAGE_ID).is_some();
        let order = |(number, mut bin): (usize, Bin)| {
            let is_aside = bin.is_aside();
            let carried = std::mem::take(&mut bin.carried);
            let whole = is_aside
                .then(|| bin.whole(self.carried.spill()))
                .transpose()?;
            let touches = whole.as_ref().unwrap_or(&bin);
            let sorted = self.sort(number, touches);
            let purchases = purchases_of(touches);
            let tied = sorted.ties.iter().flat_map(|tie| tie.clone());
            let tied: Vec<u32> = match carries_ids {
                true => Vec::new(),
                false => tied
                    .map(|place| touches.row[sorted.order[place as usize] as usize])
                    .collect(),
            };
            bin.carried = carried;
            let sorted = (!is_aside).then_some(sorted);
            Ok((Partition { bin, sorted }, tied, purchases))
        };
        let ordered = bins
            .into_par_iter()
            .enumerate()
            .map(order)
            .collect::<Result<Vec<_>, BatchError>>()?;
        let (mut partitions, mut wanted, mut purchases) = (Vec::new(), Vec::new(), Vec::new());
        for (partition, tied, bought) in ordered {
            partitions.push(partition);
            wanted.extend(tied);
            purchases.extend(bought);
        }
        Ok(Ordered {
            partitions,
            ids: self.rows.message_ids(wanted)?,
            purchases,
        })
    }

    /// A partition with all its touches in the order of the fold, and all that they carry at hand.
    pub(crate) fn ready(
        &self,
        number: usize,
        partition: Partition,
        ids: &MessageIds,
    ) -> Result<(Bin, Sorted), BatchError> {
        let Partition { mut bin, sorted } = partition;
        let mut sorted = match sorted {
            Some(sorted) => sorted,
            None => {
                bin = bin.whole(self.carried.spill())?;
                self.sort(number, &bin)
            }
        };
        self.carried.fetch(&mut bin.carried)?;
        match self.carried.index_of(columns::MESSAGE_ID) {
            Some(column) => bin.order_ties(&mut sorted, column, self.rows),
            None => order_ties(&bin, &mut sorted, ids),
        }
        Ok((bin, sorted))
    }
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

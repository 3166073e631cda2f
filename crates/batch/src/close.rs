//! A fold that writes nothing: where every customer stands where history ends.

use std::collections::{BTreeMap, BTreeSet};

use perennial_model::Time;
use perennial_rules::compile::LifecycleCode;
use perennial_rules::{Machine, Project};
use rayon::prelude::*;

use crate::BatchError;
use crate::fold::{Place, Summary};
use crate::options::{Observer, Options};
use crate::order::{Partition, Sorter};
use crate::prepare::prepare;
use crate::roster::Roster;

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
    options.threads()?.install(|| {
        let mut prepared = prepare(project, options, observer, None)?;
        let partitions = std::mem::take(&mut prepared.partitions);
        let frame = prepared.frame(project, true);
        let fold = |(number, partition): (usize, Partition)| {
            let sorter = Sorter::of(&frame, &prepared.rows);
            let (bin, sorted) = sorter.ready(number, partition, &prepared.ids)?;
            Ok(frame.fold(number, &bin, &sorted).summaries)
        };
        let folded = partitions
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
    let stage = |(lifecycle, place): (&LifecycleCode, &Place)| {
        let stage = &lifecycle.stages[usize::from(place.stage?)];
        Some((lifecycle.name.clone(), stage.name.clone()))
    };
    ClosedCustomer {
        id: roster.id(one.customer).to_owned(),
        stages: machine
            .lifecycles
            .iter()
            .zip(&one.places)
            .filter_map(stage)
            .collect(),
        segments: one
            .segments
            .iter()
            .map(|&segment| machine.segments[usize::from(segment)].name.clone())
            .collect(),
    }
}

//! The order of decision: whoever is read by a rule is decided before its reader.

use super::{Condition, LifecycleCode, SegmentCode, Subject};

/// Lifecycles and segments so that each comes after those it reads; equals keep the project's order.
///
/// Cycles have been refused when the project was checked; a subject that still waits on one (it can
/// only be itself) is taken in the project's order.
pub(super) fn decision_order(
    lifecycles: &[LifecycleCode],
    segments: &[SegmentCode],
) -> Vec<Subject> {
    let mut waiting: Vec<(Subject, Vec<Subject>)> = Vec::new();
    for (number, lifecycle) in lifecycles.iter().enumerate() {
        let own = Subject::Lifecycle(number as u16);
        let rules = lifecycle
            .applies_to
            .iter()
            .chain(lifecycle.clauses.iter().filter_map(|c| c.when.as_ref()));
        waiting.push((own, reads(rules, own)));
    }
    for (number, segment) in segments.iter().enumerate() {
        let own = Subject::Segment(number as u16);
        waiting.push((own, reads(std::iter::once(&segment.when), own)));
    }
    let mut order = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = waiting
            .iter()
            .position(|(_, reads)| reads.iter().all(|read| order.contains(read)))
            .unwrap_or(0);
        order.push(waiting.remove(ready).0);
    }
    order
}

fn reads<'a>(rules: impl Iterator<Item = &'a Condition>, own: Subject) -> Vec<Subject> {
    let mut all: Vec<Subject> = rules
        .flat_map(|rule| rule.needs.subjects.iter().copied())
        .collect();
    all.retain(|subject| *subject != own);
    all.sort_unstable();
    all.dedup();
    all
}

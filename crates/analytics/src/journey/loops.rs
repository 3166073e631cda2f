//! Loops: customers who go to and fro between two touchpoints.

use std::collections::BTreeMap;

use super::cells::Place;
use super::walk::Walk;
use super::{Journey, PainKind};

/// A customer's longest loop between two touchpoints.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    /// Returns in a row: `a b a` is one, `a b a b` two.
    pub(super) returns: usize,
    /// When its first return was; without one, when she first went from one to the other.
    pub(super) at_ms: i64,
}

/// Of each stage and pair of touchpoints that she went between, her longest loop. Repeats of one touchpoint
/// are merged; a touch at several touchpoints is at the first of them.
pub(super) fn find(journey: &Journey, walk: &Walk) -> BTreeMap<Place, Found> {
    let mut found: BTreeMap<Place, Found> = BTreeMap::new();
    // The touchpoints before, newest first, and the loop that they are in.
    let (mut last, mut before) = (None, None);
    let mut running = Found::default();
    let (mut stay, mut at_ms) = (usize::MAX, i64::MIN);
    for step in walk.steps.iter().filter(|step| !step.passive) {
        let Some(&point) = walk.points(step).first() else {
            continue;
        };
        if step.stay != stay || step.at_ms.saturating_sub(at_ms) > journey.loop_ms {
            (last, before, running) = (None, None, Found::default());
        }
        (stay, at_ms) = (step.stay, step.at_ms);
        if last == Some(point) {
            continue;
        }
        if before == Some(point) {
            running.returns += 1;
            if running.returns == 1 {
                running.at_ms = step.at_ms;
            }
        } else {
            running = Found::default();
        }
        if let (Some(other), Some(stay)) = (last, walk.stays.get(stay)) {
            let place = Place {
                kind: PainKind::Loop,
                stage: stay.stage,
                point: point.min(other),
                other: point.max(other),
            };
            let started = Found {
                returns: 0,
                at_ms: step.at_ms,
            };
            let longest = found.entry(place).or_insert(started);
            if running.returns > longest.returns {
                *longest = running;
            }
        }
        (before, last) = (last, Some(point));
    }
    found
}

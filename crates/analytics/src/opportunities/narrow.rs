//! One opportunity for one fact: of those that hold and overlap, what still holds without the clearest.

use std::collections::BTreeSet;

use super::count::Part;
use super::{Opportunity, Tally};
use crate::proportion::{Rate, above};

/// An opportunity and what it was judged by.
pub(super) struct Candidate {
    pub(super) found: Opportunity,
    /// The texts of its segment, and of what it is held against; none of a target.
    pub(super) members: BTreeSet<u32>,
    pub(super) against: BTreeSet<u32>,
    /// Below 0 where fewer should move.
    pub(super) sign: f64,
}

/// Folds those that hold into clearer ones that they would not hold without: without their customers, or
/// among those who did not move as theirs.
pub(super) fn narrow(
    candidates: Vec<Candidate>,
    tally: &Tally,
) -> (Vec<Candidate>, Vec<Candidate>) {
    let p = |one: &Candidate| one.found.confirmed.map_or(1.0, |part| part.p);
    let (mut holding, others): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|one| one.found.holds);
    let p_most = holding.iter().map(p).fold(0.0, f64::max);
    holding.sort_by(|a, b| {
        let own = |one: &Candidate| (one.found.found.people, one.found.from, one.found.to);
        p(a).total_cmp(&p(b)).then(own(a).cmp(&own(b)))
    });
    let mut standing: Vec<Candidate> = Vec::new();
    let mut folded = Vec::new();
    for one in holding {
        let explains = |other: &&mut Candidate| {
            let meets =
                other.found.from == one.found.from && !other.members.is_disjoint(&one.members);
            // A target is another question than the best: both are asked of the same customers.
            let alike = other.against.is_empty() == one.against.is_empty();
            meets && alike && !holds_without(&one, other, tally, p_most)
        };
        match standing.iter_mut().find(explains) {
            Some(cause) => {
                cause
                    .found
                    .folded
                    .push((one.found.segment.clone(), one.found.to));
                folded.push(one);
            }
            None => standing.push(one),
        }
    }
    standing.extend(others);
    (standing, folded)
}

fn holds_without(one: &Candidate, cause: &Candidate, tally: &Tally, p_most: f64) -> bool {
    let (own, better) = if one.found.to == cause.found.to {
        let left: BTreeSet<u32> = one.members.difference(&cause.members).copied().collect();
        let against = one.against.difference(&cause.members).copied().collect();
        let rate =
            |members: &BTreeSet<u32>| rate(tally, one.found.from, members, one.found.to, None);
        (rate(&left), rate(&against))
    } else {
        let to = (one.found.to, Some(cause.found.to));
        let rate = |members: &BTreeSet<u32>| rate(tally, one.found.from, members, to.0, to.1);
        (rate(&one.members), rate(&one.against))
    };
    if one.against.is_empty() {
        let Some(confirmed) = one.found.confirmed.filter(|_| own.people > 0) else {
            return false;
        };
        let target = confirmed.better_rate;
        let error = (target * (1.0 - target) / own.people as f64).sqrt();
        let missing = one.sign * (target - own.hits as f64 / own.people as f64);
        return above(missing / error.max(f64::MIN_POSITIVE)) <= p_most;
    }
    let both = own.compare_cautiously(better);
    both.is_some_and(|both| above(-one.sign * both.z) <= p_most)
}

/// How many of some segments moved in the second part, of those who did not move elsewhere.
fn rate(tally: &Tally, from: u8, members: &BTreeSet<u32>, to: u8, elsewhere: Option<u8>) -> Rate {
    let part = |member: &u32| tally.cells.get(&(from, *member)).map(|cell| &cell.parts[1]);
    let mut all = Rate::default();
    for part in members.iter().filter_map(part) {
        let moved = |to: u8| part_moved(part, to);
        let watched = part.watched - elsewhere.map_or(0, moved);
        all.add(Rate::new(moved(to), watched));
    }
    all
}

fn part_moved(part: &Part, to: u8) -> u64 {
    part.moved.get(usize::from(to)).copied().unwrap_or(0)
}

//! Comparisons: every place, group and month against the rest, and which of them to believe.
//!
//! What a selection is compared with is in `sums`: other groups, the months around, and for a group in a month
//! both, of which the one counts that says less. One direction only is asked for: whether it is worse. Shares are compared by the test of two proportions,
//! or by Fisher's exact one where few hits are expected; waits by a rank test that counts those who still
//! wait. A customer with several cases counts as one case of her mean, which errs on the side of
//! finding nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{Cells, Groups, Leaves, Place};
use super::fold::{self, Known};
use super::sums::{Selection, Sum, sums};
use super::{Journey, PainKind, PainPoint, Tally};
use crate::proportion::{Rate, above, false_discovery_rates};
use crate::stats::upper_tail;
use crate::trail::{NO_TEXT, Words};

/// Below so many expected hits the exact test is made.
const EXACT_BELOW: f64 = 10.0;

/// By stage and touchpoint: how often what came next, and how often it is known.
pub(super) type Follows = BTreeMap<(u8, u32), (BTreeMap<u32, u64>, u64)>;

/// A comparison that was made.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) place: Place,
    pub(super) selection: Selection,
    pub(super) customers: u64,
    pub(super) cases: u64,
    pub(super) rest_cases: u64,
    pub(super) share: f64,
    pub(super) rest_share: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) ratio: f64,
    pub(super) z: f64,
    pub(super) p: f64,
    pub(super) medians_ms: Option<(f64, f64)>,
    pub(super) hits: u64,
}

impl Compared {
    /// Whether it is large enough to matter, whatever chance says.
    pub(super) fn matters(&self, journey: &Journey) -> bool {
        let limits = &journey.limits;
        self.share - self.rest_share >= limits.gap
            && self.ratio >= limits.ratio
            && self.hits >= limits.fewest_hits
    }
}

/// The pain points, and how many comparisons were made.
pub(super) fn find(
    journey: &Journey,
    tally: &Tally,
    follows: &Follows,
    words: &Words,
) -> (Vec<PainPoint>, u64) {
    let cells = &tally.cells;
    let leaves = cells.0.values().flat_map(|leaves| leaves.leaves.keys());
    let everybody: BTreeSet<&Groups> = leaves.collect();
    let compared = all(journey, tally, &everybody);
    let tests: Vec<Option<f64>> = compared.iter().map(|one| Some(one.p)).collect();
    let rates = false_discovery_rates(&tests);
    let believed = |rate: &Option<f64>| rate.is_some_and(|rate| rate <= journey.limits.rate);
    let zipped = compared
        .iter()
        .zip(&rates)
        .filter(|(_, rate)| believed(rate));
    let p_most = zipped.map(|(one, _)| one.p).fold(0.0, f64::max);
    let known = Known {
        journey,
        cells,
        follows,
        words,
        texts: &tally.texts,
        compared: &compared,
        everybody: &everybody,
        p_most,
    };
    let holds = |one: &&Compared| one.p <= p_most && known.holds(one) && known.outlasts(one);
    let found = compared.iter().filter(holds).cloned().collect();
    (fold::pains(&known, found), compared.len() as u64)
}

/// Every comparison: of each place every group, every month and every group in a month with the rest of that
/// place; of ratings and tickets every touchpoint with the others of its stage.
fn all(journey: &Journey, tally: &Tally, everybody: &BTreeSet<&Groups>) -> Vec<Compared> {
    let cells = &tally.cells;
    let twins = twins(everybody);
    let mut compared: Vec<Compared> = tally.clock.compare(journey).collect();
    for (place, leaves) in &cells.0 {
        let sums = sums(leaves, &[], &BTreeSet::new());
        let Some(all) = sums.get(&Selection::default()) else {
            continue;
        };
        // Where nearly all are hit no group can be so by a multiple: a step that most do not take.
        let at_most = all.hits as f64 * journey.limits.ratio;
        if place.kind != PainKind::Stall && at_most > all.cases as f64 {
            continue;
        }
        for (selection, own) in &sums {
            let twin = selection.group.is_some_and(|group| twins.contains(&group));
            // Of fewer there is nothing to be compared.
            if !twin && own.cases >= journey.limits.fewest {
                compared.extend(compare(journey, *place, *selection, &sums));
            }
        }
        compared.extend(against_stage(journey, cells, *place, leaves));
    }
    compared
}

/// A selection against each rest that it has; the comparison that says least of them. `None` where there is no
/// rest, or too few are in one.
pub(super) fn compare(
    journey: &Journey,
    place: Place,
    selection: Selection,
    sums: &BTreeMap<Selection, Sum>,
) -> Option<Compared> {
    let own = sums.get(&selection)?;
    let rests = selection.rests(sums, own)?;
    let compared: Option<Vec<Compared>> = rests
        .iter()
        .map(|rest| with_rest(journey, place, selection, own, rest))
        .collect();
    compared?.into_iter().max_by(|a, b| {
        // Of two that are beyond doubt, that of fewer standard errors.
        a.p.total_cmp(&b.p).then(b.z.total_cmp(&a.z))
    })
}

fn with_rest(
    journey: &Journey,
    place: Place,
    selection: Selection,
    own: &Sum,
    rest: &Sum,
) -> Option<Compared> {
    let fewest = journey.limits.fewest;
    if place.kind == PainKind::Stall {
        let enough = own.waiting.count() >= fewest && rest.waiting.count() >= fewest;
        return enough.then(|| waits(place, selection, own, rest)).flatten();
    }
    // Within one month everybody is one case.
    let own_rate = match selection.month {
        Some(_) => Rate::new(own.hits, own.cases),
        None => own.rate(),
    };
    shares(
        journey,
        place,
        selection,
        (own, own_rate),
        (rest, rest.rate()),
    )
}

/// A touchpoint against the others of its stage by the ratings of it, those given at one place by themselves.
///
/// Tickets are compared by a clock of their own. Nothing else is: how many stop, go round or wait at a
/// touchpoint is by what it is, and where all others are of another kind there is no rest to compare with.
fn against_stage(
    journey: &Journey,
    cells: &Cells,
    place: Place,
    leaves: &Leaves,
) -> Option<Compared> {
    if place.kind != PainKind::BadFeedback {
        return None;
    }
    let own = overall(leaves);
    let (mut rest, mut most) = (Sum::default(), 0);
    let others = cells.0.iter().filter(|(other, _)| {
        (other.kind, other.stage, other.other) == (place.kind, place.stage, place.other)
            && other.point != place.point
    });
    for (_, leaves) in others {
        let one = overall(leaves);
        most = most.max(one.customers);
        rest.cases += one.cases;
        rest.hits += one.hits;
    }
    // Those at other touchpoints are mostly the same customers: no more count than the largest has.
    let weight = (most as f64 / rest.cases.max(1) as f64).min(1.0);
    (rest.people, rest.people_hit) = (rest.cases as f64 * weight, rest.hits as f64 * weight);
    let rates = (own.rate(), rest.rate());
    shares(
        journey,
        place,
        Selection::default(),
        (&own, rates.0),
        (&rest, rates.1),
    )
}

fn overall(leaves: &Leaves) -> Sum {
    let mut sums = sums(leaves, &[], &BTreeSet::from([Selection::default()]));
    sums.remove(&Selection::default()).unwrap_or_default()
}

/// Groups that are no other than a group of a finer grouping: a sub-region with one country. They are
/// compared once, by the finer name. Groupings stand from fine to wide.
fn twins(everybody: &BTreeSet<&Groups>) -> BTreeSet<(usize, u32)> {
    let mut who: BTreeMap<(usize, u32), BTreeSet<&Groups>> = BTreeMap::new();
    for &groups in everybody {
        let own = groups
            .iter()
            .enumerate()
            .filter(|(_, text)| **text != NO_TEXT);
        own.for_each(|(grouping, text)| {
            who.entry((grouping, *text)).or_default().insert(groups);
        });
    }
    let mut met = BTreeSet::new();
    who.into_iter()
        .filter_map(|(group, people)| (!met.insert(people)).then_some(group))
        .collect()
}

fn shares(
    journey: &Journey,
    place: Place,
    selection: Selection,
    (own, own_rate): (&Sum, Rate),
    (rest, rest_rate): (&Sum, Rate),
) -> Option<Compared> {
    if own_rate.people.min(rest_rate.people) < journey.limits.fewest {
        return None;
    }
    let z = own_rate.compare(rest_rate)?.z;
    let (all, all_hits) = (
        own_rate.people + rest_rate.people,
        own_rate.hits + rest_rate.hits,
    );
    let expected = all_hits as f64 / all as f64 * own_rate.people as f64;
    let p = if expected < EXACT_BELOW {
        upper_tail(own_rate.hits, own_rate.people, all_hits, all)
    } else {
        above(z)
    };
    let (low, high) = between(own_rate, rest_rate)?;
    let share = own.hits as f64 / own.cases as f64;
    let rest_share = rest.hits as f64 / rest.cases as f64;
    Some(Compared {
        place,
        selection,
        customers: own.customers,
        cases: own.cases,
        rest_cases: rest.cases,
        share,
        rest_share,
        low,
        high,
        ratio: share / rest_share,
        z,
        p,
        medians_ms: None,
        hits: own_rate.hits,
    })
}

/// The 95 % interval of the difference of two shares (Newcombe 1998, method 10).
fn between(own: Rate, rest: Rate) -> Option<(f64, f64)> {
    let (a, b) = (own.value()?, rest.value()?);
    let (first, second) = (own.wilson()?, rest.wilson()?);
    let below = (a - first.low).hypot(second.high - b);
    let above = (first.high - a).hypot(b - second.low);
    Some((a - b - below, a - b + above))
}

fn waits(place: Place, selection: Selection, own: &Sum, rest: &Sum) -> Option<Compared> {
    let z = own.waiting.later(&rest.waiting)?;
    let medians = (own.waiting.median_ms()?, rest.waiting.median_ms()?);
    let (share, variance) = own.waiting.staying(medians.1);
    let (rest_share, rest_variance) = rest.waiting.staying(medians.1);
    let error = crate::proportion::Z_95 * (variance + rest_variance).sqrt();
    let count = own.waiting.count();
    Some(Compared {
        place,
        selection,
        customers: count,
        cases: count,
        rest_cases: rest.waiting.count(),
        share,
        rest_share,
        low: share - rest_share - error,
        high: share - rest_share + error,
        ratio: medians.0 / medians.1.max(1.0),
        z,
        p: above(z),
        medians_ms: Some(medians),
        hits: (share * count as f64) as u64,
    })
}

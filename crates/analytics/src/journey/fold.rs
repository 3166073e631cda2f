//! One finding for one cause: what is found of overlapping people is folded into the clearest finding.

use std::collections::BTreeSet;

use super::cells::{Cells, Counts, Groups, Leaves, NO_POINT, Place};
use super::groups::Texts;
use super::pain::{Compared, Follows, compare};
use super::sums::{Selection, Sum, sums};
use super::{Evidence, Journey, PainKind, PainPoint, Spot, Stake, Times};
use crate::proportion::{Z_95, false_discovery_rates};
use crate::trail::Words;

/// Share of what comes next from which on two touchpoints count as one after the other.
const FOLLOWS: f64 = 0.5;
/// What the other people of a group or a month must show of what a part of them shows for it to be at all of
/// them, and not that part's alone.
const AT_ALL: f64 = 0.5;
/// All ways of not going on: they hurt the same customers for the same cause.
const GOING_ON: [PainKind; 3] = [PainKind::Stall, PainKind::DropOff, PainKind::MissedGoal];
/// Those of them in which every touchpoint stands for itself. A goal that is missed shows at all that come before
/// the broken one, so there the clearest is the cause.
const WAITING: [PainKind; 2] = [PainKind::Stall, PainKind::DropOff];
/// Milliseconds in a second.
const SECOND_MS: f64 = 1_000.0;

/// What findings are judged by.
pub(super) struct Known<'k> {
    pub(super) journey: &'k Journey,
    pub(super) cells: &'k Cells,
    pub(super) follows: &'k Follows,
    pub(super) words: &'k Words,
    pub(super) texts: &'k Texts,
    /// All comparisons that were made.
    pub(super) compared: &'k [Compared],
    /// Every combination of groups that there is.
    pub(super) everybody: &'k BTreeSet<&'k Groups>,
    /// The largest p that is believed.
    pub(super) p_most: f64,
}

impl Known<'_> {
    /// Whether a comparison is both believed and large enough to matter.
    pub(super) fn holds(&self, one: &Compared) -> bool {
        one.p <= self.p_most && one.matters(self.journey)
    }

    /// Whether a group is worse than the rest whichever one other group is left out of the rest: else it is
    /// that other group which is better.
    pub(super) fn outlasts(&self, one: &Compared) -> bool {
        let (Some((grouping, text)), Some(leaves)) =
            (one.selection.group, self.cells.0.get(&one.place))
        else {
            return true;
        };
        let texts = leaves.leaves.keys().map(|groups| groups[grouping]);
        let others: BTreeSet<u32> = texts.filter(|other| *other != text).collect();
        others.len() < 2
            || others.iter().all(|other| {
                let other = Selection {
                    group: Some((grouping, *other)),
                    month: None,
                };
                let again = self.again(leaves, one, &[other]);
                again.is_none_or(|again| self.holds(&again))
            })
    }

    /// Whether a comparison still holds with some of the people left out.
    fn holds_without(&self, one: &Compared, left_out: Selection) -> bool {
        let leaves = self.cells.0.get(&one.place);
        let again = leaves.and_then(|leaves| self.again(leaves, one, &[left_out]));
        again.is_some_and(|again| self.holds(&again))
    }

    /// Whether one is of a part of another's people, at the same place, without whom the rest of them show
    /// little of it. Where too few are left to tell, it is not.
    fn is_all_of_it(&self, one: &Compared, other: &Compared) -> bool {
        let leaves = self.cells.0.get(&one.place);
        let is_part =
            one.place == other.place && one.selection != other.selection && self.within(one, other);
        let Some(leaves) = leaves.filter(|_| is_part) else {
            return false;
        };
        let gap = |one: &Compared| one.share - one.rest_share;
        match self.again(leaves, other, &[one.selection]) {
            Some(left) => !self.holds(&left) && gap(&left) < AT_ALL * gap(one),
            // Where nobody is hit, not in the rest either, there is no test.
            None => {
                let sums = sums(leaves, &[one.selection], &other.selection.needed());
                let enough = |left: &Sum| left.cases >= self.journey.limits.fewest;
                let left = sums.get(&other.selection).filter(|left| enough(left));
                left.is_some_and(|left| left.hits == 0)
            }
        }
    }

    /// Whether the people and months of one are among those of another. Who began to wait for the next stage in
    /// one month met what holds her up in that month or the next.
    fn within(&self, one: &Compared, other: &Compared) -> bool {
        let waits =
            |one: &Compared| one.place.kind == PainKind::Stall && one.place.point == NO_POINT;
        let months = match (one.selection.month, other.selection.month) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(a), Some(b)) => a == b || waits(one) && b == a + 1 || waits(other) && a == b + 1,
        };
        let is_part = |(own, text): (usize, u32), (wide, other): (usize, u32)| {
            let mut own = self.everybody.iter().filter(|groups| groups[own] == text);
            own.all(|groups| groups[wide] == other)
        };
        months
            && match (one.selection.group, other.selection.group) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(a), Some(b)) => a == b || is_part(a, b),
            }
    }

    /// A comparison with some of the people left out; `None` where too few are left.
    fn again(&self, leaves: &Leaves, one: &Compared, left_out: &[Selection]) -> Option<Compared> {
        let sums = sums(leaves, left_out, &one.selection.needed());
        compare(self.journey, one.place, one.selection, &sums)
    }
}

/// A finding that stands, and what was folded into it.
struct Standing {
    found: Compared,
    folded: Vec<Spot>,
}

impl Standing {
    /// Folds a finding into this one, or this one into it, where all of it is that part of its people.
    fn fold(&mut self, known: &Known<'_>, one: Compared) {
        let part = match known.is_all_of_it(&one, &self.found) {
            true => std::mem::replace(&mut self.found, one),
            false => one,
        };
        self.folded.push(spot(known, &part));
    }
}

/// Findings as pain points, ranked.
///
/// What was folded must not vouch for what stands: the rate of false findings is that among those that
/// stand, still over all comparisons.
pub(super) fn pains(known: &Known<'_>, found: Vec<Compared>) -> Vec<PainPoint> {
    let mut standing: Vec<Standing> = Vec::new();
    for one in by_clarity(known, found) {
        let own = within_place(known, &standing, &one);
        let cause = own.or_else(|| elsewhere(known, &standing, &one));
        match cause {
            Some(cause) => standing[cause].fold(known, one),
            None => standing.push(Standing {
                found: one,
                folded: Vec::new(),
            }),
        }
    }
    let standing = once_more(known, standing);
    let own = standing.iter().map(|one| Some(one.found.p));
    let rest = known.compared.len() - standing.len();
    let tests: Vec<Option<f64>> = own.chain(std::iter::repeat_n(Some(1.0), rest)).collect();
    let rates = false_discovery_rates(&tests);
    let told = standing.into_iter().zip(rates).filter_map(|(one, q)| {
        let q = q.filter(|q| *q <= known.journey.limits.rate)?;
        Some(point(known, one, q))
    });
    let mut pains: Vec<PainPoint> = told.collect();
    pains.sort_by(|a, b| {
        let most = rank(b).total_cmp(&rank(a));
        most.then_with(|| a.spot.cmp(&b.spot))
    });
    pains
}

/// Folds what stands for the same since it was told more closely.
fn once_more(known: &Known<'_>, all: Vec<Standing>) -> Vec<Standing> {
    let mut standing: Vec<Standing> = Vec::new();
    for one in all {
        match elsewhere(known, &standing, &one.found) {
            Some(cause) => {
                standing[cause].folded.push(spot(known, &one.found));
                standing[cause].folded.extend(one.folded);
            }
            None => standing.push(one),
        }
    }
    standing
}

/// The clearest first; of equally clear ones the most specific: of the fewest customers.
///
/// A wait for the next stage that shows at the stage's other touchpoints as well, on average by as much as
/// matters, is as clear as the clearest of them, and comes before it: no one touchpoint is its cause.
fn by_clarity(known: &Known<'_>, found: Vec<Compared>) -> Vec<Compared> {
    let gap = |one: &Compared| one.share - one.rest_share;
    let clarity = |one: &Compared| {
        if one.place.kind != PainKind::Stall || one.place.point != NO_POINT {
            return one.z;
        }
        let at_touchpoint = |other: &&Compared| {
            other.place.point != NO_POINT
                && other.place.stage == one.place.stage
                && other.selection == one.selection
                && WAITING.contains(&other.place.kind)
        };
        let all = found.iter().filter(at_touchpoint);
        let Some(clearest) = all.max_by(|a, b| a.z.total_cmp(&b.z)) else {
            return one.z;
        };
        let others = known.compared.iter().filter(at_touchpoint).filter(|other| {
            other.place.kind == clearest.place.kind && other.place.point != clearest.place.point
        });
        let sum = others.fold((0.0, 0.0), |(gaps, cases), other| {
            (
                gaps + gap(other) * other.cases as f64,
                cases + other.cases as f64,
            )
        });
        let at_all = sum.0 >= known.journey.limits.gap * sum.1 && sum.1 > 0.0;
        if at_all { clearest.z.max(one.z) } else { one.z }
    };
    let mut ordered: Vec<(f64, &Compared)> = found.iter().map(|one| (clarity(one), one)).collect();
    ordered.sort_by(|(x, a), (y, b)| {
        let whole = |one: &Compared| one.place.point != NO_POINT;
        y.total_cmp(x)
            .then(whole(a).cmp(&whole(b)))
            .then(a.customers.cmp(&b.customers))
            .then((a.place, a.selection).cmp(&(b.place, b.selection)))
    });
    ordered.into_iter().map(|(_, one)| one.clone()).collect()
}

/// At least what is at stake: value where it is told, else customers.
fn rank(pain: &PainPoint) -> f64 {
    match &pain.stake {
        Some(stake) => stake.low as f64,
        None => pain.customers as f64 * pain.evidence.gap_low.max(0.0),
    }
}

/// The finding at the same place without whose customers nothing would have been found.
fn within_place(known: &Known<'_>, standing: &[Standing], one: &Compared) -> Option<usize> {
    let leaves = known.cells.0.get(&one.place)?;
    let same = |(_, other): &(usize, &Standing)| {
        other.found.place == one.place && other.found.selection != Selection::default()
    };
    let here: Vec<(usize, &Standing)> = standing.iter().enumerate().filter(same).collect();
    let meets =
        |(_, other): &&(usize, &Standing)| overlap(leaves, other.found.selection, one.selection);
    let (cause, _) = here.iter().find(meets)?;
    let left_out: Vec<Selection> = here
        .iter()
        .map(|(_, other)| other.found.selection)
        .collect();
    if one.selection == Selection::default() {
        return None;
    }
    let still = known.again(leaves, one, &left_out);
    let holds = still.is_some_and(|still| known.holds(&still));
    (!holds).then_some(*cause)
}

/// Whether some of the same customers are meant in some of the same months.
fn overlap(leaves: &Leaves, a: Selection, b: Selection) -> bool {
    leaves.leaves.iter().any(|(groups, leaf)| {
        let both = |month: &i64| a.holds(groups, *month) && b.holds(groups, *month);
        leaf.months.keys().any(both)
    })
}

/// The finding at another place that says the same: of people among whom these are, or of some of these,
/// without whom nothing would have been found. Where no more than a group or a month is told, the places
/// must be of one stage, or one touchpoint in two; a group in a month is one event wherever it shows. Where
/// neither is told, it is one touchpoint, or they are two of which one comes just before the other.
fn elsewhere(known: &Known<'_>, standing: &[Standing], one: &Compared) -> Option<usize> {
    let alike = |kind: PainKind| {
        kind == one.place.kind || GOING_ON.contains(&kind) && GOING_ON.contains(&one.place.kind)
    };
    let all = Selection::default();
    standing.iter().position(|other| {
        let found = &other.found;
        if found.place == one.place || !alike(found.place.kind) {
            return false;
        }
        let same_point = found.place.point == one.place.point && one.place.point != NO_POINT;
        let near = same_point || found.place.stage == one.place.stage;
        let is_event = found.selection.group.is_some() && found.selection.month.is_some();
        match (found.selection == all, one.selection == all) {
            (true, true) => same_point || near && adjacent(known.follows, found.place, one.place),
            (false, false) if near || is_event => {
                known.within(one, found) || !known.holds_without(one, found.selection)
            }
            _ => false,
        }
    })
}

/// Whether one of two touchpoints mostly comes right after the other.
fn adjacent(follows: &Follows, a: Place, b: Place) -> bool {
    let after = |a: Place, b: Place| {
        let next = follows.get(&(a.stage, a.point));
        next.is_some_and(|(nexts, known)| {
            let count = nexts.get(&b.point).copied().unwrap_or(0);
            count as f64 >= FOLLOWS * *known as f64 && count > 0
        })
    };
    after(a, b) || after(b, a)
}

fn spot(known: &Known<'_>, one: &Compared) -> Spot {
    let names = known.journey.point_names(known.words);
    let name = |point: u32| (point != NO_POINT).then(|| names[point as usize].to_owned());
    let lifecycle = &known.words.lifecycles[usize::from(known.journey.lifecycle)];
    let group = one.selection.group.map(|(grouping, text)| {
        let text = known.texts.name(known.journey, known.words, grouping, text);
        (known.journey.groups[grouping].name.clone(), text.to_owned())
    });
    Spot {
        kind: one.place.kind,
        stage: lifecycle.stages[usize::from(one.place.stage)].clone(),
        touchpoint: name(one.place.point),
        other: name(one.place.other),
        group,
        month: one
            .selection
            .month
            .map(|month| known.journey.calendar.label(month)),
    }
}

fn point(known: &Known<'_>, one: Standing, q: f64) -> PainPoint {
    let found = &one.found;
    let times = found.medians_ms.map(|(own, rest)| Times {
        median_seconds: own / SECOND_MS,
        rest_median_seconds: rest / SECOND_MS,
    });
    PainPoint {
        spot: spot(known, found),
        customers: found.customers,
        evidence: Evidence {
            cases: found.cases,
            share: found.share,
            rest_cases: found.rest_cases,
            rest_share: found.rest_share,
            gap: found.share - found.rest_share,
            gap_low: found.low,
            gap_high: found.high,
            ratio: found.ratio,
            z: found.z,
            p: found.p,
            q,
            times,
        },
        stake: stake(known, found),
        folded: one.folded,
    }
}

/// Customers times the difference times the value a head of those who are not hit.
fn stake(known: &Known<'_>, found: &Compared) -> Option<Stake> {
    known.journey.value?;
    let mut all = Counts::default();
    let leaves = known.cells.0.get(&found.place)?;
    let counts = leaves.leaves.values().flat_map(|leaf| leaf.months.values());
    counts.for_each(|counts| all.merge(counts));
    let (per_head, error) = all.value_per_head()?;
    let gap = found.share - found.rest_share;
    let customers = found.customers as f64;
    let value = customers * gap * per_head;
    // Each end is as far away as both parts are together, as errors of independent factors add.
    let away = |end: f64| customers * ((end - gap) * per_head).hypot(gap * Z_95 * error);
    Some(Stake {
        customers: found.customers,
        gap,
        value_per_head: per_head.round() as i128,
        value: value.round() as i128,
        low: (value - away(found.low)).max(0.0).round() as i128,
        high: (value + away(found.high)).round() as i128,
    })
}

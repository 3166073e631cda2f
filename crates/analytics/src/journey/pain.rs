//! Comparisons: every place, group and month against the rest, and which of them to believe.
//!
//! One direction only is asked for: whether it is worse. Shares are compared by the test of two proportions,
//! or by Fisher's exact one where few hits are expected; waits by a rank test that counts those who still
//! wait. A customer with several cases counts as one case of her mean, which errs on the side of
//! finding nothing.

use std::collections::BTreeMap;

use super::cells::{Cells, Counts, Leaves, Place};
use super::fold::{self, Known};
use super::{Journey, PainKind, PainPoint};
use crate::proportion::{Rate, above, false_discovery_rates};
use crate::stats::{Waiting, upper_tail};
use crate::trail::{NO_TEXT, Words};

/// Below so many expected hits the exact test is made.
const EXACT_BELOW: f64 = 10.0;

/// The largest share of a place that a group may be: beyond it, the rest is what differs.
const MOST: f64 = 0.8;

/// By stage and touchpoint: how often what came next, and how often it is known.
pub(super) type Follows = BTreeMap<(u8, u32), (BTreeMap<u32, u64>, u64)>;

/// Who is looked at: a group, a month, a group in a month, or all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Selection {
    /// Which grouping and which text of it.
    pub(super) group: Option<(usize, u32)>,
    pub(super) month: Option<i64>,
}

impl Selection {
    pub(super) fn holds(&self, groups: &[u32], month: i64) -> bool {
        self.group
            .is_none_or(|(grouping, text)| groups[grouping] == text)
            && self.month.is_none_or(|own| own == month)
    }
}

/// Sums over leaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub(super) cases: u64,
    pub(super) hits: u64,
    /// Different customers; in one month these are the cases.
    pub(super) customers: u64,
    /// Cases and hits with each customer's cases counted as one together.
    people: f64,
    people_hit: f64,
    pub(super) waiting: Waiting,
}

impl Sum {
    /// Adds a month of customers who have so many cases each in all months.
    fn add(&mut self, counts: &Counts, rate: Rate, weight: f64) {
        self.cases += rate.people;
        self.hits += rate.hits;
        self.people += rate.people as f64 * weight;
        self.people_hit += rate.hits as f64 * weight;
        self.waiting.merge(&counts.waiting);
    }

    pub(super) fn without(&self, part: &Self) -> Self {
        Self {
            cases: self.cases - part.cases,
            hits: self.hits - part.hits,
            customers: self.customers,
            people: (self.people - part.people).max(0.0),
            people_hit: (self.people_hit - part.people_hit).max(0.0),
            waiting: self.waiting.without(&part.waiting),
        }
    }

    /// Whole people, at most as many as there are cases.
    fn rate(&self) -> Rate {
        let people = self.people.round() as u64;
        Rate::new((self.people_hit.round() as u64).min(people), people)
    }
}

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
    cells: &Cells,
    follows: &Follows,
    words: &Words,
) -> (Vec<PainPoint>, u64) {
    let mut compared = Vec::new();
    for (place, leaves) in &cells.0 {
        let sums = sums(leaves, &[], &[]);
        let Some(all) = sums.get(&Selection::default()) else {
            continue;
        };
        for (selection, own) in &sums {
            let few = own.cases as f64 <= MOST * all.cases as f64;
            if *selection != Selection::default() && few {
                compared.extend(compare(journey, *place, *selection, own, &all.without(own)));
            }
        }
        compared.extend(against_stage(journey, cells, *place, leaves));
    }
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
        compared: &compared,
        p_most,
    };
    let holds = |one: &&Compared| one.p <= p_most && known.holds(one) && known.outlasts(one);
    let found = compared.iter().filter(holds).cloned().collect();
    (fold::pains(&known, found), compared.len() as u64)
}

/// The sums of every selection, all together included, or of those asked for if any are; leaves of the
/// selections left out are not there at all.
pub(super) fn sums(
    leaves: &Leaves,
    left_out: &[Selection],
    only: &[Selection],
) -> BTreeMap<Selection, Sum> {
    let asked = |one: &Selection| only.is_empty() || only.contains(one);
    let mut sums: BTreeMap<Selection, Sum> = BTreeMap::new();
    for (groups, leaf) in &leaves.leaves {
        let cases: u64 = leaf.months.values().map(|counts| counts.cases).sum();
        let weight = leaf.customers as f64 / cases.max(1) as f64;
        let of = groups
            .iter()
            .enumerate()
            .filter(|(_, text)| **text != NO_TEXT);
        let of: Vec<_> = of.map(|(grouping, text)| Some((grouping, *text))).collect();
        for (month, counts) in &leaf.months {
            if left_out
                .iter()
                .any(|selection| selection.holds(groups, *month))
            {
                continue;
            }
            let rate = Rate::new(counts.hits, counts.cases);
            for group in of.iter().copied().chain([None]) {
                for month in [None, Some(*month)] {
                    let selection = Selection { group, month };
                    if !asked(&selection) {
                        continue;
                    }
                    let sum = sums.entry(selection).or_default();
                    sum.add(counts, rate, weight);
                    sum.customers += if month.is_some() { counts.cases } else { 0 };
                }
            }
        }
        for group in of.into_iter().chain([None]) {
            let selection = Selection { group, month: None };
            if let Some(sum) = sums.get_mut(&selection) {
                sum.customers += leaf.customers;
            }
        }
    }
    sums
}

/// A selection against the rest of its place; `None` where there are too few.
pub(super) fn compare(
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

/// A touchpoint against the others of its stage. Of those who stop, cases soon after a goal are left out:
/// they have what they came for. Waits are not compared: touchpoints differ in them by what they are.
fn against_stage(
    journey: &Journey,
    cells: &Cells,
    place: Place,
    leaves: &Leaves,
) -> Option<Compared> {
    let tickets = [PainKind::Tickets, PainKind::RepeatTickets];
    let alike = |kind: PainKind| {
        kind == place.kind || tickets.contains(&kind) && tickets.contains(&place.kind)
    };
    if place.kind == PainKind::Stall {
        return None;
    }
    let fresh_only = place.kind == PainKind::DropOff;
    let own = overall(leaves, fresh_only);
    let (mut rest, mut most) = (Sum::default(), 0);
    let others = cells
        .0
        .iter()
        .filter(|(other, _)| **other != place && other.stage == place.stage && alike(other.kind));
    for (_, leaves) in others {
        let one = overall(leaves, fresh_only);
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

fn overall(leaves: &Leaves, fresh_only: bool) -> Sum {
    let rate = |counts: &Counts| match fresh_only {
        true => counts.fresh,
        false => Rate::new(counts.hits, counts.cases),
    };
    let mut sum = Sum::default();
    for leaf in leaves.leaves.values() {
        let cases: u64 = leaf.months.values().map(|counts| rate(counts).people).sum();
        let weight = (leaf.customers as f64 / cases.max(1) as f64).min(1.0);
        let none = Counts::default();
        let months = leaf.months.values();
        months.for_each(|counts| sum.add(&none, rate(counts), weight));
        sum.customers += leaf.customers.min(cases);
    }
    sum
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

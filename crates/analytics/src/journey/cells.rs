//! Who was concerned: cases by place, group and month, as counts that merge.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::Texts;
use super::walk::Walk;
use super::{Grouping, Journey, PainKind};
use crate::proportion::Rate;
use crate::stats::Waiting;
use crate::trail::{NO_TEXT, OUTSIDE, Trail};

/// Stands for «no touchpoint».
pub(super) const NO_POINT: u32 = u32::MAX;

/// What can hurt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) kind: PainKind,
    pub(super) stage: u8,
    pub(super) point: u32,
    /// The other touchpoint of a loop; of ratings, the one that they were given at.
    pub(super) other: u32,
}

/// A text of each grouping.
pub(super) type Groups = Box<[u32]>;

/// What is counted, by place, then groups and month.
#[derive(Clone, Debug, Default)]
pub(super) struct Cells(pub(super) BTreeMap<Place, Leaves>);

/// What is counted of a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaves {
    pub(super) leaves: BTreeMap<Groups, Leaf>,
}

/// What is counted of customers with the same groups.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaf {
    /// How many different ones.
    pub(super) customers: u64,
    /// By month.
    pub(super) months: BTreeMap<i64, Counts>,
}

/// Cases and what they come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) cases: u64,
    pub(super) hits: u64,
    pub(super) waiting: Waiting,
    /// Those not hit: how many, what they spent in millionths, and its squares in hundredths squared.
    pub(super) unhit: u64,
    pub(super) value: i128,
    pub(super) squares: i128,
}

/// Millionths in a hundredth: squares are kept of hundredths, so that they cannot overflow.
const HUNDREDTH: i128 = 10_000;

impl Counts {
    pub(super) fn merge(&mut self, more: &Self) {
        self.cases += more.cases;
        self.hits += more.hits;
        self.waiting.merge(&more.waiting);
        self.unhit += more.unhit;
        self.value += more.value;
        self.squares += more.squares;
    }

    /// The mean of what those spent who were not hit, in millionths, and its standard error.
    pub(super) fn value_per_head(&self) -> Option<(f64, f64)> {
        if self.unhit < 2 {
            return None;
        }
        let count = self.unhit as f64;
        let mean = self.value as f64 / count;
        let squares = self.squares as f64 * (HUNDREDTH * HUNDREDTH) as f64;
        let variance = (squares / count - mean * mean).max(0.0);
        Some((mean, (variance / (count - 1.0)).sqrt()))
    }

    fn unhit(&mut self, spent: i128) {
        self.unhit += 1;
        self.value += spent;
        self.squares += (spent / HUNDREDTH) * (spent / HUNDREDTH);
    }
}

/// A case of the customer in hand.
struct Case {
    place: Place,
    month: i64,
    hit: bool,
    /// Of a stall: how long, and whether it is over.
    wait: Option<(i64, bool)>,
    /// When she went on.
    from_ms: i64,
    /// Which touch it is, if it is about one.
    touch: Option<usize>,
}

impl Cells {
    pub(super) fn count(
        &mut self,
        journey: &Journey,
        walk: &Walk,
        texts: &Texts,
        trail: &Trail<'_>,
    ) {
        let mut cases = Vec::new();
        at_touchpoints(journey, walk, &mut cases);
        stalls(journey, walk, &mut cases);
        for (place, found) in super::loops::find(journey, walk) {
            cases.push(Case {
                place,
                month: journey.calendar.period_of(found.at_ms),
                hit: found.returns >= journey.limits.returns,
                wait: None,
                from_ms: found.at_ms,
                touch: None,
            });
        }
        self.add(journey, walk, (texts, trail), cases);
    }

    /// Of each place and month the last case counts.
    fn add(
        &mut self,
        journey: &Journey,
        walk: &Walk,
        (texts, trail): (&Texts, &Trail<'_>),
        mut cases: Vec<Case>,
    ) {
        cases.reverse();
        cases.sort_by_key(|case| (case.place, case.month));
        cases.dedup_by_key(|case| (case.place, case.month));
        let known = |(grouping, group): (usize, &Grouping)| match group.of_touch {
            true => NO_TEXT,
            false => texts.group(grouping, trail.last_text(group.column)),
        };
        let last: Groups = journey.groups.iter().enumerate().map(known).collect();
        let of_touch = journey.groups.iter().any(|group| group.of_touch);
        let own = |case: Case| {
            let touch = case.touch.filter(|_| of_touch);
            let groups = touch.map(|touch| own_groups(journey, (texts, trail), &last, touch));
            (groups, case)
        };
        let mut cases: Vec<(Option<Groups>, Case)> = cases.into_iter().map(own).collect();
        if of_touch {
            cases.sort_by(|a, b| (a.1.place, &a.0).cmp(&(b.1.place, &b.0)));
        }
        for (at, (groups, case)) in cases.iter().enumerate() {
            let again = at > 0 && cases[at - 1].1.place == case.place && cases[at - 1].0 == *groups;
            let groups = groups.as_ref().unwrap_or(&last);
            let leaves = &mut self.0.entry(case.place).or_default().leaves;
            if !leaves.contains_key(groups) {
                leaves.insert(groups.clone(), Leaf::default());
            }
            let Some(leaf) = leaves.get_mut(groups) else {
                continue;
            };
            leaf.customers += u64::from(!again);
            let counts = leaf.months.entry(case.month).or_default();
            counts.cases += 1;
            counts.hits += u64::from(case.hit);
            if let Some((length_ms, ended)) = case.wait {
                counts.waiting.add(length_ms, ended);
            }
            if !case.hit {
                counts.unhit(walk.spent(case.from_ms, journey.value_ms));
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (place, more) in other.0 {
            let Some(own) = self.0.get_mut(&place) else {
                self.0.insert(place, more);
                continue;
            };
            for (groups, more) in more.leaves {
                let Some(leaf) = own.leaves.get_mut(&groups) else {
                    own.leaves.insert(groups, more);
                    continue;
                };
                leaf.customers += more.customers;
                for (month, more) in more.months {
                    match leaf.months.get_mut(&month) {
                        Some(counts) => counts.merge(&more),
                        None => drop(leaf.months.insert(month, more)),
                    }
                }
            }
        }
    }

    /// By touchpoint of a stage: cases and hits.
    pub(super) fn rates(&self, kind: PainKind, stage: u8) -> BTreeMap<u32, Rate> {
        let own = self
            .0
            .iter()
            .filter(|(place, _)| place.kind == kind && place.stage == stage);
        let rate = |leaves: &Leaves| {
            let mut rate = Rate::default();
            let counts = leaves.leaves.values().flat_map(|leaf| leaf.months.values());
            counts.for_each(|counts| rate.add(Rate::new(counts.hits, counts.cases)));
            rate
        };
        own.map(|(place, leaves)| (place.point, rate(leaves)))
            .collect()
    }
}

fn at_touchpoints(journey: &Journey, walk: &Walk, cases: &mut Vec<Case>) {
    let mut months = journey.calendar.cursor();
    for (step, point, _) in walk.visits() {
        let Some(stay) = walk.stays.get(step.stay) else {
            continue;
        };
        if !step.known || step.passive {
            continue;
        }
        let month = months.at(step.at_ms).period;
        let mut add = |kind: PainKind, other: u32, hit: bool| {
            cases.push(Case {
                place: Place {
                    kind,
                    stage: stay.stage,
                    point,
                    other,
                },
                month,
                hit,
                wait: None,
                from_ms: step.at_ms,
                touch: Some(step.index),
            });
        };
        if !step.is_goal {
            add(PainKind::DropOff, NO_POINT, step.dropped);
            if journey.goal.is_some() {
                add(PainKind::MissedGoal, NO_POINT, !step.reached);
            }
        }
        if journey.ticket.is_some() {
            let kind = if step.is_ticket {
                PainKind::RepeatTickets
            } else {
                PainKind::Tickets
            };
            add(kind, NO_POINT, step.ticket);
        }
        if let (Some(feedback), Some((rating, by))) = (&journey.feedback, walk.rating(step)) {
            let other = by.unwrap_or(NO_POINT);
            add(PainKind::BadFeedback, other, rating <= feedback.bad);
        }
    }
}

/// The groups of a touch, where some are told of touches.
fn own_groups(
    journey: &Journey,
    (texts, trail): (&Texts, &Trail<'_>),
    last: &Groups,
    touch: usize,
) -> Groups {
    let mut groups = last.clone();
    for (grouping, group) in journey.groups.iter().enumerate() {
        if group.of_touch {
            groups[grouping] = texts.group(grouping, trail.texts[group.column][touch]);
        }
    }
    groups
}

/// The first stay in each stage, and the first touch of each touchpoint in it: how long until she went on.
fn stalls(journey: &Journey, walk: &Walk, cases: &mut Vec<Case>) {
    let mut push = |stage: u8, point: u32, from_ms: i64, end_ms: i64, ended: bool| {
        cases.push(Case {
            place: Place {
                kind: PainKind::Stall,
                stage,
                point,
                other: NO_POINT,
            },
            month: journey.calendar.period_of(from_ms),
            hit: !ended,
            wait: Some((end_ms - from_ms, ended)),
            // Just before, so that an order with which she goes on counts.
            from_ms: end_ms - 1,
            touch: None,
        });
    };
    for stay in walk.stays.iter().filter(|stay| stay.first) {
        let (end_ms, to) = stay
            .left
            .map_or((journey.until_ms, None), |(at, to)| (at, Some(to)));
        let ended = to.is_some_and(|to| to != OUTSIDE && !journey.lapse.contains(&to));
        // Who passes through without a pause never waited.
        if end_ms > stay.from_ms {
            push(stay.stage, NO_POINT, stay.from_ms, end_ms, ended);
        }
    }
    let mut seen = BTreeSet::new();
    for (step, point, next) in walk.visits() {
        let Some(stay) = walk.stays.get(step.stay) else {
            continue;
        };
        if !step.passive && !step.is_goal && seen.insert((stay.stage, point)) {
            let end_ms = next.map_or(journey.until_ms, |next| next.at_ms);
            push(stay.stage, point, step.at_ms, end_ms, next.is_some());
        }
    }
}

//! The figures of the map: stages, the touchpoints in them, and the ways out.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{Exit, Follow, Rated, StageMap, TouchpointMap, Usual};
use super::cells::Cells;
use super::walk::{Step, Walk};
use super::{Journey, PainKind};
use crate::proportion::Rate;
use crate::stats::Bins;
use crate::trail::Words;

/// Millionths in one.
const MILLION: f64 = 1_000_000.0;
/// Milliseconds in a second.
const SECOND_MS: f64 = 1_000.0;

/// What is counted of stages, by their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Map(BTreeMap<u8, StageTally>);

#[derive(Clone, Debug, Default)]
struct StageTally {
    customers: u64,
    stays: u64,
    open: u64,
    exits: BTreeMap<u8, (u64, Bins)>,
    points: BTreeMap<u32, PointTally>,
}

#[derive(Clone, Debug, Default)]
struct PointTally {
    customers: u64,
    touches: u64,
    known: u64,
    orders: Bins,
    since: Bins,
    took: Bins,
    nexts: BTreeMap<u32, u64>,
    ratings: u64,
    /// The sum of ratings, in millionths.
    rated: i128,
    bad: u64,
}

impl Map {
    pub(super) fn count(&mut self, journey: &Journey, walk: &Walk) {
        for stay in &walk.stays {
            let stage = self.0.entry(stay.stage).or_default();
            stage.stays += 1;
            stage.customers += u64::from(stay.first);
            match stay.left {
                None => stage.open += 1,
                Some((left, to)) => {
                    let exit = stage.exits.entry(to).or_default();
                    exit.0 += 1;
                    exit.1.add(left - stay.from_ms);
                }
            }
        }
        let mut seen: BTreeMap<u8, BTreeSet<u32>> = BTreeMap::new();
        for (step, point, next) in walk.visits() {
            let Some(stay) = walk.stays.get(step.stay) else {
                continue;
            };
            let seen = seen.entry(stay.stage).or_default();
            let order = seen.insert(point).then_some(seen.len());
            let stage = self.0.entry(stay.stage).or_default();
            let tally = stage.points.entry(point).or_default();
            if let Some(order) = order {
                tally.customers += 1;
                tally.orders.add(order as i64);
                tally.since.add(step.at_ms - stay.from_ms);
            }
            let next = next.map(|next| (next.at_ms, walk.points(next)[0]));
            tally.add(journey, step, next);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (stage, more) in other.0 {
            let own = self.0.entry(stage).or_default();
            own.customers += more.customers;
            own.stays += more.stays;
            own.open += more.open;
            for (to, (count, took)) in more.exits {
                let exit = own.exits.entry(to).or_default();
                exit.0 += count;
                exit.1.merge(&took);
            }
            for (point, more) in more.points {
                own.points.entry(point).or_default().merge(&more);
            }
        }
    }

    /// By stage and touchpoint: how often what came next, and how often it is known.
    pub(super) fn follows(&self) -> BTreeMap<(u8, u32), (BTreeMap<u32, u64>, u64)> {
        let of = |(stage, tally): (&u8, &StageTally)| {
            let stage = *stage;
            let point = move |(point, tally): (&u32, &PointTally)| {
                ((stage, *point), (tally.nexts.clone(), tally.known))
            };
            tally.points.iter().map(point).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }

    pub(super) fn answer(self, journey: &Journey, cells: &Cells, words: &Words) -> Vec<StageMap> {
        let names = journey.point_names(words);
        let stages = &words.lifecycles[usize::from(journey.lifecycle)].stages;
        let of = |(place, tally): (u8, StageTally)| {
            let rates = |kind: PainKind| cells.rates(kind, place);
            let (drops, tickets) = (rates(PainKind::DropOff), rates(PainKind::Tickets));
            let again = rates(PainKind::RepeatTickets);
            let points = tally.points.into_iter().map(|(point, counted)| {
                let mut own =
                    counted.answer(journey, &names, names[point as usize], tally.customers);
                own.drop_off = usual(&drops, &BTreeMap::new(), point);
                own.tickets = usual(&tickets, &again, point);
                own
            });
            let mut points: Vec<TouchpointMap> = points.collect();
            points.sort_by(|a, b| (b.customers, &a.name).cmp(&(a.customers, &b.name)));
            let exits = tally.exits.into_iter().map(|(to, (count, took))| Exit {
                to: stages.get(usize::from(to)).cloned(),
                count,
                share: share(count, tally.stays),
                median_seconds: took.median().map_or(0.0, |ms| ms / SECOND_MS),
            });
            StageMap {
                stage: stages[usize::from(place)].clone(),
                customers: tally.customers,
                stays: tally.stays,
                open: tally.open,
                exits: exits.collect(),
                touchpoints: points,
            }
        };
        self.0.into_iter().map(of).collect()
    }
}

impl PointTally {
    fn add(&mut self, journey: &Journey, step: &Step, next: Option<(i64, u32)>) {
        self.touches += 1;
        if let Some((number, _)) = step.rating {
            self.ratings += 1;
            self.rated += i128::from(number);
            let bad = journey
                .feedback
                .as_ref()
                .is_some_and(|feedback| number <= feedback.bad);
            self.bad += u64::from(bad);
        }
        if !step.known {
            return;
        }
        self.known += 1;
        let near = |(at, _): &(i64, u32)| at - step.at_ms <= journey.silence_ms;
        if let Some((at, point)) = next.filter(near) {
            self.took.add(at - step.at_ms);
            *self.nexts.entry(point).or_default() += 1;
        }
    }

    fn merge(&mut self, more: &Self) {
        self.customers += more.customers;
        self.touches += more.touches;
        self.known += more.known;
        self.orders.merge(&more.orders);
        self.since.merge(&more.since);
        self.took.merge(&more.took);
        for (point, count) in &more.nexts {
            *self.nexts.entry(*point).or_default() += count;
        }
        self.ratings += more.ratings;
        self.rated += more.rated;
        self.bad += more.bad;
    }

    /// All but what is compared with the rest of the stage.
    fn answer(&self, journey: &Journey, names: &[&str], name: &str, stage: u64) -> TouchpointMap {
        let seconds = |bins: &Bins| bins.median().map(|ms| ms / SECOND_MS);
        let follow = |(point, count): (&u32, &u64)| Follow {
            touchpoint: names[*point as usize].to_owned(),
            count: *count,
            share: share(*count, self.known),
        };
        let mut next: Vec<Follow> = self.nexts.iter().map(follow).collect();
        next.sort_by(|a, b| (b.count, &a.touchpoint).cmp(&(a.count, &b.touchpoint)));
        let followed: u64 = next.iter().map(|follow| follow.count).sum();
        let others = next.split_off(journey.top_next.min(next.len()));
        TouchpointMap {
            name: name.to_owned(),
            customers: self.customers,
            share: share(self.customers, stage),
            touches: self.touches,
            median_order: self.orders.median(),
            median_since_entering_seconds: seconds(&self.since),
            median_to_next_seconds: seconds(&self.took),
            known_touches: self.known,
            next,
            other_next: others.iter().map(|follow| follow.count).sum(),
            other_next_touchpoints: others.len() as u64,
            nothing_next: self.known - followed,
            rated: (self.ratings > 0).then(|| Rated {
                count: self.ratings,
                mean: self.rated as f64 / self.ratings as f64 / MILLION,
                bad: self.bad,
            }),
            drop_off: None,
            tickets: None,
        }
    }
}

/// A touchpoint's rate against all others of the stage.
fn usual(own: &BTreeMap<u32, Rate>, also: &BTreeMap<u32, Rate>, point: u32) -> Option<Usual> {
    let mut rest = Rate::default();
    let all = own.iter().chain(also);
    all.filter(|(other, _)| **other != point)
        .for_each(|(_, rate)| rest.add(*rate));
    let own = own.get(&point).or_else(|| also.get(&point))?;
    Some(Usual {
        cases: own.people,
        hits: own.hits,
        share: own.value()?,
        usual: rest.value(),
    })
}

fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    part as f64 / whole as f64
}

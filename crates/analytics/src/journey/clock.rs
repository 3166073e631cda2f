//! Tickets after a touchpoint, against what is usual at the same time since the order or since entering the stage.
//!
//! A parcel has more tickets after it than a survey a week later: touchpoints differ by when they come. So a
//! clock runs for every customer, from entering a stage and anew from every goal in it, until her first ticket,
//! and at each time since then those whose last touch was at the touchpoint are compared with those whose last
//! touch was at another: the log-rank test with a state that changes (Mantel and Byar 1974). Where the
//! touchpoint plays no part, it finds nothing, however early or late it comes. Goals themselves are not
//! compared: that orders are followed by questions is in their nature.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{NO_POINT, Place};
use super::pain::Compared;
use super::sums::Selection;
use super::walk::{Step, Walk};
use super::{Journey, PainKind};
use crate::proportion::{Rate, Z_95, above};
use crate::stats::{bin_of, poisson_tail};

/// Bins of time from one power of two to the next, as a power of two.
const FINE: u32 = 5;
/// Below so many expected tickets the exact tail is taken.
const EXACT_BELOW: f64 = 10.0;

/// By place, when a touch there was the last one.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock(BTreeMap<Place, Flow>);

/// How many began to be at risk of a ticket, ceased to be, and raised one, by bin of time on the clock.
#[derive(Clone, Debug, Default)]
struct Flow {
    stretches: u64,
    customers: u64,
    bins: BTreeMap<u16, [u64; 3]>,
}

impl Flow {
    fn add(&mut self, from: u16, to: u16, hit: bool) {
        self.bins.entry(from).or_default()[0] += 1;
        let end = self.bins.entry(to).or_default();
        end[1] += 1;
        end[2] += u64::from(hit);
    }

    fn merge(&mut self, more: &Self) {
        self.stretches += more.stretches;
        self.customers += more.customers;
        for (bin, counts) in &more.bins {
            let own = self.bins.entry(*bin).or_default();
            own.iter_mut()
                .zip(counts)
                .for_each(|(own, more)| *own += more);
        }
    }
}

/// A stretch of the clock: from when, until when, and the steps in it.
struct Stretch<'w> {
    stage: u8,
    from_ms: i64,
    to_ms: i64,
    steps: &'w [Step],
}

impl Clock {
    pub(super) fn count(&mut self, journey: &Journey, walk: &Walk) {
        if journey.ticket.is_none() {
            return;
        }
        let mut customer = BTreeSet::new();
        for stretch in stretches(journey, walk) {
            let mut once = BTreeSet::new();
            for part in stretch.parts(journey, walk) {
                // Whose state changes within a bin is at risk from the next one on.
                let (from, to) = (stretch.bin(part.from_ms) + 1, stretch.bin(part.to_ms));
                if from <= to {
                    let flow = self.0.entry(part.place).or_default();
                    flow.add(from, to, part.hit);
                    flow.stretches += u64::from(once.insert(part.place));
                    flow.customers += u64::from(customer.insert(part.place));
                }
            }
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (place, more) in &other.0 {
            self.0.entry(*place).or_default().merge(more);
        }
    }

    /// Every touchpoint against the others of its stage; those of too few are not there.
    pub(super) fn compare<'c>(
        &'c self,
        journey: &'c Journey,
    ) -> impl Iterator<Item = Compared> + 'c {
        let mut stages: BTreeMap<u8, Flow> = BTreeMap::new();
        let first = self
            .0
            .iter()
            .filter(|(place, _)| place.kind == PainKind::Tickets);
        first.for_each(|(place, flow)| stages.entry(place.stage).or_default().merge(flow));
        self.0.iter().filter_map(move |(place, own)| {
            compare(journey, *place, own, stages.get(&place.stage)?)
        })
    }
}

/// From entering a stage, and from every goal in it, to the next goal or the end of the stay.
fn stretches<'w>(journey: &Journey, walk: &'w Walk) -> Vec<Stretch<'w>> {
    let mut found = Vec::new();
    for (number, stay) in walk.stays.iter().enumerate() {
        let first = walk.steps.partition_point(|step| step.at_ms < stay.from_ms);
        let steps = &walk.steps[first..];
        let inside = steps.iter().take_while(|step| step.stay == number).count();
        let mut steps = &steps[..inside];
        let mut from_ms = stay.from_ms;
        let left_ms = stay.left.map_or(journey.until_ms, |(at, _)| at);
        loop {
            let goal = steps
                .iter()
                .position(|step| step.is_goal && step.at_ms > from_ms);
            let (own, rest) = steps.split_at(goal.unwrap_or(steps.len()));
            let to_ms = rest.first().map_or(left_ms, |goal| goal.at_ms);
            found.push(Stretch {
                stage: stay.stage,
                from_ms,
                to_ms,
                steps: own,
            });
            if rest.is_empty() {
                break;
            }
            (steps, from_ms) = (rest, to_ms);
        }
    }
    found
}

impl Stretch<'_> {
    fn bin(&self, at_ms: i64) -> u16 {
        bin_of(at_ms - self.from_ms, FINE)
    }

    /// By whose touch was the last one, up to the first ticket; after that ticket, up to the second.
    fn parts(&self, journey: &Journey, walk: &Walk) -> Vec<Part> {
        let own = |step: &&Step| !step.passive && !step.is_goal;
        let mut parts: Vec<Part> = Vec::new();
        for step in self.steps.iter().filter(own) {
            if let Some(last) = parts.last_mut() {
                last.to_ms = last.to_ms.min(step.at_ms);
                last.hit = step.is_ticket && last.to_ms == step.at_ms;
                if last.place.kind == PainKind::RepeatTickets {
                    if step.is_ticket {
                        break;
                    }
                    // What she touches before she asks again does not answer her.
                    last.to_ms = self.over_ms(journey, last.from_ms);
                    continue;
                }
            }
            let Some(&point) = walk.points(step).first() else {
                continue;
            };
            let kind = match step.is_ticket {
                true => PainKind::RepeatTickets,
                false => PainKind::Tickets,
            };
            parts.push(Part {
                place: Place {
                    kind,
                    stage: self.stage,
                    point,
                    other: NO_POINT,
                },
                from_ms: step.at_ms,
                to_ms: self.over_ms(journey, step.at_ms),
                hit: false,
            });
        }
        parts
    }

    /// When what follows a touch is no longer laid at its door.
    fn over_ms(&self, journey: &Journey, from_ms: i64) -> i64 {
        from_ms.saturating_add(journey.ticket_ms).min(self.to_ms)
    }
}

/// A part of a stretch, in which a touch at a place was the last one.
struct Part {
    place: Place,
    from_ms: i64,
    to_ms: i64,
    /// Whether it ends with a ticket.
    hit: bool,
}

fn compare(journey: &Journey, place: Place, own: &Flow, all: &Flow) -> Option<Compared> {
    let fewest = journey.limits.fewest;
    // After a first ticket nobody is among those without one.
    let apart = place.kind == PainKind::RepeatTickets;
    let rest_cases = all.stretches - if apart { 0 } else { own.stretches };
    if own.customers < fewest || rest_cases < fewest {
        return None;
    }
    let bins: BTreeSet<u16> = own.bins.keys().chain(all.bins.keys()).copied().collect();
    let (mut at_risk, mut own_at_risk) = (0.0, 0.0);
    let (mut hits, mut expected, mut variance) = (0.0, 0.0, 0.0);
    let (mut usual, mut usual_variance) = (0.0, 0.0);
    for bin in bins {
        let counts = |flow: &Flow| {
            flow.bins
                .get(&bin)
                .copied()
                .unwrap_or_default()
                .map(|n| n as f64)
        };
        let ([came, went, had], [own_came, own_went, own_had]) = (counts(all), counts(own));
        (at_risk, own_at_risk) = (at_risk + came, own_at_risk + own_came);
        let (rest, rest_had) = match apart {
            true => (at_risk, had),
            false => (at_risk - own_at_risk, had - own_had),
        };
        let (both, both_had) = (rest + own_at_risk, rest_had + own_had);
        if rest > 0.0 && own_at_risk > 0.0 {
            let share = own_at_risk / both;
            hits += own_had;
            expected += both_had * share;
            variance += both_had * share * (1.0 - share) * (both - both_had) / (both - 1.0);
            usual += own_at_risk * rest_had / rest;
            usual_variance += (own_at_risk / rest).powi(2) * rest_had;
        }
        (at_risk, own_at_risk) = (at_risk - went, own_at_risk - own_went);
    }
    if variance <= 0.0 {
        return None;
    }
    // Several stretches of a customer count as one of their mean.
    let weight = own.customers as f64 / own.stretches as f64;
    let z = (hits - expected) / variance.sqrt() * weight.sqrt();
    let p = match expected * weight < EXACT_BELOW {
        true => poisson_tail((hits * weight).floor() as u64, expected * weight),
        false => above(z),
    };
    let cases = own.stretches as f64;
    let (share, rest_share) = (hits / cases, (usual / cases).min(1.0));
    let people = Rate::new((hits * weight).round() as u64, own.customers).wilson()?;
    let usual_error = Z_95 * (usual_variance / weight).sqrt() / cases;
    let gap = share - rest_share;
    Some(Compared {
        place,
        selection: Selection::default(),
        customers: own.customers,
        cases: own.stretches,
        rest_cases: all.stretches
            - if apart {
                0
            } else {
                own.stretches.min(all.stretches)
            },
        share,
        rest_share,
        low: gap - (share - people.low).max(0.0).hypot(usual_error),
        high: gap + (people.high - share).max(0.0).hypot(usual_error),
        ratio: share / rest_share,
        z,
        p,
        medians_ms: None,
        hits: (hits * weight).round() as u64,
    })
}

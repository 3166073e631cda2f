//! Finds opportunities in the first part of the time and holds them against the second.

use std::collections::BTreeSet;

use perennial_model::DAY_MS;

use super::count::{Moments, Part};
use super::narrow::{Candidate, narrow};
use super::segments::{self, Segment};
use super::shrink::Posterior;
use super::{Assumption, Estimate, Opportunities, Opportunity, Prior, SCREEN_P, Tally, Versus};
use crate::Words;
use crate::kpis::{Kpi, Target};
use crate::proportion::{Interval, Rate, Z_95, above, false_discovery_rates};

/// Millionths in a unit of money.
const MONEY: f64 = 1_000_000.0;

/// What one who moves is worth more than one who does not.
#[derive(Clone, Copy)]
struct Worth {
    each: i128,
    /// In units of money, squared.
    variance: f64,
}

/// The move that is looked at, and what is known of it.
struct Move<'m> {
    question: &'m Opportunities,
    from: u8,
    to: u8,
    names: [String; 2],
    worth: Worth,
    prior: Prior,
    /// All segments in the first part.
    all: Rate,
}

/// All opportunities, ranked.
pub(super) fn judge(question: &Opportunities, tally: &Tally, words: &Words) -> Vec<Opportunity> {
    let mut found = Vec::new();
    for from in 0..tally.stages as u8 {
        for segments in segments::of_stage(question, tally, words, from) {
            for to in (0..tally.stages as u8).filter(|to| *to != from) {
                found.extend(of_move(question, words, (from, to), &segments));
            }
        }
    }
    // Only those worth a second look are tested: which they are, the second part has no say in.
    let p = |one: &Candidate| {
        let screened = one.found.found.p <= SCREEN_P;
        one.found.confirmed.filter(|_| screened).map(|part| part.p)
    };
    let tests: Vec<Option<f64>> = found.iter().map(p).collect();
    believe(question, &mut found, &tests);
    // What is folded must not vouch for what stands.
    let (mut found, folded) = narrow(found, tally);
    let rest = folded.iter().map(|one| p(one).map(|_| 1.0));
    let tests: Vec<Option<f64>> = found.iter().map(p).chain(rest).collect();
    believe(question, &mut found, &tests);
    let mut found: Vec<Opportunity> = found.into_iter().map(|one| one.found).collect();
    found.sort_by(|a, b| {
        let low = |one: &Opportunity| {
            let confirmed = one.confirmed.filter(|_| one.holds);
            let least = one.found.interval.low;
            confirmed.map_or(least, |part| least.min(part.interval.low))
        };
        let target = |one: &Opportunity| matches!(one.versus, Versus::Target { .. });
        let name = |one: &Opportunity| (one.from, one.to, one.segment.clone(), target(one));
        let first = b.holds.cmp(&a.holds);
        first
            .then(low(b).total_cmp(&low(a)))
            .then_with(|| name(a).cmp(&name(b)))
    });
    found
}

/// Fills in which to believe, of more tests than are told.
fn believe(question: &Opportunities, found: &mut [Candidate], tests: &[Option<f64>]) {
    for (one, q) in found.iter_mut().zip(false_discovery_rates(tests)) {
        one.found.q = q;
        one.found.holds = q.is_some_and(|q| q <= question.false_discovery_rate);
    }
}

fn of_move(
    question: &Opportunities,
    words: &Words,
    (from, to): (u8, u8),
    segments: &[Segment],
) -> Vec<Candidate> {
    let Some(worth) = worth(segments, to).filter(|worth| worth.each != 0) else {
        return Vec::new();
    };
    let enough = |segment: &&Segment| segment.cell.parts[0].watched >= question.min_people.max(1);
    let judged: Vec<&Segment> = segments.iter().filter(enough).collect();
    let rates: Vec<Rate> = judged
        .iter()
        .map(|one| rate(&one.cell.parts[0], to))
        .collect();
    let Some(prior) = Prior::of(&rates) else {
        return Vec::new();
    };
    let mut all = Rate::default();
    rates.iter().for_each(|rate| all.add(*rate));
    let name = |stage: u8| {
        let lifecycle = &words.lifecycles[usize::from(question.lifecycle)];
        lifecycle.stages[usize::from(stage)].clone()
    };
    let this = Move {
        question,
        from,
        to,
        names: [name(from), name(to)],
        worth,
        prior,
        all,
    };
    let mut found = this.against_best(&judged);
    for target in &question.targets {
        let own = (target.lifecycle, target.stage) == (question.lifecycle, from);
        if own && target.kpi == Kpi::ConvertedWithin(to) {
            let against = |segment: &&Segment| this.against_target(segment, target);
            let judged = judged.iter().filter(|segment| !segment.twin);
            found.extend(judged.filter_map(against));
        }
    }
    found
}

/// What moving is worth, among all customers of the first part; `None` where fewer than two moved or stayed.
fn worth(segments: &[Segment], to: u8) -> Option<Worth> {
    let (mut movers, mut others) = (Moments::default(), Moments::default());
    for segment in segments {
        for (place, values) in segment.cell.values.iter().enumerate() {
            let side = if place == usize::from(to) {
                &mut movers
            } else {
                &mut others
            };
            side.add(values);
        }
    }
    let ((own, own_variance), (rest, rest_variance)) = (mean(&movers)?, mean(&others)?);
    Some(Worth {
        each: (own - rest).round() as i128,
        variance: (own_variance + rest_variance) / (MONEY * MONEY),
    })
}

/// The mean of amounts in millionths, and the variance of that mean; `None` of fewer than two.
fn mean(values: &Moments) -> Option<(f64, f64)> {
    let count = values.count as f64;
    let mean = values.sum as f64 / count;
    let variance = (values.squares as f64 / count - mean * mean).max(0.0) / (count - 1.0);
    (values.count >= 2).then_some((mean, variance))
}

fn rate(part: &Part, to: u8) -> Rate {
    Rate::new(part.moved[usize::from(to)], part.watched)
}

/// What is known of a rate by itself; its variance is that of a rate with one more hit and one more miss, so
/// that it is never 0.
fn plain(rate: Rate) -> Posterior {
    let (hits, people) = (rate.hits as f64, rate.people as f64);
    let cautious = (hits + 1.0) / (people + 2.0);
    Posterior {
        mean: hits / people,
        variance: cautious * (1.0 - cautious) / people,
    }
}

/// A rate that is given, not estimated.
fn given(rate: f64) -> Posterior {
    Posterior {
        mean: rate,
        variance: 0.0,
    }
}

impl Move<'_> {
    /// 1 where more should move, -1 where fewer should.
    fn sign(&self) -> f64 {
        if self.worth.each > 0 { 1.0 } else { -1.0 }
    }

    /// Each segment against the one that does best, small ones drawn to the mean so that luck does not win.
    fn against_best(&self, judged: &[&Segment]) -> Vec<Candidate> {
        let posterior =
            |segment: &Segment| self.prior.posterior(rate(&segment.cell.parts[0], self.to));
        let score = |segment: &&&Segment| self.sign() * posterior(segment).mean;
        // Of equal ones the first by name.
        let best = judged
            .iter()
            .rev()
            .max_by(|a, b| score(a).total_cmp(&score(b)));
        let Some(best) = best else { return Vec::new() };
        let better = posterior(best);
        let of = |segment: &&Segment| {
            let [own, later] = [0, 1].map(|part| rate(&segment.cell.parts[part], self.to));
            let others = own.compare_cautiously(own.rest_of(self.all));
            let p = others.map_or(1.0, |others| above(-self.sign() * others.z));
            let found = self.estimate(&segment.cell.parts[0], posterior(segment), better, p);
            let best_later = rate(&best.cell.parts[1], self.to);
            let compared = self.enough(later) && self.enough(best_later);
            let confirmed = compared.then(|| {
                let both = later.compare_cautiously(best_later);
                let p = both.map_or(1.0, |both| above(-self.sign() * both.z));
                let (own, better) = (plain(later), plain(best_later));
                self.estimate(&segment.cell.parts[1], own, better, p)
            });
            let versus = Versus::Segment(best.name.clone());
            let own = self.opportunity(segment, versus, found, confirmed);
            own.map(|own| self.candidate(own, segment, best.members.clone()))
        };
        let judged = judged.iter().filter(|segment| !segment.twin);
        judged.filter_map(of).collect()
    }

    fn against_target(&self, segment: &Segment, target: &Target) -> Option<Candidate> {
        let [own, later] = [0, 1].map(|part| rate(&segment.cell.parts[part], self.to));
        let better = given(target.value);
        let shrunk = self.prior.posterior(own);
        let p = |rate: Rate| {
            let error = (target.value * (1.0 - target.value) / rate.people as f64).sqrt();
            let missing = self.sign() * (target.value - rate.hits as f64 / rate.people as f64);
            above((missing - 0.5 / rate.people as f64) / error.max(f64::MIN_POSITIVE))
        };
        let found = self.estimate(&segment.cell.parts[0], shrunk, better, p(own));
        let confirmed = self
            .enough(later)
            .then(|| self.estimate(&segment.cell.parts[1], plain(later), better, p(later)));
        let versus = Versus::Target {
            source: target.source.clone(),
            day: target.day,
        };
        let own = self.opportunity(segment, versus, found, confirmed)?;
        Some(self.candidate(own, segment, BTreeSet::new()))
    }

    fn candidate(&self, found: Opportunity, own: &Segment, against: BTreeSet<u32>) -> Candidate {
        Candidate {
            found,
            members: own.members.clone(),
            against,
            sign: self.sign(),
        }
    }

    fn enough(&self, rate: Rate) -> bool {
        rate.people >= self.question.min_people.max(1)
    }

    fn estimate(&self, part: &Part, own: Posterior, better: Posterior, p: f64) -> Estimate {
        let (people, each) = (part.people as f64, self.worth.each as f64 / MONEY);
        let gap = better.mean - own.mean;
        let money = people * gap * each;
        let variance =
            each * each * (own.variance + better.variance) + gap * gap * self.worth.variance;
        let half = Z_95 * people * variance.sqrt();
        Estimate {
            people: part.people,
            watched: part.watched,
            moved: part.moved[usize::from(self.to)],
            rate: own.mean,
            better_rate: better.mean,
            gap,
            money: (money * MONEY).round() as i128,
            interval: Interval {
                low: money - half,
                high: money + half,
            },
            p,
        }
    }

    /// An opportunity, if the first part says that it is worth anything.
    fn opportunity(
        &self,
        segment: &Segment,
        versus: Versus,
        found: Estimate,
        confirmed: Option<Estimate>,
    ) -> Option<Opportunity> {
        let [from, to] = self.names.clone();
        (found.money > 0).then(|| Opportunity {
            from: self.from,
            to: self.to,
            segment: segment.name.clone(),
            versus: versus.clone(),
            value_each: self.worth.each,
            value_error: self.worth.variance.sqrt(),
            found,
            confirmed,
            q: None,
            holds: false,
            folded: Vec::new(),
            assumption: Assumption {
                people: found.people,
                segment: segment.name.clone(),
                from,
                to,
                window_days: self.question.window_ms as f64 / DAY_MS as f64,
                rate: found.rate,
                better_rate: found.better_rate,
                versus,
                value_each: self.worth.each,
                value_days: self.question.value_ms as f64 / DAY_MS as f64,
            },
        })
    }
}

//! Interest in topics: each touch adds to its topic, and all of it halves with every half-life.

use perennial_model::{Number, Symbol, Time, Touch, Value};

use crate::profile::fact;
use crate::{Customer, World};

/// Most topics kept for one customer; further ones are not followed until one has faded.
pub const MAX_TOPICS: usize = 1_000;

/// Below this much (half a millionth) interest has faded and reads as nought.
const FADED: f64 = 0.000_000_5;

impl Customer {
    /// Interest in a topic now, rounded to a millionth.
    pub(crate) fn interest(&self, world: World<'_>, topic: Symbol, now: Time) -> Number {
        let found = self.interests.iter().find(|(known, _, _)| *known == topic);
        let level = found.map_or(0.0, |&(_, level, at)| {
            decayed(level, now.since(at), world.machine.intent.half_life_ms)
        });
        Number::from_float(level).unwrap_or(Number::MAX)
    }

    /// All topics she has shown interest in that has not faded, the strongest first, ties by text.
    pub fn interests(&self, world: World<'_>, now: Time) -> Vec<(Symbol, Number)> {
        let mut all: Vec<(Symbol, Number)> = self
            .interests
            .iter()
            .map(|&(topic, _, _)| (topic, self.interest(world, topic, now)))
            .collect();
        all.retain(|(_, level)| *level > Number::ZERO);
        all.sort_by(|a, b| {
            b.1.cmp(&a.1)
                .then_with(|| world.symbols.text(a.0).cmp(world.symbols.text(b.0)))
        });
        all
    }

    /// Adds what the touch shows.
    pub(crate) fn feed_interest(&mut self, world: World<'_>, touch: &Touch<'_>) {
        let half_life_ms = world.machine.intent.half_life_ms;
        for feed in &world.plan.of(touch.kind).feeds {
            let topic = match fact(touch, feed.topic) {
                Value::Text(topic) => topic,
                _ => continue,
            };
            let found = self
                .interests
                .iter_mut()
                .find(|(known, _, _)| *known == topic);
            if let Some((_, level, at)) = found {
                *level =
                    decayed(*level, touch.at.since(*at), half_life_ms) + feed.weight.to_float();
                *at = touch.at;
                continue;
            }
            if self.interests.len() >= MAX_TOPICS {
                self.interests.retain(|&(_, level, at)| {
                    decayed(level, touch.at.since(at), half_life_ms) >= FADED
                });
            }
            if self.interests.len() < MAX_TOPICS {
                self.interests
                    .push((topic, feed.weight.to_float(), touch.at));
            }
        }
    }

    /// The first instant after `now` at which interest in a topic is no longer what `same` says of it.
    ///
    /// Interest only falls by itself, so the answer is found by halving the time until it has faded.
    pub(crate) fn interest_changes(
        &self,
        world: World<'_>,
        topic: Symbol,
        now: Time,
        same: &dyn Fn(Number) -> bool,
    ) -> Time {
        let Some(&(_, level, at)) = self.interests.iter().find(|(known, _, _)| *known == topic)
        else {
            return Time::NEVER;
        };
        let half_life_ms = world.machine.intent.half_life_ms;
        let at_time = |time: Time| {
            Number::from_float(decayed(level, time.since(at), half_life_ms)).unwrap_or(Number::MAX)
        };
        let halvings = (level / FADED).log2().max(0.0) + 2.0;
        let faded = at.plus((halvings * half_life_ms as f64) as i64);
        if faded <= now || same(at_time(faded)) {
            return Time::NEVER;
        }
        let (mut holds, mut changed) = (now, faded);
        while changed.since(holds) > 1 {
            let middle = holds.plus(changed.since(holds) / 2);
            if same(at_time(middle)) {
                holds = middle
            } else {
                changed = middle
            }
        }
        changed
    }
}

/// What is left of a level after some time.
fn decayed(level: f64, elapsed_ms: i64, half_life_ms: i64) -> f64 {
    level * (-(elapsed_ms as f64) / half_life_ms as f64).exp2()
}

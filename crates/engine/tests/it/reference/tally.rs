//! Figures over all events so far: tallies, purchases, interest and scores.

use std::collections::{BTreeMap, HashSet};

use perennial_engine::Purchases;
use perennial_model::{Cut, Number, Time};
use perennial_rules::expr::{Function, Score, Tally};
use perennial_rules::project::{CountsAs, Touchpoint};

use super::Story;
use super::evaluate::property;
use crate::case::{Happening, Interests, Plain};

impl Story<'_> {
    /// A figure over the touches within its window, the far end included.
    pub(super) fn tally(&self, tally: &Tally, now: Time) -> Plain {
        let named = |touch: &&Happening| {
            let point = tally.point.as_ref();
            point.is_none_or(|point| touch.points.contains(point))
        };
        let in_window = |touch: &&Happening| {
            let window = tally.window;
            window.is_none_or(|window| now.since(touch.at) <= window.ms())
        };
        let touches = self.happenings.iter().filter(named).filter(in_window);
        if tally.function == Function::Count {
            return whole(touches.count());
        }
        let column = self.column(tally.point.as_deref(), tally.measure.as_deref());
        let values: Vec<Plain> = touches
            .map(|touch| property(touch, &column))
            .filter(|value| *value != Plain::Null)
            .collect();
        let numbers: Vec<Number> = values.iter().filter_map(Plain::number).collect();
        let sum = numbers
            .iter()
            .copied()
            .fold(Number::ZERO, Number::saturating_add);
        let some = |value: Option<Plain>| value.unwrap_or(Plain::Null);
        match tally.function {
            Function::Count => Plain::Null,
            Function::Sum => Plain::Number(sum),
            Function::Avg => {
                let count = Number::from_int(numbers.len() as i64).expect("few");
                some(sum.checked_div(count).map(Plain::Number))
            }
            Function::Min => some(numbers.into_iter().min().map(Plain::Number)),
            Function::Max => some(numbers.into_iter().max().map(Plain::Number)),
            Function::First => some(values.into_iter().next()),
            Function::Last => some(values.into_iter().next_back()),
            Function::Distinct => whole(values.into_iter().collect::<HashSet<_>>().len()),
        }
    }

    /// The property behind a measure: `value`, `score` and `topic` as the touchpoint says, else its own name.
    fn column(&self, point: Option<&str>, measure: Option<&str>) -> String {
        let measure = measure.expect("a measure");
        let point = point.map(|name| self.point(name));
        let mapped = point.and_then(|point| match measure {
            "value" => point.value.clone(),
            "score" => point.score.clone(),
            "topic" => point.topic.clone(),
            _ => None,
        });
        mapped.unwrap_or_else(|| measure.to_owned())
    }

    fn point(&self, name: &str) -> &Touchpoint {
        let points = &self.case.project.touchpoints;
        points
            .iter()
            .find(|point| point.name == name)
            .expect("a touchpoint")
    }

    /// The touchpoints of an event, in the project's order.
    fn points_of(&self, touch: &Happening) -> Vec<&Touchpoint> {
        let points = self.case.project.touchpoints.iter();
        points
            .filter(|point| touch.points.contains(&point.name))
            .collect()
    }

    /// What she has bought. An event is one purchase at most: its first touchpoint that moves money counts.
    pub(super) fn purchases(&self) -> Purchases {
        let mut bought = Purchases {
            orders: 0,
            first_at: Time::NEVER,
            last_at: Time::MIN,
            value: Number::ZERO,
        };
        for touch in self.happenings {
            let points = self.points_of(touch);
            let moves_money = |point: &&&Touchpoint| {
                matches!(point.counts_as, Some(CountsAs::Order | CountsAs::Refund))
            };
            let Some(point) = points.iter().find(moves_money) else {
                continue;
            };
            let value = point.value.as_ref().map(|column| property(touch, column));
            let value = value
                .and_then(|value| value.number())
                .unwrap_or(Number::ZERO);
            if point.counts_as == Some(CountsAs::Refund) {
                // A refund of less than nothing is one of so much.
                let given_back = if value < Number::ZERO {
                    Number::ZERO.saturating_sub(value)
                } else {
                    value
                };
                bought.value = bought.value.saturating_sub(given_back);
                continue;
            }
            bought.orders += 1;
            bought.first_at = bought.first_at.min(touch.at);
            bought.last_at = bought.last_at.max(touch.at);
            bought.value = bought.value.saturating_add(value);
        }
        bought
    }

    /// Interest in one topic.
    pub(super) fn interest(&self, topic: &str, now: Time) -> Number {
        let level = self.levels(now).get(topic).copied().unwrap_or(0.0);
        Number::from_float(level).expect("small")
    }

    /// Interest in all topics, the strongest first, ties by text.
    pub(super) fn interests(&self, now: Time) -> Interests {
        let levels = self.levels(now).into_iter();
        let mut all: Interests = levels
            .map(|(topic, level)| (topic, Number::from_float(level).expect("small")))
            .filter(|(_, level)| *level > Number::ZERO)
            .collect();
        all.sort_by_key(|(_, level)| std::cmp::Reverse(*level));
        all
    }

    /// The sum over all events of what each added, halved for every half-life since.
    fn levels(&self, now: Time) -> BTreeMap<String, f64> {
        let intent = &self.case.project.intent;
        let mut levels = BTreeMap::new();
        for touch in self.happenings {
            for point in self.points_of(touch) {
                let named = intent.weights.iter().find(|(name, _)| *name == point.name);
                let weight = match named {
                    Some((_, weight)) => weight.to_float(),
                    None if point.counts_as == Some(CountsAs::Interest) => 1.0,
                    None => 0.0,
                };
                let topic = point.topic.as_ref().map(|column| property(touch, column));
                let Some(Plain::Text(topic)) = topic.filter(|_| weight > 0.0) else {
                    continue;
                };
                let halvings = now.since(touch.at) as f64 / intent.half_life.ms() as f64;
                *levels.entry(topic).or_insert(0.0) += weight * (-halvings).exp2();
            }
        }
        levels
    }

    /// A score by the cuts in force.
    pub(super) fn score(&self, score: Score, now: Time) -> Plain {
        let mut in_force = None;
        for (at, cuts) in &self.case.cuts {
            if *at <= now && in_force.is_none_or(|(known, _)| known <= *at) {
                in_force = Some((*at, cuts));
            }
        }
        let bought = self.purchases();
        let Some((_, cuts)) = in_force else {
            return Plain::Null;
        };
        if bought.orders == 0 || cuts.buyers == 0 {
            return Plain::Null;
        }
        match score {
            Score::Recency => self.tile(&cuts.recency, bought.last_at.ms()),
            Score::Frequency => self.tile(&cuts.frequency, bought.orders as i64),
            Score::Monetary => self.tile(&cuts.monetary, bought.value.millionths()),
            Score::ValueRank => {
                let cuts = cuts.value_percentiles.iter();
                let below = cuts
                    .filter(|cut| **cut <= bought.value.millionths())
                    .count();
                Plain::Number(Number::from_millionths(below as i64 * 10_000))
            }
        }
    }

    /// One tile more than there are cuts at or below `(value, id)`.
    fn tile(&self, cuts: &[Cut], value: i64) -> Plain {
        let id = self.case.id.as_bytes();
        let below = |cut: &&Cut| cut.value < value || (cut.value == value && *cut.id <= *id);
        whole(1 + cuts.iter().filter(below).count())
    }
}

fn whole(count: usize) -> Plain {
    Plain::Number(Number::from_int(count as i64).expect("few"))
}

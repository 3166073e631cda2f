//! What channels are credited with so far, in exact numbers.

use super::markov::Steps;
use super::shape::{Shape, Touch};
use super::share::{WHOLE, shares};
use super::{AttributionAnswer, AttributionError, Credit, Crediting, Model, NONE};

/// Millionths in a unit of money.
const MONEY: f64 = 1_000_000.0;

/// Journeys counted so far.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    model: Model,
    shape: Shape,
    /// By channel: conversions and millionths of money, both in parts of a whole.
    credits: Vec<(i128, i128)>,
    /// Conversions and millionths that no touch led to.
    none: (u64, i128),
    conversions: u64,
    value: i128,
    chain: Steps,
    parts: Vec<(u32, u64)>,
}

impl Ledger {
    pub(super) fn new(
        crediting: &Crediting,
        channels: usize,
        find: impl Fn(&str) -> Option<u32>,
    ) -> Self {
        Self {
            model: crediting.model,
            shape: Shape::new(&crediting.rules, crediting.merge_repeats, find),
            credits: vec![(0, 0); channels],
            none: (0, 0),
            conversions: 0,
            value: 0,
            chain: Steps::default(),
            parts: Vec::new(),
        }
    }

    /// Whether journeys without conversion say anything.
    pub(super) fn wants_non_conversions(&self) -> bool {
        matches!(
            self.model,
            Model::Markov {
                non_conversions: true
            }
        )
    }

    /// Credits so many conversions, worth so many millionths together, that a journey led to.
    pub(super) fn convert(&mut self, path: &mut Vec<Touch>, conversions: u64, value: i128) {
        self.shape.apply(path);
        self.conversions += conversions;
        self.value += value;
        if let Model::Markov { .. } = self.model {
            self.chain.convert(path, conversions, value);
        }
        if path.is_empty() {
            self.none.0 += conversions;
            self.none.1 += value;
            return;
        }
        shares(self.model, path, &mut self.parts);
        for (channel, part) in &self.parts {
            let credit = &mut self.credits[*channel as usize];
            credit.0 += i128::from(*part) * i128::from(conversions);
            credit.1 += i128::from(*part) * value;
        }
    }

    /// Counts so many journeys that led nowhere.
    pub(super) fn end(&mut self, path: &mut Vec<Touch>, journeys: u64) {
        if self.wants_non_conversions() {
            self.shape.apply(path);
            self.chain.end(path, journeys);
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        for (credit, more) in self.credits.iter_mut().zip(other.credits) {
            credit.0 += more.0;
            credit.1 += more.1;
        }
        self.none.0 += other.none.0;
        self.none.1 += other.none.1;
        self.conversions += other.conversions;
        self.value += other.value;
        self.chain.merge(other.chain);
    }

    pub(super) fn answer(self, names: &[String]) -> Result<AttributionAnswer, AttributionError> {
        let mut answer = AttributionAnswer {
            conversions: self.conversions,
            value: self.value,
            ..AttributionAnswer::default()
        };
        if let Model::Markov { .. } = self.model {
            let solved = self.chain.solve(names)?;
            let (conversions, value) = (
                (self.conversions - self.none.0) as f64,
                (self.value - self.none.1) as f64 / MONEY,
            );
            let channels = solved.effects.into_iter().map(|effect| Credit {
                channel: effect.channel,
                conversions: effect.share * conversions,
                value: effect.value_share * value,
                whole: None,
                removal_effect: Some(effect.removal_effect),
            });
            answer.channels = channels.collect();
            answer.markov = Some(solved.markov);
        } else {
            let credits = self.credits.iter().zip(names);
            let credits = credits.filter(|(credit, _)| **credit != (0, 0));
            answer.channels = credits
                .map(|(credit, name)| self.credit(name, *credit))
                .collect();
        }
        if self.none.0 > 0 {
            let whole = i128::from(WHOLE);
            let none = (i128::from(self.none.0) * whole, self.none.1 * whole);
            answer.channels.push(self.credit(NONE, none));
        }
        answer.channels.sort_by(|a, b| {
            let by_name = || a.channel.cmp(&b.channel);
            b.conversions.total_cmp(&a.conversions).then_with(by_name)
        });
        Ok(answer)
    }

    fn credit(&self, channel: &str, (conversions, value): (i128, i128)) -> Credit {
        let whole = i128::from(WHOLE);
        let undivided = matches!(self.model, Model::First | Model::Last);
        Credit {
            channel: channel.to_owned(),
            conversions: conversions as f64 / WHOLE as f64,
            value: value as f64 / WHOLE as f64 / MONEY,
            whole: undivided.then_some(((conversions / whole) as u64, value / whole)),
            removal_effect: None,
        }
    }
}

//! What is ahead of customers with the same x and T: worked out once, for each phase between two purchases.

use super::worth::{masses, nodes};
use super::{Ends, FittedModel, LEAST, Question, Score};
use crate::models::{CountModel, Interval, PurchaseModel};
use crate::purchases::{Horizon, Purchases};

/// Purchases expected of a living customer, their present value, and that of all ever.
struct Means {
    expected: f64,
    present: f64,
    lifetime: Option<f64>,
}

/// What is ahead of whoever is still a customer, by phase.
pub(super) struct Ahead {
    means: Vec<Means>,
    /// For each model that is weighed and each phase, the chances to reach 1, 2, ...
    reaches: Vec<Vec<f64>>,
    /// The same as chances of counts at the nodes of worth; empty where no worth is asked for.
    masses: Vec<Vec<f64>>,
}

/// Chances that a customer is one still and in a phase, by model and phase, over the number of models.
pub(super) struct Weights {
    phases: Vec<usize>,
    chances: Vec<f64>,
}

impl Weights {
    /// Of models with so many phases each.
    pub fn new(phases: Vec<usize>) -> Self {
        let chances = vec![0.0; phases.iter().sum()];
        Self { phases, chances }
    }

    /// Those of a customer.
    pub fn fill(
        &mut self,
        models: &[PurchaseModel],
        one: &Purchases,
        alive: impl Fn(usize) -> f64,
    ) {
        let mut rest = &mut self.chances[..];
        for (at, (model, phases)) in models.iter().zip(&self.phases).enumerate() {
            let (own, others) = rest.split_at_mut(*phases);
            model.weigh_phases(one, own);
            let weight = alive(at) / models.len() as f64;
            own.iter_mut().for_each(|chance| *chance *= weight);
            rest = others;
        }
    }
}

impl Ahead {
    /// Of someone with this x and T.
    pub fn of(fitted: &FittedModel, one: &Purchases, question: &Question, worth: bool) -> Self {
        let Question {
            horizon,
            discount,
            lifetime,
        } = *question;
        let means = |model: &dyn CountModel| {
            let expected = model.expected_if_alive(one, horizon);
            let present = discount.map(|rate| model.present_if_alive(one, rate, Some(horizon)));
            let lifetime = discount
                .filter(|_| lifetime)
                .map(|rate| model.present_if_alive(one, rate, None));
            Means {
                expected,
                present: present.unwrap_or(expected),
                lifetime,
            }
        };
        let model = &fitted.model;
        let means = (0..model.phases()).map(|phase| model.ask_in_phase(phase, means));
        let mut reaches = Vec::new();
        for model in fitted.weighed() {
            let lists = |model: &dyn CountModel| model.reaches_if_alive(one, horizon, LEAST);
            let each = (0..model.phases()).map(|phase| model.ask_in_phase(phase, lists));
            reaches.extend(each);
        }
        let masses = match worth {
            true => {
                let nodes = nodes();
                reaches.iter().map(|list| masses(list, &nodes)).collect()
            }
            false => Vec::new(),
        };
        Self {
            means: means.collect(),
            reaches,
            masses,
        }
    }

    /// The score of a customer by the chances of her phases and to reach a count.
    pub fn score(&self, alive: f64, phases: &[f64], reaches: impl Fn(f64) -> f64) -> Score {
        let mean = |of: fn(&Means) -> f64| -> f64 {
            let each = self.means.iter().zip(phases);
            alive * each.map(|(own, chance)| of(own) * chance).sum::<f64>()
        };
        let asked = self.means.iter().all(|own| own.lifetime.is_some());
        Score {
            alive,
            expected: mean(|own| own.expected),
            interval: Interval::of_chances(reaches),
            present: mean(|own| own.present),
            lifetime: asked.then(|| mean(|own| own.lifetime.unwrap_or(0.0))),
            ends: Ends::default(),
        }
    }

    /// The chance that a customer buys so often or more, with the error of the parameters.
    pub fn reaches(
        &self,
        models: &[PurchaseModel],
        one: &Purchases,
        weights: &Weights,
        (count, horizon): (f64, Horizon),
    ) -> f64 {
        let (mut sum, mut at) = (0.0, 0);
        for (model, phases) in models.iter().zip(&weights.phases) {
            for phase in 0..*phases {
                let list = &self.reaches[at];
                let chance = match list.get(count as usize - 1) {
                    Some(chance) => *chance,
                    None if list.last().is_none_or(|last| *last <= LEAST) => 0.0,
                    None => model
                        .ask_in_phase(phase, |model| model.at_least_if_alive(one, count, horizon)),
                };
                sum += weights.chances[at] * chance;
                at += 1;
            }
        }
        sum
    }

    /// The chances of counts, at the nodes of worth, with the error of the parameters.
    pub fn masses(&self, weights: &Weights) -> Vec<f64> {
        let mut sums = vec![0.0; self.masses.iter().map(Vec::len).max().unwrap_or(0)];
        for (list, weight) in self.masses.iter().zip(&weights.chances) {
            for (sum, chance) in sums.iter_mut().zip(list) {
                *sum += weight * chance;
            }
        }
        sums
    }
}

//! What a fitted model says of everybody, worked out once a group, with the error of its parameters.

mod periods;
mod total;
mod total_worth;
mod worth;

use crate::error::Error;
use crate::fit::Fit;
use crate::models::{CountModel, Discount, GammaGamma, Interval, PurchaseModel};
use crate::purchases::{Groups, Horizon, Purchases};
pub use periods::{ContractScore, DonorScore, FittedPeriods};
pub use total::Total;
pub use worth::Worth;
use worth::{Ends, worths_of};

/// Chances of counts are listed until one is this small, or less.
const LEAST: f64 = 1e-3;

/// A fitted model and those around it by the errors of its parameters: what customers are scored by.
///
/// Point forecasts are those of the model itself. Intervals are of the chances that the models around it give on
/// average ([`PurchaseModel::around`]): her own rate, her leaving, chance and the error of the parameters are in.
#[derive(Clone, Debug)]
pub struct FittedModel {
    model: PurchaseModel,
    around: Vec<PurchaseModel>,
}

/// What is asked of everybody.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// The time ahead.
    pub horizon: Horizon,
    /// How what comes later loses value, if it does.
    pub discount: Option<Discount>,
    /// Whether what comes beyond the horizon is asked for too; it takes a discount.
    pub lifetime: bool,
}

/// What is ahead of the customers of a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// The chance that each of them is still a customer.
    pub alive: f64,
    /// The mean of purchases within the horizon.
    pub expected: f64,
    /// The fewest and the most purchases that hold 90 of 100 cases, as nearly as whole numbers can.
    pub interval: Interval,
    /// The present value of the purchases within the horizon, one unit of value each.
    pub present: f64,
    /// That of all purchases ever (DERT), if it was asked for.
    pub lifetime: Option<f64>,
    /// Ends of the value of purchases, in units that depend on the customer: see [`Scores::worth`].
    ends: Ends,
}

/// What is ahead of everybody.
#[derive(Clone, Debug)]
pub struct Scores {
    each: Vec<Score>,
    spend: Option<GammaGamma>,
}

/// What is ahead of whoever is still a customer.
struct Ahead {
    expected: f64,
    present: f64,
    lifetime: Option<f64>,
    /// For each model around, the chances to reach 1, 2, ...
    reaches: Vec<Vec<f64>>,
    worths: Vec<(f64, f64)>,
}

impl FittedModel {
    /// A model, and the covariance of its parameters ([`Fit::covariance`]); of another size, or empty, it is not
    /// known, and the intervals lack the error of the parameters.
    pub fn new(model: PurchaseModel, covariance: &[Vec<f64>]) -> Self {
        let around = model.around(covariance);
        Self { model, around }
    }

    /// Of a fit.
    pub fn of(fit: &Fit<PurchaseModel>) -> Self {
        Self::new(fit.model.clone(), &fit.covariance)
    }

    /// The model itself.
    pub fn model(&self) -> &PurchaseModel {
        &self.model
    }

    /// That for a customer with these covariates; itself if the model needs none.
    ///
    /// # Errors
    /// What [`PurchaseModel::of_customer`] refuses.
    pub fn of_customer(&self, covariates: &[f64]) -> Result<Self, Error> {
        let around = self
            .around
            .iter()
            .map(|model| model.of_customer(covariates));
        Ok(Self {
            model: self.model.of_customer(covariates)?,
            around: around.filter_map(Result::ok).collect(),
        })
    }

    /// The models by whose chances intervals are drawn.
    fn weighed(&self) -> &[PurchaseModel] {
        if self.around.is_empty() {
            std::slice::from_ref(&self.model)
        } else {
            &self.around
        }
    }

    /// The chances that she buys once or more, twice or more, ... within the horizon, with the error of the
    /// parameters: until one is 0.001 or less, or 1,024 of them.
    pub fn reaches(&self, purchases: &Purchases, horizon: Horizon) -> Vec<f64> {
        let mut sums: Vec<f64> = Vec::new();
        let models = self.weighed();
        for model in models {
            let alive = model.alive(purchases) / models.len() as f64;
            let chances = model.reaches_if_alive(purchases, horizon, LEAST);
            sums.resize(sums.len().max(chances.len()), 0.0);
            for (sum, chance) in sums.iter_mut().zip(chances) {
                *sum += alive * chance;
            }
        }
        sums
    }

    /// Scores everybody. With a model of spend, [`Scores::worth`] tells what the purchases will be worth.
    pub fn score(
        &self,
        groups: &Groups,
        question: &Question,
        spend: Option<&GammaGamma>,
    ) -> Scores {
        let by_pair = !matches!(self.model, PurchaseModel::MbgCnbd(_));
        // Of the other models, what is ahead of whoever is still a customer depends on x and T alone.
        let mut pairs: Vec<Option<Ahead>> = Vec::new();
        pairs.resize_with(if by_pair { groups.nows.len() } else { 0 }, || None);
        let mut each = Vec::with_capacity(groups.purchases().len());
        let alive = self.model.alive_of(groups);
        let around = self.around.iter().map(|model| model.alive_of(groups));
        let around: Vec<Vec<f64>> = around.collect();
        let mut weights = vec![0.0; around.len().max(1)];
        for (at, (one, parts)) in groups.purchases().iter().zip(&groups.parts).enumerate() {
            weights[0] = alive[at];
            for (weight, alive) in weights.iter_mut().zip(&around) {
                *weight = alive[at];
            }
            if by_pair {
                let ahead = pairs[parts.now as usize]
                    .get_or_insert_with(|| self.ahead(one, question, spend));
                each.push(self.score_of(one, question, ahead, (alive[at], &weights)));
            } else {
                let ahead = self.ahead(one, question, spend);
                each.push(self.score_of(one, question, &ahead, (alive[at], &weights)));
            }
        }
        Scores {
            each,
            spend: spend.copied(),
        }
    }

    fn ahead(&self, one: &Purchases, question: &Question, spend: Option<&GammaGamma>) -> Ahead {
        let Question {
            horizon,
            discount,
            lifetime,
        } = *question;
        let model = &self.model;
        let expected = model.expected_if_alive(one, horizon);
        let present = discount.map(|rate| model.present_if_alive(one, rate, Some(horizon)));
        let lifetime = discount
            .filter(|_| lifetime)
            .map(|rate| model.present_if_alive(one, rate, None));
        let lists = self.weighed().iter();
        let reaches: Vec<Vec<f64>> = lists
            .map(|model| model.reaches_if_alive(one, horizon, LEAST))
            .collect();
        let spend = spend.filter(|spend| spend.same_for_all().is_none());
        let worths = spend.map(|spend| worths_of(spend, one.x(), &mean_of(&reaches)));
        Ahead {
            expected,
            present: present.unwrap_or(expected),
            lifetime,
            reaches,
            worths: worths.unwrap_or_default(),
        }
    }

    /// `weights` are the chances that she is a customer, of each model that is weighed.
    fn score_of(
        &self,
        one: &Purchases,
        question: &Question,
        ahead: &Ahead,
        (alive, weights): (f64, &[f64]),
    ) -> Score {
        let models = self.weighed();
        let all = models.len() as f64;
        let reaches = |count: f64| {
            let mut sum = 0.0;
            for ((list, alive), model) in ahead.reaches.iter().zip(weights).zip(models) {
                sum += alive
                    * match list.get(count as usize - 1) {
                        Some(chance) => *chance,
                        None if list.last().is_none_or(|last| *last <= LEAST) => 0.0,
                        None => model.at_least_if_alive(one, count, question.horizon),
                    };
            }
            sum / all
        };
        Score {
            alive,
            expected: alive * ahead.expected,
            interval: Interval::of_chances(reaches),
            present: alive * ahead.present,
            lifetime: ahead.lifetime.map(|lifetime| alive * lifetime),
            ends: Ends::of(&ahead.worths, weights.iter().sum::<f64>() / all),
        }
    }
}

/// The mean of lists, those that end early being 0 beyond.
fn mean_of(lists: &[Vec<f64>]) -> Vec<f64> {
    let mut means = vec![0.0; lists.iter().map(Vec::len).max().unwrap_or(0)];
    for list in lists {
        for (mean, chance) in means.iter_mut().zip(list) {
            *mean += chance / lists.len() as f64;
        }
    }
    means
}

impl Scores {
    /// Group by group, as in [`Groups::purchases`].
    pub fn each(&self) -> &[Score] {
        &self.each
    }
}

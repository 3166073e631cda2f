//! What a fitted model says of everybody, worked out once a group, with the error of its parameters.

mod ahead;
mod periods;
mod total;
mod total_worth;
mod worth;

use crate::error::Error;
use crate::fit::Fit;
use crate::models::{CountModel, Discount, GammaGamma, Interval, PurchaseModel};
use crate::purchases::{Groups, Horizon, Purchases};
use ahead::{Ahead, Weights};
pub use periods::{ContractScore, DonorScore, FittedPeriods};
pub use total::Total;
pub use worth::Worth;
use worth::{Curves, Ends};

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
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
    /// The mean square of how far the logarithm of its gamma is off.
    gamma_off: f64,
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

    /// Scores everybody. With a model of spend and the covariance of its parameters ([`Fit::covariance`]; empty where it
    /// is not known), [`Scores::worth`] tells what the purchases will be worth.
    pub fn score(
        &self,
        groups: &Groups,
        question: &Question,
        spend: Option<(&GammaGamma, &[Vec<f64>])>,
    ) -> Scores {
        let models = self.weighed();
        let alive = self.model.alive_of(groups);
        let around: Vec<Vec<f64>> = self.around.iter().map(|one| one.alive_of(groups)).collect();
        // Those of the same x and T one after the other: what is ahead of them is kept for one such pair at a time.
        let mut order: Vec<u32> = (0..groups.parts.len() as u32).collect();
        order.sort_unstable_by_key(|at| (groups.parts[*at as usize].now, *at));
        let spread = spend.filter(|(money, _)| money.same_for_all().is_none());
        let mut curves = spread.map(|(money, errors)| Curves::of(money, errors));
        let mut known: Option<(u32, Ahead)> = None;
        let mut own = vec![0.0; self.model.phases()];
        let phases = models.iter().map(PurchaseModel::phases);
        let mut weights = Weights::new(phases.collect());
        let mut each = vec![Score::default(); order.len()];
        for at in order {
            let at = at as usize;
            let (one, pair) = (&groups.purchases()[at], groups.parts[at].now);
            if let Some(curves) = &mut curves {
                curves.turn_to(one.x());
            }
            let ahead = match &known {
                Some((of, ahead)) if *of == pair => ahead,
                _ => {
                    let ahead = Ahead::of(self, one, question, curves.is_some());
                    &known.insert((pair, ahead)).1
                }
            };
            self.model.weigh_phases(one, &mut own);
            weights.fill(models, one, |model| around.get(model).unwrap_or(&alive)[at]);
            each[at] = ahead.score(alive[at], &own, |count| {
                ahead.reaches(models, one, &weights, (count, question.horizon))
            });
            if let Some(curves) = &mut curves {
                each[at].ends = curves.ends(&ahead.masses(&weights));
            }
        }
        Scores {
            each,
            spend: spend.map(|(money, _)| *money),
            gamma_off: curves.map_or(0.0, |curves| curves.gamma_off()),
        }
    }
}

impl Scores {
    /// Group by group, as in [`Groups::purchases`].
    pub fn each(&self) -> &[Score] {
        &self.each
    }
}

//! Which model of purchases to take, in the words of model files.

use perennial_forecast::judge::Figures;
use perennial_forecast::{Comparison, Fit, Groups, Orders, OrdersOf, PurchaseModel, Unit};
use serde::{Deserialize, Serialize};

use super::base::Base;
pub use super::fitted::title as model_title;
use super::refused;
use crate::failure::Failure;

/// How a model was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    /// One sentence.
    pub told: String,
    /// Units of time held out; null where the likelihood decided.
    pub held_out: Option<f64>,
    /// The models compared, the best first.
    pub models: Vec<Candidate>,
}

/// A model that was compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its name.
    pub model: String,
    /// Mean Poisson deviance on the part held out; null where the likelihood decided.
    pub deviance: Option<f64>,
    /// What was forecast in all, over what came, less 1.
    pub bias: Option<f64>,
    /// The sum of errors, whatever their sign, over what came.
    pub wmape: Option<f64>,
    /// Root mean square error, in purchases.
    pub rmse: Option<f64>,
    /// Normalized Gini coefficient.
    pub gini: Option<f64>,
    /// Area under the curve of «buys again».
    pub auc: Option<f64>,
    /// The natural logarithm of its likelihood on the data that it was fitted to; null of a stack and what is held against it.
    pub log_likelihood: Option<f64>,
}

/// Chooses a model by orders until a day, and what models know of them then; `None` where not one can be fitted.
pub fn choose_by((orders, until): (&Orders, i32), unit: Unit, groups: &Groups) -> Option<Choice> {
    let each: Vec<OrdersOf<'_>> = orders.each().collect();
    let choice = perennial_forecast::Choice::make(Some((&each, until)), unit, groups);
    choice.as_ref().map(Choice::of)
}

/// Chooses a model for a base, and fits it.
///
/// # Errors
/// Why not one can be fitted.
pub fn best(base: &Base, groups: &Groups) -> Result<(Choice, Fit<PurchaseModel>), Failure> {
    let Some(mut choice) = of_base(base, groups) else {
        // One of them says why.
        let fit = PurchaseModel::fit(PurchaseModel::NAMES[0], groups);
        let why = fit.err().map(refused);
        return Err(why.unwrap_or_else(|| Failure::failed("no model could be fitted")));
    };
    let fit = choice.fit(groups).map_err(refused)?;
    Ok((Choice::of(&choice), fit))
}

fn of_base(base: &Base, groups: &Groups) -> Option<perennial_forecast::Choice> {
    let each: Option<Vec<OrdersOf<'_>>> =
        base.orders.as_ref().map(|orders| orders.each().collect());
    let orders = each.as_deref().zip(base.about.until);
    perennial_forecast::Choice::make(orders, base.about.unit, groups)
}

/// How well a model would have forecast the last part of the data; `None` where nothing can be held out.
pub fn hold_out(base: &Base, name: &str) -> Option<Choice> {
    let (orders, until) = (base.orders.as_ref()?, base.about.until?);
    let each: Vec<OrdersOf<'_>> = orders.each().collect();
    let held_out = Comparison::held_out(&each, until, base.about.unit)?;
    let choice = held_out.choice(held_out.candidate(name));
    choice.as_ref().map(Choice::of)
}

impl Choice {
    fn of(choice: &perennial_forecast::Choice) -> Self {
        Self {
            told: choice.told(),
            held_out: choice.held_out,
            models: choice.models.iter().map(Candidate::of).collect(),
        }
    }
}

impl Candidate {
    /// One whose forecasts were judged.
    pub fn judged(model: &str, figures: &Figures) -> Self {
        Self {
            model: model.to_owned(),
            deviance: Some(figures.deviance),
            bias: figures.bias,
            wmape: figures.wmape,
            rmse: Some(figures.rmse),
            gini: figures.gini,
            auc: figures.auc,
            log_likelihood: None,
        }
    }

    fn of(candidate: &perennial_forecast::Candidate) -> Self {
        let figures: Option<&Figures> = candidate.figures.as_ref();
        Self {
            model: candidate.model.clone(),
            deviance: figures.map(|figures| figures.deviance),
            bias: figures.and_then(|figures| figures.bias),
            wmape: figures.and_then(|figures| figures.wmape),
            rmse: figures.map(|figures| figures.rmse),
            gini: figures.and_then(|figures| figures.gini),
            auc: figures.and_then(|figures| figures.auc),
            log_likelihood: Some(candidate.log_likelihood),
        }
    }
}

//! What a base of customers is expected to do: a model chosen and fitted as `fit` does it, everybody scored as
//! `score` does it, and the totals with the ranges that 90 of 100 cases lie in.

use perennial_forecast::{
    CountModel, FittedModel, Groups, Horizon, PurchaseModel, Question, Total,
};

use super::base::Base;
use super::choose::Choice;
use super::fit;
use super::refused;
use super::score::spend_model;
use super::scores::{Everybody, Table};
use crate::args::ModelName;
use crate::failure::Failure;

/// What is expected of a base within a horizon.
pub struct Outlook {
    /// The model of purchases, with the errors of its parameters.
    pub model: FittedModel,
    /// How it was chosen.
    pub choice: Option<Choice>,
    /// What to know before using it.
    pub warnings: Vec<String>,
    /// Everybody's scores.
    pub scores: Table,
    /// What each customer's purchases are worth: mean and both ends; empty where `worth` is none.
    pub worths: [Vec<f64>; 3],
    /// Purchases of each group within the horizon if they are still there.
    pub if_alive: Vec<f64>,
    /// Customers who are still there.
    pub alive: Total,
    /// Purchases to come.
    pub purchases: Total,
    /// What they are worth; `None` where no amounts are known, or that has no mean.
    pub worth: Option<Total>,
}

/// Fits and asks.
///
/// # Errors
/// What no model can be fitted to.
pub fn outlook(base: &Base, horizon: Horizon) -> Result<Outlook, Failure> {
    let found = fit::purchases(base, ModelName::Auto, None)?;
    let fitted = &found.fitted;
    let model = PurchaseModel::from_parameters(&fitted.model, &fitted.values());
    let model = FittedModel::new(model.map_err(refused)?, &fitted.covariance);
    let money = found.spend.as_ref().map(spend_model).transpose()?;
    let question = Question {
        horizon,
        discount: None,
        lifetime: false,
    };
    let everybody = Everybody::of(model.model(), None, base)?;
    let money = money.as_ref().zip(found.spend.as_ref());
    let money = money.map(|(money, fitted)| (money, &fitted.covariance[..]));
    let scores = Table::of(&model, everybody, &question, money)?;
    let (groups, of) = Groups::of(&base.purchases);
    let money = money.filter(|_| !base.spend.is_empty());
    let worth =
        money.and_then(|money| model.total_worth(&groups, (&of, &base.spend), money, horizon));
    let worths = match worth {
        Some(_) => scores.worth(&base.spend),
        None => [(); 3].map(|()| Vec::new()),
    };
    let if_alive = groups.purchases().iter();
    let if_alive = if_alive.map(|one| model.model().expected_if_alive(one, horizon));
    Ok(Outlook {
        if_alive: if_alive.collect(),
        alive: model.total_alive(&groups),
        purchases: model.total(&groups, horizon),
        worth,
        warnings: found.fitted.warnings,
        choice: found.choice,
        model,
        scores,
        worths,
    })
}

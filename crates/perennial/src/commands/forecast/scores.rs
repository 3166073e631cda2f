//! What a model says of each customer: worked out once for all alike, then looked up for each.

use std::path::Path;

use perennial_forecast::{
    CovariateGroups, FittedModel, GammaGamma, Groups, Horizon, MAX_HISTORIES, PurchaseModel,
    Question, Score, Scores, Spend, beyond, days_told,
};

use super::base::{Base, unit_name};
use super::covariates;
use super::model_file::ModelFile;
use super::refused;
use crate::failure::Failure;

/// Everybody, grouped by what is known of them.
pub enum Everybody {
    /// By purchases alone; and each customer's group.
    Alike(Groups, Vec<u32>),
    /// By covariates too: each customer's pattern and group.
    ByCovariates(CovariateGroups, Vec<(u32, u32)>),
}

impl Everybody {
    /// # Errors
    /// Covariates that are missing, or that the model does not have.
    pub fn of(model: &PurchaseModel, file: Option<&Path>, base: &Base) -> Result<Self, Failure> {
        let names = model.covariates();
        let path = match (file, names.is_empty()) {
            (None, true) => {
                let (groups, of) = Groups::of(&base.purchases);
                return Ok(Self::Alike(groups, of));
            }
            (Some(_), true) => {
                return Err(Failure::usage(
                    "--covariates: the model was fitted without any; leave them out, or fit it with them",
                ));
            }
            (None, false) => {
                return Err(Failure::usage(format!(
                    "the model needs covariates of each customer ({}): name the file with --covariates",
                    names.join(", ")
                )));
            }
            (Some(path), false) => path,
        };
        let known = covariates::read(path, base, Some(names))?;
        let (groups, places) = CovariateGroups::of(&base.purchases, &known).map_err(refused)?;
        let of = places.iter().map(|place| (place.pattern, place.group));
        Ok(Self::ByCovariates(groups, of.collect()))
    }
}

/// The model of a file, with the errors of its parameters.
///
/// # Errors
/// Parameters that cannot be.
pub fn fitted_model(file: &ModelFile) -> Result<FittedModel, Failure> {
    let fitted = &file.fitted;
    let model = PurchaseModel::from_parameters(&fitted.model, &fitted.values());
    Ok(FittedModel::new(
        model.map_err(refused)?,
        &fitted.covariance,
    ))
}

/// What to know of a horizon longer than what a model has seen.
///
/// # Errors
/// A horizon that is much longer.
pub fn beyond_history(file: &ModelFile, horizon: Horizon) -> Result<Option<String>, Failure> {
    let Some(history) = file.data.history else {
        return Ok(None);
    };
    let unit = file.unit();
    let longest = MAX_HISTORIES * history;
    if horizon.span() > longest {
        let name = unit_name(unit);
        return Err(Failure::failed(format!(
            "--horizon {}: the model has seen orders of {}, and what customers do in {} cannot be told from that; ask for at most {:.1} {name}s, or wait for more orders and fit again",
            horizon.span(),
            days_told(history, unit),
            days_told(horizon.span(), unit),
            (10.0 * longest).floor() / 10.0,
        )));
    }
    Ok(beyond(history, horizon).map(|one| one.told(None, unit)))
}

/// What is ahead of everybody.
pub struct Table {
    /// By pattern of covariates, one where there are none.
    parts: Vec<Scores>,
    /// Where each pattern's groups begin among all.
    starts: Vec<u32>,
    /// Each customer's group among all.
    pub of: Vec<u32>,
    /// What is said of each group.
    pub groups: Vec<Score>,
}

impl Table {
    /// Asks a model; with that of spend comes the covariance of its parameters.
    ///
    /// # Errors
    /// Covariates that leave a customer no model.
    pub fn of(
        model: &FittedModel,
        everybody: Everybody,
        question: &Question,
        spend: Option<(&GammaGamma, &[Vec<f64>])>,
    ) -> Result<Self, Failure> {
        let (mut parts, mut starts, mut groups) = (Vec::new(), Vec::new(), Vec::new());
        let mut add = |scores: Scores| {
            starts.push(groups.len() as u32);
            groups.extend_from_slice(scores.each());
            parts.push(scores);
        };
        let of = match everybody {
            Everybody::Alike(groups, of) => {
                add(model.score(&groups, question, spend));
                of
            }
            Everybody::ByCovariates(all, places) => {
                for (values, groups) in all.patterns() {
                    let own = model.of_customer(values).map_err(refused)?;
                    add(own.score(groups, question, spend));
                }
                let of = |(pattern, group): (u32, u32)| starts[pattern as usize] + group;
                places.into_iter().map(of).collect()
            }
        };
        Ok(Self {
            parts,
            starts,
            of,
            groups,
        })
    }

    /// What each customer's purchases will be worth: mean and both ends; NaN stands for what is not known.
    pub fn worth(&self, spend: &[Spend]) -> [Vec<f64>; 3] {
        let mut columns = [(); 3].map(|()| Vec::with_capacity(spend.len()));
        for (group, one) in self.of.iter().zip(spend) {
            let part = self.starts.partition_point(|start| start <= group).max(1) - 1;
            let worth = self.parts[part].worth((group - self.starts[part]) as usize, one);
            let told = worth.map_or([f64::NAN; 3], |worth| {
                [worth.mean, worth.interval.low, worth.interval.high]
            });
            for (column, value) in columns.iter_mut().zip(told) {
                column.push(value);
            }
        }
        columns
    }
}

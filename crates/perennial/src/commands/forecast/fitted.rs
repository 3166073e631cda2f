//! A fitted model in the words of commands and files, whichever it is.

use std::fmt::Write as _;

use perennial_forecast::{Convergence, End, Fit, Model, PurchaseModel, Warning};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A fitted model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Its name, as `--model` has it.
    pub model: String,
    /// Customers it was fitted to.
    pub customers: u64,
    /// Its parameters, as in the papers.
    pub parameters: Vec<Parameter>,
    /// The covariance of the parameters' logarithms; 0 for those at a boundary.
    pub covariance: Vec<Vec<f64>>,
    /// The natural logarithm of the likelihood.
    pub log_likelihood: f64,
    /// Whether the search ended at a maximum.
    pub converged: bool,
    /// What to know before using it.
    pub warnings: Vec<String>,
}

/// The name of the model of spend that is the mean itself, which is also its parameter's.
const MEAN: &str = "mean";

/// A parameter of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// Its standard error; null where the likelihood has no curvature.
    pub standard_error: Option<f64>,
}

impl Fitted {
    /// Of a model of purchases.
    pub fn of_purchases(fit: &Fit<PurchaseModel>) -> Self {
        Self::of(fit.model.name(), fit.model.parameters(), fit)
    }

    /// Of a model of another sort.
    pub fn of_model<M: Model<N>, const N: usize>(name: &str, fit: &Fit<M>) -> Self {
        let values = M::NAMES.into_iter().zip(fit.model.parameters());
        let values = values.map(|(name, value)| (name.to_owned(), value));
        Self::of(name, values.collect(), fit)
    }

    /// What everybody spends on every purchase, where that is the same: known, not fitted.
    pub fn of_mean(mean: f64, customers: u64) -> Self {
        Self {
            model: MEAN.to_owned(),
            customers,
            parameters: vec![Parameter {
                name: MEAN.to_owned(),
                value: mean,
                standard_error: None,
            }],
            covariance: Vec::new(),
            log_likelihood: 0.0,
            converged: true,
            warnings: vec![format!(
                "every purchase was worth {}: that is taken as it is for those to come, since nothing tells how it would spread",
                (mean * 1e6).round() / 1e6
            )],
        }
    }

    /// The mean itself, where that is the model.
    pub fn mean(&self) -> Option<f64> {
        (self.model == MEAN).then(|| self.value(MEAN)).flatten()
    }

    fn of<M>(model: &str, values: Vec<(String, f64)>, fit: &Fit<M>) -> Self {
        let errors = fit
            .standard_errors
            .iter()
            .copied()
            .chain(std::iter::repeat(None));
        let parameter = |((name, value), error): ((String, f64), Option<f64>)| Parameter {
            name,
            value,
            standard_error: error.filter(|error| error.is_finite()),
        };
        Self {
            model: model.to_owned(),
            customers: fit.customers,
            parameters: values.into_iter().zip(errors).map(parameter).collect(),
            covariance: fit.covariance.clone(),
            log_likelihood: fit.log_likelihood,
            converged: fit.convergence == Convergence::Maximum,
            warnings: warnings(fit),
        }
    }

    /// The parameters by name.
    pub fn values(&self) -> Vec<(String, f64)> {
        let pair = |one: &Parameter| (one.name.clone(), one.value);
        self.parameters.iter().map(pair).collect()
    }

    /// The value of a parameter.
    pub fn value(&self, name: &str) -> Option<f64> {
        let found = self.parameters.iter().find(|one| one.name == name);
        found.map(|one| one.value)
    }

    /// What `fit` answers of it.
    pub fn json(&self) -> Map<String, Value> {
        let by_name = |of: &dyn Fn(&Parameter) -> Value| -> Value {
            let pairs = self
                .parameters
                .iter()
                .map(|one| (one.name.clone(), of(one)));
            Value::Object(pairs.collect())
        };
        let mut object = Map::new();
        object.insert("model".into(), json!(self.model));
        object.insert("customers".into(), json!(self.customers));
        object.insert("parameters".into(), by_name(&|one| json!(one.value)));
        object.insert(
            "standard_errors".into(),
            by_name(&|one| json!(one.standard_error)),
        );
        // A mean that is known has no likelihood to tell.
        let likelihood = self.mean().is_none().then_some(self.log_likelihood);
        object.insert("log_likelihood".into(), json!(likelihood));
        object.insert("converged".into(), json!(self.converged));
        object.insert("warnings".into(), json!(self.warnings));
        object
    }
}

/// The name of a model for people.
pub fn title(model: &str) -> &str {
    if let Some(title) = PurchaseModel::title(model) {
        return title;
    }
    match model {
        "bgbb" => "BG/BB",
        "gammagamma" => "Gamma-Gamma",
        "sbg" => "shifted beta-geometric",
        MEAN => "the mean itself",
        "past_rate" => "the past rate",
        "two_gaps" => "the rule of two mean gaps",
        "stack" => "the stack",
        "auto" => "the model chosen each time",
        other => other,
    }
}

/// What to know of a fit, for people.
fn warnings<M>(fit: &Fit<M>) -> Vec<String> {
    let told = fit.warnings.iter().map(|warning| match warning {
        Warning::FewCustomers(count) => format!(
            "only {count} customers: the parameters may be far off, as their standard errors show"
        ),
        Warning::FewRepeaters(count) => format!(
            "only {count} customers bought again: how often customers buy and when they leave is hardly known"
        ),
        Warning::Boundary => at_end(&fit.convergence),
        Warning::Unsettled => format!(
            "the search did not settle (a slope of {:.1e} is left): the likelihood is flat there, and the parameters are one choice of many",
            fit.slope
        ),
        Warning::Correlated(correlation) => format!(
            "what customers spend and how often they buy go together (correlation {correlation:.2}), which the model of spend takes to be unrelated: look at values by how often customers buy"
        ),
    });
    told.collect()
}

/// Which parameters went to an end.
fn at_end(convergence: &Convergence) -> String {
    let mut text = "the likelihood has no maximum inside:".to_owned();
    if let Convergence::Boundary(ends) = convergence {
        for (place, (name, end)) in ends.iter().enumerate() {
            let comma = if place > 0 { "," } else { "" };
            let end = match end {
                End::Zero => "to 0",
                End::Infinity => "without limit",
            };
            let _ = write!(text, "{comma} {name} goes {end}");
        }
    }
    text + "; trust what the parameters say together, not their own values"
}

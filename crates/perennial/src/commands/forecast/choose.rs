//! Which model of purchases to take: the one that forecasts the last part of the data best.

use perennial_forecast::judge::Trial;
use perennial_forecast::{CountModel, Groups, Horizon, Orders, PurchaseModel, Purchases, Unit};
use serde::{Deserialize, Serialize};

use super::base::{Base, unit_name};
use super::fitted::title;
pub use super::fitted::title as model_title;

/// The share of the time that is held out.
const HELD_OUT: f64 = 1.0 / 3.0;
/// Fewest units of time that are held out.
const MIN_HELD_OUT: f64 = 1.0;
/// Fewest purchases in the part held out by which models are told apart.
const MIN_PURCHASES: f64 = 20.0;
/// Differences in deviance below this, as a share, are chance.
const ALIKE: f64 = 0.001;

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
    /// The natural logarithm of its likelihood on the data that it was fitted to.
    pub log_likelihood: f64,
}

/// Chooses a model for a base; `None` where not one can be fitted.
pub fn choose(base: &Base, groups: &Groups) -> Option<Choice> {
    match (&base.orders, base.about.until) {
        (Some(orders), Some(until)) => choose_by((orders, until), base.about.unit, groups),
        _ => by_likelihood(groups),
    }
}

/// The same of orders until a day, and of what models know of them then.
pub fn choose_by((orders, until): (&Orders, i32), unit: Unit, groups: &Groups) -> Option<Choice> {
    by_hold_out(orders, until, unit, &PurchaseModel::NAMES).or_else(|| by_likelihood(groups))
}

/// How well these models would have forecast the last part of the data; `None` where nothing can be held out.
pub fn hold_out(base: &Base, names: &[&str]) -> Option<Choice> {
    let (orders, until) = (base.orders.as_ref()?, base.about.until?);
    by_hold_out(orders, until, base.about.unit, names)
}

/// By the last third of the time.
fn by_hold_out(orders: &Orders, until: i32, unit: Unit, names: &[&str]) -> Option<Choice> {
    let (first, _) = orders.span()?;
    let span = f64::from(until - first) / unit.days();
    let held_out = (span * HELD_OUT).floor();
    if held_out < MIN_HELD_OUT {
        return None;
    }
    let cut = until - (held_out * unit.days()) as i32;
    let (mut purchases, mut came): (Vec<Purchases>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut ln_gaps = 0.0;
    for one in orders.each() {
        if let Some(known) = one.purchases(cut, unit) {
            ln_gaps += if known.x() > 0 {
                one.ln_gaps(cut, unit)
            } else {
                0.0
            };
            purchases.push(known);
            came.push(one.until(until).after(cut).days.len() as f64);
        }
    }
    if came.iter().sum::<f64>() < MIN_PURCHASES {
        return None;
    }
    let horizon = Horizon::new(held_out).ok()?;
    let (groups, of) = Groups::of(&purchases);
    let groups = groups.with_gaps(ln_gaps).ok()?;
    let candidate = |name: &&str| {
        let fit = PurchaseModel::fit(name, &groups).ok()?;
        let expected: Vec<f64> = groups
            .purchases()
            .iter()
            .map(|one| fit.model.expected(one, horizon))
            .collect();
        let forecast: Vec<f64> = of.iter().map(|group| expected[*group as usize]).collect();
        let figures = Trial::new(&forecast, &came, None).ok()?.figures();
        Some(Candidate {
            model: (*name).to_owned(),
            deviance: Some(figures.deviance),
            bias: figures.bias,
            wmape: figures.wmape,
            rmse: Some(figures.rmse),
            gini: figures.gini,
            auc: figures.auc,
            log_likelihood: fit.log_likelihood,
        })
    };
    let mut models: Vec<Candidate> = names.iter().filter_map(candidate).collect();
    let deviance = |one: &Candidate| one.deviance.unwrap_or(f64::INFINITY);
    models.sort_by(|a, b| deviance(a).total_cmp(&deviance(b)));
    let best = models.first()?;
    let on = format!("on {held_out} held-out {}s", unit_name(unit));
    let told = match models.get(1) {
        None => format!(
            "{}: {:+.1} % in all {on}",
            title(&best.model),
            100.0 * best.bias.unwrap_or(0.0)
        ),
        Some(next) => {
            let better = 1.0 - deviance(best) / deviance(next);
            match better < ALIKE {
                true => format!(
                    "{}: as good as {} {on}",
                    title(&best.model),
                    title(&next.model)
                ),
                false => format!(
                    "{}: {:.1} % better than {} {on} (Poisson deviance)",
                    title(&best.model),
                    100.0 * better,
                    title(&next.model)
                ),
            }
        }
    };
    Some(Choice {
        told,
        held_out: Some(held_out),
        models,
    })
}

/// By the likelihood of all data: all have as many parameters.
fn by_likelihood(groups: &Groups) -> Option<Choice> {
    let candidate = |name: &&str| {
        let fit = PurchaseModel::fit(name, groups).ok()?;
        Some(Candidate {
            model: (*name).to_owned(),
            deviance: None,
            bias: None,
            wmape: None,
            rmse: None,
            gini: None,
            auc: None,
            log_likelihood: fit.log_likelihood,
        })
    };
    let mut models: Vec<Candidate> = PurchaseModel::NAMES.iter().filter_map(candidate).collect();
    models.sort_by(|a, b| b.log_likelihood.total_cmp(&a.log_likelihood));
    let best = models.first()?;
    let told = format!(
        "{}: the greatest likelihood; nothing could be held out, since there are no orders with dates or too few",
        title(&best.model)
    );
    Some(Choice {
        told,
        held_out: None,
        models,
    })
}

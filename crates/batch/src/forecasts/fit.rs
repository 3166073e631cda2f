//! The model of a date: fitted to what was known before it, the likeliest of those asked for.

use perennial_forecast::{
    Convergence, Error, Fit, GammaGamma, Groups, Model, PurchaseModel, Spend, SpendGroups, Warning,
};
use perennial_model::{Time, customer_hash};
use perennial_rules::project::{Forecast, ForecastUnit, PurchaseModelKind};
use rayon::prelude::*;

use super::record::{ModelRecord, SpendRecord};

/// Models fitted to everybody who has ordered before a date.
pub(super) struct Fitted {
    pub model: PurchaseModel,
    /// What orders are worth; none where that cannot be told.
    pub spend: Option<GammaGamma>,
    pub record: ModelRecord,
}

/// Fits the models of a date.
///
/// # Errors
/// Why no model can be fitted, with the way out.
pub(super) fn fit(
    settings: &Forecast,
    at: Time,
    groups: &Groups,
    spends: &[Spend],
) -> Result<Fitted, String> {
    let names: Vec<&str> = match settings.model {
        None => PurchaseModel::NAMES.to_vec(),
        Some(PurchaseModelKind::BgNbd) => vec!["bgnbd"],
        Some(PurchaseModelKind::MbgNbd) => vec!["mbgnbd"],
        Some(PurchaseModelKind::ParetoNbd) => vec!["paretonbd"],
    };
    let fits: Vec<Result<Fit<PurchaseModel>, Error>> = names
        .par_iter()
        .map(|name| PurchaseModel::fit(name, groups))
        .collect();
    let mut best: Option<Fit<PurchaseModel>> = None;
    let mut refused = "the search for its parameters did not settle".to_owned();
    for fit in fits {
        match fit {
            Ok(fit) if fit.convergence != Convergence::Unsettled => {
                // Of equals the first named.
                if best
                    .as_ref()
                    .is_none_or(|best| fit.log_likelihood > best.log_likelihood)
                {
                    best = Some(fit);
                }
            }
            Ok(_) => {}
            Err(error) => refused = format!("{error}; {}", error.way_out()),
        }
    }
    let fit = best.ok_or(refused)?;
    let mut warnings: Vec<String> = fit.warnings.iter().map(words).collect();
    let spend = worth(&SpendGroups::of(spends), &mut warnings);
    let (money, spend) = spend.unzip();
    let record = record(settings, at, &fit, spend, warnings, names.len());
    Ok(Fitted {
        model: fit.model,
        spend: money,
        record,
    })
}

/// What orders are worth: by a model, or where that is the same for everybody, the mean itself.
fn worth(spends: &SpendGroups, warnings: &mut Vec<String>) -> Option<(GammaGamma, SpendRecord)> {
    let named = |names: &[&str], values: &[f64]| SpendRecord {
        customers: spends.customers(),
        parameters: names
            .iter()
            .map(|name| (*name).to_owned())
            .zip(values.iter().copied())
            .collect(),
    };
    let error = match GammaGamma::fit(spends) {
        Ok(fit) => {
            let told = fit.warnings.iter().map(words);
            warnings.extend(told.map(|one| format!("spend: {one}")));
            let parameters = fit.model.parameters();
            return Some((fit.model, named(&GammaGamma::NAMES, &parameters)));
        }
        Err(error) => error,
    };
    let mean = spends.same_mean();
    let known = mean.filter(|_| matches!(error, Error::NoSpread { .. }));
    match known.and_then(|mean| Some((GammaGamma::constant(mean).ok()?, mean))) {
        Some((model, mean)) => {
            warnings.push("every order was worth the same, which is taken as it is".to_owned());
            Some((model, named(&["mean"], &[mean])))
        }
        None => {
            warnings.push(format!("clv is not known: {error}"));
            None
        }
    }
}

fn record(
    settings: &Forecast,
    at: Time,
    fit: &Fit<PurchaseModel>,
    spend: Option<SpendRecord>,
    warnings: Vec<String>,
    tried: usize,
) -> ModelRecord {
    let parameters = fit.model.parameters();
    let errors = parameters.iter().zip(&fit.standard_errors);
    let errors = errors.map(|((name, _), error)| (name.clone(), *error));
    let mut record = ModelRecord {
        at: at.to_string(),
        at_ms: at.ms(),
        kind: fit.model.name().to_owned(),
        chosen: match tried {
            1 => "named by the project".to_owned(),
            _ => format!("the likeliest of {tried}, which have equally many parameters"),
        },
        unit: match settings.unit {
            ForecastUnit::Day => "day",
            ForecastUnit::Week => "week",
        }
        .to_owned(),
        horizon_days: settings.horizon.ms() as f64 / perennial_model::DAY_MS as f64,
        discount_percent: settings.discount_percent,
        standard_errors: errors.collect(),
        parameters: parameters.into_iter().collect(),
        log_likelihood: fit.log_likelihood,
        customers: fit.customers,
        warnings,
        spend,
        ..ModelRecord::default()
    };
    record.model = name(&record);
    record
}

/// What the model is called: the same for the same parameters, date and settings, and for no others.
fn name(record: &ModelRecord) -> String {
    let said = serde_json::to_string(record).unwrap_or_default();
    format!("{}-{:016x}", record.kind, customer_hash(said.as_bytes()))
}

fn words(warning: &Warning) -> String {
    match warning {
        Warning::FewCustomers(count) => {
            format!("only {count} customers: parameters may be far off")
        }
        Warning::FewRepeaters(count) => format!("only {count} customers have ordered again"),
        Warning::Boundary => "some parameters go to an end of their range".to_owned(),
        Warning::Unsettled => "the search for parameters did not settle".to_owned(),
        Warning::Correlated(by) => {
            format!("who orders more often spends otherwise (correlation {by:.2})")
        }
    }
}

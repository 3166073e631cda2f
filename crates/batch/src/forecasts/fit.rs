//! The model of a date: fitted to what was known before it, the named one or the best of all.

use perennial_forecast::{
    Candidate, Choice, Comparison, Convergence, Error, Fit, GammaGamma, Groups, Model,
    PurchaseModel, Spend, SpendGroups, Unit, Warning,
};
use perennial_model::{Time, customer_hash};
use perennial_rules::project::{Forecast, PurchaseModelKind};
use rayon::prelude::*;

use super::base::{self, Base};
use super::record::{ModelRecord, SpendRecord};

/// Models fitted to everybody who has ordered before a date.
pub(super) struct Fitted {
    pub model: PurchaseModel,
    /// How its parameters err: see [`Fit::covariance`].
    pub covariance: Vec<Vec<f64>>,
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
    base: &Base<'_>,
    groups: &Groups,
    spends: &[Spend],
) -> Result<Fitted, String> {
    let (fit, chosen) = match settings.model {
        None => {
            let unit = base::unit(settings.unit);
            let mut choice = choice(base, unit, groups)?;
            let fit = choice.fit(groups);
            (fit, choice.told())
        }
        Some(kind) => (
            PurchaseModel::fit(name_of(kind), groups),
            "named by the project".to_owned(),
        ),
    };
    let fit = fit.map_err(told)?;
    if fit.convergence == Convergence::Unsettled {
        return Err("the search for its parameters did not settle".to_owned());
    }
    let mut warnings: Vec<String> = fit.warnings.iter().map(words).collect();
    let spend = worth(&SpendGroups::of(spends), &mut warnings);
    let (money, spend) = spend.unzip();
    let record = record(settings, at, &fit, spend, warnings, chosen);
    Ok(Fitted {
        model: fit.model,
        covariance: fit.covariance,
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
            let why = match spends.customers() {
                0 => "no order says that it was worth anything".to_owned(),
                _ => error.to_string(),
            };
            warnings.push(format!("clv is not known: {why}"));
            None
        }
    }
}

/// Whether the models that are asked for need the times between orders.
pub(super) fn needs_gaps(settings: &Forecast) -> bool {
    matches!(settings.model, None | Some(PurchaseModelKind::MbgCnbd))
}

/// The choice among all models, which are tried side by side.
fn choice(base: &Base<'_>, unit: Unit, groups: &Groups) -> Result<Choice, String> {
    let orders = base.orders();
    let comparison = Comparison::of(Some((&orders, base.day)), unit, groups);
    let candidates: Vec<Option<Candidate>> = PurchaseModel::NAMES
        .par_iter()
        .map(|name| comparison.candidate(name))
        .collect();
    let choice = comparison.choice(candidates.into_iter().flatten());
    // Where not one can be fitted, one of them says why.
    choice.ok_or_else(
        || match PurchaseModel::fit(PurchaseModel::NAMES[0], groups) {
            Err(error) => told(error),
            Ok(_) => "no model can be fitted".to_owned(),
        },
    )
}

fn name_of(kind: PurchaseModelKind) -> &'static str {
    match kind {
        PurchaseModelKind::BgNbd => "bgnbd",
        PurchaseModelKind::MbgNbd => "mbgnbd",
        PurchaseModelKind::ParetoNbd => "paretonbd",
        PurchaseModelKind::MbgCnbd => "mbgcnbd",
    }
}

fn told(error: Error) -> String {
    format!("{error}; {}", error.way_out())
}

fn record(
    settings: &Forecast,
    at: Time,
    fit: &Fit<PurchaseModel>,
    spend: Option<SpendRecord>,
    warnings: Vec<String>,
    chosen: String,
) -> ModelRecord {
    let parameters = fit.model.parameters();
    let errors = parameters.iter().zip(&fit.standard_errors);
    let errors = errors.map(|((name, _), error)| (name.clone(), *error));
    let mut record = ModelRecord {
        at: at.to_string(),
        at_ms: at.ms(),
        kind: fit.model.name().to_owned(),
        chosen,
        unit: base::unit(settings.unit).name().to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_that_were_all_free_are_told_as_such() {
        let mut warnings = Vec::new();
        assert!(worth(&SpendGroups::of(&[]), &mut warnings).is_none());
        let wanted = "clv is not known: no order says that it was worth anything";
        assert_eq!(warnings, [wanted]);
    }
}

//! `forecast fit`: a model fitted to orders, told with what to know of it, and kept in a file.

use std::path::Path;

use perennial_forecast::{
    BgBb, CountModel, CovariateGroups, Error, Fit, GammaGamma, ParetoCovariates, PurchaseModel,
    Renewals, ShiftedBetaGeometric, SpendGroups, Unit,
};
use serde_json::{Value, json};

use super::base::{About, Asked, Base, read, unit_of};
use super::choose::{Choice, best, hold_out};
use super::covariates;
use super::fitted::{Fitted, Parameter, title};
use super::model_file::{Data, ModelFile};
use super::refused;
use super::summary::{DonationRows, Survivors};
use crate::answer::{Answer, Cell, shown};
use crate::args::{ForecastFit, ModelName, OrdersFrom, Show};
use crate::failure::Failure;

/// What was fitted.
pub struct Found {
    /// The model of purchases, or the only one.
    pub fitted: Fitted,
    /// The model of spend beside it.
    pub spend: Option<Fitted>,
    /// How the model was chosen.
    pub choice: Option<Choice>,
    about: About,
}

/// # Errors
/// Wrong usage, orders that cannot be read, and what the models refuse.
pub fn fit(args: &ForecastFit) -> Result<(), Failure> {
    let asked = Asked {
        unit: args.from.unit.map_or(Unit::Week, unit_of),
        keep_orders: args.model == ModelName::Auto || args.save.is_some(),
        until: None,
    };
    let mut found = match args.model {
        ModelName::BgBb => donations(&args.from, asked)?,
        ModelName::Sbg => contracts(&args.from, asked)?,
        ModelName::GammaGamma => spend_alone(read(&args.from, asked)?)?,
        _ => purchases(
            &read(&args.from, asked)?,
            args.model,
            args.covariates.as_deref(),
        )?,
    };
    found
        .fitted
        .warnings
        .splice(0..0, found.about.warnings.iter().cloned());
    let file = ModelFile::new(found.fitted, found.spend, found.choice, &found.about);
    if let Some(path) = &args.save {
        file.save(path)?;
    }
    let show = Show {
        output: args.output,
        save: None,
        columns: Vec::new(),
    };
    answer(&file).show(&show)
}

/// The name of a model as `--model` has it.
fn name(model: ModelName) -> &'static str {
    match model {
        ModelName::BgNbd => "bgnbd",
        ModelName::MbgNbd => "mbgnbd",
        ModelName::ParetoNbd => "paretonbd",
        ModelName::MbgCnbd => "mbgcnbd",
        ModelName::BgBb => "bgbb",
        ModelName::GammaGamma => "gammagamma",
        ModelName::Sbg => "sbg",
        ModelName::Auto => "auto",
    }
}

/// A model of purchases, and beside it the model of spend where amounts are known.
///
/// # Errors
/// What the model refuses.
pub fn purchases(
    base: &Base,
    model: ModelName,
    covariates: Option<&Path>,
) -> Result<Found, Failure> {
    let groups = base.groups()?;
    if let Some(path) = covariates {
        if model != ModelName::ParetoNbd {
            return Err(Failure::usage(
                "--covariates: only the model paretonbd takes them; add --model paretonbd",
            ));
        }
        let covariates = covariates::read(path, base, None)?;
        let (groups, _) = CovariateGroups::of(&base.purchases, &covariates).map_err(refused)?;
        let fit = ParetoCovariates::fit(&groups).map_err(refused)?;
        return with_spend(base, &fit.map(PurchaseModel::ParetoCovariates), None);
    }
    let (choice, fit) = match model {
        ModelName::Auto => {
            let (choice, fit) = best(base, &groups)?;
            (Some(choice), fit)
        }
        model => {
            let fit = PurchaseModel::fit(name(model), &groups).map_err(refused)?;
            // How good it was stands in the file, for its card.
            (hold_out(base, name(model)), fit)
        }
    };
    let mut found = with_spend(base, &fit, choice)?;
    let told = base.nobody_leaves(|place| fit.model.alive(&base.purchases[place]));
    found.fitted.warnings.extend(told);
    Ok(found)
}

/// The model of spend beside that of purchases.
fn with_spend(
    base: &Base,
    fit: &Fit<PurchaseModel>,
    choice: Option<Choice>,
) -> Result<Found, Failure> {
    let mut fitted = Fitted::of_purchases(fit);
    let spend = match base.spend_groups().map(|groups| spend_of(&groups)) {
        Some(Ok(spend)) => Some(spend),
        Some(Err(error)) => {
            let warning = format!("what a purchase is worth could not be fitted: {error}");
            fitted.warnings.push(warning);
            None
        }
        None => None,
    };
    if let Some(spend) = &spend {
        fitted.warnings.extend(spend.warnings.iter().cloned());
    }
    Ok(Found {
        fitted,
        spend,
        choice,
        about: base.about.clone(),
    })
}

/// What a purchase is worth; where that is the same for everybody, the mean itself.
fn spend_of(groups: &SpendGroups) -> Result<Fitted, Error> {
    match (GammaGamma::fit(groups), groups.same_mean()) {
        (Ok(fit), _) => Ok(Fitted::of_model("gammagamma", &fit)),
        (Err(Error::NoSpread { .. }), Some(mean)) => Ok(Fitted::of_mean(mean, groups.customers())),
        (Err(error), _) => Err(error),
    }
}

fn spend_alone(base: Base) -> Result<Found, Failure> {
    let groups = base.spend_groups().ok_or_else(|| {
        Failure::usage("--model gammagamma: name the column of amounts with --amount, or have zbar in the summary")
    })?;
    let fit: Fit<GammaGamma> = GammaGamma::fit(&groups).map_err(refused)?;
    let mut fitted = Fitted::of_model("gammagamma", &fit);
    if groups.without() > 0 {
        fitted.warnings.push(format!(
            "{} customers have no repeat purchase of more than nothing: they tell nothing of spend and are left out",
            groups.without()
        ));
    }
    Ok(Found {
        fitted,
        spend: None,
        choice: None,
        about: base.about,
    })
}

/// The summary that a model needs which knows no orders.
fn summary_of<'a>(from: &'a OrdersFrom, model: &str, columns: &str) -> Result<&'a str, Failure> {
    from.summary.as_deref().ok_or_else(|| {
        Failure::usage(format!(
            "--model {model} is fitted to a table: --summary FILE with the columns {columns}"
        ))
    })
}

fn donations(from: &OrdersFrom, asked: Asked) -> Result<Found, Failure> {
    let rows = DonationRows::read(summary_of(from, "bgbb", "x, t_x, n")?, asked)?;
    let fit: Fit<BgBb> = BgBb::fit(&rows.grouped()).map_err(refused)?;
    Ok(Found {
        fitted: Fitted::of_model("bgbb", &fit),
        spend: None,
        choice: None,
        about: rows.about,
    })
}

fn contracts(from: &OrdersFrom, asked: Asked) -> Result<Found, Failure> {
    let table = Survivors::read(summary_of(from, "sbg", "period, survivors")?, asked)?;
    let renewals = Renewals::of_survivors(&table.left).map_err(refused)?;
    let fit: Fit<ShiftedBetaGeometric> = ShiftedBetaGeometric::fit(&[renewals]).map_err(refused)?;
    Ok(Found {
        fitted: Fitted::of_model("sbg", &fit),
        spend: None,
        choice: None,
        about: table.about,
    })
}

/// What `fit` answers.
fn answer(file: &ModelFile) -> Answer {
    let fitted = &file.fitted;
    let mut object = fitted.json();
    let Data {
        unit,
        until,
        period,
        rows,
        dropped,
        fingerprint,
        ..
    } = &file.data;
    let dropped_json: serde_json::Map<String, Value> = dropped
        .iter()
        .map(|(why, count)| (why.clone(), json!(count)))
        .collect();
    object.insert("unit".into(), json!(unit));
    object.insert("until".into(), json!(until));
    object.insert("period".into(), json!(period));
    object.insert("rows".into(), json!(rows));
    object.insert("dropped".into(), Value::Object(dropped_json));
    object.insert("fingerprint".into(), json!(fingerprint));
    if let Some(spend) = &file.spend {
        object.insert("value".into(), Value::Object(spend.json()));
    }
    if let Some(choice) = &file.choice {
        object.insert("choice".into(), json!(choice));
    }
    let parts = std::iter::once(fitted).chain(&file.spend);
    let row = |part: &Fitted, one: &Parameter| {
        vec![
            Cell::Text(part.model.clone()),
            Cell::Text(one.name.clone()),
            Cell::Fraction(one.value),
            one.standard_error.map_or(Cell::Null, Cell::Fraction),
        ]
    };
    let rows_of = |part: &Fitted| -> Vec<Vec<Cell>> {
        part.parameters.iter().map(|one| row(part, one)).collect()
    };
    let mut notes = vec![format!(
        "{} fitted to {} customers, ln L {:.3}{}{}",
        title(&fitted.model),
        fitted.customers,
        fitted.log_likelihood,
        until
            .as_ref()
            .map_or(String::new(), |until| format!(", orders until {until}")),
        if fitted.converged {
            ""
        } else {
            "; not converged"
        }
    )];
    notes.extend(file.choice.iter().map(|choice| choice.told.clone()));
    if !dropped.is_empty() {
        let told: Vec<String> = dropped
            .iter()
            .map(|(why, n)| format!("{n} {why}"))
            .collect();
        notes.push(format!("{rows} rows read, left out: {}", told.join(", ")));
    }
    notes.extend(
        fitted
            .warnings
            .iter()
            .map(|text| format!("warning: {text}")),
    );
    Answer {
        head: Vec::new(),
        list: "parameters",
        columns: ["model", "parameter", "value", "standard_error"]
            .map(shown)
            .to_vec(),
        rows: parts.flat_map(rows_of).collect(),
        notes,
        json: Some(Value::Object(object)),
    }
}

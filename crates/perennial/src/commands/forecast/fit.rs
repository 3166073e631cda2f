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
use super::kept_stack::KeptStack;
use super::model_file::{Data, ModelFile};
use super::refused;
use super::stacked::{self, STACK};
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
    /// The stack, where it is to be asked instead of the model.
    stack: Option<KeptStack>,
    about: About,
}

/// # Errors
/// Wrong usage, orders that cannot be read, and what the models refuse.
pub fn fit(args: &ForecastFit) -> Result<(), Failure> {
    let horizon = horizon(args)?;
    let chooses = matches!(args.model, ModelName::Auto | ModelName::Stack);
    let asked = Asked {
        unit: args.from.unit.map_or(Unit::Week, unit_of),
        keep_orders: chooses || args.save.is_some(),
        until: None,
    };
    let mut found = match args.model {
        ModelName::BgBb => donations(&args.from, asked)?,
        ModelName::Sbg => contracts(&args.from, asked)?,
        ModelName::GammaGamma => spend_alone(read(&args.from, asked)?)?,
        _ => {
            let base = read(&args.from, asked)?;
            let mut found = purchases(&base, args.model, args.covariates.as_deref())?;
            if let Some(horizon) = horizon {
                with_stack(&base, &mut found, horizon, args.model)?;
            }
            found
        }
    };
    found
        .fitted
        .warnings
        .splice(0..0, found.about.warnings.iter().cloned());
    let (choice, about) = (found.choice, &found.about);
    let file = ModelFile::new(found.fitted, found.spend, choice, about, found.stack);
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
        ModelName::Stack => STACK,
    }
}

/// How far ahead a stack is to look, where one is asked for.
fn horizon(args: &ForecastFit) -> Result<Option<f64>, Failure> {
    match (args.model, args.horizon) {
        (ModelName::Stack, None) => Err(Failure::usage(
            "--model stack learns what customers do within a horizon: say it with --horizon N, in units of time",
        )),
        (ModelName::Stack, Some(_)) if args.covariates.is_some() => Err(Failure::usage(
            "--covariates: only the model paretonbd takes them; add --model paretonbd",
        )),
        (ModelName::Stack, Some(_)) if args.from.summary.is_some() => Err(Failure::usage(
            "--model stack needs orders with their dates: --input FILE, or --out DIR of a run",
        )),
        (ModelName::Stack | ModelName::Auto, Some(horizon)) => {
            stacked::days(horizon, args.from.unit.map_or(Unit::Week, unit_of))
                .map(|_| Some(horizon))
        }
        (_, Some(_)) => Err(Failure::usage(
            "--horizon: only the models stack and auto are fitted for a horizon; the others take any when they are asked",
        )),
        (_, None) => Ok(None),
    }
}

/// Learns a stack and puts it in the model's place: where it was asked for, or forecasts better.
fn with_stack(
    base: &Base,
    found: &mut Found,
    horizon: f64,
    model: ModelName,
) -> Result<(), Failure> {
    let asked = model == ModelName::Stack;
    let name = title(&found.fitted.model).to_owned();
    let fresh = match stacked::learn(base, horizon) {
        Ok(fresh) => fresh,
        Err(error) => {
            found.fitted.warnings.push(format!(
                "the stack: too little to learn from in the horizon before, so {name}, the chosen model, stands in ({})",
                error.message
            ));
            return Ok(());
        }
    };
    if !asked && !fresh.is_better {
        if let Some(choice) = &mut found.choice {
            choice.told = format!("{}; not {}", choice.told, fresh.choice.told);
        }
        return Ok(());
    }
    let KeptStack {
        customers,
        of_customers,
        ..
    } = fresh.kept;
    if customers < of_customers {
        found.fitted.warnings.push(format!(
            "the stack learned from a sample of {customers} of {of_customers} customers, which is the most it takes"
        ));
    }
    found.choice = Some(fresh.choice);
    found.stack = Some(fresh.kept);
    Ok(())
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
        ModelName::Auto | ModelName::Stack => {
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
        stack: None,
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
        stack: None,
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
        stack: None,
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
        stack: None,
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
    if let Some(stack) = &file.stack {
        object.insert("model".into(), json!(STACK));
        object.insert("purchase_model".into(), json!(fitted.model));
        object.insert("stack".into(), stack.json());
    }
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
    notes.extend(file.stack.iter().map(KeptStack::told));
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

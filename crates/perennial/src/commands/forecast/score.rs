//! `forecast score`: what a model says of each customer, written as it is worked out.

use std::sync::Arc;

use perennial_forecast::{Discount, GammaGamma, Horizon, Model, Question, Score, Unit};
use serde_json::{Value, json};

use super::base::{Asked, Base, read, unit_name, unit_of};
use super::fitted::{Fitted, title};
use super::model_file::ModelFile;
use super::score_table::{Figures, Table};
use super::scores::{self, Everybody, beyond_history, fitted_model};
use super::{periods, refused, score_stack};
use crate::args::{ForecastScore, OrdersFrom};
use crate::failure::Failure;

/// Days of a year, on average.
const YEAR_DAYS: f64 = 365.25;
/// The interest of a year that can be.
const INTEREST: (f64, f64) = (1e-6, 1e3);

/// # Errors
/// Wrong usage, and what cannot be read or written.
pub fn score(args: &ForecastScore) -> Result<(), Failure> {
    let file = ModelFile::load(&args.model_file)?;
    let ahead = score_stack::horizon(args, &file)?;
    let horizon = Horizon::new(ahead).map_err(refused)?;
    let table = match file.fitted.model.as_str() {
        "bgbb" => periods::donations(args, &file, ahead)?,
        "sbg" => periods::contracts(args, &file, ahead)?,
        "gammagamma" => spend_alone(args, &file, horizon)?,
        _ => purchases(args, &file, horizon)?,
    };
    table.show(&args.show)
}

/// What to ask a source of orders for, so that it fits a model.
///
/// # Errors
/// Another unit than the model's.
pub fn asked(from: &OrdersFrom, file: &ModelFile, keep_orders: bool) -> Result<Asked, Failure> {
    let unit = file.unit();
    if let Some(named) = from.unit.map(unit_of).filter(|named| *named != unit) {
        return Err(Failure::usage(format!(
            "--unit {}: the model counts in {}s; leave --unit out, or fit a model in that unit",
            unit_name(named),
            unit_name(unit)
        )));
    }
    Ok(Asked {
        unit,
        keep_orders,
        until: None,
    })
}

/// The discount of a unit of time.
fn discount(annual: Option<f64>, unit: Unit) -> Result<Option<Discount>, Failure> {
    let Some(annual) = annual else {
        return Ok(None);
    };
    if !(INTEREST.0..=INTEREST.1).contains(&annual) {
        return Err(Failure::usage(format!(
            "--discount-annual {}: write the interest of a year as a number such as 0.15 for 15 %, from {} to {}",
            perennial_forecast::shown(annual),
            INTEREST.0,
            INTEREST.1
        )));
    }
    let rate = annual.ln_1p() / YEAR_DAYS * unit.days();
    Discount::new(rate).map(Some).map_err(refused)
}

/// The model of spend of a file.
///
/// # Errors
/// Parameters that cannot be.
pub fn spend_model(fitted: &Fitted) -> Result<GammaGamma, Failure> {
    if let Some(mean) = fitted.mean() {
        return GammaGamma::constant(mean).map_err(refused);
    }
    let values = GammaGamma::NAMES.map(|name| fitted.value(name).unwrap_or(f64::NAN));
    GammaGamma::of(values).map_err(refused)
}

fn purchases(args: &ForecastScore, file: &ModelFile, horizon: Horizon) -> Result<Table, Failure> {
    let base = read(&args.from, asked(&args.from, file, file.stack.is_some())?)?;
    let mut notes = base.about.warnings.clone();
    notes.extend(beyond_history(file, horizon)?);
    let stack = match &file.stack {
        Some(kept) => Some(score_stack::ask(args, file, kept, &base)?),
        None => None,
    };
    let model = fitted_model(file)?;
    let everybody = Everybody::of(model.model(), args.covariates.as_deref(), &base)?;
    let money = file.spend.as_ref().map(spend_model).transpose()?;
    let discount = discount(args.discount_annual, base.about.unit)?;
    let question = Question {
        horizon,
        discount,
        lifetime: discount.is_some(),
    };
    let known = money.as_ref().zip(file.spend.as_ref());
    let known = known.filter(|_| !base.spend.is_empty());
    let known = known.map(|(money, fitted)| (money, &fitted.covariance[..]));
    let scores = scores::Table::of(&model, everybody, &question, known)?;
    let worth = known.map(|_| scores.worth(&base.spend));
    notes.extend(base.nobody_leaves(|place| scores.groups[scores.of[place] as usize].alive));
    let of = Arc::new(scores.of);
    let groups = |value: fn(&Score) -> f64| {
        let values = scores.groups.iter().map(value).collect();
        Figures::Groups(Arc::clone(&of), values)
    };
    let mut columns = vec![
        ("p_alive", groups(|one| one.alive)),
        ("expected_purchases", groups(|one| one.expected)),
        ("low", groups(|one| one.interval.low)),
        ("high", groups(|one| one.interval.high)),
    ];
    match worth {
        Some([mean, low, high]) => {
            columns.push(("clv", Figures::Rows(mean)));
            columns.push(("clv_low", Figures::Rows(low)));
            columns.push(("clv_high", Figures::Rows(high)));
        }
        None if money.is_some() => notes.push("no amounts are known of these orders, so there is no value: name their column with --amount".to_owned()),
        None => {}
    }
    if discount.is_some() {
        columns.push(("dert", groups(|one| one.lifetime.unwrap_or(f64::NAN))));
    }
    if let Some(stack) = stack {
        notes.push(stack.note.clone());
        stack.columns(&mut columns);
    }
    Ok(table(horizon, file, base, columns, notes))
}

fn table(
    horizon: Horizon,
    file: &ModelFile,
    base: Base,
    columns: Vec<(&'static str, Figures)>,
    notes: Vec<String>,
) -> Table {
    Table {
        title: title(file.name()).to_owned(),
        head: head(
            horizon.span(),
            file,
            base.about.until.map(|day| base.about.date(day)),
        ),
        rows: base.purchases.len(),
        names: base.names,
        columns,
        notes,
    }
}

/// What an answer is about.
pub fn head(horizon: f64, file: &ModelFile, until: Option<String>) -> Vec<(&'static str, Value)> {
    vec![
        ("model", json!(file.name())),
        ("unit", json!(file.data.unit)),
        ("horizon", json!(horizon)),
        ("until", json!(until)),
    ]
}

/// What the next purchase of each is worth on average, where nothing is known of how many come.
fn spend_alone(args: &ForecastScore, file: &ModelFile, horizon: Horizon) -> Result<Table, Failure> {
    let base = read(&args.from, asked(&args.from, file, false)?)?;
    let money = spend_model(&file.fitted)?;
    if base.spend.is_empty() {
        return Err(Failure::usage(
            "the model is one of spend: name the column of amounts with --amount, or have zbar in the summary",
        ));
    }
    let mean = |one| money.expected(one).unwrap_or(f64::NAN);
    let ends: Vec<_> = base.spend.iter().map(|one| money.interval(one)).collect();
    let columns = vec![
        (
            "mean_value",
            Figures::Rows(base.spend.iter().map(mean).collect()),
        ),
        (
            "mean_low",
            Figures::Rows(ends.iter().map(|one| one.low).collect()),
        ),
        (
            "mean_high",
            Figures::Rows(ends.iter().map(|one| one.high).collect()),
        ),
    ];
    let notes = base.about.warnings.clone();
    Ok(table(horizon, file, base, columns, notes))
}

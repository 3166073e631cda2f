//! `forecast score`: what a model says of each customer, written as it is worked out.

use std::sync::Arc;

use perennial_forecast::{
    BgBb, Discount, GammaGamma, Horizon, Model, Question, Score, ShiftedBetaGeometric, Unit,
};
use serde_json::{Value, json};

use super::base::{Asked, Base, Names, read, unit_name, unit_of};
use super::fitted::{Fitted, title};
use super::model_file::ModelFile;
use super::score_table::{Figures, Table};
use super::scores::{self, Everybody, beyond_history, fitted_model};
use super::summary::{DonationRows, Survivors};
use super::{refused, score_stack};
use crate::args::{ForecastScore, OrdersFrom};
use crate::failure::Failure;

/// Days of a year, on average.
const YEAR_DAYS: f64 = 365.25;
/// The interest of a year that can be.
const INTEREST: (f64, f64) = (1e-6, 1e3);
/// Most periods that a contract is followed for.
const MAX_RENEWALS: f64 = 10_000.0;

/// # Errors
/// Wrong usage, and what cannot be read or written.
pub fn score(args: &ForecastScore) -> Result<(), Failure> {
    let file = ModelFile::load(&args.model_file)?;
    score_stack::check(args, &file)?;
    let horizon = Horizon::new(args.horizon).map_err(refused)?;
    let table = match file.fitted.model.as_str() {
        "bgbb" => donations(args, &file)?,
        "sbg" => contracts(args, &file)?,
        "gammagamma" => spend_alone(args, &file)?,
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
    let known = money.as_ref().filter(|_| !base.spend.is_empty());
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
    Ok(table(args, file, base, columns, notes))
}

fn table(
    args: &ForecastScore,
    file: &ModelFile,
    base: Base,
    columns: Vec<(&'static str, Figures)>,
    notes: Vec<String>,
) -> Table {
    Table {
        title: title(file.name()).to_owned(),
        head: head(args, file, base.about.until.map(|day| base.about.date(day))),
        rows: base.purchases.len(),
        names: base.names,
        columns,
        notes,
    }
}

fn head(
    args: &ForecastScore,
    file: &ModelFile,
    until: Option<String>,
) -> Vec<(&'static str, Value)> {
    vec![
        ("model", json!(file.name())),
        ("unit", json!(file.data.unit)),
        ("horizon", json!(args.horizon)),
        ("until", json!(until)),
    ]
}

/// What the next purchase of each is worth on average, where nothing is known of how many come.
fn spend_alone(args: &ForecastScore, file: &ModelFile) -> Result<Table, Failure> {
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
    Ok(table(args, file, base, columns, notes))
}

fn donations(args: &ForecastScore, file: &ModelFile) -> Result<Table, Failure> {
    let Some(summary) = &args.from.summary else {
        return Err(Failure::usage(
            "the model is BG/BB: --summary FILE with the columns x, t_x, n says whom to ask about",
        ));
    };
    let values = BgBb::NAMES.map(|name| file.fitted.value(name).unwrap_or(f64::NAN));
    let model = BgBb::of(values).map_err(refused)?;
    let rows = DonationRows::read(summary, asked(&args.from, file, false)?)?;
    if args.horizon.fract() != 0.0 || args.horizon > MAX_RENEWALS {
        return Err(Failure::usage(format!(
            "--horizon {}: BG/BB looks ahead whole periods, at most {MAX_RENEWALS}",
            args.horizon
        )));
    }
    let periods = args.horizon as u32;
    let alive = rows.rows.iter().map(|(one, _)| model.alive(one)).collect();
    let expected = rows
        .rows
        .iter()
        .map(|(one, _)| model.expected(one, periods));
    let mut columns = vec![
        ("p_alive", Figures::Rows(alive)),
        ("expected_purchases", Figures::Rows(expected.collect())),
    ];
    if let Some(rate) = args.discount_annual {
        // The discount is one of periods here: what a period is nobody says.
        let present = rows
            .rows
            .iter()
            .map(|(one, _)| model.present_purchases(one, rate));
        let present: Result<Vec<f64>, _> = present.collect();
        columns.push(("dert", Figures::Rows(present.map_err(refused)?)));
    }
    Ok(Table {
        title: title(&file.fitted.model).to_owned(),
        head: head(args, file, None),
        rows: rows.rows.len(),
        names: rows.names,
        columns,
        notes: Vec::new(),
    })
}

/// For each number of renewals so far: whether the next comes, and how many come within the horizon.
fn contracts(args: &ForecastScore, file: &ModelFile) -> Result<Table, Failure> {
    let Some(summary) = &args.from.summary else {
        return Err(Failure::usage(
            "the model is one of contracts: --summary FILE with the columns period, survivors says whom to ask about",
        ));
    };
    let values =
        ShiftedBetaGeometric::NAMES.map(|name| file.fitted.value(name).unwrap_or(f64::NAN));
    let model = ShiftedBetaGeometric::of(values).map_err(refused)?;
    let table = Survivors::read(summary, asked(&args.from, file, false)?)?;
    if args.horizon.fract() != 0.0 || args.horizon > MAX_RENEWALS {
        return Err(Failure::usage(format!(
            "--horizon {}: contracts are renewed whole periods ahead, at most {MAX_RENEWALS}",
            args.horizon
        )));
    }
    let (mut renews, mut stays, mut expected) = (Vec::new(), Vec::new(), Vec::new());
    for renewals in 0..table.left.len() as u32 {
        let mut kept = 1.0;
        let mut sum = 0.0;
        for ahead in 0..args.horizon as u32 {
            kept *= model.retention(renewals + ahead);
            sum += kept;
        }
        renews.push(model.retention(renewals));
        stays.push(kept);
        expected.push(sum);
    }
    let names = (0..table.left.len()).map(|renewals| format!("renewed {renewals}"));
    Ok(Table {
        title: title(&file.fitted.model).to_owned(),
        head: head(args, file, None),
        rows: table.left.len(),
        names: Names::Listed(names.collect()),
        columns: vec![
            ("p_renew", Figures::Rows(renews)),
            ("p_alive", Figures::Rows(stays)),
            ("expected_purchases", Figures::Rows(expected)),
        ],
        notes: vec!["p_alive is the chance to be there still at the horizon, expected_purchases the renewals until then".to_owned()],
    })
}

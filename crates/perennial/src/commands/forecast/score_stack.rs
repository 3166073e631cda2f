//! `forecast score` with a stack: what it says of each customer, beside the purchase model, and why.

use std::fmt::Write as _;

use perennial_forecast::Unit;
use perennial_forecast::stack::{Driver, Evidence, PURCHASE_MODELS, Stack};

use super::base::{Base, unit_name};
use super::fitted::title;
use super::kept_stack::KeptStack;
use super::model_file::ModelFile;
use super::score_table::Figures;
use super::{refused, stacked};
use crate::args::ForecastScore;
use crate::failure::Failure;

/// Drivers that are told of a customer.
const DRIVERS: usize = 3;
/// Factors nearer to 1 than this are not worth a word.
const LEAST_MOVED: f64 = 0.005;
/// Most customers whose drivers are told at once: Shapley values cost a millisecond or so each.
const MAX_WHY: usize = 100_000;

/// What a stack adds to the answer of its purchase model.
pub struct Stacked {
    /// Purchases within the horizon.
    pub expected: Vec<f64>,
    /// The chance that she buys within the horizon, and the risk that she does not.
    pub buys: Vec<f64>,
    pub churn_risk: Vec<f64>,
    /// What moved each forecast, where that was asked.
    pub why: Option<Vec<String>>,
    /// What to know of these columns.
    pub note: String,
}

/// How far ahead is asked, in the file's unit: of a stack its own horizon.
///
/// # Errors
/// A question that does not fit the file: another horizon than the stack's, none of another model, `--why` of one.
pub fn horizon(args: &ForecastScore, file: &ModelFile) -> Result<f64, Failure> {
    let unit = unit_name(file.unit());
    let Some(kept) = &file.stack else {
        if args.why {
            return Err(Failure::usage(
                "--why: only a stack tells what moved its forecasts; fit one with --model stack, or leave --why out",
            ));
        }
        return args.horizon.ok_or_else(|| {
            Failure::usage(format!(
                "--horizon N is missing: how many {unit}s ahead is asked"
            ))
        });
    };
    if args.from.summary.is_some() {
        return Err(Failure::usage(
            "a stack is asked about orders with their dates: --input FILE, or --out DIR of a run",
        ));
    }
    let horizon = args.horizon.unwrap_or(kept.horizon);
    if stacked::days(horizon, file.unit())? != kept.horizon_days {
        return Err(Failure::usage(format!(
            "--horizon {horizon}: the stack learned what customers do in {} {unit}s and knows no other horizon; leave --horizon out, or fit it with --horizon {horizon}",
            kept.horizon
        )));
    }
    Ok(horizon)
}

/// Asks the stack of a file about everybody of a base, in their order.
///
/// # Errors
/// A damaged stack, and orders without dates.
pub fn ask(
    args: &ForecastScore,
    file: &ModelFile,
    kept: &KeptStack,
    base: &Base,
) -> Result<Stacked, Failure> {
    let stack = kept.stack()?;
    let (Some(orders), Some(until)) = (&base.orders, base.about.until) else {
        return Err(Failure::failed("no orders are there"));
    };
    let unit: Unit = base.about.unit;
    let known = |(number, one): (usize, perennial_forecast::OrdersOf<'_>)| {
        one.purchases(until, unit).map(|_| number as u32)
    };
    let customers: Vec<u32> = orders.each().enumerate().filter_map(known).collect();
    let models = kept.purchase_models()?.into_iter();
    let models: Vec<_> = models.map(|model| (model, unit)).collect();
    let days = kept.horizon_days;
    let evidence = Evidence::of(orders, &customers, until, days, &models, None).map_err(refused)?;
    let said = stack.score(&evidence).map_err(refused)?;
    let why = match args.why {
        true => Some(why(&stack, &evidence)?),
        false => None,
    };
    let name = title(&file.fitted.model);
    Ok(Stacked {
        churn_risk: said.buys.iter().map(|one| 1.0 - one).collect(),
        expected: said.expected,
        buys: said.buys,
        why,
        note: format!(
            "expected_purchases, p_buys and churn_risk (the chance that she buys nothing within the horizon) are the stack's; p_alive, model_expected and all that is worth money are those of {name}, and low and high hold what {name} expects in 90 of 100 cases: the stack has no interval of its own"
        ),
    })
}

/// What moved each customer's forecast, in words.
fn why(stack: &Stack, evidence: &Evidence) -> Result<Vec<String>, Failure> {
    let customers = evidence.customers();
    if customers > MAX_WHY {
        return Err(Failure::failed(format!(
            "--why: {customers} customers, at most {MAX_WHY} are explained at once; leave --why out, or give the orders of fewer customers"
        )));
    }
    let each = (0..customers).map(|row| told(&stack.drivers(evidence, row, DRIVERS)));
    Ok(each.collect())
}

/// Drivers by name with the factor that each moved the forecast by.
fn told(drivers: &[Driver]) -> String {
    let mut text = String::new();
    for driver in drivers.iter().filter(|one| one.moved.abs() >= LEAST_MOVED) {
        let comma = if text.is_empty() { "" } else { ", " };
        let value = match driver.value {
            Some(value) => format!(" {}", (value * 100.0).round() / 100.0),
            None if driver.name == PURCHASE_MODELS => String::new(),
            None => " not known".to_owned(),
        };
        let factor = driver.moved.exp();
        // Text takes whatever is written.
        let _ = write!(text, "{comma}{}{value} (x {factor:.2})", driver.words);
    }
    text
}

impl Stacked {
    /// The columns of the answer: the stack's beside the purchase model's.
    pub fn columns(self, columns: &mut Vec<(&'static str, Figures)>) {
        if let Some(at) = columns
            .iter()
            .position(|(name, _)| *name == "expected_purchases")
        {
            let own = Figures::Rows(self.expected);
            let model = std::mem::replace(&mut columns[at].1, own);
            let more = [
                ("p_buys", Figures::Rows(self.buys)),
                ("churn_risk", Figures::Rows(self.churn_risk)),
                ("model_expected", model),
            ];
            columns.splice(at + 1..at + 1, more);
        }
        if let Some(why) = self.why {
            columns.push(("why", Figures::Words(why)));
        }
    }
}

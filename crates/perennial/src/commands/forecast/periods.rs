//! `forecast score` of models that count in periods: donors by BG/BB, contracts by shifted beta-geometric.

use std::collections::BTreeMap;

use perennial_forecast::{
    BgBb, ContractScore, DonorScore, FittedPeriods, Interval, Model, ShiftedBetaGeometric, Total,
};
use serde_json::{Value, json};

use super::base::Names;
use super::fitted::{Fitted, title};
use super::model_file::ModelFile;
use super::refused;
use super::score::{asked, head};
use super::score_table::{Figures, Table};
use super::summary::{DonationRows, Survivors};
use crate::args::ForecastScore;
use crate::failure::Failure;

/// Most periods that are looked ahead.
const MAX_AHEAD: f64 = 10_000.0;

/// The horizon in whole periods.
fn ahead(horizon: f64, who: &str) -> Result<u32, Failure> {
    if horizon.fract() != 0.0 || horizon > MAX_AHEAD {
        return Err(Failure::usage(format!(
            "--horizon {horizon}: {who} whole periods ahead, at most {MAX_AHEAD}"
        )));
    }
    Ok(horizon as u32)
}

/// The model of a file, with the errors of its parameters.
fn fitted<M: Model<N>, const N: usize>(fitted: &Fitted) -> Result<FittedPeriods<M>, Failure> {
    let values = M::NAMES.map(|name| fitted.value(name).unwrap_or(f64::NAN));
    let model = M::of(values).map_err(refused)?;
    Ok(FittedPeriods::new(model, &fitted.covariance))
}

/// A sum and its ends.
fn json_of(total: &Total) -> Value {
    let Interval { low, high } = total.interval;
    json!({ "expected": total.expected, "low": low, "high": high })
}

/// The same for people.
fn told(total: &Total) -> String {
    let (mean, ends) = (total.expected, total.interval);
    format!("{mean:.0} (90 of 100 cases: {} to {})", ends.low, ends.high)
}

/// Scores donors.
///
/// # Errors
/// Wrong usage, and what cannot be read.
pub fn donations(args: &ForecastScore, file: &ModelFile, horizon: f64) -> Result<Table, Failure> {
    let Some(summary) = &args.from.summary else {
        return Err(Failure::usage(
            "the model is BG/BB: --summary FILE with the columns x, t_x, n says whom to ask about",
        ));
    };
    let fitted: FittedPeriods<BgBb> = fitted(&file.fitted)?;
    let rows = DonationRows::read(summary, asked(&args.from, file, false)?)?;
    let periods = ahead(horizon, "BG/BB looks ahead")?;
    let groups = rows.grouped();
    let scores = groups.keys().map(|one| (*one, fitted.score(one, periods)));
    let scores: BTreeMap<_, DonorScore> = scores.collect();
    let column = |of: fn(&DonorScore) -> f64| {
        // A row that stands for nobody is in no group.
        let each = rows.rows.iter().map(|(one, _)| match scores.get(one) {
            Some(score) => of(score),
            None => of(&fitted.score(one, periods)),
        });
        Figures::Rows(each.collect())
    };
    let mut columns = vec![
        ("p_alive", column(|one| one.alive)),
        ("expected_purchases", column(|one| one.expected)),
        ("low", column(|one| one.interval.low)),
        ("high", column(|one| one.interval.high)),
    ];
    if let Some(rate) = args.discount_annual {
        // The discount is one of periods here: what a period is nobody says.
        let model = fitted.model();
        let present = rows
            .rows
            .iter()
            .map(|(one, _)| model.present_purchases(one, rate));
        let present: Result<Vec<f64>, _> = present.collect();
        columns.push(("dert", Figures::Rows(present.map_err(refused)?)));
    }
    let customers: u64 = groups.values().sum();
    let total = fitted.total(&groups, periods);
    let mut about = head(horizon, file, None);
    about.push(("total", json_of(&total)));
    Ok(Table {
        title: title(&file.fitted.model).to_owned(),
        head: about,
        rows: rows.rows.len(),
        names: rows.names,
        columns,
        notes: vec![format!(
            "all {customers} customers together: {} purchases",
            told(&total)
        )],
    })
}

/// For each number of renewals so far: whether the next comes, and how many come within the horizon.
///
/// # Errors
/// Wrong usage, and what cannot be read.
pub fn contracts(args: &ForecastScore, file: &ModelFile, horizon: f64) -> Result<Table, Failure> {
    let Some(summary) = &args.from.summary else {
        return Err(Failure::usage(
            "the model is one of contracts: --summary FILE with the columns period, survivors says whom to ask about",
        ));
    };
    let fitted: FittedPeriods<ShiftedBetaGeometric> = fitted(&file.fitted)?;
    let table = Survivors::read(summary, asked(&args.from, file, false)?)?;
    let periods = ahead(horizon, "contracts are renewed")?;
    let rows = table.left.len();
    let scores = (0..rows as u32).map(|renewals| fitted.score(renewals, periods));
    let scores: Vec<ContractScore> = scores.collect();
    let column = |of: fn(&ContractScore) -> f64| Figures::Rows(scores.iter().map(of).collect());
    let mut about = head(horizon, file, None);
    let mut notes = vec!["p_alive is the chance to be there still at the horizon, expected_purchases the renewals until then".to_owned()];
    // The last row tells of today, those before it of other days.
    if let Some((renewals, now)) = table.left.iter().enumerate().next_back() {
        let renewals = renewals as u32;
        let left = fitted.left(*now, renewals, periods);
        let renewed = fitted.renewed(*now, renewals, periods);
        about.push(("left", json_of(&left)));
        about.push(("renewals", json_of(&renewed)));
        notes.push(format!(
            "of the {now} contracts that were renewed {renewals} times, still there at the horizon: {}; renewals until then: {}",
            told(&left),
            told(&renewed),
        ));
    }
    let names = (0..rows).map(|renewals| format!("renewed {renewals}"));
    Ok(Table {
        title: title(&file.fitted.model).to_owned(),
        head: about,
        rows,
        names: Names::Listed(names.collect()),
        columns: vec![
            ("p_renew", column(|one| one.renews)),
            ("p_renew_low", column(|one| one.renews_interval.low)),
            ("p_renew_high", column(|one| one.renews_interval.high)),
            ("p_alive", column(|one| one.stays)),
            ("expected_purchases", column(|one| one.expected)),
            ("low", column(|one| one.interval.low)),
            ("high", column(|one| one.interval.high)),
        ],
        notes,
    })
}

//! `forecast backtest`: what models would have said at earlier days, against what came.

use perennial_forecast::judge::{Decile, Measure};
use perennial_forecast::{Horizon, PurchaseModel, Unit};
use serde_json::{Map, Value, json};

use super::base::{Asked, date_of, read, unit_name, unit_of};
use super::fitted::title;
use super::origins::{Backtest, Judged, NAIVE, Told};
use super::refused;
use crate::answer::{Answer, Cell, hidden, shown};
use crate::args::ForecastBacktest;
use crate::failure::Failure;

/// Most days that forecasts are made at.
const MAX_ORIGINS: u32 = 52;
/// What all origins together are called.
const ALL: &str = "all";

/// How good a forecast was at an origin, or at all of them.
struct Row {
    origin: String,
    model: String,
    judged: Judged,
}

/// # Errors
/// Wrong usage, orders that cannot be read, and too short a history.
pub fn backtest(args: &ForecastBacktest) -> Result<(), Failure> {
    let horizon = Horizon::new(args.horizon).map_err(refused)?;
    if !(1..=MAX_ORIGINS).contains(&args.origins) || args.horizon <= 0.0 {
        return Err(Failure::usage(format!(
            "--origins from 1 to {MAX_ORIGINS} and a --horizon of more than 0 make a back-test"
        )));
    }
    let asked = Asked {
        unit: args.from.unit.map_or(Unit::Week, unit_of),
        keep_orders: true,
        until: None,
    };
    if args.from.summary.is_some() {
        return Err(Failure::usage(
            "a back-test needs orders with their dates: --input FILE, or --out DIR of a run",
        ));
    }
    let base = read(&args.from, asked)?;
    let test = Backtest::of(&base, horizon)?;
    let mut judged = Vec::new();
    let mut pooled: Vec<(String, Told)> = Vec::new();
    let mut notes = base.about.warnings.clone();
    for day in test.days(args.origins)? {
        let origin = test.origin(day)?;
        for name in names(args) {
            let told = match origin.ask(&name, &mut notes) {
                Ok(told) => told,
                Err(error) => {
                    notes.push(format!("{name} at {}: {}", date_of(day), error.message));
                    continue;
                }
            };
            judged.push(Row::of(date_of(day), &name, &told)?);
            match pooled.iter_mut().find(|(own, _)| *own == name) {
                Some((_, all)) => all.add(told),
                None => pooled.push((name, told)),
            }
        }
    }
    if judged.iter().all(Row::is_naive) {
        let why = notes.join("; ");
        return Err(Failure::failed(format!(
            "no model could be fitted at any of the days: {why}"
        )));
    }
    let mut deciles = Map::new();
    for (name, told) in &pooled {
        let one = Row::of(ALL.to_owned(), name, told)?;
        deciles.insert(name.clone(), decile_rows(&one.judged.trial.deciles()));
        judged.push(one);
    }
    notes.extend(told(&judged));
    let head = vec![
        ("horizon", json!(args.horizon)),
        ("unit", json!(unit_name(base.about.unit))),
        ("until", json!(date_of(test.until))),
        ("deciles", Value::Object(deciles)),
    ];
    answer(&judged, head, notes).show(&args.show)
}

/// The forecasts that are compared, each once.
fn names(args: &ForecastBacktest) -> Vec<String> {
    let mut names: Vec<String> = match args.model.is_empty() {
        true => PurchaseModel::NAMES.map(str::to_owned).to_vec(),
        false => args.model.iter().map(|one| one.name().to_owned()).collect(),
    };
    names.extend(NAIVE.map(str::to_owned));
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

impl Row {
    fn of(origin: String, model: &str, told: &Told) -> Result<Self, Failure> {
        Ok(Self {
            origin,
            model: model.to_owned(),
            judged: told.judged()?,
        })
    }

    fn is_naive(&self) -> bool {
        NAIVE.contains(&self.model.as_str())
    }
}

fn decile_rows(deciles: &[Decile]) -> Value {
    let row = |one: &Decile| json!({"customers": one.customers, "forecast": one.forecast, "came": one.came});
    deciles.iter().map(row).collect()
}

/// One sentence: the best model, beside the best forecast that needs none.
fn told(judged: &[Row]) -> Option<String> {
    let deviance = |one: &&Row| one.judged.trial.figures().deviance;
    let all = || judged.iter().filter(|one| one.origin == ALL);
    let least = |a: &&Row, b: &&Row| deviance(a).total_cmp(&deviance(b));
    let best = all().filter(|one| !one.is_naive()).min_by(least)?;
    let naive = all().filter(|one| one.is_naive()).min_by(least)?;
    let figures = best.judged.trial.figures();
    let bias = figures.bias.map_or(String::new(), |bias| {
        format!("; {:+.1} % in all", 100.0 * bias)
    });
    let less = 100.0 * (1.0 - figures.deviance / deviance(&naive));
    Some(format!(
        "{} forecasts best: its Poisson deviance is {less:.0} % below that of {}{bias}",
        title(&best.model),
        title(&naive.model)
    ))
}

fn answer(judged: &[Row], head: Vec<(&'static str, Value)>, notes: Vec<String>) -> Answer {
    let mut columns = vec![
        shown("origin"),
        shown("model"),
        shown("customers"),
        hidden("forecast"),
        shown("came"),
    ];
    columns.extend(Measure::ALL.map(|measure| match measure {
        Measure::Deviance | Measure::Mae => hidden(measure.name()),
        _ => shown(measure.name()),
    }));
    columns.push(shown("coverage"));
    let number = |value: Option<f64>| value.map_or(Cell::Null, Cell::Fraction);
    let row = |one: &Row| {
        let figures = one.judged.trial.figures();
        let mut row = vec![
            Cell::Text(one.origin.clone()),
            Cell::Text(one.model.clone()),
            Cell::Whole(figures.customers as i64),
            Cell::Fraction(figures.forecast),
            Cell::Whole(figures.came as i64),
        ];
        row.extend(Measure::ALL.map(|measure| number(figures.get(measure))));
        row.push(number(one.judged.coverage));
        row
    };
    Answer {
        head,
        list: "figures",
        columns,
        rows: judged.iter().map(row).collect(),
        notes,
        json: None,
    }
}

//! `forecast backtest`: what models would have said at earlier days, against what came.

use std::collections::HashMap;

use perennial_forecast::judge::{
    Beyond, Decile, Measure, Trial, coverage_by_chance, past_rate, two_gaps,
};
use perennial_forecast::{CountModel, Groups, Horizon, Orders, PurchaseModel, Purchases, Unit};
use serde_json::{Map, Value, json};

use super::base::{About, Asked, Base, date_of, read, unit_name, unit_of};
use super::choose::choose;
use super::fitted::title;
use super::log::of_orders;
use super::{refused, stacked};
use crate::answer::{Answer, Cell, hidden, shown};
use crate::args::ForecastBacktest;
use crate::failure::Failure;

/// Most days that forecasts are made at.
const MAX_ORIGINS: u32 = 52;
/// The share of cases that intervals are made for.
const SHARE: f64 = 0.9;
/// The forecasts that need no model.
const NAIVE: [&str; 2] = ["past_rate", "two_gaps"];
/// What all origins together are called.
const ALL: &str = "all";

/// What was forecast for customers, and what came.
#[derive(Clone, Default)]
struct Told {
    forecast: Vec<f64>,
    came: Vec<f64>,
    /// The chances that they buy again; empty of forecasts that say none.
    chances: Vec<f64>,
    beyond: Vec<Beyond>,
}

/// A day at which forecasts are made.
struct Origin {
    day: i32,
    purchases: Vec<Purchases>,
    came: Vec<f64>,
    groups: Groups,
    of: Vec<u32>,
}

/// How good a forecast was at an origin, or at all of them.
struct Judged {
    origin: String,
    model: String,
    trial: Trial,
    coverage: Option<f64>,
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
    let (Some(orders), Some(until)) = (&base.orders, base.about.until) else {
        return Err(Failure::failed("no orders are there"));
    };
    let days = origins(orders, until, args, base.about.unit)?;
    let mut judged = Vec::new();
    let mut pooled: Vec<(String, Told)> = Vec::new();
    let mut notes = base.about.warnings.clone();
    for day in days {
        let origin = Origin::new(orders, day, until, horizon, base.about.unit)?;
        for name in names(args) {
            let told = match origin.ask(&name, orders, horizon, &base.about, &mut notes) {
                Ok(told) => told,
                Err(error) => {
                    notes.push(format!("{name} at {}: {}", date_of(day), error.message));
                    continue;
                }
            };
            judged.push(judge(date_of(day), &name, &told)?);
            match pooled.iter_mut().find(|(own, _)| *own == name) {
                Some((_, all)) => all.add(told),
                None => pooled.push((name, told)),
            }
        }
    }
    if judged.iter().all(|one| NAIVE.contains(&one.model.as_str())) {
        let why = notes.join("; ");
        return Err(Failure::failed(format!(
            "no model could be fitted at any of the days: {why}"
        )));
    }
    let mut deciles = Map::new();
    for (name, told) in &pooled {
        let one = judge(ALL.to_owned(), name, told)?;
        deciles.insert(name.clone(), decile_rows(&one.trial.deciles()));
        judged.push(one);
    }
    notes.extend(told(&judged));
    let head = vec![
        ("horizon", json!(args.horizon)),
        ("unit", json!(unit_name(base.about.unit))),
        ("until", json!(date_of(until))),
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

/// The days at which forecasts are made: a horizon apart, or less where history is short.
fn origins(
    orders: &Orders,
    until: i32,
    args: &ForecastBacktest,
    unit: Unit,
) -> Result<Vec<i32>, Failure> {
    let first = orders.span().map_or(until, |span| span.0);
    let length = (args.horizon * unit.days()).round().max(1.0);
    let span = f64::from(until - first);
    let last = span - length;
    // Before the first of them there must be something to learn from.
    let earliest = (span / 4.0).max(length / 2.0).min(last);
    let steps = f64::from(args.origins - 1);
    let step = match steps > 0.0 {
        true => ((last - earliest) / steps).min(length),
        false => 0.0,
    };
    if last < length / 2.0 || last < 1.0 || (steps > 0.0 && step < 1.0) {
        return Err(Failure::failed(format!(
            "the orders from {} to {} are too few days for {} forecasts of {} {}s: ask for a shorter --horizon or fewer --origins",
            date_of(first),
            date_of(until),
            args.origins,
            args.horizon,
            unit_name(unit)
        )));
    }
    let day = |at: u32| first + (last - step * f64::from(at)).round() as i32;
    Ok((0..args.origins).rev().map(day).collect())
}

impl Origin {
    fn new(
        orders: &Orders,
        day: i32,
        until: i32,
        horizon: Horizon,
        unit: Unit,
    ) -> Result<Self, Failure> {
        let end = day + (horizon.span() * unit.days()).round() as i32;
        let (mut purchases, mut came, mut ln_gaps) = (Vec::new(), Vec::new(), 0.0);
        for one in orders.each() {
            if let Some(known) = one.purchases(day, unit) {
                ln_gaps += if known.x() > 0 {
                    one.ln_gaps(day, unit)
                } else {
                    0.0
                };
                purchases.push(known);
                came.push(one.until(end.min(until)).after(day).days.len() as f64);
            }
        }
        let (groups, of) = Groups::of(&purchases);
        Ok(Self {
            day,
            purchases,
            came,
            groups: groups.with_gaps(ln_gaps).map_err(refused)?,
            of,
        })
    }

    /// What a forecast says of everybody, from what was known on the day.
    fn ask(
        &self,
        name: &str,
        orders: &Orders,
        horizon: Horizon,
        about: &About,
        notes: &mut Vec<String>,
    ) -> Result<Told, Failure> {
        let naive = match name {
            "past_rate" => Some(past_rate as fn(&Purchases, Horizon) -> f64),
            "two_gaps" => Some(two_gaps as fn(&Purchases, Horizon) -> f64),
            _ => None,
        };
        if let Some(naive) = naive {
            let forecast = self.purchases.iter().map(|one| naive(one, horizon));
            return Ok(Told {
                forecast: forecast.collect(),
                came: self.came.clone(),
                ..Told::default()
            });
        }
        if name == "stack" {
            let days = (horizon.span() * about.unit.days()).round() as i32;
            match stacked::forecasts(orders, self.day, days, about.unit) {
                Ok(said) => {
                    return Ok(Told {
                        forecast: said.expected,
                        chances: said.buys,
                        came: self.came.clone(),
                        ..Told::default()
                    });
                }
                Err(error) => notes.push(format!(
                    "the stack at {}: too little to learn from in the horizon before, so the chosen model stands in ({})",
                    date_of(self.day),
                    error.message
                )),
            }
        }
        let chosen = match name {
            "auto" | "stack" => self.chosen(orders, about)?,
            name => name.to_owned(),
        };
        let model = PurchaseModel::fit(&chosen, &self.groups)
            .map_err(refused)?
            .model;
        Ok(self.of_model(&model, horizon))
    }

    /// The model that the program would have chosen on the day.
    fn chosen(&self, orders: &Orders, about: &About) -> Result<String, Failure> {
        let about = About {
            until: Some(self.day),
            ..about.clone()
        };
        let unit = about.unit;
        let mut base: Base = of_orders(orders, self.day, unit, false, about);
        base.orders = Some(orders.clone());
        let choice = choose(&base, &self.groups);
        let best = choice.and_then(|choice| Some(choice.models.first()?.model.clone()));
        best.ok_or_else(|| Failure::failed("no model could be fitted"))
    }

    fn of_model(&self, model: &PurchaseModel, horizon: Horizon) -> Told {
        let known = self.groups.purchases();
        let alive: Vec<f64> = known.iter().map(|one| model.alive(one)).collect();
        let at_least = |group: usize, count: f64| match count < 1.0 {
            true => 1.0,
            false => {
                let chance = model.at_least_if_alive(&known[group], count, horizon);
                (alive[group] * chance).clamp(0.0, 1.0)
            }
        };
        let expected: Vec<f64> = known
            .iter()
            .map(|one| model.expected(one, horizon))
            .collect();
        let again: Vec<f64> = (0..known.len()).map(|group| at_least(group, 1.0)).collect();
        let mut known_beyond: HashMap<(u32, u64), Beyond> = HashMap::new();
        let beyond = self.of.iter().zip(&self.came).map(|(group, came)| {
            *known_beyond
                .entry((*group, *came as u64))
                .or_insert_with(|| Beyond {
                    at_least: at_least(*group as usize, *came),
                    more: at_least(*group as usize, came + 1.0),
                })
        });
        let beyond = beyond.collect();
        let of = |values: &[f64]| {
            self.of
                .iter()
                .map(|group| values[*group as usize])
                .collect()
        };
        Told {
            forecast: of(&expected),
            chances: of(&again),
            came: self.came.clone(),
            beyond,
        }
    }
}

impl Told {
    fn add(&mut self, other: Self) {
        self.forecast.extend(other.forecast);
        self.came.extend(other.came);
        self.chances.extend(other.chances);
        self.beyond.extend(other.beyond);
    }
}

fn judge(origin: String, model: &str, told: &Told) -> Result<Judged, Failure> {
    let chances = (!told.chances.is_empty()).then_some(&told.chances[..]);
    let trial = Trial::new(&told.forecast, &told.came, chances).map_err(refused)?;
    // Of a stack that a model stood in for at some days only, no coverage is told.
    let coverage = match told.beyond.len() < told.came.len() {
        true => None,
        false => Some(
            coverage_by_chance(&told.beyond, SHARE, false)
                .map_err(refused)?
                .inside,
        ),
    };
    Ok(Judged {
        origin,
        model: model.to_owned(),
        trial,
        coverage,
    })
}

fn decile_rows(deciles: &[Decile]) -> Value {
    let row = |one: &Decile| json!({"customers": one.customers, "forecast": one.forecast, "came": one.came});
    deciles.iter().map(row).collect()
}

/// One sentence: the best model, beside the best forecast that needs none.
fn told(judged: &[Judged]) -> Option<String> {
    let deviance = |one: &&Judged| one.trial.figures().deviance;
    let all = || judged.iter().filter(|one| one.origin == ALL);
    let is_naive = |one: &&Judged| NAIVE.contains(&one.model.as_str());
    let least = |a: &&Judged, b: &&Judged| deviance(a).total_cmp(&deviance(b));
    let best = all().filter(|one| !is_naive(one)).min_by(least)?;
    let naive = all().filter(is_naive).min_by(least)?;
    let figures = best.trial.figures();
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

fn answer(judged: &[Judged], head: Vec<(&'static str, Value)>, notes: Vec<String>) -> Answer {
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
    let row = |one: &Judged| {
        let figures = one.trial.figures();
        let mut row = vec![
            Cell::Text(one.origin.clone()),
            Cell::Text(one.model.clone()),
            Cell::Whole(figures.customers as i64),
            Cell::Fraction(figures.forecast),
            Cell::Whole(figures.came as i64),
        ];
        row.extend(Measure::ALL.map(|measure| number(figures.get(measure))));
        row.push(number(one.coverage));
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

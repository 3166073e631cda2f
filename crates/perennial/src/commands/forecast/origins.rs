//! Forecasts from earlier days, each made of what was known then, against what came: the rolling back-test.

use perennial_forecast::judge::{Beyond, Coverage, Figures, Trial, coverage_by_chance, past_rate};
use perennial_forecast::{CountModel, Horizon, Orders};

use super::base::Base;
use super::log::of_orders;
use super::outlook::{Outlook, Total, outlook, repeaters};

/// Part of outcomes that intervals are to hold.
const SHARE: f64 = 0.9;

/// One of these forecasts.
pub struct Origin {
    /// The last day that was known.
    pub from: i32,
    /// The last day that it was about.
    pub to: i32,
    /// Purchases forecast in all.
    pub purchases: Total,
    /// How good it was, by purchases.
    pub figures: Figures,
    /// The same of the naive rule: everybody goes on at her past rate.
    pub naive: Figures,
    /// What part of outcomes lay in their ranges, by the parts of their chances.
    pub coverage: Coverage,
}

/// As many origins as there are, the oldest first; those whose past is too thin are left out.
pub fn origins(
    base: &Base,
    orders: &Orders,
    span_days: i32,
    horizon: Horizon,
    count: i32,
    fewest: usize,
) -> Vec<Origin> {
    let Some(until) = base.about.until else {
        return Vec::new();
    };
    let days = (1..=count).rev().map(|back| until - back * span_days);
    days.filter_map(|from| origin(base, orders, (from, from + span_days), horizon, fewest))
        .collect()
}

fn origin(
    base: &Base,
    orders: &Orders,
    (from, to): (i32, i32),
    horizon: Horizon,
    fewest: usize,
) -> Option<Origin> {
    let mut about = base.about.clone();
    about.until = Some(from);
    // What orders are worth is not asked here.
    let mut known = of_orders(orders, from, base.about.unit, false, about);
    if repeaters(&known) < fewest {
        return None;
    }
    known.orders = Some(orders.clone());
    let told = outlook(&known, horizon).ok()?;
    let came = orders.each();
    let came = came.filter(|one| one.purchases(from, known.about.unit).is_some());
    let came: Vec<f64> = came
        .map(|one| one.until(to).after(from).days.len() as f64)
        .collect();
    let each =
        |of: &dyn Fn(usize) -> f64| -> Vec<f64> { (0..known.purchases.len()).map(of).collect() };
    let group = |at: usize| told.scores.groups[told.scores.of[at] as usize];
    let forecast = each(&|at| group(at).expected);
    let naive = each(&|at| past_rate(&known.purchases[at], horizon));
    let more = |at: usize, count: f64| more(&told, &known, at, count, horizon);
    let buys = each(&|at| more(at, 1.0));
    let beyond: Vec<Beyond> = came
        .iter()
        .enumerate()
        .map(|(at, came)| Beyond {
            at_least: more(at, *came),
            more: more(at, came + 1.0),
        })
        .collect();
    Some(Origin {
        from,
        to,
        purchases: told.purchases,
        figures: Trial::new(&forecast, &came, Some(&buys)).ok()?.figures(),
        naive: Trial::new(&naive, &came, None).ok()?.figures(),
        coverage: coverage_by_chance(&beyond, SHARE, false).ok()?,
    })
}

/// The chance of so many purchases or more.
fn more(told: &Outlook, known: &Base, at: usize, count: f64, horizon: Horizon) -> f64 {
    if count <= 0.0 {
        return 1.0;
    }
    let alive = told.scores.groups[told.scores.of[at] as usize].alive;
    let model = told.model.model();
    let chance = alive * model.at_least_if_alive(&known.purchases[at], count, horizon);
    chance.clamp(0.0, 1.0)
}

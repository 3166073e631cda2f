//! The stack: learned from a horizon that is over, asked about the next one, and judged by the last.

use perennial_forecast::judge::Trial;
use perennial_forecast::stack::{Evidence, Forecasts, Outcomes, Stack};
use perennial_forecast::{Groups, Orders, PurchaseModel, Unit};

use super::base::{Base, date_of, unit_name};
use super::choose::{Candidate, Choice};
use super::fitted::title;
use super::kept_stack::{AboutStack, KeptStack};
use super::refused;
use crate::failure::Failure;

/// What the stack is called in model files and answers.
pub const STACK: &str = "stack";
/// The seed of what the stack draws: the same data give the same forecasts.
const SEED: u64 = 1;
/// Drivers of all customers that are kept.
const DRIVERS: usize = 8;

/// Everybody with an order by the end of a day, and the models fitted to them.
struct Known {
    customers: Vec<u32>,
    models: Vec<PurchaseModel>,
}

impl Known {
    fn of(orders: &Orders, day: i32, unit: Unit) -> Result<Self, Failure> {
        let (mut customers, mut purchases, mut ln_gaps) = (Vec::new(), Vec::new(), 0.0);
        for (number, one) in orders.each().enumerate() {
            if let Some(known) = one.purchases(day, unit) {
                customers.push(number as u32);
                ln_gaps += if known.x() > 0 {
                    one.ln_gaps(day, unit)
                } else {
                    0.0
                };
                purchases.push(known);
            }
        }
        let groups = Groups::of(&purchases)
            .0
            .with_gaps(ln_gaps)
            .map_err(refused)?;
        let fit = |name: &&str| PurchaseModel::fit(name, &groups).ok();
        let models = PurchaseModel::NAMES.iter().filter_map(fit);
        Ok(Self {
            models: models.map(|fit| fit.model).collect(),
            customers,
        })
    }

    fn evidence(
        &self,
        orders: &Orders,
        (day, days): (i32, i32),
        unit: Unit,
    ) -> Result<Evidence, Failure> {
        let models: Vec<(PurchaseModel, Unit)> = self
            .models
            .iter()
            .map(|model| (model.clone(), unit))
            .collect();
        Evidence::of(orders, &self.customers, day, days, &models, None).map_err(refused)
    }
}

/// A stack and what it was learned from.
struct Learned {
    stack: Stack,
    /// What it said of each customer before it knew what came of her.
    unseen: Forecasts,
    evidence: Evidence,
    came: Outcomes,
    /// Everybody on the day that it is to be asked about.
    now: Known,
}

impl Learned {
    /// Learns from the horizon that ends with a day.
    fn at(orders: &Orders, day: i32, days: i32, unit: Unit) -> Result<Self, Failure> {
        let mut before = Known::of(orders, day.saturating_sub(days), unit)?;
        let from = (day.saturating_sub(days), days);
        let came = Outcomes::of(orders, &before.customers, from.0, days).map_err(refused)?;
        Stack::enough(&came.orders).map_err(refused)?;
        let mut now = Known::of(orders, day, unit)?;
        // Only models that could be fitted on both days: the stack knows them by name.
        let names = |known: &Known| -> Vec<&'static str> {
            known.models.iter().map(PurchaseModel::name).collect()
        };
        let (then, later) = (names(&before), names(&now));
        before.models.retain(|model| later.contains(&model.name()));
        now.models.retain(|model| then.contains(&model.name()));
        let evidence = before.evidence(orders, from, unit)?;
        let (stack, unseen) = Stack::fit(&evidence, &came, SEED).map_err(refused)?;
        Ok(Self {
            stack,
            unseen,
            evidence,
            came,
            now,
        })
    }
}

/// What the stack says on a day of everybody with an order by then, in their order.
///
/// # Errors
/// Too little to learn from in the horizon before.
pub fn forecasts(orders: &Orders, day: i32, days: i32, unit: Unit) -> Result<Forecasts, Failure> {
    let learned = Learned::at(orders, day, days, unit)?;
    let asked = learned.now.evidence(orders, (day, days), unit)?;
    learned.stack.score(&asked).map_err(refused)
}

/// A stack to be kept, and how good it was.
pub struct Fresh {
    /// The stack.
    pub kept: KeptStack,
    /// What it and the purchase models would have said of the last horizon, the best first.
    pub choice: Choice,
    /// Whether it was learned before what it is judged by, and forecast better than each purchase model.
    pub is_better: bool,
}

/// Learns a stack from the last horizon of a base, and judges it.
///
/// # Errors
/// Too little to learn from.
pub fn learn(base: &Base, horizon: f64) -> Result<Fresh, Failure> {
    let unit = base.about.unit;
    let (Some(orders), Some(until)) = (&base.orders, base.about.until) else {
        return Err(Failure::usage(
            "--model stack needs orders with their dates: --input FILE, or --out DIR of a run",
        ));
    };
    let days = days(horizon, unit)?;
    let learned = Learned::at(orders, until, days, unit)?;
    let from = until.saturating_sub(days);
    // Where history is long enough, it is judged by a time that it knows nothing of.
    let earlier = forecasts(orders, from, days, unit).ok();
    let is_later = earlier.is_some();
    let said = earlier.as_ref().unwrap_or(&learned.unseen);
    let choice = judged(&learned, said, (horizon, unit), is_later)?;
    let kept = KeptStack::of(
        &learned.stack,
        AboutStack {
            horizon,
            horizon_days: days,
            learned_at: date_of(from),
            of_customers: learned.evidence.customers() as u64,
            models: &learned.now.models,
            drivers: learned.stack.overall(&learned.evidence, DRIVERS),
        },
    );
    Ok(Fresh {
        kept,
        is_better: is_later && choice.models.first().is_some_and(|one| one.model == STACK),
        choice,
    })
}

/// A horizon in whole days.
///
/// # Errors
/// A horizon of less than a day, or none that can be.
pub fn days(horizon: f64, unit: Unit) -> Result<i32, Failure> {
    let days = (horizon * unit.days()).round();
    match (1.0..=36_525.0).contains(&days) {
        true => Ok(days as i32),
        false => Err(Failure::usage(format!(
            "--horizon {horizon}: a stack looks from 1 day to 100 years ahead"
        ))),
    }
}

/// The stack and the purchase models by what came in the last horizon.
fn judged(
    learned: &Learned,
    said: &Forecasts,
    (horizon, unit): (f64, Unit),
    is_later: bool,
) -> Result<Choice, Failure> {
    let came = &learned.came.orders;
    let figures = |expected: &[f64], buys: &[f64]| {
        let trial = Trial::new(expected, came, Some(buys)).map_err(refused);
        trial.map(|trial| trial.figures())
    };
    let own = figures(&said.expected, &said.buys)?;
    let mut models = vec![Candidate::judged(STACK, &own)];
    for expert in &learned.evidence.experts {
        let figures = figures(&expert.expected, &expert.buys)?;
        models.push(Candidate::judged(&expert.name, &figures));
    }
    let deviance = |one: &Candidate| one.deviance.unwrap_or(f64::INFINITY);
    models.sort_by(|a, b| deviance(a).total_cmp(&deviance(b)));
    let other = models.iter().find(|one| one.model != STACK);
    let against = other.map_or(String::new(), |other| {
        let less = 100.0 * (1.0 - own.deviance / deviance(other));
        let (how, name) = (
            if less < 0.0 { "worse" } else { "better" },
            title(&other.model),
        );
        format!("{:.1} % {how} than {name} ", less.abs())
    });
    let by = match is_later {
        true => "learned from the time before",
        false => {
            "of customers whose outcome it had not seen; the time before is too short to learn from"
        }
    };
    Ok(Choice {
        told: format!(
            "the stack: {against}on the last {horizon} {}s, {by} (Poisson deviance)",
            unit_name(unit)
        ),
        held_out: Some(horizon),
        models,
    })
}

//! `uplift`: what treatment changed, whom it helps more, and how many customers it takes to know.

mod answer;
mod by;
mod columns;
mod power;
mod table;
mod words;

use std::process::ExitCode;

use perennial_forecast::shown;
use perennial_forecast::uplift::{Asking, Effect, Learner, Refusal, Request, Study, study};

use crate::args::{LearnerName, Uplift, UpliftOf, UpliftWhat};
use crate::failure::Failure;
use table::{Arms, Table};

/// # Errors
/// Wrong usage, a table that cannot be read, and an experiment that says nothing.
pub fn uplift(args: &Uplift) -> Result<ExitCode, Failure> {
    match &args.what {
        Some(UpliftWhat::Power(args)) => power::power(args)?,
        None if args.of.by.is_some() => by::by(&args.of)?,
        None => of_arms(&args.of)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// An arm held against the control.
struct Held {
    /// The arm's name.
    arm: String,
    /// The rows of it and of the control.
    rows: Vec<usize>,
    study: Study,
    /// Its p-value, for all arms together (Holm 1979).
    p_value: f64,
}

fn of_arms(args: &UpliftOf) -> Result<(), Failure> {
    let table = Table::read(args)?;
    let asked = match (&args.arm, &table.arms) {
        (Some(name), arms) => Some(arms.named(name)?),
        (None, Arms { names, .. }) => (names.len() == 1).then_some(0),
    };
    let mut all = Vec::new();
    for arm in 0..table.arms.names.len() {
        all.push(held(args, &table, arm, asked == Some(arm))?);
    }
    adjust(&mut all);
    answer::show(args, &table, &all, asked)
}

fn held(args: &UpliftOf, table: &Table, arm: usize, learns: bool) -> Result<Held, Failure> {
    let rows = table.rows_of(arm);
    let experiment = table.experiment(&rows, arm);
    let before = table.before.as_ref();
    let before: Option<Vec<f64>> =
        before.map(|before| rows.iter().map(|row| before[*row]).collect());
    let request = Request {
        asking: Asking {
            level: args.level,
            before: before.as_deref(),
            clusters: None,
        },
        learner: match args.learner {
            LearnerName::T => Some(Learner::T),
            LearnerName::R => Some(Learner::R),
            LearnerName::Auto => None,
        },
        value: args.value,
        cost: args.cost,
        trusts_lot: args.assume_random,
        average_only: !learns,
        seed: args.seed,
    };
    let study = study(&experiment, &request).map_err(|error| refused(table, &rows, error))?;
    Ok(Held {
        arm: table.arms.names[arm].clone(),
        rows,
        p_value: study.effect.p_value,
        study,
    })
}

/// A refusal in words of the file: its rows, and what its arms are called.
fn refused(table: &Table, rows: &[usize], error: Refusal) -> Failure {
    match error {
        Refusal::Figure {
            row,
            name,
            value,
            must,
        } => {
            let customer = table.customer(rows[row]);
            Failure::failed(format!(
                "customer {customer}: {name} is {}, but must be {must}; correct the row, or leave it out",
                shown(value)
            ))
        }
        Refusal::Option { .. } => Failure::usage(error),
        error => Failure::failed(error),
    }
}

fn adjust(all: &mut [Held]) {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| all[*a].p_value.total_cmp(&all[*b].p_value));
    let mut least: f64 = 0.0;
    for (place, arm) in order.iter().enumerate() {
        least = least.max((all[*arm].p_value * (all.len() - place) as f64).min(1.0));
        all[*arm].p_value = least;
    }
}

/// Whether an effect is found in money or things, or in rates.
fn is_rate(effect: &Effect, is_binary: bool) -> bool {
    is_binary && effect.control.mean <= 1.0
}

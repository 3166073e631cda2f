//! `forecast`: models of what customers will do, fitted to orders, kept in files and asked.

mod backtest;
pub mod base;
mod card;
pub mod choose;
mod covariates;
mod drift;
mod fit;
mod fitted;
mod kept_stack;
mod log;
mod model_file;
pub mod origins;
pub mod outlook;
mod periods;
mod run;
mod score;
mod score_stack;
mod score_table;
pub mod scores;
mod stacked;
mod stages;
mod summary;
mod tabulate;

use std::process::ExitCode;

use crate::args::{Forecast, ForecastWhat};
use crate::failure::Failure;

/// # Errors
/// Wrong usage, orders that cannot be read, and what the models refuse.
pub fn forecast(args: &Forecast) -> Result<ExitCode, Failure> {
    match &args.what {
        ForecastWhat::Fit(args) => fit::fit(args),
        ForecastWhat::Score(args) => score::score(args),
        ForecastWhat::Backtest(args) => backtest::backtest(args),
        ForecastWhat::Summary(args) => tabulate::summary(args),
        ForecastWhat::Card(args) => card::card(args),
        ForecastWhat::Stages(args) => stages::stages(args),
    }?;
    Ok(ExitCode::SUCCESS)
}

/// What a model refuses, as the command says it.
fn refused(error: perennial_forecast::Error) -> Failure {
    Failure::failed(error)
}

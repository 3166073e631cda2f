//! The options of stages ahead.

use clap::{Args as ClapArgs, ValueEnum};

use super::{From, Show};

/// `forecast stages`
#[derive(Debug, ClapArgs)]
pub struct ForecastStages {
    /// Where results are
    #[command(flatten)]
    pub from: From,
    /// Only this lifecycle [default: the first]
    #[arg(long, value_name = "NAME")]
    pub lifecycle: Option<String>,
    /// How many periods ahead
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub horizon: u32,
    /// How long a period is
    #[arg(long, value_enum, default_value = "week")]
    pub interval: ForecastPeriod,
    /// Look ahead from here as if history ended there, exclusive [default: where history ends]
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Tell customers apart by a trait or another column of the table of customers, or by a segment
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// If a move became more or less frequent, such as "first->repeat+10%"; may be given often
    #[arg(long, value_name = "CHANGE")]
    pub what_if: Vec<String>,
    /// What is listed; JSON tells how earlier forecasts went in any case
    #[arg(long, value_enum, default_value = "stages")]
    pub rows: ForecastStagesRows,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// How long a period ahead is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ForecastPeriod {
    /// Seven days
    Week,
    /// To the same day of the next month
    Month,
}

/// What a list of stages ahead holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ForecastStagesRows {
    /// How full each stage will be
    Stages,
    /// How earlier forecasts went
    Backtest,
}

//! The options of forecasts.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, Subcommand, ValueEnum};

use super::{ForecastStages, Output, Show};

/// `forecast`
#[derive(Debug, ClapArgs)]
pub struct Forecast {
    /// What to do
    #[command(subcommand)]
    pub what: ForecastWhat,
}

/// What to do with a forecast.
#[derive(Debug, Subcommand)]
pub enum ForecastWhat {
    /// Fit a model to orders, and keep it
    Fit(ForecastFit),
    /// Ask a model who is still a customer, and what each will buy
    Score(ForecastScore),
    /// Hold models against what came after earlier days
    Backtest(ForecastBacktest),
    /// What to know of a model: data, parameters, hold-out, warnings, and what came since
    Card(ForecastCard),
    /// The figures that models are fitted to, a row a customer
    Summary(ForecastSummary),
    /// How full each stage of a run's lifecycle will be, and how earlier such forecasts went
    Stages(ForecastStages),
}

/// Where orders come from: a log, a summary of one, or a run.
#[derive(Clone, Debug, ClapArgs)]
#[command(group(ArgGroup::new("orders").multiple(false).args(["input", "summary", "out"])))]
pub struct OrdersFrom {
    /// A file of orders (CSV, NDJSON, Parquet), a glob, or - for standard input; may be given often
    #[arg(long, value_name = "FILE")]
    pub input: Vec<String>,
    /// The column that says who ordered [default: told from the names of columns]
    #[arg(long, value_name = "COLUMN", requires = "input")]
    pub customer: Option<String>,
    /// The column that says when [default: told from the names of columns]
    #[arg(long, value_name = "COLUMN", requires = "input")]
    pub date: Option<String>,
    /// The column of what an order was worth; negative amounts are refunds
    #[arg(long, value_name = "COLUMN", requires = "input")]
    pub amount: Option<String>,
    /// Only rows of this event are orders
    #[arg(long, value_name = "EVENT", requires = "input")]
    pub event: Option<String>,
    /// A table of x, t_x, T instead of orders, with zbar and weight if you like; for bgbb x, t_x, n; for sbg period, survivors
    #[arg(long, value_name = "FILE")]
    pub summary: Option<String>,
    /// The folder that `run` has written, to take its orders [default: out in the project folder]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The project folder, to take the orders of its run
    #[arg(long, value_name = "DIR", conflicts_with_all = ["input", "summary"])]
    pub project: Option<PathBuf>,
    /// The last day that counts; an instant is exclusive [default: the day of the last order, or where the run's history ends]
    #[arg(long, value_name = "DATE", conflicts_with = "summary")]
    pub until: Option<String>,
    /// The unit of time [default: week, or that of the model]
    #[arg(long, value_enum)]
    pub unit: Option<UnitName>,
    /// The time zone in which days begin [default: UTC, or that of the run]
    #[arg(long, value_name = "IANA")]
    pub timezone: Option<String>,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnitName {
    /// Days
    Day,
    /// Seven days, not rounded
    Week,
}

/// A model of what customers will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModelName {
    /// BG/NBD: she may leave after each repeat purchase
    #[value(name = "bgnbd")]
    BgNbd,
    /// MBG/NBD: she may leave after each purchase
    #[value(name = "mbgnbd")]
    MbgNbd,
    /// Pareto/NBD: she may leave at any time
    #[value(name = "paretonbd")]
    ParetoNbd,
    /// MBG/CNBD-k: as MBG/NBD, for customers who buy regularly
    #[value(name = "mbgcnbd")]
    MbgCnbd,
    /// BG/BB: what may happen once in a period, as a yearly donation
    #[value(name = "bgbb")]
    BgBb,
    /// Gamma-Gamma: what a purchase is worth
    #[value(name = "gammagamma")]
    GammaGamma,
    /// Shifted beta-geometric: contracts that are renewed or not
    #[value(name = "sbg")]
    Sbg,
    /// The one of the models of purchases that forecasts the last part of the data best; with --horizon also against the stack
    Auto,
    /// Purchase models and trees together, learned from the last --horizon of the orders; of too few customers the chosen model stands in
    Stack,
}

/// `forecast fit`
#[derive(Debug, ClapArgs)]
pub struct ForecastFit {
    /// Where orders come from
    #[command(flatten)]
    pub from: OrdersFrom,
    /// The model
    #[arg(long, value_enum, default_value = "auto")]
    pub model: ModelName,
    /// How far ahead a stack is to look, in units of time; for stack and auto
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub horizon: Option<f64>,
    /// A CSV of what is known of customers, a row each: numbers, and words as classes; for paretonbd
    #[arg(long, value_name = "FILE")]
    pub covariates: Option<PathBuf>,
    /// Write the model to this file, for `score`, `backtest` and `card`
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

/// `forecast score`
#[derive(Debug, ClapArgs)]
pub struct ForecastScore {
    /// Where orders come from
    #[command(flatten)]
    pub from: OrdersFrom,
    /// The model that `fit --save` has written
    #[arg(long, value_name = "FILE")]
    pub model_file: PathBuf,
    /// The covariates of customers, where the model has any
    #[arg(long, value_name = "FILE")]
    pub covariates: Option<PathBuf>,
    /// How far ahead, in the model's unit of time; a stack knows one horizon only, which may be left out
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub horizon: Option<f64>,
    /// Tell of each customer what moved her forecast most; for a stack
    #[arg(long)]
    pub why: bool,
    /// The interest of a year, such as 0.15, that what comes later is worth less by
    #[arg(long, value_name = "R", allow_negative_numbers = true)]
    pub discount_annual: Option<f64>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `forecast backtest`
#[derive(Debug, ClapArgs)]
pub struct ForecastBacktest {
    /// Where orders come from
    #[command(flatten)]
    pub from: OrdersFrom,
    /// The models [default: all of purchases]; the past rate and the rule of two mean gaps are always there
    #[arg(long, value_enum, value_name = "MODELS", value_delimiter = ',')]
    pub model: Vec<JudgedModel>,
    /// At how many days forecasts are made; the last is a horizon before the end
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub origins: u32,
    /// How far ahead, in units of time
    #[arg(long, value_name = "N")]
    pub horizon: f64,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// A model that a back-test judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum JudgedModel {
    /// BG/NBD
    #[value(name = "bgnbd")]
    BgNbd,
    /// MBG/NBD
    #[value(name = "mbgnbd")]
    MbgNbd,
    /// Pareto/NBD
    #[value(name = "paretonbd")]
    ParetoNbd,
    /// MBG/CNBD-k
    #[value(name = "mbgcnbd")]
    MbgCnbd,
    /// The one that the program chooses at each day, from what was known then
    Auto,
    /// Purchase models and trees together, learned from the horizon before each day
    Stack,
}

impl JudgedModel {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::BgNbd => "bgnbd",
            Self::MbgNbd => "mbgnbd",
            Self::ParetoNbd => "paretonbd",
            Self::MbgCnbd => "mbgcnbd",
            Self::Auto => "auto",
            Self::Stack => "stack",
        }
    }
}

/// `forecast card`
#[derive(Debug, ClapArgs)]
pub struct ForecastCard {
    /// Orders that hold those of the model and newer ones, to tell what came since
    #[command(flatten)]
    pub from: OrdersFrom,
    /// The model that `fit --save` has written
    #[arg(long, value_name = "FILE")]
    pub model_file: PathBuf,
    /// Write the card as a page of HTML to this file
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `forecast summary`
#[derive(Debug, ClapArgs)]
pub struct ForecastSummary {
    /// Where orders come from
    #[command(flatten)]
    pub from: OrdersFrom,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

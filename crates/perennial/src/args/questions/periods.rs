//! The options of questions about activity in periods.

use clap::{Args as ClapArgs, ValueEnum};

use super::{Ask, Period};

/// `lifecycle`
#[derive(Debug, ClapArgs)]
pub struct Lifecycle {
    /// The event that makes a customer active, or `any`
    #[arg(long, value_name = "EVENT")]
    pub event: String,
    /// How long a period is
    #[arg(long, value_enum)]
    pub interval: Period,
    /// Moves against the period before, or standing numbers of seven states
    #[arg(long, value_enum, default_value = "flow")]
    pub model: Model,
    /// The two horizons of the model stock, in days
    #[arg(long, value_name = "DAYS,DAYS", value_delimiter = ',', default_values_t = [7, 30])]
    pub horizons: Vec<u32>,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

/// A model of the lifecycle by activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Model {
    /// new, returning, resurrecting and dormant, each period against the one before
    Flow,
    /// new, current, reactivated, resurrected, at risk and dormant: everybody is in one state
    Stock,
}

/// `retention`
#[derive(Debug, ClapArgs)]
pub struct Retention {
    /// The event that begins, or `any`
    #[arg(long, value_name = "EVENT", default_value = "any")]
    pub start: String,
    /// The event that is a return, or `any`
    #[arg(long = "return", value_name = "EVENT", default_value = "any")]
    pub back: String,
    /// Only such starts
    #[arg(long, value_name = "RULE")]
    pub start_where: Option<String>,
    /// Only such returns
    #[arg(long, value_name = "RULE")]
    pub return_where: Option<String>,
    /// How long a period is
    #[arg(long, value_enum)]
    pub period: Period,
    /// How many periods the table has; the last one contains --to [default: all there are]
    #[arg(long, value_name = "N")]
    pub periods: Option<usize>,
    /// Which cohorts a customer belongs to
    #[arg(long, value_enum, default_value = "recurring")]
    pub membership: Membership,
    /// When she counts as back
    #[arg(long, value_enum, default_value = "on")]
    pub measure: Measure,
    /// Count periods by the calendar, or in full lengths of time from each customer's start
    #[arg(long, value_enum, default_value = "calendar")]
    pub clock: Clock,
    /// Returns that a period needs
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub min_count: usize,
    /// A column of numbers that is summed over returns
    #[arg(long, value_name = "COLUMN")]
    pub value: Option<String>,
    /// A start is a return of its own period too, if it is one by --return
    #[arg(long)]
    pub count_start: bool,
    /// A row for each cohort and period in which anybody came back, instead of one a cohort
    #[arg(long)]
    pub cells: bool,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

/// Which cohorts a customer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Membership {
    /// Those of all periods in which she began
    Recurring,
    /// That of her first start of all
    First,
    /// That of her first event of the name, if that is a start
    FirstEver,
}

/// When a customer counts as back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    /// In exactly that period
    On,
    /// In that period or a later one of the table
    OnOrAfter,
}

/// How periods are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Clock {
    /// By the calendar
    Calendar,
    /// In lengths of time from her start
    Rolling,
}

/// `stickiness`
#[derive(Debug, ClapArgs)]
pub struct Stickiness {
    /// The event that makes a customer active, or `any`
    #[arg(long, value_name = "EVENT")]
    pub event: String,
    /// How long a period is
    #[arg(long, value_enum)]
    pub interval: Period,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

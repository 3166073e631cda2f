//! The options of questions that are asked straight on files of events, or on a run's touches.

mod any;
mod many;
mod periods;
mod staged;
mod steps;
mod worth;

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, ValueEnum};

use super::Show;

pub use any::AnyQuestion;
pub use many::Questions;
pub use periods::*;
pub use staged::*;
pub use steps::*;
pub use worth::*;

/// What is asked, of whom, and over which time: options of every question.
#[derive(Clone, Debug, ClapArgs)]
#[command(group(ArgGroup::new("source").multiple(false).args(["input", "out"])))]
pub struct Ask {
    /// A file of events (CSV, NDJSON, Parquet), a glob, or - for standard input; may be given often
    #[arg(long, value_name = "FILE")]
    pub input: Vec<String>,
    /// The folder that `run` has written, to ask its touches instead of a file
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only rows for which this holds, such as "plan = 'pro'"
    #[arg(long = "where", value_name = "RULE")]
    pub rule: Option<String>,
    /// The first instant or date
    #[arg(long = "from", value_name = "TIME")]
    pub from: Option<String>,
    /// The end: a date is included, an instant is not
    #[arg(long = "to", value_name = "TIME")]
    pub to: Option<String>,
    /// The range to compare with: previous, year (the same dates a year ago), or FROM..TO
    #[arg(long, value_name = "RANGE")]
    pub compare: Option<String>,
    /// Only the members of a segment of the run at its end, or the customers with a trait, as country=DE
    #[arg(long, value_name = "NAME|TRAIT=VALUE")]
    pub segment: Option<String>,
    /// The time zone in which periods begin [default: UTC, or that of the run]
    #[arg(long, value_name = "IANA")]
    pub timezone: Option<String>,
    /// The day that weeks begin on
    #[arg(long, value_enum, default_value = "monday")]
    pub week_start: Weekday,
    /// Count the values of this column as customers; rows where it is empty are left out
    #[arg(long, value_name = "COLUMN")]
    pub customer: Option<String>,
    /// Tell answers apart by a column
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// What rows without a value of --by are called [default: null]
    #[arg(long, value_name = "TEXT", requires = "by")]
    pub unknown: Option<String>,
    /// Most values of --by with an answer of their own; all others share one
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub by_limit: usize,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// The day that weeks begin on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Weekday {
    /// As ISO weeks do
    Monday,
    /// As in the United States
    Sunday,
}

/// How long a period is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Period {
    /// Hours of the clock
    Hour,
    /// Calendar days
    Day,
    /// Weeks
    Week,
    /// Calendar months
    Month,
}

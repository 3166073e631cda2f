//! The options of questions about what orders and channels are worth.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::{Ask, Weekday};
use crate::args::{From, Show};

/// `rfm`
#[derive(Debug, ClapArgs)]
pub struct Rfm {
    /// Where results are
    #[command(flatten)]
    pub from: From,
    /// A file of orders instead of results (CSV, NDJSON, Parquet); may be given often
    #[arg(long, value_name = "FILE", conflicts_with = "out")]
    pub input: Vec<String>,
    /// The column that says who ordered [default: told from the names of columns]
    #[arg(long, value_name = "COLUMN", requires = "input")]
    pub customer: Option<String>,
    /// The column that says when [default: told from the names of columns]
    #[arg(long, value_name = "COLUMN", requires = "input")]
    pub date: Option<String>,
    /// The column of money
    #[arg(long, value_name = "COLUMN", requires = "input")]
    pub amount: Option<String>,
    /// The column of order ids, where an order has several rows
    #[arg(long, value_name = "COLUMN", requires = "input")]
    pub order_id: Option<String>,
    /// Only rows of this event are orders
    #[arg(long, value_name = "EVENT", requires = "input")]
    pub event: Option<String>,
    /// Only rows for which this holds
    #[arg(long = "where", value_name = "RULE", requires = "input")]
    pub rule: Option<String>,
    /// As of when; a date includes that day, later orders are left out [default: the day of the last order]
    #[arg(long, value_name = "TIME", requires = "input")]
    pub as_of: Option<String>,
    /// How tiles are cut
    #[arg(long, value_enum, default_value = "quantile", requires = "input")]
    pub cuts: Cuts,
    /// How many tiles
    #[arg(long, value_name = "N", default_value_t = 5, requires = "input")]
    pub tiles: u8,
    /// The periods of x, t_x, T and zbar
    #[arg(long, value_enum, default_value = "day", requires = "input")]
    pub period: DayOrWeek,
    /// A CSV of names for ranges of scores: segment, r_min, r_max, f_min, f_max, m_min, m_max; the first match wins
    #[arg(long, value_name = "FILE", requires = "input")]
    pub segments: Option<PathBuf>,
    /// Score by these cuts: the answer of another time, as JSON
    #[arg(long, value_name = "FILE", requires = "input")]
    pub thresholds: Option<PathBuf>,
    /// The time zone in which days begin [default: UTC]
    #[arg(long, value_name = "IANA", requires = "input")]
    pub timezone: Option<String>,
    /// The day that weeks begin on
    #[arg(long, value_enum, default_value = "monday", requires = "input")]
    pub week_start: Weekday,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N", requires = "input")]
    pub threads: Option<usize>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// How tiles are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Cuts {
    /// By values: R's type 7 plus 1, equal values together
    Quantile,
    /// Into parts of equal size
    Ntile,
}

/// A day or a week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DayOrWeek {
    /// Calendar days
    Day,
    /// Calendar weeks
    Week,
}

/// `attribution`
#[derive(Debug, ClapArgs)]
pub struct Attribution {
    /// The event that converts
    #[arg(
        long,
        value_name = "EVENT",
        requires = "channel",
        required_unless_present_any = ["paths", "stage_move"]
    )]
    pub conversion: Option<String>,
    /// A move between a run's stages that converts instead: TO, FROM..TO or none..TO, such as retail:lead..first
    #[arg(
        long = "move",
        value_name = "[LIFECYCLE:]MOVE",
        requires = "channel",
        conflicts_with_all = ["paths", "conversion"]
    )]
    pub stage_move: Option<String>,
    /// The column that names the channel of a touch
    #[arg(long, value_name = "COLUMN")]
    pub channel: Option<String>,
    /// A CSV of paths instead of events: path, conversions, and if you like value, non_conversions
    #[arg(long, value_name = "FILE", conflicts_with_all = ["source", "conversion", "channel"])]
    pub paths: Option<PathBuf>,
    /// Who is credited; several models share one reading
    #[arg(
        long,
        value_enum,
        value_name = "MODELS",
        value_delimiter = ',',
        required = true
    )]
    pub model: Vec<Credit>,
    /// The column of what a conversion is worth
    #[arg(long, value_name = "COLUMN", conflicts_with = "paths")]
    pub value: Option<String>,
    /// Keep touches by the channel of the one before
    #[arg(long)]
    pub keep_repeats: bool,
    /// unique, without:CHANNEL, without-trailing:CHANNEL or last:N; may be given often
    #[arg(long, value_name = "RULE")]
    pub path_rule: Vec<String>,
    /// Shares of the first touch, all between, and the last
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub position_weights: Vec<f64>,
    /// In which time the credit halves, with the model decay
    #[arg(long, value_name = "DURATION", default_value = "7d")]
    pub half_life: String,
    /// How long before a conversion a touch counts, or `ever`; for each model, or one for all
    #[arg(
        long,
        value_name = "DURATION",
        value_delimiter = ',',
        default_value = "30d"
    )]
    pub look_back: Vec<String>,
    /// Where a conversion's journey begins [default: since-previous for markov, else overlapping]
    #[arg(long, value_enum, conflicts_with = "paths")]
    pub journeys: Option<JourneyFrom>,
    /// What is listed
    #[arg(long, value_enum, default_value = "channels")]
    pub rows: CreditRows,
    /// What the states of a chain are called that are no channels
    #[arg(
        long,
        value_name = "START,CONVERSION,NULL",
        value_delimiter = ',',
        default_values = ["(start)", "(conversion)", "(null)"]
    )]
    pub state_names: Vec<String>,
    /// Leave out journeys without a conversion, with the model markov
    #[arg(long)]
    pub only_conversions: bool,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

/// Who is credited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Credit {
    /// The first touch
    First,
    /// The last touch
    Last,
    /// All touches alike
    Linear,
    /// First and last more than those between
    Position,
    /// The later the more
    Decay,
    /// By what would be lost without a channel
    Markov,
    /// By what a channel adds on average
    Shapley,
}

/// Where a conversion's journey begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum JourneyFrom {
    /// At the look-back: a touch may be credited with several conversions
    Overlapping,
    /// After the conversion before, if that is later
    SincePrevious,
}

/// What a list of credits holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CreditRows {
    /// What each channel is credited with
    Channels,
    /// Of models that are chains their steps instead
    Steps,
}

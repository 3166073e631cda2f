//! The options of questions about what follows what.

use clap::{ArgGroup, Args as ClapArgs, ValueEnum};

use super::Ask;

/// What steps are, of funnels and sequences.
#[derive(Clone, Debug, ClapArgs)]
#[command(group(ArgGroup::new("what").required(true).multiple(false).args(["steps", "step"])))]
pub struct Steps {
    /// Events, one a step
    #[arg(long, value_name = "EVENTS", value_delimiter = ',')]
    pub steps: Vec<String>,
    /// A step as a rule; may be given often
    #[arg(long, value_name = "RULE")]
    pub step: Vec<String>,
}

/// `funnel`
#[derive(Debug, ClapArgs)]
pub struct Funnel {
    /// What steps are
    #[command(flatten)]
    pub steps: Steps,
    /// How long after the first step the last may be, itself included, such as 14d
    #[arg(long, value_name = "DURATION")]
    pub window: String,
    /// In which order steps must be taken
    #[arg(long, value_enum, default_value = "ordered")]
    pub order: StepOrder,
    /// Strict only among rows for which this holds [default: all rows]
    #[arg(long, value_name = "RULE")]
    pub among: Option<String>,
    /// An event that must not come between two steps, such as refund:1-3; without steps between any
    #[arg(long, value_name = "EVENT:A-B")]
    pub exclude: Vec<String>,
    /// What an excluded event removes
    #[arg(long, value_enum, default_value = "attempt")]
    pub exclude_scope: ExcludeScope,
    /// Whose definitions are followed
    #[arg(long, value_enum, default_value = "perennial")]
    pub dialect: Dialect,
    /// Modes of the dialect clickhouse
    #[arg(long, value_enum, value_name = "MODES", value_delimiter = ',')]
    pub mode: Vec<Mode>,
    /// Tell how far each customer came
    #[arg(long)]
    pub list: bool,
    /// A row for each value of --by with a column for each step, instead of a row a step
    #[arg(long, conflicts_with = "list")]
    pub wide: bool,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

/// In which order steps must be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StepOrder {
    /// One after the other, whatever lies between
    Ordered,
    /// In any order
    Unordered,
    /// One right after the other
    Strict,
}

/// What an excluded event removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExcludeScope {
    /// The attempt
    Attempt,
    /// The customer
    Person,
}

/// Whose definitions are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// Ours
    Perennial,
    /// PostHog's
    Posthog,
    /// ClickHouse's windowFunnel
    Clickhouse,
}

/// A mode of ClickHouse's windowFunnel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Mode {
    /// A step that comes again ends the chain
    StrictDeduplication,
    /// Another event ends the chain
    StrictOrder,
    /// Each step must be later than the one before
    StrictIncrease,
    /// An event fills one step
    StrictOnce,
    /// A step may be taken again
    AllowReentry,
}

/// `sequence`
#[derive(Debug, ClapArgs)]
pub struct Sequence {
    /// What to look for, such as "(?1)(?t<=3600)(?2)"
    #[arg(long, value_name = "PATTERN")]
    pub pattern: String,
    /// What (?1), (?2) ... stand for
    #[command(flatten)]
    pub steps: Steps,
    /// Tell of each customer how far the pattern got, and when
    #[arg(long)]
    pub chains: bool,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

/// `paths`
#[derive(Debug, ClapArgs)]
pub struct Paths {
    /// Longest pause within a path, such as 30m [default: one path a customer]
    #[arg(long, value_name = "DURATION")]
    pub gap: Option<String>,
    /// Most items of a path
    #[arg(long, value_name = "N")]
    pub max_steps: Option<usize>,
    /// Keep items that repeat the one before
    #[arg(long)]
    pub keep_repeats: bool,
    /// Paths begin at the first of this item; those without it are left out
    #[arg(long, value_name = "ITEM")]
    pub start: Option<String>,
    /// Paths end at the last of this item; those without it are left out
    #[arg(long, value_name = "ITEM")]
    pub end: Option<String>,
    /// Take /a/ for /a
    #[arg(long)]
    pub trim_slash: bool,
    /// The column that names items [default: the event]
    #[arg(long, value_name = "COLUMN")]
    pub items: Option<String>,
    /// Only these events are items; the others are not there at all
    #[arg(long, value_name = "EVENTS", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Paths lead up to the first of this event; those without it are left out
    #[arg(long, value_name = "EVENT")]
    pub before: Option<String>,
    /// Show where paths begin and end, as edges from (start) and to (end), or by such names
    #[arg(long, value_name = "FIRST,LAST", num_args = 0..=1, default_missing_value = "(start),(end)")]
    pub ends: Option<String>,
    /// Put edges of all positions together
    #[arg(long)]
    pub any_position: bool,
    /// Most edges; what is left out is counted
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// Whole paths to show besides, the most frequent ones
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub top_paths: usize,
    /// What is listed; a path is its items joined with >
    #[arg(long, value_enum, default_value = "edges")]
    pub rows: PathRows,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

/// What a list of paths holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PathRows {
    /// Edges between items
    Edges,
    /// Whole paths
    Paths,
    /// Both, told apart by a column kind
    All,
}

/// `dfg`
#[derive(Debug, ClapArgs)]
pub struct Dfg {
    /// Most variants in JSON, the most frequent ones [default: all]
    #[arg(long, value_name = "N")]
    pub top_variants: Option<usize>,
    /// Leave out items that repeat the one before
    #[arg(long)]
    pub merge_repeats: bool,
    /// The column that names items [default: the event]
    #[arg(long, value_name = "COLUMN")]
    pub items: Option<String>,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

/// `sessions`
#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("cut").required(true).multiple(false).args(["gap", "start"])))]
pub struct Sessions {
    /// Longest pause within a session, such as 30m
    #[arg(long, value_name = "DURATION")]
    pub gap: Option<String>,
    /// The event that begins a session
    #[arg(long, value_name = "EVENT")]
    pub start: Option<String>,
    /// The event that ends one
    #[arg(long, value_name = "EVENT", requires = "start")]
    pub end: Option<String>,
    /// Cut at midnight too
    #[arg(long, requires = "gap")]
    pub midnight: bool,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

//! The options of `uplift`.

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::{Output, Show};

/// `uplift`
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Uplift {
    /// What else is asked
    #[command(subcommand)]
    pub what: Option<UpliftWhat>,
    /// The experiment
    #[command(flatten)]
    pub of: UpliftOf,
}

/// What else is asked of experiments.
#[derive(Debug, Subcommand)]
pub enum UpliftWhat {
    /// How many customers an experiment needs, or what it can find: before it begins
    Power(UpliftPower),
}

/// An experiment that has been made.
#[derive(Debug, ClapArgs)]
pub struct UpliftOf {
    /// A table, a row a customer (CSV, NDJSON, Parquet)
    #[arg(long, value_name = "FILE", required = true)]
    pub input: Option<String>,
    /// The column that says who she is
    #[arg(long, value_name = "COLUMN", required = true)]
    pub customer: Option<String>,
    /// The column that says whether, or with which arm, she was treated
    #[arg(long, value_name = "COLUMN", required = true)]
    pub treatment: Option<String>,
    /// The column of what came of it: yes or no, 0 or 1, or a number such as money
    #[arg(long, value_name = "COLUMN", required = true)]
    pub outcome: Option<String>,
    /// The value of the treatment that means she was left out [default: 0, false, no, none, control or holdout]
    #[arg(long, value_name = "VALUE")]
    pub control: Option<String>,
    /// Of several arms the one to learn from whom it helps more
    #[arg(long, value_name = "VALUE")]
    pub arm: Option<String>,
    /// Columns that were known before treatment, to tell customers apart by [default: all others]
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub features: Vec<String>,
    /// Columns that are none of the features
    #[arg(
        long,
        value_name = "COLUMNS",
        value_delimiter = ',',
        conflicts_with = "features"
    )]
    pub without: Vec<String>,
    /// The chance of being treated, of everybody or by a column [default: the share of those who were]
    #[arg(long, value_name = "COLUMN|NUMBER")]
    pub propensity: Option<String>,
    /// The column of the outcome's like from before, to tell the effect more closely (CUPED)
    #[arg(long, value_name = "COLUMN")]
    pub before: Option<String>,
    /// What an empty outcome means, such as 0 [default: the row is left out]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub empty: Option<f64>,
    /// How it is learned whom treatment helps more
    #[arg(long, value_enum, default_value = "auto")]
    pub learner: LearnerName,
    /// What an outcome of 1 is worth, in units of money
    #[arg(
        long,
        value_name = "MONEY",
        default_value_t = 1.0,
        allow_hyphen_values = true
    )]
    pub value: f64,
    /// What treating a customer costs, in units of money
    #[arg(long, value_name = "MONEY", default_value_t = 0.0)]
    pub cost: f64,
    /// Learn whom it helps even if the features tell who was treated
    #[arg(long)]
    pub assume_random: bool,
    /// How often intervals are to cover
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    pub level: f64,
    /// The seed of what is drawn: parts of customers, and customers for intervals
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// The effect for each value of a column, such as an item or a category, as `offers` takes it
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["rows", "scores", "before", "propensity"])]
    pub by: Option<String>,
    /// Which rows are told; JSON has all but scores
    #[arg(long, value_enum)]
    pub rows: Option<UpliftRows>,
    /// Each customer's uplift: the same as --rows scores
    #[arg(long, conflicts_with = "rows")]
    pub scores: bool,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// How uplift is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LearnerName {
    /// Two forecasts of the outcome, one of the treated and one of the control
    T,
    /// One forecast of what treatment adds
    R,
    /// The one whose scores are worth most on customers that it has not seen
    Auto,
}

/// Rows of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UpliftRows {
    /// The average effect of each arm
    Effects,
    /// Tenths of the customers, those first whom treatment is to help most
    Deciles,
    /// Effects along the features
    Drivers,
    /// Features of the arms side by side
    Balance,
    /// The Qini curve
    Curve,
    /// Each customer's uplift, told by what others' experience teaches
    Scores,
}

/// `uplift power`
#[derive(Debug, ClapArgs)]
#[command(group(clap::ArgGroup::new("measured").required(true).args(["control_rate", "deviation"])))]
#[command(group(clap::ArgGroup::new("size").required(true).multiple(true).args(["effect", "lift", "customers"])))]
pub struct UpliftPower {
    /// The share of customers who do it without treatment, such as 0.03
    #[arg(long, value_name = "SHARE")]
    pub control_rate: Option<f64>,
    /// Of a number, such as money: its standard deviation between customers
    #[arg(long, value_name = "NUMBER")]
    pub deviation: Option<f64>,
    /// The effect to find, in points of the rate (0.005) or units of the number
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub effect: Option<f64>,
    /// The effect to find in parts of the control's rate, such as 0.1
    #[arg(
        long,
        value_name = "SHARE",
        requires = "control_rate",
        conflicts_with = "effect",
        allow_hyphen_values = true
    )]
    pub lift: Option<f64>,
    /// Customers that there are, of both arms together: the smallest effect that they find, or how often they find this one
    #[arg(long, value_name = "N")]
    pub customers: Option<f64>,
    /// The share of customers that is treated
    #[arg(long, value_name = "SHARE", default_value_t = 0.5)]
    pub share: f64,
    /// How often the effect is to be found
    #[arg(long, value_name = "SHARE", default_value_t = 0.8)]
    pub power: f64,
    /// How often intervals are to cover
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    pub level: f64,
    /// How closely the figure of --before will go with the outcome, -1 to 1
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0.0,
        allow_hyphen_values = true
    )]
    pub correlation: f64,
    /// How the answer is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

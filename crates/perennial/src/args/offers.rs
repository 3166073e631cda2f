//! The options of `offers`.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs, ValueEnum};

use super::Show;

/// `offers`
#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("source").multiple(false).required(true).args(["input", "out"])))]
#[command(group(ArgGroup::new("whom").multiple(false).required(true).args(["customers", "segment", "all", "markets"])))]
pub struct Offers {
    /// The customers to make offers for
    #[arg(value_name = "CUSTOMER")]
    pub customers: Vec<String>,
    /// Offers for the members of a run's segment, or for the customers whose column has a value, as country=DE
    #[arg(long, value_name = "NAME|COLUMN=VALUE")]
    pub segment: Option<String>,
    /// Offers for every customer
    #[arg(long)]
    pub all: bool,
    /// Instead of offers the values of a column, such as country, whose customers are worth as much as the best
    #[arg(long, value_name = "COLUMN")]
    pub markets: Option<String>,
    /// A log of purchases, a row an item (CSV, NDJSON, Parquet), a glob, or -; may be given often
    #[arg(long, value_name = "FILE")]
    pub input: Vec<String>,
    /// The folder that `run` has written, where its touches carry items
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Only rows of this event are purchases
    #[arg(long, value_name = "EVENT")]
    pub event: Option<String>,
    /// Only rows for which this holds
    #[arg(long = "where", value_name = "RULE")]
    pub rule: Option<String>,
    /// The column that says who bought [default: told from the names of columns]
    #[arg(long, value_name = "COLUMN")]
    pub customer: Option<String>,
    /// The column that says when [default: told from the names of columns]
    #[arg(long, value_name = "COLUMN", conflicts_with = "out")]
    pub date: Option<String>,
    /// The column that names the item
    #[arg(long, value_name = "COLUMN", required_unless_present = "markets")]
    pub item: Option<String>,
    /// The column of the item's category
    #[arg(long, value_name = "COLUMN")]
    pub category: Option<String>,
    /// The column of what the row was worth
    #[arg(long, value_name = "COLUMN", required_unless_present_any = ["item"])]
    pub amount: Option<String>,
    /// The column of the item's tier within its category, a number: the higher the better [default: thirds by
    /// price, where there are --category and --amount]
    #[arg(long, value_name = "COLUMN", requires = "category")]
    pub tier: Option<String>,
    /// A CSV of what selling an item brings: item, margin
    #[arg(long, value_name = "FILE")]
    pub margin: Option<PathBuf>,
    /// A CSV of what an offer multiplies an item's sales by, as `uplift --by` measures it: item, uplift
    #[arg(long, value_name = "FILE")]
    pub uplift: Option<PathBuf>,
    /// A CSV with a column item: what may not be offered
    #[arg(long, value_name = "FILE")]
    pub blocked: Option<PathBuf>,
    /// A CSV with a column item: what nobody needs twice
    #[arg(long, value_name = "FILE")]
    pub once: Option<PathBuf>,
    /// The last day that counts [default: that of the last row]
    #[arg(long, value_name = "DATE")]
    pub until: Option<String>,
    /// The days after it in which customers may buy
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub horizon: i32,
    /// Offers of a kind for a customer
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub top: usize,
    /// Only offers of these kinds
    #[arg(long, value_enum, value_name = "KINDS", value_delimiter = ',')]
    pub kind: Vec<OfferKindName>,
    /// One list of all kinds for a customer, as long as --top says
    #[arg(long)]
    pub together: bool,
    /// The time zone in which days begin [default: UTC, or that of the run]
    #[arg(long, value_name = "IANA")]
    pub timezone: Option<String>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// What an offer is to the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OfferKindName {
    /// What she has bought before
    Again,
    /// A higher tier of what she has
    UpSell,
    /// What is new to her
    CrossSell,
}

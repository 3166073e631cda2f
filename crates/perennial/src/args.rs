//! The command line: every command and its options.

mod ahead;
mod forecast;
mod offers;
mod questions;
mod report;
mod server;
mod uplift;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub use ahead::{ForecastPeriod, ForecastStages, ForecastStagesRows};
pub use forecast::*;
pub use offers::{OfferKindName, Offers};
pub use questions::*;
pub use report::{Report, ReportOutput};
pub use server::*;
pub use uplift::*;

/// Knows in which stage of each lifecycle every customer is, why, and what comes next.
#[derive(Debug, Parser)]
#[command(name = "perennial", version, about, long_about = None, propagate_version = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a project folder, from a preset
    Init(Init),
    /// Check a project and show everything that is wrong with it
    Validate(Validate),
    /// Print or write the JSON Schemas of project files, for editors
    Schema(Schema),
    /// Look at files of events and guess what their columns mean, or send them to a server
    Import(Import),
    /// Fold files of events into stages, ledger and tables
    Run(Run),
    /// How many customers are in each stage, at an instant or over time
    Stages(Stages),
    /// Who moves from where to where, and how long they stayed before
    Transitions(Transitions),
    /// Segments: how many are in each, who entered and left
    Segments(Segments),
    /// A question
    #[command(flatten)]
    Question(Box<AnyQuestion>),
    /// Who is still a customer, what each will buy, and what that is worth
    Forecast(Box<Forecast>),
    /// Several questions in one reading, of a file that is kept
    Ask(Questions),
    /// What to offer customers next, why, and which markets look like the best ones
    Offers(Box<Offers>),
    /// What treatment changed, and whom it helps more, of a table of those treated and those left out
    Uplift(Box<Uplift>),
    /// One page of HTML over a run's results, to read, print and send
    Report(Report),
    /// Why a customer stands where she stands, and what comes next
    Explain(Explain),
    /// What draft rules would change, over all history; nothing is changed
    Plan(Plan),
    /// Run the project's scenarios with a fixed clock
    Test(Test),
    /// Make a seeded shop, run it and show what is in it
    Demo(Demo),
    /// Take events over HTTP and answer at once
    Serve(Serve),
    /// The keys of a server: show, make, rotate, revoke
    Keys(Keys),
    /// Publish a project's rules on a server, or say who would move
    Apply(Apply),
    /// What customers may ask of their data
    Privacy(Privacy),
    /// Copy all data, also while a server runs
    Backup(Backup),
    /// Make a folder of data of a backup
    Restore(Restore),
    /// The log of events: check it, write it as lines
    Log(Log),
    /// Look for what is wrong with a server or its data
    Doctor(Doctor),
    /// Write the shell's completion script
    Completions(Completions),
    /// What a server has done by a process of its own
    #[command(hide = true)]
    Aside(Aside),
}

/// How answers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// A table for people
    Table,
    /// JSON
    Json,
    /// CSV
    Csv,
    /// Parquet, to the file of --save
    Parquet,
}

/// Options of every command that answers.
#[derive(Clone, Debug, ClapArgs)]
pub struct Show {
    /// How the answer is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
    /// Write the answer to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Only these columns, in this order; NAME=COLUMN renames (csv, parquet and table)
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    pub columns: Vec<String>,
}

/// Where results are.
#[derive(Clone, Debug, ClapArgs)]
pub struct From {
    /// The folder that `run` has written [default: out in the project folder]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// The project folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
}

/// `init`
#[derive(Debug, ClapArgs)]
pub struct Init {
    /// The folder to make
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// The lifecycle to begin with
    #[arg(long, value_name = "NAME", default_value = "retail")]
    pub preset: String,
    /// List the presets
    #[arg(long)]
    pub list: bool,
}

/// `validate`
#[derive(Debug, ClapArgs)]
pub struct Validate {
    /// The project folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// How the answer is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

/// `schema`
#[derive(Debug, ClapArgs)]
pub struct Schema {
    /// Write one file a schema into this folder instead of printing them
    #[arg(long, value_name = "DIR")]
    pub to: Option<PathBuf>,
}

/// `import`
#[derive(Debug, ClapArgs)]
pub struct Import {
    /// Files of events; - is standard input
    #[arg(required = true)]
    pub files: Vec<String>,
    /// Only look, and print the mapping as YAML ready to keep in perennial.yaml
    #[arg(long)]
    pub dry_run: bool,
    /// The project folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// Send the rows to this server
    #[arg(long, value_name = "URL", conflicts_with = "dry_run")]
    pub url: Option<String>,
    /// The write key [default: what PERENNIAL_WRITE_KEY says]
    #[arg(long, value_name = "KEY", requires = "url")]
    pub write_key: Option<String>,
    /// Put the rows into this folder of data, while no server has it open
    #[arg(long, value_name = "DIR", conflicts_with_all = ["dry_run", "url"])]
    pub data: Option<PathBuf>,
    /// The workspace that the rows of --data go into
    #[arg(long, value_name = "NAME", default_value = "default")]
    pub workspace: String,
    /// How the summary is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

/// `run`
#[derive(Clone, Debug, ClapArgs)]
pub struct Run {
    /// The project folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// A file of events, a glob, or - for standard input; may be given often [default: the project's sources]
    #[arg(long, value_name = "FILE")]
    pub input: Vec<String>,
    /// Where results go [default: out in the project folder]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Where history ends, exclusive [default: after the last event]
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Write nothing if more rows than this are bad, such as 1% or 0.01
    #[arg(long, value_name = "SHARE")]
    pub max_bad: Option<String>,
    /// Results whose scores of forecasts hold here too, so that nothing is fitted again
    #[arg(long, value_name = "DIR")]
    pub scores: Option<PathBuf>,
    /// How the summary is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
    /// Say nothing but errors
    #[arg(long, short)]
    pub quiet: bool,
}

/// `stages`
#[derive(Debug, ClapArgs)]
pub struct Stages {
    /// Where results are
    #[command(flatten)]
    pub from: From,
    /// Only this lifecycle [default: the first]
    #[arg(long, value_name = "NAME")]
    pub lifecycle: Option<String>,
    /// The instant; moves at it have happened [default: where history ends]
    #[arg(long, value_name = "TIME", conflicts_with_all = ["start", "end"])]
    pub at: Option<String>,
    /// The first day of a period
    #[arg(long = "from", value_name = "DATE")]
    pub start: Option<String>,
    /// The last day of a period, included
    #[arg(long = "to", value_name = "DATE")]
    pub end: Option<String>,
    /// Tell customers apart by a trait, or another column of the table of customers
    #[arg(long, value_name = "TRAIT")]
    pub by: Option<String>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `transitions`
#[derive(Debug, ClapArgs)]
pub struct Transitions {
    /// Where results are
    #[command(flatten)]
    pub from: From,
    /// Only this lifecycle [default: the first]
    #[arg(long, value_name = "NAME")]
    pub lifecycle: Option<String>,
    /// Only moves from this instant on
    #[arg(long = "from", value_name = "TIME")]
    pub start: Option<String>,
    /// Only moves before this instant
    #[arg(long = "to", value_name = "TIME")]
    pub end: Option<String>,
    /// Leave out entries into the lifecycle, which come from no stage
    #[arg(long)]
    pub without_entries: bool,
    /// Tell customers apart by a trait or another column of the table of customers, or moves by a segment
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `segments`
#[derive(Debug, ClapArgs)]
pub struct Segments {
    /// Where results are
    #[command(flatten)]
    pub from: From,
    /// The instant [default: where history ends]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `explain`
#[derive(Debug, ClapArgs)]
pub struct Explain {
    /// The customer: her id, or any identifier of hers
    pub customer: String,
    /// Where results are
    #[command(flatten)]
    pub from: From,
    /// The instant to look at [default: where history ends]
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `plan`
#[derive(Debug, ClapArgs)]
pub struct Plan {
    /// The project folder with the present rules
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// The project folder with the draft rules
    #[arg(long, value_name = "DIR")]
    pub draft: PathBuf,
    /// A file of events; may be given often [default: the project's sources]
    #[arg(long, value_name = "FILE")]
    pub input: Vec<String>,
    /// Where history ends, exclusive [default: after the last event]
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// Exit with 4 where anything would change
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `test`
#[derive(Debug, ClapArgs)]
pub struct Test {
    /// The project folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// Scenario files [default: scenarios/*.txt of the project]
    pub files: Vec<PathBuf>,
    /// Fill in right-hand sides that are missing
    #[arg(long)]
    pub bless: bool,
}

/// `demo`
#[derive(Debug, ClapArgs)]
pub struct Demo {
    /// Where the shop and its results go
    #[arg(long, value_name = "DIR", default_value = "perennial-demo")]
    pub folder: PathBuf,
    /// Customers
    #[arg(long, default_value_t = 20_000)]
    pub customers: u32,
    /// The seed: the same seed makes the same shop
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The same shop with nothing planted in it: what is found there is chance
    #[arg(long)]
    pub control: bool,
    /// Write to FILE who is still a customer and what she buys after the end, which the shop's files do not say
    #[arg(long, value_name = "FILE")]
    pub truth: Option<PathBuf>,
}

/// `completions`
#[derive(Debug, ClapArgs)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

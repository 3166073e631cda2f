//! The options of `ask`: several questions in one reading.

use std::path::PathBuf;

use clap::{ArgGroup, Args as ClapArgs};

use crate::args::Output;

/// `ask`
#[derive(Debug, ClapArgs)]
#[command(group(ArgGroup::new("asked").required(true).multiple(true).args(["file", "question"])))]
#[command(group(ArgGroup::new("source").multiple(false).args(["input", "out"])))]
pub struct Questions {
    /// A YAML file of questions
    pub file: Option<PathBuf>,
    /// A question besides, such as buyers="funnel --steps visit,buy --window 14d"; may be given often
    #[arg(long, value_name = "NAME=QUESTION")]
    pub question: Vec<String>,
    /// Only these questions, in the order of the file
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub only: Vec<String>,
    /// A file of events (CSV, NDJSON, Parquet), a glob, or - for standard input; may be given often [default: the file's]
    #[arg(long, value_name = "FILE")]
    pub input: Vec<String>,
    /// The folder that `run` has written, to ask its touches [default: the file's]
    #[arg(long, value_name = "DIR")]
    pub out: Option<String>,
    /// Only rows for which this holds, besides what the file and the questions say
    #[arg(long = "where", value_name = "RULE")]
    pub rule: Option<String>,
    /// The first instant or date of questions that name none [default: the file's]
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// The end of questions that name none: a date is included, an instant is not [default: the file's]
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// The time zone of questions that name none [default: the file's, else UTC or that of the run]
    #[arg(long, value_name = "IANA")]
    pub timezone: Option<String>,
    /// The day that weeks begin on, of questions that name none [default: the file's, else monday]
    #[arg(long, value_name = "DAY", value_parser = ["monday", "sunday"])]
    pub week_start: Option<String>,
    /// The column counted as customers, of questions that name none [default: the file's]
    #[arg(long, value_name = "COLUMN")]
    pub customer: Option<String>,
    /// Threads [default: one a core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// How the answers are shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
    /// Write to this file instead of standard output; of csv and parquet to this folder, a file a question
    #[arg(long, value_name = "PLACE")]
    pub save: Option<PathBuf>,
}

//! The options of `report`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::From;

/// `report`
#[derive(Debug, ClapArgs)]
pub struct Report {
    /// Where results are
    #[command(flatten)]
    pub from: From,
    /// Only this lifecycle [default: the first]
    #[arg(long, value_name = "NAME")]
    pub lifecycle: Option<String>,
    /// How many days the report looks back, and compares with as many before
    #[arg(long, value_name = "DAYS", default_value_t = 28)]
    pub days: u32,
    /// The column of touches that says the region, or another trait to compare by [default: country, else region]
    #[arg(long, value_name = "COLUMN")]
    pub by: Option<String>,
    /// A page, or the same content as JSON
    #[arg(long, value_enum, default_value = "html")]
    pub output: ReportOutput,
    /// Write the report to a file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
}

/// In which form a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportOutput {
    /// A page that needs nothing but itself
    Html,
    /// The same content as JSON
    Json,
}

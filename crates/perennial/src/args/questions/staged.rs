//! The options of questions about the stages of a run.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::{Ask, Period};

/// Which stages are meant, and what counts as what: options of every question about stages.
#[derive(Clone, Debug, ClapArgs)]
pub struct Staged {
    /// The project, whose touchpoints say what is an order [default: the folder that --out lies in, or this one]
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// A lifecycle; may be given often [default: all]
    #[arg(long, value_name = "NAME")]
    pub lifecycle: Vec<String>,
    /// The stages of those who are lost [default: lapsed, lost and the like, else those that time alone leads to]
    #[arg(long, value_name = "STAGES", value_delimiter = ',')]
    pub lapsed: Vec<String>,
    /// What a touchpoint means, such as ces=answered_survey: order, refund, csat, nps, ces, review, ticket, referral
    #[arg(long, value_name = "MEANING=TOUCHPOINT")]
    pub means: Vec<String>,
    /// Within how long of entering a stage customers are to have moved on
    #[arg(long, value_name = "DURATION", default_value = "30d")]
    pub window: String,
    /// What is asked of which rows
    #[command(flatten)]
    pub ask: Ask,
}

/// `kpis`
#[derive(Debug, ClapArgs)]
pub struct Kpis {
    /// Figures for each period, instead of the whole range
    #[arg(long, value_enum)]
    pub interval: Option<Period>,
    /// What is asked of which stages
    #[command(flatten)]
    pub staged: Staged,
}

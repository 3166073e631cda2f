//! The options of questions about the stages of a run.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, ValueEnum};

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

impl Staged {
    /// Takes the run that `run` leaves in the project's folder, where none is named.
    pub fn find_run(&mut self) {
        if self.ask.out.is_none() && self.ask.input.is_empty() {
            let project = self.project.as_deref().unwrap_or(Path::new("."));
            self.ask.out = Some(project.join("out"));
        }
    }
}

/// `kpis`
#[derive(Debug, ClapArgs)]
pub struct Kpis {
    /// What is listed; JSON tells targets and benchmarks in any case
    #[arg(long, value_enum, default_value = "stages")]
    pub rows: KpiRows,
    /// Figures for each period, instead of the whole range
    #[arg(long, value_enum)]
    pub interval: Option<Period>,
    /// What is asked of which stages
    #[command(flatten)]
    pub staged: Staged,
}

/// What a list of KPIs holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KpiRows {
    /// The figures of each stage
    Stages,
    /// The project's targets and benchmarks, and how far the run is from them
    Targets,
}

/// `regions`
#[derive(Debug, ClapArgs)]
pub struct Regions {
    /// The figures shown, or all
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_values = ["in_stage", "retention_rate", "recovery_rate", "average_order", "value_per_head", "csat_mean", "nps"]
    )]
    pub figure: Vec<String>,
    /// How wide the parts of the world are that are shown [default: all]
    #[arg(long, value_enum, value_name = "LEVELS", value_delimiter = ',')]
    pub level: Vec<RegionLevel>,
    /// A figure of fewer customers, answers or orders is not tested
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub small_below: u64,
    /// The share of false findings to put up with among those that differ
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub false_discovery_rate: f64,
    /// What is asked of which stages; --by names the column of countries [default: country]
    #[command(flatten)]
    pub staged: Staged,
}

/// How wide a part of the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RegionLevel {
    /// All of it
    World,
    /// Such as Europe
    Region,
    /// Such as Western Europe
    Subregion,
    /// Countries
    Country,
}

/// `opportunities`
#[derive(Debug, ClapArgs)]
pub struct Opportunities {
    /// Tell apart those who did this before they entered the stage, instead of --by
    #[arg(long, value_name = "EVENT", conflicts_with = "by")]
    pub met: Option<String>,
    /// From when on customers confirm and no longer find [default: the middle of the range]
    #[arg(long, value_name = "TIME")]
    pub split: Option<String>,
    /// How long after entering a stage money counts
    #[arg(long, value_name = "DURATION", default_value = "90d")]
    pub value_window: String,
    /// Fewest customers of a segment in either part
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub min_people: u64,
    /// The share of false ones to put up with among those that hold
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub false_discovery_rate: f64,
    /// Most rows, those that hold first
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub top: usize,
    /// What is asked of which stages; of --lifecycle one [default: the first]
    #[command(flatten)]
    pub staged: Staged,
}

/// `business`
#[derive(Debug, ClapArgs)]
pub struct Business {
    /// How long a period is
    #[arg(long, value_enum, default_value = "month")]
    pub interval: Period,
    /// How many periods growth is measured over
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub block: usize,
    /// What is asked
    #[command(flatten)]
    pub staged: Staged,
}

/// `journey`
#[derive(Debug, ClapArgs)]
pub struct Journey {
    /// What is listed; JSON tells all of it
    #[arg(long, value_enum, default_value = "touchpoints")]
    pub rows: JourneyRows,
    /// Touchpoints that are done to customers, not by them
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_values = ["sent_email", "delivered_email", "bounced_email"]
    )]
    pub passive: Vec<String>,
    /// How long without a touch a customer has stopped
    #[arg(long, value_name = "DURATION", default_value = "30d")]
    pub silence: String,
    /// Most points that hurt
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub top: usize,
    /// What is asked of which stages; of --lifecycle one [default: the first]
    #[command(flatten)]
    pub staged: Staged,
}

/// What a list of a journey holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum JourneyRows {
    /// The touchpoints of each stage
    Touchpoints,
    /// The points where it hurts
    Pains,
}

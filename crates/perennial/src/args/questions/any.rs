//! The commands that are questions.

use clap::error::ErrorKind;
use clap::{Command, CommandFactory, Parser, Subcommand};

use super::*;
use crate::args::Show;

/// A question of any sort.
#[derive(Debug, Subcommand)]
pub enum AnyQuestion {
    /// RFM: recency, frequency and money of every buyer
    Rfm(Rfm),
    /// Who is new, comes back or falls silent, period by period, of a file of events
    Lifecycle(Lifecycle),
    /// How many of those who began in a period came back in later ones
    Retention(Retention),
    /// How many customers get from step to step, and how long they take
    Funnel(Funnel),
    /// What customers did one after another, as edges of their paths
    Paths(Paths),
    /// What directly follows what over whole histories, and the variants of them
    Dfg(Dfg),
    /// Events that belong together, cut by silence or by markers
    Sessions(Sessions),
    /// How many customers were active in exactly so many periods
    Stickiness(Stickiness),
    /// In whose history a pattern of conditions occurs
    Sequence(Sequence),
    /// Which channels are credited with conversions
    Attribution(Attribution),
    /// The figures of each stage: who comes, stays and goes, what they bring and say
    Kpis(Kpis),
    /// The figures of stages side by side by country and region
    Regions(Regions),
    /// Where more customers could move on, and what that would be worth
    Opportunities(Opportunities),
    /// What the business takes in, how that grows, and in which phase it is
    Business(Business),
    /// What customers touch in each stage, what follows, and where it hurts
    Journey(Journey),
}

/// A question as it is typed.
#[derive(Debug, Parser)]
#[command(name = "perennial", no_binary_name = true)]
struct Typed {
    #[command(subcommand)]
    question: AnyQuestion,
}

impl AnyQuestion {
    /// The command of questions, which knows all of them with their options.
    pub fn command() -> Command {
        Typed::command()
    }

    /// Takes words for a question, as they would be typed.
    ///
    /// # Errors
    /// What the command line would say, without its usage.
    pub fn parse(words: &[String]) -> Result<Self, String> {
        let typed = Typed::try_parse_from(words).map_err(|error| {
            if error.kind() == ErrorKind::DisplayHelp {
                return "--help is no part of a question".to_owned();
            }
            let said = error.render().to_string();
            let ends = ["\n\nUsage:", "\n\nFor more information"];
            let end = ends.iter().filter_map(|end| said.find(end)).min();
            let said = &said[..end.unwrap_or(said.len())];
            said.trim_start_matches("error: ").trim_end().to_owned()
        })?;
        Ok(typed.question)
    }

    /// How its answer is shown.
    pub fn show(&self) -> &Show {
        match self {
            Self::Rfm(args) => &args.show,
            Self::Lifecycle(args) => &args.ask.show,
            Self::Retention(args) => &args.ask.show,
            Self::Funnel(args) => &args.ask.show,
            Self::Paths(args) => &args.ask.show,
            Self::Dfg(args) => &args.ask.show,
            Self::Sessions(args) => &args.ask.show,
            Self::Stickiness(args) => &args.ask.show,
            Self::Sequence(args) => &args.ask.show,
            Self::Attribution(args) => &args.ask.show,
            Self::Kpis(args) => &args.staged.ask.show,
            Self::Regions(args) => &args.staged.ask.show,
            Self::Opportunities(args) => &args.staged.ask.show,
            Self::Business(args) => &args.staged.ask.show,
            Self::Journey(args) => &args.staged.ask.show,
        }
    }

    /// Whether it is about stages.
    pub fn is_staged(&self) -> bool {
        matches!(
            self,
            Self::Kpis(_)
                | Self::Regions(_)
                | Self::Opportunities(_)
                | Self::Business(_)
                | Self::Journey(_)
        )
    }

    /// The same of the run that `run` leaves in the project's folder, where it is about stages and none is named.
    pub fn with_run(mut self) -> Self {
        let staged = match &mut self {
            Self::Kpis(args) => &mut args.staged,
            Self::Regions(args) => &mut args.staged,
            Self::Opportunities(args) => &mut args.staged,
            Self::Business(args) => &mut args.staged,
            Self::Journey(args) => &mut args.staged,
            _ => return self,
        };
        staged.find_run();
        self
    }
}

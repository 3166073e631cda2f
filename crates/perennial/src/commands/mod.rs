//! One file a command; here only the way to them.

mod apply;
mod attribution;
mod backup;
mod business;
mod completions;
mod demo;
mod doctor;
mod explain;
mod funnel;
mod import;
mod init;
mod journey;
mod keys;
mod kpis;
mod lifecycle;
mod log;
mod opportunities;
mod orders;
mod paths;
mod plan;
mod privacy;
mod regions;
mod report;
mod restore;
mod retention;
mod rfm;
mod run;
mod schema;
mod segments;
mod sequence;
mod serve;
mod sessions;
mod stages;
mod stickiness;
mod test;
mod transitions;
mod validate;

pub use journey::asked as journey_asked;
pub use log::verified;
pub use opportunities::asked as opportunities_asked;
pub use run::{instant, threads};

use std::process::ExitCode;

use crate::args::{Args, Business, Command, Journey, Kpis, Opportunities, Regions};
use crate::failure::Failure;

/// Does what was asked.
pub fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Init(args) => init::init(&args),
        Command::Validate(args) => validate::validate(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Import(args) => import::import(&args),
        Command::Run(args) => run::run(&args),
        Command::Stages(args) => stages::stages(&args),
        Command::Transitions(args) => transitions::transitions(&args),
        Command::Segments(args) => segments::segments(&args),
        Command::Rfm(args) => rfm::rfm(&args),
        Command::Lifecycle(args) => lifecycle::lifecycle(&args),
        Command::Retention(args) => retention::retention(&args),
        Command::Funnel(args) => funnel::funnel(&args),
        Command::Paths(args) => paths::paths(&args),
        Command::Dfg(args) => paths::dfg(&args),
        Command::Sessions(args) => sessions::sessions(&args),
        Command::Stickiness(args) => stickiness::stickiness(&args),
        Command::Sequence(args) => sequence::sequence(&args),
        Command::Attribution(args) => attribution::attribution(&args),
        Command::Kpis(args) => kpis::kpis(&Kpis {
            staged: args.staged.with_run(),
            ..args
        }),
        Command::Report(args) => report::report(&args),
        Command::Regions(args) => regions::regions(&Regions {
            staged: args.staged.with_run(),
            ..args
        }),
        Command::Opportunities(args) => opportunities::opportunities(&Opportunities {
            staged: args.staged.with_run(),
            ..args
        }),
        Command::Business(args) => business::business(&Business {
            staged: args.staged.with_run(),
            ..args
        }),
        Command::Journey(args) => journey::journey(&Journey {
            staged: args.staged.with_run(),
            ..args
        }),
        Command::Explain(args) => explain::explain(&args),
        Command::Plan(args) => plan::plan(&args),
        Command::Test(args) => test::test(&args),
        Command::Demo(args) => demo::demo(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Keys(args) => keys::keys(&args),
        Command::Apply(args) => apply::apply(&args),
        Command::Privacy(args) => privacy::privacy(&args),
        Command::Backup(args) => backup::backup(&args),
        Command::Restore(args) => restore::restore(&args),
        Command::Log(args) => log::log(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Completions(args) => completions::completions(&args),
    }
}

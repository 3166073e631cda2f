//! One file a command; here only the way to them.

mod apply;
pub mod aside;
mod ask;
mod attribution;
mod backup;
mod business;
mod completions;
mod demo;
mod dfg;
mod doctor;
mod explain;
pub mod forecast;
mod funnel;
mod import;
mod init;
mod journey;
mod keys;
mod kpis;
mod lifecycle;
mod log;
mod offers;
mod opportunities;
mod orders;
mod paths;
mod paths_table;
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
mod targets;
mod test;
mod transitions;
mod uplift;
mod validate;

pub use business::asked as business_asked;
pub use journey::asked as journey_asked;
pub use kpis::field_name as kpi_field;
pub use log::verified;
pub use opportunities::asked as opportunities_asked;
pub use run::{instant, threads};

use std::process::ExitCode;

use crate::args::{AnyQuestion, Args, Command};
use crate::failure::Failure;
use crate::questions::Prepared;

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
        Command::Question(question) => {
            let question = question.with_run();
            prepare(&question)?.tell(question.show())
        }
        Command::Forecast(args) => forecast::forecast(&args),
        Command::Offers(args) => offers::prepare(&args)?.tell(&args.show),
        Command::Ask(args) => ask::ask(&args),
        Command::Report(args) => report::report(&args),
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
        Command::Aside(args) => aside::aside(&args),
        Command::Uplift(args) => uplift::uplift(&args),
        Command::Completions(args) => completions::completions(&args),
    }
}

/// Makes a question ready, which asks and reads nothing yet but what its options name.
///
/// # Errors
/// Wrong usage, and a run or a project that cannot be read.
pub fn prepare(question: &AnyQuestion) -> Result<Prepared<'_>, Failure> {
    match question {
        AnyQuestion::Rfm(args) => rfm::prepare(args),
        AnyQuestion::Lifecycle(args) => lifecycle::prepare(args),
        AnyQuestion::Retention(args) => retention::prepare(args),
        AnyQuestion::Funnel(args) => funnel::prepare(args),
        AnyQuestion::Paths(args) => paths::prepare(args),
        AnyQuestion::Dfg(args) => dfg::prepare(args),
        AnyQuestion::Sessions(args) => sessions::prepare(args),
        AnyQuestion::Stickiness(args) => stickiness::prepare(args),
        AnyQuestion::Sequence(args) => sequence::prepare(args),
        AnyQuestion::Attribution(args) => attribution::prepare(args),
        AnyQuestion::Kpis(args) => kpis::prepare(args),
        AnyQuestion::Regions(args) => regions::prepare(args),
        AnyQuestion::Opportunities(args) => opportunities::prepare(args),
        AnyQuestion::Business(args) => business::prepare(args),
        AnyQuestion::Journey(args) => journey::prepare(args),
    }
}

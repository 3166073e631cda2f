//! The generator of load: `perennial-sim load`, `timers`, `idle` and `neighbors`. It renders all requests
//! before its clock starts, so that it takes little of the CPU that it shares with the server.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use perennial_sim::Setup;

mod bench;

#[derive(Parser)]
#[command(
    name = "perennial-sim",
    about = "Puts load on a server and measures it"
)]
struct Arguments {
    /// The binary to start
    #[arg(long, global = true, default_value = "target/release/perennial")]
    binary: PathBuf,
    /// The folder of data, which must be new
    #[arg(long, global = true, default_value = "sim-data")]
    data: PathBuf,
    /// The project folder
    #[arg(long, global = true, default_value = ".")]
    project: PathBuf,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Full load, then half of what it came to
    Load(bench::Load),
    /// Moves that come of time alone, with many customers waiting; then the time to start
    Timers(bench::Timers),
    /// Memory at rest over the files of the demo
    Idle(bench::Idle),
    /// A quiet workspace beside a noisy one
    Neighbors(bench::Neighbors),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let setup = Setup::new(&arguments.binary, &arguments.data, &arguments.project);
    let outcome = setup.and_then(|setup| match &arguments.what {
        What::Load(load) => load.run(&setup),
        What::Timers(timers) => timers.run(&setup),
        What::Idle(idle) => idle.run(&setup),
        What::Neighbors(neighbors) => neighbors.run(&setup),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where standard error is closed there is nobody to tell.
            writeln!(std::io::stderr(), "error: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

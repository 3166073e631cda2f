//! `completions`: the script that lets a shell complete commands and options.

use std::process::ExitCode;

use clap::CommandFactory;

use crate::args::{Args, Completions};
use crate::failure::Failure;

pub fn completions(args: &Completions) -> Result<ExitCode, Failure> {
    let mut command = Args::command();
    clap_complete::generate(
        args.shell,
        &mut command,
        "perennial",
        &mut std::io::stdout(),
    );
    Ok(ExitCode::SUCCESS)
}

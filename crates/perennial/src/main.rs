//! The one binary: commands over projects, files and results.

mod ahead;
mod answer;
mod args;
mod checks;
mod commands;
mod data;
mod demo;
mod failure;
mod folder;
mod groups;
mod http;
mod import;
mod pictures;
mod plain;
mod presets;
mod progress;
mod questions;
mod report;
mod results;
mod size;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    match commands::run(args) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

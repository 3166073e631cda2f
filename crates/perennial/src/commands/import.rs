//! `import`: look at files of events; with `--dry-run`, guess what their columns mean.

use std::io::Write;
use std::process::ExitCode;

use perennial_batch::read::Guess;

use perennial_batch::BatchError;
use perennial_model::Zone;

use crate::args::{Import, Output, Run};
use crate::failure::Failure;

pub fn import(args: &Import) -> Result<ExitCode, Failure> {
    if args.dry_run {
        let mut out = std::io::stdout().lock();
        let zone = Zone::utc();
        for file in &args.files {
            let guess = Guess::of(file, &zone).map_err(BatchError::from)?;
            write!(out, "{}", guess.to_yaml())?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    super::run::run(&Run {
        project: args.project.clone(),
        input: args.files.clone(),
        out: None,
        until: None,
        threads: None,
        max_bad: None,
        output: Output::Table,
        quiet: false,
    })
}

//! `explain`: to come.

use std::process::ExitCode;

use crate::args::Explain;
use crate::failure::Failure;

pub fn explain(_args: &Explain) -> Result<ExitCode, Failure> {
    Err(Failure::failed("not yet"))
}

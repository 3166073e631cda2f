//! `test`: to come.

use std::process::ExitCode;

use crate::args::Test;
use crate::failure::Failure;

pub fn test(_args: &Test) -> Result<ExitCode, Failure> {
    Err(Failure::failed("not yet"))
}

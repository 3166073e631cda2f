//! `init`: to come.

use std::process::ExitCode;

use crate::args::Init;
use crate::failure::Failure;

pub fn init(_args: &Init) -> Result<ExitCode, Failure> {
    Err(Failure::failed("not yet"))
}

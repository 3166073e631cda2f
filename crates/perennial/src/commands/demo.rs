//! `demo`: to come.

use std::process::ExitCode;

use crate::args::Demo;
use crate::failure::Failure;

pub fn demo(_args: &Demo) -> Result<ExitCode, Failure> {
    Err(Failure::failed("not yet"))
}

//! `plan`: to come.

use std::process::ExitCode;

use crate::args::Plan;
use crate::failure::Failure;

pub fn plan(_args: &Plan) -> Result<ExitCode, Failure> {
    Err(Failure::failed("not yet"))
}

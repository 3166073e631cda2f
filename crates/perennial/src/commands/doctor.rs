//! `doctor`
use crate::args::Doctor;
use crate::failure::Failure;
use std::process::ExitCode;
pub fn doctor(_: &Doctor) -> Result<ExitCode, Failure> {
    Ok(ExitCode::SUCCESS)
}

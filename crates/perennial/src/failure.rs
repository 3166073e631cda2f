//! How a command fails: what is said, and the exit code.

use std::io::Write;
use std::process::ExitCode;

use crate::plain;

/// Exit codes, as documented in docs/commands.md.
pub mod exit {
    /// Failed.
    pub const FAILED: u8 = 1;
    /// Wrong usage.
    pub const USAGE: u8 = 2;
    /// Validation found errors.
    pub const INVALID: u8 = 3;
    /// Changes are pending (`plan --detailed-exitcode`).
    pub const PENDING: u8 = 4;
    /// What is personal was asked for by who may not see it. Only a server has such askers.
    pub const PERSONAL: u8 = 5;
}

/// Says something about an answer on standard error.
pub fn note(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "note: {}", plain::lines(text));
}

/// Why a command failed.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What is said on standard error; empty where it has been said already.
    pub message: String,
}

impl Failure {
    /// The command failed.
    pub fn failed(message: impl ToString) -> Self {
        Self {
            code: exit::FAILED,
            message: message.to_string(),
        }
    }

    /// The command was used wrongly.
    pub fn usage(message: impl ToString) -> Self {
        Self {
            code: exit::USAGE,
            message: message.to_string(),
        }
    }

    /// The project has errors, which have been shown.
    pub fn invalid() -> Self {
        Self {
            code: exit::INVALID,
            message: String::new(),
        }
    }

    /// Says it and gives the exit code.
    pub fn report(&self) -> ExitCode {
        if !self.message.is_empty() {
            // Where standard error is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "error: {}", plain::lines(&self.message));
        }
        ExitCode::from(self.code)
    }
}

impl From<perennial_batch::BatchError> for Failure {
    fn from(error: perennial_batch::BatchError) -> Self {
        Self::failed(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        // A closed pipe is the reader's choice: `perennial ... | head` is no failure worth words.
        let message = if error.kind() == std::io::ErrorKind::BrokenPipe {
            String::new()
        } else {
            error.to_string()
        };
        Self {
            code: exit::FAILED,
            message,
        }
    }
}

//! Scenarios: behaviour as text, readable by a marketer, run against a project under a fixed clock.
//!
//! ```text
//! # What happens to ada, and what must follow.
//! start 2024-01-01                                   # day 0, in the project's time zone or one named here
//!
//! day 0        ada  signed_up                        -> retail: visitor, retail: lead
//! day 2 10:30  ada  ordered value=40 topic=shoes     -> retail: first, +buyers
//! day 2 10:30  ada  event "Order Completed" amount=40
//! day 100      ada  (silence)                        -> retail: lapsed @ day 92 10:30, -buyers
//! ```
//!
//! A line says when, who and what; behind the arrow stands what must follow. What may stand where is
//! told in `scenarios/README.md`. The life of a scenario: text -> [`Scenario::parse`] ->
//! [`Scenario::run`] -> [`Report`] -> [`bless`], which writes what came out back into the text.
//!
//! What is absent: files and clocks. The population too: thresholds of scores are given in the text.

mod bless;
mod calendar;
mod expected;
mod parse;
#[cfg(test)]
mod presets;
mod run;
#[cfg(test)]
mod suite;
#[cfg(test)]
mod tests;
mod thresholds;
mod words;

use std::fmt;

use perennial_model::{Cuts, Number, Time};

use calendar::Calendar;
use expected::Happening;

pub use bless::{Blessing, bless};

/// Most lines of a scenario.
pub const MAX_LINES: usize = 100_000;

/// The last day that a scenario may name, about a thousand years after its start.
pub const MAX_DAY: i32 = 366_000;

/// A scenario, its names checked against a project.
#[derive(Clone, Debug)]
pub struct Scenario {
    calendar: Calendar,
    /// The cuts between tiles of scores, by date.
    thresholds: Vec<(Time, Cuts)>,
    /// What customers do, in the order of the text.
    lines: Vec<Line>,
}

/// What one customer does at one instant, and what must follow.
#[derive(Clone, Debug)]
struct Line {
    /// The line's number in the text, from 1.
    number: usize,
    at: Time,
    customer: String,
    deed: Deed,
    /// What must have happened to her since her previous line; `None` is not checked.
    expected: Option<Vec<Happening>>,
    /// The same as written.
    expected_text: String,
}

/// What a customer does.
#[derive(Clone, Debug)]
enum Deed {
    /// Nothing: time passes, up to and including the instant.
    Silence,
    /// A touch of a touchpoint, by its name.
    Touch(String, Vec<Property>),
    /// An event, still to be recognised.
    Event(String, Vec<Property>),
}

/// A property of an event, or a trait that it sets.
#[derive(Clone, Debug)]
struct Property {
    name: String,
    value: Literal,
}

/// A value as written.
#[derive(Clone, Debug)]
enum Literal {
    Bool(bool),
    Number(Number),
    Text(String),
}

/// What is wrong with a line of a scenario, and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong, in one line without a full stop.
    pub message: String,
    /// The way out.
    pub help: String,
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.message, self.help)
    }
}

impl std::error::Error for ScenarioError {}

/// What came out of a scenario, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The lines that say what a customer does, in the order of the text.
    pub lines: Vec<LineReport>,
}

/// What came out of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineReport {
    /// The line's number in the text, from 1.
    pub line: usize,
    /// Whose line it is.
    pub customer: String,
    /// What must follow, as written; `None` where nothing is.
    pub expected: Option<String>,
    /// What followed, as it would be written.
    pub got: String,
    /// Whether what followed is what must, or nothing is asked.
    pub ok: bool,
}

impl Report {
    /// Whether every line came out as it must.
    pub fn is_ok(&self) -> bool {
        self.lines.iter().all(|line| line.ok)
    }
}

impl fmt::Display for Report {
    /// The lines that came out otherwise than they must.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.lines.iter().filter(|line| !line.ok) {
            writeln!(f, "line {} ({})", line.line, line.customer)?;
            writeln!(
                f,
                "  expected  {}",
                line.expected.as_deref().unwrap_or_default()
            )?;
            writeln!(f, "  got       {}", line.got)?;
        }
        Ok(())
    }
}

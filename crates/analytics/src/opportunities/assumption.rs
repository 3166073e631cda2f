//! What has to be assumed for an opportunity to be worth its money, in the parts of a sentence.

use std::fmt;

/// Millionths in a unit of money.
const MONEY: f64 = 1_000_000.0;
/// Shares in a hundred.
const PERCENT: f64 = 100.0;

/// What a segment is held against.
#[derive(Clone, Debug, PartialEq)]
pub enum Versus {
    /// The comparable segment that does best; `None` for those of whom no text is known.
    Segment(Option<String>),
    /// A target, by who says so.
    Target {
        /// The source.
        source: String,
        /// As of which day, counted since 1970-01-01.
        day: Option<i64>,
    },
}

/// The parts of the sentence. It reads well in English by [`fmt::Display`]; others put it in other words.
#[derive(Clone, Debug, PartialEq)]
pub struct Assumption {
    /// How many customers, of the first part.
    pub people: u64,
    /// Of which segment; `None` for those of whom no text is known.
    pub segment: Option<String>,
    /// The stage that they enter, by name.
    pub from: String,
    /// The stage that they go to next, by name.
    pub to: String,
    /// Within how many days.
    pub window_days: f64,
    /// How often they do, from 0 to 1.
    pub rate: f64,
    /// How often they would.
    pub better_rate: f64,
    /// As whom or what.
    pub versus: Versus,
    /// What each is worth more who does, in millionths of money.
    pub value_each: i128,
    /// Within how many days after entering.
    pub value_days: f64,
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |segment: &Option<String>| segment.clone().unwrap_or_else(|| "unknown".into());
        let whom = match &self.versus {
            Versus::Segment(segment) => format!("those of segment {} do", name(segment)),
            Versus::Target { source, .. } => format!("{source} says"),
        };
        write!(
            f,
            "If the {} customers of segment {} who enter {} went on to {} within {} days as often as {whom} \
             ({:.1}% instead of {:.1}%), and each who does so brought {:.2} more in {} days than one who does \
             not, as those do who go by themselves",
            self.people,
            name(&self.segment),
            self.from,
            self.to,
            self.window_days,
            PERCENT * self.better_rate,
            PERCENT * self.rate,
            self.value_each as f64 / MONEY,
            self.value_days,
        )
    }
}

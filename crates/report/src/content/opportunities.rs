//! What there is to say of what is worth trying.

use serde::Serialize;

use super::Measure;

/// What is worth trying.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Opportunities {
    /// How the gain is estimated, in a sentence.
    pub meaning: String,
    /// The opportunities, the most promising first.
    pub opportunities: Vec<Opportunity>,
}

/// Something worth trying.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Opportunity {
    /// What, in plain words.
    pub what: String,
    /// Whom it concerns.
    pub of_whom: String,
    /// How many.
    pub customers: u64,
    /// How it is now.
    pub now: Measure,
    /// How it is where it goes better.
    pub better: Measure,
    /// What it may bring.
    pub gain: Measure,
    /// What is taken for granted.
    pub assumption: String,
}

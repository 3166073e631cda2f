//! What there is to say of who is still a customer and what customers are worth.

use serde::Serialize;

use super::Measure;

/// Who is still a customer, what customers will bring, and how such forecasts have done before.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Value {
    /// Until when orders count, and how far ahead is looked, in a sentence.
    pub meaning: String,
    /// Why there is no forecast, with the way out; then nothing else stands here.
    pub refusal: Option<String>,
    /// The figures of all customers together; intervals here hold 90 of 100 cases.
    pub totals: Vec<ValueTotal>,
    /// Customers by the chance that they are still there, the surest first.
    pub bands: Vec<ChurnBand>,
    /// Customers by what they are expected to bring, the most first.
    pub tenths: Vec<ValueTenth>,
    /// Whom to look at first.
    pub first: Vec<AtRisk>,
    /// How forecasts of earlier days have done, the oldest first.
    pub trials: Vec<ValueTrial>,
    /// What to know before using any of it.
    pub warnings: Vec<String>,
}

/// A figure of all customers together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ValueTotal {
    /// What it measures.
    pub name: String,
    /// The figure, with 90 of 100 cases.
    pub measure: Measure,
    /// What it is of, or how it is counted.
    pub note: String,
}

/// Customers whose chances to be still there are alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ChurnBand {
    /// What they are called, such as «Likely gone».
    pub name: String,
    /// Their chances in words, such as «below 25%».
    pub chances: String,
    /// How many.
    pub customers: u64,
    /// What they are expected to bring.
    pub expected: Measure,
    /// What is lost where they are gone: what they would bring if they are there, less what is expected.
    pub at_risk: Measure,
}

/// A tenth of the customers, by what they are expected to bring.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ValueTenth {
    /// Which one, such as «Highest tenth».
    pub name: String,
    /// How many.
    pub customers: u64,
    /// What each is expected to bring: the least and the most of them.
    pub each: [Measure; 2],
    /// What they bring together.
    pub together: Measure,
    /// Which part of all that is.
    pub share: f64,
}

/// A customer to look at.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AtRisk {
    /// Who.
    pub customer: String,
    /// Why, in words, such as «bought every 21 days, silent for 80».
    pub reason: String,
    /// The chance that she is still there.
    pub alive: Measure,
    /// What she is expected to bring.
    pub expected: Measure,
    /// What is lost if she is gone.
    pub at_risk: Measure,
}

/// A forecast from an earlier day, and what came.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ValueTrial {
    /// The day it was made of, as [`crate::date_in_words`] reads it.
    pub from: String,
    /// The last day that it was about.
    pub to: String,
    /// Customers it was made for.
    pub customers: u64,
    /// What was forecast in all.
    pub forecast: Measure,
    /// What came.
    pub came: Measure,
    /// What the naive rule said.
    pub naive: Measure,
    /// By how much the forecast was above what came, as a share.
    pub bias: Measure,
    /// All errors together, as a share of what came; the naive rule's.
    pub error: [Measure; 2],
    /// How well customers were ranked, 1 is best; the naive rule's.
    pub ranking: [Measure; 2],
    /// Which part of outcomes lay in their intervals; 90% were to.
    pub inside: Measure,
}

//! What there is to say of what customers touch, and where it hurts.

use serde::Serialize;

use super::Measure;

/// What customers of each stage touch, and where it hurts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Journey {
    /// What the period is, in words.
    pub period: String,
    /// The stages in order.
    pub stages: Vec<JourneyStage>,
    /// Pain points, the worst first.
    pub pains: Vec<Pain>,
}

/// A column of the journey map.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct JourneyStage {
    /// The stage.
    pub stage: String,
    /// Customers who were in it.
    pub customers: u64,
    /// What they touched, the most frequent first.
    pub touchpoints: Vec<Touchpoint>,
}

/// A touchpoint within a stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Touchpoint {
    /// The touchpoint.
    pub name: String,
    /// How often it was touched.
    pub touches: u64,
    /// Customers who did.
    pub customers: u64,
    /// How they felt, or how well it went, where that is known.
    pub feeling: Option<Measure>,
}

/// A place where the journey hurts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pain {
    /// What hurts, in plain words.
    pub what: String,
    /// The stage it is in.
    pub stage: String,
    /// The touchpoint it is at.
    pub touchpoint: String,
    /// Customers concerned.
    pub customers: u64,
    /// How many of them are hit.
    pub severity: Measure,
    /// How many are elsewhere.
    pub usual: Measure,
    /// What is at stake.
    pub value: Measure,
    /// How sure it is.
    pub evidence: String,
    /// What to begin with, in a sentence.
    pub remedy: String,
}

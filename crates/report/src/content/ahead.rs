//! What there is to say of how full each stage will be.

use serde::Serialize;

/// How full each stage will be, and how such forecasts have done before.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ahead {
    /// What it comes from, in a sentence.
    pub meaning: String,
    /// Why there is no forecast, with the way out; then nothing else stands here.
    pub refusal: Option<String>,
    /// The dates of the charts' points, evenly apart: those that are known, then those ahead.
    pub dates: Vec<String>,
    /// Each stage in the lifecycle's order.
    pub stages: Vec<StageAhead>,
    /// How forecasts made at earlier days went, in a sentence.
    pub trial: String,
    /// The same for each stage.
    pub trials: Vec<StageTrial>,
    /// What to know before using any of it.
    pub warnings: Vec<String>,
}

/// A stage as it was and as it will be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageAhead {
    /// The stage.
    pub stage: String,
    /// Customers in it at the dates that are known; the last is where history ends.
    pub past: Vec<f64>,
    /// Customers expected at the dates ahead.
    pub ahead: Vec<Expected>,
}

/// A number of customers that is expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Expected {
    /// It is as likely to be more as to be fewer.
    pub median: f64,
    /// Where it lies in half of all cases.
    pub half: [f64; 2],
    /// Where it lies in 90 of 100 cases.
    pub most: [f64; 2],
}

/// How forecasts of a stage went that were made at earlier days, as parts of the customers there were.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageTrial {
    /// The stage.
    pub stage: String,
    /// How far off they were.
    pub error: f64,
    /// How far off «stays as it is» was.
    pub error_as_now: f64,
    /// How far off «goes on as in the last weeks» was.
    pub error_of_trend: f64,
    /// How much too many they said, or too few.
    pub bias: f64,
}

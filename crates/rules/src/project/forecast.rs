//! Forecasts as traits: what they are called, and the event that brings them.

use super::normalize_event_name;

/// The event that brings scores of a forecast: a fact about a customer, nothing that she did.
pub const SCORED: &str = "Customer Scored";
/// The traits that scores are, in the order of tables.
pub const SCORES: [&str; 4] = ["p_alive", "expected_next", "clv", "churn_risk"];
/// The trait that says which model they are by.
pub const FORECAST_MODEL: &str = "forecast_model";

/// Whether an event of this name brings scores; names are compared as those of touchpoints are.
pub fn is_scored(event: &str) -> bool {
    // Most names can be told to differ by their length.
    event.len().abs_diff(SCORED.len()) <= 1
        && normalize_event_name(event) == normalize_event_name(SCORED)
}

/// Whether a trait is one that scores set.
pub fn is_score(name: &str) -> bool {
    SCORES.contains(&name) || name == FORECAST_MODEL
}

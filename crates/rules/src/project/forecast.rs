//! Forecasts as traits: what they are called, and the event that brings them.

use perennial_model::{DAY_MS, Duration};

use super::{ScoringDates, normalize_event_name};

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

/// When forecasts are made of a project's orders, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    /// When customers are scored: at each date of all that was known before it.
    pub dates: ScoringDates,
    /// The model of purchases; none: the one that would have forecast the last third of the time best.
    pub model: Option<PurchaseModelKind>,
    /// How far ahead.
    pub horizon: Duration,
    /// What times are counted in.
    pub unit: ForecastUnit,
    /// What value loses in a year, in per cent.
    pub discount_percent: u8,
    /// By how much a score has to move until a fact says so, in hundredths.
    pub step_percent: u8,
    /// The fewest customers with an order to forecast from; a quarter of them must have ordered again.
    pub floor: u32,
}

/// A model of repeat purchases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PurchaseModelKind {
    /// BG/NBD.
    BgNbd,
    /// MBG/NBD.
    MbgNbd,
    /// Pareto/NBD.
    ParetoNbd,
    /// MBG/CNBD-k.
    MbgCnbd,
}

/// What times are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForecastUnit {
    /// Days.
    Day,
    /// Weeks of seven days, and parts of them.
    Week,
}

impl Default for Forecast {
    fn default() -> Self {
        Self {
            dates: ScoringDates::End,
            model: None,
            horizon: Duration::from_ms(90 * DAY_MS),
            unit: ForecastUnit::Week,
            discount_percent: 10,
            step_percent: 5,
            floor: 200,
        }
    }
}

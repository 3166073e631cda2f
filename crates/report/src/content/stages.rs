//! What there is to say of who is in which stage.

use serde::Serialize;

use super::Series;

/// Who is in which stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Stages {
    /// Each stage in the lifecycle's order.
    pub today: Vec<StageToday>,
    /// The dates of the trend, oldest first.
    pub dates: Vec<String>,
    /// Customers at the ends of these dates, for each stage.
    pub trend: Vec<Series>,
}

/// A stage where history ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageToday {
    /// The stage.
    pub stage: String,
    /// Customers in it.
    pub customers: u64,
    /// Customers in it at the beginning of the period compared with.
    pub before: u64,
}

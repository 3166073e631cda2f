//! What there is to say of where the business itself stands.

use serde::Serialize;

use super::Measure;

/// Where the business itself stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Business {
    /// The phase, in words.
    pub phase: String,
    /// Why, a sentence for each sign.
    pub reasons: Vec<String>,
    /// What the periods are, such as «quarter».
    pub period: String,
    /// The names of figures, in the order of each period's.
    pub names: Vec<String>,
    /// The periods, oldest first.
    pub periods: Vec<BusinessPeriod>,
}

/// A period of the business.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BusinessPeriod {
    /// The period.
    pub name: String,
    /// Its phase.
    pub phase: String,
    /// Its figures.
    pub measures: Vec<Measure>,
}

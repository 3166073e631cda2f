//! What there is to say of who came back.

use serde::Serialize;

/// Who came back.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cohorts {
    /// What makes one a member, in words.
    pub start: String,
    /// What counts as coming back, in words.
    pub back: String,
    /// What a period is, such as «month».
    pub period: String,
    /// The cohorts, oldest first.
    pub cohorts: Vec<Cohort>,
}

/// Those who began in one period.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cohort {
    /// The period.
    pub name: String,
    /// How many began in it.
    pub size: u64,
    /// How many came back, by periods after the start; the first is the period after.
    pub returned: Vec<Option<u64>>,
}

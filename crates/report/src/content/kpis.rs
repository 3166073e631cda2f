//! What there is to say of the figures of each stage.

use serde::Serialize;

use super::Measure;

/// The figures of each stage in one period, and how they came there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Kpis {
    /// The period, as [`crate::date_in_words`] reads it.
    pub period: String,
    /// The period before.
    pub before: String,
    /// What the points of trends are, in words.
    pub trend: String,
    /// The stages in the lifecycle's order.
    pub stages: Vec<String>,
    /// The figures.
    pub figures: Vec<KpiFigure>,
}

/// One figure of all stages.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct KpiFigure {
    /// Its name.
    pub name: String,
    /// Its name in the answers of `kpis`.
    pub field: String,
    /// What it means, in a sentence.
    pub meaning: String,
    /// Its numbers, one for each stage.
    pub stages: Vec<StageFigure>,
}

/// One figure of one stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageFigure {
    /// In the period.
    pub measure: Measure,
    /// In the period before.
    pub before: Measure,
    /// By periods up to that one, oldest first; `None` where it cannot be known.
    pub trend: Vec<Option<f64>>,
}

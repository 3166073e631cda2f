//! What there is to say to somebody who reads nothing else.

use serde::Serialize;

use super::Measure;

/// An answer for somebody who reads nothing else.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Glance {
    /// What it answers, such as «What hurts most».
    pub name: String,
    /// The answer, in a sentence.
    pub text: String,
    /// What it is about in money or customers; without a value there is nothing to show.
    pub worth: Measure,
    /// What that number is, such as «at stake».
    pub worth_name: String,
    /// Where more of it stands.
    pub more: Place,
}

/// A section of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Figures to look at first.
    #[default]
    Headlines,
    /// Where the business stands.
    Business,
    /// Who is in which stage.
    Stages,
    /// The journey and where it hurts.
    Journey,
    /// What is worth trying.
    Opportunities,
    /// Regions side by side.
    Regions,
    /// Value and churn.
    Value,
}

/// A figure to look at first.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Headline {
    /// What it measures, in plain words.
    pub name: String,
    /// The figure.
    pub measure: Measure,
    /// What it was before.
    pub before: Measure,
    /// What «before» means, such as «28 days earlier».
    pub before_name: String,
    /// How it came here, oldest first; `None` where it cannot be known.
    pub trend: Vec<Option<f64>>,
}

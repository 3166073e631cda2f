//! Yardsticks: what figures of stages are held against, the operator's own targets and benchmarks of others.

use perennial_model::{Duration, Number};

use crate::Span;

/// What a figure of a stage is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Yardstick {
    /// Whether the operator sets it, or somebody else has found it.
    pub kind: YardstickKind,
    /// The lifecycle's name.
    pub lifecycle: String,
    /// The stage's name.
    pub stage: String,
    /// The KPI, one of [`YARDSTICK_KPIS`].
    pub kpi: &'static str,
    /// Of conversions the stage that customers go to; `None` of others.
    pub to: Option<String>,
    /// Of conversions within a time, that time; `None`: the one that is asked for.
    pub within: Option<Duration>,
    /// The length of time that the figure is about.
    pub per: Per,
    /// Its value: rates from 0 to 1, money in units of the currency.
    pub value: Number,
    /// The segment that it is for; `None`: everybody.
    pub segment: Option<String>,
    /// The country that it is for, by code or English name; `None`: everywhere.
    pub country: Option<String>,
    /// Who says so; every benchmark has one.
    pub source: Option<String>,
    /// As of when, as `2024`, `2024-06` or `2024-06-30`; every benchmark has one.
    pub date: Option<String>,
    /// Where it is written.
    pub span: Span,
}

/// Who says what a figure should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum YardstickKind {
    /// The operator.
    Target,
    /// Somebody else, who can be named.
    Benchmark,
}

/// The length of time that a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// A calendar day.
    Day,
    /// A week.
    Week,
    /// A calendar month.
    Month,
    /// Whatever range is asked for.
    Range,
}

/// The numbers that a KPI can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// A share, from 0 to 1.
    Rate,
    /// Promoters less detractors, from -100 to 100.
    Net,
    /// Answers up to so much.
    UpTo(i64),
    /// People, touches or money: nought or more.
    Amount,
}

/// The KPIs that yardsticks may name, what numbers they can be, and whether they grow with the length of time:
/// those are about a month unless something else is said.
pub const YARDSTICK_KPIS: [(&str, Scale, bool); 25] = [
    ("converted_within", Scale::Rate, false),
    ("converted_ever", Scale::Rate, false),
    ("retention_rate", Scale::Rate, true),
    ("lapse_rate", Scale::Rate, true),
    ("recovery_rate", Scale::Rate, true),
    ("share", Scale::Rate, false),
    ("in_stage", Scale::Amount, false),
    ("entered", Scale::Amount, true),
    ("active", Scale::Amount, true),
    ("orders", Scale::Amount, true),
    ("revenue", Scale::Amount, true),
    ("refunded", Scale::Amount, true),
    ("average_order", Scale::Amount, false),
    ("buyer_rate", Scale::Rate, true),
    ("value_per_head", Scale::Amount, false),
    ("csat_mean", Scale::UpTo(5), false),
    ("csat_top", Scale::Rate, false),
    ("nps", Scale::Net, false),
    ("ces_mean", Scale::UpTo(7), false),
    ("ces_top", Scale::Rate, false),
    ("review_mean", Scale::UpTo(5), false),
    ("review_top", Scale::Rate, false),
    ("ticket_rate", Scale::Rate, true),
    ("advocacy_rate", Scale::Rate, true),
    ("referral_rate", Scale::Rate, true),
];

impl Scale {
    /// The least and the most that it holds, `None` for no end.
    pub fn ends(self) -> (i64, Option<i64>) {
        match self {
            Self::Rate => (0, Some(1)),
            Self::Net => (-100, Some(100)),
            Self::UpTo(most) => (0, Some(most)),
            Self::Amount => (0, None),
        }
    }

    /// As it reads in a sentence.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Rate => "a share from 0 to 1: 12% is 0.12",
            Self::Net => "a score from -100 to 100",
            Self::UpTo(_) => "a mean answer on its scale",
            Self::Amount => "nought or more",
        }
    }
}

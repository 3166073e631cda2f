//! Reads `scoring` and `intent`.

use super::fields::{Fields, number, words};
use super::names::Names;
use crate::Diagnostic;
use crate::project::syntax::limit::TOUCHPOINTS;
use crate::project::syntax::scalar::Scalar;
use crate::project::syntax::{Section, Setting, Type};
use crate::project::{Cuts, Intent, Scoring, ScoringDates};

/// `scoring`.
pub static SCORING: Section = Section {
    name: "scoring",
    noun: "`scoring`",
    doc: "How customers are scored against each other (`rfm_r`, `rfm_f`, `rfm_m`, `value_rank`).",
    settings: &[
        Setting::optional(
            "dates",
            Type::one_of(DATE_WORDS),
            "monthly",
            "When thresholds are taken from the population. Default: end, for the customers table only.",
        ),
        Setting::optional(
            "tiles",
            Type::Scalar(Scalar::Whole(2, 100)),
            "4",
            "How many tiles. Default: 5.",
        ),
        Setting::optional(
            "cuts",
            Type::one_of(CUT_WORDS),
            "quantile",
            "ntile: tiles of equal size; quantile: ties stay together. Default: ntile.",
        ),
        Setting::optional(
            "high_value_percent",
            Type::Scalar(Scalar::Whole(0, 100)),
            "90",
            "The value rank in per cent from which a customer is of high value. Default: 80.",
        ),
    ],
};

/// `intent`.
pub static INTENT: Section = Section {
    name: "intent",
    noun: "`intent`",
    doc: "How interest in topics is kept.",
    settings: &[
        Setting::optional(
            "half_life",
            Type::Scalar(Scalar::Positive),
            "30d",
            "Time after which interest has halved. Default: 14d.",
        ),
        Setting::optional(
            "weights",
            Type::Map {
                keys: Scalar::Name,
                values: &Type::Scalar(Scalar::Number),
                most: TOUCHPOINTS,
            },
            "{ viewed: 1, searched: 2.5 }",
            "What one touch of a touchpoint adds. Default: 1 for those that count as interest.",
        ),
    ],
};

/// The words for them.
pub const DATES: [(&str, ScoringDates); 4] = [
    ("end", ScoringDates::End),
    ("daily", ScoringDates::Daily),
    ("weekly", ScoringDates::Weekly),
    ("monthly", ScoringDates::Monthly),
];
const DATE_WORDS: &[&str] = &words(&DATES);

/// The words for them.
pub const CUTS: [(&str, Cuts); 2] = [("ntile", Cuts::Ntile), ("quantile", Cuts::Quantile)];
const CUT_WORDS: &[&str] = &words(&CUTS);

/// How customers are scored.
pub fn scoring(fields: Fields<'_>) -> Scoring {
    let default = Scoring::default();
    Scoring {
        dates: fields.word("dates", &DATES).unwrap_or(default.dates),
        tiles: fields.whole("tiles").unwrap_or(default.tiles),
        cuts: fields.word("cuts", &CUTS).unwrap_or(default.cuts),
        high_value_percent: fields
            .whole("high_value_percent")
            .unwrap_or(default.high_value_percent),
    }
}

/// How interest is kept.
pub fn intent(fields: Fields<'_>, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Intent {
    let mut weights = Vec::new();
    for (key, value) in fields
        .get("weights")
        .into_iter()
        .flat_map(|node| node.entries())
    {
        names.touchpoint(&key.text, &key.span, out);
        if let Some(weight) = number(value) {
            weights.push((key.text.clone(), weight));
        }
    }
    weights.sort_unstable();
    Intent {
        half_life: fields
            .duration("half_life")
            .unwrap_or(Intent::default().half_life),
        weights,
    }
}

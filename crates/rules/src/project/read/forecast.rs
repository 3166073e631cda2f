//! Reads `forecast`.

use super::fields::{Fields, words};
use super::scoring::DATES;
use crate::project::syntax::scalar::Scalar;
use crate::project::syntax::{Section, Setting, Type};
use crate::project::{Forecast, ForecastUnit, PurchaseModelKind, ScoringDates};

/// `forecast`.
pub static FORECAST: Section = Section {
    name: "forecast",
    noun: "`forecast`",
    doc: "How customers' orders are forecast, for the traits `p_alive`, `expected_next`, `clv` and `churn_risk`.",
    settings: &[
        Setting::optional(
            "dates",
            Type::one_of(DATE_WORDS),
            "monthly",
            "When customers are scored, by what was known before. Default: end, where history ends.",
        ),
        Setting::optional(
            "model",
            Type::one_of(MODEL_WORDS),
            "paretonbd",
            "The model of purchases; auto: at each date the one that would have forecast the last third of the time best. Default: auto.",
        ),
        Setting::optional(
            "horizon",
            Type::Scalar(Scalar::Positive),
            "52w",
            "How far ahead, in whole days. Default: 90d.",
        ),
        Setting::optional(
            "unit",
            Type::one_of(UNIT_WORDS),
            "day",
            "What times are counted in. Default: week.",
        ),
        Setting::optional(
            "discount_percent",
            Type::Scalar(Scalar::Whole(0, 100)),
            "8",
            "What value to come loses in a year, in per cent. Default: 10.",
        ),
        Setting::optional(
            "step_percent",
            Type::Scalar(Scalar::Whole(0, 100)),
            "2",
            "By how many hundredths a score has to move before a new one is said of a customer. Default: 5.",
        ),
        Setting::optional(
            "floor",
            Type::Scalar(Scalar::Whole(10, 1_000_000)),
            "500",
            "Fewest customers with an order to forecast from, a quarter of whom have ordered again. Default: 200.",
        ),
    ],
};

const DATE_WORDS: &[&str] = &words(&DATES);

/// The words for them.
pub const MODELS: [(&str, Option<PurchaseModelKind>); 5] = [
    ("auto", None),
    ("bgnbd", Some(PurchaseModelKind::BgNbd)),
    ("mbgnbd", Some(PurchaseModelKind::MbgNbd)),
    ("paretonbd", Some(PurchaseModelKind::ParetoNbd)),
    ("mbgcnbd", Some(PurchaseModelKind::MbgCnbd)),
];
const MODEL_WORDS: &[&str] = &words(&MODELS);

/// The words for them.
pub const UNITS: [(&str, ForecastUnit); 2] =
    [("day", ForecastUnit::Day), ("week", ForecastUnit::Week)];
const UNIT_WORDS: &[&str] = &words(&UNITS);

/// How forecasts are made; none where the project says nothing of them.
pub fn forecast(fields: Fields<'_>) -> Option<Forecast> {
    let section = fields.section("forecast", &FORECAST);
    fields.get("forecast")?;
    let default = Forecast::default();
    Some(Forecast {
        dates: section
            .word::<ScoringDates>("dates", &DATES)
            .unwrap_or(default.dates),
        model: section.word("model", &MODELS).unwrap_or(default.model),
        horizon: section.duration("horizon").unwrap_or(default.horizon),
        unit: section.word("unit", &UNITS).unwrap_or(default.unit),
        discount_percent: section
            .whole("discount_percent")
            .unwrap_or(default.discount_percent),
        step_percent: section
            .whole("step_percent")
            .unwrap_or(default.step_percent),
        floor: section.whole("floor").unwrap_or(default.floor),
    })
}

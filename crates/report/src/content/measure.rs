//! Numbers with their units, and how sure they are.

use serde::Serialize;

/// What a number counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// So many customers.
    Customers,
    /// So many of anything else.
    #[default]
    Count,
    /// A part of one, shown in per cent.
    Share,
    /// Money of the report's currency.
    Money,
    /// Days of 24 hours.
    Days,
    /// All customers together are 100.
    Index,
    /// A number on a scale of its own.
    Score,
}

/// A number with its unit and how sure it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measure {
    /// The number; `None` where it cannot be known.
    pub value: Option<f64>,
    /// Its unit.
    pub unit: Unit,
    /// The interval it lies in with 95 per cent, where it is an estimate.
    pub interval: Option<[f64; 2]>,
}

impl Measure {
    /// A number without an interval.
    pub fn new(value: impl Into<Option<f64>>, unit: Unit) -> Self {
        Self {
            value: value.into(),
            unit,
            interval: None,
        }
    }

    /// A number with the interval it lies in.
    pub fn within(value: f64, unit: Unit, interval: [f64; 2]) -> Self {
        Self {
            interval: Some(interval),
            ..Self::new(value, unit)
        }
    }
}

/// Numbers over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Series {
    /// Whose numbers they are.
    pub name: String,
    /// A number for each date.
    pub values: Vec<f64>,
}

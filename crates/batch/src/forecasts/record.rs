//! `forecasts.json`: the models that a run has fitted, date by date, and how the ones before did.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use perennial_model::Time;
use serde::{Deserialize, Serialize};

use crate::BatchError;
use crate::results::Results;
use crate::why::Rhythm;

/// The file's name in a folder of results.
pub const FORECASTS_FILE: &str = "forecasts.json";

/// All models of a run, by date.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forecasts {
    /// One for each date.
    pub models: Vec<ModelRecord>,
}

/// The model of one date, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Its name, which scores give as `forecast_model`; empty where there is none.
    pub model: String,
    /// The date: all that was ordered before it is known.
    pub at: String,
    /// The same in milliseconds since 1970.
    pub at_ms: i64,
    /// Which kind of model: `bgnbd`, `mbgnbd`, `paretonbd` or `mbgcnbd`.
    pub kind: String,
    /// Why this kind, in a sentence.
    pub chosen: String,
    /// Why nobody was scored on this date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refused: Option<String>,
    /// What times are counted in: `day` or `week`.
    pub unit: String,
    /// How far ahead scores look, in days.
    pub horizon_days: f64,
    /// What value to come loses in a year, in per cent.
    pub discount_percent: u8,
    /// Customers with an order.
    pub customers: u64,
    /// Of them those who have ordered again.
    pub repeaters: u64,
    /// The parameters by name.
    pub parameters: BTreeMap<String, f64>,
    /// Their standard errors; null where there are none.
    pub standard_errors: BTreeMap<String, Option<f64>>,
    /// The natural logarithm of the likelihood.
    pub log_likelihood: f64,
    /// What to know before relying on it.
    pub warnings: Vec<String>,
    /// The model of what orders are worth.
    pub spend: Option<SpendRecord>,
    /// Customers of whom something new was said.
    pub scored: u64,
    /// The orders expected of all until the next date, and those that came; null after the last date.
    pub expected_until_next: Option<f64>,
    /// Days with an order until the next date by those known before.
    pub came_until_next: Option<u64>,
    /// By how much too many were expected, as a share of those that came.
    pub bias: Option<f64>,
    /// What is usual among customers with as many orders, against whom one is held.
    pub groups: Vec<GroupRecord>,
}

/// The model of what orders are worth (Gamma-Gamma).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SpendRecord {
    /// Customers whose repeat orders were worth something.
    pub customers: u64,
    /// Its parameters by name.
    pub parameters: BTreeMap<String, f64>,
}

/// Customers with about as many orders, and the middle one of their figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupRecord {
    /// Days with an order, at least.
    pub orders_from: u64,
    /// And at most; none: without end.
    pub orders_to: Option<u64>,
    /// How many customers.
    pub customers: u64,
    /// Days since the last order.
    pub recency_days: f64,
    /// Days from one order to the next; none of those with one only.
    pub gap_days: Option<f64>,
    /// The chance to be a customer still, on average.
    pub p_alive: f64,
}

impl Forecasts {
    /// Those of a run; nothing where it made none.
    ///
    /// # Errors
    /// [`BatchError::Results`] for a file that cannot be read.
    pub fn read(results: &Results) -> Result<Self, BatchError> {
        let path = results.folder().join(FORECASTS_FILE);
        let Ok(text) = std::fs::read_to_string(&path) else {
            return Ok(Self::default());
        };
        serde_json::from_str(&text).map_err(|cause| BatchError::Results {
            path,
            cause: format!("these are no forecasts of this version ({cause}); run again"),
        })
    }

    /// The models of a file that has them under `models`; nothing where it is not there or of another version.
    pub fn of_models(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Writes them into a folder of results whose manifest is not there yet.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), BatchError> {
        let path = folder.join(FORECASTS_FILE);
        let json = serde_json::to_string_pretty(self)
            .map_err(|_| BatchError::Internal("the forecasts are no JSON"))?;
        std::fs::write(&path, json + "\n").map_err(|cause| BatchError::io(&path, cause))
    }

    /// Removes those of an earlier run.
    pub(crate) fn remove(folder: &Path) -> Result<(), BatchError> {
        let path = folder.join(FORECASTS_FILE);
        match std::fs::remove_file(&path) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => Err(BatchError::io(&path, cause)),
            _ => Ok(()),
        }
    }

    /// The model of a name.
    pub fn model(&self, name: &str) -> Option<&ModelRecord> {
        self.models.iter().find(|one| one.model == name)
    }

    /// What to know of dates without scores: each reason once.
    pub(crate) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<(String, &str, u64)> = Vec::new();
        for record in &self.models {
            let Some(reason) = &record.refused else {
                continue;
            };
            // The figures of later dates are others, the kind of reason is the same.
            let kind = reason.split(':').next().unwrap_or_default().to_owned();
            match notes
                .iter_mut()
                .find(|(known, ..)| known.split(':').next().unwrap_or_default() == kind)
            {
                Some((_, _, dates)) => *dates += 1,
                None => notes.push((reason.clone(), &record.at, 1)),
            }
        }
        let note = |(reason, at, dates): (String, &str, u64)| match dates {
            1 => format!("nobody is scored by forecast on {at}: {reason}"),
            dates => {
                format!("nobody is scored by forecast on {dates} dates, {at} the first: {reason}")
            }
        };
        notes.into_iter().map(note).collect()
    }
}

impl ModelRecord {
    /// That there is no model on a date, and why.
    pub(super) fn refused(at: Time, reason: String) -> Self {
        Self {
            at: at.to_string(),
            at_ms: at.ms(),
            refused: Some(reason),
            ..Self::default()
        }
    }

    /// What is usual among customers with as many orders as one.
    pub fn group_of(&self, own: &Rhythm) -> Option<&GroupRecord> {
        self.groups.iter().find(|group| {
            group.orders_from <= own.orders && group.orders_to.is_none_or(|to| own.orders <= to)
        })
    }
}

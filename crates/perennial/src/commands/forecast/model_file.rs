//! The file that a fitted model is kept in: plain JSON with all that is needed to use and to judge it.

use std::path::Path;

use perennial_batch::manifest::Input;
use perennial_forecast::Unit;
use serde::{Deserialize, Serialize};

use super::base::{About, unit_name};
use super::choose::Choice;
use super::fitted::Fitted;
use crate::failure::Failure;

/// What the file says that it is.
const KIND: &str = "perennial forecast model";
/// The version of its form.
const FORMAT: u32 = 1;
/// Most bytes of a model file; a larger one is something else.
const MAX_BYTES: u64 = 16 << 20;

/// A model as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelFile {
    /// Always the same text.
    pub kind: String,
    /// The version of the form.
    pub format: u32,
    /// The version of the program that wrote it.
    pub perennial: String,
    /// The model of purchases, or the one that was asked for.
    pub fitted: Fitted,
    /// The model of what a purchase is worth, where amounts were known.
    pub spend: Option<Fitted>,
    /// How the model was chosen, where that was left to the program.
    pub choice: Option<Choice>,
    /// What it was fitted to.
    pub data: Data,
}

/// What a model was fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Data {
    /// `day` or `week`.
    pub unit: String,
    /// The last day that counted; null of a summary.
    pub until: Option<String>,
    /// The same, in days since 1970-01-01.
    pub until_day: Option<i32>,
    /// The days of the first and the last order.
    pub period: Option<(String, String)>,
    /// How long before the end the first order was that is not far before all others, in units of time; null of tables of periods.
    #[serde(default)]
    pub history: Option<f64>,
    /// Where days began.
    pub time_zone: String,
    /// Rows read.
    pub rows: u64,
    /// Rows left out, by reason.
    pub dropped: Vec<(String, u64)>,
    /// The files read.
    pub inputs: Vec<Input>,
    /// One hash of them all; null where one came through a pipe.
    pub fingerprint: Option<String>,
}

impl Data {
    /// Of what was read.
    pub fn of(about: &About) -> Self {
        Self {
            unit: unit_name(about.unit).to_owned(),
            until: about.until.map(|day| about.date(day)),
            until_day: about.until,
            period: about
                .period
                .map(|(first, last)| (about.date(first), about.date(last))),
            history: about.history,
            time_zone: about.zone.name().to_owned(),
            rows: about.rows,
            dropped: about.dropped.clone(),
            inputs: about.inputs.clone(),
            fingerprint: about.fingerprint(),
        }
    }
}

impl ModelFile {
    /// A model with what it was fitted to.
    pub fn new(
        fitted: Fitted,
        spend: Option<Fitted>,
        choice: Option<Choice>,
        about: &About,
    ) -> Self {
        Self {
            kind: KIND.to_owned(),
            format: FORMAT,
            perennial: env!("CARGO_PKG_VERSION").to_owned(),
            fitted,
            spend,
            choice,
            data: Data::of(about),
        }
    }

    /// The unit that it counts in.
    pub fn unit(&self) -> Unit {
        match self.data.unit.as_str() {
            "day" => Unit::Day,
            _ => Unit::Week,
        }
    }

    /// Writes it.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), Failure> {
        let mut text = serde_json::to_string_pretty(self).map_err(Failure::failed)?;
        text.push('\n');
        crate::answer::write(&text, Some(path))
    }

    /// Reads it.
    ///
    /// # Errors
    /// A file that is not there, of another version, or damaged.
    pub fn load(path: &Path) -> Result<Self, Failure> {
        let wrong = |what: String| Failure::failed(format!("{}: {what}", path.display()));
        let again = "fit the model again with `perennial forecast fit --save FILE`";
        let bytes = std::fs::metadata(path).map_err(|error| {
            wrong(format!(
                "{error}; `perennial forecast fit --save FILE` writes it"
            ))
        })?;
        if bytes.len() > MAX_BYTES {
            return Err(wrong(format!(
                "this is no model of forecasts, it has {} bytes",
                bytes.len()
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let found: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("the model is damaged ({error}); {again}")))?;
        if found.get("kind").and_then(serde_json::Value::as_str) != Some(KIND) {
            return Err(wrong(format!("this is no model of forecasts; {again}")));
        }
        match found.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == u64::from(FORMAT) => {}
            format => {
                let format = format.map_or("unknown".to_owned(), |format| format.to_string());
                return Err(wrong(format!(
                    "the model's format is {format}, and this program reads {FORMAT}; {again}"
                )));
            }
        }
        let file: Self = serde_json::from_value(found)
            .map_err(|error| wrong(format!("the model is damaged ({error}); {again}")))?;
        match file.data.unit.as_str() {
            "day" | "week" => Ok(file),
            unit => Err(wrong(format!(
                "the model is damaged (its unit is `{unit}`); {again}"
            ))),
        }
    }
}

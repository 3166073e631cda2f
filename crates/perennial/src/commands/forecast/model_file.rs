//! The file that a fitted model is kept in: plain JSON with all that is needed to use and to judge it.

use std::path::Path;

use perennial_batch::manifest::Input;
use perennial_forecast::Unit;
use serde::{Deserialize, Serialize};

use super::base::{About, unit_name};
use super::choose::Choice;
use super::fitted::Fitted;
use super::kept_stack::KeptStack;
use super::stacked::STACK;
use crate::failure::Failure;

/// What the file says that it is.
const KIND: &str = "perennial forecast model";
/// The version of its form, and of one with a stack, which a program that knows none must not take for its model.
const FORMAT: u32 = 1;
const STACK_FORMAT: u32 = 2;
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
    /// Purchase models and trees together, where they were asked for; `fitted` is then the model beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stack: Option<KeptStack>,
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
        stack: Option<KeptStack>,
    ) -> Self {
        Self {
            kind: KIND.to_owned(),
            format: match stack {
                None => FORMAT,
                Some(_) => STACK_FORMAT,
            },
            perennial: env!("CARGO_PKG_VERSION").to_owned(),
            fitted,
            spend,
            choice,
            data: Data::of(about),
            stack,
        }
    }

    /// What it is called: that of the model, or of the stack.
    pub fn name(&self) -> &str {
        match self.stack {
            None => &self.fitted.model,
            Some(_) => STACK,
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
        // The nodes of a stack would make a line each.
        let text = match self.stack {
            None => serde_json::to_string_pretty(self),
            Some(_) => serde_json::to_string(self),
        };
        let mut text = text.map_err(Failure::failed)?;
        if text.len() as u64 >= MAX_BYTES {
            return Err(Failure::failed(format!(
                "the model would have {} bytes, at most {MAX_BYTES} are read; fit another model",
                text.len()
            )));
        }
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
        let text = std::fs::read_to_string(path)
            .map_err(|error| wrong(format!("the model cannot be read ({error}); {again}")))?;
        let found: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| wrong(format!("the model is damaged ({error}); {again}")))?;
        if found.get("kind").and_then(serde_json::Value::as_str) != Some(KIND) {
            return Err(wrong(format!("this is no model of forecasts; {again}")));
        }
        let has_stack = found.get("stack").is_some_and(|stack| !stack.is_null());
        let own = u64::from(if has_stack { STACK_FORMAT } else { FORMAT });
        match found.get("format").and_then(serde_json::Value::as_u64) {
            Some(format) if format == own => {}
            format => {
                let format = format.map_or("unknown".to_owned(), |format| format.to_string());
                return Err(wrong(format!(
                    "the model's format is {format}, and this program reads {own} here; {again}"
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

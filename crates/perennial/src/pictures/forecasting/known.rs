//! What a server keeps of a workspace's forecasts: the last scoring, the one begun, and how forecasts did.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use perennial_batch::forecasts::{Ahead, ModelRecord, Scoring};
use perennial_model::Time;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Most models of which is kept what explanations need; scores by older ones are explained without it.
const MAX_MODELS: usize = 60;

/// What is kept. It may be thrown away: then the latest date is scored again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Known {
    pub last: Option<Last>,
    /// The scoring that was begun to be appended and has not come to its end.
    #[serde(default)]
    pub begun: Option<Begun>,
    /// How the last forecast that was held against what came did.
    pub before: Option<Judged>,
    /// What went wrong since.
    pub error: Option<String>,
    /// What is usual among customers, by model, the latest last; of the models no more.
    #[serde(default)]
    pub models: Vec<ModelRecord>,
}

/// The last scoring.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Last {
    #[serde(flatten)]
    pub record: ModelRecord,
    /// Why it was made then.
    #[serde(default)]
    pub why: String,
    /// What is expected until later dates, which are to be held against what comes; rising.
    #[serde(default)]
    pub ahead: Vec<Ahead>,
    pub finished_at: String,
}

/// A scoring whose lines are being appended: of the same lines of the log it comes out the same again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Begun {
    pub at_ms: i64,
    pub next_ms: Option<i64>,
    pub before_ms: Option<i64>,
    /// Lines of the log that it knows.
    pub lines: u64,
    pub model: String,
    pub why: String,
    /// Whether it came out otherwise since, as the log or the rules have been changed.
    #[serde(default)]
    pub is_void: bool,
}

/// A forecast held against what came.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Judged {
    /// When it was made.
    pub at: String,
    pub model: String,
    /// Until when it looked.
    #[serde(default)]
    pub until: String,
    #[serde(default)]
    pub until_ms: i64,
    pub expected: f64,
    /// The ends that hold 90 of 100 cases.
    #[serde(default)]
    pub low: f64,
    #[serde(default)]
    pub high: f64,
    pub came: u64,
    pub bias: Option<f64>,
    /// Whether so much or so little came that it no longer holds.
    #[serde(default)]
    pub has_drifted: bool,
}

impl Known {
    /// What is known; nothing where the file is not there or of another version.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Keeps it so that a crash or a loss of power leaves either this or what was there before.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        let next = path.with_extension("json.new");
        let mut file = File::create(&next)?;
        file.write_all(json!(self).to_string().as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, path)?;
        match path.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    /// What the last forecast expects until the latest date of those not yet held against what came.
    pub fn unjudged(&self, now: Time) -> Option<Ahead> {
        let last = self.last.as_ref()?;
        let judged = self
            .before
            .as_ref()
            .filter(|judged| judged.at == last.record.at)
            .map_or(i64::MIN, |judged| judged.until_ms);
        let due = |ahead: &&Ahead| judged < ahead.until_ms && ahead.until_ms <= now.ms();
        last.ahead.iter().rev().find(due).copied()
    }

    /// Holds the last forecast against what came until a date, where it had looked as far.
    pub fn judge(&mut self, until: Time, came: Option<u64>) {
        let Some((last, came)) = self.last.as_ref().zip(came) else {
            return;
        };
        let to_the_date = |ahead: &&Ahead| ahead.until_ms == until.ms();
        let Some(ahead) = last.ahead.iter().find(to_the_date) else {
            return;
        };
        self.before = Some(Judged {
            at: last.record.at.clone(),
            model: last.record.model.clone(),
            until: until.to_string(),
            until_ms: until.ms(),
            expected: ahead.expected,
            low: ahead.low,
            high: ahead.high,
            came,
            bias: (came > 0).then(|| ahead.expected / came as f64 - 1.0),
            has_drifted: ahead.has_drifted(came),
        });
    }

    /// Takes in a scoring that was appended.
    pub fn take(&mut self, scoring: Scoring, why: &str, now: Time) {
        self.begun = None;
        let record = scoring.record;
        if record.refused.is_none() {
            let of_explanations = ModelRecord {
                model: record.model.clone(),
                at: record.at.clone(),
                at_ms: record.at_ms,
                groups: record.groups.clone(),
                ..ModelRecord::default()
            };
            self.models.retain(|one| one.model != record.model);
            self.models.push(of_explanations);
            let extra = self.models.len().saturating_sub(MAX_MODELS);
            self.models.drain(..extra);
        }
        self.last = Some(Last {
            record,
            why: why.to_owned(),
            ahead: scoring.ahead,
            finished_at: now.to_string(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ahead(until_ms: i64, expected: f64) -> Ahead {
        Ahead {
            until_ms,
            expected,
            low: expected - 10.0,
            high: expected + 10.0,
        }
    }

    fn known() -> Known {
        let mut known = Known::default();
        let record = ModelRecord {
            model: "bgnbd-1".to_owned(),
            at: Time(1_000).to_string(),
            at_ms: 1_000,
            ..ModelRecord::default()
        };
        let scoring = Scoring {
            record,
            ahead: vec![ahead(2_000, 100.0), ahead(3_000, 200.0)],
            ..Scoring::default()
        };
        known.take(scoring, "its date", Time(1_500));
        known
    }

    #[test]
    fn a_forecast_is_held_against_what_came_once_a_date() {
        let mut known = known();
        assert_eq!(known.unjudged(Time(1_999)), None);
        assert_eq!(known.unjudged(Time(2_000)), Some(ahead(2_000, 100.0)));
        known.judge(Time(2_000), Some(104));
        assert!(known.before.as_ref().is_some_and(|one| !one.has_drifted));
        assert_eq!(known.unjudged(Time(2_999)), None);
        // Of two that have passed the later one.
        assert_eq!(known.unjudged(Time(9_000)), Some(ahead(3_000, 200.0)));
        known.judge(Time(3_000), Some(150));
        let judged = known.before.clone().expect("judged");
        assert!(judged.has_drifted && judged.came == 150, "{judged:?}");
        assert_eq!(judged.bias, Some(200.0 / 150.0 - 1.0));
        // What it has not looked at is not judged.
        known.judge(Time(2_500), Some(1));
        known.judge(Time(2_000), None);
        assert_eq!(known.before.expect("judged").until_ms, 3_000);
    }

    #[test]
    fn what_is_kept_is_read_again_and_of_models_not_too_many() {
        let mut known = known();
        for number in 0..2 * MAX_MODELS {
            let record = ModelRecord {
                model: format!("bgnbd-{number}"),
                ..ModelRecord::default()
            };
            let scoring = Scoring {
                record,
                ..Scoring::default()
            };
            known.take(scoring, "", Time(0));
        }
        assert_eq!(known.models.len(), MAX_MODELS);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("forecast.json");
        known.write(&path).expect("written");
        let again = Known::read(&path);
        assert_eq!(again.models, known.models);
        fs::write(&path, "{\"last\": 1}").expect("written");
        assert!(Known::read(&path).last.is_none());
    }
}

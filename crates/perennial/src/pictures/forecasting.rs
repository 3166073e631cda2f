//! Forecasts of a server: at the dates of a project a process scores the log, and what it says is appended
//! to the log as events.
//!
//! A crash in between is harmless: before the first line is appended it is noted what is being scored and how
//! many lines of the log it knows. From the same lines the same comes out again, and what was appended before
//! counts once by its message id. What is not there: any state that the log would lack. The file of a workspace
//! says what was done last (`known`), and can be thrown away.

mod known;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use perennial_api::Refusal;
use perennial_batch::forecasts::{Scoring, dates_around};
use perennial_model::Time;
use perennial_rules::Project;
use perennial_rules::project::{Forecast, ProjectText, read};
use perennial_runtime::{AppendError, Arrival, House, Workspace};
use serde_json::{Value, json};

use super::child::{Child, Ended};
use super::make::absolute;
use super::{Pictures, remove};
use crate::commands::aside::{CALLS_FILE, NOTHING, SCORING_FILE};
use crate::data;
use crate::folder::RULES_FILE;
use known::{Begun, Known};

/// How often it is looked whether a date has come.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// How long after a scoring that came to nothing it is tried again.
const REST: Duration = Duration::from_secs(10 * 60);
/// Longest scoring of one log.
const MAX_SCORING: Duration = Duration::from_secs(60 * 60);
/// Most bytes of what a scoring gives on its standard output, which is nothing.
const MAX_GIVEN_BYTES: usize = 1024;
/// Lines appended at once.
const PARCEL_LINES: usize = 1_000;
/// How often appending is tried where the log has no room, and how long is waited in between.
const MAX_TRIES: usize = 60;
const ROOM_PATIENCE: Duration = Duration::from_secs(1);

/// What those who make forecasts and those who ask share.
#[derive(Debug, Default)]
pub struct Forecasting {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    stops: bool,
    /// Whether anybody makes forecasts.
    is_going: bool,
    /// Workspaces whose customers are to be scored now.
    asked: BTreeSet<String>,
    /// Of those, the ones taken up and not come to yet.
    queued: BTreeSet<String>,
    making: Option<String>,
    /// After a failure: when to try again.
    rests_until: BTreeMap<String, Instant>,
}

impl State {
    /// Whether a workspace's customers are being scored, or are going to be since somebody has asked.
    fn is_making(&self, name: &str) -> bool {
        self.making.as_deref() == Some(name)
            || self.asked.contains(name)
            || self.queued.contains(name)
    }
}

/// A scoring that is due.
struct Due {
    files: Files,
    at: Time,
    next: Option<Time>,
    before: Option<Time>,
    /// Lines of the log that it knows.
    lines: u64,
    /// Nothing is done where what came until then lies within these ends.
    unless_within: Option<(f64, f64)>,
    /// The model that it comes out with, where it was begun before.
    model: Option<String>,
    why: String,
}

impl Forecasting {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for somebody to ask, or a while; who has asked, or nothing where it is to stop.
    fn wait(&self, at_most: Duration) -> Option<BTreeSet<String>> {
        let mut state = self.state();
        if !state.stops && state.asked.is_empty() && !at_most.is_zero() {
            let waited = self.changed.wait_timeout(state, at_most);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let asked = std::mem::take(&mut state.asked);
        state.queued.clone_from(&asked);
        (!state.stops).then_some(asked)
    }

    /// Makes no more.
    pub fn stop(&self) {
        self.state().stops = true;
        self.changed.notify_all();
    }
}

impl Pictures {
    /// Begins to make forecasts at the dates of projects.
    ///
    /// # Errors
    /// Where the system has no thread left.
    pub fn forecast_for(&self, house: &Arc<House>) -> std::io::Result<()> {
        let (own, house) = (self.clone(), Arc::downgrade(house));
        self.forecasting.state().is_going = true;
        let thread = std::thread::Builder::new().name("forecast".to_owned());
        thread.spawn(move || own.go_on(&house)).map(|_| ())
    }

    fn go_on(&self, house: &Weak<House>) {
        let mut patience = Duration::ZERO;
        while let Some(asked) = self.forecasting.wait(patience) {
            patience = LOOK_EVERY;
            let Some(house) = house.upgrade() else { return };
            for name in house.workspaces() {
                if let Some(workspace) = house.workspace(&name) {
                    self.look(&workspace, asked.contains(&name));
                }
            }
            self.forecasting.state().queued.clear();
        }
    }

    /// Scores a workspace's customers where that is due, or asked for.
    fn look(&self, workspace: &Workspace, asked: bool) {
        let name = workspace.name();
        let rests = self.forecasting.state().rests_until.get(name).copied();
        if !asked && rests.is_some_and(|until| until > Instant::now()) {
            return;
        }
        let path = workspace.forecast_file();
        let mut known = Known::read(&path);
        let Some(due) = due(workspace, &known, asked) else {
            return;
        };
        let mut state = self.forecasting.state();
        state.making = Some(name.to_owned());
        state.queued.remove(name);
        drop(state);
        let outcome = self.score(workspace, &due, &mut known);
        known.error = outcome.err();
        // What cannot be kept is done again at the next start, which harms nothing.
        let kept = known.write(&path);
        let mut state = self.forecasting.state();
        state.making = None;
        match &known.error {
            None if kept.is_ok() => state.rests_until.remove(name),
            _ => state
                .rests_until
                .insert(name.to_owned(), Instant::now() + REST),
        };
    }

    fn score(&self, workspace: &Workspace, due: &Due, known: &mut Known) -> Result<(), String> {
        let text = |error: &dyn std::fmt::Display| error.to_string();
        let name = workspace.name();
        let (epoch, number) = self.room.begin(name);
        let folder = workspace.pictures().join(number.to_string());
        data::make_private(&folder).map_err(|failure| failure.message)?;
        let kept = serde_json::to_vec(&due.files).map_err(|error| text(&error))?;
        fs::write(folder.join(RULES_FILE), kept).map_err(|error| text(&error))?;
        let order = json!({
            "log": absolute(workspace.log_folder()),
            "lines": due.lines,
            "at_ms": due.at.ms(),
            "next_ms": due.next.map(Time::ms),
            "before_ms": due.before.map(Time::ms),
            "unless_within": due.unless_within,
        });
        let begun = Child::begin("forecast", &folder, &order);
        let (child, pipes) = begun.map_err(|error| text(&error))?;
        let child = Arc::new(child);
        let noted = self.room.note(name, epoch, &child);
        if noted.is_none() {
            child.kill();
        }
        let ended = child.finish(pipes, MAX_SCORING, MAX_GIVEN_BYTES);
        let is_there = noted.is_some_and(|number| self.room.ended(name, epoch, number));
        let outcome = match ended {
            _ if !is_there => Err("events were taken from the log meanwhile".to_owned()),
            Ended::Itself(Some(0), ..) => self.take_in(workspace, due, known, (epoch, &folder)),
            Ended::Itself(Some(NOTHING), ..) => match known.begun.as_mut() {
                // All that had happened when it was begun is gone: it is not gone on with for ever.
                Some(begun) if due.model.is_some() => {
                    begun.is_void = true;
                    Ok(())
                }
                _ => Err("nothing has happened yet".to_owned()),
            },
            Ended::Itself(code, _, said) => {
                Err(format!("nobody was scored (exit code {code:?}): {said}"))
            }
            Ended::TooSlow => Err(format!("nobody was scored in {MAX_SCORING:?}")),
            Ended::TooLarge => Err("nobody was scored: too much was said".to_owned()),
        };
        let removed = remove(&folder);
        outcome.and(removed)
    }

    /// Takes in what a scoring says, unless it has been thrown away: appends its lines.
    fn take_in(
        &self,
        workspace: &Workspace,
        due: &Due,
        known: &mut Known,
        (epoch, folder): (u64, &Path),
    ) -> Result<(), String> {
        let text = |error: std::io::Error| error.to_string();
        let said = fs::read_to_string(folder.join(SCORING_FILE)).map_err(text)?;
        let scoring: Scoring = serde_json::from_str(&said).map_err(|error| error.to_string())?;
        let (model, begun) = (&scoring.record.model, &mut known.begun);
        if let (Some(expected), Some(begun)) = (&due.model, begun.as_mut())
            && expected != model
        {
            // Its lines would be others than those that are there of it: customers are scored as of now instead.
            begun.is_void = true;
            return Ok(());
        }
        known.judge(due.at, scoring.came);
        if scoring.is_left {
            return Ok(());
        }
        known.begun = Some(Begun {
            at_ms: due.at.ms(),
            next_ms: due.next.map(Time::ms),
            before_ms: due.before.map(Time::ms),
            lines: due.lines,
            model: model.clone(),
            why: due.why.clone(),
            is_void: false,
        });
        known.write(&workspace.forecast_file()).map_err(text)?;
        let calls = BufReader::new(File::open(folder.join(CALLS_FILE)).map_err(text)?);
        let mut parcel = Vec::with_capacity(PARCEL_LINES);
        for line in calls.lines() {
            parcel.push(line.map_err(text)?);
            if parcel.len() == PARCEL_LINES {
                self.append_parcel(workspace, epoch, &parcel)?;
                parcel.clear();
            }
        }
        self.append_parcel(workspace, epoch, &parcel)?;
        known.take(scoring, &due.why, workspace.now());
        Ok(())
    }

    fn append_parcel(
        &self,
        workspace: &Workspace,
        epoch: u64,
        calls: &[String],
    ) -> Result<(), String> {
        if calls.is_empty() {
            return Ok(());
        }
        let is_there = || self.room.epoch(workspace.name()) == epoch;
        for _ in 0..MAX_TRIES {
            let received_at = workspace.now();
            let lines = calls.iter().filter_map(|call| stamped(call, received_at));
            let arrival = Arrival {
                received_at,
                lines: lines.collect(),
                failed: Vec::new(),
            };
            match workspace.append_made(arrival, &is_there) {
                Ok(true) => return Ok(()),
                Ok(false) => return Err("events were taken from the log meanwhile".to_owned()),
                Err(AppendError::Busy { .. } | AppendError::Full { .. }) => {
                    if self.forecasting.state().stops {
                        break;
                    }
                    std::thread::sleep(ROOM_PATIENCE);
                }
                Err(error) => return Err(error.to_string()),
            }
        }
        Err("the log has no room for scores".to_owned())
    }

    /// What is known of a workspace's forecasts.
    pub(super) fn told(&self, workspace: &Workspace) -> Result<Value, Refusal> {
        let (project, settings, _) = forecasts_of(workspace)?;
        let known = Known::read(&workspace.forecast_file());
        let (_, next) = dates_around(&project, &settings, workspace.now());
        let state = self.forecasting.state();
        Ok(json!({
            "last": known.last,
            "before": known.before,
            "has_begun": known.begun.is_some(),
            "error": known.error,
            "is_making": state.is_making(workspace.name()),
            "next_at": next.map(|at| at.to_string()),
        }))
    }

    /// Asks for a scoring now.
    pub(super) fn ask_for_scores(&self, workspace: &Workspace) -> Result<Value, Refusal> {
        forecasts_of(workspace)?;
        let mut state = self.forecasting.state();
        if state.stops || !state.is_going {
            return Err(Refusal::Stopped);
        }
        state.asked.insert(workspace.name().to_owned());
        drop(state);
        self.forecasting.changed.notify_all();
        Ok(json!({"asked": true}))
    }
}

/// A workspace's project and what it says of forecasts, with its files.
fn forecasts_of(workspace: &Workspace) -> Result<(Project, Forecast, Files), Refusal> {
    let failed = |error: perennial_runtime::RuntimeError| Refusal::Failed(error.to_string());
    let (_, files) = workspace.rules().map_err(failed)?;
    let texts: Vec<ProjectText> = files
        .iter()
        .map(|(path, text)| ProjectText {
            path: path.clone(),
            text: text.clone(),
        })
        .collect();
    let project = read(&texts).project;
    let settings = project
        .as_ref()
        .and_then(|project| project.forecast.clone());
    match project.zip(settings) {
        Some((project, settings)) => Ok((project, settings, files)),
        None => Err(Refusal::Senseless(
            "the project makes no forecasts: it has no `forecast`".to_owned(),
        )),
    }
}

/// The files of a project: names and texts.
type Files = Vec<(String, String)>;

/// The scoring that is due, if one is.
fn due(workspace: &Workspace, known: &Known, asked: bool) -> Option<Due> {
    let (project, settings, files) = forecasts_of(workspace).ok()?;
    let (now, durable) = (workspace.now(), workspace.status().durable);
    let (date, next) = dates_around(&project, &settings, now);
    let last = known.last.as_ref().map(|last| Time(last.record.at_ms));
    let at = |at: Time, why: &str| Due {
        files: files.clone(),
        at,
        next,
        before: last.filter(|last| *last < at),
        lines: durable,
        unless_within: None,
        model: None,
        why: why.to_owned(),
    };
    if asked {
        return Some(at(now, "asked for"));
    }
    match &known.begun {
        Some(begun) if begun.is_void || begun.lines > durable => {
            return Some(at(now, "begun, and the log was changed"));
        }
        Some(begun) => {
            return Some(Due {
                next: begun.next_ms.map(Time),
                before: begun.before_ms.map(Time),
                lines: begun.lines,
                model: Some(begun.model.clone()),
                ..at(Time(begun.at_ms), &begun.why)
            });
        }
        None => {}
    }
    // One made beyond the next date is of a clock that was wrong: to wait for it would be to score nobody until then.
    let last = last.filter(|last| next.is_none_or(|next| *last <= next));
    if let Some(date) = date.filter(|date| last.is_none_or(|last| last < *date)) {
        return Some(at(date, "its date"));
    }
    let ahead = known.unjudged(now)?;
    Some(Due {
        unless_within: Some(ahead.ends()),
        ..at(Time(ahead.until_ms), "drift")
    })
}

/// A call with when it was received, which goes last.
fn stamped(call: &str, received_at: Time) -> Option<String> {
    let open = call.strip_suffix('}')?;
    Some(format!("{open},\"receivedAt\":\"{received_at}\"}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_asked_is_told_so_until_it_is_done() {
        let own = Forecasting::default();
        own.state().asked.insert("shop".to_owned());
        assert!(own.state().is_making("shop"));
        // Taken up, while others may come first.
        let asked = own.wait(Duration::ZERO).expect("nobody stops");
        assert!(asked.contains("shop") && own.state().is_making("shop"));
        assert!(!own.state().is_making("another"));
        // In the next round nobody has asked.
        assert_eq!(own.wait(Duration::ZERO), Some(BTreeSet::new()));
        assert!(!own.state().is_making("shop"));
    }
}

//! Retention: the content of old events leaves the logs, by the project's `retention`.
//!
//! That an event happened stays: who, what, when, and what rules read, so that everybody stands where
//! she stood. All else of it goes. Refused events go wholly, since nothing is made of them. It is looked
//! through at most once a day, and whenever it is asked for.

mod content;
mod daily;

use std::collections::BTreeSet;

use perennial_batch::read::CallReader;
use perennial_model::{Duration, Time, Zone};
use perennial_rules::project::{Retention, normalize_event_name};
use perennial_store::{Fate, LogError, LogReader};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::place::{disk, replace};
use crate::rulebook::Rulebook;
use crate::{AskError, Question, RuntimeError, Workspace};
use content::Wanted;
pub(crate) use content::is_emptied;
pub(crate) use daily::keep_daily;

/// The file that says when the log was looked through last.
const FILE: &str = "retention.json";
/// Lines that are rewritten before arrivals are written again.
const LINES_AT_ONCE: u64 = 100_000;
/// Seconds after which to try again where the disk is full.
const FULL_RETRY_S: u32 = 5;
/// Kinds of call that have content; others say who somebody is.
const WITH_CONTENT: [&str; 3] = [r#""track""#, r#""page""#, r#""screen""#];
/// Events whose properties are their meaning, in the form in which names are compared.
const MEANT: [&str; 3] = ["identityunlinked", "lifecyclestageset", "consentset"];

/// When the logs were looked through last.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Last {
    at_ms: Option<i64>,
    /// Whether lines may have changed since what is derived was built.
    #[serde(default)]
    unfinished: bool,
}

/// Takes the content of old events from the logs, or only says of how many it would go.
///
/// # Errors
/// [`AskError::Conflict`] while other rules are applied, [`AskError::Busy`] where the disk is full,
/// [`AskError::Failed`], [`AskError::Stopped`].
pub(crate) fn retain(workspace: &Workspace, apply: bool) -> Result<Json, AskError> {
    // Who only asks waits for nobody.
    let _alone = apply.then(|| workspace.take_alone());
    let (number, book) = rules(workspace).map_err(|e| failed(&e))?;
    let last = Last::read(workspace).map_err(|e| failed(&e))?;
    let shown = shown(&book.project.retention);
    let logs = workspace.between(|logs| (logs.events.reader(), logs.failed.reader()))?;
    let old = Old::find(&logs, &book, workspace.now()).map_err(|e| failed(&e))?;
    let mut answer = json!({
        "retention": shown,
        "events": old.events,
        "failed": old.failed,
        "last_at": last.at_ms.map(|ms| Time(ms).to_string()),
    });
    if !apply {
        return Ok(answer);
    }
    if workspace.status().applying.is_some() {
        let cause = "rules are being applied; try again when they are in force";
        return Err(AskError::Conflict(cause.to_owned()));
    }
    let nothing_to_do = old.events + old.failed == 0 && !last.unfinished;
    let mut rebuilds = last.unfinished;
    if !nothing_to_do {
        let unfinished = Last {
            unfinished: true,
            ..last
        };
        unfinished.write(workspace).map_err(|e| failed(&e))?;
        rebuilds |= old.lost_traits;
        old.take(workspace, book)?;
        workspace.forget_pictures()?;
        // What other rules read may have gone before they came.
        rebuilds |= workspace
            .place()
            .current()
            .map_err(|e| failed(&e))?
            .map(|now| now.rules)
            != Some(number);
        if rebuilds {
            workspace.ask_and_wait(Question::Rebuild)?;
        }
    }
    let done = Last {
        at_ms: Some(workspace.now().ms()),
        unfinished: false,
    };
    done.write(workspace).map_err(|e| failed(&e))?;
    answer["rebuilt"] = json!(rebuilds);
    Ok(answer)
}

/// The rules in force, and their number.
fn rules(workspace: &Workspace) -> Result<(u32, Rulebook), RuntimeError> {
    let place = workspace.place();
    let number = place.current()?.unwrap_or_default().rules;
    Ok((number, Rulebook::compile(&place.read_rules(number)?)?))
}

fn shown(retention: &Retention) -> Json {
    let text = |kept: Option<Duration>| kept.map_or("forever".to_owned(), |kept| kept.to_string());
    let events = retention.events.iter();
    let mut shown: Map<String, Json> = events
        .map(|(name, kept)| (name.clone(), text(*kept).into()))
        .collect();
    shown.insert("default".to_owned(), text(retention.default).into());
    shown.into()
}

/// Which lines are old.
#[derive(Default)]
struct Old {
    now: Time,
    events: u64,
    failed: u64,
    lost_traits: bool,
    /// Stretches of the log with such lines, by number.
    stretches: BTreeSet<u64>,
}

impl Old {
    fn find(logs: &(LogReader, LogReader), book: &Rulebook, now: Time) -> Result<Self, LogError> {
        let mut old = Self {
            now,
            ..Self::default()
        };
        let retention = &book.project.retention;
        if retention.is_for_ever() {
            return Ok(old);
        }
        let mut age = Age::new(book, now);
        let mut position = 0;
        while let Some(record) = logs.0.read(position)? {
            for (ordinal, line) in record.lines() {
                if let Some(emptied) = age.emptied(line) {
                    old.events += 1;
                    old.lost_traits |= emptied.lost_traits;
                    old.stretches.insert(ordinal / LINES_AT_ONCE);
                }
            }
            position = record.end();
        }
        position = 0;
        while let Some(record) = logs.1.read(position)? {
            let lines = record.lines().filter(|(_, line)| age.is_refused(line));
            old.failed += lines.count() as u64;
            position = record.end();
        }
        Ok(old)
    }

    /// Takes the content of these lines from the logs, a stretch after another.
    fn take(&self, workspace: &Workspace, book: Rulebook) -> Result<(), AskError> {
        let full = |error| match error {
            LogError::Full => AskError::Busy {
                retry_after_s: FULL_RETRY_S,
            },
            error => failed(&error),
        };
        let mut age = Age::new(&book, self.now);
        for stretch in &self.stretches {
            let from = stretch * LINES_AT_ONCE;
            let (back, rewritten) = workspace.between(move |logs| {
                let rewritten = logs
                    .events
                    .rewrite_part(from..from + LINES_AT_ONCE, |_, line| {
                        let emptied = age.emptied(line);
                        emptied.map_or(Fate::Keep, |emptied| Fate::Replace(emptied.line))
                    });
                (age, rewritten)
            })?;
            rewritten.map_err(full)?;
            age = back;
        }
        if self.failed > 0 {
            let rewritten = workspace.between(move |logs| {
                logs.failed
                    .rewrite(0, |_, line| match age.is_refused(line) {
                        true => Fate::Blank,
                        false => Fate::Keep,
                    })
            })?;
            rewritten.map_err(full)?;
        }
        Ok(())
    }
}

/// Tells by its age what becomes of a line.
struct Age {
    retention: Retention,
    wanted: Wanted,
    reader: CallReader,
    now: Time,
}

impl Age {
    fn new(book: &Rulebook, now: Time) -> Self {
        Self {
            retention: book.project.retention.clone(),
            wanted: Wanted::of(&book.machine),
            reader: book.reader(),
            now,
        }
    }

    /// An event without its content, where it is too old for that.
    fn emptied(&mut self, line: &str) -> Option<content::Emptied> {
        if !WITH_CONTENT.iter().any(|kind| line.contains(kind)) {
            return None;
        }
        self.reader.read(line.as_bytes()).ok()?;
        let call = self.reader.call(line);
        let kept = self.retention.of(call.event)?;
        let has_content = !matches!(call.event, "identify" | "alias" | "group")
            && !MEANT.contains(&normalize_event_name(call.event).as_str());
        if !has_content || self.now.since(call.at) <= kept.ms() {
            return None;
        }
        self.wanted.emptied(line)
    }

    /// Whether a refused event goes.
    fn is_refused(&self, line: &str) -> bool {
        let Some(kept) = self.retention.default else {
            return false;
        };
        let refused: Json = serde_json::from_str(line).unwrap_or_default();
        let received = refused["received_at"].as_str();
        let received = received.and_then(|text| Time::parse(text, &Zone::utc()).ok());
        received.is_some_and(|at| self.now.since(at) > kept.ms())
    }
}

impl Last {
    fn read(workspace: &Workspace) -> Result<Self, RuntimeError> {
        let path = workspace.place().0.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| disk(&path, &error)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(disk(&path, &error)),
        }
    }

    fn write(self, workspace: &Workspace) -> Result<(), RuntimeError> {
        let path = workspace.place().0.join(FILE);
        let text = serde_json::to_vec(&self).map_err(|error| disk(&path, &error))?;
        replace(&path, &text)
    }
}

fn failed(error: &dyn std::fmt::Display) -> AskError {
    AskError::Failed(error.to_string())
}

//! Making pictures: a run over the log by a process beside the server, one at a time.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use perennial_model::Time;
use perennial_rules::project::{ProjectText, read};
use perennial_runtime::Workspace;
use serde_json::json;

use super::Picture;
use super::child::{Child, Ended};
use super::desk::Room;
use crate::commands::aside::NOTHING;
use crate::data;
use crate::folder::RULES_FILE;

/// Longest making of one picture.
const MAX_MAKING: Duration = Duration::from_secs(60 * 60);
/// Most bytes of what a making gives, which is nothing.
const MAX_GIVEN_BYTES: usize = 1024;

/// Starts to make the pictures that are wanted; false where the system has no thread left.
pub fn start(room: Arc<Room>) -> bool {
    let thread = std::thread::Builder::new().name("pictures".to_owned());
    let work = move || {
        while let Some(workspace) = room.next() {
            let began = Instant::now();
            let outcome = make(&room, &workspace);
            room.end(workspace.name(), outcome, began.elapsed());
        }
    };
    thread.spawn(work).is_ok()
}

/// Makes a picture of what a workspace knows now.
fn make(room: &Room, workspace: &Workspace) -> Result<Picture, String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    // Before lines are counted: whatever is thrown away from here on throws this picture away too.
    let (epoch, number) = room.begin(workspace.name());
    let (rules, files) = workspace.rules().map_err(|error| text(&error))?;
    let line = workspace.status().durable;
    room.counted(workspace.name(), line, rules);
    let mut picture = Picture {
        folder: workspace.pictures().join(number.to_string()),
        line,
        // The end of history is exclusive, and what happens now is part of it.
        at: Time(workspace.now().ms() + 1),
        rules,
        pii: pii(&files),
        epoch,
        is_empty: line == 0,
    };
    if picture.is_empty {
        return Ok(picture);
    }
    data::make_private(&picture.folder).map_err(|failure| failure.message)?;
    let kept = serde_json::to_vec(&files).map_err(|error| text(&error))?;
    let path = picture.folder.join(RULES_FILE);
    std::fs::write(&path, kept).map_err(|error| text(&error))?;
    let log = absolute(workspace.log_folder());
    let order = json!({"log": log, "lines": line, "until_ms": picture.at.ms()});
    let begun = Child::begin("picture", &picture.folder, &order);
    let (child, pipes) = begun.map_err(|error| text(&error))?;
    let child = Arc::new(child);
    let noted = room.note(workspace.name(), epoch, &child);
    if noted.is_none() {
        child.kill();
    }
    let ended = child.finish(pipes, MAX_MAKING, MAX_GIVEN_BYTES);
    if let Some(number) = noted {
        room.ended(workspace.name(), epoch, number);
    }
    match ended {
        Ended::Itself(Some(0), ..) => Ok(picture),
        Ended::Itself(Some(NOTHING), ..) => {
            picture.is_empty = true;
            Ok(picture)
        }
        // Thrown away meanwhile, which is no failure.
        Ended::Itself(None, ..) if room.epoch(workspace.name()) != epoch => Ok(picture),
        Ended::Itself(code, _, said) => Err(format!(
            "a picture was not made (exit code {code:?}): {said}"
        )),
        Ended::TooSlow => Err(format!("a picture was not made in {MAX_MAKING:?}")),
        Ended::TooLarge => Err("a picture was not made: it said too much".to_owned()),
    }
}

/// The folder as seen from anywhere.
pub(super) fn absolute(folder: PathBuf) -> PathBuf {
    std::path::absolute(&folder).unwrap_or(folder)
}

/// What the rules say is personal.
fn pii(files: &[(String, String)]) -> Vec<String> {
    let text = |(path, text): &(String, String)| ProjectText {
        path: path.clone(),
        text: text.clone(),
    };
    let texts: Vec<ProjectText> = files.iter().map(text).collect();
    read(&texts).project.map_or_else(Vec::new, |own| own.pii)
}

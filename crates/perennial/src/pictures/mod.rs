//! Pictures: what runs over the logs of a server's workspaces have written, of which questions are answered.
//!
//! A picture is made when somebody asks and the last one does not know everything any more, by a process of its
//! own (`make`, `child`); the questions are answered by others (`ask`). Both are this very binary, so that a
//! question means what it means on the command line, and what goes wrong in them is no harm to the server.
//! `desk` holds what is there and who waits. [Decision 010](../../../../docs/decisions/010-questions-over-live-data.md).

mod ask;
mod child;
mod desk;
mod forecasting;
mod make;
mod options;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use perennial_api::{Analyst, AsOf, Findings, Inquiry, Refusal};
use perennial_model::Time;
use perennial_runtime::Workspace;

use desk::Room;
use forecasting::Forecasting;

/// A picture that is older than this is not used where it can be made anew, since time moves customers too.
const MAX_AGE_MS: i64 = 10 * 60 * 1000;
/// How often an inquiry is begun again because what it was asked of has been thrown away.
const MAX_BEGINNINGS: usize = 5;

/// How often the removal of a folder is tried.
const MAX_REMOVALS: usize = 20;

/// What questions are asked of.
#[derive(Debug)]
struct Picture {
    /// Its folder, which goes with it.
    folder: PathBuf,
    /// Lines of the log that it knows.
    line: u64,
    /// The end of its history, exclusive.
    at: Time,
    /// The number of its rules.
    rules: u32,
    /// What its rules say is personal.
    pii: Vec<String>,
    /// How often its workspace had thrown pictures away.
    epoch: u64,
    /// Whether there is nothing in it.
    is_empty: bool,
}

impl Drop for Picture {
    fn drop(&mut self) {
        // What cannot be removed now is removed at the next start.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The pictures of a server's workspaces. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Pictures {
    room: Arc<Room>,
    forecasting: Arc<Forecasting>,
}

impl Pictures {
    /// Throws a workspace's pictures away and ends what works on them; those begun from now on stay.
    ///
    /// # Errors
    /// What could not be removed.
    pub fn forget(&self, workspace: &str, folder: &Path) -> Result<(), String> {
        let begun = self.room.forget(workspace);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            // Nobody has asked yet.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(format!("{}: {error}", folder.display())),
        };
        for entry in entries.flatten() {
            let number = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            if number.is_none_or(|number: u64| number < begun) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// A picture that knows everything; where there is none in time, the last one.
    fn picture(&self, workspace: &Workspace, deadline: Instant) -> Result<Arc<Picture>, Refusal> {
        let failed = |error: perennial_runtime::RuntimeError| Refusal::Failed(error.to_string());
        let wanted = desk::Wanted {
            line: workspace.status().durable,
            rules: workspace.rules().map_err(failed)?.0,
            since: Time(workspace.now().ms() - MAX_AGE_MS),
        };
        let begin = || make::start(Arc::clone(&self.room));
        self.room.wait_for(workspace, &wanted, deadline, &begin)
    }
}

impl Analyst for Pictures {
    fn answer(&self, workspace: &Workspace, inquiry: &Inquiry) -> Result<Findings, Refusal> {
        let words = inquiry
            .questions
            .iter()
            .map(|(name, ask)| options::words(ask).map_err(|refusal| of(name, refusal)));
        let words = words.collect::<Result<Vec<_>, _>>()?;
        let deadline = Instant::now() + inquiry.wait;
        for _ in 0..MAX_BEGINNINGS {
            let picture = self.picture(workspace, deadline)?;
            if picture.is_empty {
                return Err(Refusal::Nothing);
            }
            let hidden = match inquiry.sees_all {
                true => &[][..],
                false => &picture.pii,
            };
            let asked = ask::ask(&self.room, workspace.name(), &picture, &words, hidden);
            let answers = asked.map_err(|(place, refusal)| match inquiry.questions.get(place) {
                Some((name, _)) => of(name, refusal),
                None => refusal,
            })?;
            // Thrown away meanwhile: nobody is told what was in it.
            let Some(answers) = answers else { continue };
            let durable = workspace.status().durable;
            return Ok(Findings {
                answers,
                as_of: AsOf {
                    line: picture.line,
                    at: picture.at,
                    lines_behind: durable.saturating_sub(picture.line),
                },
            });
        }
        Err(Refusal::Busy { retry_after_s: 1 })
    }

    fn forecast(&self, workspace: &Workspace) -> Result<serde_json::Value, Refusal> {
        self.told(workspace)
    }

    fn refit(&self, workspace: &Workspace) -> Result<serde_json::Value, Refusal> {
        self.ask_for_scores(workspace)
    }

    fn stop(&self) {
        self.forecasting.stop();
        self.room.stop();
    }
}

/// Removes a folder of which others, who hold it too, may just be removing parts.
fn remove(folder: &Path) -> Result<(), String> {
    for _ in 0..MAX_REMOVALS {
        match fs::remove_dir_all(folder) {
            Err(_) if folder.exists() => {}
            _ => return Ok(()),
        }
    }
    Err(format!("{}: cannot be removed", folder.display()))
}

/// A refusal with the name of the question that it is about, where it has one.
fn of(name: &str, refusal: Refusal) -> Refusal {
    if name.is_empty() {
        return refusal;
    }
    let told = |message: String| format!("`{name}`: {message}");
    match refusal {
        Refusal::UnknownQuestion(message) => Refusal::UnknownQuestion(told(message)),
        Refusal::UnknownOption(message) => Refusal::UnknownOption(told(message)),
        Refusal::Wrong(message) => Refusal::Wrong(told(message)),
        Refusal::Personal(message) => Refusal::Personal(told(message)),
        Refusal::Senseless(message) => Refusal::Senseless(told(message)),
        refusal => refusal,
    }
}

/// Seconds from now, at least one.
fn seconds_until(instant: Instant) -> u32 {
    let left = instant.saturating_duration_since(Instant::now());
    u32::try_from((left + Duration::from_millis(999)).as_secs())
        .unwrap_or(u32::MAX)
        .max(1)
}

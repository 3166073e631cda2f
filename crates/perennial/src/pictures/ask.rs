//! Answering: the questions of an inquiry asked of a picture, by a process beside the server.

use std::sync::Arc;
use std::time::Duration;

use perennial_api::Refusal;
use serde_json::{Value, json};

use super::Picture;
use super::child::{Child, Ended};
use super::desk::Room;
use crate::commands::aside::{REFUSED, SENSELESS};
use crate::failure::exit;

/// Longest answering of an inquiry.
const MAX_ANSWERING: Duration = Duration::from_secs(60);
/// Most bytes of the answers to an inquiry.
const MAX_ANSWER_BYTES: usize = 32 * 1024 * 1024;
/// Most characters of why a question is refused.
const MAX_MESSAGE_CHARS: usize = 2_000;

/// A refusal, with the place of the question that it is about; beyond all where it is about none.
type Blamed = (usize, Refusal);

/// Whoever has a turn gives it back.
struct Turn<'r>(&'r Room);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.leave_turn();
    }
}

/// Asks; nothing where the picture was thrown away meanwhile.
///
/// # Errors
/// What is refused.
pub fn ask(
    room: &Room,
    workspace: &str,
    picture: &Picture,
    questions: &[Vec<String>],
    hidden: &[String],
) -> Result<Option<Vec<String>>, Blamed> {
    let nobody = |refusal| (usize::MAX, refusal);
    room.take_turn().map_err(nobody)?;
    let _turn = Turn(room);
    let order = json!({"questions": questions, "hidden": hidden});
    let begun = Child::begin("answer", &picture.folder, &order);
    let (child, pipes) = match begun {
        Ok(begun) => begun,
        // Its folder may have gone with it.
        Err(_) if room.epoch(workspace) != picture.epoch => return Ok(None),
        Err(error) => return Err(nobody(Refusal::Failed(error.to_string()))),
    };
    let child = Arc::new(child);
    let noted = room.note(workspace, picture.epoch, &child);
    if noted.is_none() {
        child.kill();
    }
    let ended = child.finish(pipes, MAX_ANSWERING, MAX_ANSWER_BYTES);
    let is_there = noted.is_some_and(|number| room.ended(workspace, picture.epoch, number));
    if !is_there {
        return Ok(None);
    }
    match ended {
        Ended::Itself(Some(0), text, _) => {
            let text = String::from_utf8(text).unwrap_or_default();
            let answers: Vec<String> = text.lines().map(str::to_owned).collect();
            match answers.len() == questions.len() {
                true => Ok(Some(answers)),
                false => Err(nobody(Refusal::Failed("an answer is missing".to_owned()))),
            }
        }
        Ended::Itself(Some(REFUSED), text, said) => Err(refused(&text, &said)),
        Ended::Itself(code, _, said) => {
            let why = format!("questions were not answered (exit code {code:?}): {said}");
            Err(nobody(Refusal::Failed(why)))
        }
        Ended::TooSlow => Err(nobody(Refusal::TooSlow)),
        Ended::TooLarge => Err(nobody(Refusal::TooLarge)),
    }
}

/// What a process says of a question that it refuses.
fn refused(text: &[u8], said: &str) -> Blamed {
    let told: Value = serde_json::from_slice(text).unwrap_or_default();
    let place = told["question"]
        .as_u64()
        .and_then(|place| usize::try_from(place).ok());
    let own = told["message"].as_str().unwrap_or_default();
    // What is wrong with a rule is shown with its place, beside the message.
    let message = if own.is_empty() { said } else { own };
    let message: String = message.trim().chars().take(MAX_MESSAGE_CHARS).collect();
    let code = told["code"]
        .as_u64()
        .and_then(|code| u8::try_from(code).ok());
    let refusal = match code {
        Some(exit::USAGE) => Refusal::Wrong(message),
        Some(exit::PERSONAL) => Refusal::Personal(message),
        Some(exit::INVALID | SENSELESS) => Refusal::Senseless(message),
        _ => Refusal::Failed(message),
    };
    (place.unwrap_or(usize::MAX), refusal)
}

//! Who answers questions about all customers: what is asked of him, and what he says or refuses.

use std::borrow::Cow;
use std::fmt::Debug;
use std::time::Duration;

use perennial_model::Time;
use perennial_runtime::Workspace;
use serde_json::{Value, json};

use crate::problem::Problem;

/// Why there are no forecasts.
const NO_FORECASTS: &str = "the project makes no forecasts: it has no `forecast`";

/// Answers the questions of the command line over all that a workspace knows.
///
/// What he does may take long: he is asked on a thread that may wait.
pub trait Analyst: Debug + Send + Sync {
    /// Answers all that is asked in one reading.
    ///
    /// # Errors
    /// [`Refusal`]; where one question of several is refused, all are.
    fn answer(&self, workspace: &Workspace, inquiry: &Inquiry) -> Result<Findings, Refusal>;

    /// What is known of a workspace's forecasts: the last model, whom it scored, how the one before did.
    ///
    /// # Errors
    /// [`Refusal::Senseless`] where it makes none.
    fn forecast(&self, _: &Workspace) -> Result<Value, Refusal> {
        Err(Refusal::Senseless(NO_FORECASTS.to_owned()))
    }

    /// Has a workspace's customers scored anew, now, without waiting for it.
    ///
    /// # Errors
    /// [`Refusal::Senseless`] where it makes no forecasts.
    fn refit(&self, _: &Workspace) -> Result<Value, Refusal> {
        Err(Refusal::Senseless(NO_FORECASTS.to_owned()))
    }

    /// Stops what is going on: whoever waits is refused, now and from now on.
    fn stop(&self);
}

/// What is asked at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquiry {
    /// The questions, by the names of their answers.
    pub questions: Vec<(String, Ask)>,
    /// Whether the asker may see what the project says is personal.
    pub sees_all: bool,
    /// How long to wait for an answer that knows everything; after that one that is behind will do.
    pub wait: Duration,
}

/// One question, as on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// Its name, such as `funnel`.
    pub question: String,
    /// Names of options without their dashes, and values; a name may come again. A flag has none.
    pub options: Vec<(String, String)>,
}

/// The answers to an inquiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// A JSON object for each question, as text, in the order asked.
    pub answers: Vec<String>,
    /// What they know.
    pub as_of: AsOf,
}

/// What an answer knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsOf {
    /// Lines of the log, all up to this number.
    pub line: u64,
    /// Where time ends for it.
    pub at: Time,
    /// Lines that have come since.
    pub lines_behind: u64,
}

impl AsOf {
    /// As it stands in answers.
    pub fn json(&self) -> Value {
        json!({"line": self.line, "at": self.at.to_string(), "lines_behind": self.lines_behind})
    }
}

/// Why an inquiry is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such question; the message names one that may be meant.
    UnknownQuestion(String),
    /// There is no such option; the message names one that may be meant.
    UnknownOption(String),
    /// The question is wrong.
    Wrong(String),
    /// The question would tell what is personal to who may not see it.
    Personal(String),
    /// The question is right and cannot be answered here, such as one about stages where there are none.
    Senseless(String),
    /// Nothing has happened yet that a question could be asked of.
    Nothing,
    /// No answer is ready yet, not even one that is behind.
    NotReady {
        /// Seconds after which to try again.
        retry_after_s: u32,
    },
    /// So much is asked that no more can be.
    Busy {
        /// Seconds after which to try again.
        retry_after_s: u32,
    },
    /// The answer took longer than it may.
    TooSlow,
    /// The answer is larger than it may be.
    TooLarge,
    /// The server is stopping.
    Stopped,
    /// Something failed inside.
    Failed(String),
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::UnknownQuestion(message) => Self::new(400, "unknown_question", message),
            Refusal::UnknownOption(message) => Self::new(400, "unknown_field", message),
            Refusal::Wrong(message) => Self::bad(message),
            Refusal::Personal(message) => Self::forbidden(Cow::Owned(message)),
            Refusal::Senseless(message) => Self::new(422, "invalid", message),
            Refusal::Nothing => Self::new(
                409,
                "nothing_yet",
                "no event of a customer has come that lies before now, so there is nothing to ask about",
            ),
            Refusal::NotReady { retry_after_s } => Self::new(
                503,
                "not_ready",
                "what questions are asked of is being made: try again, or wait longer by `wait`",
            )
            .after(retry_after_s),
            Refusal::Busy { retry_after_s } => Self::overloaded().after(retry_after_s),
            Refusal::TooSlow => Self::new(
                422,
                "answer_too_slow",
                "the answer takes longer than a server may: ask for less, or ask a run by the command line",
            ),
            Refusal::TooLarge => Self::new(
                422,
                "answer_too_large",
                "the answer is larger than a server gives: ask for less, or ask a run by the command line",
            ),
            Refusal::Stopped => Self::stopping(),
            Refusal::Failed(_) => Self::failed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_inside_is_not_told_and_what_may_be_tried_again_says_when() {
        let failed = Problem::from(Refusal::Failed("at /secret".to_owned()));
        assert_eq!((failed.status, failed.code), (500, "failed"));
        assert!(!failed.message.contains("secret"));
        for refusal in [
            Refusal::NotReady { retry_after_s: 3 },
            Refusal::Busy { retry_after_s: 3 },
        ] {
            let problem = Problem::from(refusal);
            assert_eq!((problem.status, problem.retry_after_s), (503, Some(3)));
        }
    }
}

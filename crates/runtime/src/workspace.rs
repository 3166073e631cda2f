//! One workspace as others see it: arrivals in, questions answered, changes to follow.

use std::sync::mpsc::Receiver;

use perennial_model::Time;
use serde_json::Value;

use crate::{AppendError, Arrival, AskError, Question};

/// What is called with the outcome, on a thread of the workspace: it must be quick.
pub type Done<T, E> = Box<dyn FnOnce(Result<T, E>) + Send>;

/// A handle on a workspace; clones are the same workspace.
#[derive(Clone)]
pub struct Workspace {
    name: String,
}

/// One thing that happened, for those who follow.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What it is: `event`, `moved`, `refused`, `entered` or `left`.
    pub kind: &'static str,
    /// What happened, as JSON.
    pub body: Value,
}

/// Counters and positions, which cost nothing to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether the log has been folded up to where it ended when the process started.
    pub ready: bool,
    /// Events in requests, good and bad.
    pub received: u64,
    /// Lines in the log.
    pub durable: u64,
    /// Lines folded.
    pub applied: u64,
    /// Events, each once.
    pub events: u64,
    /// Events that had come before.
    pub duplicates: u64,
    /// Of them those with another content.
    pub duplicate_conflicts: u64,
    /// Events refused.
    pub failed: u64,
    /// Customers.
    pub customers: u64,
    /// Customers for whom time will bring something.
    pub timers: u64,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// The version of the rules in force.
    pub rules: String,
    /// Of new rules being applied: lines folded so far.
    pub applying: Option<u64>,
}

impl Workspace {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The clock for arrivals: never before what it said last.
    pub fn now(&self) -> Time {
        Time(0)
    }

    /// Hands in the events of a request; `done` is called when they are durable, or refused.
    pub fn append(&self, arrival: Arrival, done: Done<(), AppendError>) {
        drop(arrival);
        done(Err(AppendError::Stopped));
    }

    /// Asks a question; `done` is called with the answer, which knows everything that was
    /// acknowledged before the question.
    pub fn ask(&self, question: Question, done: Done<Value, AskError>) {
        drop(question);
        done(Err(AskError::Stopped));
    }

    /// Counters and positions.
    pub fn status(&self) -> Status {
        Status::default()
    }

    /// What happens from now on; a follower that lags loses notices rather than hold others up.
    pub fn follow(&self) -> Receiver<Notice> {
        std::sync::mpsc::sync_channel(0).1
    }
}

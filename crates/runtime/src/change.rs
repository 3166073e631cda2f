//! Another state built beside the one in force: by new rules, or of a log from which lines have gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread::JoinHandle;

use perennial_model::Time;
use perennial_store::LogReader;
use perennial_store::shelf::Shelf;
use serde_json::Value;

use crate::RuntimeError;
use crate::rulebook::Rulebook;
use crate::state::{Messages, State};
use crate::threads::start_behind;
use crate::workspace::Done;
use crate::{AskError, place};

/// Lines folded between two looks at what time it is and whether to give up.
const LINES_A_STEP: u64 = 4_096;
/// Lines between two checkpoints while a state is built.
const LINES_A_CHECKPOINT: u64 = 500_000;
/// So near to the end of the log the turn takes the state over and folds the rest itself.
const NEAR_LINES: u64 = 2_000;

/// A state that is being built.
pub(crate) struct RulesChange {
    receiver: Receiver<Result<State, RuntimeError>>,
    builder: Option<JoinHandle<()>>,
    applied: Arc<AtomicU64>,
    gives_up: Arc<AtomicBool>,
    /// The version of its rules.
    pub version: String,
    /// Where it is kept.
    pub place: place::StatePlace,
    /// Who is told when it is in force, with what answer.
    pub done: Option<(Done<Value, AskError>, Value)>,
}

impl RulesChange {
    /// Begins to build a state from the first line of the log.
    pub fn begin(
        book: Rulebook,
        stores: (Arc<dyn Shelf>, Arc<Messages>),
        place: place::StatePlace,
        log: LogReader,
        now: impl Fn() -> Time + Send + 'static,
    ) -> Self {
        let (sender, receiver) = channel();
        let applied = Arc::new(AtomicU64::new(0));
        let gives_up = Arc::new(AtomicBool::new(false));
        let version = book.version().to_owned();
        let (progress, stop) = (Arc::clone(&applied), Arc::clone(&gives_up));
        let builder = start_behind("rebuild", move || {
            let built = build(book, stores, &log, &progress, &stop, &now);
            let _ = sender.send(built);
        });
        Self {
            receiver,
            builder,
            applied,
            gives_up,
            version,
            place,
            done: None,
        }
    }

    /// Lines folded so far.
    pub fn applied(&self) -> u64 {
        self.applied.load(Ordering::Relaxed)
    }

    /// The state, once it is near the end of the log.
    pub fn take(&self) -> Option<Result<State, RuntimeError>> {
        match self.receiver.try_recv() {
            Ok(built) => Some(built),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(RuntimeError::State(
                "building a state came to nothing".to_owned(),
            ))),
        }
    }
}

impl Drop for RulesChange {
    fn drop(&mut self) {
        self.gives_up.store(true, Ordering::Relaxed);
        // Whoever opens the folder next must not find it being written to. One step more is soon over.
        if let Some(builder) = self.builder.take() {
            let _ = builder.join();
        }
    }
}

/// Folds a log into a state on an empty shelf, up to near its end.
fn build(
    book: Rulebook,
    (shelf, messages): (Arc<dyn Shelf>, Arc<Messages>),
    log: &LogReader,
    applied: &AtomicU64,
    gives_up: &AtomicBool,
    now: &dyn Fn() -> Time,
) -> Result<State, RuntimeError> {
    let Some(mut state) = State::open(book, shelf, messages)? else {
        return Err(RuntimeError::State("the shelf is not empty".to_owned()));
    };
    loop {
        let from = state.summary.applied;
        if gives_up.load(Ordering::Relaxed) {
            return Err(RuntimeError::State("nobody waits for it".to_owned()));
        }
        if log.durable().saturating_sub(from) < NEAR_LINES {
            break;
        }
        catch_up(&mut state, log, from + LINES_A_STEP)?;
        state.settle(now())?;
        applied.store(state.summary.applied, Ordering::Relaxed);
        if state.summary.applied - state.saved >= LINES_A_CHECKPOINT {
            state.save()?;
        }
    }
    state.save()?;
    Ok(state)
}

/// Takes lines in up to one, which is left out, or up to the end of the log.
///
/// # Errors
/// What the log or the shelf says.
pub(crate) fn catch_up(state: &mut State, log: &LogReader, until: u64) -> Result<(), RuntimeError> {
    let until = until.min(log.durable());
    while state.summary.applied < until {
        let from = state.summary.applied;
        let Some(record) = log.read(from).map_err(RuntimeError::log)? else {
            break;
        };
        for ordinal in from..until.min(record.end()) {
            let line = record.line(ordinal).unwrap_or_default();
            state.apply(ordinal, line)?;
        }
        state.compare_duplicates(log)?;
    }
    Ok(())
}

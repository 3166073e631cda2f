//! The turn of a workspace: lines of the log folded, time let pass, questions answered, one after another.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc::TrySendError;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use perennial_model::Time;
use perennial_store::LogReader;

use crate::change::RulesChange;
use crate::clock::Clock;
use crate::place::{Current, Place};
use crate::saving::Saving;
use crate::shared::{Asked, Shared};
use crate::state::State;
use crate::{RuntimeError, answers};

/// Lines folded before time is let pass and questions are answered.
const LINES_A_TURN: usize = 512;
/// Lines folded before somebody who asks is looked for.
const LINES_AT_ONCE: usize = 64;
/// Most time between two looks at the clock.
const LONGEST_REST: Duration = Duration::from_millis(200);
/// Most time between two looks at a state that is being built.
const CHANGE_REST: Duration = Duration::from_millis(5);
/// A clock that goes back by more than this was wrong before: whoever was moved by it is folded again.
const CLOCK_SET_BACK_MS: i64 = 1_000;
/// Notices of one turn that followers are told; more are left out.
const MAX_NOTICES: usize = 10_000;

/// Folds the log of one workspace.
pub(crate) struct Turn {
    pub state: State,
    pub log: LogReader,
    pub failed: LogReader,
    pub shared: Arc<Shared>,
    pub clock: Arc<dyn Clock>,
    /// Customers kept at hand.
    pub most_at_hand: usize,
    /// Where the workspace is kept, and what of it is in force.
    pub place: Place,
    pub current: Current,
    /// Another state that is being built, with other rules or of a changed log.
    pub change: Option<RulesChange>,
    /// The line up to which the log is folded before the workspace is ready.
    pub ready_at: u64,
    pub(crate) saving: Saving,
    /// When the last checkpoint began.
    pub(crate) checkpoint_at: Instant,
}

impl Turn {
    /// A turn over a state.
    pub fn new(
        state: State,
        logs: (LogReader, LogReader),
        shared: Arc<Shared>,
        clock: Arc<dyn Clock>,
        (place, current): (Place, Current),
        most_at_hand: usize,
    ) -> Self {
        let ready_at = logs.0.durable();
        Self {
            state,
            log: logs.0,
            failed: logs.1,
            shared,
            clock,
            most_at_hand,
            place,
            current,
            change: None,
            ready_at,
            saving: Saving::Idle,
            checkpoint_at: Instant::now(),
        }
    }

    /// Goes on until told to stop.
    ///
    /// # Errors
    /// What cannot be mended: the log cannot be read, or a state cannot be built.
    pub fn run(&mut self) -> Result<(), RuntimeError> {
        loop {
            let read = self.fold_some()?;
            // Time passes between a question and its answer: what was due when it was asked has happened.
            let asked = self.take_questions();
            self.look_for_followers();
            self.pass_time()?;
            // What an answer tells, the counters tell no later.
            self.publish();
            self.answer_all(asked)?;
            self.tell_followers();
            self.save_some()?;
            self.go_on_changing()?;
            self.publish();
            if read > 0 || self.saving.goes_on() {
                continue;
            }
            if self.shared.stops.load(Ordering::SeqCst) {
                return self.stop();
            }
            self.rest();
        }
    }

    fn rest(&self) {
        let due_ms = self
            .state
            .next_due_ms()
            .saturating_sub(self.clock.now().ms());
        let due = Duration::from_millis(due_ms.saturating_add(1).max(1) as u64);
        let at_most = match self.change {
            Some(_) => due.min(CHANGE_REST),
            None => due.min(LONGEST_REST),
        };
        self.shared.bell.wait(at_most);
    }

    /// Takes in some lines; answers how many.
    fn fold_some(&mut self) -> Result<usize, RuntimeError> {
        let from = self.state.summary.applied;
        if from >= self.log.durable() {
            return Ok(0);
        }
        let record = self.log.read(from).map_err(RuntimeError::log)?;
        let Some(record) = record else {
            return Ok(0);
        };
        // Whoever followed before this was appended is told of it.
        self.look_for_followers();
        let mut taken = 0;
        let until = (from + LINES_A_TURN as u64).min(record.end());
        for ordinal in from..until {
            if taken > 0 && taken % LINES_AT_ONCE == 0 && self.is_asked() {
                break;
            }
            let line = record.line(ordinal).unwrap_or_default();
            self.state.apply(ordinal, line)?;
            taken += 1;
        }
        self.state.compare_duplicates(&self.log)?;
        Ok(taken)
    }

    /// Whether anybody asks something that can be answered now.
    fn is_asked(&self) -> bool {
        let questions = self.shared.questions.lock();
        let questions = questions.unwrap_or_else(PoisonError::into_inner);
        let applied = self.state.summary.applied;
        questions.iter().any(|asked| asked.after <= applied)
    }

    fn pass_time(&mut self) -> Result<(), RuntimeError> {
        let now = self.clock.now();
        if self.state.now.since(now) > CLOCK_SET_BACK_MS {
            self.state.turn_back(now)?;
        }
        // An instant is left out of the time that has passed, so now itself is not over.
        Ok(self.state.settle(now)?)
    }

    fn take_questions(&self) -> VecDeque<Asked> {
        let questions = self.shared.questions.lock();
        std::mem::take(&mut *questions.unwrap_or_else(PoisonError::into_inner))
    }

    fn answer_all(&mut self, mut waiting: VecDeque<Asked>) -> Result<(), RuntimeError> {
        let mut later = VecDeque::new();
        while let Some(asked) = waiting.pop_front() {
            if asked.after > self.state.summary.applied {
                later.push_back(asked);
                continue;
            }
            answers::answer(self, asked.question, asked.done)?;
        }
        if !later.is_empty() {
            let questions = self.shared.questions.lock();
            let mut questions = questions.unwrap_or_else(PoisonError::into_inner);
            while let Some(asked) = later.pop_back() {
                questions.push_front(asked);
            }
        }
        Ok(())
    }

    fn look_for_followers(&mut self) {
        let followers = self.shared.followers.lock();
        self.state.followed = !followers.unwrap_or_else(PoisonError::into_inner).is_empty();
    }

    fn tell_followers(&mut self) {
        let followers = self.shared.followers.lock();
        let mut followers = followers.unwrap_or_else(PoisonError::into_inner);
        let mut notices = std::mem::take(&mut self.state.notices);
        notices.truncate(MAX_NOTICES);
        for notice in notices {
            followers.retain(|follower| {
                let sent = follower.try_send(notice.clone());
                !matches!(sent, Err(TrySendError::Disconnected(_)))
            });
        }
    }

    fn stop(&mut self) -> Result<(), RuntimeError> {
        self.save()?;
        self.shared.refuse_questions();
        Ok(())
    }

    /// Shows the counters as they are now.
    pub fn publish(&self) {
        let status = self.shared.status.lock();
        let mut status = status.unwrap_or_else(PoisonError::into_inner);
        let summary = &self.state.summary;
        status.ready = summary.applied >= self.ready_at;
        status.applied = summary.applied;
        status.events = summary.counts.events;
        status.duplicates = summary.counts.duplicates;
        status.duplicate_conflicts = summary.counts.conflicts;
        status.customers = summary.tally.customers;
        status.timers = self.state.timers() as u64;
        if status.rules != summary.rules {
            status.rules.clone_from(&summary.rules);
        }
        status.applying = self.change.as_ref().map(RulesChange::applied);
    }

    /// The instant as of which answers are given.
    pub fn now(&self) -> Time {
        self.state.now
    }
}

//! The turn of a workspace: lines of the log folded, time let pass, questions answered, one after another.

use std::sync::atomic::Ordering;
use std::sync::mpsc::TrySendError;
use std::sync::{Arc, PoisonError, mpsc};
use std::time::{Duration, Instant};

use perennial_model::Time;
use perennial_store::LogReader;
use perennial_store::shelf::ShelfError;

use crate::change::RulesChange;
use crate::clock::Clock;
use crate::place::{Current, Place};
use crate::shared::Shared;
use crate::state::{Checkpoint, State, damaged};
use crate::threads::start;
use crate::{RuntimeError, answers};

/// Lines folded before time is let pass and questions are answered.
const LINES_A_TURN: usize = 512;
/// Lines after which a checkpoint is due, and time after which it is if there is any news.
const CHECKPOINT_LINES: u64 = 500_000;
const CHECKPOINT_MS: u128 = 30_000;
/// Most time between two looks at the clock.
const LONGEST_REST: Duration = Duration::from_millis(200);
/// Time between two tries to build a state where none can be saved.
const STUCK_RETRY: Duration = Duration::from_secs(5);
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
    saver: Option<mpsc::Receiver<Result<(), ShelfError>>>,
    /// Since when nothing can be saved, the disk being full or failing: then everything stays at hand,
    /// and a state is built anew once there is room.
    stuck: Option<Instant>,
    checkpoint_at: Instant,
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
            saver: None,
            stuck: None,
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
            self.pass_time()?;
            self.answer_all()?;
            self.tell_followers();
            self.save_some()?;
            self.go_on_changing()?;
            self.publish();
            if read > 0 {
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
        let mut taken = 0;
        let until = (from + LINES_A_TURN as u64).min(record.end());
        for ordinal in from..until {
            let line = record.line(ordinal).unwrap_or_default();
            self.state
                .apply(ordinal, line)
                .map_err(|e| self.broken(e))?;
            taken += 1;
        }
        self.state.compare_duplicates(&self.log)?;
        Ok(taken)
    }

    fn pass_time(&mut self) -> Result<(), RuntimeError> {
        let now = self.clock.now();
        if self.state.now.since(now) > CLOCK_SET_BACK_MS {
            self.state.turn_back(now).map_err(|e| self.broken(e))?;
        }
        // An instant is left out of the time that has passed, so now itself is not over.
        self.state.settle(now).map_err(|e| self.broken(e))
    }

    fn answer_all(&mut self) -> Result<(), RuntimeError> {
        let mut waiting = {
            let questions = self.shared.questions.lock();
            std::mem::take(&mut *questions.unwrap_or_else(PoisonError::into_inner))
        };
        let mut later = std::collections::VecDeque::new();
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
        self.state.followed = !followers.is_empty();
    }

    /// Begins a checkpoint if it is due, and looks whether one has ended.
    fn save_some(&mut self) -> Result<(), RuntimeError> {
        if self.stuck.is_some() {
            return self.get_unstuck();
        }
        if let Some(saver) = &self.saver {
            match saver.try_recv() {
                Ok(Ok(())) => {
                    self.saver = None;
                    self.state.end_checkpoint();
                    let at_hand = self.state.at_hand();
                    if at_hand > self.most_at_hand {
                        // Where far too many are at hand, those of a moment ago have to go too.
                        self.state.let_go(at_hand > 2 * self.most_at_hand);
                    }
                }
                Ok(Err(ShelfError::Disk { .. })) => self.get_stuck(),
                Ok(Err(error)) => return Err(self.broken(error)),
                Err(mpsc::TryRecvError::Empty) => {}
                Err(mpsc::TryRecvError::Disconnected) => {
                    return Err(self.broken(damaged("a checkpoint came to nothing")));
                }
            }
            return Ok(());
        }
        let lines = self.state.summary.applied - self.state.saved;
        // After a start that had much to fold, so that the next one has not.
        let is_ready = self.state.summary.applied >= self.ready_at;
        let has_caught_up = is_ready && self.state.saved < self.ready_at;
        let is_due = lines >= CHECKPOINT_LINES
            || has_caught_up
            || self.checkpoint_at.elapsed().as_millis() >= CHECKPOINT_MS;
        if !is_due {
            return Ok(());
        }
        self.checkpoint_at = Instant::now();
        if let Some(checkpoint) = self.state.begin_checkpoint() {
            self.saver = Some(spawn(checkpoint, &self.state));
        }
        Ok(())
    }

    /// From now on nothing is saved, and nothing is let go of.
    fn get_stuck(&mut self) {
        self.saver = None;
        self.stuck = Some(Instant::now());
    }

    /// Tries to build a state that can be saved, if this one can not.
    fn get_unstuck(&mut self) -> Result<(), RuntimeError> {
        let is_time = self
            .stuck
            .is_some_and(|since| since.elapsed() >= STUCK_RETRY);
        if !is_time || self.change.is_some() {
            return Ok(());
        }
        self.stuck = Some(Instant::now());
        let book = self.state.book.fresh()?;
        match self.begin_change(book, None) {
            Ok(()) | Err(RuntimeError::State(_) | RuntimeError::Disk { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A state has taken the place of one that could not be saved.
    pub fn is_unstuck(&mut self) {
        self.stuck = None;
        self.saver = None;
    }

    /// Waits for a checkpoint on its way, and puts everything on the shelf; false where that cannot be
    /// done now, the disk being full.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn save(&mut self) -> Result<bool, RuntimeError> {
        if self.stuck.is_some() {
            return Ok(false);
        }
        if let Some(saver) = self.saver.take() {
            match saver.recv() {
                Ok(Ok(())) => self.state.end_checkpoint(),
                Ok(Err(ShelfError::Disk { .. })) => {
                    self.get_stuck();
                    return Ok(false);
                }
                Ok(Err(error)) => return Err(self.broken(error)),
                Err(_) => {
                    return Err(self.broken(damaged("a checkpoint came to nothing")));
                }
            }
        }
        match self.state.save() {
            Ok(()) => Ok(true),
            Err(ShelfError::Disk { .. }) => {
                self.get_stuck();
                Ok(false)
            }
            Err(error) => Err(self.broken(error)),
        }
    }

    fn stop(&mut self) -> Result<(), RuntimeError> {
        self.save()?;
        self.shared.refuse_questions();
        Ok(())
    }

    /// What is known cannot be relied on: it is thrown away at the next start, and built from the log.
    fn broken(&self, error: ShelfError) -> RuntimeError {
        RuntimeError::State(error.to_string())
    }

    fn publish(&self) {
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

/// Writes a checkpoint on a thread of its own.
fn spawn(checkpoint: Checkpoint, state: &State) -> mpsc::Receiver<Result<(), ShelfError>> {
    let (sender, receiver) = mpsc::channel();
    let shelf = Arc::clone(&state.shelf);
    start("save", move || {
        let _ = sender.send(checkpoint.write(&*shelf));
    });
    receiver
}

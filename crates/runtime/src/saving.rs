//! When checkpoints are taken, a little a turn, and what happens where none can be written.

use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use perennial_store::shelf::ShelfError;

use crate::RuntimeError;
use crate::state::{Checkpoint, State, damaged};
use crate::threads::start_behind;
use crate::turn::Turn;

/// Lines after which a checkpoint is due, and time after which it is if there is any news.
const CHECKPOINT_LINES: u64 = 500_000;
const CHECKPOINT_MS: u128 = 30_000;
/// Identifiers and customers that one turn gathers, forgets or looks at: about half a millisecond.
const GATHERED_A_TURN: usize = 500;
/// Time between two tries to build a state where none can be saved.
const STUCK_RETRY: Duration = Duration::from_secs(5);

/// How far a checkpoint is.
pub(crate) enum Saving {
    /// None has begun.
    Idle,
    /// What it is to write is being gathered.
    Gathering,
    /// A thread writes it.
    Writing(mpsc::Receiver<Result<(), ShelfError>>),
    /// It is written, and what it wrote is being forgotten.
    Forgetting,
    /// Nothing can be saved since then, the disk being full or failing: everything stays at hand, and a
    /// state is built anew once there is room.
    Stuck(Instant),
}

impl Saving {
    /// Whether the turn has something to do for it at once.
    pub fn goes_on(&self) -> bool {
        matches!(self, Self::Gathering | Self::Forgetting)
    }
}

impl Turn {
    /// Begins a checkpoint if it is due, and does a turn's part of one that has begun.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn save_some(&mut self) -> Result<(), RuntimeError> {
        match &self.saving {
            Saving::Idle => {
                if self.is_checkpoint_due() && self.state.begin_checkpoint() {
                    self.saving = Saving::Gathering;
                }
            }
            Saving::Gathering => {
                if let Some(checkpoint) = self.state.gather(GATHERED_A_TURN) {
                    self.saving = Saving::Writing(spawn(checkpoint, &self.state));
                }
            }
            Saving::Writing(writer) => match writer.try_recv() {
                Err(mpsc::TryRecvError::Empty) => {}
                written => self.written(written.map_err(|_| mpsc::RecvError))?,
            },
            Saving::Forgetting => {
                if self.state.forget_saved(GATHERED_A_TURN) {
                    self.saving = Saving::Idle;
                }
            }
            Saving::Stuck(since) => {
                if since.elapsed() >= STUCK_RETRY && self.change.is_none() {
                    return self.get_unstuck();
                }
            }
        }
        let at_hand = self.state.at_hand();
        if at_hand > self.most_at_hand && !matches!(self.saving, Saving::Stuck(_)) {
            // Where far too many are at hand, those of a moment ago have to go too.
            let all = at_hand > 2 * self.most_at_hand;
            self.state.let_go(GATHERED_A_TURN, all);
        }
        Ok(())
    }

    fn is_checkpoint_due(&mut self) -> bool {
        let lines = self.state.summary.applied - self.state.saved;
        // After a start that had much to fold, so that the next one has not.
        let is_ready = self.state.summary.applied >= self.ready_at;
        let has_caught_up = is_ready && self.state.saved < self.ready_at;
        let is_due = lines >= CHECKPOINT_LINES
            || has_caught_up
            || self.checkpoint_at.elapsed().as_millis() >= CHECKPOINT_MS;
        if is_due {
            self.checkpoint_at = Instant::now();
        }
        is_due
    }

    /// What became of a checkpoint that was being written.
    fn written(
        &mut self,
        written: Result<Result<(), ShelfError>, mpsc::RecvError>,
    ) -> Result<(), RuntimeError> {
        match written {
            Ok(Ok(())) => {
                let forgotten = self.state.end_checkpoint();
                // Giving back so much memory at once takes some milliseconds.
                start_behind("forget", move || drop(forgotten));
                self.saving = Saving::Forgetting;
                Ok(())
            }
            Ok(Err(ShelfError::Disk { .. })) => {
                self.saving = Saving::Stuck(Instant::now());
                Ok(())
            }
            Ok(Err(error)) => Err(error.into()),
            Err(mpsc::RecvError) => Err(damaged("a checkpoint came to nothing").into()),
        }
    }

    /// Tries to build a state that can be saved, since this one can not.
    fn get_unstuck(&mut self) -> Result<(), RuntimeError> {
        self.saving = Saving::Stuck(Instant::now());
        let book = self.state.book.fresh()?;
        match self.begin_change(book, None) {
            Ok(()) | Err(RuntimeError::State(_) | RuntimeError::Disk { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A state that is whole on its shelf is to take the place of the one at hand: no checkpoint of the
    /// old one may be on its way any more.
    pub fn is_replaced(&mut self) {
        self.saving = Saving::Idle;
    }

    /// Ends a checkpoint on its way, and puts everything on the shelf; false where that cannot be
    /// done now, the disk being full.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn save(&mut self) -> Result<bool, RuntimeError> {
        if matches!(self.saving, Saving::Gathering)
            && let Some(checkpoint) = self.state.gather(usize::MAX)
        {
            self.saving = Saving::Writing(spawn(checkpoint, &self.state));
        }
        if let Saving::Writing(writer) = &self.saving {
            let written = writer.recv();
            self.written(written)?;
        }
        if matches!(self.saving, Saving::Stuck(_)) {
            return Ok(false);
        }
        self.saving = Saving::Idle;
        match self.state.save() {
            Ok(()) => Ok(true),
            Err(ShelfError::Disk { .. }) => {
                self.saving = Saving::Stuck(Instant::now());
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Writes a checkpoint on a thread of its own.
fn spawn(checkpoint: Checkpoint, state: &State) -> mpsc::Receiver<Result<(), ShelfError>> {
    let (sender, receiver) = mpsc::channel();
    let shelf = Arc::clone(&state.shelf);
    start_behind("save", move || {
        let _ = sender.send(checkpoint.write(&*shelf));
    });
    receiver
}

//! The thread that folds: begun with whatever state there is, and begun again where that breaks.

use std::sync::Arc;
use std::thread::JoinHandle;

use perennial_store::LogReader;
use perennial_store::disk::Disk;
use perennial_store::ids::IdsError;
use perennial_store::shelf::Shelf;

use crate::RuntimeError;
use crate::clock::Clock;
use crate::place::{Current, Place};
use crate::rulebook::Rulebook;
use crate::shared::Shared;
use crate::state::{Messages, State, refill};
use crate::threads::start_behind;
use crate::turn::Turn;

/// How often a state is built anew before it is left at that.
const MOST_BEGINNINGS: usize = 5;

/// What the thread begins with.
pub(crate) struct Begun {
    pub place: Place,
    pub current: Current,
    pub files: Vec<(String, String)>,
    pub logs: (LogReader, LogReader),
    pub shared: Arc<Shared>,
    pub clock: Arc<dyn Clock>,
    pub most_at_hand: usize,
    pub disk: Arc<dyn Disk>,
    /// Lines of the log when it was opened: what knows of more was made from another log.
    pub durable_at_open: u64,
}

impl Begun {
    /// Folds until told to stop.
    pub fn run(mut self, rules: Rulebook) {
        let mut rules = Some(rules);
        for _ in 0..MOST_BEGINNINGS {
            match self.begin(rules.take()) {
                Ok(()) => return,
                // What is derived is made again, from the first line, in a folder of its own.
                Err(RuntimeError::State(_)) => {
                    self.place.forget_state(self.current.state);
                    self.current.state += 1;
                    if self.place.set_current(self.current).is_err() {
                        break;
                    }
                }
                Err(error) => return self.die(&error),
            }
        }
        self.die(&RuntimeError::State(
            "what is derived from the log cannot be kept".to_owned(),
        ));
    }

    fn begin(&mut self, rules: Option<Rulebook>) -> Result<(), RuntimeError> {
        // Rules may have changed since the thread began.
        if let Some(current) = self.place.current()? {
            if current.rules != self.current.rules {
                self.files = self.place.read_rules(current.rules)?;
            }
            self.current = current;
        }
        let rules = match rules {
            Some(rules) => rules,
            None => Rulebook::compile(&self.files)?,
        };
        let shelf = self.shelf()?;
        let mut reader = rules.reader();
        let messages = Arc::new(self.messages()?);
        let opened = State::open(rules, shelf, Arc::clone(&messages));
        let Some(state) = opened? else {
            return Err(RuntimeError::State("it was made by other rules".to_owned()));
        };
        let most = std::mem::replace(&mut self.durable_at_open, u64::MAX);
        if state.summary.applied > most {
            return Err(RuntimeError::State("it knows more than the log".to_owned()));
        }
        refill(&messages, &self.logs.0, &mut reader, state.summary.applied)?;
        self.place.forget_other_states(self.current.state);
        let mut turn = Turn::new(
            state,
            self.logs.clone(),
            Arc::clone(&self.shared),
            Arc::clone(&self.clock),
            (self.place.clone(), self.current),
            self.most_at_hand,
        );
        turn.run()
    }

    /// The shelf, opened by a thread that comes behind, so that those it starts to tidy up do so too.
    fn shelf(&self) -> Result<Arc<dyn Shelf>, RuntimeError> {
        let (place, state) = (self.place.clone(), self.current.state);
        let opening = start_behind("shelf", move || place.shelf(state));
        match opening.map(JoinHandle::join) {
            Some(Ok(shelf)) => shelf,
            Some(Err(_)) | None => self.place.shelf(self.current.state),
        }
    }

    /// The ids of messages; what is broken of them is thrown away.
    fn messages(&self) -> Result<Messages, RuntimeError> {
        let folder = self.place.ids();
        let durable = self.durable_at_open;
        let known = Messages::open(&self.disk, &folder);
        // Ids of lines that are not in the log would make what is sent again look like a duplicate.
        known
            .and_then(|known| match known.most_covered() > durable {
                true => Err(IdsError::Broken {
                    path: folder.clone(),
                    reason: "more lines than the log has",
                }),
                false => Ok(known),
            })
            .or_else(|_| {
                // Where it cannot be removed it cannot be opened either.
                let _ = std::fs::remove_dir_all(&folder);
                Messages::open(&self.disk, &folder)
            })
            .map_err(|error| RuntimeError::State(error.to_string()))
    }

    fn die(&self, error: &RuntimeError) {
        self.shared.die(error);
        self.shared.refuse_questions();
    }
}

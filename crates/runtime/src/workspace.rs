//! One workspace as others see it: arrivals in, questions answered, changes to follow.

use std::path::PathBuf;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use perennial_model::Time;
use perennial_store::disk::Disk;
use perennial_store::{Log, LogOptions, LogReader};
use serde_json::Value;

use crate::clock::Clock;
use crate::fold::Begun;
use crate::house::Forgets;
use crate::place::{Current, Place};
use crate::privacy::{Privacy, erase, suppress};
use crate::retention::{keep_daily, retain};
use crate::rulebook::Rulebook;
use crate::shared::{Asked, Shared};
use crate::threads::start;
use crate::write::{Logs, Writer};
use crate::{AppendError, Arrival, AskError, Question, RuntimeError};

/// Most questions waiting.
const MAX_QUESTIONS: usize = 10_000;
/// Most notices waiting for one follower.
const MAX_NOTICES_WAITING: usize = 1_000;
/// A clock that goes back by more than this was wrong before, and is believed.
const CLOCK_SET_BACK_MS: i64 = 60_000;

/// What is called with the outcome, on a thread of the workspace: it must be quick.
pub type Done<T, E> = Box<dyn FnOnce(Result<T, E>) + Send>;

/// A handle on a workspace; clones are the same workspace.
#[derive(Clone)]
pub struct Workspace {
    inside: Arc<Inside>,
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

/// What a workspace is made of.
pub(crate) struct Parts {
    pub name: String,
    pub place: Place,
    pub forgets: Option<Forgets>,
    pub current: Current,
    pub rules: Rulebook,
    pub clock: Arc<dyn Clock>,
    pub disk: Arc<dyn Disk>,
    pub most_at_hand: usize,
    pub retains_daily: bool,
}

struct Inside {
    name: String,
    place: Place,
    forgets: Option<Forgets>,
    shared: Arc<Shared>,
    writer: Mutex<Writer>,
    turn: Mutex<Option<JoinHandle<()>>>,
    clock: Arc<dyn Clock>,
    privacy: Privacy,
    /// Held by whoever takes lines or their content from the logs and has what is derived built anew.
    taking: Mutex<()>,
    log: LogReader,
    /// While it is there, the log is looked through for what is too old.
    retention: Mutex<Option<Sender<()>>>,
}

impl Workspace {
    /// Opens a workspace and starts its threads.
    ///
    /// # Errors
    /// What the log says. What is derived from it is built anew where it cannot be relied on.
    pub(crate) fn open(parts: Parts) -> Result<Self, RuntimeError> {
        let Parts {
            name,
            place,
            forgets,
            current,
            rules,
            clock,
            disk,
            most_at_hand,
            retains_daily,
        } = parts;
        let open = |folder: PathBuf| {
            Log::open(Arc::clone(&disk), &folder, LogOptions::default()).map_err(RuntimeError::log)
        };
        let (mut events, _) = open(place.log())?;
        let (mut failed, _) = open(place.failed())?;
        let privacy = Privacy::open(&place)?;
        let mut current = current;
        if privacy.finish(&mut events, &mut failed)? {
            current.state += 1;
            place.set_current(current)?;
            privacy.finished()?;
        }
        let (log, failed_log) = (events.reader(), failed.reader());
        let shared = Arc::new(Shared::default());
        shared.durable.store(events.durable(), SeqCst);
        shared.failed.store(failed.durable(), SeqCst);
        shared
            .log_bytes
            .store(events.bytes() + failed.bytes(), SeqCst);
        let writer = Writer::start(Logs { events, failed }, Arc::clone(&shared));
        let begun = Begun {
            place: place.clone(),
            current,
            files: rules.files.clone(),
            logs: (log.clone(), failed_log),
            shared: Arc::clone(&shared),
            clock: Arc::clone(&clock),
            most_at_hand,
            disk,
            durable_at_open: log.durable(),
        };
        let turn = start("turn", move || begun.run(rules));
        let (retention, stop) = channel();
        let inside = Arc::new(Inside {
            name,
            place,
            forgets,
            shared,
            writer: Mutex::new(writer),
            turn: Mutex::new(turn),
            clock,
            privacy,
            taking: Mutex::new(()),
            log,
            retention: Mutex::new(Some(retention)),
        });
        let weak = Arc::downgrade(&inside);
        let upgrade = move || {
            Some(Self {
                inside: weak.upgrade()?,
            })
        };
        if retains_daily {
            start("retention", move || keep_daily(&upgrade, &stop));
        }
        Ok(Self { inside })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.inside.name
    }

    /// The clock for arrivals: never before what it said last, unless it had been wrong by more than a minute.
    pub fn now(&self) -> Time {
        let now = self.inside.clock.now().ms();
        let last = &self.inside.shared.clock_ms;
        let before = last.fetch_max(now, SeqCst);
        if before.saturating_sub(now) > CLOCK_SET_BACK_MS {
            last.store(now, SeqCst);
            return Time(now);
        }
        Time(now.max(before))
    }

    /// Hands in the events of a request; `done` is called when they are durable, or refused.
    pub fn append(&self, mut arrival: Arrival, done: Done<(), AppendError>) {
        self.inside.privacy.sift(&mut arrival);
        let writer = self.inside.writer.lock();
        writer
            .unwrap_or_else(PoisonError::into_inner)
            .append(arrival, done);
    }

    /// Asks a question; `done` is called with the answer, which knows everything that was
    /// acknowledged before the question.
    pub fn ask(&self, question: Question, done: Done<Value, AskError>) {
        match question {
            Question::Suppress(who) => self.aside(done, move |own| suppress(own, &who, true)),
            Question::Unsuppress(who) => self.aside(done, move |own| suppress(own, &who, false)),
            Question::Erase(who) => self.aside(done, move |own| erase(own, &who)),
            Question::Retention { apply } => self.aside(done, move |own| retain(own, apply)),
            question => self.put(question, done),
        }
    }

    fn put(&self, question: Question, done: Done<Value, AskError>) {
        let shared = &self.inside.shared;
        let after = shared.durable.load(SeqCst);
        let questions = shared.questions.lock();
        let mut questions = questions.unwrap_or_else(PoisonError::into_inner);
        // Looked at while nobody else has the questions: what is put there later than this is refused.
        if shared.stops.load(SeqCst) || shared.dead.load(SeqCst) {
            drop(questions);
            return done(Err(AskError::Stopped));
        }
        if questions.len() >= MAX_QUESTIONS {
            drop(questions);
            return done(Err(AskError::Busy { retry_after_s: 1 }));
        }
        questions.push_back(Asked {
            question,
            done,
            after,
        });
        drop(questions);
        shared.bell.ring();
    }

    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// As [`Workspace::ask`].
    pub fn ask_and_wait(&self, question: Question) -> Result<Value, AskError> {
        let (sender, receiver) = std::sync::mpsc::channel();
        self.ask(
            question,
            Box::new(move |answer| {
                let _ = sender.send(answer);
            }),
        );
        receiver.recv().unwrap_or(Err(AskError::Stopped))
    }

    /// The file for what is known of the workspace's forecasts, which may be thrown away.
    pub fn forecast_file(&self) -> PathBuf {
        self.place().forecast_file()
    }

    /// Appends and waits until it is durable.
    ///
    /// # Errors
    /// As [`Workspace::append`].
    pub fn append_and_wait(&self, arrival: Arrival) -> Result<(), AppendError> {
        let (sender, receiver) = std::sync::mpsc::channel();
        self.append(
            arrival,
            Box::new(move |outcome| {
                let _ = sender.send(outcome);
            }),
        );
        receiver.recv().unwrap_or(Err(AppendError::Stopped))
    }

    /// Appends what was made of the log, unless it is gone by then: nothing is taken from the log meanwhile.
    /// Answers whether it was there.
    ///
    /// # Errors
    /// As [`Workspace::append`].
    pub fn append_made(
        &self,
        arrival: Arrival,
        is_there: &dyn Fn() -> bool,
    ) -> Result<bool, AppendError> {
        let _alone = self.take_alone();
        if !is_there() {
            return Ok(false);
        }
        self.append_and_wait(arrival).map(|()| true)
    }

    /// Answers on a thread of its own, which may ask in its turn.
    fn aside(
        &self,
        done: Done<Value, AskError>,
        answer: impl FnOnce(&Self) -> Result<Value, AskError> + Send + 'static,
    ) {
        let own = self.clone();
        // Where no thread can be had the answer never comes, which its asker sees as stopped.
        start("aside", move || done(answer(&own)));
    }

    /// Does something with the logs while nothing is written, and waits for it.
    pub(crate) fn between<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Logs) -> T + Send + 'static,
    ) -> Result<T, AskError> {
        let (sender, receiver) = std::sync::mpsc::channel();
        let work = Box::new(move |logs: &mut Logs| {
            let _ = sender.send(work(logs));
        });
        let hand_in = {
            let writer = self.inside.writer.lock();
            writer.unwrap_or_else(PoisonError::into_inner).between()
        };
        if !hand_in(work) {
            return Err(AskError::Stopped);
        }
        receiver.recv().map_err(|_| AskError::Stopped)
    }

    /// Waits until nobody else takes anything from the logs, and keeps others from it while the answer is held.
    pub(crate) fn take_alone(&self) -> MutexGuard<'_, ()> {
        let taking = self.inside.taking.lock();
        taking.unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn privacy(&self) -> &Privacy {
        &self.inside.privacy
    }

    pub(crate) fn place(&self) -> &Place {
        &self.inside.place
    }

    /// The project files in force, with the number of their change.
    ///
    /// # Errors
    /// [`RuntimeError::Disk`].
    pub fn rules(&self) -> Result<(u32, Vec<(String, String)>), RuntimeError> {
        let number = self.place().current()?.unwrap_or_default().rules;
        Ok((number, self.place().read_rules(number)?))
    }

    /// The folder of the log, for who reads it beside the workspace.
    pub fn log_folder(&self) -> PathBuf {
        self.place().log()
    }

    /// The folder for what runs over the log write. It is thrown away whenever the workspace opens, whenever
    /// events may no longer be told, and is in no backup.
    pub fn pictures(&self) -> PathBuf {
        self.place().pictures()
    }

    /// Events may no longer be told: what was made of the log goes.
    ///
    /// # Errors
    /// [`AskError::Failed`], where it cannot be removed.
    pub(crate) fn forget_pictures(&self) -> Result<(), AskError> {
        match &self.inside.forgets {
            Some(forgets) => forgets(self.name(), &self.pictures()).map_err(AskError::failed),
            None => self.place().forget_pictures().map_err(AskError::failed),
        }
    }

    /// Calls `each` with every line of the log, in order.
    ///
    /// # Errors
    /// What the log says.
    pub fn lines(&self, each: &mut dyn FnMut(u64, &str)) -> Result<(), RuntimeError> {
        let log = &self.inside.log;
        let mut position = 0;
        while let Some(record) = log.read(position).map_err(RuntimeError::log)? {
            for (ordinal, text) in record.lines() {
                each(ordinal, text);
            }
            position = record.end();
        }
        Ok(())
    }

    /// Counters and positions.
    pub fn status(&self) -> Status {
        let shared = &self.inside.shared;
        let status = shared.status.lock();
        let mut status = status.unwrap_or_else(PoisonError::into_inner).clone();
        status.received = shared.received.load(SeqCst);
        status.durable = shared.durable.load(SeqCst);
        status.failed = shared.failed.load(SeqCst);
        status.log_bytes = shared.log_bytes.load(SeqCst);
        status
    }

    /// Why the workspace can keep no promise any more, if that is so: whoever runs it must end it, and
    /// a new start finds everything that was acknowledged.
    pub fn dead(&self) -> Option<String> {
        let shared = &self.inside.shared;
        if !shared.dead.load(SeqCst) {
            return None;
        }
        let cause = shared.cause.lock().unwrap_or_else(PoisonError::into_inner);
        Some(cause.clone().unwrap_or_default())
    }

    /// What happens from now on; a follower that lags loses notices rather than hold others up.
    pub fn follow(&self) -> Receiver<Notice> {
        let (sender, receiver) = sync_channel(MAX_NOTICES_WAITING);
        let followers = self.inside.shared.followers.lock();
        followers
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        self.inside.shared.bell.ring();
        receiver
    }

    /// Stops: what was handed in is written, what was folded is put on the shelf.
    pub fn stop(&self) {
        let retention = self.inside.retention.lock();
        drop(retention.unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.inside.writer.lock();
        writer.unwrap_or_else(PoisonError::into_inner).stop();
        self.inside.shared.stops.store(true, SeqCst);
        self.inside.shared.bell.ring();
        let turn = self.inside.turn.lock();
        let turn = turn.unwrap_or_else(PoisonError::into_inner).take();
        if let Some(turn) = turn {
            let _ = turn.join();
        }
        // Who asked while it stopped is not left waiting.
        self.inside.shared.refuse_questions();
    }
}

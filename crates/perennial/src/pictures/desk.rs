//! What is there and who waits: the latest picture of each workspace, the one that is being made, and the
//! processes that work on them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use perennial_api::Refusal;
use perennial_model::Time;
use perennial_runtime::Workspace;

use super::child::Child;
use super::{Picture, seconds_until};

/// Processes that answer at once.
const MAX_ANSWERING: usize = 2;
/// How long is waited for one of them to be free.
const ANSWERING_PATIENCE: Duration = Duration::from_secs(20);
/// How long is waited for processes that were told to end.
const END_PATIENCE: Duration = Duration::from_secs(10);
/// Seconds after which to look again for a picture that is being made.
const LOOK_AGAIN_S: u32 = 2;

/// What a picture must know.
pub struct Wanted {
    /// Lines of the log.
    pub line: u64,
    /// The number of the rules.
    pub rules: u32,
    /// The end of its history lies after this.
    pub since: Time,
}

/// What all that deal with pictures share.
#[derive(Debug, Default)]
pub struct Room {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
pub struct State {
    stops: bool,
    /// Whether somebody makes pictures, one after the other.
    is_making: bool,
    /// Processes that answer.
    answering: usize,
    /// Workspaces of which a picture is wanted, in turn.
    queue: VecDeque<Queued>,
    desks: BTreeMap<String, Desk>,
    /// The number of the process that was noted last.
    noted: u64,
    /// Pictures begun since the process started; no number is used twice.
    begun: u64,
}

/// A workspace in the queue.
struct Queued(Workspace);

impl std::fmt::Debug for Queued {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

/// What there is of one workspace.
#[derive(Debug, Default)]
struct Desk {
    latest: Option<Arc<Picture>>,
    /// How often its pictures were thrown away.
    epoch: u64,
    /// How often a picture was begun and has ended, well or not.
    attempts: u64,
    /// What the one that is being made will know.
    making: Option<Making>,
    /// Why the last one came to nothing, if it did.
    failure: Option<String>,
    /// No picture is begun before then, so that at most half of the time goes into them.
    rests_until: Option<Instant>,
    /// Processes at work, by number.
    children: Vec<(u64, Arc<Child>)>,
}

/// What a picture that is being made will know.
#[derive(Clone, Copy, Debug)]
enum Making {
    /// Not counted yet: all that had come when anybody asked who waits already.
    Begins,
    /// Lines of the log, and the number of the rules.
    Of(u64, u32),
}

impl Desk {
    /// Whether the one that is being made will do.
    fn will_fit(&self, wanted: &Wanted) -> bool {
        match self.making {
            None => false,
            Some(Making::Begins) => true,
            Some(Making::Of(line, rules)) => line >= wanted.line && rules == wanted.rules,
        }
    }

    /// The latest picture, if it is by the rules in force.
    fn latest(&self, wanted: &Wanted) -> Option<&Arc<Picture>> {
        let own = self.latest.as_ref();
        own.filter(|own| own.rules == wanted.rules && own.epoch == self.epoch)
    }

    fn fitting(&self, wanted: &Wanted) -> Option<&Arc<Picture>> {
        let own = self.latest(wanted);
        own.filter(|own| own.line >= wanted.line && own.at > wanted.since)
    }
}

impl Room {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a change, or until an instant.
    fn wait<'s>(&'s self, state: MutexGuard<'s, State>, until: Instant) -> MutexGuard<'s, State> {
        let left = until.saturating_duration_since(Instant::now());
        let waited = self.changed.wait_timeout(state, left);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Waits for a picture; where it does not come in time, the latest will do.
    pub fn wait_for(
        &self,
        workspace: &Workspace,
        wanted: &Wanted,
        deadline: Instant,
        begin: &dyn Fn() -> bool,
    ) -> Result<Arc<Picture>, Refusal> {
        let mut state = self.state();
        let name = workspace.name();
        let before = state.desks.entry(name.to_owned()).or_default().attempts;
        loop {
            if state.stops {
                return Err(Refusal::Stopped);
            }
            let desk = state.desks.entry(name.to_owned()).or_default();
            if let Some(picture) = desk.fitting(wanted) {
                return Ok(Arc::clone(picture));
            }
            let latest = desk.latest(wanted).filter(|own| !own.is_empty).cloned();
            let failure = desk.failure.clone().filter(|_| desk.attempts > before);
            if let Some(failure) = failure {
                return latest.ok_or(Refusal::Failed(failure));
            }
            if Instant::now() >= deadline {
                let again = desk.rests_until.map_or(LOOK_AGAIN_S, seconds_until);
                let retry_after_s = again.max(LOOK_AGAIN_S);
                return latest.ok_or(Refusal::NotReady { retry_after_s });
            }
            let will_fit = desk.will_fit(wanted);
            let is_queued = state.queue.iter().any(|queued| queued.0.name() == name);
            if !will_fit && !is_queued {
                state.queue.push_back(Queued(workspace.clone()));
                if !state.is_making {
                    state.is_making = begin();
                    if !state.is_making {
                        state.queue.clear();
                        return Err(Refusal::Busy {
                            retry_after_s: LOOK_AGAIN_S,
                        });
                    }
                }
                self.changed.notify_all();
            }
            state = self.wait(state, deadline);
        }
    }

    /// The next workspace of which a picture is to be made, when it has rested; none when nobody asks any more.
    pub fn next(&self) -> Option<Workspace> {
        let mut state = self.state();
        loop {
            if state.stops || state.queue.is_empty() {
                state.is_making = false;
                state.queue.clear();
                return None;
            }
            let rests = |state: &State, queued: &Queued| {
                let desk = state.desks.get(queued.0.name());
                desk.and_then(|desk| desk.rests_until)
                    .filter(|until| *until > Instant::now())
            };
            let waits: Vec<Option<Instant>> = state
                .queue
                .iter()
                .map(|queued| rests(&state, queued))
                .collect();
            if let Some(place) = waits.iter().position(Option::is_none) {
                let Queued(workspace) = state.queue.remove(place)?;
                let desk = state.desks.entry(workspace.name().to_owned()).or_default();
                desk.making = Some(Making::Begins);
                return Some(workspace);
            }
            let first = waits.into_iter().flatten().min();
            state = self.wait(state, first.unwrap_or_else(Instant::now));
        }
    }

    /// How often a workspace's pictures were thrown away.
    pub fn epoch(&self, workspace: &str) -> u64 {
        self.state()
            .desks
            .get(workspace)
            .map_or(0, |desk| desk.epoch)
    }

    /// Begins a picture: how often those of its workspace were thrown away, and its own number.
    pub fn begin(&self, workspace: &str) -> (u64, u64) {
        let mut state = self.state();
        let number = state.begun;
        state.begun += 1;
        let desk = state.desks.get(workspace);
        (desk.map_or(0, |desk| desk.epoch), number)
    }

    /// What the picture that is being made will know has been counted.
    pub fn counted(&self, workspace: &str, line: u64, rules: u32) {
        let mut state = self.state();
        let desk = state.desks.entry(workspace.to_owned()).or_default();
        desk.making = Some(Making::Of(line, rules));
        drop(state);
        // Who came meanwhile may want another.
        self.changed.notify_all();
    }

    /// Puts a picture in the place of the last, or says why there is none. One that was thrown away while it
    /// was made goes at once.
    pub fn end(&self, workspace: &str, outcome: Result<Picture, String>, took: Duration) {
        let mut state = self.state();
        let stops = state.stops;
        let desk = state.desks.entry(workspace.to_owned()).or_default();
        desk.attempts += 1;
        desk.making = None;
        desk.rests_until = Some(Instant::now() + took);
        // The last one goes when nobody reads it any more, and its folder after the lock.
        let mut last = None;
        match outcome {
            Ok(picture) if picture.epoch == desk.epoch && !stops => {
                desk.failure = None;
                last = desk.latest.replace(Arc::new(picture));
            }
            Ok(gone) => {
                // Whoever waits wants another.
                last = Some(Arc::new(gone));
                desk.rests_until = None;
            }
            Err(failure) => desk.failure = Some(failure),
        }
        drop(state);
        drop(last);
        self.changed.notify_all();
    }

    /// Notes a process at work, so that it can be ended; nothing where its picture was thrown away.
    pub fn note(&self, workspace: &str, epoch: u64, child: &Arc<Child>) -> Option<u64> {
        let mut state = self.state();
        if state.stops {
            return None;
        }
        state.noted += 1;
        let number = state.noted;
        let desk = state.desks.entry(workspace.to_owned()).or_default();
        if desk.epoch != epoch {
            return None;
        }
        desk.children.push((number, Arc::clone(child)));
        Some(number)
    }

    /// A process has ended. Answers whether what it worked on is still there.
    pub fn ended(&self, workspace: &str, epoch: u64, number: u64) -> bool {
        let mut state = self.state();
        let stops = state.stops;
        let desk = state.desks.entry(workspace.to_owned()).or_default();
        desk.children.retain(|(own, _)| *own != number);
        let is_there = desk.epoch == epoch && !stops;
        drop(state);
        self.changed.notify_all();
        is_there
    }

    /// Waits for its turn to answer.
    pub fn take_turn(&self) -> Result<(), Refusal> {
        let deadline = Instant::now() + ANSWERING_PATIENCE;
        let mut state = self.state();
        while state.answering >= MAX_ANSWERING {
            if state.stops {
                return Err(Refusal::Stopped);
            }
            if Instant::now() >= deadline {
                return Err(Refusal::Busy {
                    retry_after_s: LOOK_AGAIN_S,
                });
            }
            state = self.wait(state, deadline);
        }
        state.answering += 1;
        Ok(())
    }

    /// Gives its turn back.
    pub fn leave_turn(&self) {
        self.state().answering -= 1;
        self.changed.notify_all();
    }

    /// Gives a workspace's pictures up and ends what works on them. Those of numbers below the answer must go.
    pub fn forget(&self, workspace: &str) -> u64 {
        let mut state = self.state();
        let begun = state.begun;
        let desk = state.desks.entry(workspace.to_owned()).or_default();
        desk.epoch += 1;
        desk.failure = None;
        let latest = desk.latest.take();
        for (_, child) in &desk.children {
            child.kill();
        }
        let deadline = Instant::now() + END_PATIENCE;
        let is_busy = |state: &State| {
            let desk = state.desks.get(workspace);
            desk.is_some_and(|desk| !desk.children.is_empty())
        };
        self.changed.notify_all();
        while is_busy(&state) && Instant::now() < deadline {
            state = self.wait(state, deadline);
        }
        drop(state);
        drop(latest);
        begun
    }

    /// Ends everything.
    pub fn stop(&self) {
        let mut state = self.state();
        state.stops = true;
        let mut gone = Vec::new();
        for desk in state.desks.values_mut() {
            gone.extend(desk.latest.take());
            for (_, child) in &desk.children {
                child.kill();
            }
        }
        drop(state);
        self.changed.notify_all();
        drop(gone);
    }
}

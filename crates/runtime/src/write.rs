//! The writer of a workspace: arrivals into the log, many at a time, acknowledged when they are durable.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use perennial_model::Time;
use perennial_store::{Log, LogError};
use serde_json::json;

use crate::shared::Shared;
use crate::threads::start;
use crate::workspace::Done;
use crate::{AppendError, Arrival, Failed};

/// Most requests waiting for the writer.
const MAX_WAITING: usize = 4_096;
/// Most bytes of lines written before they are made durable.
const MAX_GROUP_BYTES: usize = 16 * 1024 * 1024;
/// Most lines of one record, if it is of more than one request.
const MAX_RECORD_LINES: usize = 10_000;
/// Seconds after which to try again where more arrives than can be written.
const BUSY_RETRY_S: u32 = 1;
/// Seconds after which to try again where the disk is full.
const FULL_RETRY_S: u32 = 5;
/// A clock that goes back by more than this was wrong before, and is believed.
const CLOCK_SET_BACK_MS: i64 = 60_000;

/// Something that must happen between two appends, such as rewriting segments.
pub(crate) type Between = Box<dyn FnOnce(&mut Logs) + Send>;

/// What the writer is told.
enum Work {
    Append(Arrival, Done<(), AppendError>),
    Between(Between),
    Stop,
}

/// The two logs of a workspace.
pub(crate) struct Logs {
    /// Good events.
    pub events: Log,
    /// Refused events.
    pub failed: Log,
}

/// The writer's door.
pub(crate) struct Writer {
    sender: SyncSender<Work>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the writer of some logs.
    pub fn start(logs: Logs, shared: Arc<Shared>) -> Self {
        let (sender, receiver) = sync_channel(MAX_WAITING);
        let thread = start("write", move || write_all(logs, &shared, &receiver));
        Self { sender, thread }
    }

    /// Hands in an arrival.
    pub fn append(&self, arrival: Arrival, done: Done<(), AppendError>) {
        match self.sender.try_send(Work::Append(arrival, done)) {
            Ok(()) => {}
            Err(TrySendError::Full(Work::Append(_, done))) => done(Err(AppendError::Busy {
                retry_after_s: BUSY_RETRY_S,
            })),
            Err(TrySendError::Disconnected(Work::Append(_, done))) => {
                done(Err(AppendError::Stopped));
            }
            Err(_) => {}
        }
    }

    /// Does something with the logs while nothing is written, as soon as there is room in the queue.
    pub fn between(&self) -> impl FnOnce(Between) -> bool + use<> {
        let sender = self.sender.clone();
        // Who waits for room does not hold the door closed for others.
        move |work| sender.send(Work::Between(work)).is_ok()
    }

    /// Writes what has been handed in, and stops.
    pub fn stop(&mut self) {
        let _ = self.sender.send(Work::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A group of arrivals that become durable together, each wholly in one record.
#[derive(Default)]
struct Group {
    lines: Vec<String>,
    failed: Vec<String>,
    done: Vec<Done<(), AppendError>>,
    received_at: Time,
    bytes: usize,
}

fn write_all(mut logs: Logs, shared: &Shared, receiver: &Receiver<Work>) {
    let mut last = Time(i64::MIN);
    while let Ok(first) = receiver.recv() {
        let mut group = Group::default();
        let mut next = Some(first);
        let mut stops = false;
        while let Some(work) = next {
            match work {
                Work::Append(arrival, done) => {
                    let lines = group.lines.len() + arrival.lines.len();
                    if !group.done.is_empty()
                        && (lines > MAX_RECORD_LINES || group.bytes > MAX_GROUP_BYTES)
                    {
                        finish(&mut logs, shared, std::mem::take(&mut group));
                    }
                    group.take(arrival, done, &mut last);
                }
                Work::Between(work) => {
                    finish(&mut logs, shared, std::mem::take(&mut group));
                    work(&mut logs);
                }
                Work::Stop => stops = true,
            }
            next = if stops {
                None
            } else {
                receiver.try_recv().ok()
            };
        }
        finish(&mut logs, shared, group);
        if stops {
            break;
        }
    }
    shared.bell.ring();
}

impl Group {
    fn take(&mut self, mut arrival: Arrival, done: Done<(), AppendError>, last: &mut Time) {
        put_in_order(&mut arrival, last);
        self.received_at = *last;
        self.bytes += arrival.lines.iter().map(String::len).sum::<usize>();
        self.lines.append(&mut arrival.lines);
        for one in &arrival.failed {
            let line = failed_line(one, arrival.received_at);
            self.bytes += line.len();
            self.failed.push(line);
        }
        self.done.push(done);
    }
}

/// Times of arrival must not go back in the log, though requests may overtake each other on their way here.
fn put_in_order(arrival: &mut Arrival, last: &mut Time) {
    let said = arrival.received_at;
    if said >= *last || last.since(said) > CLOCK_SET_BACK_MS {
        *last = said;
        return;
    }
    arrival.received_at = *last;
    let last = last.to_string();
    for line in &mut arrival.lines {
        if let Some(said) = received_at(line) {
            line.replace_range(said, &last);
        }
    }
}

/// Where a line says when it arrived: the last thing that the door adds, however it spells the instant.
fn received_at(line: &str) -> Option<Range<usize>> {
    const KEY: &str = "\"receivedAt\":\"";
    let from = line.rfind(KEY)? + KEY.len();
    let length = line[from..].find('"')?;
    Some(from..from + length)
}

/// A refused event as it is kept.
fn failed_line(one: &Failed, received_at: Time) -> String {
    json!({
        "received_at": received_at.to_string(),
        "code": one.code,
        "message": one.message,
        "message_id": one.message_id,
        "original": one.original,
        "door": one.door,
    })
    .to_string()
}

/// Writes a group, makes it durable and acknowledges it.
fn finish(logs: &mut Logs, shared: &Shared, group: Group) {
    if group.done.is_empty() {
        return;
    }
    let outcome = if shared.dead.load(Ordering::SeqCst) {
        Err(AppendError::Stopped)
    } else {
        keep(logs, &group).map_err(|error| match error {
            LogError::Full => AppendError::Full {
                retry_after_s: FULL_RETRY_S,
            },
            error => {
                // It can keep no promise any more: whoever runs this must end it.
                shared.die(&error);
                AppendError::Stopped
            }
        })
    };
    if outcome.is_ok() {
        let events = (group.lines.len() + group.failed.len()) as u64;
        shared
            .durable
            .store(logs.events.durable(), Ordering::SeqCst);
        shared.failed.store(logs.failed.durable(), Ordering::SeqCst);
        let bytes = logs.events.bytes() + logs.failed.bytes();
        shared.log_bytes.store(bytes, Ordering::SeqCst);
        shared.received.fetch_add(events, Ordering::SeqCst);
        shared.bell.ring();
    }
    for done in group.done {
        done(outcome.clone());
    }
}

fn keep(logs: &mut Logs, group: &Group) -> Result<(), LogError> {
    // What was refused goes first: an event must not be in the log where its request is not answered.
    if !group.failed.is_empty() {
        let lines: Vec<&str> = group.failed.iter().map(String::as_str).collect();
        for lines in lines.chunks(MAX_RECORD_LINES) {
            logs.failed.append(group.received_at, lines)?;
        }
        logs.failed.sync()?;
    }
    if !group.lines.is_empty() {
        let lines: Vec<&str> = group.lines.iter().map(String::as_str).collect();
        logs.events.append(group.received_at, &lines)?;
        logs.events.sync()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrival_never_goes_back_in_the_log_however_it_is_spelled() {
        let mut last = Time(1_700_000_000_500);
        let line = |at: &str| format!("{{\"event\":\"x\",\"receivedAt\":\"{at}\"}}");
        let mut overtaken = Arrival {
            received_at: Time(1_700_000_000_000),
            lines: vec![
                line("2023-11-14T22:13:20.000Z"),
                line("2023-11-14T22:13:20Z"),
            ],
            failed: Vec::new(),
        };
        put_in_order(&mut overtaken, &mut last);
        assert_eq!(overtaken.received_at, last);
        assert_eq!(
            overtaken.lines,
            [
                line("2023-11-14T22:13:20.5Z"),
                line("2023-11-14T22:13:20.5Z")
            ]
        );
    }
}

//! What the threads of a workspace share: positions, counters, a bell.

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::workspace::{Done, Notice, Status};
use crate::{AskError, Question};

/// What the threads of a workspace share.
#[derive(Default)]
pub(crate) struct Shared {
    /// Lines of the log that are durable.
    pub durable: AtomicU64,
    /// Refused events that are durable.
    pub failed: AtomicU64,
    /// Events in requests, good and bad, since the process started.
    pub received: AtomicU64,
    /// Bytes of the log.
    pub log_bytes: AtomicU64,
    /// What the clock said last.
    pub clock_ms: AtomicI64,
    /// Whether the log can no longer be trusted to keep anything.
    pub dead: AtomicBool,
    /// Why, if so.
    pub cause: Mutex<Option<String>>,
    /// Whether the folding stops after what it has been told.
    pub stops: AtomicBool,
    /// Questions not taken up yet.
    pub questions: Mutex<VecDeque<Asked>>,
    /// As of the last turn.
    pub status: Mutex<Status>,
    /// Those who follow.
    pub followers: Mutex<Vec<SyncSender<Notice>>>,
    pub bell: Bell,
}

impl Shared {
    /// No promise can be kept any more. The cause that came first is told, and is there as soon as this is
    /// known.
    pub fn die(&self, cause: &dyn Display) {
        let mut told = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        told.get_or_insert_with(|| cause.to_string());
        drop(told);
        self.dead.store(true, Ordering::SeqCst);
    }

    /// Nobody answers any more: whoever waits is told.
    pub fn refuse_questions(&self) {
        let questions = self.questions.lock();
        let waiting = std::mem::take(&mut *questions.unwrap_or_else(PoisonError::into_inner));
        for asked in waiting {
            (asked.done)(Err(AskError::Stopped));
        }
    }
}

/// A question and what it must know.
pub(crate) struct Asked {
    pub question: Question,
    pub done: Done<Value, AskError>,
    /// Lines that must have been folded.
    pub after: u64,
}

/// Wakes whoever folds: something has arrived or was asked.
#[derive(Default)]
pub(crate) struct Bell {
    rung: Mutex<bool>,
    wake: Condvar,
}

impl Bell {
    /// Rings.
    pub fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_all();
    }

    /// Waits until it rings, or so long.
    pub fn wait(&self, at_most: Duration) {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .wake
            .wait_timeout_while(rung, at_most, |rung| !*rung)
            .unwrap_or_else(PoisonError::into_inner);
        let mut rung = waited.0;
        *rung = false;
    }
}

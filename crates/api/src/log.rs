//! The log of requests: lines of JSON on standard error, written by a thread that may be slow.

use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde_json::{Value, json};

use crate::clock;
use crate::options::RequestLog;

/// Lines that wait to be written; more are counted and dropped, for requests do not wait for a log.
const MAX_LINES: usize = 4096;

/// Where lines go.
pub struct Log {
    which: RequestLog,
    lines: SyncSender<String>,
    dropped: AtomicU64,
}

/// A request that was answered, without anything personal: no path as it came, no query, no address.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Its id.
    pub request_id: &'a str,
    /// Its method.
    pub method: &'a str,
    /// The route's path with its `{names}`.
    pub route: &'a str,
    /// The status of the answer.
    pub status: u16,
    /// Until the answer began, in milliseconds.
    pub ms: f64,
    /// Bytes of its body.
    pub bytes: usize,
    /// The id of its key.
    pub key: Option<&'a str>,
    /// The code of a refusal.
    pub code: Option<&'static str>,
    /// Whether it brought events.
    pub is_ingest: bool,
}

impl Log {
    /// Starts the thread that writes. It ends with the log.
    pub fn start(which: RequestLog) -> Self {
        let (lines, wanted) = sync_channel(MAX_LINES);
        if which != RequestLog::Off {
            std::thread::Builder::new()
                .name("request-log".to_owned())
                .spawn(move || write(&wanted))
                .ok();
        }
        Self {
            which,
            lines,
            dropped: AtomicU64::new(0),
        }
    }

    /// Notes a request.
    pub fn request(&self, line: &Line<'_>) {
        let wanted = match self.which {
            RequestLog::Off => false,
            RequestLog::Failures => line.status >= 400 || !line.is_ingest,
            RequestLog::All => true,
        };
        if wanted {
            self.put(&json!({
                "at": clock::now().to_string(), "request_id": line.request_id, "method": line.method,
                "route": line.route, "status": line.status, "ms": (line.ms * 10.0).round() / 10.0,
                "bytes": line.bytes, "key": line.key, "code": line.code,
            }));
        }
    }

    /// Notes what failed inside.
    pub fn trouble(&self, what: &str) {
        if self.which != RequestLog::Off {
            self.put(&json!({"at": clock::now().to_string(), "level": "error", "message": what}));
        }
    }

    /// Lines that were dropped.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn put(&self, line: &Value) {
        if self.lines.try_send(line.to_string()).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write(lines: &Receiver<String>) {
    while let Ok(line) = lines.recv() {
        let mut out = std::io::stderr().lock();
        // Nobody is left to tell if this fails.
        writeln!(out, "{line}").ok();
    }
}

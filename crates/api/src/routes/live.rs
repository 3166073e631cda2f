//! What happens from now on, as server-sent events.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::Response;
use futures_core::Stream;
use perennial_runtime::Notice;
use serde_json::json;
use tokio::sync::mpsc::{self, Sender, error::TrySendError};
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::route::{Opens, Route, get};

/// Events that wait for a follower who is slow; beyond them she misses some and is told how many.
const MAX_WAITING: usize = 256;
/// How often something is sent, so that proxies keep the connection and ends are noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How often a follower for whom nothing happens looks whether it should end.
const LOOK: Duration = Duration::from_millis(500);
/// Seconds after which a further follower may find room.
const RETRY_AFTER_S: u32 = 10;

pub const ROUTES: &[Route] = &[Route {
    media: "text/event-stream",
    ..get(
        "/v1/events/live",
        Opens::Admin,
        &[],
        "What happens from now on, as server-sent events: `event`, `moved`, `refused`, `entered`, \
         `left`; `missed` says how many a slow follower lost. `corrects` is true in a change that \
         was told before and holds again, as what came after it was taken back.",
        "event: moved, data: {...}",
        |call| Box::pin(live(call)),
    )
}];

async fn live(call: Call) -> Result<Response<Body>, Problem> {
    let room = Arc::clone(&call.server.followers).try_acquire_owned();
    let room = room.map_err(|_| Problem::overloaded().after(RETRY_AFTER_S))?;
    let notices = call.workspace()?.follow();
    let (out, lines) = mpsc::channel(MAX_WAITING);
    let stop = call.server.stopping();
    // Notices come on a channel of threads; a thread waits for them.
    tokio::task::spawn_blocking(move || forward(&notices, &out, &stop));
    let stream = Lines { lines, _room: room };
    Ok(answer::typed(
        "text/event-stream",
        Body::from_stream(stream),
    ))
}

/// Forwards notices until the follower goes, the workspace ends, or the server stops.
fn forward(notices: &Receiver<Notice>, out: &Sender<String>, stop: &watch::Receiver<bool>) {
    let mut missed = 0u64;
    let mut last = Instant::now();
    if out.try_send(": hello\n\n".to_owned()).is_err() {
        return;
    }
    while !out.is_closed() && !*stop.borrow() {
        let text = match notices.recv_timeout(LOOK) {
            Ok(notice) => format!("event: {}\ndata: {}\n\n", notice.kind, notice.body),
            Err(RecvTimeoutError::Timeout) if last.elapsed() >= HEARTBEAT => ":\n\n".to_owned(),
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if missed > 0 {
            let told = format!("event: missed\ndata: {}\n\n", json!({"count": missed}));
            if out.try_send(told).is_ok() {
                missed = 0;
            }
        }
        match out.try_send(text) {
            Ok(()) => last = Instant::now(),
            Err(TrySendError::Full(_)) => missed += 1,
            Err(TrySendError::Closed(_)) => return,
        }
    }
}

struct Lines {
    lines: mpsc::Receiver<String>,
    _room: OwnedSemaphorePermit,
}

impl Stream for Lines {
    type Item = Result<String, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.lines.poll_recv(cx).map(|line| line.map(Ok))
    }
}

//! The message ids of stored events, streamed page by page.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::http::Response;
use futures_core::Stream;
use perennial_runtime::{Question, Workspace};
use serde_json::{Value, json};

use crate::answer;
use crate::call::Call;
use crate::field::{Form, may};
use crate::problem::Problem;
use crate::route::{Opens, Route, get};
use crate::server::Server;

/// Ids that are asked for at once. No more of them are in memory, however many there are.
const PAGE_IDS: usize = 5000;

const NDJSON: &str = "application/x-ndjson";

pub const ROUTES: &[Route] = &[Route {
    media: NDJSON,
    ..get(
        "/v1/events/ids",
        Opens::Admin,
        &[may(
            "from",
            Form::Count(u64::MAX),
            "Only events from this position of the log on.",
        )],
        "The message ids of stored events in the order of the log, a line each.",
        r#"{"message_id"}"#,
        |call| Box::pin(ids(call)),
    )
}];

type Page = Pin<Box<dyn Future<Output = Result<Value, Problem>> + Send>>;

async fn ids(call: Call) -> Result<Response<Body>, Problem> {
    let workspace = call.workspace()?;
    let from = call.fields.count("from").unwrap_or(0);
    // The first page is awaited, so that what is wrong has its status.
    let first = page(&call.server, &workspace, from).await?;
    let (lines, next) = lines(&first);
    let pages = Pages {
        server: Arc::clone(&call.server),
        workspace,
        ready: Some(lines),
        asked: None,
        next,
    };
    Ok(answer::typed(NDJSON, Body::from_stream(pages)))
}

async fn page(server: &Server, workspace: &Workspace, from: u64) -> Result<Value, Problem> {
    let limit = PAGE_IDS;
    answer::ask(server, workspace, Question::EventIds { from, limit }).await
}

/// The lines of a page, and where the next one begins.
fn lines(page: &Value) -> (String, Option<u64>) {
    let mut lines = String::new();
    for id in page["message_ids"].as_array().into_iter().flatten() {
        lines.push_str(&json!({"message_id": id}).to_string());
        lines.push('\n');
    }
    (lines, page["next"].as_u64())
}

/// Pages, each asked for when the one before has been taken.
struct Pages {
    server: Arc<Server>,
    workspace: Workspace,
    ready: Option<String>,
    asked: Option<Page>,
    next: Option<u64>,
}

impl Stream for Pages {
    type Item = Result<String, std::io::Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(lines) = this.ready.take().filter(|lines| !lines.is_empty()) {
                return Poll::Ready(Some(Ok(lines)));
            }
            if let Some(asked) = &mut this.asked {
                let answer = std::task::ready!(asked.as_mut().poll(cx));
                this.asked = None;
                match answer {
                    Ok(page) => {
                        let (lines, next) = lines(&page);
                        (this.ready, this.next) = (Some(lines), next);
                        continue;
                    }
                    // The status is out already: the connection breaks, so that nobody takes what
                    // there is for all.
                    Err(problem) => {
                        let cut = std::io::Error::other(problem.message.into_owned());
                        return Poll::Ready(Some(Err(cut)));
                    }
                }
            }
            let Some(from) = this.next.take() else {
                return Poll::Ready(None);
            };
            let (server, workspace) = (Arc::clone(&this.server), this.workspace.clone());
            let asked = async move { page(&server, &workspace, from).await };
            this.asked = Some(Box::pin(asked));
        }
    }
}

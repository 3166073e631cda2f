//! What goes out: JSON as it is, and the callbacks of a workspace as futures.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use perennial_runtime::{AppendError, Arrival, AskError, Question, Workspace};
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use crate::problem::Problem;
use crate::server::Server;

/// The first wait of an arrival for room in the log; each next one is twice as long.
const FIRST_WAIT_MS: u64 = 20;

/// An answer of JSON.
pub fn json(value: &Value) -> Response<Body> {
    typed("application/json", value.to_string())
}

/// An answer of some media type.
pub fn typed(media: &'static str, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    let media = HeaderValue::from_static(media);
    response.headers_mut().insert(header::CONTENT_TYPE, media);
    response
}

/// Asks a workspace and waits for the answer.
pub async fn ask(
    server: &Server,
    workspace: &Workspace,
    question: Question,
) -> Result<Value, Problem> {
    let patience = server.options.patience.answer;
    let answer = ask_for(server, workspace, question, patience).await?;
    answer.ok_or_else(Problem::overloaded)
}

/// Asks for what may take long; nothing where it goes on after `patience`.
pub async fn ask_for(
    server: &Server,
    workspace: &Workspace,
    question: Question,
    patience: Duration,
) -> Result<Option<Value>, Problem> {
    let (tell, told) = oneshot::channel();
    let done = Box::new(move |answer| drop(tell.send(answer)));
    if matches!(question, Question::Suppress(_) | Question::Unsuppress(_)) {
        // They write a file before they return.
        let workspace = workspace.clone();
        tokio::task::spawn_blocking(move || workspace.ask(question, done));
    } else {
        workspace.ask(question, done);
    }
    match timeout(patience, told).await {
        Ok(Ok(answer)) => {
            if let Err(AskError::Failed(why)) = &answer {
                server.log.trouble(why);
            }
            Ok(Some(answer?))
        }
        Ok(Err(_)) => Err(Problem::stopping()),
        Err(_) => Ok(None),
    }
}

/// An answer of JSON, or 202 where the work goes on.
pub fn done_or_going_on(answer: Option<&Value>) -> Response<Body> {
    if let Some(answer) = answer {
        return json(answer);
    }
    let mut response = json(&json!({"status": "going_on"}));
    *response.status_mut() = StatusCode::ACCEPTED;
    response
}

/// Hands an arrival to a workspace and waits until it is durable. Where the log has no room it waits
/// with it, since some clients lose what is refused.
///
/// **Invariant:** `Ok` only where the log said so. Who goes away meanwhile does not stop the write.
pub async fn append(
    server: &Server,
    workspace: &Workspace,
    arrival: Arrival,
) -> Result<(), Problem> {
    let end = Instant::now() + server.options.patience.room;
    let mut wait = Duration::from_millis(FIRST_WAIT_MS);
    loop {
        let outcome = append_once(workspace, arrival.clone()).await?;
        match outcome {
            Err(AppendError::Busy { .. }) if Instant::now() + wait < end => {
                sleep(wait).await;
                wait *= 2;
            }
            outcome => return Ok(outcome?),
        }
    }
}

async fn append_once(
    workspace: &Workspace,
    arrival: Arrival,
) -> Result<Result<(), AppendError>, Problem> {
    let (tell, told) = oneshot::channel();
    workspace.append(arrival, Box::new(move |outcome| drop(tell.send(outcome))));
    // No limit of time: only the log knows what became of it, and a 503 for what it kept would make
    // the client send it again.
    told.await.map_err(|_| Problem::stopping())
}

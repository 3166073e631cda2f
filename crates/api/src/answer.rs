//! What goes out: JSON as it is, and the callbacks of a workspace as futures.

use axum::body::Body;
use axum::http::{HeaderValue, Response, header};
use perennial_runtime::{AppendError, Arrival, Question, Workspace};
use serde_json::Value;
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
    let (tell, told) = oneshot::channel();
    workspace.ask(question, Box::new(move |answer| drop(tell.send(answer))));
    match timeout(server.options.patience.answer, told).await {
        Ok(Ok(answer)) => {
            if let Err(perennial_runtime::AskError::Failed(why)) = &answer {
                server.log.trouble(why);
            }
            Ok(answer?)
        }
        Ok(Err(_)) => Err(Problem::stopping()),
        Err(_) => Err(Problem::overloaded()),
    }
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
    let mut wait = std::time::Duration::from_millis(FIRST_WAIT_MS);
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

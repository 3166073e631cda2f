//! Events that were refused: kept, counted, and driven again when the reason is gone.

use axum::body::Body;
use axum::http::Response;
use perennial_model::Time;
use perennial_runtime::{Arrival, Question};
use serde_json::json;

use crate::answer;
use crate::call::Call;
use crate::field::{Field, Form, may};
use crate::parcel::Parcel;
use crate::problem::Problem;
use crate::route::{Opens, Route, get, post};

/// Events of a page, unless it is said.
const LINES: u64 = 100;
/// Most events of a page, and most that are driven again at once.
const MAX_LINES: u64 = 1000;

const CODE: Field = may("code", Form::Text, "Only with this code.");
const SEARCH: Field = may("search", Form::Text, "Only whose original holds this text.");
const LIMIT: Field = may(
    "limit",
    Form::Count(MAX_LINES),
    "Most events; 100 where it is not said.",
);
const BEFORE: Field = may(
    "before",
    Form::Count(u64::MAX),
    "Only events before this position: `next` of the last answer.",
);

pub const ROUTES: &[Route] = &[
    get(
        "/v1/failed",
        Opens::Admin,
        &[CODE, SEARCH, LIMIT, BEFORE],
        "Refused events with their reasons, latest first.",
        r#"{"failed":[{"message_id","code","message","original","door"}],"next"}"#,
        |call| Box::pin(async move { call.answer(question(&call)).await }),
    ),
    get(
        "/v1/failed/stats",
        Opens::Admin,
        &[],
        "How many events were refused.",
        r#"{"count"}"#,
        |call| Box::pin(stats(call)),
    ),
    post(
        "/v1/failed/retry",
        Opens::Admin,
        &[CODE, SEARCH, LIMIT, BEFORE],
        "Drives refused events again, each by the door it came by. What was kept before counts once; \
         what is refused again stays as it is.",
        r#"{"kept","refused","next"}"#,
        |call| Box::pin(retry(call)),
    ),
];

fn question(call: &Call) -> Question {
    let limit = call.fields.count("limit").unwrap_or(LINES);
    Question::Failed {
        code: call.fields.text("code").map(str::to_owned),
        search: call.fields.text("search").map(str::to_owned),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        before: call.fields.count("before"),
    }
}

async fn stats(call: Call) -> Result<Response<Body>, Problem> {
    let stats = call.ask(Question::Stats).await?;
    Ok(answer::json(&json!({"count": stats["failed"]})))
}

async fn retry(call: Call) -> Result<Response<Body>, Problem> {
    let page = call.ask(question(&call)).await?;
    call.note("failed_retried", "").await?;
    let workspace = call.workspace()?;
    let received_at = workspace.now();
    let (mut arrival, mut refused) = (Arrival::default(), 0u64);
    arrival.received_at = received_at;
    for one in page["failed"].as_array().into_iter().flatten() {
        // Read as of then, since some events happened when they came; but they are received now.
        let Some((parcel, first_at)) = Parcel::again(one) else {
            refused += 1;
            continue;
        };
        let first_at = first_at.unwrap_or(received_at);
        match parcel.read(&call.server, first_at).await {
            Ok(arrived) if !arrived.events.is_empty() => {
                let lines = arrived.events.into_iter().map(|event| event.line);
                let lines = lines.map(|line| received_again(line, first_at, received_at));
                arrival.lines.extend(lines);
            }
            _ => refused += 1,
        }
    }
    let kept = arrival.lines.len();
    if kept > 0 {
        answer::append(&call.server, &workspace, arrival).await?;
    }
    Ok(answer::json(
        &json!({"kept": kept, "refused": refused, "next": page["next"]}),
    ))
}

/// A line that says that it was received now.
fn received_again(mut line: String, first_at: Time, now: Time) -> String {
    let said = format!("\"receivedAt\":\"{first_at}\"");
    if let Some(at) = line.rfind(&said) {
        line.replace_range(at..at + said.len(), &format!("\"receivedAt\":\"{now}\""));
    }
    line
}

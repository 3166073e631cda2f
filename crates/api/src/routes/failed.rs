//! Events that were refused: kept, counted, and driven again when the reason is gone.

use axum::body::Body;
use axum::http::Response;
use perennial_runtime::{Arrival, Question};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

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
        r#"{"failed":[{"message_id","code","message","original"}],"next"}"#,
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
        "Drives refused events again, as calls in Segment's shape. What was kept before counts once; \
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
    let originals = page["failed"].as_array().into_iter().flatten();
    for original in originals.filter_map(|one| one["original"].as_str()) {
        let event = with_message_id(original);
        let read = Parcel::made(&event).read(&call.server, received_at).await;
        match read {
            Ok(arrived) if !arrived.events.is_empty() => {
                arrival
                    .lines
                    .extend(arrived.events.into_iter().map(|event| event.line));
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

/// The event with a message id that follows from what it says, where it has none: driven twice, it
/// counts once.
fn with_message_id(original: &str) -> String {
    let Ok(Value::Object(mut event)) = serde_json::from_str(original) else {
        return original.to_owned();
    };
    if !event.contains_key("messageId") {
        let hash = Sha256::digest(original.as_bytes());
        let hash: String = hash
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        event.insert(
            "messageId".to_owned(),
            Value::String(format!("retry-{hash}")),
        );
    }
    Value::Object(event).to_string()
}

//! What clients send: every door that `protocol` knows, answered when the log has it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, header};
use perennial_access::{Key, Scope};
use perennial_protocol::{CustomerioVerb, Door, Fault, NoDoor, Reply, door, methods};
use perennial_runtime::Workspace;
use serde_json::{Map, Value};

use crate::answer;
use crate::body;
use crate::gate::{Seen, note_use};
use crate::parcel::{Origin, Parcel, arrival};
use crate::problem::Problem;
use crate::route::{JSON, Opens, Route, Verb};
use crate::server::Server;
use crate::subjects;

/// Seconds for which a browser need not ask again.
const MAX_AGE_S: &str = "86400";
/// Most bytes of the headers that a browser asks for, which are echoed.
const MAX_ASKED_BYTES: usize = 1024;

/// The doors as the manual and the OpenAPI document show them: one of each family. All others are in
/// `protocol`.
pub const ROUTES: &[Route] = &[
    of(
        "/v1/batch",
        "Events in Segment's shape: `{\"batch\":[...]}`; also `/v1/import`, `/v1/b`.",
    ),
    of(
        "/v1/track",
        "One event; also `/v1/identify`, `page`, `screen`, `group`, `alias` and `/v1/t` ... `/v1/a`.",
    ),
    of("/api/public/apps/batch", "Dittofeed's clients."),
    of(
        "/api/s/s2s/batch",
        "Jitsu's clients; also `/api/s/{type}` and `/api/s/s2s/{type}`.",
    ),
    of(
        "/batch",
        "PostHog's clients; also `/e`, `/capture` and `/i/v1/analytics/events`.",
    ),
    of(
        "/api/v1/events",
        "Customer.io's clients; also `/api/v1/customers/{id}` and below.",
    ),
    of(
        "/com.snowplowanalytics.snowplow/tp2",
        "Snowplow's trackers; the app id is the write key.",
    ),
    signed(
        "/v1/webhooks/shopify",
        "Shopify's webhooks, signed with a secret that the server was given.",
    ),
    signed(
        "/v1/webhooks/stripe",
        "Stripe's webhooks, signed with a secret that the server was given.",
    ),
];

const fn of(path: &'static str, says: &'static str) -> Route {
    Route {
        verb: Verb::Post,
        path,
        opens: Opens::Write,
        says,
        query: &[],
        others: None,
        body: None,
        answers: r#"{"success":true}"#,
        media: JSON,
        run: None,
    }
}

const fn signed(path: &'static str, says: &'static str) -> Route {
    Route {
        opens: Opens::All,
        ..of(path, says)
    }
}

/// Answers what no route of the table takes: what clients send, or nothing that is known.
pub async fn answer(server: Arc<Server>, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path();
    let known = methods(path);
    let is_asking = request.method() == Method::OPTIONS && known.is_some();
    let found = door(request.method().as_str(), path);
    let route = match found {
        Ok(door) => family(door),
        Err(_) if is_asking => "preflight",
        Err(_) => "none",
    };
    let mut seen = Seen::new(&server, &request, route);
    seen.is_ingest = known.is_some();
    let outcome = match (seen.begin(&server), found) {
        (Err(problem), _) => Err(problem),
        (Ok(()), Ok(door)) => take(&server, door, request, &mut seen).await,
        (Ok(()), Err(_)) if is_asking => Ok(allowed(known.unwrap_or_default(), &request)),
        (Ok(()), Err(no)) => Err(refuse(no)),
    };
    seen.finish(&server, outcome)
}

/// The reply to a browser that asks whether it may send: it may, without credentials of its own.
fn allowed(methods: &str, request: &Request<Body>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    let methods = format!("{methods}, OPTIONS");
    if let Ok(value) = HeaderValue::from_str(&methods) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, value);
    }
    let asked = request
        .headers()
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS);
    if let Some(asked) = asked.filter(|asked| asked.len() <= MAX_ASKED_BYTES) {
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, asked.clone());
    }
    let age = HeaderValue::from_static(MAX_AGE_S);
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, age);
    let origin = HeaderValue::from_static("origin, access-control-request-headers");
    headers.insert(header::VARY, origin);
    response
}

fn refuse(no: NoDoor) -> Problem {
    let fault = Fault::from(no);
    let mut problem = Problem::from(fault);
    if let Some(allow) = &mut problem.allow {
        allow.push_str(", OPTIONS");
    }
    problem
}

/// Reads, keeps, and only then answers.
async fn take(
    server: &Arc<Server>,
    door: Door,
    request: Request<Body>,
    seen: &mut Seen,
) -> Result<Response<Body>, Problem> {
    let (parts, body) = request.into_parts();
    let mut parcel = Parcel::of(door, &parts);
    let origin = parcel.origin();
    // A key in the headers is looked at before the body is read.
    let early = match (origin, parcel.credential()) {
        (Origin::Key, Some(secrets)) => Some(enter(server, door, &secrets, seen)?),
        _ => None,
    };
    let most = server.options.limits.sent_bytes;
    let (bytes, mut room) = body::read(server, &parts.headers, body, most).await?;
    seen.bytes = bytes.len();
    parcel.body = bytes;
    if origin == Origin::Signature {
        let workspace = parcel.signed_by(server)?;
        return keep(server, parcel, &workspace, "webhook", seen).await;
    }
    let (parcel, inflated) = parcel.inflate(server).await?;
    if origin == Origin::Nobody {
        // Settings and measurements of clients: nothing is kept, so no key is asked for.
        let arrived = parcel.read(server, perennial_model::Time(0)).await?;
        return Ok(replied(&arrived.reply));
    }
    let patience = server.options.patience.room;
    server.budget.widen(&mut room, inflated, patience).await?;
    let key = match early {
        Some(key) => key,
        None => {
            let secrets = parcel.credential().unwrap_or_default();
            enter(server, door, &secrets, seen)?
        }
    };
    keep(server, parcel, &key.workspace, &key.id, seen).await
}

/// The key of a request that brings events.
fn enter(
    server: &Arc<Server>,
    door: Door,
    secrets: &[String],
    seen: &mut Seen,
) -> Result<Key, Problem> {
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let key = seen.identify(server, &secrets)?;
    note_use(server, &key);
    match (key.scope, concerns_data(door)) {
        (Scope::Write, false) | (Scope::Admin, true) => Ok(key),
        // A write key may stand in a web page: whoever reads it there must not erase customers.
        (_, true) => Err(Problem::forbidden("this takes an admin key as its API key")),
        (_, false) => Err(Problem::forbidden(
            "events are sent with a write key; a read or admin key must not stand where events are sent",
        )),
    }
}

/// Whether a door is for what customers may ask of their data.
fn concerns_data(door: Door) -> bool {
    use CustomerioVerb as Verb;
    matches!(
        door,
        Door::Customerio(Verb::Delete | Verb::Suppress | Verb::Unsuppress)
    )
}

/// Keeps what a parcel holds, and answers when it is kept.
async fn keep(
    server: &Arc<Server>,
    parcel: Parcel,
    workspace: &str,
    who: &str,
    seen: &Seen,
) -> Result<Response<Body>, Problem> {
    let workspace = server.house.workspace(workspace);
    let workspace = workspace.ok_or_else(|| Problem::not_found("there is no such workspace"))?;
    let received_at = workspace.now();
    let door = parcel.head();
    let arrived = parcel.read(server, received_at).await?;
    let requests = arrived.requests;
    let mut kept = arrival(
        received_at,
        arrived.events,
        arrived.refused,
        door.as_deref(),
    );
    kept.failed.extend(subjects::left_to_people(&requests));
    if !(kept.lines.is_empty() && kept.failed.is_empty()) {
        answer::append(server, &workspace, kept).await?;
    }
    subjects::fulfil(server, &workspace, &requests, who, seen).await?;
    Ok(replied(&arrived.reply))
}

/// Keeps an event in Segment's shape that was made here, and gives its message id.
pub async fn keep_made(
    server: &Arc<Server>,
    workspace: &Workspace,
    mut event: Map<String, Value>,
) -> Result<String, Problem> {
    let message_id = server.fresh_id();
    event.insert("messageId".to_owned(), Value::String(message_id.clone()));
    let parcel = Parcel::made(&Value::Object(event).to_string());
    let received_at = workspace.now();
    let arrived = parcel.read(server, received_at).await?;
    if let Some(refused) = arrived.refused.into_iter().next() {
        return Err(Problem::new(422, refused.code, refused.message));
    }
    let kept = arrival(received_at, arrived.events, Vec::new(), None);
    answer::append(server, workspace, kept).await?;
    Ok(message_id)
}

fn replied(reply: &Reply) -> Response<Body> {
    let mut response = answer::typed(reply.content_type(), reply.body(&[]));
    let status = StatusCode::from_u16(reply.status());
    *response.status_mut() = status.unwrap_or(StatusCode::OK);
    response
}

/// The name by which counters and logs know a door.
const fn family(door: Door) -> &'static str {
    match door {
        Door::SegmentBatch { .. } => "segment batch",
        Door::SegmentOne { .. } => "segment",
        Door::SegmentMetrics | Door::SegmentSettings | Door::RudderstackSettings => "settings",
        Door::JitsuOne { .. } | Door::JitsuBatch { .. } => "jitsu",
        Door::DittofeedBatch | Door::DittofeedOne(_) => "dittofeed",
        Door::PosthogCapture | Door::PosthogV1 => "posthog",
        Door::PosthogConfig
        | Door::PosthogConfigScript
        | Door::PosthogFlags
        | Door::PosthogRecording => "posthog settings",
        Door::Customerio(_) => "customerio",
        Door::SnowplowPost | Door::SnowplowGet => "snowplow",
        Door::Shopify => "shopify",
        Door::Stripe => "stripe",
    }
}

//! What a hand may set: each is an event like any other, so a fold of the log gives it again.

use axum::body::Body;
use axum::http::Response;
use perennial_runtime::Question;
use serde_json::{Map, Value, json};

use crate::answer;
use crate::call::Call;
use crate::field::{Field, Form, may, need};
use crate::problem::Problem;
use crate::routes::customers::in_path;
use crate::routes::ingest;

/// The event that sets a stage by hand.
const STAGE_SET: &str = "Lifecycle Stage Set";
/// The event that takes an identifier from a customer.
const UNLINKED: &str = "Identity Unlinked";

/// What setting a stage takes.
pub const STAGE: &[Field] = &[
    need(
        "lifecycle",
        Form::Text,
        "The lifecycle, which must allow it (`policy: { by_hand: 90d }`).",
    ),
    need("stage", Form::Text, "The stage."),
    may("reason", Form::Text, "Why, for those who read her history."),
];

/// What taking an identifier takes.
pub const UNMERGE: &[Field] = &[
    need(
        "kind",
        Form::Word(&["user", "anonymous"]),
        "The kind of the identifier.",
    ),
    need("id", Form::Text, "The identifier that is not hers."),
];

/// Puts a customer into a stage.
pub async fn set_stage(call: Call) -> Result<Response<Body>, Problem> {
    let profile = call.ask(Question::Customer(in_path(&call))).await?;
    let (lifecycle, stage) = (call.fields.text("lifecycle"), call.fields.text("stage"));
    knows_lifecycle(&profile, lifecycle.unwrap_or_default())?;
    let mut event = named(&profile, call.param("id"))?;
    event.insert("type".to_owned(), json!("track"));
    event.insert("event".to_owned(), json!(STAGE_SET));
    let by = call.key.as_ref().map(|key| &key.id);
    let mut properties = json!({"lifecycle": lifecycle, "stage": stage, "set_by": by});
    if let Some(reason) = call.fields.text("reason") {
        properties["reason"] = json!(reason);
    }
    event.insert("properties".to_owned(), properties);
    call.note("stage_set", lifecycle.unwrap_or_default())
        .await?;
    keep(&call, event).await
}

/// Refuses a lifecycle that the profile shows not to exist, where it lists any.
fn knows_lifecycle(profile: &Value, lifecycle: &str) -> Result<(), Problem> {
    let standings = profile["standings"].as_array();
    let known = standings.into_iter().flatten().map(|one| &one["lifecycle"]);
    let known: Vec<&str> = known.filter_map(Value::as_str).collect();
    if known.is_empty() || known.contains(&lifecycle) {
        return Ok(());
    }
    let message = format!(
        "there is no such lifecycle; there are: {}",
        known.join(", ")
    );
    Err(Problem::new(422, "invalid", message))
}

/// Takes an identifier from a customer.
pub async fn unmerge(call: Call) -> Result<Response<Body>, Problem> {
    let profile = call.ask(Question::Customer(in_path(&call))).await?;
    let (kind, id) = (call.fields.text("kind"), call.fields.text("id"));
    let (kind, id) = (kind.unwrap_or_default(), id.unwrap_or_default());
    let identifiers = identifiers(&profile);
    if !identifiers
        .iter()
        .any(|(known, value)| known == kind && value == id)
    {
        return Err(Problem::new(422, "invalid", "she has no such identifier"));
    }
    let others = identifiers
        .iter()
        .filter(|(known, value)| known == "user" && value != id);
    let mut others: Vec<&String> = others.map(|(_, value)| value).collect();
    // The one that was named in the path stays what it is.
    others.sort_by_key(|value| value.as_str() != call.param("id"));
    let Some(stays) = others.first() else {
        let message = "she has no other user id, from which it could be taken";
        return Err(Problem::new(422, "invalid", message));
    };
    let name = if kind == "user" {
        "previousId"
    } else {
        "anonymousId"
    };
    let event = [
        ("type", "track"),
        ("event", UNLINKED),
        ("userId", stays),
        (name, id),
    ];
    let event = event.map(|(name, value)| (name.to_owned(), json!(value)));
    let event = Map::from_iter(event);
    call.note("identity_unlinked", "").await?;
    keep(&call, event).await
}

/// An event of hers: by the user id that was asked for, else any other of hers.
pub fn named(profile: &Value, asked: &str) -> Result<Map<String, Value>, Problem> {
    let mut found = identifiers(profile);
    found.retain(|(kind, _)| kind == "user" || kind == "anonymous");
    found.sort_by_key(|(kind, value)| (kind != "user", value != asked));
    let Some((kind, value)) = found.into_iter().next() else {
        let message = "she has neither a user id nor an anonymous id";
        return Err(Problem::new(422, "invalid", message));
    };
    let name = if kind == "user" {
        "userId"
    } else {
        "anonymousId"
    };
    Ok(Map::from_iter([(name.to_owned(), Value::String(value))]))
}

/// Kind and value of each identifier of a profile.
fn identifiers(profile: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = profile["identifiers"].as_array().into_iter().flatten();
    list.filter_map(|one| Some((text(&one["kind"])?, text(&one["identifier"])?)))
        .collect()
}

/// Keeps an event that was made here.
async fn keep(call: &Call, event: Map<String, Value>) -> Result<Response<Body>, Problem> {
    let message_id = ingest::keep_made(&call.server, &call.workspace()?, event).await?;
    Ok(answer::json(
        &json!({"success": true, "message_id": message_id}),
    ))
}

//! Consents: what a customer allows by channel and purpose. Each is an event like any other.

use axum::body::Body;
use axum::http::Response;
use perennial_runtime::{Question, Whose};
use serde_json::{Map, Value, json};

use crate::answer;
use crate::call::Call;
use crate::field::{Form, may, need};
use crate::problem::Problem;
use crate::route::{Opens, Route, post};
use crate::routes::{by_hand, ingest};

/// The event that sets a consent.
const CONSENT_SET: &str = "Consent Set";
/// Most bytes of a channel or a purpose.
const MAX_WORD_BYTES: usize = 100;
/// The keys of `who`, as they may be spelled, with what they are: a part of the event, or the kind of an
/// identifier by which she is looked up.
const NAMES: [(&str, Name); 11] = [
    ("user_id", Name::Said("userId")),
    ("userId", Name::Said("userId")),
    ("user", Name::Said("userId")),
    ("anonymous_id", Name::Said("anonymousId")),
    ("anonymousId", Name::Said("anonymousId")),
    ("anonymous", Name::Said("anonymousId")),
    ("email", Name::Found(Some("email"))),
    ("phone", Name::Found(Some("phone"))),
    ("customer", Name::Found(None)),
    ("customer_id", Name::Found(None)),
    ("id", Name::Found(None)),
];

#[derive(Clone, Copy)]
enum Name {
    /// It stands in the event, whether or not she is known.
    Said(&'static str),
    /// She must be known by it.
    Found(Option<&'static str>),
}

pub const ROUTES: &[Route] = &[post(
    "/v1/consents",
    Opens::Admin,
    &[
        need(
            "who",
            Form::Texts,
            "Whose: `user_id`, `anonymous_id`, or, where she is known, `email`, `phone` or `customer`.",
        ),
        need("channel", Form::Text, "The channel, such as `email`."),
        need("purpose", Form::Text, "The purpose, such as `marketing`."),
        need(
            "status",
            Form::Word(&["granted", "denied"]),
            "What she says.",
        ),
        may(
            "at",
            Form::Time,
            "When she said so; now where it is not said.",
        ),
        may(
            "source",
            Form::Text,
            "Where she said so, for those who ask for proof.",
        ),
    ],
    "Keeps what a customer allows, as the event `Consent Set`. Of a channel and purpose the latest holds, \
     of all her identifiers together.",
    r#"{"success":true,"message_id"}"#,
    |call| Box::pin(set(call)),
)];

async fn set(call: Call) -> Result<Response<Body>, Problem> {
    let mut event = named(&call).await?;
    let word = |name: &str| {
        call.fields
            .text(name)
            .unwrap_or_default()
            .trim()
            .to_lowercase()
    };
    let (channel, purpose) = (word("channel"), word("purpose"));
    for (name, word) in [("channel", &channel), ("purpose", &purpose)] {
        if word.is_empty() || word.len() > MAX_WORD_BYTES {
            let message = format!("`{name}` must be a text of 1 to {MAX_WORD_BYTES} bytes");
            return Err(Problem::new(422, "invalid", message));
        }
    }
    let by = call.key.as_ref().map(|key| &key.id);
    let mut properties = json!({
        "channel": channel,
        "purpose": purpose,
        "status": call.fields.text("status"),
        "set_by": by,
    });
    if let Some(source) = call.fields.text("source") {
        properties["source"] = json!(source);
    }
    event.insert("type".to_owned(), json!("track"));
    event.insert("event".to_owned(), json!(CONSENT_SET));
    event.insert("properties".to_owned(), properties);
    if let Some(at) = call.fields.time("at") {
        event.insert("timestamp".to_owned(), json!(at.to_string()));
    }
    call.note("consent_set", "").await?;
    let message_id = ingest::keep_made(&call.server, &call.workspace()?, event).await?;
    Ok(answer::json(
        &json!({"success": true, "message_id": message_id}),
    ))
}

/// An event that names whom `who` names.
async fn named(call: &Call) -> Result<Map<String, Value>, Problem> {
    let mut event = Map::new();
    let mut found = None;
    let who = call.fields.texts("who");
    // Also as profiles list identifiers: `{"kind":"user","id":"ada"}`.
    let kind = who.iter().find(|(key, _)| key == "kind");
    let kind = kind.map(|(_, kind)| kind.as_str());
    for (key, value) in who.iter().filter(|(key, _)| key != "kind") {
        let key = match key.as_str() {
            "id" | "identifier" => kind.unwrap_or("id"),
            key => key,
        };
        let name = NAMES.iter().find(|(known, _)| *known == key);
        match name {
            Some((_, Name::Said(key))) => {
                event.insert((*key).to_owned(), json!(value));
            }
            Some((_, Name::Found(kind))) => found = Some((*kind, value)),
            None => {
                let message = "`who` has user_id, anonymous_id, email, phone or customer";
                return Err(Problem::new(400, "unknown_field", message));
            }
        }
    }
    match found {
        _ if !event.is_empty() => Ok(event),
        Some((kind, id)) => {
            let who = match kind {
                Some(kind) => Whose::Of {
                    kind: kind.to_owned(),
                    id: id.clone(),
                },
                None => Whose::Any(id.clone()),
            };
            let profile = call.ask(Question::Customer(who)).await?;
            by_hand::named(&profile, id)
        }
        None => Err(Problem::new(422, "invalid", "`who` names nobody")),
    }
}

//! The keys of a workspace: shown without their secrets, made, rotated, revoked.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use perennial_access::{Key, Scope, Secret};
use perennial_model::HOUR_MS;
use serde_json::{Value, json};

use crate::answer;
use crate::call::Call;
use crate::field::{Form, may, need};
use crate::gate::HOST;
use crate::problem::Problem;
use crate::route::{Opens, Route, Verb, get, post};
use crate::server::blocking;

/// Hours for which the old key of a rotation is valid yet, unless it is said.
const GRACE_HOURS: u64 = 24;
/// Most hours for which it can be.
const MAX_GRACE_HOURS: u64 = 30 * 24;

pub const ROUTES: &[Route] = &[
    get(
        "/v1/keys",
        Opens::Admin,
        &[],
        "The keys of the workspace, without their secrets; with an admin key of `default`, of all.",
        r#"{"keys":[{"id","workspace","scope","name","created","last_used","expires","revoked"}]}"#,
        |call| Box::pin(async move { Ok(list(&call)) }),
    ),
    post(
        "/v1/keys",
        Opens::Admin,
        &[
            need(
                "scope",
                Form::Word(&["write", "read", "admin"]),
                "What it opens.",
            ),
            need("name", Form::Text, "What people call it."),
            may(
                "expires",
                Form::Time,
                "When it ends; never where it is not said.",
            ),
            may(
                "workspace",
                Form::Text,
                "The workspace; the own where it is not said.",
            ),
        ],
        "Makes a key. Its secret is in this answer and nowhere else.",
        r#"{"key":{"id",...},"secret"}"#,
        |call| Box::pin(create(call)),
    ),
    post(
        "/v1/keys/{id}/rotate",
        Opens::Admin,
        &[may(
            "grace_hours",
            Form::Count(MAX_GRACE_HOURS),
            "Hours for which the old one is valid yet; 24 where it is not said.",
        )],
        "Makes a key in the place of one.",
        r#"{"key":{"id",...},"secret"}"#,
        |call| Box::pin(rotate(call)),
    ),
    Route {
        verb: Verb::Delete,
        body: None,
        ..post(
            "/v1/keys/{id}",
            Opens::Admin,
            &[],
            "Revokes a key at once and for ever.",
            r#"{"key":{"id",...}}"#,
            |call| Box::pin(revoke(call)),
        )
    },
];

/// Whether a key's workspace is the caller's affair: her own, or any where she is the host.
fn is_hers(call: &Call, workspace: &str) -> bool {
    let own = call.key.as_ref().map_or("", |key| &key.workspace);
    own == workspace || own == HOST
}

fn list(call: &Call) -> Response<Body> {
    let keys = call.server.keys.list();
    let hers = keys.iter().filter(|key| is_hers(call, &key.workspace));
    let keys: Vec<Value> = hers.map(Key::shown).collect();
    answer::json(&json!({"keys": keys}))
}

/// Refuses the keys of others as if there were none.
fn of_hers(call: &Call) -> Result<String, Problem> {
    let id = call.param("id");
    let keys = call.server.keys.list();
    let mut keys = keys.into_iter();
    let key = keys.find(|key| key.id == id && is_hers(call, &key.workspace));
    let key = key.ok_or_else(|| Problem::not_found("there is no such key"))?;
    Ok(key.id)
}

async fn create(call: Call) -> Result<Response<Body>, Problem> {
    let own = call.key.as_ref().map_or("", |key| &key.workspace);
    let workspace = call.fields.text("workspace").unwrap_or(own).to_owned();
    let exists = call.server.house.workspace(&workspace).is_some();
    if !is_hers(&call, &workspace) || !exists {
        return Err(Problem::not_found("there is no such workspace"));
    }
    let scope = call.fields.text("scope").and_then(Scope::named);
    let scope = scope.ok_or_else(|| Problem::bad("`scope` is missing"))?;
    let name = call.fields.text("name").unwrap_or_default().to_owned();
    let (server, now) = (Arc::clone(&call.server), call.now());
    let expires = call.fields.time("expires");
    let make = move || Ok(server.keys.create(&workspace, scope, &name, expires, now)?);
    let (key, secret) = blocking(make).await?;
    call.note("key_created", &key.id).await?;
    Ok(with_secret(&key, &secret))
}

async fn rotate(call: Call) -> Result<Response<Body>, Problem> {
    let id = of_hers(&call)?;
    call.note("key_rotated", &id).await?;
    let hours = call.fields.count("grace_hours").unwrap_or(GRACE_HOURS);
    let grace_ms = i64::try_from(hours).unwrap_or(0) * HOUR_MS;
    let (server, now) = (Arc::clone(&call.server), call.now());
    let (key, secret) = blocking(move || Ok(server.keys.rotate(&id, grace_ms, now)?)).await?;
    Ok(with_secret(&key, &secret))
}

async fn revoke(call: Call) -> Result<Response<Body>, Problem> {
    let id = of_hers(&call)?;
    call.note("key_revoked", &id).await?;
    let (server, now) = (Arc::clone(&call.server), call.now());
    let key = blocking(move || Ok(server.keys.revoke(&id, now)?)).await?;
    Ok(answer::json(&json!({"key": key.shown()})))
}

fn with_secret(key: &Key, secret: &Secret) -> Response<Body> {
    answer::json(&json!({"key": key.shown(), "secret": secret.reveal()}))
}

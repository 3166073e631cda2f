//! Workspaces: which there are, and new ones.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

use crate::answer;
use crate::call::Call;
use crate::field::{Form, may, need};
use crate::problem::Problem;
use crate::route::{Opens, Route, get, post};
use crate::server::blocking;

/// Most characters of a workspace's name.
const MAX_NAME_CHARACTERS: usize = 64;

pub const ROUTES: &[Route] = &[
    get(
        "/v1/workspaces",
        Opens::Host,
        &[],
        "All workspaces.",
        r#"{"workspaces":[{"workspace","ready"}]}"#,
        |call| Box::pin(async move { Ok(list(&call)) }),
    ),
    post(
        "/v1/workspaces",
        Opens::Host,
        &[
            need(
                "name",
                Form::Text,
                "Its name: small letters, digits, `-` and `_`.",
            ),
            may(
                "files",
                Form::Texts,
                "Name and text of each file of its project.",
            ),
        ],
        "Makes a workspace. Its first key is made by `POST /v1/keys`.",
        r#"{"workspace"}"#,
        |call| Box::pin(create(call)),
    ),
];

fn list(call: &Call) -> Response<Body> {
    let house = &call.server.house;
    let one = |name: String| {
        let ready = house.workspace(&name).is_some_and(|one| one.status().ready);
        json!({"workspace": name, "ready": ready})
    };
    let all: Vec<Value> = house.workspaces().into_iter().map(one).collect();
    answer::json(&json!({"workspaces": all}))
}

async fn create(call: Call) -> Result<Response<Body>, Problem> {
    let name = call.fields.text("name").unwrap_or_default().to_owned();
    if call.server.house.workspace(&name).is_some() {
        let message = "there is such a workspace already";
        return Err(Problem::new(409, "conflict", message));
    }
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    if name.len() > MAX_NAME_CHARACTERS || !name.chars().all(is_plain) {
        let message = format!(
            "a workspace's name is of at most {MAX_NAME_CHARACTERS} small letters, digits, `-` and `_`"
        );
        return Err(Problem::new(422, "invalid", message));
    }
    call.note("workspace_created", &name).await?;
    let files = call.fields.texts("files").to_vec();
    let (server, wanted) = (Arc::clone(&call.server), name.clone());
    blocking(move || Ok(server.house.create(&wanted, &files).map(drop)?)).await?;
    Ok(answer::json(&json!({"workspace": name})))
}

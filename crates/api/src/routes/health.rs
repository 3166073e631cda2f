//! Whether the server is alive, and whether it serves.

use axum::body::Body;
use axum::http::Response;
use serde_json::json;

use crate::answer::json;
use crate::call::Call;
use crate::problem::Problem;
use crate::route::{Opens, Route, get};

/// Seconds after which a server that is not ready may be.
const RETRY_AFTER_S: u32 = 1;

pub const ROUTES: &[Route] = &[
    get(
        "/healthz",
        Opens::All,
        &[],
        "Answers as soon as the process is alive.",
        r#"{"status":"alive"}"#,
        |_| Box::pin(async { Ok(json(&json!({"status": "alive"}))) }),
    ),
    get(
        "/readyz",
        Opens::All,
        &[],
        "Answers 200 when all workspaces have recovered and serve, else 503 `not_ready`.",
        r#"{"status":"ready"}"#,
        |call| Box::pin(ready(call)),
    ),
];

async fn ready(call: Call) -> Result<Response<Body>, Problem> {
    let house = &call.server.house;
    let names = house.workspaces();
    let is_ready = |name: &String| house.workspace(name).is_some_and(|one| one.status().ready);
    if call.server.is_stopping() {
        return Err(Problem::stopping());
    }
    if names.is_empty() || !names.iter().all(is_ready) {
        let message = "the log is being read: try again";
        return Err(Problem::new(503, "not_ready", message).after(RETRY_AFTER_S));
    }
    Ok(json(&json!({"status": "ready"})))
}

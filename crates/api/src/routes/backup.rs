//! Backups of all workspaces, taken while they run.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use serde_json::json;

use crate::answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::route::{Opens, Route, post};
use crate::server::blocking;

/// The folder of backups in the folder of data.
const FOLDER: &str = "backups";

pub const ROUTES: &[Route] = &[post(
    "/v1/backup",
    Opens::Host,
    &[],
    "Copies all workspaces into a new folder among the server's backups. Keys are not copied.",
    r#"{"backup"}"#,
    |call| Box::pin(backup(call)),
)];

async fn backup(call: Call) -> Result<Response<Body>, Problem> {
    // Where it goes is the operator's choice, not the caller's.
    let server = Arc::clone(&call.server);
    let name = format!("{}-{}", call.now().ms(), call.request_id);
    call.note("backup_taken", &name).await?;
    let wanted = name.clone();
    blocking(move || {
        let given = server.options.backups.clone();
        let folder = given.unwrap_or_else(|| server.house.folder().join(FOLDER));
        let made = std::fs::create_dir_all(&folder);
        made.map_err(|error| server.trouble(&error.to_string()))?;
        let taken = server.house.backup(&folder.join(wanted));
        taken.map_err(|error| server.trouble(&error.to_string()))
    })
    .await?;
    Ok(answer::json(&json!({"backup": name})))
}

//! The OpenAPI document of this server, served by itself.

use crate::answer;
use crate::openapi::openapi;
use crate::route::{JSON, Opens, Route, get};

pub const ROUTES: &[Route] = &[get(
    "/openapi.json",
    Opens::All,
    &[],
    "All routes, as OpenAPI 3.1.",
    r#"{"openapi":"3.1.0",...}"#,
    |_| Box::pin(async { Ok(answer::typed(JSON, openapi())) }),
)];

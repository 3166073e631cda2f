//! The counters of a workspace, which add up.

use perennial_runtime::Question;

use crate::route::{Opens, Route, get};

pub const ROUTES: &[Route] = &[get(
    "/v1/stats",
    Opens::Admin,
    &[],
    "Counters: events each once, duplicates, events refused, customers.",
    r#"{"events","duplicates","failed","customers"}"#,
    |call| Box::pin(async move { call.answer(Question::Stats).await }),
)];

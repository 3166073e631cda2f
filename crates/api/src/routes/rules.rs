//! The rules in force, and new ones.

use axum::body::Body;
use axum::http::Response;
use perennial_runtime::Question;

use crate::call::Call;
use crate::field::{Form, may, need};
use crate::problem::Problem;
use crate::route::{Opens, Route, get, post};

pub const ROUTES: &[Route] = &[
    get(
        "/v1/rules",
        Opens::Admin,
        &[],
        "The rules in force, and how far a change of them has come.",
        r#"{"rules","files":{},"applying"}"#,
        |call| Box::pin(async move { call.answer(Question::Rules).await }),
    ),
    Route {
        query: &[may("plan", Form::Flag, "Only say who would move.")],
        ..post(
            "/v1/rules",
            Opens::Admin,
            &[need(
                "files",
                Form::Texts,
                "Name and text of each file of the project.",
            )],
            "Publishes rules: customers are folded again in the background, and the new results are \
             shown when all are.",
            r#"{"rules",...}"#,
            |call| Box::pin(apply(call)),
        )
    },
];

async fn apply(call: Call) -> Result<Response<Body>, Problem> {
    let plan = call.fields.flag("plan");
    if !plan {
        call.note("rules_applied", "").await?;
    }
    let files = call.fields.texts("files").to_vec();
    call.answer(Question::Apply { files, plan }).await
}

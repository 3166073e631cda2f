//! Segments and who is in them.

use axum::body::Body;
use axum::http::Response;
use perennial_runtime::Question;

use crate::call::Call;
use crate::field::{Form, may};
use crate::problem::Problem;
use crate::route::{Opens, Route, get};

/// Members of a page, unless it is said.
const MEMBERS: u64 = 1000;
/// Most members of a page.
const MAX_MEMBERS: u64 = 10_000;

pub const ROUTES: &[Route] = &[
    get(
        "/v1/segments",
        Opens::Read,
        &[],
        "The segments, with how many are in each.",
        r#"{"segments":[{"segment","customers"}]}"#,
        |call| Box::pin(async move { call.answer(Question::Segments).await }),
    ),
    get(
        "/v1/segments/{name}/members",
        Opens::Read,
        &[
            may(
                "after",
                Form::Text,
                "Only customer ids after this one: `next` of the last answer.",
            ),
            may(
                "limit",
                Form::Count(MAX_MEMBERS),
                "Most members; 1000 where it is not said.",
            ),
        ],
        "The members of a segment, by customer id.",
        r#"{"segment","members":[],"next"}"#,
        |call| Box::pin(members(call)),
    ),
];

async fn members(call: Call) -> Result<Response<Body>, Problem> {
    let limit = call.fields.count("limit").unwrap_or(MEMBERS);
    let question = Question::Members {
        segment: call.param("name").to_owned(),
        after: call.fields.text("after").map(str::to_owned),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
    };
    call.answer(question).await
}

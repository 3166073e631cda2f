//! Customers: who they are, and where they stand and why.

use axum::body::Body;
use axum::http::Response;
use perennial_runtime::{Question, Whose};

use crate::call::Call;
use crate::field::{Form, may, need};
use crate::problem::Problem;
use crate::route::{Opens, Route, get, post};
use crate::routes::by_hand;

/// Lines of a history, unless it is said.
const HISTORY_LINES: u64 = 100;
/// Most lines of a history at once.
const MAX_HISTORY_LINES: u64 = 1000;
/// The kinds of identifiers.
pub const KINDS: Form = Form::Word(&["user", "anonymous", "email", "phone"]);

const PROFILE: &str = r#"{"customer","identifiers","traits":{},"consents":[{"channel","purpose","status","at"}],"event_count","standings":[],"segments":[]}"#;

pub const ROUTES: &[Route] = &[
    get(
        "/v1/customers",
        Opens::Read,
        &[
            may(
                "kind",
                KINDS,
                "The kind of the identifier; any where it is not said.",
            ),
            need("id", Form::Text, "The identifier."),
        ],
        "The customer with an identifier.",
        PROFILE,
        |call| Box::pin(async move { call.answer(Question::Customer(person(&call))).await }),
    ),
    get(
        "/v1/customers/{id}",
        Opens::Read,
        &[],
        "The profile of a customer, by her id or any identifier.",
        PROFILE,
        |call| Box::pin(async move { call.answer(Question::Customer(in_path(&call))).await }),
    ),
    get(
        "/v1/customers/{id}/history",
        Opens::Read,
        &[
            may(
                "limit",
                Form::Count(MAX_HISTORY_LINES),
                "Most lines; 100 where it is not said.",
            ),
            may(
                "before",
                Form::Count(u64::MAX),
                "Only lines before this one: `next` of the last answer.",
            ),
        ],
        "Her touches and moves, latest first.",
        r#"{"customer","history":[{"at",...}],"next"}"#,
        |call| Box::pin(history(call)),
    ),
    get(
        "/v1/customers/{id}/explain",
        Opens::Read,
        &[may("at", Form::Time, "When; now where it is not said.")],
        "Where she stands and why, and what is missing for her next stages.",
        r#"{"customer","standings":[{"lifecycle","stage","since","reason","next":[]}]}"#,
        |call| Box::pin(explain(call)),
    ),
    post(
        "/v1/customers/{id}/stage",
        Opens::Admin,
        by_hand::STAGE,
        "Puts her into a stage by hand, for as long as the lifecycle's policy `by_hand` says. It is \
         kept as the event `Lifecycle Stage Set`.",
        r#"{"success":true,"message_id"}"#,
        |call| Box::pin(by_hand::set_stage(call)),
    ),
    post(
        "/v1/customers/{id}/unmerge",
        Opens::Admin,
        by_hand::UNMERGE,
        "Takes an identifier from her that was joined by mistake. It is kept as the event `Identity \
         Unlinked`, and customers are folded as if the two had not been joined.",
        r#"{"success":true,"message_id"}"#,
        |call| Box::pin(by_hand::unmerge(call)),
    ),
];

/// The customer that the fields `kind` and `id` name.
pub fn person(call: &Call) -> Whose {
    let id = call.fields.text("id").unwrap_or_default().to_owned();
    match call.fields.text("kind") {
        Some(kind) => Whose::Of {
            kind: kind.to_owned(),
            id,
        },
        None => Whose::Any(id),
    }
}

/// The customer that the path names.
pub fn in_path(call: &Call) -> Whose {
    Whose::Any(call.param("id").to_owned())
}

async fn history(call: Call) -> Result<Response<Body>, Problem> {
    let limit = call.fields.count("limit").unwrap_or(HISTORY_LINES);
    let question = Question::History {
        who: in_path(&call),
        limit: usize::try_from(limit).unwrap_or(usize::MAX),
        before: call.fields.count("before"),
    };
    call.answer(question).await
}

async fn explain(call: Call) -> Result<Response<Body>, Problem> {
    let (who, at) = (in_path(&call), call.fields.time("at"));
    call.answer(Question::Explain { who, at }).await
}

//! Stages and the moves between them, over all customers.

use axum::body::Body;
use axum::http::Response;
use perennial_runtime::Question;

use crate::call::Call;
use crate::field::{Field, Form, may};
use crate::problem::Problem;
use crate::route::{Opens, Route, get};

const LIFECYCLE: Field = may(
    "lifecycle",
    Form::Text,
    "The lifecycle; the first where it is not said.",
);

pub const ROUTES: &[Route] = &[
    get(
        "/v1/stages",
        Opens::Read,
        &[
            LIFECYCLE,
            may("at", Form::Time, "When; now where it is not said."),
        ],
        "How many customers are in each stage.",
        r#"{"lifecycle","at","stages":[{"stage","customers","share"}]}"#,
        |call| Box::pin(stages(call)),
    ),
    get(
        "/v1/transitions",
        Opens::Read,
        &[
            LIFECYCLE,
            may("from", Form::Time, "Only moves from then on."),
            may("to", Form::Time, "Only moves before."),
        ],
        "Who moves from where to where, and how long it takes.",
        r#"{"transitions":[{"from","to","count","median_seconds"}]}"#,
        |call| Box::pin(transitions(call)),
    ),
];

async fn stages(call: Call) -> Result<Response<Body>, Problem> {
    let lifecycle = call.fields.text("lifecycle").map(str::to_owned);
    let at = call.fields.time("at");
    call.answer(Question::Stages { lifecycle, at }).await
}

async fn transitions(call: Call) -> Result<Response<Body>, Problem> {
    let question = Question::Transitions {
        lifecycle: call.fields.text("lifecycle").map(str::to_owned),
        from: call.fields.time("from"),
        to: call.fields.time("to"),
    };
    call.answer(question).await
}

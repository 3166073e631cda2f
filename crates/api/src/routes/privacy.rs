//! What customers may ask of their data: to have it, to have it erased, to be left alone.

use axum::body::Body;
use axum::http::Response;
use perennial_runtime::{Question, Whose};
use serde_json::json;

use crate::answer;
use crate::call::Call;
use crate::field::{Field, Form, may, need};
use crate::problem::Problem;
use crate::route::{Opens, Route, get, post};
use crate::routes::customers::{KINDS, person};

/// A question about somebody.
type Ask = fn(Whose) -> Question;

const WHO: &[Field] = &[
    may(
        "kind",
        KINDS,
        "The kind of the identifier; any where it is not said.",
    ),
    need(
        "id",
        Form::Text,
        "Her customer id or an identifier of hers.",
    ),
];
const VERBS: Form = Form::Word(&["SUPPRESS", "DELETE", "SUPPRESS_WITH_DELETE", "UNSUPPRESS"]);

pub const ROUTES: &[Route] = &[
    post(
        "/v1/privacy/export",
        Opens::Admin,
        WHO,
        "Everything known of a customer.",
        r#"{"customer",...}"#,
        |call| Box::pin(ask(call, "customer_exported", Question::Export)),
    ),
    post(
        "/v1/privacy/erase",
        Opens::Admin,
        WHO,
        "Erases a customer: her lines leave the log, and all that came of them. Answers 202 \
         `{\"status\":\"going_on\"}` where that takes longer than 60 s.",
        r#"{...}"#,
        |call| Box::pin(erase(call)),
    ),
    post(
        "/v1/privacy/suppress",
        Opens::Admin,
        WHO,
        "Takes no more events of a customer from now on.",
        r#"{...}"#,
        |call| Box::pin(ask(call, "customer_suppressed", Question::Suppress)),
    ),
    post(
        "/v1/privacy/unsuppress",
        Opens::Admin,
        WHO,
        "Takes events of a customer again.",
        r#"{...}"#,
        |call| Box::pin(ask(call, "customer_unsuppressed", Question::Unsuppress)),
    ),
    post(
        "/v1/privacy/regulations",
        Opens::Admin,
        &[
            need("regulationType", VERBS, "What is asked."),
            may("subjectType", Form::Word(&["USER_ID"]), "What the ids are."),
            need("subjectIds", Form::List, "The user ids."),
        ],
        "The same in the words of Segment's public API.",
        r#"{"regulations":[{"subject_id","status"}]}"#,
        |call| Box::pin(regulate(call)),
    ),
    get(
        "/v1/privacy/retention",
        Opens::Admin,
        &[],
        "How long the content of events is kept, and of how many it would go now.",
        RETENTION,
        |call| Box::pin(retain(call, false)),
    ),
    post(
        "/v1/privacy/retention",
        Opens::Admin,
        &[],
        "Takes the content of old events from the logs now, as happens once a day by itself. Answers 202 \
         `{\"status\":\"going_on\"}` where that takes longer than 60 s.",
        RETENTION,
        |call| Box::pin(retain(call, true)),
    ),
];

const RETENTION: &str =
    r#"{"retention":{"Page Viewed":"90d","default":"forever"},"events","failed","last_at"}"#;

async fn ask(call: Call, what: &'static str, question: Ask) -> Result<Response<Body>, Problem> {
    // Whose data it is stays out of the audit log, which outlives an erasure.
    call.note(what, "").await?;
    call.answer(question(person(&call))).await
}

async fn erase(call: Call) -> Result<Response<Body>, Problem> {
    call.note("customer_erased", "").await?;
    let (server, workspace) = (&call.server, call.workspace()?);
    let patience = server.options.patience.answer;
    let question = Question::Erase(person(&call));
    let answer = answer::ask_for(server, &workspace, question, patience).await?;
    Ok(answer::done_or_going_on(answer.as_ref()))
}

async fn retain(call: Call, apply: bool) -> Result<Response<Body>, Problem> {
    if apply {
        call.note("retention_applied", "").await?;
    }
    let (server, workspace) = (&call.server, call.workspace()?);
    let patience = server.options.patience.answer;
    let question = Question::Retention { apply };
    let answer = answer::ask_for(server, &workspace, question, patience).await?;
    Ok(answer::done_or_going_on(answer.as_ref()))
}

async fn regulate(call: Call) -> Result<Response<Body>, Problem> {
    let verb = call.fields.text("regulationType").unwrap_or_default();
    let (what, asks): (_, &[Ask]) = match verb {
        "SUPPRESS" => ("customer_suppressed", &[Question::Suppress]),
        "UNSUPPRESS" => ("customer_unsuppressed", &[Question::Unsuppress]),
        "DELETE" => ("customer_erased", &[Question::Erase]),
        // Suppressed first, so that nothing comes in between.
        _ => ("customer_erased", &[Question::Suppress, Question::Erase]),
    };
    let mut done = Vec::new();
    for id in call.fields.list("subjectIds") {
        call.note(what, "").await?;
        let mut status = "done";
        for ask in asks {
            let kind = "user".to_owned();
            let who = Whose::Of {
                kind,
                id: id.clone(),
            };
            match call.ask(ask(who)).await {
                Ok(_) => {}
                Err(problem) if problem.status == 404 => status = "unknown",
                Err(problem) => return Err(problem),
            }
        }
        done.push(json!({"subject_id": id, "status": status}));
    }
    Ok(answer::json(&json!({"regulations": done})))
}

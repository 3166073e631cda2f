//! The questions of the command line, over all that the workspace knows.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Response;
use perennial_access::Scope;

use crate::analyst::{Ask, Findings, Inquiry, Refusal};
use crate::answer;
use crate::call::Call;
use crate::field::{Field, Form, may, need};
use crate::problem::Problem;
use crate::route::{JSON, Opens, Route, get, post};
use crate::server::blocking;

/// Seconds to wait for an answer that knows everything, unless it is said.
const WAIT_S: u64 = 5;
/// Most seconds to wait for one.
const MAX_WAIT_S: u64 = 60;
/// Seconds after which a further inquiry may find room.
const RETRY_AFTER_S: u32 = 5;

const WAIT: Field = may(
    "wait",
    Form::Count(MAX_WAIT_S),
    "Seconds to wait for an answer that knows everything; 5 where it is not said. After them the answer may be \
     behind, as `as_of` says.",
);

pub const ROUTES: &[Route] = &[
    Route {
        others: Some(
            "The options of the question as the command line has them, without dashes in front; one may be given \
             often, a flag has no value or `true`.",
        ),
        ..get(
            "/v1/questions/{question}",
            Opens::Read,
            &[WAIT],
            "A question of the command line, such as `funnel` or `kpis`, over all events up to now: what the command \
             with `--output json` answers of a run over the log, and what the answer knows. Names of places and \
             files are not taken, and a read key may name nothing personal.",
            r#"{...,"as_of":{"line","at","lines_behind"}}"#,
            |call| Box::pin(one(call)),
        )
    },
    post(
        "/v1/questions",
        Opens::Read,
        &[
            need(
                "questions",
                Form::Questions,
                "The questions, by the names of their answers.",
            ),
            WAIT,
        ],
        "Several questions over the same events, read once.",
        r#"{"answers":{"name":{...}},"as_of":{"line","at","lines_behind"}}"#,
        |call| Box::pin(several(call)),
    ),
];

async fn one(call: Call) -> Result<Response<Body>, Problem> {
    let ask = Ask {
        question: call.param("question").to_owned(),
        options: call.fields.others().to_vec(),
    };
    let found = inquire(&call, vec![(String::new(), ask)]).await?;
    let as_of = format!(r#""as_of":{}"#, found.as_of.json());
    let answer = found.answers.first().map_or("{}", String::as_str);
    Ok(answer::typed(JSON, with_member(answer, &as_of)))
}

async fn several(call: Call) -> Result<Response<Body>, Problem> {
    let questions = call.fields.questions("questions").to_vec();
    let names: Vec<String> = questions.iter().map(|(name, _)| name.clone()).collect();
    let found = inquire(&call, questions).await?;
    let mut text = String::from(r#"{"answers":{"#);
    for (place, (name, answer)) in names.into_iter().zip(&found.answers).enumerate() {
        let comma = if place > 0 { "," } else { "" };
        let name = serde_json::Value::String(name);
        text.push_str(&format!("{comma}{name}:"));
        text.push_str(answer.trim());
    }
    text.push_str(&format!(r#"}},"as_of":{}}}"#, found.as_of.json()));
    Ok(answer::typed(JSON, text))
}

/// Asks the analyst, on a thread that may wait.
async fn inquire(call: &Call, questions: Vec<(String, Ask)>) -> Result<Findings, Problem> {
    let Some(analyst) = call.server.options.analyst.clone() else {
        return Err(Problem::not_found("this server answers no such questions"));
    };
    let room = Arc::clone(&call.server.inquiries).try_acquire_owned();
    let room = room.map_err(|_| Problem::overloaded().after(RETRY_AFTER_S))?;
    let is_admin = |key: &perennial_access::Key| key.scope == Scope::Admin;
    let inquiry = Inquiry {
        questions,
        sees_all: call.key.as_ref().is_some_and(is_admin),
        wait: Duration::from_secs(call.fields.count("wait").unwrap_or(WAIT_S)),
    };
    let (server, workspace) = (Arc::clone(&call.server), call.workspace()?);
    blocking(move || {
        // Held until the work is over, even where the asker has gone.
        let _room = room;
        analyst.answer(&workspace, &inquiry).map_err(|refusal| {
            if let Refusal::Failed(why) = &refusal {
                server.log.trouble(why);
            }
            refusal.into()
        })
    })
    .await
}

/// An object of JSON with a member more, which goes last. The text may be long, so it is not read.
fn with_member(object: &str, member: &str) -> String {
    let cut = object.trim().strip_suffix('}').unwrap_or("{").trim_end();
    let comma = if cut == "{" { "" } else { "," };
    format!("{cut}{comma}{member}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_added_to_any_object() {
        for (object, wanted) in [
            ("{}", r#"{"a":1}"#),
            ("{\n}\n", r#"{"a":1}"#),
            (r#"{"b":{}}"#, r#"{"b":{},"a":1}"#),
            (r#"{"b":{"c":{}}}"#, r#"{"b":{"c":{}},"a":1}"#),
        ] {
            assert_eq!(with_member(object, r#""a":1"#), wanted);
        }
    }
}

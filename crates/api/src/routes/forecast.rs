//! Forecasts: what is known of them, and making them anew.

use perennial_runtime::Workspace;
use serde_json::Value;

use crate::analyst::{Analyst, Refusal};
use crate::answer;
use crate::call::Call;
use crate::problem::Problem;
use crate::route::{Opens, Route, get, post};
use crate::server::blocking;

pub const ROUTES: &[Route] = &[
    get(
        "/v1/forecast",
        Opens::Admin,
        &[],
        "The last forecast: its model and parameters, why it was made then, how many customers it scored, how many \
         orders it expects until later dates, how the last that was held against what came did, what went wrong, \
         and when the next is due.",
        r#"{"last":{"why","ahead":[...],...},"before":{"at","until","expected","low","high","came","bias","has_drifted"},"has_begun","error","is_making","next_at"}"#,
        |call| {
            Box::pin(async move {
                let told = ask(&call, |analyst, own| analyst.forecast(own)).await?;
                Ok(answer::json(&told))
            })
        },
    ),
    post(
        "/v1/forecast/refit",
        Opens::Admin,
        &[],
        "Fits a model to all that is known now and scores everybody by it, without waiting for the next date.",
        r#"{"asked":true}"#,
        |call| {
            Box::pin(async move {
                call.note("refit_forecast", "").await?;
                let told = ask(&call, |analyst, own| analyst.refit(own)).await?;
                Ok(answer::json(&told))
            })
        },
    ),
];

/// Asks the analyst, on a thread that may wait for a disk.
async fn ask(
    call: &Call,
    question: fn(&dyn Analyst, &Workspace) -> Result<Value, Refusal>,
) -> Result<Value, Problem> {
    let Some(analyst) = call.server.options.analyst.clone() else {
        return Err(Problem::not_found("this server makes no forecasts"));
    };
    let workspace = call.workspace()?;
    blocking(move || question(&*analyst, &workspace).map_err(Problem::from)).await
}

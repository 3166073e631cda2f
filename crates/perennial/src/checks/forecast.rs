//! How a workspace's forecasts stand: the last fit, its model, whether it has drifted, what went wrong.

use std::fmt::Write as _;

use serde_json::Value;

use super::Check;

/// What is checked.
const WHAT: &str = "forecast";

/// Of what a server tells of its forecasts, or keeps of a workspace's; `whose` says which, where that is not clear.
pub fn check(known: &Value, whose: &str) -> Check {
    let last = &known["last"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = match (last.as_object(), last["refused"].as_str()) {
        (None, _) => "nobody has been scored yet".to_owned(),
        (_, Some(_)) => format!("nobody was scored on {}", text(&last["at"])),
        _ => format!(
            "{} fitted on {} to {} customers",
            text(&last["model"]),
            text(&last["at"]),
            last["customers"]
        ),
    };
    if !whose.is_empty() {
        found = format!("`{whose}`: {found}");
    }
    if let Some(drift) = drift(&known["before"]) {
        found.push_str(&drift);
    }
    if let Some(next) = known["next_at"].as_str() {
        let _ = write!(found, "; the next is due on {next}");
    }
    if let Some(error) = known["error"].as_str() {
        let _ = write!(found, "; what went wrong: {error}");
        let way_out = "it is tried again after ten minutes; POST /v1/forecast/refit tries it now";
        return Check::warning(WHAT, found, way_out);
    }
    if let Some(refused) = last["refused"].as_str() {
        let _ = write!(found, ": {refused}");
        let way_out = "see `forecast` in the project: wait for more orders, or set `floor` lower";
        return Check::warning(WHAT, found, way_out);
    }
    let is_of_last = known["before"]["at"] == last["at"];
    if is_of_last && known["before"]["has_drifted"] == Value::Bool(true) {
        let way_out =
            "POST /v1/forecast/refit fits it again now; look at what has changed in the shop";
        return Check::warning(WHAT, found, way_out);
    }
    Check::ok(WHAT, found)
}

/// How the last forecast that was held against what came did.
fn drift(judged: &Value) -> Option<String> {
    let number = |name: &str| judged[name].as_f64();
    let (expected, came) = (number("expected")?, number("came")?);
    let (low, high) = (number("low")?, number("high")?);
    let until = judged["until"].as_str().unwrap_or_default();
    let held = match judged["has_drifted"].as_bool() {
        Some(true) => "it had drifted",
        _ => "it held",
    };
    let at = judged["at"].as_str().unwrap_or_default();
    Some(format!(
        "; that of {at} expected {expected:.0} orders until {until} ({low:.0} to {high:.0} in 90 of 100 cases), \
         and {came:.0} came: {held}"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::checks::Status;

    fn known() -> Value {
        json!({
            "last": {"at": "2025-03-01T00:00:00Z", "model": "bgnbd-1", "customers": 800},
            "before": {
                "at": "2025-03-01T00:00:00Z", "until": "2025-03-08T00:00:00Z", "expected": 100.4, "low": 80.0,
                "high": 121.0, "came": 99, "has_drifted": false
            },
            "error": null,
            "next_at": "2025-04-01T00:00:00Z"
        })
    }

    #[test]
    fn a_forecast_is_told_with_how_the_one_before_did() {
        let good = check(&known(), "default");
        assert_eq!(good.status, Status::Ok);
        assert_eq!(
            good.found,
            "`default`: bgnbd-1 fitted on 2025-03-01T00:00:00Z to 800 customers; that of 2025-03-01T00:00:00Z \
             expected 100 orders until 2025-03-08T00:00:00Z (80 to 121 in 90 of 100 cases), and 99 came: it held; \
             the next is due on 2025-04-01T00:00:00Z"
        );
        assert_eq!(
            check(&json!({"last": null}), "").found,
            "nobody has been scored yet"
        );
    }

    #[test]
    fn what_went_wrong_is_a_warning() {
        let warned = |change: &dyn Fn(&mut Value), word: &str| {
            let mut known = known();
            change(&mut known);
            let check = check(&known, "");
            assert_eq!(check.status, Status::Warning, "{check:?}");
            assert!(
                check.found.contains(word) && check.way_out.is_some(),
                "{check:?}"
            );
        };
        warned(
            &|known| known["before"]["has_drifted"] = json!(true),
            "it had drifted",
        );
        warned(&|known| known["error"] = json!("no room"), "no room");
        warned(
            &|known| known["last"]["refused"] = json!("too few customers"),
            "too few",
        );
        // Another model is there already.
        let mut again = known();
        again["before"]["has_drifted"] = json!(true);
        again["last"]["at"] = json!("2025-03-08T00:00:00Z");
        assert_eq!(check(&again, "").status, Status::Ok);
    }
}

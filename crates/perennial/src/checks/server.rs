//! Checks of a server that runs: whether it answers, is ready, keeps up, and is not exposed.

use std::time::Duration;

use serde_json::Value;

use super::{Check, forecast};
use crate::failure::Failure;
use crate::http::Client;

/// A check waits for nobody.
const NO_PATIENCE: Duration = Duration::ZERO;
/// Lines that wait to be folded, which a server that keeps up folds in a few seconds.
const MANY_WAITING: u64 = 100_000;
/// A share of refused events that clients should hear of.
const MANY_REFUSED: f64 = 0.05;

/// All of them; without an admin key those that need none.
///
/// # Errors
/// What is no address of a server.
pub fn checks(url: &str, key: Option<String>) -> Result<Vec<Check>, Failure> {
    let has_key = key.is_some();
    let client = Client::new(url, key)?.with_patience(NO_PATIENCE);
    let mut checks = Vec::new();
    match client.get("/healthz") {
        Ok(_) => checks.push(Check::ok("server", format!("{} answers", client.url()))),
        Err(failure) => {
            let way_out = "start it, or correct the address";
            return Ok(vec![Check::problem("server", failure.message, way_out)]);
        }
    }
    checks.push(match client.get("/readyz") {
        Ok(_) => Check::ok("ready", "the log has been read"),
        Err(failure) => Check::problem(
            "ready",
            failure.message,
            "wait: after a start the log is read; the server's log says if something is wrong",
        ),
    });
    if client.is_exposed() {
        checks.push(Check::problem(
            "encryption",
            "keys and personal data go over the network unencrypted",
            "put a proxy that speaks TLS before it and ask that by https; packaging/ has examples",
        ));
    }
    if has_key {
        checks.extend(inside(&client));
    }
    Ok(checks)
}

/// What only an admin key shows.
fn inside(client: &Client) -> Vec<Check> {
    let mut checks = Vec::new();
    match client.get("/v1/stats") {
        Ok(stats) => checks.push(failed(&stats)),
        Err(failure) => checks.push(Check::problem(
            "admin key",
            failure.message,
            "PERENNIAL_ADMIN_KEY must be an admin key; perennial keys list shows which there are",
        )),
    }
    // The figures of all workspaces are for those who have the key of the first only.
    if let Ok(figures) = client.get("/metrics") {
        checks.push(backlog(figures.as_str().unwrap_or_default()));
    }
    // A project without forecasts has none.
    if let Ok(known) = client.get("/v1/forecast") {
        checks.push(forecast::check(&known, ""));
    }
    if let Ok(rules) = client.get("/v1/rules") {
        let version = rules["version"].as_str().unwrap_or_default();
        checks.push(if rules["applying"].is_null() {
            Check::ok("rules", format!("{version} are in force"))
        } else {
            Check::warning(
                "rules",
                format!("{version} are in force, others are being applied"),
                "wait: customers are folded again",
            )
        });
    }
    checks
}

fn failed(stats: &Value) -> Check {
    let count = |name: &str| stats[name].as_u64().unwrap_or(0) as f64;
    let (good, refused) = (count("events"), count("failed"));
    let share = refused / (good + refused).max(1.0);
    let found = format!("{refused} of {} events were refused", good + refused);
    if share > MANY_REFUSED {
        let way_out = "GET /v1/failed says why; mend the client, then POST /v1/failed/retry";
        return Check::warning("failed events", found, way_out);
    }
    Check::ok("failed events", found)
}

/// Lines that are durable and not folded yet, of all workspaces.
fn backlog(figures: &str) -> Check {
    let sum = |name: &str| -> u64 {
        let lines = figures.lines().filter(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('{'))
        });
        lines
            .filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok())
            .sum()
    };
    let durable = sum("perennial_durable_total");
    let waiting = durable.saturating_sub(sum("perennial_applied_total"));
    let found = format!("{waiting} of {durable} lines wait to be folded");
    if waiting > MANY_WAITING {
        let way_out = "wait, and look again: where it grows, more arrives than this machine folds";
        return Check::warning("backlog", found, way_out);
    }
    Check::ok("backlog", found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Status;

    #[test]
    fn a_backlog_is_what_is_durable_and_not_folded() {
        let figures = "# HELP perennial_durable_total Lines\n\
                       perennial_durable_total{workspace=\"a\"} 300000\n\
                       perennial_durable_total{workspace=\"b\"} 10\n\
                       perennial_applied_total{workspace=\"a\"} 100\n";
        let check = backlog(figures);
        assert_eq!(check.status, Status::Warning);
        assert_eq!(check.found, "299910 of 300010 lines wait to be folded");
        assert_eq!(backlog("").status, Status::Ok);
    }
}

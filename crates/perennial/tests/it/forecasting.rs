//! Forecasts of a server: asked for, appended to its log, read by its rules, and gone with who is erased.

use std::fs;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use perennial_batch::forecasts::Forecasts;
use perennial_batch::results::Results;
use perennial_model::Time;
use serde_json::{Value, json};

use crate::serving::{Server, WRITE, json as told};
use crate::shop::{PROJECT, Shop};

pub const MORE: &str = "segments:
  at_risk: churn_risk >= 0.5
  safe: churn_risk < 0.5
forecast: { dates: monthly, horizon: 30d, floor: 20, model: bgnbd }
";
const CUSTOMERS: usize = 60;
pub const DAY_MS: i64 = 86_400_000;
/// A scoring that takes longer has come to nothing.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Orders of some customers up to now, a few of whom have left long ago.
fn orders(now_ms: i64) -> String {
    let mut text = "user_id,event,timestamp,amount\n".to_owned();
    for customer in 0..CUSTOMERS as i64 {
        let first = now_ms - (200 - customer % 50) * DAY_MS;
        let pause = 4 + customer * 7 % 23;
        let orders = match customer % 3 {
            0 => 2,
            _ => (now_ms - first) / DAY_MS / pause,
        };
        for order in 0..orders.max(1) {
            let at = Time(first + order * pause * DAY_MS + customer * 1_000);
            let amount = 20 + customer % 7 * 5 + order % 3;
            text.push_str(&format!("c{customer},order,{at},{amount}\n"));
        }
    }
    text
}

/// What is known of forecasts once none is being made and one was made after an instant.
fn made_after(server: &Server, at_ms: i64) -> Value {
    let begun = Instant::now();
    loop {
        let (status, known) = server.get("/v1/forecast");
        assert_eq!(status, 200, "{known}");
        let last_ms = known["last"]["at_ms"].as_i64().unwrap_or(i64::MIN);
        if last_ms > at_ms && known["is_making"] == json!(false) {
            assert_eq!(known["error"], Value::Null, "{known}");
            return known;
        }
        assert!(begun.elapsed() < PATIENCE, "{known}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn refit(server: &Server, after_ms: i64) -> Value {
    let (status, asked) = server.post("/v1/forecast/refit", &json!({}));
    assert_eq!((status, &asked["asked"]), (200, &json!(true)), "{asked}");
    made_after(server, after_ms)
}

pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.expect("after 1970").as_millis() as i64
}

#[test]
fn a_server_scores_its_customers_and_its_rules_read_that() {
    let shop = Shop::new(&format!("{PROJECT}{MORE}"));
    let server = Server::start(&shop, &["--project", "."]);
    let begun = now_ms();
    shop.file("rows.csv", orders(begun).as_bytes());
    let import = [
        "import",
        "rows.csv",
        "--output",
        "json",
        "--url",
        &server.url,
    ];
    told(&shop.command(&[&import[..], &["--write-key", WRITE]].concat(), b""));
    let (_, before) = server.get("/v1/customers/c4");

    let known = refit(&server, begun);
    let (last, scored) = (&known["last"], known["last"]["scored"].as_u64());
    assert!(scored.is_some_and(|scored| scored > 30), "{known}");
    assert_eq!(last["customers"], json!(CUSTOMERS), "{known}");
    assert!(
        last["parameters"]["alpha"]
            .as_f64()
            .is_some_and(|alpha| alpha > 0.0)
    );
    assert!(known["next_at"].is_string());

    // She has the traits, and has done nothing for them.
    let (_, customer) = server.get("/v1/customers/c4");
    let alive = customer["traits"]["p_alive"].as_f64().expect("a chance");
    assert!((0.0..=1.0).contains(&alive), "{customer}");
    assert!(customer["traits"]["forecast_model"].is_string());
    assert_eq!(customer["event_count"], before["event_count"]);
    assert_eq!(customer["last_at"], before["last_at"]);
    let (_, explained) = server.get("/v1/customers/c4/explain");
    let scores = &explained["scores"];
    assert_eq!(scores["p_alive"].as_f64(), Some(alive), "{explained}");
    let why = scores["why"].as_str().unwrap_or_default();
    assert!(
        why.contains("she ordered on") && why.contains("customers with orders on"),
        "{why}"
    );
    // Held against those with as many orders, as a run's explanation holds her.
    let group = &scores["group"];
    let orders = scores["orders"].as_u64().expect("a count");
    assert!(
        group["orders_from"]
            .as_u64()
            .is_some_and(|from| from <= orders)
    );
    assert!(group["orders_to"].as_u64().is_none_or(|to| orders <= to));
    assert!(group["gap_days"].as_f64().is_some_and(|days| days > 0.0));
    // Rules read them: who left long ago is at risk, who comes every few days is not.
    let risk = |id: &str| server.get(&format!("/v1/customers/{id}")).1["segments"].clone();
    assert_eq!(risk("c0"), json!(["at_risk"]));
    assert_eq!(
        risk("c10"),
        json!(["safe"]),
        "{}",
        server.get("/v1/customers/c10").1
    );

    // The log holds all of it: a run over it says the same, and makes no forecasts of its own.
    let export = ["log", "export", "--data", "data", "--save", "log.ndjson"];
    assert_eq!(shop.command(&export, b"").code, Some(0));
    let run = shop.run(&[
        "--input",
        "log.ndjson",
        "--until",
        &Time(now_ms()).to_string(),
    ]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let results = Results::open(&shop.out()).expect("results");
    assert!(results.manifest.counts.scored >= scored.expect("a count"));
    assert_eq!(results.manifest.counts.customers, CUSTOMERS as u64);
    assert!(Forecasts::read(&results).expect("a file").models.is_empty());

    // Nobody has moved since.
    let again = refit(&server, last["at_ms"].as_i64().expect("a date"));
    assert_eq!(again["last"]["scored"], json!(0), "{again}");

    // Who is erased is scored no more, and nothing of it is left.
    let (status, erased) = server.post("/v1/privacy/erase", &json!({"id": "c4"}));
    assert_eq!(status, 200, "{erased}");
    let last_ms = again["last"]["at_ms"].as_i64().expect("a date");
    refit(&server, last_ms);
    assert_eq!(shop.command(&export, b"").code, Some(0));
    let log = fs::read_to_string(shop.folder.join("log.ndjson")).expect("a file");
    assert!(log.contains("Customer Scored") && !log.contains("\"c4\"") && !log.contains(":c4\""));
    assert_eq!(server.get("/v1/customers/c4").0, 404);
}

/// Sends rows of a file.
pub fn send(shop: &Shop, server: &Server, rows: &str) {
    shop.file("rows.csv", rows.as_bytes());
    let import = ["import", "rows.csv", "--output", "json", "--url"];
    let key = ["--write-key", WRITE];
    told(&shop.command(&[&import[..], &[&server.url], &key].concat(), b""));
}

/// What is known of forecasts once something is so.
pub fn known_when(server: &Server, is_so: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let (_, known) = server.get("/v1/forecast");
        assert_eq!(known["error"], Value::Null, "{known}");
        if is_so(&known) {
            return known;
        }
        assert!(begun.elapsed() < PATIENCE, "{known}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Changes what a server, which does not run, has kept of its forecasts.
fn change(shop: &Shop, with: impl FnOnce(&mut Value)) {
    let path = shop.folder.join("data/workspaces/default/forecast.json");
    let text = fs::read_to_string(&path).expect("a file");
    let mut kept: Value = serde_json::from_str(&text).expect("JSON");
    with(&mut kept);
    fs::write(path, kept.to_string()).expect("written");
}

/// The models whose scores stand in the log, with how often.
fn models_in_log(shop: &Shop) -> std::collections::BTreeMap<String, usize> {
    let export = ["log", "export", "--data", "data", "--save", "log.ndjson"];
    assert_eq!(shop.command(&export, b"").code, Some(0));
    let log = fs::read_to_string(shop.folder.join("log.ndjson")).expect("a file");
    let mut models = std::collections::BTreeMap::new();
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).expect("JSON");
        if event["event"] == "Customer Scored" {
            let model = event["traits"]["forecast_model"].as_str();
            *models
                .entry(model.unwrap_or_default().to_owned())
                .or_default() += 1;
        }
    }
    models
}

#[test]
fn a_scoring_that_was_cut_off_comes_to_the_same_though_events_came_late() {
    let shop = Shop::new(&format!("{PROJECT}{MORE}"));
    let server = Server::start(&shop, &["--project", "."]);
    let begun = now_ms();
    send(&shop, &server, &orders(begun));
    let lines = server.get("/v1/stats").1["events"].clone();
    let known = refit(&server, begun);
    let (last, scored) = (&known["last"], known["last"]["scored"].as_u64());
    let model = last["model"].as_str().expect("a model").to_owned();
    // Of before the scoring, and not known to it: another model would come out now.
    let mut late = "user_id,event,timestamp,amount\n".to_owned();
    for customer in 0..CUSTOMERS as i64 {
        let at = Time(begun - (1 + customer % 9) * DAY_MS - 7_000_000);
        late.push_str(&format!("c{customer},order,{at},33\n"));
    }
    send(&shop, &server, &late);
    let before = server.get("/v1/stats").1;
    server.end("-TERM");

    // As if all of it had been appended, and the power had gone before that was noted.
    let noted = json!({
        "at_ms": last["at_ms"], "next_ms": null, "before_ms": null, "lines": lines, "model": model,
        "why": "asked for"
    });
    change(&shop, |kept| {
        kept["last"] = Value::Null;
        kept["begun"] = noted.clone();
    });
    let server = Server::start(&shop, &["--project", "."]);
    let again = known_when(&server, |known| !known["last"].is_null());
    assert_eq!(again["last"]["model"], json!(model), "{again}");
    assert_eq!(again["last"]["at_ms"], last["at_ms"]);
    assert_eq!(again["has_begun"], json!(false));
    let after = server.get("/v1/stats").1;
    assert_eq!(after["events"], before["events"]);
    let more = |stats: &Value| stats["duplicates"].as_u64().expect("a count");
    assert_eq!(Some(more(&after) - more(&before)), scored);
    assert_eq!(models_in_log(&shop).keys().collect::<Vec<_>>(), [&model]);
    server.end("-TERM");

    // Where the log is another by then, customers are scored as of now, after what is there already.
    change(&shop, |kept| {
        kept["last"] = Value::Null;
        kept["begun"] = noted;
        kept["begun"]["model"] = json!("bgnbd-of-a-log-that-is-gone");
    });
    let restarted = now_ms();
    let server = Server::start(&shop, &["--project", "."]);
    let now = known_when(&server, |known| !known["last"].is_null());
    assert!(
        now["last"]["at_ms"]
            .as_i64()
            .is_some_and(|at| at >= restarted),
        "{now}"
    );
    assert_eq!(now["last"]["why"], "begun, and the log was changed");
    assert_eq!(models_in_log(&shop).len(), 2);
    server.end("-TERM");

    // And where nothing is left of what it knew.
    change(&shop, |kept| {
        kept["last"] = Value::Null;
        kept["begun"] = json!({
            "at_ms": begun - 999 * DAY_MS, "next_ms": null, "before_ms": null, "lines": lines,
            "model": model, "why": "its date"
        });
    });
    let server = Server::start(&shop, &["--project", "."]);
    let now = known_when(&server, |known| !known["last"].is_null());
    assert_eq!(now["last"]["why"], "begun, and the log was changed");
    assert_eq!(now["has_begun"], json!(false));
}

#[test]
fn a_forecast_that_drifts_is_made_anew_before_its_date() {
    let shop = Shop::new(&format!("{PROJECT}{MORE}"));
    let server = Server::start(&shop, &["--project", "."]);
    let begun = now_ms();
    send(&shop, &server, &orders(begun));
    let known = refit(&server, begun);
    let ahead = known["last"]["ahead"].as_array().expect("a list");
    let next = ahead.last().expect("the next date");
    assert_eq!(
        Time(next["until_ms"].as_i64().expect("a time")).to_string(),
        known["next_at"].as_str().expect("a date")
    );
    for one in ahead {
        let number = |name: &str| one[name].as_f64().expect("a number");
        assert!(number("low") <= number("expected") && number("expected") <= number("high"));
    }
    server.end("-TERM");

    // Nobody has ordered in the last minutes: with as many orders expected as here the forecast has drifted.
    let looks = |until_ms: i64, expected: f64| json!([{"until_ms": until_ms, "expected": expected, "low": expected - 20.0, "high": expected + 20.0}]);
    let until = now_ms() - 1_000;
    change(&shop, |kept| {
        kept["last"]["at_ms"] = json!(until - 60_000);
        kept["last"]["ahead"] = looks(until, 500.0);
    });
    let server = Server::start(&shop, &["--project", "."]);
    let anew = made_after(&server, until - 1);
    assert_eq!(
        (&anew["last"]["at_ms"], &anew["last"]["why"]),
        (&json!(until), &json!("drift"))
    );
    assert_eq!(anew["before"]["has_drifted"], json!(true), "{anew}");
    assert_eq!(anew["before"]["at"], known["last"]["at"]);
    server.end("-TERM");

    // With hardly any expected it holds, and stays.
    change(&shop, |kept| {
        kept["last"]["ahead"] = looks(until + 500, 3.0)
    });
    let server = Server::start(&shop, &["--project", "."]);
    let held = known_when(&server, |known| {
        known["before"]["until_ms"] == json!(until + 500)
    });
    assert_eq!(held["before"]["has_drifted"], json!(false), "{held}");
    assert_eq!(held["last"]["at_ms"], json!(until));
    // The doctor says so, with a server and without.
    let url = server.url.clone();
    let by_url = shop.command(
        &[
            "doctor",
            "--url",
            &url,
            "--admin-key",
            crate::serving::ADMIN,
            "--output",
            "json",
        ],
        b"",
    );
    assert!(
        by_url.stdout.contains("it held; the next is due on"),
        "{}",
        by_url.stdout
    );
    server.end("-TERM");
    let by_data = shop.command(&["doctor", "--data", "data", "--output", "json"], b"");
    assert!(
        by_data.stdout.contains("`default`: bgnbd-") && by_data.stdout.contains(": it held"),
        "{}",
        by_data.stdout
    );
}

#[test]
fn a_scoring_by_a_clock_that_was_wrong_holds_up_no_other() {
    let shop = Shop::new(&format!("{PROJECT}{MORE}"));
    let server = Server::start(&shop, &["--project", "."]);
    let begun = now_ms();
    send(&shop, &server, &orders(begun));
    refit(&server, begun);
    server.end("-TERM");
    change(&shop, |kept| {
        kept["last"]["at_ms"] = json!(begun + 400 * DAY_MS);
        kept["last"]["ahead"] = json!([]);
    });
    // The next date would come in a year.
    let server = Server::start(&shop, &["--project", "."]);
    let known = known_when(&server, |known| {
        known["last"]["at_ms"]
            .as_i64()
            .is_some_and(|at| at < now_ms())
    });
    assert_eq!(known["last"]["why"], json!("its date"), "{known}");
}

#[test]
fn a_project_without_forecasts_has_none() {
    let shop = Shop::new(PROJECT);
    let server = Server::start(&shop, &["--project", "."]);
    for (status, answer) in [
        server.get("/v1/forecast"),
        server.post("/v1/forecast/refit", &json!({})),
    ] {
        assert_eq!(status, 422, "{answer}");
        assert!(
            answer["message"]
                .as_str()
                .is_some_and(|text| text.contains("`forecast`"))
        );
    }
}

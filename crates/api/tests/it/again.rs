//! Refused events of every client are driven again as what they were.

use std::sync::Arc;

use perennial_api::{ServeOptions, bind};
use serde_json::{Value, json};

use crate::client::{ADMIN, READ, Server, options, start_with};

/// Bytes of an event that the first server takes, and with which all events here are too large for it.
const SMALL: usize = 400;

fn pad() -> String {
    "x".repeat(SMALL)
}

/// What each client sends, and whose it is; none has a message id but where its protocol wants one.
fn sent() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let at = "2025-01-02T03:04:05Z";
    vec![
        (
            "POST",
            "/v1/batch",
            json!({"batch": [{"type": "track", "event": "E", "userId": "segment-1",
            "timestamp": at, "properties": {"pad": pad(), "total": 12.50}}]}),
            "segment-1",
        ),
        (
            "POST",
            "/v1/track",
            json!({"event": "E", "userId": "segment-2", "properties": {"pad": pad()}}),
            "segment-2",
        ),
        (
            "POST",
            "/api/s/s2s/track",
            json!({"event": "E", "userId": "jitsu-1", "properties": {"pad": pad()}}),
            "jitsu-1",
        ),
        (
            "POST",
            "/api/public/apps/batch",
            json!({"batch": [{"type": "track", "event": "E",
            "userId": "dittofeed-1", "messageId": "df-1", "properties": {"pad": pad()}}]}),
            "dittofeed-1",
        ),
        (
            "POST",
            "/batch",
            json!({"api_key": "wk_test_123", "batch": [{"event": "E", "distinct_id": "posthog-1",
            "properties": {"pad": pad()}}]}),
            "posthog-1",
        ),
        (
            "POST",
            "/i/v1/analytics/events",
            json!({"batch": [{"event": "E", "distinct_id": "posthog-2",
            "uuid": "0190b6f0-0000-7000-8000-000000000001", "properties": {"pad": pad()}}]}),
            "posthog-2",
        ),
        (
            "POST",
            "/api/v1/customers/customerio%2D1/events",
            json!({"name": "E", "data": {"pad": pad()}}),
            "customerio-1",
        ),
        (
            "PUT",
            "/api/v1/customers/customerio-2",
            json!({"plan": pad()}),
            "customerio-2",
        ),
        (
            "POST",
            "/api/v2/batch",
            json!({"batch": [{"type": "person", "action": "event", "name": "E",
            "identifiers": {"id": "customerio-3"}, "attributes": {"pad": pad()}}]}),
            "customerio-3",
        ),
        (
            "POST",
            "/com.snowplowanalytics.snowplow/tp2",
            json!({"data": [{"e": "se", "aid": "wk_test_123",
            "uid": "snowplow-1", "se_ca": "a", "se_ac": pad()}]}),
            "snowplow-1",
        ),
    ]
}

fn retry(server: &Server) -> Value {
    let retried = server.post("/v1/failed/retry", ADMIN, &json!({}));
    assert_eq!(retried.status, 200, "{retried:?}");
    retried.json()
}

#[test]
fn each_is_read_by_the_door_it_came_by() {
    let mut small = options();
    small.limits.event_bytes = SMALL;
    let mut server = start_with(small);
    let sent = sent();
    for (method, path, body, whose) in &sent {
        let headers = [
            ("Authorization", "Basic d2tfdGVzdF8xMjM6"),
            ("Content-Type", "application/json"),
        ];
        let reply = server.send(method, path, &headers, body.to_string().as_bytes());
        assert!(reply.status < 300, "{path} {reply:?}");
        let profile = server.get(&format!("/v1/customers/{whose}"), READ);
        assert_eq!(profile.status, 404, "{path} was taken");
    }
    // One that came in a query: it is kept without its key.
    let query = format!(
        "/i?e=se&aid=wk_test_123&uid=snowplow-2&se_ca=a&se_ac={}",
        pad()
    );
    assert_eq!(server.send("GET", &query, &[], b"").status, 200);
    let all = sent.len() as u64 + 1;
    assert_eq!(server.failed(), all);
    let failed = server.get("/v1/failed", ADMIN).json();
    let doors: Vec<&str> = failed["failed"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["door"].as_str())
        .collect();
    assert!(
        doors.contains(&"POST /api/v1/customers/customerio%2D1/events"),
        "{doors:?}"
    );
    assert!(
        doors.contains(&"GET /i") && doors.len() as u64 == all,
        "{doors:?}"
    );
    let retried = retry(&server);
    assert_eq!(
        (&retried["kept"], &retried["refused"]),
        (&json!(0), &json!(all)),
        "still too large"
    );

    // The same house behind a door that takes them.
    server.stop();
    let server = reopened(server, options());
    for round in 0..2 {
        let retried = retry(&server);
        assert_eq!(
            (&retried["kept"], &retried["refused"]),
            (&json!(all), &json!(0)),
            "round {round}"
        );
    }
    assert_eq!(server.events(), all, "driven twice, each counts once");
    for whose in sent.iter().map(|(.., whose)| *whose).chain(["snowplow-2"]) {
        let profile = server.get(&format!("/v1/customers/{whose}"), READ).json();
        assert_eq!(profile["event_count"], 1, "{whose} {profile}");
    }
    let history = server.get("/v1/customers/segment-1/history", ADMIN).json();
    assert_eq!(history["history"][0]["at"], "2025-01-02T03:04:05Z");
    assert_eq!(history["history"][0]["properties"]["total"], 12.5);
    let history = server
        .get("/v1/customers/customerio-3/history", ADMIN)
        .json();
    assert_eq!(history["history"][0]["event"], "E", "{history}");
    // What says no time happened when it came first, not when it was driven again.
    let first = server.get("/v1/customers/segment-2/history", ADMIN).json();
    let kept = failed["failed"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|one| one["door"] == "POST /v1/track")
        .map(|one| one["received_at"].clone());
    assert_eq!(Some(&first["history"][0]["at"]), kept.as_ref());
}

/// Another server over the same house.
fn reopened(mut server: Server, options: ServeOptions) -> Server {
    let bound = bind(Arc::clone(&server.house), options);
    let bound = bound.unwrap_or_else(|error| panic!("{error}"));
    server.serve(bound);
    server
}

#[test]
fn an_erasure_finds_who_stands_in_the_path() {
    let mut small = options();
    small.limits.event_bytes = SMALL;
    let server = start_with(small);
    let headers = [("Authorization", "Basic d2tfdGVzdF8xMjM6")];
    let body = json!({"name": "E", "data": {"pad": pad()}}).to_string();
    let path = "/api/v1/customers/ada%40x.org/events";
    assert_eq!(
        server.send("POST", path, &headers, body.as_bytes()).status,
        200
    );
    let known = json!({"batch": [{"type": "identify", "userId": "ada@x.org"}]});
    assert_eq!(server.batch(known.to_string().as_bytes()).status, 200);
    let erased = server
        .post("/v1/privacy/erase", ADMIN, &json!({"id": "ada@x.org"}))
        .json();
    assert_eq!(erased["erased"]["failed"], 1, "{erased}");
}

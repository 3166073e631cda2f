//! PostHog's clients.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use perennial_protocol::{Limits, Verdict, inflate};
use serde_json::{Value, json};

use crate::tools::{fault, line, only, post, send_with};

/// The line of one event in a batch.
fn of(event: &str) -> Value {
    let body = format!(r#"{{"api_key":"phc","batch":[{event}],"sentAt":"2025-06-01T10:00:10Z"}}"#);
    only(post("/batch/", &body))
}

#[test]
fn events_become_calls() {
    let kept = of(
        r#"{"event":"Order Completed","distinct_id":"u-1","uuid":"id-1","timestamp":"2025-05-01T10:00:00+00:00","properties":{"total":23.70,"$lib":"posthog-python"}}"#,
    );
    assert_eq!(
        (&kept["type"], &kept["event"]),
        (&"track".into(), &"Order Completed".into())
    );
    assert_eq!(
        (&kept["userId"], &kept["messageId"]),
        (&"u-1".into(), &"id-1".into())
    );
    assert_eq!(kept["timestamp"], "2025-05-01T10:00:00+00:00");
    assert_eq!(kept["properties"]["total"], json!(23.70));
    let kept = of(
        r#"{"event":"$identify","distinct_id":"u-1","$set":{"email":"a@b.example"},"properties":{"$anon_distinct_id":"a-1"}}"#,
    );
    assert_eq!(
        (&kept["type"], &kept["anonymousId"]),
        (&"identify".into(), &"a-1".into())
    );
    assert_eq!(kept["traits"], json!({"email": "a@b.example"}));
    let kept = of(r#"{"event":"$set","distinct_id":"u-1","properties":{"$set":{"plan":"free"}}}"#);
    assert_eq!(
        (&kept["type"], &kept["traits"]["plan"]),
        (&"identify".into(), &"free".into())
    );
    for name in ["$create_alias", "$merge_dangerously"] {
        let event =
            format!(r#"{{"event":"{name}","distinct_id":"old","properties":{{"alias":"new"}}}}"#);
        let kept = of(&event);
        assert_eq!(
            (&kept["type"], &kept["userId"], &kept["previousId"]),
            (&"alias".into(), &"old".into(), &"new".into())
        );
    }
    let kept = of(
        r#"{"event":"$groupidentify","distinct_id":"u-1","properties":{"$group_type":"company","$group_key":"acme","$group_set":{"name":"Acme"}}}"#,
    );
    assert_eq!(
        (&kept["type"], &kept["groupId"], &kept["traits"]["name"]),
        (&"group".into(), &"acme".into(), &"Acme".into())
    );
    let kept = of(
        r#"{"event":"$pageview","distinct_id":"a-1","properties":{"$device_id":"a-1","$current_url":"https://x"}}"#,
    );
    assert_eq!(
        (&kept["type"], &kept["anonymousId"]),
        (&"page".into(), &"a-1".into())
    );
    assert_eq!(kept.get("userId"), None);
    let kept =
        of(r#"{"event":"A","distinct_id":"a-1","properties":{"$process_person_profile":false}}"#);
    assert_eq!(kept["anonymousId"], "a-1");
}

#[test]
fn groups_that_nobody_is_named_with_make_no_customer() {
    let body = r#"{"batch":[{"event":"$groupidentify","distinct_id":"$company_acme","properties":{"$group_type":"company","$group_key":"acme"}}]}"#;
    let arrived = post("/batch/", body).unwrap();
    assert_eq!(
        (arrived.events.len(), arrived.ignored[0].reason),
        (0, "no_customer")
    );
}

#[test]
fn browsers_are_corrected() {
    let kept = of(r#"{"event":"A","distinct_id":"u","offset":2500,"properties":{}}"#);
    assert_eq!(kept["timestamp"], "2025-06-01T11:59:57.500Z");
    let kept = of(
        r#"{"event":"A","distinct_id":"u","timestamp":"2025-06-01T10:00:00Z","properties":{"$lib":"posthog-ios"}}"#,
    );
    assert_eq!(kept["timestamp"], "2025-06-01T11:59:50.000Z");
}

#[test]
fn bodies_come_in_all_forms() {
    let event = r#"{"event":"A","distinct_id":"u","properties":{"token":"phc"}}"#;
    let packed = STANDARD.encode(event);
    let form = format!("data={}", packed.replace('+', "%2B").replace('=', "%3D"));
    for body in [
        event.to_owned(),
        format!("[{event}]"),
        format!("  \n[{event}]"),
        format!(r#"{{"api_key":"phc","batch":[{event}]}}"#),
        form.clone(),
        format!("compression=base64&{form}"),
        format!(r#"{{"data":"{packed}"}}"#),
    ] {
        assert_eq!(only(post("/e/", &body))["event"], "A", "{body}");
    }
    // Compressed, and said to be text.
    let compressed = zstd::encode_all(event.as_bytes(), 3).unwrap();
    let inflated = inflate(&compressed, &[], 1 << 20, 1 << 20).unwrap();
    let headers = [("content-type", "text/plain")];
    let sent = send_with(
        "POST",
        "/e/?compression=gzip-js",
        &headers,
        &inflated,
        &Limits::default(),
    );
    assert_eq!(only(sent)["event"], "A");
    for (body, expected) in [
        ("", (400, "bad_json")),
        ("1", (400, "bad_json")),
        ("{}", (400, "bad_batch")),
        (r#"{"batch":{}}"#, (400, "bad_batch")),
        ("data=%%%", (400, "bad_encoding")),
        (r#"{"data":"!"}"#, (400, "bad_encoding")),
        (r#"{"data":"{\"data\":\"{}\"}"}"#, (400, "bad_encoding")),
    ] {
        assert_eq!(fault(post("/e/", body)), expected, "{body}");
    }
    let arrived = post("/e/", event).unwrap();
    assert_eq!(arrived.reply.body(&[]), r#"{"status":1}"#);
}

#[test]
fn the_first_version_hears_of_each_event() {
    let body = r#"{"created_at":"2025-06-01T12:00:00Z","batch":[
        {"event":"A","uuid":"1","distinct_id":"u","timestamp":"2025-06-01T11:00:00Z","options":{},"properties":{}},
        {"event":"A","uuid":"2","distinct_id":7,"options":{},"properties":{}},
        {"event":"B","uuid":"3","distinct_id":"u","options":{"process_person_profile":false},"properties":{}},
        {"event":"B","uuid":"4","distinct_id":"u","timestamp":"soon","properties":{}}]}"#;
    let arrived = post("/i/v1/analytics/events", body).unwrap();
    assert!(arrived.reply.takes_verdicts());
    assert_eq!(line(&arrived, 1)["anonymousId"], "u");
    let reply = arrived
        .reply
        .body(&[Verdict::Duplicate, Verdict::Retry, Verdict::Kept]);
    let reply: Value = serde_json::from_str(&reply).unwrap();
    let result = |uuid: &str| reply["results"][uuid]["result"].clone();
    assert_eq!(
        ["1", "2", "3", "4"].map(result),
        ["ok", "drop", "retry", "warning"].map(Value::from)
    );
    assert!(
        reply["results"]["2"]["details"]
            .as_str()
            .unwrap()
            .contains("bad_id")
    );
}

#[test]
fn settings_are_json() {
    for (method, target) in [
        ("GET", "/array/phc_x/config"),
        ("POST", "/flags/?v=2"),
        ("GET", "/v1/projects/wk/settings"),
        ("GET", "/sourceConfig/?writeKey=wk"),
    ] {
        let headers = [("host", "events.example:7700")];
        let arrived = send_with(method, target, &headers, b"", &Limits::default()).unwrap();
        let body: Value = serde_json::from_str(&arrived.reply.body(&[])).unwrap();
        assert!(body.is_object(), "{target}");
        if target.contains("projects") {
            assert_eq!(
                body["integrations"]["Segment.io"]["apiHost"],
                "events.example:7700/v1"
            );
        }
    }
    let script = send_with("GET", "/array/a'b/config.js", &[], b"", &Limits::default()).unwrap();
    assert!(!script.reply.body(&[]).contains("['a'b']"));
}

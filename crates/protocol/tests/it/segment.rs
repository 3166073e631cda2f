//! Segment's protocol: batches and single calls, what is added, what is refused.

use perennial_protocol::{Limits, Verdict};
use serde_json::json;

use crate::tools::{fault, line, only, post, send_with};

#[test]
fn a_batch_keeps_its_calls_and_gets_what_was_missing() {
    let body = r#"{"batch":[
        {"type":"track","event":"Order Completed","userId":"u-1","messageId":"m-1",
         "timestamp":"2025-05-01T10:00:00.000+00:00","properties":{"total":12345678901234567890.10}},
        {"type":"identify","userId":null,"anonymousId":"a-1","traits":{"age":41},"context":{"x":1}}
      ],"sentAt":"2025-06-01T11:59:59Z","writeKey":"k","context":{"ip":"203.0.113.7"}}"#;
    let arrived = post("/v1/batch", body).unwrap();
    assert_eq!(arrived.events.len(), 2);
    assert_eq!(arrived.events[0].message_id, "m-1");
    assert!(arrived.events[0].message_id_given);
    assert!(arrived.events[0].line.contains("12345678901234567890.10"));
    let first = line(&arrived, 0);
    assert_eq!(first["receivedAt"], "2025-06-01T12:00:00.000Z");
    assert_eq!(first["sentAt"], "2025-06-01T11:59:59Z");
    assert_eq!(first["timestamp"], "2025-05-01T10:00:00.000+00:00");
    assert_eq!(first["context"], json!({"ip": "203.0.113.7"}));
    let second = line(&arrived, 1);
    assert_eq!(second["messageId"], "fresh-1");
    assert!(!arrived.events[1].message_id_given);
    assert_eq!(second["timestamp"], "2025-06-01T12:00:00.000Z");
    assert_eq!(second["context"], json!({"x": 1}));
    assert_eq!(arrived.reply.body(&[Verdict::Kept]), r#"{"success":true}"#);
}

#[test]
fn one_bad_event_does_not_sink_the_batch() {
    let body = r#"{"batch":[{"type":"track","userId":"u","event":"A"}, {"type":"track","userId":1,"event":"A","messageId":"m"}]}"#;
    let arrived = post("/v1/batch", body).unwrap();
    assert_eq!(arrived.events.len(), 1);
    let refused = &arrived.refused[0];
    assert_eq!((refused.index, refused.code), (1, "bad_id"));
    assert_eq!(
        refused.original,
        r#"{"type":"track","userId":1,"event":"A","messageId":"m"}"#
    );
    assert_eq!(
        arrived.reply.body(&[]),
        r#"{"success":true,"errors":[{"index":1,"message_id":"m","code":"bad_id","message":"`userId` must be a string"}]}"#
    );
}

#[test]
fn what_is_no_batch_is_a_fault() {
    let deep = "[".repeat(100_000);
    for (body, expected) in [
        ("", (400, "bad_json")),
        ("  \n", (400, "bad_json")),
        ("hello", (400, "bad_json")),
        (r#"{"batch":[{"type":"track""#, (400, "bad_json")),
        ("[]", (400, "bad_json")),
        ("null", (400, "bad_json")),
        ("1", (400, "bad_json")),
        ("{}", (400, "bad_batch")),
        (r#"{"batch":{}}"#, (400, "bad_batch")),
        (r#"{"batch":null}"#, (400, "bad_batch")),
        (r#"{"batch":[]} x"#, (400, "bad_json")),
        (r#"{"batch":[NaN]}"#, (400, "bad_json")),
        (r#"{"batch":[{"a":Infinity}]}"#, (400, "bad_json")),
        (&deep, (400, "too_deep")),
    ] {
        assert_eq!(fault(post("/v1/batch", body)), expected, "{body:.60}");
    }
    let empty = post("/v1/batch", r#"{"batch":[]}"#).unwrap();
    assert_eq!((empty.events.len(), empty.refused.len()), (0, 0));
    let bytes = |bytes: &[u8]| {
        fault(send_with(
            "POST",
            "/v1/batch",
            &[],
            bytes,
            &Limits::default(),
        ))
    };
    assert_eq!(bytes(b"{\"batch\":[\xFF]}"), (400, "bad_encoding"));
    assert_eq!(bytes(b"{\0\"\0b\0"), (400, "bad_json"));
    assert_eq!(fault(post("/nowhere", "{}")).0, 404);
}

#[test]
fn a_browser_s_clock_is_corrected() {
    let of = |target: &str, library: &str| {
        let body = format!(
            r#"{{"event":"A","anonymousId":"a","timestamp":"2025-06-01T10:00:00Z","sentAt":"2025-06-01T10:00:03Z","context":{{"library":{{"name":"{library}"}}}}}}"#
        );
        let line = only(post(target, &body));
        assert_eq!(line["type"], "track");
        line
    };
    let corrected = of("/v1/t", "analytics.js");
    assert_eq!(corrected["timestamp"], "2025-06-01T11:59:57.000Z");
    assert_eq!(corrected["originalTimestamp"], "2025-06-01T10:00:00Z");
    assert_eq!(of("/v1/track/", "analytics-ios"), {
        let mut line = corrected.clone();
        line["context"]["library"]["name"] = "analytics-ios".into();
        line
    });
    let trusted = of("/v1/track", "analytics-node");
    assert_eq!(trusted["timestamp"], "2025-06-01T10:00:00Z");
}

//! Jitsu, RudderStack and Dittofeed: Segment's calls with ways of their own.

use perennial_protocol::{Limits, Verdict};

use crate::tools::{NOW, line, only, post, send_with};

#[test]
fn jitsu_sends_one_event_and_wants_json() {
    let body = r#"{"type":"track","event":"Product Viewed","userId":null,"anonymousId":"a-1",
        "timestamp":"2025-06-01T09:00:00.000Z","sentAt":"2025-06-01T09:00:01.000Z","messageId":"m",
        "writeKey":"wk:***","context":{"library":{"name":"@jitsu/js","version":"1.11.0","env":"ENV"}}}"#;
    let of = |target: &str, env: &str| only(post(target, &body.replace("ENV", env)));
    let server = of("/api/s/s2s/track", "node");
    assert_eq!(server["timestamp"], "2025-06-01T09:00:00.000Z");
    assert_eq!(
        of("/api/s/track", "node")["timestamp"],
        "2025-06-01T09:00:00.000Z"
    );
    let browser = of("/api/s/track", "browser");
    assert_eq!(browser["timestamp"], "2025-06-01T11:59:59.000Z");
    let arrived = post("/api/s/track", body).unwrap();
    assert_eq!(arrived.reply.body(&[Verdict::Kept]), r#"{"ok":true}"#);
    assert_eq!(
        (arrived.reply.status(), arrived.reply.content_type()),
        (200, "application/json")
    );
}

#[test]
fn rudderstack_says_some_things_in_headers() {
    // a-77 in base64.
    let headers = [
        ("AnonymousId", "YS03Nw=="),
        ("SentAt", "2025-06-01T10:00:05Z"),
    ];
    let body = r#"{"type":"track","event":"A","userId":"","channel":"web","originalTimestamp":"2025-06-01T10:00:00Z"}"#;
    let sent = send_with(
        "POST",
        "/v1/track",
        &headers,
        body.as_bytes(),
        &Limits::default(),
    );
    let kept = only(sent);
    assert_eq!(kept["anonymousId"], "a-77");
    assert_eq!(kept["sentAt"], "2025-06-01T10:00:05Z");
    assert_eq!(kept["timestamp"], "2025-06-01T11:59:55.000Z");
}

#[test]
fn a_server_s_old_sent_at_corrects_nothing() {
    let body = r#"{"batch":[{"type":"identify","userId":"u","originalTimestamp":"2025-06-01T09:00:00Z",
        "context":{"traits":{"plan":"free"},"library":{"name":"@rudderstack/rudder-sdk-node"}}}],
        "sentAt":"2025-06-01T09:00:01Z"}"#;
    let arrived = post("/v1/batch", body).unwrap();
    assert_eq!(line(&arrived, 0)["timestamp"], "2025-06-01T09:00:00.000Z");
    assert_eq!(line(&arrived, 0)["context"]["traits"]["plan"], "free");
    assert!(arrived.events[0].at < NOW);
}

#[test]
fn dittofeed_sends_batches() {
    let body = r#"{"batch":[{"type":"track","event":"A","userId":"u","messageId":"m"}]}"#;
    let arrived = post("/api/public/apps/batch", body).unwrap();
    assert_eq!(arrived.events.len(), 1);
    assert_eq!(arrived.reply.body(&[]), r#"{"success":true}"#);
}

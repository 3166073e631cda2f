//! What holds for any bytes at all.

use std::collections::BTreeMap;

use perennial_protocol::{Limits, MAX_BODY_DEPTH, inflate};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::tools::{post, send_with};

const TARGETS: [(&str, &str); 12] = [
    ("POST", "/v1/batch"),
    ("POST", "/v1/t"),
    ("POST", "/api/s/track"),
    ("POST", "/e/"),
    ("POST", "/i/v1/analytics/events"),
    ("PUT", "/api/v1/customers/u"),
    ("POST", "/api/v2/batch"),
    ("POST", "/api/v1/merge_customers"),
    ("POST", "/com.snowplowanalytics.snowplow/tp2"),
    ("GET", "/i?e=pv&duid=%C3%28&x=%"),
    ("POST", "/webhooks/shopify"),
    ("POST", "/webhooks/stripe"),
];

/// Sends a body to every door; whatever arrives is one line of JSON.
fn send_everywhere(body: &[u8]) {
    for (method, target) in TARGETS {
        let headers = [("x-shopify-topic", "orders/create")];
        let Ok(arrived) = send_with(method, target, &headers, body, &Limits::default()) else {
            continue;
        };
        for event in &arrived.events {
            assert!(!event.line.contains(['\n', '\r']));
            let line: Result<Map<String, Value>, _> = serde_json::from_str(&event.line);
            let line = line.unwrap_or_else(|error| panic!("{target}: {error}: {}", event.line));
            assert_eq!(line["messageId"], *event.message_id);
            assert_eq!(line["type"], event.kind.name());
        }
        let reply = arrived.reply.body(&[]);
        assert!(serde_json::from_str::<Value>(&reply).is_ok(), "{reply}");
    }
}

/// JSON of any shape, with keys that mean something here and there.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
        prop::sample::select(vec![
            "track",
            "page",
            "u-1",
            "2025-05-01T10:00:00Z",
            "$identify",
            "pv"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            btree_map(key(), inner, 0..7).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "type",
            "event",
            "userId",
            "anonymousId",
            "messageId",
            "timestamp",
            "sentAt",
            "batch",
            "properties",
            "traits",
            "context",
            "library",
            "distinct_id",
            "uuid",
            "data",
            "e",
            "duid",
            "identifiers",
            "id",
            "object",
            "action",
            "name",
            "originalTimestamp",
            "customer",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,6}",
    ]
}

/// A text with one piece of it changed.
fn damaged(text: String) -> impl Strategy<Value = Vec<u8>> {
    let length = text.len();
    let pieces = vec![
        "", "{", "}", "[", "]", ",", ":", "\"", "\\", "\\ud800", "\u{1}", "1e", "-", "\u{feff}",
    ];
    (0..=length, 0..8_usize, prop::sample::select(pieces)).prop_map(move |(at, cut, piece)| {
        let bytes = text.as_bytes();
        let end = (at + cut).min(length);
        [&bytes[..at], piece.as_bytes(), &bytes[end..]].concat()
    })
}

/// Whether a body is JSON, as the scanner of batches sees it.
fn is_read(text: &str) -> bool {
    post("/v1/batch", &format!(r#"{{"batch":[],"x":{text}}}"#)).is_ok()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_do_harm(bytes in vec(any::<u8>(), 0..200)) {
        send_everywhere(&bytes);
        let _ = inflate(&bytes, &[], 1 << 16, 1 << 16);
        for coding in ["gzip", "deflate", "zstd"] {
            let _ = inflate(&bytes, &[coding], 1 << 16, 1 << 16);
        }
    }

    #[test]
    fn no_json_does_harm(value in value()) {
        let text = value.to_string();
        send_everywhere(text.as_bytes());
        send_everywhere(format!(r#"{{"batch":[{text}],"data":[{text}]}}"#).as_bytes());
        send_everywhere(format!(r#"{{"id":"x","type":"charge.refunded","data":{{"object":{text}}}}}"#).as_bytes());
    }

    #[test]
    fn what_is_json_is_agreed_on(bytes in value().prop_flat_map(|value| damaged(value.to_string()))) {
        if let Ok(text) = String::from_utf8(bytes) {
            // RawValue is JSON by its grammar alone, whatever the size of numbers.
            let expected = serde_json::from_str::<&RawValue>(&text).is_ok();
            prop_assert_eq!(is_read(&text), expected, "{}", text);
        }
    }

    #[test]
    fn a_line_is_the_event_and_what_we_add(
        members in btree_map(key(), value(), 0..8),
        folded in any::<bool>(),
    ) {
        let mut event: Map<String, Value> = members.into_iter().collect();
        for (key, value) in [("type", "track"), ("event", "A"), ("userId", "u-1")] {
            event.insert(key.to_owned(), value.into());
        }
        for key in ["anonymousId", "messageId", "previousId"] {
            event.remove(key);
        }
        let write = if folded { serde_json::to_string_pretty } else { serde_json::to_string };
        let body = format!(r#"{{"batch":[{}]}}"#, write(&event).expect("JSON is written"));
        let arrived = post("/v1/batch", &body).expect("the batch is good");
        prop_assert_eq!(&arrived.refused, &[]);
        let line = &arrived.events[0].line;
        let mut kept: BTreeMap<String, Value> = serde_json::from_str(line).expect("a line is JSON");
        prop_assert!(kept.remove("receivedAt").is_some());
        prop_assert!(kept.remove("messageId").is_some());
        let mut sent: BTreeMap<String, Value> = event.into_iter().collect();
        sent.remove("receivedAt");
        if sent.get("timestamp") != kept.get("timestamp") {
            kept.remove("timestamp");
            let moved = kept.remove("originalTimestamp");
            let was = sent.remove("timestamp");
            let original = sent.remove("originalTimestamp");
            // Null counts as absent, so it may be replaced or left.
            let there = |value: Option<Value>| value.filter(|value| !value.is_null());
            prop_assert_eq!(there(moved), there(original).or(there(was)));
        }
        prop_assert_eq!(kept, sent);
    }
}

#[test]
fn deep_bodies_end_at_their_limit() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    // The body's own object is a level too.
    assert!(is_read(&deep(MAX_BODY_DEPTH - 1)));
    assert!(!is_read(&deep(MAX_BODY_DEPTH)));
}

//! Events that nobody should send, one by one: each harms itself alone.

use perennial_protocol::{Limits, warnings};
use serde_json::json;
use serde_json::value::RawValue;

use crate::tools::{line, only, post, send_with};

/// The code with which a batch refuses an event, or `kept`.
fn verdict(event: &str) -> &'static str {
    let body = format!(r#"{{"batch":[{event},{{"type":"track","event":"Canary","userId":"c"}}]}}"#);
    let arrived = post("/v1/batch", &body).unwrap_or_else(|fault| panic!("{fault:?}: {event:.80}"));
    let canary = arrived.events.last().expect("the canary is kept");
    assert_eq!(canary.index, 1, "the canary is kept: {event:.80}");
    match arrived.refused.as_slice() {
        [] => {
            let line = serde_json::from_str::<&RawValue>(&arrived.events[0].line);
            assert!(line.is_ok(), "a line is JSON: {event:.80}");
            "kept"
        }
        [refused] => {
            assert_eq!(refused.original, event, "kept byte for byte");
            let reply = arrived.reply.body(&[]);
            assert!(reply.contains(refused.code) && reply.contains("\"index\":0"));
            refused.code
        }
        more => panic!("{more:?}"),
    }
}

fn with_id(id: &str) -> String {
    format!(r#"{{"type":"track","event":"A","userId":{id}}}"#)
}

fn with(member: &str) -> String {
    format!(r#"{{"type":"track","event":"A","userId":"u",{member}}}"#)
}

#[test]
fn each_bad_event_has_its_code() {
    let long = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
    let deep = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
    let many: Vec<String> = (0..2_001).map(|number| format!("\"{number}\":1")).collect();
    for (event, expected) in [
        // What is no event.
        ("1".to_owned(), "not_an_object"),
        ("null".to_owned(), "not_an_object"),
        ("[]".to_owned(), "not_an_object"),
        ("\"x\"".to_owned(), "not_an_object"),
        ("{}".to_owned(), "unknown_type"),
        (r#"{"userId":"u"}"#.to_owned(), "unknown_type"),
        (r#"{"type":7,"userId":"u"}"#.to_owned(), "unknown_type"),
        (
            r#"{"type":"delete","userId":"u"}"#.to_owned(),
            "unknown_type",
        ),
        (
            r#"{"type":"track","userId":"u"}"#.to_owned(),
            "missing_event",
        ),
        (
            r#"{"type":"track","userId":"u","event":" "}"#.to_owned(),
            "missing_event",
        ),
        (
            r#"{"type":"track","userId":"u","event":7}"#.to_owned(),
            "bad_event",
        ),
        // Who it was.
        (r#"{"type":"page"}"#.to_owned(), "missing_id"),
        (
            r#"{"type":"page","userId":null,"anonymousId":null}"#.to_owned(),
            "missing_id",
        ),
        (r#"{"type":"alias","userId":"u"}"#.to_owned(), "missing_id"),
        (
            r#"{"type":"alias","previousId":"u"}"#.to_owned(),
            "missing_id",
        ),
        (
            r#"{"type":"alias","previousId":"a","userId":"u"}"#.to_owned(),
            "kept",
        ),
        (with_id("7"), "bad_id"),
        (with_id("true"), "bad_id"),
        (with_id("{}"), "bad_id"),
        (with_id("[\"u\"]"), "bad_id"),
        (with_id("\"\""), "missing_id"),
        (with_id("\"   \""), "missing_id"),
        (with_id(&long(512)), "kept"),
        (with_id(&long(513)), "too_long"),
        (with_id(&long(30_000)), "too_long"),
        (with_id(r#""a\u0000b""#), "bad_id"),
        (with_id(r#""a\nb""#), "bad_id"),
        (with_id("\"a\u{202e}b\""), "bad_id"),
        (with_id(r#""a\u202eb""#), "bad_id"),
        (with_id("\"a\u{85}b\""), "bad_id"),
        (with_id(r#""\ud800""#), "bad_id"),
        (with_id(r#""\ud83c\udf31""#), "kept"),
        (with_id("\"Zoë Müller\""), "kept"),
        // Placeholders are kept; who is joined to whom is decided elsewhere.
        (with_id("\"undefined\""), "kept"),
        (with_id("\"[object Object]\""), "kept"),
        (with(r#""anonymousId":7"#), "bad_id"),
        (with(r#""anonymousId":"""#), "kept"),
        // Message ids.
        (with(r#""messageId":null"#), "kept"),
        (with(r#""messageId":"""#), "bad_message_id"),
        (with(r#""messageId":7"#), "bad_message_id"),
        (with(r#""messageId":"a\nb""#), "bad_message_id"),
        (with(&format!(r#""messageId":{}"#, long(256))), "kept"),
        (with(&format!(r#""messageId":{}"#, long(257))), "too_long"),
        // Sizes.
        (with(&format!(r#""event":{}"#, long(512))), "kept"),
        (with(&format!(r#""event":{}"#, long(513))), "too_long"),
        (with(&format!(r#""p":{}"#, long(32 * 1024))), "too_large"),
        (with(&format!(r#""p":{}"#, deep(63))), "kept"),
        (with(&format!(r#""p":{}"#, deep(64))), "too_deep"),
        (
            with(&format!(r#""p":{{{}}}"#, many.join(","))),
            "too_many_keys",
        ),
        // Plain data.
        (with(r#""__proto__":{"a":1},"constructor":1"#), "kept"),
        (
            with(r#""properties":{"a":1e400,"b":-0,"c":1234567890123456789012345678901234567890}"#),
            "kept",
        ),
    ] {
        assert_eq!(verdict(&event), expected, "{event:.100}");
    }
}

#[test]
fn of_equal_keys_the_last_one_counts() {
    assert_eq!(
        verdict(r#"{"type":"track","event":"A","userId":"u","userId":7}"#),
        "bad_id"
    );
    assert_eq!(
        verdict(r#"{"type":"track","event":"A","userId":"u","user\u0049d":7}"#),
        "bad_id",
        "a key written with escapes is the same key"
    );
    assert_eq!(
        verdict(r#"{"type":"track","event":"A","userId":7,"userId":"u"}"#),
        "kept"
    );
}

#[test]
fn numbers_stay_as_they_are_written() {
    let body = r#"{"batch":[{"type":"track","event":"A","userId":"u","properties":{"a":1e400,"b":-0,"c":1234567890123456789012345678901234567890,"d":0.10}}]}"#;
    let arrived = post("/v1/batch", body).unwrap();
    let kept = r#"{"a":1e400,"b":-0,"c":1234567890123456789012345678901234567890,"d":0.10}"#;
    assert!(arrived.events[0].line.contains(kept));
}

#[test]
fn times_that_cannot_be_are_replaced() {
    let comment = format!("\"Sat, 1 Jan 2022 {}\"", "(".repeat(20_000));
    for raw in [
        "\"0000-01-01T00:00:00Z\"",
        "\"9999-12-31T23:59:59Z\"",
        "\"+12025-01-01T00:00:00Z\"",
        "-1",
        "\"-62135596800000\"",
        "1000000000000000000",
        "1e400",
        "\"yesterday\"",
        "\"\"",
        "true",
        "{}",
        &comment,
    ] {
        let event = with(&format!("\"timestamp\":{raw}"));
        let body = format!(r#"{{"batch":[{event}]}}"#);
        let arrived = post("/v1/batch", &body).unwrap();
        assert_eq!(
            arrived.events[0].warnings,
            [warnings::TIME_REPLACED],
            "{raw:.60}"
        );
        assert!(
            arrived.events[0].line.ends_with(&format!(
                r#","timestamp":"2025-06-01T12:00:00.000Z","originalTimestamp":{raw}}}"#
            )),
            "{raw:.60}"
        );
    }
    for (raw, expected) in [
        ("\"2035-06-01T12:00:00Z\"", "2035-06-01T12:00:00Z"),
        (
            "\"2025-05-01T12:00:00.123456+02:00\"",
            "2025-05-01T12:00:00.123456+02:00",
        ),
        ("1746093600", "2025-05-01T10:00:00.000Z"),
        ("1746093600123", "2025-05-01T10:00:00.123Z"),
        ("\"2025-05-01 10:00:00\"", "2025-05-01T10:00:00.000Z"),
        ("null", "2025-06-01T12:00:00.000Z"),
    ] {
        let body = format!(r#"{{"batch":[{}]}}"#, with(&format!("\"timestamp\":{raw}")));
        let kept = only(post("/v1/batch", &body));
        assert_eq!(kept["timestamp"], expected, "{raw}");
    }
}

#[test]
fn an_instant_without_any_time_is_that_of_the_server() {
    let kept = only(post(
        "/v1/track",
        r#"{"event":"A","userId":"u","receivedAt":"1999-01-01T00:00:00Z"}"#,
    ));
    assert_eq!(kept["timestamp"], "2025-06-01T12:00:00.000Z");
    assert_eq!(
        kept["receivedAt"], "2025-06-01T12:00:00.000Z",
        "the client's is overridden"
    );
}

#[test]
fn broken_letters_are_mended_and_said() {
    let arrived = post(
        "/v1/track",
        "{\"event\":\"A\",\n\"userId\":\"u\",\r\n\"properties\":{\"t\":\"cut \\ud83c\"}}",
    )
    .unwrap();
    assert_eq!(arrived.events[0].warnings, [warnings::TEXT_MENDED]);
    assert_eq!(
        line(&arrived, 0)["properties"],
        json!({"t": "cut \u{fffd}"})
    );
}

#[test]
fn a_batch_has_its_limits() {
    let limits = Limits {
        batch_events: 2,
        body_bytes: 400,
        ..Limits::default()
    };
    let of = |count: usize| {
        let events = vec![r#"{"type":"page","userId":"u"}"#; count].join(",");
        let body = format!(r#"{{"batch":[{events}]}}"#);
        let sent = send_with("POST", "/v1/batch", &[], body.as_bytes(), &limits);
        sent.map(|arrived| arrived.events.len())
            .map_err(|fault| (fault.status, fault.code))
    };
    assert_eq!(of(2), Ok(2));
    assert_eq!(of(3), Err((413, "too_many_events")));
    assert_eq!(of(30), Err((413, "too_large")));
}

#[test]
fn what_is_copied_into_each_event_is_small() {
    let of = |member: &str| {
        let body = format!(r#"{{"batch":[{{"type":"page","userId":"u"}}],{member}}}"#);
        post("/v1/batch", &body).map_err(|fault| (fault.status, fault.code))
    };
    let long = "x".repeat(9_000);
    let context = of(&format!(r#""context":{{"x":"{long}"}}"#));
    assert_eq!(context.unwrap_err(), (413, "too_large"));
    let deep = format!("{}{}", "[".repeat(64), "]".repeat(64));
    let context = of(&format!(r#""context":{{"x":{deep}}}"#));
    assert_eq!(context.unwrap_err(), (400, "too_deep"));
    for sent in [r#""\ud800""#, &format!(r#""{long}""#), "{\n}", "7", "true"] {
        let arrived = of(&format!(r#""sentAt":{sent}"#)).unwrap();
        let has_sent = line(&arrived, 0).get("sentAt").is_some();
        assert_eq!(has_sent, sent == "7", "{sent:.20}");
    }
}

#[test]
fn a_mark_at_the_beginning_is_taken() {
    let kept = only(post(
        "/v1/track",
        "\u{feff}{\"event\":\"A\",\"userId\":\"u\"}",
    ));
    assert_eq!(kept["event"], "A");
}

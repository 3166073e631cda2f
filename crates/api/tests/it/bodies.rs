//! Bad bodies, each with its answer, its reason kept, and a good event after it: cases 1 to 30.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::client::{ADMIN, Server, start};

fn track(more: &Value) -> Value {
    let mut event = json!({"type": "track", "event": "Seen", "userId": "u1"});
    if let (Some(event), Some(more)) = (event.as_object_mut(), more.as_object()) {
        event.extend(more.clone());
    }
    event
}

fn batch(events: &[Value]) -> Vec<u8> {
    json!({"batch": events}).to_string().into_bytes()
}

/// A body that is refused as a whole, with its status and code; nothing of it is kept.
fn refused(server: &Server, case: &str, body: &[u8], status: u16, code: &str) {
    let (events, failed) = (server.events(), server.failed());
    let reply = server.batch(body);
    assert!(
        reply.refuses(status, code),
        "{case}: {}",
        short(&reply.text())
    );
    assert_eq!(
        (server.events(), server.failed()),
        (events, failed),
        "{case}: nothing is kept"
    );
    server.canary(case);
}

/// One bad event between two good ones: they are kept, it is refused with its code, byte for byte.
fn one_bad(server: &Server, case: &str, bad: &str, code: &str) {
    let (events, failed) = (server.events(), server.failed());
    let good = |at: &str| track(&json!({"messageId": format!("{case}-{at}")})).to_string();
    let body = format!("{{\"batch\":[{},{bad},{}]}}", good("a"), good("b"));
    let reply = server.batch(body.as_bytes());
    assert_eq!(reply.status, 200, "{case}: {}", short(&reply.text()));
    let answer = reply.json();
    let listed = &answer["errors"][0];
    assert_eq!(
        (&listed["index"], &listed["code"]),
        (&json!(1), &json!(code)),
        "{case}: {answer}"
    );
    assert_eq!(
        (server.events(), server.failed()),
        (events + 2, failed + 1),
        "{case}"
    );
    let kept = server.get("/v1/failed?limit=1", ADMIN).json();
    let kept = &kept["failed"][0];
    assert_eq!(kept["code"], code, "{case}");
    assert_eq!(
        kept["original"].as_str(),
        Some(bad),
        "{case}: kept byte for byte"
    );
    server.canary(case);
}

/// An event that is strange and yet kept.
fn kept(server: &Server, case: &str, event: &str) {
    let (events, failed) = (server.events(), server.failed());
    let reply = server.batch(format!("{{\"batch\":[{event}]}}").as_bytes());
    assert_eq!(reply.status, 200, "{case}: {}", short(&reply.text()));
    assert_eq!(
        (server.events(), server.failed()),
        (events + 1, failed),
        "{case}"
    );
    server.canary(case);
}

fn short(text: &str) -> String {
    text.chars().take(300).collect()
}

#[test]
fn bodies_that_are_no_batch_are_refused_whole() {
    let server = start();
    let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
    let deep = [&b"{\"batch\":"[..], &deep, b"}"].concat();
    let wide: String = (0..200_000).map(|at| format!("\"k{at}\":1,")).collect();
    let wide = format!("{{{wide}\"batch\":1}}");
    let cases: [(&str, &[u8], u16, &str); 14] = [
        ("1 empty", b"", 400, "bad_json"),
        ("2 no JSON", b"hello", 400, "bad_json"),
        (
            "3 cut off",
            b"{\"batch\":[{\"type\":\"track\"",
            400,
            "bad_json",
        ),
        ("4 list", b"[]", 400, "bad_json"),
        ("4 number", b"7", 400, "bad_json"),
        ("4 null", b"null", 400, "bad_json"),
        ("5 no batch", b"{}", 400, "bad_batch"),
        ("5 batch is no list", b"{\"batch\":{}}", 400, "bad_batch"),
        (
            "15 no UTF-8",
            b"{\"batch\":[\"\xff\xfe\"]}",
            400,
            "bad_encoding",
        ),
        ("16 UTF-16", b"\xff\xfe{\x00}\x00", 400, "bad_encoding"),
        ("17 deep", &deep, 400, "too_deep"),
        ("18 many keys", wide.as_bytes(), 400, "bad_batch"),
        ("21 NaN", b"{\"batch\":[NaN]}", 400, "bad_json"),
        (
            "21 Infinity",
            b"{\"batch\":[{\"a\":Infinity}]}",
            400,
            "bad_json",
        ),
    ];
    for (case, body, status, code) in cases {
        refused(&server, case, body, status, code);
    }
    let (events, failed) = (server.events(), server.failed());
    assert_eq!(
        server.batch(b"{\"batch\":[]}").status,
        200,
        "6 an empty batch is one"
    );
    let marked = [&b"\xef\xbb\xbf"[..], &batch(&[])].concat();
    assert_eq!(
        server.batch(&marked).status,
        200,
        "16 a mark of UTF-8 is no fault"
    );
    assert_eq!((server.events(), server.failed()), (events, failed));
    server.canary("6 empty batch");
}

#[test]
fn one_bad_event_harms_only_itself() {
    let server = start();
    let long = "x".repeat(64 * 1024);
    let name = "n".repeat(1024 * 1024);
    let with = |more: Value| track(&more).to_string();
    let many: String = (0..2100).map(|at| format!(",\"k{at}\":1")).collect();
    let cases = [
        ("7 text", "\"hello\"".to_owned(), "not_an_object"),
        ("7 list", "[1]".to_owned(), "not_an_object"),
        (
            "8 no type",
            json!({"userId": "u"}).to_string(),
            "unknown_type",
        ),
        (
            "8 unknown type",
            with(json!({"type": "shout"})),
            "unknown_type",
        ),
        (
            "8 type is a number",
            with(json!({"type": 1})),
            "unknown_type",
        ),
        (
            "9 nobody",
            json!({"type": "track", "event": "E"}).to_string(),
            "missing_id",
        ),
        ("10 number", with(json!({"userId": 7})), "bad_id"),
        ("10 truth", with(json!({"userId": true})), "bad_id"),
        ("10 object", with(json!({"userId": {}})), "bad_id"),
        ("10 list", with(json!({"userId": ["a"]})), "bad_id"),
        ("11 empty", with(json!({"userId": ""})), "missing_id"),
        ("11 spaces", with(json!({"userId": "   "})), "missing_id"),
        (
            "13 long",
            with(json!({"userId": long.get(..2000)})),
            "too_long",
        ),
        (
            "18 many keys in an event",
            format!("{{\"type\":\"track\"{many}}}"),
            "too_many_keys",
        ),
        (
            "24 long name",
            with(json!({"event": name.get(..1000)})),
            "too_long",
        ),
        (
            "24 very long name",
            with(json!({"event": name})),
            "too_large",
        ),
        (
            "25 large event",
            with(json!({"properties": {"p": long}})),
            "too_large",
        ),
        (
            "29 long id",
            with(json!({"messageId": long.get(..2000)})),
            "too_long",
        ),
        ("29 number", with(json!({"messageId": 1})), "bad_message_id"),
        (
            "29 newline",
            with(json!({"messageId": "a\nb"})),
            "bad_message_id",
        ),
    ];
    for (case, bad, code) in cases {
        one_bad(&server, case, &bad, code);
    }
}

#[test]
fn strange_events_are_kept_as_they_are() {
    let server = start();
    for id in ["null", "undefined", "anonymous", "0", "[object Object]"] {
        kept(
            &server,
            "12 placeholder",
            &track(&json!({"userId": id})).to_string(),
        );
    }
    kept(
        &server,
        "19 twice",
        r#"{"type":"track","event":"A","event":"B","userId":"u"}"#,
    );
    kept(
        &server,
        "20 prototypes",
        r#"{"type":"track","event":"A","userId":"u","properties":{"__proto__":{"a":1},"constructor":2}}"#,
    );
    kept(
        &server,
        "21 numbers",
        r#"{"type":"track","event":"A","userId":"u","properties":{"a":1e400,"b":-0,"c":1234567890123456789012345678901234567890}}"#,
    );
    for at in [
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "-5",
        "1e18",
        "soon",
        "99999999999999999999",
    ] {
        kept(
            &server,
            "22 time",
            &track(&json!({"timestamp": at})).to_string(),
        );
    }
    let comment = format!("Mon, 01 Jan 2024 00:00:00 +0000 ({})", "(".repeat(20_000));
    kept(
        &server,
        "22 comment",
        &track(&json!({"timestamp": comment})).to_string(),
    );
    kept(
        &server,
        "23 future",
        &track(&json!({"timestamp": "2036-01-01T00:00:00Z"})).to_string(),
    );
    for at in 0..20 {
        let name = format!("p{at}");
        kept(
            &server,
            "30 names",
            &track(&json!({"properties": {name: 1}})).to_string(),
        );
    }
}

#[test]
fn ids_with_nul_and_half_letters_are_never_cut() {
    let server = start();
    let (events, failed) = (server.events(), server.failed());
    for id in [r"a\u0000b", r"\ud800", r"x\udfffy", r"a\u202eb"] {
        let event = format!(r#"{{"type":"track","event":"E","userId":"{id}"}}"#);
        let reply = server.batch(format!("{{\"batch\":[{event}]}}").as_bytes());
        assert_eq!(reply.status, 200, "14 {id}");
    }
    assert_eq!(server.events() + server.failed(), events + failed + 4);
    assert_eq!(
        server.get("/v1/customers/a", ADMIN).status,
        404,
        "not cut at NUL"
    );
    server.canary("14 NUL");
}

#[test]
fn a_message_counts_once_and_another_under_its_id_is_noticed() {
    let server = start();
    let first = track(&json!({"messageId": "m1", "properties": {"v": 1}}));
    let other = track(&json!({"messageId": "m1", "properties": {"v": 2}}));
    for _ in 0..3 {
        assert_eq!(
            server.batch(&batch(&[first.clone(), first.clone()])).status,
            200
        );
    }
    assert_eq!(server.events(), 1);
    let before = server.get("/v1/stats", ADMIN).json();
    assert_eq!(before["duplicates"], 5);
    assert_eq!(server.batch(&batch(&[other])).status, 200);
    let stats = server.get("/v1/stats", ADMIN).json();
    assert_eq!(
        (&stats["events"], &stats["duplicates"]),
        (&json!(1), &json!(6)),
        "27"
    );
    let workspace = server.house.workspace("default").unwrap();
    assert_eq!(workspace.status().duplicate_conflicts, 1, "27");
    server.canary("27");
}

#[test]
fn the_same_message_id_elsewhere_is_another() {
    let server = start();
    let made = server.post("/v1/workspaces", ADMIN, &json!({"name": "other"}));
    assert_eq!(made.status, 200, "{made:?}");
    let asked = json!({"scope": "write", "name": "w", "workspace": "other"});
    let key = server.post("/v1/keys", ADMIN, &asked).json();
    let key = key["secret"].as_str().unwrap().to_owned();
    let body = batch(&[track(&json!({"messageId": "m1"}))]);
    assert_eq!(server.batch(&body).status, 200);
    let bearer = format!("Bearer {key}");
    let reply = server.send("POST", "/v1/batch", &[("Authorization", &bearer)], &body);
    assert_eq!(reply.status, 200);
    assert_eq!(server.events(), 1, "28");
    let asked = json!({"scope": "admin", "name": "a", "workspace": "other"});
    let key = server.post("/v1/keys", ADMIN, &asked).json();
    let stats = server
        .get("/v1/stats", key["secret"].as_str().unwrap())
        .json();
    assert_eq!(
        (&stats["events"], &stats["duplicates"]),
        (&json!(1), &json!(0)),
        "28"
    );
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("memory takes bytes");
    encoder.finish().expect("memory takes bytes")
}

#[test]
fn compressed_bodies_are_inflated_within_bounds() {
    let server = start();
    let basic = ("Authorization", "Basic d2tfdGVzdF8xMjM6");
    let send = |encodings: &[(&str, &str)], body: &[u8]| {
        let headers = [&[basic], encodings].concat();
        server.send("POST", "/v1/batch", &headers, body)
    };
    let coded = ("Content-Encoding", "gzip");
    let good = gzip(&batch(&[track(&json!({"messageId": "z1"}))]));
    assert_eq!(send(&[coded], &good).status, 200, "31");
    let by_magic = gzip(&batch(&[track(&json!({"messageId": "z2"}))]));
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(send(&[form], &by_magic).status, 200, "31 without a word");
    assert_eq!(server.events(), 2);
    let bomb = gzip(&vec![b' '; 64 * 1024 * 1024]);
    assert!(send(&[coded], &bomb).refuses(413, "too_large"), "32");
    server.canary("32 bomb");
    let cut = &good[..good.len() / 2];
    assert!(send(&[coded], cut).refuses(400, "bad_encoding"), "33");
    assert!(
        send(&[coded], b"{\"batch\":[]}").refuses(400, "bad_encoding"),
        "34"
    );
    let twice = [coded, coded];
    for codings in [
        &[("Content-Encoding", "br")][..],
        &[("Content-Encoding", "gzip, gzip")],
        &twice,
    ] {
        let reply = send(codings, &good);
        assert!(
            reply.refuses(415, "unsupported_encoding"),
            "35 {codings:?} {reply:?}"
        );
    }
    // Frames that hold nothing, one after another: the bytes that come are bounded too.
    let empty = gzip(b"").repeat(6 * 1024 * 1024 / 20);
    assert!(send(&[coded], &empty).refuses(413, "too_large"), "36");
    let few = gzip(b"").repeat(10_000);
    assert!(send(&[coded], &few).refuses(400, "bad_json"), "36 few");
    server.canary("31-36");
}

#[test]
fn a_batch_within_its_limits_may_be_large() {
    let server = start();
    let events: Vec<Value> = (0..8000)
        .map(|at| {
            track(&json!({"messageId": format!("m{at}"), "properties": {"p": "x".repeat(300)}}))
        })
        .collect();
    let body = batch(&events);
    assert!(body.len() > 3_000_000 && body.len() < 5 * 1024 * 1024);
    assert_eq!(server.batch(&body).status, 200);
    assert_eq!(server.events(), 8000);
    let more: Vec<Value> = (0..10_001).map(|_| json!(1)).collect();
    refused(
        &server,
        "25 many events",
        &batch(&more),
        413,
        "too_many_events",
    );
    refused(
        &server,
        "25 large body",
        &vec![b' '; 6 * 1024 * 1024],
        413,
        "too_large",
    );
}

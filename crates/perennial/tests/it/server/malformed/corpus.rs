//! Requests that are right: what is broken is made of them.

use perennial_sim::{ADMIN_KEY, BASIC, gzip, request};

/// Bodies that bring events, by path.
const EVENTS: &[(&str, &str)] = &[
    (
        "/v1/batch",
        r#"{"batch":[{"type":"track","event":"Product Viewed","userId":"u1","messageId":"m1","properties":{"product_id":"p1","price":7.9,"tags":["a","b"],"deep":{"a":{"b":[1,2,null,true]}}},"context":{"ip":"203.0.113.7","locale":"fr-FR","page":{"url":"https://shop.example/p/1"}},"timestamp":"2026-03-29T01:30:00.000Z"},{"type":"identify","userId":"u1","anonymousId":"a1","traits":{"email":"zoe@example.com","name":"Zoë Müller 🌱"}}],"sentAt":"2026-03-29T01:30:01.000Z","writeKey":"wk_test_123"}"#,
    ),
    (
        "/v1/track",
        r#"{"event":"Order Completed","userId":"u2","messageId":"m2","properties":{"order_id":"o1","total":23.7,"currency":"EUR","products":[{"product_id":"p1","price":7.9,"quantity":3}]}}"#,
    ),
    (
        "/v1/alias",
        r#"{"userId":"u1","previousId":"a1","messageId":"m3"}"#,
    ),
    (
        "/v1/p",
        r#"{"type":"page","anonymousId":"a2","name":"Basket","properties":{"url":"https://shop.example/basket"}}"#,
    ),
    (
        "/api/public/apps/batch",
        r#"{"batch":[{"type":"track","event":"A","userId":"u3","messageId":"m4"}]}"#,
    ),
    (
        "/batch/",
        r#"{"api_key":"wk_test_123","batch":[{"event":"$identify","distinct_id":"u4","properties":{"$anon_distinct_id":"a4","$set":{"plan":"free"}},"timestamp":"2026-03-29T01:30:00Z","uuid":"018f3b1c-0000-7000-8000-000000000001"}]}"#,
    ),
    (
        "/api/s/s2s/track",
        r#"{"type":"track","event":"A","userId":"u5","messageId":"m5","context":{"traits":{"email":"x@example.com"}}}"#,
    ),
    (
        "/com.snowplowanalytics.snowplow/tp2",
        r#"{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[{"e":"pv","url":"https://shop.example/","aid":"wk_test_123","eid":"018f3b1c-0000-4000-8000-000000000002","uid":"u6","dtm":"1774747800000","p":"web","tv":"py-1.1.0"}]}"#,
    ),
];

/// What is asked, by path.
const QUESTIONS: &[&str] = &[
    "/v1/customers/u1",
    "/v1/customers?kind=user&id=u1",
    "/v1/customers/u1/history?limit=10",
    "/v1/customers/u1/explain?at=2026-05-01T00:00:00Z",
    "/v1/stages?lifecycle=retail&at=2026-05-01",
    "/v1/transitions?from=2026-01-01&to=2027-01-01",
    "/v1/segments",
    "/v1/segments/silent/members?limit=5",
    "/v1/events/ids?from=0",
    "/v1/failed?code=bad_id&limit=10",
    "/v1/stats",
    "/v1/rules",
    "/healthz",
];

/// What is told by admins, by path. Nothing here takes keys away, nor copies the data.
const TOLD: &[(&str, &str)] = &[
    ("/v1/privacy/export", r#"{"kind":"user","id":"u1"}"#),
    ("/v1/failed/retry", r#"{"code":"bad_id","limit":10}"#),
    (
        "/v1/rules?plan=true",
        r#"{"files":{"perennial.yaml":"name: Shop\nsegments:\n  some: count(ordered) >= 1\n"}}"#,
    ),
];

/// All of them, as bytes.
pub fn requests() -> Vec<Vec<u8>> {
    let bearer = format!("Bearer {ADMIN_KEY}");
    let admin = [
        ("Authorization", &bearer[..]),
        ("Content-Type", "application/json"),
    ];
    let write = [
        ("Authorization", BASIC),
        ("Content-Type", "application/json"),
        ("X-Write-Key", "wk_test_123"),
    ];
    let packed = [("Authorization", BASIC), ("Content-Encoding", "gzip")];
    let mut all = Vec::new();
    for (path, body) in EVENTS {
        all.push(request("POST", path, &write, body.as_bytes()));
    }
    all.push(request(
        "POST",
        "/v1/batch",
        &packed,
        &gzip(EVENTS[0].1.as_bytes()),
    ));
    for path in QUESTIONS {
        all.push(request("GET", path, &admin, b""));
    }
    for (path, body) in TOLD {
        all.push(request("POST", path, &admin, body.as_bytes()));
    }
    all
}

//! Write keys, wherever clients put them.

use perennial_protocol::{Call, credentials, door};

/// Key and secret of a request, as `key` or `key:secret`.
fn key(target: &str, headers: &[(&str, &str)], body: &str) -> Option<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let method = if path.contains("/settings") {
        "GET"
    } else {
        "POST"
    };
    let call = Call {
        method,
        path,
        query,
        headers: &headers,
        body: body.as_bytes(),
    };
    let found = credentials(&call, door(method, path).expect("a door"))?;
    Some(match found.secret {
        Some(secret) => format!("{}:{secret}", found.key),
        None => found.key,
    })
}

#[test]
fn keys_are_found() {
    let batch = "/v1/batch";
    for (target, headers, body, expected) in [
        // wk: and wk:secret, with and without padding.
        (batch, vec![("Authorization", "Basic d2s6")], "", Some("wk")),
        (
            batch,
            vec![("authorization", "basic d2s6c2VjcmV0")],
            "",
            Some("wk:secret"),
        ),
        (
            batch,
            vec![("authorization", "Basic d2tfdGVzdF8xMjM6")],
            "",
            Some("wk_test_123"),
        ),
        (batch, vec![("authorization", "Bearer wk")], "", Some("wk")),
        (
            batch,
            vec![("x-write-key", "wk:secret")],
            "",
            Some("wk:secret"),
        ),
        (
            batch,
            vec![("x-write-key", "wk")],
            r#"{"writeKey":"other"}"#,
            Some("wk"),
        ),
        (
            batch,
            vec![],
            r#"{"batch":[{"a":"}"}],"writeKey":"wk"}"#,
            Some("wk"),
        ),
        (batch, vec![], r#"{"batch":[],"writeKey":""}"#, None),
        (batch, vec![], r#"{"batch":[],"writeKey":7}"#, None),
        (batch, vec![], "", None),
        (batch, vec![("authorization", "Basic ")], "", None),
        (batch, vec![("authorization", "Basic Og==")], "", None),
        (batch, vec![("authorization", "Digest x")], "", None),
        (
            "/v1/t",
            vec![],
            r#"{"event":"A","writeKey":"wk"}"#,
            Some("wk"),
        ),
        ("/v1/t?writeKey=wk", vec![], "", Some("wk")),
        ("/v1/projects/wk/settings", vec![], "", Some("wk")),
        (
            "/api/s/track",
            vec![("X-Write-Key", "wk:secret")],
            r#"{"writeKey":"wk:***"}"#,
            Some("wk:secret"),
        ),
        (
            "/api/s/track",
            vec![],
            r#"{"writeKey":"wk:***"}"#,
            Some("wk"),
        ),
        // Dittofeed sends what it was given.
        (
            "/api/public/apps/batch",
            vec![("authorization", "wk")],
            "",
            Some("wk"),
        ),
        (
            "/api/public/apps/batch",
            vec![("authorization", "Basic wk")],
            "",
            Some("wk"),
        ),
        (
            "/batch/",
            vec![],
            r#"{"batch":[],"api_key":"phc"}"#,
            Some("phc"),
        ),
        (
            "/e/",
            vec![],
            r#"[{"event":"A","properties":{"token":"phc"}}]"#,
            Some("phc"),
        ),
        (
            "/e/",
            vec![],
            "data=eyJhcGlfa2V5IjoicGhjIn0%3D",
            Some("phc"),
        ),
        ("/e/?token=phc", vec![], "", Some("phc")),
        (
            "/i/v1/analytics/events",
            vec![("authorization", "Bearer phc")],
            "",
            Some("phc"),
        ),
        (
            "/api/v1/events",
            vec![("authorization", "Basic c2l0ZTprZXk=")],
            "",
            Some("site:key"),
        ),
        (
            "/com.snowplowanalytics.snowplow/tp2",
            vec![],
            r#"{"data":[{"aid":"app"}]}"#,
            Some("app"),
        ),
        (
            "/com.snowplowanalytics.snowplow/tp2?key=wk",
            vec![],
            "",
            Some("wk"),
        ),
        ("/webhooks/stripe/wk", vec![], "", Some("wk")),
        ("/webhooks/stripe", vec![], r#"{"key":"x"}"#, None),
    ] {
        assert_eq!(
            key(target, &headers, body).as_deref(),
            expected,
            "{target} {headers:?} {body}"
        );
    }
    assert_eq!(key(batch, &[("x-write-key", &"k".repeat(5_000))], ""), None);
}

#[test]
fn secrets_are_not_shown() {
    let headers = [("x-write-key", "wk:sesame")];
    let call = Call {
        method: "POST",
        path: "/v1/batch",
        query: "",
        headers: &headers,
        body: b"",
    };
    let found = credentials(&call, door("POST", "/v1/batch").unwrap());
    assert!(!format!("{found:?}").contains("sesame"));
}

//! Keys and who holds them: cases 51 to 62.

use perennial_access::{Audit, Proxies, Rate};
use perennial_api::ServeOptions;
use serde_json::{Value, json};

use crate::client::{ADMIN, READ, Server, WRITE, options, start, start_with};

const EVENT: &[u8] = br#"{"batch":[{"type":"track","event":"A","userId":"u"}]}"#;

/// Makes a key; its id and its secret.
fn made(server: &Server, body: &Value) -> (String, String) {
    let reply = server.post("/v1/keys", ADMIN, body);
    assert_eq!(reply.status, 200, "{reply:?}");
    let answer = reply.json();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    (text(&answer["key"]["id"]), text(&answer["secret"]))
}

#[test]
fn a_key_that_opens_nothing_is_refused_the_same_way() {
    let server = start();
    let long = "x".repeat(5000);
    let shown = [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic !!!",
        "Basic d3Jvbmc6",
        "Basic",
        "Digest a=b",
        &long,
    ];
    for value in shown {
        let headers = [("Authorization", value)];
        let reply = server.send("POST", "/v1/batch", &headers, EVENT);
        assert!(
            reply.refuses(401, "unauthorized"),
            "51 {value:.20} {reply:?}"
        );
        let reply = server.send("GET", "/v1/stats", &headers, b"");
        assert!(
            reply.refuses(401, "unauthorized"),
            "51 {value:.20} {reply:?}"
        );
    }
    let reply = server.send("POST", "/v1/batch", &[], EVENT);
    assert!(reply.refuses(401, "unauthorized"), "51 none");
    let reply = server.send("GET", &format!("/v1/stats?key={ADMIN}"), &[], b"");
    assert!(
        reply.refuses(401, "unauthorized"),
        "87 no key in an address"
    );
    let cookie = format!("key={ADMIN}; session={ADMIN}");
    let reply = server.send("GET", "/v1/stats", &[("Cookie", &cookie)], b"");
    assert!(
        reply.refuses(401, "unauthorized"),
        "56, 57 a cookie is nothing"
    );
    assert_eq!(reply.header("set-cookie"), None, "57");
    for path in ["/setup", "/login", "/signup"] {
        assert_eq!(
            server.send("POST", path, &[], b"").status,
            404,
            "59, 60 there is none"
        );
    }
    server.canary("51");
}

#[test]
fn every_style_of_showing_the_write_key_works() {
    let server = start();
    let basic = ("Authorization", "Basic d2tfdGVzdF8xMjM6");
    let with_secret = ("Authorization", "Basic d2tfdGVzdF8xMjM6c2VjcmV0");
    let styles = [
        basic,
        with_secret,
        ("Authorization", "Bearer wk_test_123"),
        ("Authorization", "wk_test_123"),
        ("X-Write-Key", "wk_test_123"),
        ("X-Write-Key", "wk_test_123:secret"),
    ];
    for (at, style) in styles.iter().enumerate() {
        let reply = server.send("POST", "/v1/batch", &[*style], EVENT);
        assert_eq!(reply.status, 200, "{style:?} {reply:?}");
        assert_eq!(reply.json(), json!({"success": true}));
        assert_eq!(server.events(), at as u64 + 1);
    }
    let body = br#"{"writeKey":"wk_test_123","batch":[{"type":"track","event":"A","userId":"u"}]}"#;
    assert_eq!(
        server.send("POST", "/v1/batch", &[], body).status,
        200,
        "in the body"
    );
    assert_eq!(
        server.send("POST", "/v1/batch/", &[], body).status,
        200,
        "with a slash"
    );
}

#[test]
fn a_key_sends_or_reads_but_not_both() {
    let server = start();
    for key in [READ, ADMIN] {
        let bearer = format!("Bearer {key}");
        let reply = server.send("POST", "/v1/batch", &[("Authorization", &bearer)], EVENT);
        assert!(reply.refuses(403, "forbidden"), "53 {reply:?}");
    }
    assert_eq!(server.events(), 0);
    // Who reads a write key in a page must not erase customers with it.
    let reply = server.send(
        "DELETE",
        "/api/v1/customers/u",
        &[("Authorization", "Bearer wk_test_123")],
        b"",
    );
    assert!(reply.refuses(403, "forbidden"), "{reply:?}");
    let (_, secret) = made(&server, &json!({"scope": "write", "name": "w"}));
    assert!(secret.starts_with("pw_"), "53");
    let (_, secret) = made(&server, &json!({"scope": "admin", "name": "a"}));
    assert!(secret.starts_with("pa_"), "53");
}

#[test]
fn wrong_keys_make_an_address_wait_but_not_the_owner() {
    let server = start();
    let mut waits = 0;
    // A hundred wrong ones are let go, and one more a second.
    for at in 0..3_000 {
        if waits > 0 {
            break;
        }
        let reply = server.get("/v1/stats", &format!("wrong-{at}"));
        match reply.status {
            401 => {}
            429 => {
                assert!(reply.refuses(429, "too_many_requests"));
                assert!(reply.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
                waits += 1;
            }
            other => panic!("58 {other}"),
        }
        assert!(at >= 100 || waits == 0, "58 after {at}");
    }
    assert!(waits > 0, "58 an address that tries keys waits");
    assert_eq!(
        server.get("/v1/stats", ADMIN).status,
        200,
        "58 the owner is not shut out"
    );
    server.canary("58");
}

/// Asks until it is refused; answers how often it was not. On a slow machine that takes longer than the
/// burst, since some are forgiven each second.
fn taken(ask: impl Fn(u8) -> u16) -> u8 {
    let mut statuses = (0..u8::MAX).map(|at| (at, ask(at)));
    let refused = statuses.find(|(_, status)| *status != 200);
    let (at, status) = refused.expect("61 some are refused");
    assert_eq!(status, 429, "61");
    at
}

#[test]
fn too_many_requests_wait_by_key_and_by_address() {
    let few = Rate {
        per_second: 1,
        burst: 5,
    };
    let server = start_with(ServeOptions {
        key_rate: few,
        ..options()
    });
    assert!(taken(|_| server.get("/v1/keys", ADMIN).status) >= 5, "61");
    assert_ne!(
        server.get("/v1/stages", READ).status,
        429,
        "61 another key is not concerned"
    );

    let server = start_with(ServeOptions {
        address_rate: few,
        proxies: Proxies::read(["127.0.0.1"]).unwrap(),
        ..options()
    });
    let from = |address: &str| {
        let forwarded = [("X-Forwarded-For", address)];
        server.send("GET", "/healthz", &forwarded, b"").status
    };
    assert!(taken(|_| from("203.0.113.1")) >= 5, "61");
    assert_eq!(
        from("203.0.113.2"),
        200,
        "61 another client of the proxy is not concerned"
    );

    let server = start_with(ServeOptions {
        address_rate: few,
        ..options()
    });
    let from = |at: u8| {
        let address = format!("203.0.113.{at}");
        server
            .send("GET", "/healthz", &[("X-Forwarded-For", &address)], b"")
            .status
    };
    // Who is no listed proxy is not believed.
    assert!(taken(from) >= 5, "61");
}

#[test]
fn fields_that_are_not_known_are_refused() {
    let server = start();
    for body in [
        json!({"scope": "read", "name": "a", "role": "admin"}),
        json!({"scope": "read", "name": "a", "tenant_id": "other"}),
        json!({"scope": "root", "name": "a"}),
        json!({"name": "a"}),
        json!({"scope": "read", "name": ["a"]}),
        json!([]),
    ] {
        let reply = server.post("/v1/keys", ADMIN, &body);
        assert_eq!(reply.status, 400, "62 {body} {reply:?}");
    }
    let reply = server.get("/v1/stages?lifecycle=a&workspace=other", READ);
    assert!(reply.refuses(400, "unknown_field"), "62 {reply:?}");
    assert_eq!(
        server.get("/v1/keys", ADMIN).json()["keys"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    server.canary("62");
}

#[test]
fn keys_are_made_rotated_and_revoked_and_all_is_noted() {
    let server = start();
    let (id, secret) = made(&server, &json!({"scope": "read", "name": "board"}));
    assert_ne!(server.get("/v1/stages", &secret).status, 401);
    let rotated = server.post(
        &format!("/v1/keys/{id}/rotate"),
        ADMIN,
        &json!({"grace_hours": 1}),
    );
    let new = rotated.json()["secret"].as_str().unwrap().to_owned();
    let new_id = rotated.json()["key"]["id"].as_str().unwrap().to_owned();
    for secret in [&secret, &new] {
        assert_ne!(
            server.get("/v1/stages", secret).status,
            401,
            "both work for a while"
        );
    }
    let bearer = format!("Bearer {ADMIN}");
    let auth = [("Authorization", &bearer[..])];
    for id in [&id, &new_id] {
        let reply = server.send("DELETE", &format!("/v1/keys/{id}"), &auth, b"");
        assert_eq!(reply.status, 200, "{reply:?}");
    }
    for secret in [&secret, &new] {
        assert!(
            server
                .get("/v1/stages", secret)
                .refuses(401, "unauthorized")
        );
    }
    let reply = server.send("DELETE", "/v1/keys/key_none", &auth, b"");
    assert!(reply.refuses(404, "not_found"));
    let shown = server.get("/v1/keys", ADMIN).text();
    for secret in [WRITE, READ, ADMIN, &secret, &new] {
        assert!(!shown.contains(secret), "secrets are shown once");
    }
    let audit = Audit::of(server.folder.path()).verify().unwrap();
    assert_eq!(audit.lines, 4, "made, rotated, revoked twice");
    let text = std::fs::read_to_string(server.folder.path().join("audit.ndjson")).unwrap();
    assert!(text.contains("key_revoked") && !text.contains(&secret) && !text.contains(ADMIN));
}

#[test]
fn an_empty_body_will_do_where_nothing_is_needed() {
    let server = start();
    let (id, _) = made(&server, &json!({"scope": "read", "name": "a"}));
    let bearer = format!("Bearer {ADMIN}");
    let headers = [
        ("Authorization", &bearer[..]),
        ("Content-Type", "application/json"),
    ];
    let reply = server.send("POST", &format!("/v1/keys/{id}/rotate"), &headers, b"");
    assert_eq!(reply.status, 200, "{reply:?}");
}

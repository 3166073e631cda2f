//! Every route against every key: the table is gone through, so a new route is tried as it comes.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use perennial_api::{Opens, Route, Verb, routes};
use serde_json::{Value, json};

use crate::client::{ADMIN, READ, Reply, Server, WRITE, start};

/// Routes with their scope, said a second time: a new route fails here until it is thought about.
const SAID: &[(&str, &str, Opens)] = &[
    ("GET", "/healthz", Opens::All),
    ("GET", "/readyz", Opens::All),
    ("POST", "/v1/batch", Opens::Write),
    ("POST", "/v1/track", Opens::Write),
    ("POST", "/api/public/apps/batch", Opens::Write),
    ("POST", "/api/s/s2s/batch", Opens::Write),
    ("POST", "/batch", Opens::Write),
    ("POST", "/api/v1/events", Opens::Write),
    ("POST", "/com.snowplowanalytics.snowplow/tp2", Opens::Write),
    ("POST", "/v1/webhooks/shopify", Opens::All),
    ("POST", "/v1/webhooks/stripe", Opens::All),
    ("GET", "/v1/customers", Opens::Read),
    ("GET", "/v1/customers/{id}", Opens::Read),
    ("GET", "/v1/customers/{id}/history", Opens::Read),
    ("GET", "/v1/customers/{id}/explain", Opens::Read),
    ("POST", "/v1/customers/{id}/stage", Opens::Admin),
    ("POST", "/v1/customers/{id}/unmerge", Opens::Admin),
    ("POST", "/v1/consents", Opens::Admin),
    ("GET", "/v1/stages", Opens::Read),
    ("GET", "/v1/transitions", Opens::Read),
    ("GET", "/v1/segments", Opens::Read),
    ("GET", "/v1/segments/{name}/members", Opens::Read),
    ("GET", "/v1/questions/{question}", Opens::Read),
    ("POST", "/v1/questions", Opens::Read),
    ("GET", "/v1/forecast", Opens::Admin),
    ("POST", "/v1/forecast/refit", Opens::Admin),
    ("GET", "/v1/events/ids", Opens::Admin),
    ("GET", "/v1/events/live", Opens::Admin),
    ("GET", "/v1/failed", Opens::Admin),
    ("GET", "/v1/failed/stats", Opens::Admin),
    ("POST", "/v1/failed/retry", Opens::Admin),
    ("GET", "/v1/stats", Opens::Admin),
    ("GET", "/v1/rules", Opens::Admin),
    ("POST", "/v1/rules", Opens::Admin),
    ("POST", "/v1/privacy/export", Opens::Admin),
    ("POST", "/v1/privacy/erase", Opens::Admin),
    ("POST", "/v1/privacy/suppress", Opens::Admin),
    ("POST", "/v1/privacy/unsuppress", Opens::Admin),
    ("POST", "/v1/privacy/regulations", Opens::Admin),
    ("GET", "/v1/privacy/retention", Opens::Admin),
    ("POST", "/v1/privacy/retention", Opens::Admin),
    ("GET", "/v1/keys", Opens::Admin),
    ("POST", "/v1/keys", Opens::Admin),
    ("POST", "/v1/keys/{id}/rotate", Opens::Admin),
    ("DELETE", "/v1/keys/{id}", Opens::Admin),
    ("GET", "/v1/workspaces", Opens::Host),
    ("POST", "/v1/workspaces", Opens::Host),
    ("POST", "/v1/backup", Opens::Host),
    ("GET", "/metrics", Opens::Host),
    ("GET", "/openapi.json", Opens::All),
];

#[test]
fn every_route_is_listed_with_its_scope() {
    let known: Vec<_> = routes()
        .iter()
        .map(|route| (route.verb.word(), route.path, route.opens))
        .collect();
    assert_eq!(known, SAID);
}

/// Sends a request that names things of the first workspace.
fn knock(server: &Server, route: &Route, key: &str) -> Reply {
    knock_with(server, route, &format!("Bearer {key}"))
}

fn knock_with(server: &Server, route: &Route, shown: &str) -> Reply {
    let path = route
        .path
        .replace("{id}", "secret-ada")
        .replace("{name}", "secret-segment")
        .replace("{question}", "secret-question");
    let query = if route.path == "/v1/customers" {
        "?id=secret-ada"
    } else {
        ""
    };
    let headers = [
        ("Authorization", shown),
        ("Content-Type", "application/json"),
    ];
    let body = match route.path {
        path if path.ends_with("/stage") => json!({"lifecycle": "a", "stage": "b"}),
        path if path.ends_with("/unmerge") => json!({"kind": "user", "id": "secret-ada"}),
        path if path.ends_with("/regulations") => {
            json!({"regulationType": "SUPPRESS", "subjectIds": ["nobody"]})
        }
        "/v1/privacy/retention" => json!({}),
        "/v1/consents" => {
            json!({"who": {"email": "secret-ada"}, "channel": "a", "purpose": "b", "status": "denied"})
        }
        path if path.starts_with("/v1/privacy") => json!({"id": "secret-ada"}),
        _ => json!({}),
    };
    let body = if route.verb == Verb::Post {
        body.to_string()
    } else {
        String::new()
    };
    server.send(
        route.verb.word(),
        &format!("{path}{query}"),
        &headers,
        body.as_bytes(),
    )
}

#[test]
fn every_route_lets_in_only_its_scope() {
    let server = start();
    for route in routes() {
        let none = knock(&server, route, "nothing");
        match (route.opens, route.path) {
            (Opens::All, path) if path.contains("webhooks") => {
                assert!(none.refuses(401, "bad_signature"), "{route:?} {none:?}");
                continue;
            }
            (Opens::All, _) => {
                assert_ne!(none.status, 401, "{route:?}");
                continue;
            }
            _ => assert!(none.refuses(401, "unauthorized"), "{route:?} {none:?}"),
        }
        let shut: &[&str] = match route.opens {
            Opens::All => &[],
            Opens::Write => &[READ, ADMIN],
            Opens::Read => &[WRITE],
            Opens::Admin | Opens::Host => &[WRITE, READ],
        };
        for key in shut {
            let reply = knock(&server, route, key);
            assert!(
                reply.refuses(403, "forbidden"),
                "52 {route:?} {key} {reply:?}"
            );
        }
    }
    server.canary("52");
}

#[test]
fn every_route_that_people_change_things_by_takes_json_alone() {
    let server = start();
    let bearer = format!("Bearer {ADMIN}");
    let of_people = |route: &&Route| matches!(route.opens, Opens::Admin | Opens::Host);
    let routes = routes().iter().filter(of_people);
    for route in routes.filter(|route| route.verb == Verb::Post) {
        for media in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
        ] {
            let media = media.map(|media| ("Content-Type", media));
            let headers = [("Authorization", &bearer[..])].into_iter().chain(media);
            let headers: Vec<_> = headers.collect();
            let reply = server.send("POST", route.path, &headers, b"{}");
            assert!(
                reply.refuses(415, "unsupported_media_type"),
                "{route:?} {media:?} {reply:?}"
            );
        }
    }
}

#[test]
fn a_key_shown_as_a_client_does_opens_no_route_of_people() {
    let server = start();
    // `wk_test_123:`, `read_test_123:`, `admin_test_123:` and one that is none.
    let shown = [
        ("d2tfdGVzdF8xMjM6", 403, "forbidden"),
        ("cmVhZF90ZXN0XzEyMzo=", 401, "unauthorized"),
        ("YWRtaW5fdGVzdF8xMjM6", 401, "unauthorized"),
        ("bm90aGluZzo=", 401, "unauthorized"),
    ];
    let routes = routes().iter();
    for route in routes.filter(|route| !matches!(route.opens, Opens::All | Opens::Write)) {
        for (basic, status, code) in shown {
            let reply = knock_with(&server, route, &format!("Basic {basic}"));
            assert!(reply.refuses(status, code), "{route:?} {basic} {reply:?}");
        }
    }
}

#[test]
fn no_route_shows_one_workspace_to_another() {
    let server = start();
    let event = json!({"type": "identify", "userId": "secret-ada", "traits": {"name": "secret-name"},
        "messageId": "secret-message"});
    let bad = json!({"type": "secret-type", "userId": "secret-ada"});
    let body = json!({"batch": [event, bad]}).to_string();
    assert_eq!(server.batch(body.as_bytes()).status, 200);
    assert_eq!(
        server
            .post("/v1/workspaces", ADMIN, &json!({"name": "other"}))
            .status,
        200
    );
    let mut keys = Vec::new();
    for scope in ["read", "admin", "write"] {
        let asked = json!({"scope": scope, "name": "b", "workspace": "other"});
        let made = server.post("/v1/keys", ADMIN, &asked).json();
        keys.push(made["secret"].as_str().expect("a secret").to_owned());
    }
    for route in routes()
        .iter()
        .filter(|route| route.path != "/v1/events/live")
    {
        for key in &keys {
            let reply = knock(&server, route, key);
            assert!(reply.status != 500, "54 {route:?} {reply:?}");
            assert!(
                !reply.text().contains("secret-"),
                "54 {route:?} {}",
                reply.text()
            );
            if route.opens == Opens::Host {
                assert!(reply.refuses(403, "forbidden"), "54 {route:?}");
            }
            // What is there in another workspace is not there, rather than forbidden.
            let is_let_in = reply.status != 403;
            if route.path.contains('{') && is_let_in && !route.path.starts_with("/v1/keys") {
                assert!(reply.refuses(404, "not_found"), "54 {route:?} {reply:?}");
            }
        }
    }
    // The keys of another workspace are none, by id too.
    let all = server.get("/v1/keys", ADMIN).json();
    let first = all["keys"][0]["id"].as_str().expect("an id");
    let bearer = format!("Bearer {}", keys[1]);
    let reply = server.send(
        "DELETE",
        &format!("/v1/keys/{first}"),
        &[("Authorization", &bearer)],
        b"",
    );
    assert!(reply.refuses(404, "not_found"), "54 {reply:?}");
    let asked = json!({"scope": "admin", "name": "x", "workspace": "default"});
    assert!(
        server
            .post("/v1/keys", &keys[1], &asked)
            .refuses(404, "not_found"),
        "54"
    );
    let hers = server.get("/v1/keys", &keys[1]).json();
    let of = |key: &Value| key["workspace"].as_str().map(str::to_owned);
    let of: Vec<_> = hers["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .filter_map(of)
        .collect();
    assert_eq!(of, ["other", "other", "other"], "54");
    assert_eq!(server.events(), 1, "nothing was changed from there");
    // The same message id of another workspace is another message, and nobody follows what is not hers.
    let mut follower = server.connect();
    let head = format!(
        "GET /v1/events/live HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {}\r\n\r\n",
        keys[1]
    );
    follower.write_all(head.as_bytes()).expect("a socket");
    let mut seen = String::new();
    read_until(&mut follower, ": hello", &mut seen);
    server.canary("54");
    let own = json!({"batch": [{"type": "track", "event": "Own", "userId": "own", "messageId": "secret-message"}]});
    let bearer = format!("Bearer {}", keys[2]);
    let headers = [("Authorization", &bearer[..])];
    let reply = server.send("POST", "/v1/batch", &headers, own.to_string().as_bytes());
    assert_eq!(reply.status, 200, "28 {reply:?}");
    read_until(&mut follower, "\"own\"", &mut seen);
    assert!(!seen.contains("canary"), "54 {seen}");
    let stats = server.get("/v1/stats", &keys[1]).json();
    assert_eq!(
        (&stats["events"], &stats["duplicates"]),
        (&json!(1), &json!(0)),
        "28"
    );
    assert_eq!(server.get("/v1/stats", ADMIN).json()["duplicates"], 0, "28");
}

/// Reads a stream until a text has come.
pub fn read_until(stream: &mut TcpStream, wanted: &str, seen: &mut String) {
    let mut chunk = [0; 4096];
    while !seen.contains(wanted) {
        let count = match stream.read(&mut chunk) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            count => count.expect("the stream goes on"),
        };
        assert!(count > 0, "the stream ended before {wanted}: {seen}");
        seen.push_str(&String::from_utf8_lossy(&chunk[..count]));
    }
}

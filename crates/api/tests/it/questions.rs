//! Events in, answers out: the routes over a workspace that is real.

use std::io::Write as _;

use perennial_api::{Patience, ServeOptions};
use serde_json::{Value, json};

use crate::client::{ADMIN, PATIENCE, READ, Server, options, patience, start, start_with};
use crate::scopes::read_until;

fn send(server: &Server, events: &Value) {
    let reply = server.batch(json!({"batch": events}).to_string().as_bytes());
    assert_eq!(reply.status, 200, "{reply:?}");
}

fn identifiers(server: &Server, id: &str) -> Vec<String> {
    let profile = server.get(&format!("/v1/customers/{id}"), READ).json();
    let all = profile["identifiers"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |one: &Value| one["identifier"].as_str().map(str::to_owned);
    let mut all: Vec<String> = all.iter().filter_map(text).collect();
    all.sort();
    all
}

#[test]
fn a_customer_is_found_by_any_of_her_identifiers() {
    let server = start();
    let applied = server.post(
        "/v1/rules",
        ADMIN,
        &json!({"files": {"perennial.yaml": RULES}}),
    );
    assert_eq!(applied.status, 200, "{applied:?}");
    send(
        &server,
        &json!([
            {"type": "identify", "userId": "ada", "anonymousId": "device-1",
             "traits": {"email": "ada@example.com", "plan": "pro"}, "messageId": "m1"},
            {"type": "track", "event": "Order Completed", "userId": "ada", "messageId": "m2",
             "properties": {"total": 40, "currency": "EUR"}},
        ]),
    );
    let profile = server.get("/v1/customers/ada", READ);
    assert_eq!(profile.status, 200, "{profile:?}");
    let profile = profile.json();
    assert_eq!(profile["customer"], "ada");
    assert_eq!(profile["traits"]["plan"], "pro");
    assert_eq!(profile["event_count"], 2);
    assert!(profile["standings"].is_array() && profile["segments"].is_array());
    for query in [
        "id=ada",
        "kind=user&id=ada",
        "kind=anonymous&id=device-1",
        "id=device-1",
    ] {
        let found = server.get(&format!("/v1/customers?{query}"), READ).json();
        assert_eq!(found["customer"], "ada", "{query}");
    }
    assert!(
        server
            .get("/v1/customers/nobody", READ)
            .refuses(404, "not_found")
    );
    let history = server.get("/v1/customers/ada/history?limit=1", READ).json();
    assert_eq!(
        history["history"].as_array().map(Vec::len),
        Some(1),
        "{history}"
    );
    for path in [
        "/v1/customers/ada/explain",
        "/v1/stages",
        "/v1/transitions",
        "/v1/segments",
    ] {
        assert_eq!(server.get(path, READ).status, 200, "{path}");
    }
    assert!(
        server
            .get("/v1/segments/none/members", READ)
            .refuses(404, "not_found")
    );
    let ids = server.get("/v1/events/ids", ADMIN);
    assert_eq!(ids.header("content-type"), Some("application/x-ndjson"));
    assert!(ids.text().contains("{\"message_id\":\"m1\"}\n"), "{ids:?}");
}

#[test]
fn ids_are_streamed_page_by_page() {
    let server = start();
    let count = 12_000;
    for from in (0..count).step_by(4000) {
        let event = |at: i32| json!({"type": "track", "event": "E", "userId": "u", "messageId": format!("m{at}")});
        let events: Vec<Value> = (from..from + 4000).map(event).collect();
        send(&server, &json!(events));
    }
    let reply = server.get("/v1/events/ids", ADMIN);
    let text = reply.text();
    for at in 0..count {
        assert!(text.contains(&format!("\"m{at}\"}}\n")), "m{at}");
    }
    assert_eq!(text.matches("message_id").count(), count as usize);
}

#[test]
fn an_identifier_joined_by_mistake_is_taken_back() {
    let server = start();
    send(
        &server,
        &json!([
            {"type": "identify", "userId": "ada"},
            {"type": "identify", "userId": "bob"},
            {"type": "alias", "userId": "ada", "previousId": "bob"},
        ]),
    );
    assert_eq!(identifiers(&server, "ada"), ["ada", "bob"]);
    let body = json!({"kind": "user", "id": "bob"});
    let reply = server.post("/v1/customers/ada/unmerge", ADMIN, &body);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(identifiers(&server, "ada"), ["ada"]);
    assert_eq!(identifiers(&server, "bob"), ["bob"]);
    let reply = server.post("/v1/customers/ada/unmerge", ADMIN, &body);
    assert!(reply.refuses(422, "invalid"), "{reply:?}");
    let reply = server.post("/v1/customers/nobody/unmerge", ADMIN, &body);
    assert!(reply.refuses(404, "not_found"), "{reply:?}");
}

const RULES: &str = "\
lifecycles:
  - lifecycle: shop
    policy: { by_hand: 90d }
    stages:
      - name: new
        enter: { from: none, on: signed_up }
      - name: buyer
        enter: { from: new, on: ordered }
      - name: lost
        enter: { from: buyer, when: \"since(ordered) >= days(90)\" }
segments:
  buyers:
    when: count(ordered) > 0
";

#[test]
fn a_stage_is_set_by_hand() {
    let server = start();
    let files = json!({"files": {"perennial.yaml": RULES}});
    let plan = server.post("/v1/rules?plan=true", ADMIN, &files);
    assert_eq!(plan.status, 200, "{plan:?}");
    let applied = server.post("/v1/rules", ADMIN, &files);
    assert_eq!(applied.status, 200, "{applied:?}");
    let bad = json!({"files": {"perennial.yaml": "lifecycles: 7"}});
    assert!(
        server
            .post("/v1/rules", ADMIN, &bad)
            .refuses(422, "invalid")
    );
    send(
        &server,
        &json!([{"type": "track", "event": "Signed Up", "userId": "ada"}]),
    );
    let stage = |server: &Server| {
        let profile = server.get("/v1/customers/ada", READ).json();
        profile["standings"][0]["stage"].clone()
    };
    assert_eq!(stage(&server), "new");
    let body = json!({"lifecycle": "shop", "stage": "buyer", "reason": "pays by invoice"});
    let reply = server.post("/v1/customers/ada/stage", ADMIN, &body);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(stage(&server), "buyer");
    let body = json!({"lifecycle": "none", "stage": "buyer"});
    let reply = server.post("/v1/customers/ada/stage", ADMIN, &body);
    assert!(reply.refuses(422, "invalid"), "{reply:?}");
    assert!(server.get("/v1/rules", ADMIN).json()["files"]["perennial.yaml"].is_string());
}

#[test]
fn refused_events_are_found_and_driven_again_once() {
    let server = start();
    let good = json!({"type": "track", "event": "E", "userId": "u"});
    send(
        &server,
        &json!([{"type": "shout", "userId": "u"}, {"type": "track", "event": "E"}]),
    );
    let found = server.get("/v1/failed?code=unknown_type", ADMIN).json();
    assert_eq!(found["failed"].as_array().map(Vec::len), Some(1), "{found}");
    let found = server.get("/v1/failed?search=shout", ADMIN).json();
    assert_eq!(found["failed"][0]["code"], "unknown_type");
    let retried = server.post("/v1/failed/retry", ADMIN, &json!({})).json();
    assert_eq!(
        (&retried["kept"], &retried["refused"]),
        (&json!(0), &json!(2)),
        "still bad"
    );
    // What a version before refused, and this one does not.
    let workspace = server.house.workspace("default").unwrap();
    let arrival = perennial_runtime::Arrival {
        received_at: workspace.now(),
        lines: Vec::new(),
        failed: vec![perennial_runtime::Failed {
            message_id: None,
            code: "old".to_owned(),
            message: "no longer".to_owned(),
            original: good.to_string(),
            door: None,
        }],
    };
    workspace.append_and_wait(arrival).unwrap();
    for _ in 0..2 {
        let retried = server
            .post("/v1/failed/retry", ADMIN, &json!({"code": "old"}))
            .json();
        assert_eq!(retried["kept"], 1, "{retried}");
    }
    assert_eq!(server.events(), 1, "driven twice, it counts once");
}

#[test]
fn a_person_is_exported_suppressed_and_erased() {
    let server = start();
    send(
        &server,
        &json!([{"type": "identify", "userId": "ada-lovelace", "traits": {"name": "marker-17"}}]),
    );
    let who = json!({"kind": "user", "id": "ada-lovelace"});
    let export = server.post("/v1/privacy/export", ADMIN, &who);
    assert!(
        export.status == 200 && export.text().contains("marker-17"),
        "{export:?}"
    );
    assert_eq!(server.post("/v1/privacy/suppress", ADMIN, &who).status, 200);
    send(
        &server,
        &json!([{"type": "track", "event": "E", "userId": "ada-lovelace"}]),
    );
    assert_eq!(server.events(), 1, "nothing more is taken of her");
    assert_eq!(
        server.post("/v1/privacy/unsuppress", ADMIN, &who).status,
        200
    );
    send(
        &server,
        &json!([{"type": "track", "event": "E", "userId": "ada-lovelace"}]),
    );
    assert_eq!(server.events(), 2);
    let verbs = json!({"regulationType": "SUPPRESS_WITH_DELETE", "subjectType": "USER_ID",
        "subjectIds": ["ada-lovelace", "nobody"]});
    let reply = server.post("/v1/privacy/regulations", ADMIN, &verbs);
    assert_eq!(reply.status, 200, "{reply:?}");
    let gone = server.get("/v1/customers/ada-lovelace", READ);
    assert!(
        gone.refuses(404, "not_found"),
        "{} {}",
        reply.text(),
        gone.text()
    );
    let audit = std::fs::read_to_string(server.folder.path().join("audit.ndjson")).unwrap();
    // Ids of requests and keys in it are of any letters.
    assert!(
        audit.contains("customer_erased") && !audit.contains("lovelace"),
        "{audit}"
    );
}

#[test]
fn live_events_are_followed() {
    let mut server = start();
    let applied = server.post(
        "/v1/rules",
        ADMIN,
        &json!({"files": {"perennial.yaml": RULES}}),
    );
    assert_eq!(applied.status, 200, "{applied:?}");
    let mut stream = server.connect();
    let head =
        format!("GET /v1/events/live HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer {ADMIN}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut seen = String::new();
    read_until(&mut stream, ": hello", &mut seen);
    send(
        &server,
        &json!([{"type": "track", "event": "Signed Up", "userId": "u", "messageId": "live-1"}]),
    );
    read_until(&mut stream, "event: moved", &mut seen);
    server.stop();
}

#[test]
fn a_stop_lets_requests_in_flight_end() {
    let mut server = start_with(ServeOptions {
        patience: Patience {
            stop: PATIENCE,
            ..patience()
        },
        ..options()
    });
    let mut stream = server.connect();
    let body = br#"{"batch":[{"type":"track","event":"E","userId":"u","messageId":"last"}]}"#;
    let head = format!(
        "POST /v1/batch HTTP/1.1\r\nHost: t\r\nX-Write-Key: wk_test_123\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body[..10]).unwrap();
    // The request has begun when there is room taken for its body.
    while server
        .get("/metrics", ADMIN)
        .text()
        .contains("perennial_http_body_bytes 0\n")
    {
        std::thread::yield_now();
    }
    let rest = body[10..].to_vec();
    let sender = std::thread::spawn(move || {
        stream.write_all(&rest).unwrap();
        crate::client::Reply::read(&mut stream)
    });
    server.stop();
    let reply = sender.join().unwrap();
    assert_eq!(reply.status, 200, "{reply:?}");
    let status = server.house.workspace("default").unwrap().status();
    assert_eq!(status.durable, 1);
}

#[test]
fn counters_add_up_and_are_shown() {
    let server = start();
    let event = json!({"type": "track", "event": "E", "userId": "u", "messageId": "m"});
    send(&server, &json!([event, event, {"type": "shout"}]));
    let stats = server.get("/v1/stats", ADMIN).json();
    let counts = ["events", "duplicates", "failed"].map(|name| stats[name].as_u64());
    assert_eq!(counts, [Some(1), Some(1), Some(1)], "{stats}");
    let metrics = server.get("/metrics", ADMIN).text();
    for line in [
        "perennial_received_total{workspace=\"default\"} 3",
        "perennial_failed_total{workspace=\"default\"} 1",
        "perennial_http_requests_total{method=\"POST\",route=\"segment batch\",status=\"200\"} 1",
        "perennial_http_body_bytes 0",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    let ready = server.send("GET", "/readyz", &[], b"");
    assert_eq!(ready.status, 200, "{ready:?}");
    let backup = server.post("/v1/backup", ADMIN, &json!({}));
    assert_eq!(backup.status, 200, "{backup:?}");
    assert!(!backup.text().contains('/'), "no path of the machine");
    let name = backup.json()["backup"].as_str().unwrap().to_owned();
    let copy = server.folder.path().join("backups").join(name);
    assert!(copy.join("workspaces/default").is_dir());
    assert!(!copy.join("keys.json").exists());
}

//! Consents are facts of the log: the latest of a channel and purpose holds, of all that a customer is.

use perennial_runtime::{DEFAULT, Question};
use serde_json::{Value, json};

use crate::client::{ADMIN, READ, Server, WRITE, start};

fn say(server: &Server, who: &Value, purpose: &str, status: &str, at: &str) {
    let body = json!({"who": who, "channel": "Email", "purpose": purpose, "status": status,
        "at": format!("2025-01-{at}T10:00:00Z")});
    let reply = server.post("/v1/consents", ADMIN, &body);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(reply.json()["success"], true, "{reply:?}");
}

fn consents(server: &Server, id: &str) -> Value {
    let profile = server.get(&format!("/v1/customers/{id}"), READ).json();
    profile["consents"].clone()
}

fn one(purpose: &str, status: &str, at: &str) -> Value {
    json!({"channel": "email", "purpose": purpose, "status": status,
        "at": format!("2025-01-{at}T10:00:00Z")})
}

#[test]
fn the_latest_of_all_parts_of_a_customer_holds() {
    let server = start();
    let (ada, device) = (
        json!({"user_id": "ada"}),
        json!({"kind": "anonymous", "id": "d1"}),
    );
    say(&server, &ada, "marketing", "granted", "05");
    // Said later, of before.
    say(&server, &ada, "marketing", "denied", "03");
    say(&server, &ada, "orders", "granted", "01");
    let granted = json!([
        one("marketing", "granted", "05"),
        one("orders", "granted", "01")
    ]);
    assert_eq!(consents(&server, "ada"), granted);
    say(&server, &device, "marketing", "denied", "06");
    say(
        &server,
        &json!({"userId": "bert"}),
        "orders",
        "denied",
        "01",
    );
    assert_eq!(consents(&server, "ada"), granted, "not joined yet");
    let joined = json!({"batch": [
        {"type": "identify", "userId": "ada", "anonymousId": "d1"},
        {"type": "alias", "userId": "ada", "previousId": "bert"},
    ]});
    assert_eq!(server.batch(joined.to_string().as_bytes()).status, 200);
    let denied = json!([
        one("marketing", "denied", "06"),
        one("orders", "denied", "01")
    ]);
    assert_eq!(consents(&server, "bert"), denied, "a denial of any part");
    say(
        &server,
        &json!({"customer": "bert"}),
        "marketing",
        "granted",
        "07",
    );
    let after = json!([
        one("marketing", "granted", "07"),
        one("orders", "denied", "01")
    ]);
    assert_eq!(consents(&server, "d1"), after, "a grant after it");
    let told = server
        .post("/v1/privacy/export", ADMIN, &json!({"id": "ada"}))
        .json();
    assert_eq!(told["profile"]["consents"], after);
    let events = told["events"].as_array().expect("events").iter();
    assert_eq!(
        events
            .filter(|event| event["event"] == "Consent Set")
            .count(),
        6
    );
    // A log that is folded again says the same.
    let workspace = server.house.workspace(DEFAULT).expect("it is there");
    workspace
        .ask_and_wait(Question::Rebuild)
        .expect("built anew");
    assert_eq!(consents(&server, "ada"), after);
    let gone = server.post("/v1/privacy/erase", ADMIN, &json!({"id": "ada"}));
    assert_eq!(gone.status, 200, "{gone:?}");
    let mut lines = 0;
    let each = &mut |_, line: &str| lines += usize::from(line.contains("Consent Set"));
    workspace.lines(each).expect("whole");
    assert_eq!(lines, 0, "an erased customer's consents go with her");
}

#[test]
fn what_is_no_consent_is_refused() {
    let server = start();
    let body = |who: Value, status: &str| json!({"who": who, "channel": "a", "purpose": "b", "status": status});
    let refused = [
        (body(json!({}), "granted"), 422, "invalid"),
        (
            body(json!({"email": "nobody@x.org"}), "granted"),
            404,
            "not_found",
        ),
        (
            body(json!({"role": "admin"}), "granted"),
            400,
            "unknown_field",
        ),
        (body(json!({"user_id": 7}), "granted"), 400, "bad_request"),
        (
            body(json!({"user_id": "ada"}), "perhaps"),
            400,
            "bad_request",
        ),
        (
            json!({"who": {"user_id": "ada"}, "channel": "a", "status": "granted"}),
            400,
            "bad_request",
        ),
    ];
    for (body, status, code) in refused {
        let reply = server.post("/v1/consents", ADMIN, &body);
        assert!(reply.refuses(status, code), "{body} {reply:?}");
    }
    for key in [READ, WRITE] {
        let reply = server.post(
            "/v1/consents",
            key,
            &body(json!({"user_id": "ada"}), "granted"),
        );
        assert!(reply.refuses(403, "forbidden"), "{reply:?}");
    }
    assert_eq!(server.events(), 0);
}

//! Customer.io's track API.

use perennial_protocol::{Arrived, Ask, Limits};
use serde_json::json;

use crate::tools::{fault, line, only, send_with};

fn send(method: &str, target: &str, body: &str) -> Result<Arrived, perennial_protocol::Fault> {
    send_with(method, target, &[], body.as_bytes(), &Limits::default())
}

#[test]
fn customers_are_identified_by_their_path() {
    let kept = only(send(
        "PUT",
        "/api/v1/customers/u%2F1",
        r#"{"email":"a@b.example","created_at":1746093600,"plan":"free","anonymous_id":"a-1"}"#,
    ));
    assert_eq!(
        (&kept["type"], &kept["userId"], &kept["anonymousId"]),
        (&"identify".into(), &"u/1".into(), &"a-1".into())
    );
    assert_eq!(
        kept["traits"],
        json!({"email": "a@b.example", "created_at": 1_746_093_600, "plan": "free", "createdAt": "2025-05-01T10:00:00.000Z"})
    );
    let kept = only(send(
        "PUT",
        "/api/v1/customers/a@b.example",
        r#"{"id":"u-1"}"#,
    ));
    assert_eq!(
        (&kept["userId"], &kept["traits"]["email"]),
        (&"u-1".into(), &"a@b.example".into())
    );
}

#[test]
fn events_are_dated_in_seconds() {
    let body =
        r#"{"name":"Order Completed","data":{"total":10},"timestamp":1746093600,"id":"01H"}"#;
    let kept = only(send("POST", "/api/v1/customers/u-1/events", body));
    assert_eq!(
        (&kept["type"], &kept["event"], &kept["userId"]),
        (&"track".into(), &"Order Completed".into(), &"u-1".into())
    );
    assert_eq!(
        (&kept["timestamp"], &kept["messageId"]),
        (&"2025-05-01T10:00:00.000Z".into(), &"01H".into())
    );
    let kept = only(send(
        "POST",
        "/api/v1/customers/u-1/events",
        r#"{"type":"page","name":"https://x"}"#,
    ));
    assert_eq!(
        (&kept["type"], &kept["name"]),
        (&"page".into(), &"https://x".into())
    );
    let kept = only(send(
        "POST",
        "/api/v1/events",
        r#"{"name":"A","anonymous_id":"a-1","timestamp":20240131}"#,
    ));
    assert_eq!(
        (&kept["anonymousId"], &kept["timestamp"]),
        (&"a-1".into(), &"1970-08-23T06:15:31.000Z".into())
    );
    let arrived = send("POST", "/api/v1/events", r#"{"name":"A"}"#).unwrap();
    assert_eq!(arrived.refused[0].code, "missing_id");
    assert_eq!(arrived.reply.body(&[]), "{}");
    assert_eq!(
        fault(send("POST", "/api/v1/events", "[]")),
        (400, "bad_json")
    );
}

#[test]
fn customers_are_merged() {
    let body = r#"{"primary":{"id":"u-1"},"secondary":{"email":"a@b.example"}}"#;
    let kept = only(send("POST", "/api/v1/merge_customers", body));
    assert_eq!(
        (&kept["type"], &kept["userId"], &kept["previousId"]),
        (&"alias".into(), &"u-1".into(), &"a@b.example".into())
    );
}

#[test]
fn regulation_verbs_are_requests() {
    for (method, target, ask) in [
        ("DELETE", "/api/v1/customers/u-1", Ask::Erase),
        ("POST", "/api/v1/customers/u-1/suppress", Ask::Suppress),
        ("POST", "/api/v1/customers/u-1/unsuppress", Ask::Unsuppress),
    ] {
        let arrived = send(method, target, "").unwrap();
        assert_eq!((arrived.events.len(), arrived.requests[0].ask), (0, ask));
        assert_eq!(arrived.requests[0].who.user_id.as_deref(), Some("u-1"));
    }
}

#[test]
fn the_second_version_comes_in_batches() {
    let body = r#"{"batch":[
        {"type":"person","identifiers":{"id":"u-1"},"action":"identify","attributes":{"plan":"free"}},
        {"type":"person","identifiers":{"id":"u-1"},"action":"event","name":"A","timestamp":1746093600,"attributes":{"x":1}},
        {"type":"object","identifiers":{"object_id":"o"},"action":"identify"},
        {"type":"person","identifiers":{"id":"u-2"},"action":"delete"},
        7]}"#;
    let arrived = send("POST", "/api/v2/batch", body).unwrap();
    assert_eq!(
        arrived
            .events
            .iter()
            .map(|event| event.index)
            .collect::<Vec<_>>(),
        [0, 1]
    );
    assert_eq!(line(&arrived, 0)["traits"], json!({"plan": "free"}));
    assert_eq!(line(&arrived, 1)["properties"], json!({"x": 1}));
    assert_eq!(
        (arrived.ignored.len(), arrived.requests[0].ask),
        (1, Ask::Erase)
    );
    assert_eq!(
        (arrived.refused[0].index, arrived.refused[0].code),
        (4, "not_an_object")
    );
}

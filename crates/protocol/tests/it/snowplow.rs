//! Snowplow's trackers.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use perennial_protocol::Limits;
use serde_json::{Value, json};

use crate::tools::{fault, only, post, send_with};

const TP2: &str = "/com.snowplowanalytics.snowplow/tp2";

fn of(event: &Value) -> Value {
    let body = json!({"schema": "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4", "data": [event]});
    only(post(TP2, &body.to_string()))
}

#[test]
fn page_views_are_dated_by_the_server_s_clock() {
    let kept = of(
        &json!({"e": "pv", "url": "https://x/p", "page": "P", "uid": "u-1", "duid": "d-1", "eid": "m-1",
        "dtm": "1748772000000", "stm": "1748772003000", "aid": "shop", "p": "web", "tv": "js-4"}),
    );
    assert_eq!(
        (&kept["type"], &kept["name"], &kept["messageId"]),
        (&"page".into(), &"P".into(), &"m-1".into())
    );
    assert_eq!(
        (&kept["userId"], &kept["anonymousId"]),
        (&"u-1".into(), &"d-1".into())
    );
    assert_eq!(kept["timestamp"], "2025-06-01T11:59:57.000Z");
    assert_eq!(
        kept["properties"],
        json!({"url": "https://x/p", "title": "P"})
    );
    assert_eq!(kept["context"]["app_id"], "shop");
}

#[test]
fn events_describe_themselves() {
    let inner = json!({"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
        "data": {"schema": "iglu:shop.example/order_completed/jsonschema/1-0-0", "data": {"order_id": "o-1", "total": 12.5}}});
    let contexts = json!({"schema": "iglu:x/contexts/jsonschema/1-0-0", "data": [{"schema": "iglu:x/web_page/jsonschema/1-0-0", "data": {"id": "w"}}]});
    let packed = URL_SAFE_NO_PAD.encode(inner.to_string());
    let cx = URL_SAFE_NO_PAD.encode(contexts.to_string());
    for event in [
        json!({"e": "ue", "ue_px": packed, "cx": cx, "duid": "d", "ttm": "1746093600000"}),
        json!({"e": "ue", "ue_pr": inner.to_string(), "co": contexts.to_string(), "duid": "d", "ttm": "1746093600000"}),
    ] {
        let kept = of(&event);
        assert_eq!(
            (&kept["type"], &kept["event"]),
            (&"track".into(), &"order_completed".into())
        );
        assert_eq!(
            kept["properties"],
            json!({"order_id": "o-1", "total": 12.5})
        );
        assert_eq!(kept["context"]["snowplow_web_page"], json!({"id": "w"}));
        assert_eq!(kept["timestamp"], "2025-05-01T10:00:00.000Z");
    }
}

#[test]
fn structured_events_and_transactions() {
    let kept = of(
        &json!({"e": "se", "se_ca": "shop", "se_ac": "Product Added", "se_va": "7.90", "duid": "d"}),
    );
    assert_eq!(kept["event"], "Product Added");
    assert_eq!(
        kept["properties"],
        json!({"category": "shop", "value": 7.90})
    );
    let kept =
        of(&json!({"e": "tr", "tr_id": "o-1", "tr_tt": "20.00", "tr_cu": "EUR", "uid": "u"}));
    assert_eq!(kept["event"], "Order Completed");
    assert_eq!(
        kept["properties"],
        json!({"order_id": "o-1", "total": 20.00, "currency": "EUR"})
    );
}

#[test]
fn bad_events_are_refused_alone() {
    let body = r#"{"data":[7,{"e":"ue","duid":"d","ue_px":"!!"},{"e":"xx","duid":"d"},{"e":"pv"},{"e":"pv","duid":"d"}]}"#;
    let arrived = post(TP2, body).unwrap();
    let codes: Vec<_> = arrived.refused.iter().map(|refused| refused.code).collect();
    assert_eq!(
        codes,
        [
            "not_an_object",
            "missing_event",
            "unknown_type",
            "missing_id"
        ]
    );
    assert_eq!(arrived.refused[3].original, r#"{"e":"pv"}"#);
    assert_eq!(arrived.events.len(), 1);
    assert!(arrived.reply.body(&[]).starts_with(r#"{"ok":true,"#));
    assert_eq!(fault(post(TP2, "{}")), (400, "bad_batch"));
}

#[test]
fn an_event_may_stand_in_the_query() {
    let sent = send_with(
        "GET",
        "/i?e=pv&duid=d&url=https%3A%2F%2Fx%2F&page=A+B",
        &[],
        b"",
        &Limits::default(),
    );
    let kept = only(sent);
    assert_eq!(
        (&kept["type"], &kept["name"]),
        (&"page".into(), &"A B".into())
    );
}

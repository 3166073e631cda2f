//! What commands answer over small histories, by the real binary.

use serde_json::{Value, json};

use crate::shop::{PROJECT, Shop, assert_says};

/// A segment that customers leave again.
const ACTIVE: &str = "segments:\n  active: count(ordered, days(30)) >= 1\n";
/// Ada's order arrived four days late.
const EVENTS: &str = "user_id,event,timestamp,received_at
ada,order,2025-01-01T10:00:00Z,2025-01-05T10:00:00Z
bob,order,2025-01-02T10:00:00Z,2025-01-02T10:00:00Z
bob,view,2025-08-20T10:00:00Z,2025-08-20T10:00:00Z
";

/// A shop that has been run over the events.
fn shop(more: &str) -> Shop {
    let shop = Shop::new(&format!("{PROJECT}{ACTIVE}{more}"));
    shop.file("events.csv", EVENTS.as_bytes());
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    shop
}

fn json(shop: &Shop, args: &[&str]) -> Value {
    let got = shop.command(&[args, &["--output", "json"]].concat(), b"");
    assert_eq!(got.code, Some(0), "{args:?}: {}", got.stderr);
    serde_json::from_str(&got.stdout).expect("JSON")
}

/// The moves by segment, as `by from to count`.
fn moves(shop: &Shop) -> Vec<String> {
    let answer = json(shop, &["transitions", "--by", "active"]);
    let list = answer["transitions"].as_array().expect("a list");
    let line = |one: &Value| {
        let text = |key: &str| one[key].as_str().unwrap_or("-").to_owned();
        format!(
            "{}: {} {} {}",
            text("by"),
            text("from"),
            text("to"),
            one["count"]
        )
    };
    list.iter().map(line).collect()
}

#[test]
fn moves_are_told_apart_by_a_segment_at_their_time() {
    assert_eq!(
        moves(&shop("")),
        [
            "active: - visitor 2",
            "active: visitor first 2",
            "not active: first lapsed 2",
        ]
    );
}

#[test]
fn without_its_history_the_segment_where_history_ends_counts() {
    assert_eq!(
        moves(&shop("outputs: { segment_history: false }\n")),
        [
            "not active: - visitor 2",
            "not active: visitor first 2",
            "not active: first lapsed 2",
        ]
    );
}

#[test]
fn what_is_neither_column_nor_segment_is_refused() {
    let shop = shop("");
    let got = shop.command(&["transitions", "--by", "activ"], b"");
    assert_eq!(got.code, Some(2));
    assert_says(
        "--by",
        &got.stderr,
        &[
            "neither a column",
            "retail_stage",
            "the segments are active",
        ],
    );
}

#[test]
fn an_explanation_says_since_when_a_move_is_known() {
    let kept = "outputs: { touches: [customer_id, at, event, message_id, received_at] }\n";
    for (more, received_at) in [("", Value::Null), (kept, json!("2025-01-05T10:00:00Z"))] {
        let shop = shop(more);
        let at = ["explain", "ada", "--at", "2025-01-03"];
        let answer = json(&shop, &at);
        assert_eq!(answer["standings"][0]["known_at"], "2025-01-05T10:00:00Z");
        assert_eq!(answer["touches"][0]["received_at"], received_at);
        let got = shop.command(&at, b"");
        assert_says(
            "explain",
            &got.stdout,
            &["known only since 2025-01-05T10:00:00"],
        );
    }
}

#[test]
fn names_in_an_explanation_stay_on_their_line() {
    let shop = Shop::new("");
    let line = |at: &str, event: &str| {
        let line = json!({"user_id": "ada\nbob", "event": event, "timestamp": at});
        format!("{line}\n")
    };
    let lines = line("2025-01-01", "a\n\nsince 2020 [forged]") + &line("2025-01-02", "b\u{1b}[2J");
    shop.file("odd.ndjson", lines.as_bytes());
    let got = shop.run(&["--input", "odd.ndjson"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let got = shop.command(&["explain", "ada\nbob"], b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let wanted = ["ada\\nbob, at", "a\\n\\nsince 2020 [forged]", "b\\u{1b}[2J"];
    assert_says("explain", &got.stdout, &wanted);
    assert!(!got.stdout.contains('\u{1b}'), "{}", got.stdout);
}

#[test]
fn orders_need_no_configuration() {
    let shop = Shop::new("");
    let orders =
        "customer,order_date,total\nada,2025-01-01,11.77\nada,2025-01-12,12.5\nbob,2025-01-03,7\n";
    shop.file("orders.csv", orders.as_bytes());
    let got = shop.run(&["--input", "orders.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let answer = json(&shop, &["rfm"]);
    let mut found: Vec<(String, i64, i64)> = Vec::new();
    for one in answer["customers"].as_array().expect("a list") {
        let whole = |key: &str| one[key].as_i64().unwrap_or_default();
        let customer = one["customer"].as_str().unwrap_or_default();
        found.push((
            customer.to_owned(),
            whole("frequency"),
            whole("monetary_minor"),
        ));
    }
    found.sort();
    assert_eq!(found, [("ada".into(), 2, 2_427), ("bob".into(), 1, 700)]);
}

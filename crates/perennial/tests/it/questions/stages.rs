//! Questions about the stages of a run, from its folder.

use serde_json::Value;

use super::{ask, refused};
use crate::shop::Shop;

/// Two customers: one orders twice and rates, the other only looks.
const EVENTS: &str = "user_id,event,timestamp,amount,score,country
ada,page_view,2025-01-02T10:00:00Z,,,DE
ada,order,2025-01-03T10:00:00Z,40.5,,DE
ada,csat,2025-01-04T10:00:00Z,,4,
ada,order,2025-02-03T10:00:00Z,20,,
bob,page_view,2025-02-05T10:00:00Z,,,FR
";

/// A shop that has been run.
pub fn shop() -> Shop {
    let project = "name: shop\nlifecycles:\n  - lifecycle: buying\n    stages:\n      - { name: looking, enter: { from: none } }\n      - { name: buyer, enter: { from: looking, on: ordered } }\n      - { name: lapsed, enter: { from: buyer, when: since(ordered) >= days(90) } }\n";
    let shop = Shop::new(project);
    shop.file("events.csv", EVENTS.as_bytes());
    let run = [
        "run",
        "--quiet",
        "--input",
        "events.csv",
        "--until",
        "2025-06-01",
    ];
    let got = shop.command(&run, b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    shop
}

fn stage<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let rows = answer["stages"].as_array().expect("rows");
    let found = rows.iter().find(|row| row["stage"] == name);
    found.expect("the stage")
}

#[test]
fn kpis_count_moves_and_touches_by_stage() {
    let shop = shop();
    let answer = ask(&shop, &["kpis", "--out", "out", "--to", "2025-05-31"]);
    let buyer = stage(&answer, "buyer");
    assert_eq!(buyer["entered"], 1);
    assert_eq!(buyer["lapsed"], 1);
    assert_eq!(buyer["orders"], 2);
    assert_eq!(buyer["revenue"], 60.5);
    assert_eq!(buyer["csat_mean"], 4.0);
    let lapsed = stage(&answer, "lapsed");
    assert_eq!(lapsed["in_stage"], 1);
    assert_eq!(lapsed["value_per_head"], 60.5);
}

#[test]
fn every_question_about_stages_answers() {
    let shop = shop();
    for question in [
        &["regions"][..],
        &["opportunities", "--by", "country"],
        &["business"],
        &["journey"],
        &["journey", "--rows", "pains"],
    ] {
        let answer = ask(&shop, &[question, &["--out", "out"]].concat());
        assert_eq!(answer["about"]["customers"], 2, "{question:?}");
    }
    let business = ask(&shop, &["business", "--out", "out"]);
    assert_eq!(business["periods"][0]["net"], 40.5);
    let journey = ask(&shop, &["journey", "--out", "out"]);
    assert_eq!(journey["touchpoints"][0]["touchpoint"], "viewed");
}

#[test]
fn touchpoints_are_named_like_events() {
    let shop = shop();
    let days = [
        "lifecycle",
        "--interval",
        "month",
        "--out",
        "out",
        "--event",
    ];
    let by_point = ask(&shop, &[&days[..], &["ordered"]].concat());
    let by_event = ask(&shop, &[&days[..], &["order"]].concat());
    assert_eq!(by_point["periods"], by_event["periods"]);
    assert_eq!(by_point["periods"][0]["new"], 1);
}

#[test]
fn channels_are_credited_with_moves_between_stages() {
    let shop = shop();
    let events = "user_id,event,timestamp,amount,channel
ada,visit,2025-01-01T10:00:00Z,,ads
ada,click,2025-01-02T10:00:00Z,,mail
ada,order,2025-01-02T10:00:00Z,30,
ada,order,2025-01-05T10:00:00Z,20,
bob,visit,2025-01-01T10:00:00Z,,ads
bob,order,2025-02-01T10:00:00Z,10,
";
    shop.file("events.csv", events.as_bytes());
    let run = [
        "run",
        "--quiet",
        "--input",
        "events.csv",
        "--until",
        "2025-06-01",
    ];
    assert_eq!(shop.command(&run, b"").code, Some(0));
    let of = |more: &[&str]| {
        let words = [
            "attribution",
            "--out",
            "out",
            "--channel",
            "channel",
            "--model",
            "linear",
        ];
        ask(&shop, &[&words[..], more].concat())
    };
    let credit = |answer: &Value, name: &str| {
        let rows = answer["channels"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["channel"] == name);
        row.map_or(Value::Null, |row| row["conversions"].clone())
    };
    // The second order moves nobody; a touch of the very instant led to the move.
    let first = of(&["--move", "buying:looking..buyer", "--value", "amount"]);
    assert_eq!(first["conversions"], 2);
    assert_eq!(
        (credit(&first, "ads"), credit(&first, "mail")),
        (0.5.into(), 0.5.into())
    );
    // What bob saw lies more than a month before.
    assert_eq!(credit(&first, "(none)"), 1.0);
    let ever = of(&[
        "--move",
        "buyer",
        "--look-back",
        "ever",
        "--value",
        "amount",
    ]);
    assert_eq!(credit(&ever, "ads"), 1.5);
    let worth: f64 = ever["channels"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["value"].as_f64().expect("money"))
        .sum();
    assert_eq!(worth, 40.0);
    let january = of(&["--move", "buyer", "--to", "2025-01-31"]);
    assert_eq!(january["conversions"], 1);
    // Time alone brings these: ninety days after the last order.
    assert_eq!(of(&["--move", "buyer..lapsed"])["conversions"], 2);
    let told = refused(
        &shop,
        &[
            "attribution",
            "--out",
            "out",
            "--channel",
            "channel",
            "--model",
            "last",
            "--move",
            "buying:byer",
        ],
    );
    assert!(told.contains("buyer"), "{told}");
}

#[test]
fn what_cannot_be_asked_is_refused() {
    let shop = shop();
    let told = refused(&shop, &["kpis", "--input", "events.csv"]);
    assert!(told.contains("--out"), "{told}");
    let told = refused(&shop, &["kpis", "--out", "out", "--lapsed", "gone"]);
    assert!(told.contains("gone"), "{told}");
    let told = refused(&shop, &["kpis", "--out", "out", "--means", "joy=rated"]);
    assert!(told.contains("csat"), "{told}");
}

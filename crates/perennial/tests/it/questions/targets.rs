//! Targets and benchmarks: held against what customers did, in kpis, regions and opportunities.

use serde_json::Value;

use super::ask;
use crate::shop::Shop;

const PROJECT: &str = "name: shop
sources: [{ traits: [country] }]
lifecycles:
  - lifecycle: buying
    stages:
      - { name: looking, enter: { from: none } }
      - { name: buyer, enter: { from: looking, on: ordered } }
segments: { big: sum(ordered.value) >= 50 }
";

const KPIS: &str = "targets:
  - { stage: looking, kpi: converted_within, within: 2d, value: 0.75 }
  - { stage: buyer, kpi: average_order, value: 50 }
  - { stage: buyer, kpi: average_order, value: 50, segment: big }
  - { stage: buyer, kpi: average_order, value: 50, country: France }
  - { stage: buyer, kpi: orders, value: 3 }
  - { stage: buyer, kpi: csat_mean, value: 4 }
benchmarks:
  - { stage: looking, kpi: converted_within, value: 0.5, source: A study, date: 2024 }
";

/// Four customers look on the first of a month; two buy, one of them on the same day.
const EVENTS: &str = "user_id,event,timestamp,amount,country
ada,page_view,2025-01-01T10:00:00Z,,DE
ada,order,2025-01-01T11:00:00Z,60,DE
bob,page_view,2025-01-01T10:00:00Z,,FR
bob,order,2025-01-08T10:00:00Z,20,FR
cyd,page_view,2025-01-01T10:00:00Z,,DE
dan,page_view,2025-01-01T10:00:00Z,,DE
ada,order,2025-02-03T10:00:00Z,40,DE
";

pub fn shop() -> Shop {
    let shop = Shop::new(PROJECT);
    shop.file("kpis.yaml", KPIS.as_bytes());
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

fn rows<'a>(answer: &'a Value, kpi: &str) -> Vec<&'a Value> {
    let all = answer["targets"].as_array().expect("targets");
    all.iter().filter(|row| row["kpi"] == kpi).collect()
}

#[test]
fn kpis_tell_the_distance_to_targets_in_money() {
    let shop = shop();
    let answer = ask(&shop, &["kpis", "--out", "out"]);
    let conversions = rows(&answer, "converted_within");
    // Within two days one of four, each worth what a buyer has brought: 120 by two.
    let own = conversions[0];
    assert_eq!(
        (&own["kind"], &own["to"]),
        (&"target".into(), &"buyer".into())
    );
    assert_eq!(own["actual"], 0.25);
    assert_eq!((&own["gap"], &own["customers"]), (&0.5.into(), &4.into()));
    assert_eq!(
        (&own["value_each"], &own["money"]),
        (&60.into(), &120.into())
    );
    assert_eq!(own["money_minor"], 12_000);
    // The benchmark names no window, and has that which is asked for.
    let own = conversions[1];
    assert_eq!(
        (&own["kind"], &own["source"]),
        (&"benchmark".into(), &"A study".into())
    );
    assert_eq!(
        (&own["actual"], &own["reached"]),
        (&0.5.into(), &"yes".into())
    );
    // What nobody answered is not made up.
    assert!(rows(&answer, "csat_mean")[0]["actual"].is_null());
}

#[test]
fn targets_of_segments_and_countries_are_about_those() {
    let shop = shop();
    let answer = ask(&shop, &["kpis", "--out", "out"]);
    let own = rows(&answer, "average_order");
    let actual: Vec<&Value> = own.iter().map(|row| &row["actual"]).collect();
    assert_eq!(actual, [&Value::from(40.0), &50.0.into(), &20.0.into()]);
    assert_eq!(own[0]["money"], 30, "three orders of ten more");
    assert_eq!(own[2]["country"], "France");
}

#[test]
fn what_grows_with_time_is_about_a_month() {
    let shop = shop();
    let last = ask(&shop, &["kpis", "--out", "out"]);
    let last = rows(&last, "orders")[0];
    assert_eq!(
        (&last["period"], &last["actual"]),
        (&"2025-02-01".into(), &1.0.into())
    );
    let each = ask(&shop, &["kpis", "--out", "out", "--interval", "month"]);
    let each: Vec<&Value> = rows(&each, "orders")
        .iter()
        .map(|row| &row["actual"])
        .collect();
    assert_eq!(each, [&Value::from(2.0), &1.0.into()]);
}

#[test]
fn targets_are_a_table_of_their_own() {
    let shop = shop();
    let listed = ask(&shop, &["kpis", "--out", "out", "--rows", "targets"]);
    let beside = ask(&shop, &["kpis", "--out", "out"]);
    assert_eq!(listed["targets"], beside["targets"]);
    assert_eq!(listed["stages"], beside["stages"]);
    let notes = beside["notes"].to_string();
    assert!(notes.contains("2 of 6"), "{notes}");
}

#[test]
fn regions_stand_beside_targets() {
    let shop = shop();
    let answer = ask(
        &shop,
        &["regions", "--out", "out", "--figure", "average_order"],
    );
    let rows = answer["regions"].as_array().expect("rows");
    let of = |name: &str| {
        rows.iter()
            .find(|row| row["region"] == name)
            .expect("a region")
    };
    assert_eq!(of("France")["target_gap"], 30.0);
    assert_eq!(of("Germany")["target"], 50.0);
}

#[test]
fn opportunities_are_held_against_benchmarks_too() {
    let shop = shop();
    let by = ["opportunities", "--out", "out", "--by", "country"];
    let answer = ask(&shop, &[&by[..], &["--min-people", "1"]].concat());
    let rows = answer["opportunities"].as_array().expect("rows");
    let own = rows.iter().find(|row| row["versus"] == "A study (2024)");
    let own = own.expect("a segment that falls short");
    assert_eq!(
        (&own["segment"], &own["better_rate"]),
        (&"DE".into(), &0.5.into())
    );
}

#[test]
fn a_benchmark_without_its_source_is_refused() {
    let shop = shop();
    let text = KPIS.replace("source: A study, ", "");
    shop.file("kpis.yaml", text.as_bytes());
    let got = shop.command(&["validate"], b"");
    let told = format!("{}{}", got.stdout, got.stderr);
    assert_eq!(got.code, Some(3), "{}{}", got.stdout, got.stderr);
    assert!(told.contains("a benchmark needs `source`"), "{told}");
    assert!(told.contains("kpis.yaml:9"), "{told}");
}

#[test]
fn a_segment_asks_about_its_members_alone() {
    let shop = shop();
    let of = |segment: &str| ask(&shop, &["kpis", "--out", "out", "--segment", segment]);
    let big = of("big");
    assert_eq!(big["stages"][1]["orders"], 2);
    assert_eq!(big["about"]["segment"]["customers"], 1);
    assert_eq!(of("country=DE")["stages"][0]["entered"], 3);
    for question in [
        &["journey"][..],
        &["business"],
        &["regions"],
        &["opportunities", "--by", "country"],
        &["stickiness", "--event", "any", "--interval", "day"],
        &["paths"],
    ] {
        let own = [question, &["--out", "out", "--segment", "country=FR"]].concat();
        assert_eq!(
            ask(&shop, &own)["about"]["segment"]["customers"],
            1,
            "{own:?}"
        );
    }
    let told = super::refused(&shop, &["kpis", "--out", "out", "--segment", "bgi"]);
    assert!(told.contains("did you mean `big`"), "{told}");
}

//! Stages ahead of the demo's shop: beside what the other commands and the report say, by group, and refused.

use serde_json::Value;

use crate::report_agrees::{answer, demo, list};
use crate::shop::{HEADER, PROJECT, ROWS, Shop};

const STAGES: [&str; 6] = ["visitor", "lead", "first", "repeat", "loyal", "lapsed"];

fn ahead(args: &[&str]) -> Value {
    answer(&demo().shop, &[&["forecast", "stages"], args].concat())
}

/// The sum of a column over the rows of a stage and period.
fn sum(answer: &Value, column: &str, stage: &str, period: u64) -> f64 {
    let rows = list(answer, "stages").iter();
    let own = rows.filter(|row| row["stage"] == stage && row["period"] == period);
    own.filter_map(|row| row[column].as_f64()).sum()
}

#[test]
fn it_begins_where_the_stages_are_and_the_report_draws_the_same() {
    let own = ahead(&[]);
    let now = answer(&demo().shop, &["stages"]);
    assert_eq!(list(&own, "stages").len(), 6 * 12);
    for row in list(&own, "stages") {
        let number = |column: &str| row[column].as_f64().expect("a number");
        let order = ["low_90", "low_50", "customers", "high_50", "high_90"].map(number);
        assert!(order.is_sorted(), "{row}");
    }
    let drawn = list(&demo().report["ahead"], "stages");
    for (place, stage) in STAGES.iter().enumerate() {
        let standing = list(&now, "stages")[place]["customers"].as_f64();
        assert_eq!(Some(sum(&own, "now", stage, 1)), standing, "{stage}");
        assert_eq!(drawn[place]["past"][12].as_f64(), standing, "{stage}");
        for period in 1..=12 {
            let median = drawn[place]["ahead"][period - 1]["median"]
                .as_f64()
                .expect("a median");
            assert_eq!(
                median.round(),
                sum(&own, "customers", stage, period as u64),
                "{stage}"
            );
        }
    }
    let test = &own["back_test"];
    assert!(list(test, "from").len() >= 3, "{test}");
    let error = |name: &str| test["all"][name].as_f64().expect("a share");
    assert!(error("error") < error("error_as_now"), "{test}");
    let spikes = &own["clocks"][2]["spikes_days"];
    assert!(
        list(&own["clocks"][2], "spikes_days").contains(&90.into()),
        "{spikes}"
    );
    let tests = ahead(&["--rows", "backtest"]);
    assert_eq!(list(&tests, "tests").len(), 7);
    assert_eq!(
        list(&tests, "tests")[6]["error"].as_f64(),
        Some(error("error"))
    );
}

#[test]
fn groups_are_all_customers_and_their_forecasts_add_up() {
    let (whole, parts) = (ahead(&[]), ahead(&["--by", "country"]));
    let vip = ahead(&["--by", "vip"]);
    let (mut all, mut together) = (0.0, 0.0);
    for stage in STAGES {
        for own in [&parts, &vip] {
            assert_eq!(
                sum(&whole, "now", stage, 1),
                sum(own, "now", stage, 1),
                "{stage}"
            );
        }
        all += sum(&whole, "mean", stage, 12);
        together += sum(&parts, "mean", stage, 12);
    }
    assert!((all - together).abs() < 1e-6 * all, "{all} and {together}");
}

#[test]
fn changes_are_told_and_none_changes_nothing() {
    let none = ahead(&["--what-if", "first->repeat+0%"]);
    assert!(
        list(&none, "stages")
            .iter()
            .all(|row| row["difference"] == 0.0)
    );
    let own = ahead(&["--what-if", "first->repeat+50%", "--horizon", "8"]);
    assert!(sum(&own, "difference_low", "repeat", 8) > 0.0);
    assert!(sum(&own, "difference_high", "first", 8) < 0.0);
    let new = ahead(&["--what-if", "new->visitor+100%", "--horizon", "4"]);
    let more: f64 = STAGES
        .iter()
        .map(|stage| sum(&new, "difference", stage, 4))
        .sum();
    let weekly = new["arrivals"]["weekly"].as_f64().expect("a number");
    // Differences are told to a tenth of a customer.
    assert!(
        (more - 4.0 * weekly).abs() < 0.5,
        "{more} of {weekly} a week"
    );
}

#[test]
fn history_can_be_cut_and_months_are_those_of_the_calendar() {
    let args = [
        "--until",
        "2025-07-01",
        "--interval",
        "month",
        "--horizon",
        "3",
    ];
    let own = ahead(&args);
    assert_eq!(own["last_day"], "2025-06-30");
    let first = list(&own, "stages").iter().take(3);
    let dates: Vec<&Value> = first.map(|row| &row["date"]).collect();
    assert_eq!(dates, ["2025-07-31", "2025-08-31", "2025-09-30"]);
    let then = answer(
        &demo().shop,
        &["stages", "--at", "2025-06-30T23:59:59.999Z"],
    );
    for (place, stage) in STAGES.iter().enumerate() {
        let standing = list(&then, "stages")[place]["customers"].as_f64();
        assert_eq!(Some(sum(&own, "now", stage, 1)), standing, "{stage}");
    }
}

#[test]
fn what_is_too_thin_or_wrong_is_refused_with_a_way_out() {
    let shop = Shop::new(PROJECT);
    shop.file("events.csv", [HEADER, ROWS].concat().as_bytes());
    assert_eq!(shop.run(&["--input", "events.csv"]).code, Some(0));
    let thin = shop.command(&["forecast", "stages"], b"");
    assert_eq!(thin.code, Some(1), "{}", thin.stdout);
    assert!(thin.stderr.contains("needs 100"), "{}", thin.stderr);
    let report = shop.command(&["report", "--output", "json"], b"");
    let report: Value = serde_json::from_str(&report.stdout).expect("JSON");
    let refusal = report["ahead"]["refusal"].as_str().unwrap_or_default();
    assert!(refusal.contains("needs 100"), "{refusal}");
    for (args, says) in [
        (&["--what-if", "first->gold+10%"][..], "no stage `gold`"),
        (&["--what-if", "first->repeat"], "no + or -"),
        (&["--horizon", "0"], "from 1 to 104"),
        (
            &["--horizon", "30", "--interval", "month"],
            "shorter horizon",
        ),
        (&["--by", "shoe_size"], "neither a column"),
        (&["--lifecycle", "nope"], "no lifecycle"),
    ] {
        let own = [&["forecast", "stages", "--project", "demo"], args].concat();
        let got = demo().shop.command(&own, b"");
        assert_eq!(got.code, Some(2), "{args:?}: {}", got.stderr);
        assert!(got.stderr.contains(says), "{args:?}: {}", got.stderr);
    }
}

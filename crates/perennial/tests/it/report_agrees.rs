//! The report of the demo's shop beside the answers of the commands: the same numbers, section by section.

use std::sync::OnceLock;

use serde_json::Value;

use crate::shop::Shop;

/// A shop large enough that something hurts there.
const CUSTOMERS: &str = "1500";

pub struct Demo {
    pub shop: Shop,
    pub report: Value,
}

/// The demo, made once for all tests.
pub fn demo() -> &'static Demo {
    static DEMO: OnceLock<Demo> = OnceLock::new();
    DEMO.get_or_init(|| {
        let shop = Shop::new("name: Around\n");
        let made = shop.command(&["demo", "--customers", CUSTOMERS, "--folder", "demo"], b"");
        assert_eq!(made.code, Some(0), "{}", made.stderr);
        let report = answer(&shop, &["report"]);
        Demo { shop, report }
    })
}

/// What a command says of the demo, in JSON.
pub fn answer(shop: &Shop, args: &[&str]) -> Value {
    let own = ["--project", "demo", "--output", "json"];
    let got = shop.command(&[args, &own].concat(), b"");
    assert_eq!(got.code, Some(0), "{args:?}: {}", got.stderr);
    serde_json::from_str(&got.stdout).expect("JSON")
}

/// A list within an answer; none where there is no such list.
pub fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[][..], Vec::as_slice)
}

/// Both are no number, or both are the same one.
#[track_caller]
fn same(own: &Value, wanted: &Value, what: &str) {
    match (own.as_f64(), wanted.as_f64()) {
        (Some(one), Some(other)) => {
            let close = 1e-9 * one.abs().max(other.abs()).max(1.0);
            assert!((one - other).abs() <= close, "{what}: {one} is not {other}");
        }
        _ => assert!(
            own.is_null() && wanted.is_null(),
            "{what}: {own} is not {wanted}"
        ),
    }
}

/// A measure is a number with its ends.
#[track_caller]
fn same_measure(own: &Value, wanted: [&Value; 3], what: &str) {
    same(&own["value"], wanted[0], what);
    same(&own["interval"][0], wanted[1], what);
    same(&own["interval"][1], wanted[2], what);
}

#[test]
fn figures_of_stages_are_those_of_kpis() {
    let Demo { shop, report } = demo();
    let kpis = &report["kpis"];
    let wanted = answer(shop, &["kpis", "--interval", "month"]);
    let rows = list(&wanted, "stages");
    let (stages, mut compared) = (list(kpis, "stages"), 0);
    for side in ["period", "before"] {
        let period = format!("{}-01", kpis[side].as_str().expect("a month"));
        for figure in list(kpis, "figures") {
            let field = figure["field"].as_str().expect("a name");
            for (own, stage) in list(figure, "stages").iter().zip(stages) {
                let row = rows
                    .iter()
                    .find(|row| row["period"] == *period && row["stage"] == *stage);
                let row = row.expect("a row of that month");
                assert_eq!(row["incomplete"], false, "the month is over");
                let measure = if side == "period" {
                    "measure"
                } else {
                    "before"
                };
                let what = format!("{field} of {stage} in {period}");
                same(&own[measure]["value"], &row[field], &what);
                compared += 1;
            }
        }
    }
    assert!(compared > 100, "{compared}");
}

#[test]
fn regions_are_those_of_regions() {
    let Demo { shop, report } = demo();
    let wanted = answer(shop, &["regions", "--figure", "all"]);
    let rows = list(&wanted, "regions");
    let of = |region: &Value, stage: &str, figure: &str| {
        let found = rows.iter().find(|row| {
            row["region"] == *region && row["stage"] == stage && row["figure"] == figure
        });
        found.unwrap_or_else(|| panic!("{region} {stage} {figure}"))
    };
    let regions = &report["regions"];
    let names = list(regions, "names");
    assert_eq!(names[0], "Value per customer");
    let stages: Vec<&str> = list(&report["kpis"], "stages")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut compared = 0;
    let levels = list(regions, "levels").iter();
    for region in levels.flat_map(|level| list(level, "regions")) {
        let name = &region["name"];
        let sum = |figure: &str| -> f64 {
            let of = |stage: &&str| of(name, stage, figure)["value"].as_f64().expect("a number");
            stages.iter().map(of).sum()
        };
        same(&region["customers"], &sum("in_stage").into(), "customers");
        let figures = list(region, "figures");
        let each = sum("value_to_date") / sum("in_stage");
        same(&figures[0]["measure"]["value"], &each.into(), "value");
        for (figure, called) in figures.iter().zip(names).skip(1) {
            let stage = called
                .as_str()
                .and_then(|called| called.strip_prefix("In "));
            let row = of(name, stage.expect("a stage"), "share");
            let ends = [&row["value"], &row["low"], &row["high"]];
            same_measure(&figure["measure"], ends, &format!("{called} of {name}"));
            same(&figure["index"], &row["index"], "index");
            assert_eq!(figure["differs"], row["differs"]);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
    for own in list(regions, "differences") {
        let found = rows.iter().any(|row| {
            row["differs"] == true
                && (&row["region"], &row["stage"]) == (&own["region"], &own["stage"])
                && row["value"] == own["here"]["value"]
                && row["sample"] == own["sample"]
        });
        assert!(found, "{own}");
    }
}

#[test]
fn cohorts_are_those_of_retention() {
    let Demo { shop, report } = demo();
    let args = "retention --start ordered --return ordered --period month --membership first --out demo/out";
    let args: Vec<&str> = args.split(' ').chain(["--output", "json"]).collect();
    let got = shop.command(&args, b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let wanted: Value = serde_json::from_str(&got.stdout).expect("JSON");
    let wanted = list(&wanted, "cohorts").iter();
    let mut wanted = wanted.filter(|cohort| cohort["size"] != 0);
    let cohorts = list(&report["cohorts"], "cohorts");
    assert!(cohorts.len() > 20, "{}", cohorts.len());
    for own in cohorts {
        let cohort = wanted.next().expect("as many cohorts");
        let name = own["name"].as_str().expect("a month");
        assert_eq!(cohort["cohort"], format!("{name}-01"));
        assert_eq!(cohort["size"], own["size"]);
        for (place, back) in list(own, "returned").iter().enumerate() {
            assert_eq!(
                *back,
                cohort["returned"][place + 1],
                "{name} +{}",
                place + 1
            );
        }
    }
    assert!(wanted.next().is_none(), "as many cohorts");
}

#[test]
fn the_business_is_that_of_business() {
    let Demo { shop, report } = demo();
    let answer = answer(shop, &["business"]);
    let wanted = list(&answer, "periods");
    let periods = list(&report["business"], "periods");
    assert_eq!(periods.len(), wanted.len());
    for (own, row) in periods.iter().zip(wanted) {
        let name = own["name"].as_str().expect("a month");
        assert_eq!(row["period"], format!("{name}-01"));
        for (place, field) in ["net", "customers", "new_customers"].iter().enumerate() {
            same(&own["measures"][place]["value"], &row[*field], field);
        }
        if row["incomplete"] == false {
            same(&own["measures"][3]["value"], &row["block_growth"], "growth");
            let phase = row["phase"].as_str().unwrap_or_default();
            assert_eq!(own["phase"], phase.replace('_', "-"));
        }
    }
    let over = wanted.iter().rev().filter(|row| row["incomplete"] == false);
    let last: Vec<&Value> = over.take(2).map(|row| &row["net"]).collect();
    let revenue = &report["headlines"][0];
    assert!(
        revenue["name"]
            .as_str()
            .expect("words")
            .starts_with("Revenue in ")
    );
    same(&revenue["measure"]["value"], last[0], "revenue");
    same(&revenue["before"]["value"], last[1], "revenue before");
}

#[test]
fn pain_points_are_those_of_journey_and_the_first_stands_on_top() {
    let Demo { shop, report } = demo();
    let answer = answer(
        shop,
        &[
            "journey", "--by", "country", "--rows", "pains", "--top", "10000",
        ],
    );
    let says_more = |row: &&Value| {
        row["pain"] != "drop_off" || !row["group"].is_null() || !row["month"].is_null()
    };
    let wanted: Vec<&Value> = list(&answer, "pains").iter().filter(says_more).collect();
    let pains = list(&report["journey"], "pains");
    assert_eq!(pains.len(), wanted.len());
    assert!(!pains.is_empty(), "something hurts in the demo");
    for (own, row) in pains.iter().zip(&wanted) {
        assert_eq!(
            (&own["stage"], &own["customers"]),
            (&row["stage"], &row["customers"])
        );
        same(&own["severity"]["value"], &row["share"], "share");
        same(
            &own["usual"]["value"],
            &row["rest_share"],
            "share elsewhere",
        );
        let ends = [
            &row["at_stake"],
            &row["at_stake_low"],
            &row["at_stake_high"],
        ];
        same_measure(&own["value"], ends, "at stake");
    }
    let first = pains.iter().find(|own| !own["value"]["value"].is_null());
    let hurts = &report["glance"][0];
    assert_eq!(hurts["name"], "What hurts most");
    assert_eq!(hurts["worth"], first.expect("a pain with a stake")["value"]);
}

/// Customers of two countries, of whom in one three times as many order again within a week.
fn planted() -> Shop {
    let shop = Shop::new(
        "name: Planted
currency: EUR
sources:
  - traits: [country]
lifecycles:
  - lifecycle: retail
    stages:
      - { name: first, enter: { from: none, on: ordered } }
      - { name: repeat, enter: { from: first, on: ordered } }
",
    );
    let mut text = String::from("user_id,event,timestamp,amount,country\n");
    for number in 0..1_600 {
        let (country, every) = if number % 2 == 0 {
            ("DE", 6)
        } else {
            ("FR", 2)
        };
        let (month, day) = (number / 200 + 1, number % 20 + 1);
        let value = 40 + number % 7;
        text += &format!("c{number},order,2025-0{month}-{day:02}T10:00:00Z,{value}.00,{country}\n");
        if number / 2 % every == 0 {
            let day = day + 7;
            text +=
                &format!("c{number},order,2025-0{month}-{day:02}T10:00:00Z,{value}.00,{country}\n");
        }
    }
    // Somebody later on, so that ninety days after are known of everybody.
    text += "late,order,2025-12-31T10:00:00Z,40.00,DE\n";
    shop.file("events.csv", text.as_bytes());
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    shop
}

#[test]
fn opportunities_are_those_that_hold() {
    let shop = planted();
    let ask = |args: &[&str]| -> Value {
        let got = shop.command(&[args, &["--output", "json"]].concat(), b"");
        assert_eq!(got.code, Some(0), "{args:?}: {}", got.stderr);
        serde_json::from_str(&got.stdout).expect("JSON")
    };
    let report = ask(&["report"]);
    let answer = ask(&["opportunities", "--by", "country", "--top", "10000"]);
    let rows = list(&answer, "opportunities").iter();
    let wanted: Vec<&Value> = rows.filter(|row| row["holds"] == true).collect();
    assert!(!wanted.is_empty(), "{answer}");
    let found = list(&report["opportunities"], "opportunities");
    assert_eq!(found.len(), wanted.len());
    for (own, row) in found.iter().zip(wanted) {
        same(&own["customers"], &row["people"], "customers");
        same(&own["now"]["value"], &row["rate"], "rate");
        same(&own["better"]["value"], &row["better_rate"], "better rate");
        let ends = [&row["money"], &row["low"], &row["high"]];
        same_measure(&own["gain"], ends, "gain");
    }
    let glance = list(&report, "glance").iter();
    let first = glance
        .clone()
        .find(|own| own["name"] == "What to try first");
    assert_eq!(first.expect("something to try")["worth"], found[0]["gain"]);
}

#[test]
fn value_and_churn_are_those_of_forecast() {
    let Demo { shop, report } = demo();
    let value = &report["value"];
    let trials = list(value, "trials");
    assert_eq!(trials.len(), 3, "{value}");
    let fit = ["forecast", "fit", "--save", "demo.model"];
    answer(shop, &fit);
    let weeks = "13";
    assert!(
        value["meaning"]
            .as_str()
            .expect("words")
            .contains("13 weeks")
    );
    let score = [
        "forecast",
        "score",
        "--model-file",
        "demo.model",
        "--horizon",
        weeks,
    ];
    let scores = answer(shop, &score);
    let scores = list(&scores, "customers");
    let sum = |field: &str| -> f64 {
        let each = scores.iter().filter_map(|row| row[field].as_f64());
        each.sum()
    };
    let gone = scores
        .iter()
        .filter(|row| row["p_alive"].as_f64() < Some(0.25));
    let wanted = [
        gone.count() as f64,
        sum("p_alive"),
        sum("expected_purchases"),
        sum("clv"),
    ];
    let totals = list(value, "totals");
    assert_eq!(totals.len(), wanted.len());
    for (total, wanted) in totals.iter().zip(wanted) {
        let own = &total["measure"];
        same(&own["value"], &wanted.into(), &total["name"].to_string());
        if let Some([low, high]) = own["interval"].as_array().map(Vec::as_slice) {
            let inside = low.as_f64() < Some(wanted) && Some(wanted) < high.as_f64();
            assert!(inside, "{total}");
        }
    }
    for own in list(value, "first") {
        let name = &own["customer"];
        let row = scores.iter().find(|row| row["customer"] == *name);
        let row = row.expect("a customer");
        same(&own["alive"]["value"], &row["p_alive"], "alive");
        let ends = [&row["clv"], &row["clv_low"], &row["clv_high"]];
        same_measure(&own["expected"], ends, "worth");
    }
    let test = [
        "forecast",
        "backtest",
        "--model",
        "auto",
        "--horizon",
        weeks,
        "--origins",
        "3",
    ];
    let judged = answer(shop, &test);
    for own in trials {
        let of = |model: &str| {
            let mut rows = list(&judged, "figures").iter();
            let found = rows.find(|row| row["origin"] == own["from"] && row["model"] == model);
            found.expect("an origin").clone()
        };
        let (row, naive) = (of("auto"), of("past_rate"));
        same(&own["forecast"]["value"], &row["forecast"], "forecast");
        same(&own["came"]["value"], &row["came"], "came");
        same(&own["naive"]["value"], &naive["forecast"], "naive");
        same(&own["bias"]["value"], &row["bias"], "bias");
        same(&own["error"][0]["value"], &row["wmape"], "error");
        same(&own["error"][1]["value"], &naive["wmape"], "naive error");
        same(&own["ranking"][0]["value"], &row["gini"], "ranking");
        same(&own["inside"]["value"], &row["coverage"], "coverage");
    }
}

#[test]
fn too_few_orders_are_a_reason_and_no_forecast() {
    let shop = planted();
    let got = shop.command(&["report", "--output", "json"], b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let report: Value = serde_json::from_str(&got.stdout).expect("JSON");
    assert!(
        report["value"]["refusal"].is_null(),
        "1,600 buyers are enough"
    );
    let shop = Shop::new("name: Few\n");
    shop.file("events.csv", b"user_id,event,timestamp,amount\nada,order,2025-01-01T10:00:00Z,40.00\nada,order,2025-03-01T10:00:00Z,40.00\n");
    shop.file("perennial.yaml", crate::shop::PROJECT.as_bytes());
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let got = shop.command(&["report", "--output", "json"], b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let report: Value = serde_json::from_str(&got.stdout).expect("JSON");
    let refusal = report["value"]["refusal"].as_str().expect("a reason");
    assert!(
        refusal.contains("1 of 1 customers have bought on more than one day"),
        "{refusal}"
    );
}

#[test]
fn the_truth_of_the_demo_is_of_its_customers_and_not_in_its_files() {
    let Demo { shop, .. } = demo();
    let args = [
        "demo",
        "--customers",
        "300",
        "--folder",
        "small",
        "--truth",
        "truth.csv",
    ];
    let got = shop.command(&args, b"");
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let truth = std::fs::read_to_string(shop.folder.join("truth.csv")).expect("a file");
    let mut lines = truth.lines();
    let head = lines.next().expect("a header");
    assert!(
        head.starts_with("user_id,alive,p_alive,orders_per_week,p_leave,mean_order,expected_13w")
    );
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert!((100..200).contains(&rows.len()), "{}", rows.len());
    for row in &rows {
        let chance: f64 = row[2].parse().expect("a chance");
        assert!((0.0..=1.0).contains(&chance), "{row:?}");
        // Who has left does not come back.
        assert!(row[1] == "true" || row[13] == "0", "{row:?}");
    }
    assert!(rows.iter().any(|row| row[1] == "true" && row[13] != "0"));
}

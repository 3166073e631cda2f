//! A file, the same rows in another form, and a run's touches of them answer alike.

use serde_json::json;

use super::{ask, events};
use crate::shop::Shop;

/// Rows of a few customers over a month, deterministic and mixed.
pub fn rows(count: u64) -> String {
    let mut text = String::from("user_id,event,timestamp,plan,amount\n");
    for number in 0..count {
        let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        let event = ["view", "order", "signup"][(mixed % 3) as usize];
        let plan = ["", "free", "pro"][(mixed / 3 % 3) as usize];
        let (day, hour, minute) = (mixed / 9 % 28 + 1, mixed / 252 % 24, mixed / 6_048 % 60);
        text += &format!(
            "u{},{event},2025-01-{day:02}T{hour:02}:{minute:02}:00Z,{plan},{}\n",
            mixed % 97,
            mixed % 50
        );
    }
    text
}

/// Questions with options of every sort.
pub const QUESTIONS: [&[&str]; 10] = [
    &["lifecycle", "--event", "view", "--interval", "day"],
    &[
        "lifecycle",
        "--event",
        "any",
        "--interval",
        "week",
        "--model",
        "stock",
        "--by",
        "plan",
    ],
    &[
        "retention",
        "--period",
        "day",
        "--periods",
        "9",
        "--start",
        "signup",
        "--by",
        "plan",
    ],
    &[
        "funnel",
        "--steps",
        "view,signup,order",
        "--window",
        "3d",
        "--by",
        "plan",
        "--list",
    ],
    &[
        "funnel",
        "--step",
        "plan = 'pro'",
        "--step",
        "amount > 25 AND event = 'order'",
        "--window",
        "9d",
    ],
    &["paths", "--gap", "1d", "--max-steps", "4", "--by", "plan"],
    &["dfg", "--where", "plan IS NOT NULL"],
    &[
        "sessions",
        "--gap",
        "12h",
        "--from",
        "2025-01-05",
        "--to",
        "2025-01-20",
        "--where",
        "user_id <> 'u5' AND timestamp LIKE '%00Z'",
    ],
    &[
        "stickiness",
        "--event",
        "order",
        "--interval",
        "week",
        "--timezone",
        "Asia/Kathmandu",
    ],
    &[
        "sequence",
        "--steps",
        "view,order",
        "--pattern",
        "(?1)(?t<86400)(?2)",
        "--chains",
    ],
];

/// The answer without what it says of where it comes from.
fn answer(shop: &Shop, question: &[&str], from: &[&str]) -> serde_json::Value {
    let mut answer = ask(shop, &[question, from].concat());
    let about = answer["about"].as_object_mut().expect("about");
    about.remove("events");
    answer
}

#[test]
fn files_and_results_answer_alike_on_any_number_of_threads() {
    let shop = events(&rows(3_000));
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    for question in QUESTIONS {
        let expected = answer(
            &shop,
            question,
            &["--input", "events.csv", "--threads", "1"],
        );
        let list = expected.as_object().expect("an object");
        assert!(list.len() >= 2, "{question:?}: {expected}");
        for from in [
            &["--input", "events.csv", "--threads", "3"][..],
            &["--out", "out"][..],
        ] {
            assert_eq!(
                answer(&shop, question, from),
                expected,
                "{question:?} {from:?}"
            );
        }
    }
}

/// A client tells the country as a trait and again with an order: two columns of one name.
#[test]
fn a_trait_and_a_property_of_one_name_are_both_read() {
    let shop = events("");
    let call = |kind: &str, number: u32, rest: &str| {
        format!(
            "{{\"type\":\"{kind}\",\"messageId\":\"m{number}\",\"timestamp\":\"2025-01-0{number}T00:00:00Z\",{rest}}}\n"
        )
    };
    let calls = [
        call("identify", 1, r#""userId":"ada","traits":{"country":"DE"}"#),
        call(
            "track",
            2,
            r#""userId":"ada","event":"order","properties":{"country":"FR","total":4}"#,
        ),
        call(
            "track",
            3,
            r#""userId":"bob","event":"order","properties":{"total":5}"#,
        ),
        call("identify", 4, r#""userId":"bob","traits":{"country":"AT"}"#),
    ];
    shop.file("calls.ndjson", calls.concat().as_bytes());
    let got = shop.run(&["--input", "calls.ndjson"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    for from in [["--out", "out"], ["--input", "calls.ndjson"]] {
        let answer = ask(&shop, &[&["dfg", "--items", "country"][..], &from].concat());
        let edges: Vec<(&str, &str)> = answer["edges"]
            .as_array()
            .expect("edges")
            .iter()
            .map(|edge| {
                (
                    edge["source"].as_str().expect("a word"),
                    edge["target"].as_str().expect("a word"),
                )
            })
            .collect();
        assert_eq!(edges, [("DE", "FR")], "{from:?}: {answer}");
    }
}

#[test]
fn periods_that_have_not_begun_are_null_whatever_the_end_says() {
    let shop = events(
        "user_id,event,timestamp\nada,visit,2025-03-01T09:00:00Z\nada,visit,2025-03-02T09:00:00Z\n",
    );
    let cells = |clock: &str| {
        let args = [
            "retention",
            "--input",
            "events.csv",
            "--start",
            "visit",
            "--return",
            "visit",
            "--period",
            "day",
            "--membership",
            "first",
            "--to",
            "2025-03-04",
            "--clock",
            clock,
        ];
        ask(&shop, &args)["cohorts"][0]["returned"].clone()
    };
    assert_eq!(cells("calendar"), json!([0, 1, null, null]));
    // A day from each one's own start is over a day after the last start.
    assert_eq!(cells("rolling"), json!([null, null, null, null]));
}

#[test]
fn an_answer_says_what_became_of_the_rows() {
    let shop = events(
        "user_id,event,timestamp,message_id,plan\n\
        ada,view,2025-01-01,m1,pro\nada,view,2025-01-01,m1,pro\n,view,2025-01-02,m2,pro\n\
        bob,view,2025-01-03,m3,free\ncyd,view,2025-02-01,m4,pro\nnull,view,2025-01-03,m5,pro\n",
    );
    let args = [
        "paths",
        "--input",
        "events.csv",
        "--where",
        "plan = 'pro'",
        "--to",
        "2025-01-31",
    ];
    let about = ask(&shop, &args)["about"].clone();
    assert_eq!(about["definition"], "paths/1");
    assert_eq!(about["time_zone"], "UTC");
    assert_eq!(about["week_start"], "monday");
    assert_eq!(about["range"]["to"], "2025-02-01T00:00:00Z");
    assert_eq!(
        about["events"],
        serde_json::json!({"read": 6, "used": 1, "dropped": {
            "missing_id": 1, "duplicate": 1, "outside_range": 1, "where": 1, "no_customer": 1}})
    );
}

#[test]
fn every_form_of_output_has_the_rows() {
    let shop = events(&rows(200));
    let args = ["retention", "--input", "events.csv", "--period", "week"];
    let csv = shop.command(&[&args[..], &["--output", "csv"]].concat(), b"");
    assert!(
        csv.stdout.starts_with("cohort,size,returned_0,returned_1"),
        "{}",
        csv.stdout
    );
    let table = shop.command(&args, b"");
    assert!(table.stdout.contains("cohort"), "{}", table.stdout);
    let more = ["--output", "parquet", "--save", "a.parquet"];
    let parquet = shop.command(&[&args[..], &more].concat(), b"");
    assert_eq!(parquet.code, Some(0), "{}", parquet.stderr);
    let bytes = std::fs::read(shop.folder.join("a.parquet")).expect("written");
    assert!(bytes.starts_with(b"PAR1"));
}

#[test]
fn an_instant_ends_before_itself_and_a_date_after_itself() {
    let shop = events(
        "user_id,event,timestamp\nada,a,2025-03-01T00:00:00Z\nada,b,2025-03-01T23:59:59.999Z\n\
        ada,c,2025-03-02T00:00:00Z\n",
    );
    let used = |from: &str, to: &str| {
        let args = ["dfg", "--input", "events.csv", "--from", from, "--to", to];
        ask(&shop, &args)["about"]["events"]["used"].clone()
    };
    assert_eq!(used("2025-03-01", "2025-03-01"), 2);
    assert_eq!(used("2025-03-01", "2025-03-02"), 3);
    assert_eq!(used("2025-03-01T00:00:00Z", "2025-03-02T00:00:00Z"), 2);
    assert_eq!(
        used("2025-03-01T00:00:00.001Z", "2025-03-02T00:00:00.001Z"),
        2
    );
}

#[test]
fn linking_two_people_changes_who_is_new() {
    let rows = "user_id,anonymous_id,event,timestamp\n,d1,view,2025-01-01\nada,,view,2025-02-01\n";
    let month = [
        "lifecycle",
        "--input",
        "events.csv",
        "--event",
        "view",
        "--interval",
        "month",
    ];
    let first = [
        "retention",
        "--input",
        "events.csv",
        "--period",
        "month",
        "--membership",
        "first",
    ];
    let counts = |shop: &Shop| {
        let (flow, cohorts) = (ask(shop, &month), ask(shop, &first));
        let new = |period: usize| flow["periods"][period]["new"].as_i64();
        let size = |cohort: usize| cohorts["cohorts"][cohort]["size"].as_i64();
        let returning = flow["periods"][1]["returning"].as_i64();
        (new(0), new(1), returning, size(0), size(1))
    };
    let (one, two, none) = (Some(1), Some(2), Some(0));
    assert_eq!(counts(&events(rows)), (one, one, none, one, one));
    let linked = format!("{rows}ada,d1,login,2025-02-02\n");
    assert_eq!(counts(&events(&linked)), (one, none, one, one, none));
    let two_people = format!("{rows}bob,,view,2025-02-02\n");
    assert_eq!(counts(&events(&two_people)), (one, two, none, one, two));
}

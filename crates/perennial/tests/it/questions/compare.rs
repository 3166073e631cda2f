//! Comparison with another range: the same question over both, in one reading.

use serde_json::{Value, json};

use super::{ask, events, refused};

const EVENTS: &str = "user_id,event,timestamp,channel
ada,visit,2025-01-06T10:00:00Z,ads
bob,visit,2025-01-07T10:00:00Z,ads
ada,visit,2025-02-03T10:00:00Z,mail
bob,visit,2025-02-03T10:00:00Z,ads
cyd,visit,2025-02-10T10:00:00Z,ads
cyd,buy,2025-02-11T10:00:00Z,
";
const FEBRUARY: [&str; 4] = ["--from", "2025-02-01", "--to", "2025-02-28"];

fn compared(question: &[&str], range: &str) -> Value {
    let shop = events(EVENTS);
    let words = [
        question,
        &["--input", "events.csv", "--compare", range],
        &FEBRUARY,
    ]
    .concat();
    ask(&shop, &words)
}

#[test]
fn rows_that_mean_the_same_stand_together() {
    let answer = compared(
        &["funnel", "--steps", "visit,buy", "--window", "7d"],
        "previous",
    );
    let range = &answer["compared"]["about"]["range"];
    assert_eq!(
        range,
        &json!({"from": "2025-01-01T00:00:00Z", "to": "2025-02-01T00:00:00Z"})
    );
    assert_eq!(answer["compared"]["steps"][0]["customers"], 2);
    let change = &answer["changes"]["steps"][0];
    assert_eq!(
        (&change["step"], &change["name"]),
        (&json!(1), &json!("visit"))
    );
    assert_eq!(
        change["customers"],
        json!({"now": 3, "before": 2, "change": 1, "relative": 0.5})
    );
    // Of nothing before there is no share.
    assert_eq!(
        answer["changes"]["steps"][1]["customers"],
        json!({"now": 1, "before": 0, "change": 1, "relative": null})
    );
    assert_eq!(answer["changes"]["people"]["change"], 1);
}

#[test]
fn a_comparison_is_what_both_questions_answer_alone() {
    let shop = events(EVENTS);
    for question in [
        &["funnel", "--steps", "visit,buy", "--window", "7d"][..],
        &["paths"],
        &["dfg"],
        &["stickiness", "--event", "any", "--interval", "day"],
        &["lifecycle", "--event", "any", "--interval", "week"],
        &[
            "retention",
            "--start",
            "visit",
            "--return",
            "any",
            "--period",
            "week",
        ],
        &[
            "attribution",
            "--conversion",
            "buy",
            "--channel",
            "channel",
            "--model",
            "linear",
        ],
        &["sequence", "--pattern", "(?1)(?2)", "--steps", "visit,buy"],
    ] {
        let alone = |range: &[&str]| {
            ask(
                &shop,
                &[question, &["--input", "events.csv"], range].concat(),
            )
        };
        let mut both = compared(question, "2025-01-01..2025-01-31");
        let before = both["compared"].take();
        let both = both.as_object_mut().expect("an answer");
        both.remove("compared");
        both.remove("notes");
        both.remove("changes");
        let without_notes = |mut answer: Value| {
            answer.as_object_mut().expect("an answer").remove("notes");
            answer
        };
        let own = Value::Object(both.clone());
        assert_eq!(own, without_notes(alone(&FEBRUARY)), "{question:?}");
        let expected = without_notes(alone(&["--from", "2025-01-01", "--to", "2025-01-31"]));
        assert_eq!(before, expected, "{question:?}");
    }
}

#[test]
fn comparisons_share_a_reading_with_other_questions() {
    let shop = events(EVENTS);
    let active = "stickiness --event any --interval day --from 2025-02-01 --to 2025-02-28 --compare previous";
    let words: Vec<&str> = active.split(' ').collect();
    let alone = ask(&shop, &[&words[..], &["--input", "events.csv"]].concat());
    let active = format!("active={active}");
    let asked = [
        "ask",
        "--input",
        "events.csv",
        "--question",
        "ways=dfg",
        "--question",
        &active,
        "--question",
        "again=dfg",
    ];
    let together = ask(&shop, &asked);
    assert_eq!(together["active"], alone);
    assert_eq!(together["ways"], together["again"]);
}

#[test]
fn a_mistake_is_told_once() {
    let shop = events(EVENTS);
    let words = ["dfg", "--input", "events.csv", "--by", "chanel"];
    let told = refused(
        &shop,
        &[&words[..], &["--compare", "2025-01-01.."]].concat(),
    );
    assert_eq!(told.matches("chanel").count(), 1, "{told}");
    let rule = [
        "funnel",
        "--steps",
        "visit,buy",
        "--window",
        "7d",
        "--input",
        "events.csv",
    ];
    let more = ["--where", "channel = ", "--compare", "2025-01-01.."];
    let told = refused(&shop, &[&rule[..], &more].concat());
    assert_eq!(told.matches("--where").count(), 1, "{told}");
}

#[test]
fn periods_are_told_by_their_place() {
    let answer = compared(
        &["lifecycle", "--event", "any", "--interval", "month"],
        "previous",
    );
    let change = &answer["changes"]["periods"][0];
    assert_eq!(
        (&change["period"], &change["before"]),
        (&json!("2025-02-01"), &json!("2025-01-01"))
    );
    assert_eq!(
        change["new"],
        json!({"now": 1, "before": 2, "change": -1, "relative": -0.5})
    );
}

#[test]
fn rows_of_one_range_alone_are_not_nought_in_the_other() {
    let question = [
        "attribution",
        "--conversion",
        "buy",
        "--channel",
        "channel",
        "--model",
        "last",
    ];
    let answer = compared(&question, "previous");
    let change = &answer["changes"]["channels"][0];
    assert_eq!(change["channel"], "ads");
    assert_eq!(change["conversions"]["before"], Value::Null);
    assert_eq!(change["conversions"]["change"], Value::Null);
}

#[test]
fn tables_show_both() {
    let shop = events(EVENTS);
    let range = [
        &FEBRUARY[..],
        &["--input", "events.csv", "--compare", "previous"],
    ]
    .concat();
    let few = ["stickiness", "--event", "any", "--interval", "month"];
    let got = shop.command(&[&few[..], &range].concat(), b"");
    let line = got.stdout.lines().nth(1).expect("a row");
    let cells: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(cells, ["1", "3", "2", "1"], "{}", got.stdout);
    let many = [
        "funnel",
        "--steps",
        "visit,buy",
        "--window",
        "7d",
        "--output",
        "csv",
    ];
    let got = shop.command(&[&many[..], &range].concat(), b"");
    assert!(
        got.stdout.contains("1,visit,customers,3,2,1,0.5"),
        "{}",
        got.stdout
    );
}

#[test]
fn ranges_that_are_widened_to_the_same_are_refused() {
    let shop = events(EVENTS);
    let of = |from: &str, to: &str| {
        let words = [
            "lifecycle",
            "--event",
            "any",
            "--interval",
            "month",
            "--input",
            "events.csv",
            "--compare",
            "previous",
            "--from",
            from,
            "--to",
            to,
        ];
        shop.command(&words, b"")
    };
    let same = of("2025-02-10", "2025-02-16");
    assert_eq!(same.code, Some(2), "{}", same.stdout);
    assert!(same.stderr.contains("widened"), "{}", same.stderr);
    let part = of("2025-02-10", "2025-03-09");
    assert!(part.stdout.contains("shares a part"), "{}", part.stdout);
    let apart = of("2025-02-01", "2025-02-28");
    assert!(!apart.stdout.contains("shares a part"), "{}", apart.stdout);
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let shop = events(EVENTS);
    let with = |question: &[&str], more: &[&str]| {
        refused(
            &shop,
            &[question, &["--input", "events.csv"], more].concat(),
        )
    };
    let dfg = ["dfg"];
    assert!(with(&dfg, &["--compare", "last"]).contains("previous"));
    assert!(with(&dfg, &["--compare", "previous"]).contains("--from"));
    assert!(
        with(
            &["sessions", "--gap", "30m"],
            &["--compare", "2025-01-01.."]
        )
        .contains("sessions")
    );
}

//! What people get wrong, and files that are hostile: a clear answer, or an error with the way out.

use super::{ask, events, refused};
use crate::shop::{Shop, assert_says};

const EVENTS: &str = "user_id,event,timestamp,plan\n\
    ada,view,2025-01-01T10:00:00Z,pro\nada,buy,2025-01-02T10:00:00Z,pro\n\
    bob,view,2025-01-03T10:00:00Z,\n";

const FUNNEL: [&str; 5] = ["funnel", "--input", "events.csv", "--window", "14d"];

/// A funnel with more options.
fn funnel<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&FUNNEL[..], more].concat()
}

#[test]
fn wrong_usage_is_refused_with_the_way_out() {
    let shop = events(EVENTS);
    let life = [
        "lifecycle",
        "--input",
        "events.csv",
        "--event",
        "any",
        "--interval",
        "day",
    ];
    let with = |more: &[&str]| refused(&shop, &[&life[..], more].concat());
    let cases: [(&[&str], &[&str]); 10] = [
        (
            &["--where", "plam = 'pro'"],
            &["no column `plam`", "did you mean `plan`", "--where"],
        ),
        (&["--where", "plan ="], &["E02"]),
        (
            &["--by", "plam"],
            &["no column `plam`", "did you mean `plan`"],
        ),
        (
            &["--customer", "usr_id"],
            &["no column `usr_id`", "did you mean `user_id`"],
        ),
        (&["--timezone", "Berlin"], &["Berlin", "Europe/Berlin"]),
        (
            &["--from", "2025-02-01", "--to", "2025-01-01"],
            &["nothing lies between"],
        ),
        (&["--from", "yesterday"], &["--from yesterday", "RFC 3339"]),
        (&["--by", "plan", "--by-limit", "0"], &["--by-limit 0"]),
        (&["--horizons", "30,7"], &["--horizons", "longer"]),
        (&["--model", "stok"], &["flow", "stock"]),
    ];
    for (more, says) in cases {
        assert_says(&format!("{more:?}"), &with(more), says);
    }
    let neither = refused(&shop, &["dfg"]);
    assert_says("no source", &neither, &["--input", "--out"]);
    let period = [
        "retention",
        "--input",
        "events.csv",
        "--period",
        "day",
        "--periods",
        "0",
    ];
    assert_says("no periods", &refused(&shop, &period), &["at least one"]);
}

#[test]
fn funnels_and_patterns_say_what_is_wrong_with_steps() {
    let shop = events(EVENTS);
    let cases: [(Vec<&str>, &[&str]); 6] = [
        (funnel(&[]), &["--steps", "--step"]),
        (funnel(&["--steps", "view,,buy"]), &["is empty", "--step"]),
        (
            funnel(&["--steps", "view,buy", "--exclude", "x:2-1"]),
            &["--exclude x:2-1", "x:1-2"],
        ),
        (
            funnel(&["--steps", "view", "--mode", "strict_order"]),
            &["clickhouse"],
        ),
        (
            funnel(&["--steps", "view", "--among", "plan = 'pro'"]),
            &["--order strict"],
        ),
        (
            vec![
                "sequence",
                "--input",
                "events.csv",
                "--steps",
                "view",
                "--pattern",
                "(?2)",
            ],
            &["--pattern", "^"],
        ),
    ];
    for (args, says) in cases {
        assert_says(&format!("{args:?}"), &refused(&shop, &args), says);
    }
    let window = [
        "funnel",
        "--input",
        "events.csv",
        "--steps",
        "view",
        "--window",
        "soon",
    ];
    assert_says(
        "window",
        &refused(&shop, &window),
        &["--window soon", "14d"],
    );
}

#[test]
fn steps_that_never_occur_are_an_answer_with_a_note() {
    let shop = events(EVENTS);
    let answer = ask(&shop, &funnel(&["--steps", "view,bui,zzzzzz"]));
    let taken: Vec<i64> = (0..3)
        .filter_map(|step| answer["steps"][step]["customers"].as_i64())
        .collect();
    assert_eq!((taken, answer["people"].as_i64()), (vec![2, 0, 0], Some(2)));
    assert!(answer["steps"][1]["median_seconds"].is_null());
    let notes = answer["notes"].to_string();
    assert_says(
        "notes",
        &notes,
        &["`bui`", "did you mean `buy`?", "`zzzzzz`"],
    );
}

#[test]
fn a_window_of_nothing_takes_steps_of_one_instant() {
    let shop = events(
        "user_id,event,timestamp\nada,view,2025-01-01\nada,buy,2025-01-01\n\
        bob,view,2025-01-01\nbob,buy,2025-01-02\n",
    );
    let args = [
        "funnel",
        "--input",
        "events.csv",
        "--window",
        "0s",
        "--steps",
        "view,buy",
    ];
    let answer = ask(&shop, &args);
    assert_eq!(answer["steps"][0]["customers"], 2);
    assert_eq!(answer["steps"][1]["customers"], 1);
}

#[test]
fn a_thousand_steps_are_answered_and_more_are_refused() {
    let mut text = String::from("user_id,event,timestamp\n");
    let names: Vec<String> = (0..1_000).map(|step| format!("s{step}")).collect();
    for customer in 0..20 {
        for (step, name) in names.iter().enumerate().take(50 * customer + 1) {
            let (hour, minute) = (step / 60, step % 60);
            text += &format!("c{customer},{name},2025-01-01T{hour:02}:{minute:02}:00Z\n");
        }
    }
    let shop = events(&text);
    let steps = names.join(",");
    let answer = ask(&shop, &funnel(&["--steps", &steps]));
    assert_eq!(answer["steps"].as_array().map(Vec::len), Some(1_000));
    assert_eq!(answer["steps"][950]["customers"], 1);
    assert_eq!(answer["steps"][951]["customers"], 0);
    let more = format!("{steps},one_more");
    let said = refused(&shop, &funnel(&["--steps", &more]));
    assert_says("too many", &said, &["1001 steps", "at most 1000"]);
}

#[test]
fn empty_files_and_empty_ranges() {
    let shop = events("user_id,event,timestamp\n");
    let got = shop.command(&["dfg", "--input", "events.csv"], b"");
    assert_eq!(got.code, Some(1), "{}", got.stdout);
    assert_says("empty", &got.stderr, &["no events in it"]);
    let missing = shop.command(&["dfg", "--input", "nowhere.csv"], b"");
    assert_eq!(missing.code, Some(1));
    assert_says("missing", &missing.stderr, &["nowhere.csv"]);
    let shop = events(EVENTS);
    let args = ["paths", "--input", "events.csv", "--from", "2030-01-01"];
    let answer = ask(&shop, &args);
    assert_eq!(answer["edges"].as_array().map(Vec::len), Some(0));
    assert_says(
        "note",
        &answer["notes"].to_string(),
        &["none of the 3 rows"],
    );
    // Before the range is history, so the one who fell silent long ago is nowhere in the flow.
    let args = [
        "lifecycle",
        "--input",
        "events.csv",
        "--event",
        "any",
        "--interval",
        "month",
        "--from",
        "2030-01-01",
        "--to",
        "2030-02-28",
    ];
    let answer = ask(&shop, &args);
    assert_eq!(answer["periods"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["periods"][0]["new"], 0);
}

#[test]
fn one_customer_with_one_row_is_enough() {
    let shop = events("user_id,event,timestamp,c\nada,buy,2025-01-01,x\n");
    let input = ["--input", "events.csv"];
    for question in [
        &["lifecycle", "--event", "any", "--interval", "hour"][..],
        &[
            "lifecycle",
            "--event",
            "buy",
            "--interval",
            "day",
            "--model",
            "stock",
        ],
        &["retention", "--period", "month"],
        &["funnel", "--steps", "buy", "--window", "1d"],
        &["paths"],
        &["dfg"],
        &["sessions", "--gap", "30m"],
        &["stickiness", "--event", "any", "--interval", "day"],
        &["sequence", "--steps", "buy", "--pattern", "(?1)"],
        &["rfm", "--cuts", "ntile"],
        &["rfm"],
        &[
            "attribution",
            "--conversion",
            "buy",
            "--channel",
            "c",
            "--model",
            "markov",
        ],
    ] {
        ask(&shop, &[question, &input].concat());
    }
}

#[test]
fn bad_cells_are_counted_and_said() {
    let shop = Shop::new(crate::shop::PROJECT);
    let mut bytes = EVENTS.as_bytes().to_vec();
    bytes.extend_from_slice(b"eve,\xFF\xFE,2025-01-04,pro\n");
    bytes.extend_from_slice(
        b"eve,view,99999-12-31,pro\neve,view,0000-00-00,pro\n,view,2025-01-04,pro\n",
    );
    shop.file("events.csv", &bytes);
    let answer = ask(&shop, &["dfg", "--input", "events.csv"]);
    let events = &answer["about"]["events"];
    assert_eq!(
        (&events["read"], &events["used"]),
        (&7.into(), &3.into()),
        "{events}"
    );
    assert_eq!(events["dropped"]["invalid_utf8"], 1, "{events}");
    assert_says("notes", &answer["notes"].to_string(), &["4 of 7 rows"]);
}

#[test]
fn values_beyond_the_limit_share_an_answer() {
    let mut text = String::from("user_id,event,timestamp,page\n");
    for number in 0..5_000 {
        text += &format!("u{number},view,2025-01-01,p{}\n", number.max(99) - 99);
    }
    let shop = events(&text);
    let args = [
        "stickiness",
        "--input",
        "events.csv",
        "--event",
        "any",
        "--interval",
        "day",
        "--by",
        "page",
        "--by-limit",
        "3",
    ];
    let answer = ask(&shop, &args);
    let buckets = answer["buckets"].as_array().expect("a list");
    let of = |by: &str| {
        buckets
            .iter()
            .find(|one| one["by"] == by)
            .map(|one| one["customers"].clone())
    };
    assert_eq!(of("p0"), Some(100.into()));
    assert_eq!(of("(others)"), Some(4_898.into()));
    assert_eq!(buckets.len(), 4);
}

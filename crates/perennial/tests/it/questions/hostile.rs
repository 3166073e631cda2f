//! Every question against the same hostile situations, one after the other: an answer or an error that says the
//! way out.

use serde_json::Value;

use super::stages::shop as staged_shop;
use super::{ask, events, refused};
use crate::shop::assert_says;

const EVENTS: &str = "user_id,event,timestamp,plan,amount\n\
    ada,view,2025-01-01T10:00:00Z,pro,1\nada,buy,2025-01-02T10:00:00Z,pro,40\n\
    bob,view,2025-01-03T10:00:00Z,,\nbob,buy,2025-01-03T10:00:00Z,free,2\n";

/// A question of files: its words, and how it is asked for what never occurs, which a note must then say.
pub struct Case {
    pub words: &'static [&'static str],
    /// The same with an event that is spelled wrongly.
    misspelt: &'static [&'static str],
    /// The same with no time at all.
    no_time: &'static [&'static str],
}

pub const OF_FILES: [Case; 12] = [
    Case {
        words: &["lifecycle", "--event", "any", "--interval", "day"],
        misspelt: &["lifecycle", "--event", "bui", "--interval", "day"],
        no_time: &[],
    },
    Case {
        words: &[
            "lifecycle",
            "--event",
            "any",
            "--interval",
            "day",
            "--model",
            "stock",
        ],
        misspelt: &[
            "lifecycle",
            "--event",
            "bui",
            "--interval",
            "day",
            "--model",
            "stock",
        ],
        no_time: &[],
    },
    Case {
        words: &["retention", "--period", "day"],
        misspelt: &["retention", "--period", "day", "--return", "bui"],
        no_time: &[],
    },
    Case {
        words: &["funnel", "--steps", "view,buy", "--window", "14d"],
        misspelt: &["funnel", "--steps", "view,bui", "--window", "14d"],
        no_time: &["funnel", "--steps", "view,buy", "--window", "0s"],
    },
    Case {
        words: &[
            "funnel",
            "--steps",
            "view,buy",
            "--window",
            "14d",
            "--order",
            "unordered",
        ],
        misspelt: &[
            "funnel", "--steps", "view,bui", "--window", "14d", "--order", "strict",
        ],
        no_time: &[
            "funnel",
            "--steps",
            "view,buy",
            "--window",
            "0s",
            "--dialect",
            "posthog",
        ],
    },
    Case {
        words: &[
            "funnel",
            "--steps",
            "view,buy",
            "--window",
            "14d",
            "--dialect",
            "clickhouse",
        ],
        misspelt: &[
            "funnel",
            "--steps",
            "view,bui",
            "--window",
            "14d",
            "--dialect",
            "clickhouse",
        ],
        no_time: &[
            "funnel",
            "--steps",
            "view,buy",
            "--window",
            "0s",
            "--dialect",
            "clickhouse",
        ],
    },
    Case {
        words: &["paths"],
        misspelt: &["paths", "--before", "bui"],
        no_time: &["paths", "--gap", "0s"],
    },
    Case {
        words: &["dfg"],
        misspelt: &[],
        no_time: &[],
    },
    Case {
        words: &["sessions", "--gap", "30m"],
        misspelt: &["sessions", "--start", "bui"],
        no_time: &["sessions", "--gap", "0s"],
    },
    Case {
        words: &["stickiness", "--event", "any", "--interval", "week"],
        misspelt: &["stickiness", "--event", "bui", "--interval", "week"],
        no_time: &[],
    },
    Case {
        words: &["sequence", "--steps", "view,buy", "--pattern", "(?1).*(?2)"],
        misspelt: &["sequence", "--steps", "view,bui", "--pattern", "(?1).*(?2)"],
        no_time: &[
            "sequence",
            "--steps",
            "view,buy",
            "--pattern",
            "(?1)(?t<=0)(?2)",
        ],
    },
    Case {
        words: &[
            "attribution",
            "--conversion",
            "buy",
            "--channel",
            "plan",
            "--model",
            "linear,shapley",
        ],
        misspelt: &[
            "attribution",
            "--conversion",
            "bui",
            "--channel",
            "plan",
            "--model",
            "markov",
        ],
        no_time: &[
            "attribution",
            "--conversion",
            "buy",
            "--channel",
            "plan",
            "--model",
            "linear",
            "--look-back",
            "0s",
        ],
    },
];

const RFM: [&str; 5] = ["rfm", "--event", "buy", "--amount", "amount"];

/// Questions of a run's stages; the second words are those with no time at all.
const OF_RUNS: [(&[&str], &[&str]); 5] = [
    (&["kpis"], &["kpis", "--window", "0s"]),
    (&["regions"], &["regions", "--window", "0s"]),
    (
        &["opportunities", "--by", "country"],
        &[
            "opportunities",
            "--by",
            "country",
            "--window",
            "0s",
            "--value-window",
            "0s",
        ],
    ),
    (&["business"], &["business", "--block", "0"]),
    (&["journey"], &["journey", "--silence", "0s"]),
];

fn all_of_files() -> Vec<&'static [&'static str]> {
    let cases = OF_FILES.iter().map(|case| case.words);
    cases.chain([&RFM[..]]).collect()
}

pub fn with<'a>(words: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [words, more].concat()
}

fn notes(answer: &Value) -> String {
    answer["notes"].to_string()
}

#[test]
fn an_answer_says_what_it_is_about() {
    let shop = events(EVENTS);
    for words in all_of_files() {
        let about = ask(&shop, &with(words, &["--input", "events.csv"]))["about"].clone();
        for field in ["definition", "time_zone", "week_start"] {
            assert!(about[field].is_string(), "{words:?}: no {field} in {about}");
        }
        assert!(!about["range"].is_null(), "{words:?}: {about}");
        assert_eq!(about["events"]["read"], 4, "{words:?}: {about}");
        assert!(about["events"]["dropped"].is_object(), "{words:?}: {about}");
    }
}

#[test]
fn what_never_occurs_is_answered_with_the_nearest_spelling() {
    let shop = events(EVENTS);
    for words in OF_FILES.iter().map(|case| case.misspelt) {
        if words.is_empty() {
            continue;
        }
        let answer = ask(&shop, &with(words, &["--input", "events.csv"]));
        let says = ["`bui`", "did you mean `buy`?"];
        assert_says(&format!("{words:?}"), &notes(&answer), &says);
    }
    let rfm = [
        "rfm",
        "--event",
        "bui",
        "--amount",
        "amount",
        "--input",
        "events.csv",
    ];
    assert_says("rfm", &notes(&ask(&shop, &rfm)), &["did you mean `buy`?"]);
    let shop = staged_shop();
    let met = ["opportunities", "--out", "out", "--met", "ordred"];
    assert_says(
        "met",
        &notes(&ask(&shop, &met)),
        &["did you mean `ordered`?"],
    );
}

#[test]
fn a_column_that_is_not_there_is_refused_with_the_nearest_name() {
    let shop = events(EVENTS);
    for words in OF_FILES.iter().map(|case| case.words) {
        let told = refused(
            &shop,
            &with(words, &["--input", "events.csv", "--by", "plam"]),
        );
        assert_says(
            &format!("{words:?}"),
            &told,
            &["`plam`", "did you mean `plan`?"],
        );
    }
    for words in all_of_files() {
        let rule = with(words, &["--input", "events.csv", "--where", "plam = 'pro'"]);
        assert_says(
            &format!("{words:?}"),
            &refused(&shop, &rule),
            &["did you mean `plan`?"],
        );
    }
    let shop = staged_shop();
    for (words, _) in OF_RUNS {
        let told = refused(
            &shop,
            &with(words, &["--out", "out", "--where", "contry = 'DE'"]),
        );
        assert_says(&format!("{words:?}"), &told, &["did you mean `country`?"]);
        let told = refused(
            &shop,
            &with(words, &["--out", "out", "--lifecycle", "bying"]),
        );
        assert_says(&format!("{words:?}"), &told, &["`bying`", "buying"]);
    }
}

#[test]
fn nothing_to_answer_of_is_an_answer_with_a_note() {
    let shop = events(EVENTS);
    let none = ["--input", "events.csv", "--where", "1 = 2"];
    for words in all_of_files() {
        let answer = ask(&shop, &with(words, &none));
        assert_eq!(answer["about"]["events"]["used"], 0, "{words:?}");
        assert_says(
            &format!("{words:?}"),
            &notes(&answer),
            &["none of the 4 rows", "--where"],
        );
    }
    for ends in [("1990-01-01", "1990-02-01"), ("2060-01-01", "2060-02-01")] {
        let range = ["--input", "events.csv", "--from", ends.0, "--to", ends.1];
        for words in OF_FILES.iter().map(|case| case.words) {
            ask(&shop, &with(words, &range));
        }
    }
    let shop = staged_shop();
    for (words, _) in OF_RUNS {
        let answer = ask(&shop, &with(words, &["--out", "out", "--where", "1 = 2"]));
        assert_says(
            &format!("{words:?}"),
            &notes(&answer),
            &["none of the 5 rows"],
        );
        ask(
            &shop,
            &with(
                words,
                &["--out", "out", "--from", "2060-01-01", "--to", "2060-02-01"],
            ),
        );
    }
}

#[test]
fn no_time_at_all_is_a_length_like_others() {
    let shop = events(EVENTS);
    for words in OF_FILES.iter().map(|case| case.no_time) {
        if !words.is_empty() {
            ask(&shop, &with(words, &["--input", "events.csv"]));
        }
    }
    // Only bob did both at one instant.
    let funnel = ask(
        &shop,
        &with(OF_FILES[3].no_time, &["--input", "events.csv"]),
    );
    assert_eq!(funnel["steps"][1]["customers"], 1);
    let shop = staged_shop();
    for (_, words) in OF_RUNS {
        ask(&shop, &with(words, &["--out", "out"]));
    }
}

#[test]
fn files_without_events_are_refused_by_every_question() {
    let shop = events("user_id,event,timestamp,plan,amount\n");
    for words in all_of_files() {
        let got = shop.command(&with(words, &["--input", "events.csv"]), b"");
        assert_eq!(got.code, Some(1), "{words:?}: {}{}", got.stdout, got.stderr);
        assert_says(&format!("{words:?}"), &got.stderr, &["no events in it"]);
    }
}

#[test]
fn a_run_that_is_cut_off_or_of_another_form_is_refused() {
    let shop = staged_shop();
    let touches = shop.out().join("touches.parquet");
    let whole = std::fs::read(&touches).expect("touches");
    shop.file("out/touches.parquet", &whole[..whole.len() / 2]);
    let of_files = OF_FILES.iter().map(|case| case.words);
    let all: Vec<&[&str]> = of_files.chain(OF_RUNS.map(|(words, _)| words)).collect();
    for words in &all {
        // The run has no column `plan`, which a channel would be.
        if words[0] == "attribution" {
            continue;
        }
        let got = shop.command(&with(words, &["--out", "out"]), b"");
        assert_eq!(got.code, Some(1), "{words:?}: {}{}", got.stdout, got.stderr);
        assert_says(&format!("{words:?}"), &got.stderr, &["touches.parquet"]);
    }
    shop.file("out/touches.parquet", &whole);
    ask(&shop, &["dfg", "--out", "out"]);
    let run = std::fs::read_to_string(shop.out().join("run.json")).expect("a manifest");
    let other = run.replacen("\"format\": 1", "\"format\": 999", 1);
    assert_ne!(run, other);
    shop.file("out/run.json", other.as_bytes());
    for words in &all {
        let got = shop.command(&with(words, &["--out", "out"]), b"");
        assert_eq!(got.code, Some(1), "{words:?}: {}{}", got.stdout, got.stderr);
        assert_says(
            &format!("{words:?}"),
            &got.stderr,
            &["run.json", "999", "run again"],
        );
    }
}

#[test]
fn a_terminal_obeys_nothing_that_stands_in_a_file() {
    let evil = [
        "\u{1b}[2Jcleared",
        "\u{9b}31m",
        "over\rwritten",
        "\u{202e}turned",
        "nul\0",
    ];
    let mut text = String::from("user_id,event,timestamp,plan\n");
    for (day, word) in (1..).zip(evil) {
        text += &format!("\"{word}\",\"{word}\",2025-01-0{day},\"{word}\"\n");
        text += &format!("eve,\"{word}\",2025-01-0{day},\"{word}\"\n");
    }
    let shop = events(&text);
    let is_evil = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
    for words in [
        &["dfg"][..],
        &["paths"],
        &["sessions", "--gap", "30m"],
        &["rfm"],
        &[
            "stickiness",
            "--event",
            "clearedd",
            "--interval",
            "day",
            "--by",
            "plan",
        ],
        &[
            "attribution",
            "--conversion",
            "nul",
            "--channel",
            "plan",
            "--model",
            "last",
        ],
        &["dfg", "--by", "plam\u{1b}[2J"],
        &[
            "sessions",
            "--gap",
            "30m",
            "--output",
            "csv",
            "--save",
            "nowhere\u{1b}[2J/x.csv",
        ],
    ] {
        let got = shop.command(&with(words, &["--input", "events.csv"]), b"");
        let shown = got.stdout + &got.stderr;
        assert!(!shown.contains(is_evil), "{words:?}: {shown:?}");
        assert!(!shown.is_empty(), "{words:?}");
    }
    let table = shop.command(&["sessions", "--gap", "30m", "--input", "events.csv"], b"");
    assert_says(
        "sessions",
        &table.stdout,
        &["\\u{1b}[2Jcleared", "over\\rwritten"],
    );
    // Machines are given the very text.
    let answer = ask(&shop, &["dfg", "--input", "events.csv"]).to_string();
    assert!(answer.contains("\\u001b[2Jcleared"), "{answer}");
}

//! Questions asked together answer what each one answers alone, and complaints say which one is wrong.

use std::fmt::Write;
use std::fs;

use super::same::{QUESTIONS, rows};
use super::{events, refused, stages};
use crate::shop::{Shop, assert_says};

/// Questions with conditions and ranges of their own, and of sorts that others have none of.
const MORE: [&[&str]; 8] = [
    &["dfg", "--where", "plan = 'free'", "--by", "plan"],
    &["paths", "--from", "2025-01-10", "--where", "amount > 10"],
    &["retention", "--period", "week", "--value", "amount"],
    &[
        "attribution",
        "--conversion",
        "order",
        "--channel",
        "plan",
        "--model",
        "linear,markov",
        "--to",
        "2025-01-25",
    ],
    &["funnel", "--steps", "view,order", "--window", "2d"],
    &["stickiness", "--event", "view", "--interval", "day"],
    &[
        "sessions",
        "--gap",
        "6h",
        "--by",
        "plan",
        "--unknown",
        "none",
    ],
    // Reads other columns for customers, so in a reading of its own.
    &[
        "stickiness",
        "--event",
        "any",
        "--interval",
        "day",
        "--customer",
        "plan",
    ],
];

/// A file of questions, each as the list of its words.
fn sheet(head: &str, questions: &[&[&str]]) -> String {
    let mut text = format!("{head}\nquestions:\n");
    for (number, question) in questions.iter().enumerate() {
        let words: Vec<String> = question.iter().map(|word| format!("{word:?}")).collect();
        let _ = writeln!(text, "  q{number}: [{}]", words.join(", "));
    }
    text
}

/// What a command writes that goes well.
fn told(shop: &Shop, args: &[&str]) -> String {
    let got = shop.command(args, b"");
    assert_eq!(got.code, Some(0), "{args:?}: {}", got.stderr);
    got.stdout
}

/// The object that holds what each question answers alone, to the byte.
fn alone(shop: &Shop, questions: &[&[&str]], more: &[&str]) -> String {
    let answers = questions.iter().enumerate().map(|(number, question)| {
        let args = [question, more, &["--output", "json"]].concat();
        let answer = told(shop, &args);
        format!(
            "  \"q{number}\": {}",
            answer.trim_end().replace('\n', "\n  ")
        )
    });
    let answers: Vec<String> = answers.collect();
    format!("{{\n{}\n}}\n", answers.join(",\n"))
}

fn assert_same(made: &str, expected: &str) {
    let differs = made.lines().zip(expected.lines()).find(|(a, b)| a != b);
    assert!(made == expected, "answers differ: {differs:?}");
}

#[test]
fn questions_together_answer_as_alone() {
    let shop = events(&rows(2_000));
    let got = shop.run(&["--input", "events.csv"]);
    assert_eq!(got.code, Some(0), "{}", got.stderr);
    let questions = [&QUESTIONS[..], &MORE[..]].concat();
    for (head, more) in [
        ("input: events.csv", ["--input", "events.csv"]),
        ("out: out", ["--out", "out"]),
    ] {
        // The id of a customer has another name in a run.
        let questions = match more[0] {
            "--out" => &questions[..questions.len() - 1],
            _ => &questions[..],
        };
        shop.file("week.yaml", sheet(head, questions).as_bytes());
        let together = told(&shop, &["ask", "week.yaml", "--output", "json"]);
        assert_same(&together, &alone(&shop, questions, &more));
    }
}

#[test]
fn questions_about_stages_and_tables_answer_as_alone() {
    let shop = stages::shop();
    let questions: [&[&str]; 9] = [
        &["kpis", "--interval", "month"],
        &["kpis", "--by", "country", "--unknown", "nowhere"],
        &["regions"],
        &["opportunities", "--by", "country"],
        &["business"],
        &["journey", "--from", "2025-01-03"],
        &["journey", "--rows", "pains", "--by", "country"],
        &["rfm"],
        &["funnel", "--steps", "viewed,ordered", "--window", "60d"],
    ];
    shop.file(
        "sets/week.yaml",
        sheet("out: ../out", &questions).as_bytes(),
    );
    let ask = ["ask", "sets/week.yaml", "--output", "json"];
    let together = told(&shop, &ask);
    assert_same(&together, &alone(&shop, &questions, &["--out", "out"]));
    let orders = [
        "rfm", "--event", "order", "--amount", "amount", "--cuts", "ntile",
    ];
    shop.file(
        "orders.yaml",
        sheet("input: events.csv", &[&orders]).as_bytes(),
    );
    let together = told(&shop, &["ask", "orders.yaml", "--output", "json"]);
    assert_same(
        &together,
        &alone(&shop, &[&orders], &["--input", "events.csv"]),
    );
}

#[test]
fn what_holds_for_all_yields_to_questions_and_to_the_command_line() {
    let shop = events(&rows(600));
    let head = "input: nowhere.csv\ntime_zone: Asia/Kathmandu\nweek_start: sunday\nfrom: 2025-01-05\nto: 2025-01-20\nwhere: plan = 'pro' or plan = 'free'";
    let own: [&[&str]; 2] = [
        &[
            "stickiness",
            "--event",
            "any",
            "--interval",
            "week",
            "--where",
            "amount > 5 or amount = 0",
        ],
        &["dfg", "--from=2025-01-10", "--timezone", "UTC"],
    ];
    shop.file("week.yaml", sheet(head, &own).as_bytes());
    let ask = [
        "ask",
        "week.yaml",
        "--input",
        "events.csv",
        "--to",
        "2025-01-25",
        "--output",
        "json",
    ];
    let rule = "(plan = 'pro' or plan = 'free') and (amount > 5 or amount = 0)";
    let written: [&[&str]; 2] = [
        &[
            "stickiness",
            "--event",
            "any",
            "--interval",
            "week",
            "--where",
            rule,
            "--timezone",
            "Asia/Kathmandu",
            "--from",
            "2025-01-05",
        ],
        &[
            "dfg",
            "--from",
            "2025-01-10",
            "--timezone",
            "UTC",
            "--where",
            "plan = 'pro' or plan = 'free'",
        ],
    ];
    let more = [
        "--input",
        "events.csv",
        "--week-start",
        "sunday",
        "--to",
        "2025-01-25",
    ];
    assert_same(&told(&shop, &ask), &alone(&shop, &written, &more));
}

#[test]
fn tables_follow_one_another_and_files_have_names() {
    let shop = events(&rows(200));
    let source = ["--input", "events.csv"];
    let text = "input: events.csv\nquestions:\n  days: stickiness --event any --interval day\n  ways: >-\n    dfg --where \"plan = 'pro'\"\n    --columns source,to=target\n";
    shop.file("week.yaml", text.as_bytes());
    let days = ["stickiness", "--event", "any", "--interval", "day"];
    let ways = [
        "dfg",
        "--where",
        "plan = 'pro'",
        "--columns",
        "source,to=target",
    ];
    let alone = |question: &[&str], more: &[&str]| told(&shop, &[question, &source, more].concat());
    let expected = format!(
        "days: stickiness --event any --interval day\n\n{}\nways: dfg --where plan = 'pro' --columns source,to=target\n\n{}",
        alone(&days, &[]),
        alone(&ways, &[])
    );
    assert_same(&told(&shop, &["ask", "week.yaml"]), &expected);
    let only = told(&shop, &["ask", "week.yaml", "--only", "ways"]);
    assert_same(&only, &expected[expected.find("ways:").unwrap_or(0)..]);
    told(
        &shop,
        &[
            "ask",
            "week.yaml",
            "--output",
            "csv",
            "--save",
            "answers/csv",
        ],
    );
    for (name, question) in [("days", &days[..]), ("ways", &ways[..])] {
        let path = shop.folder.join(format!("answers/csv/{name}.csv"));
        let written = fs::read_to_string(path).expect("a file");
        assert_same(&written, &alone(question, &["--output", "csv"]));
    }
    told(
        &shop,
        &[
            "ask",
            "week.yaml",
            "--output",
            "parquet",
            "--save",
            "answers",
        ],
    );
    let bytes = fs::read(shop.folder.join("answers/ways.parquet")).expect("a file");
    assert!(bytes.starts_with(b"PAR1"));
    let question = "ways=dfg --where \"plan = 'pro'\" --columns source,to=target";
    let typed = told(
        &shop,
        &["ask", "--question", question, "--input", "events.csv"],
    );
    assert_same(&typed, &only);
}

#[test]
fn standard_input_is_read_once() {
    let shop = events("");
    let text = rows(100);
    let ask = |second: &str| {
        let args = [
            "ask",
            "--input",
            "-",
            "--output",
            "json",
            "--question",
            "a=dfg",
            "--question",
            second,
        ];
        shop.command(&args, text.as_bytes())
    };
    let got = ask("b=dfg --customer plan");
    assert_eq!(got.code, Some(2), "{}", got.stdout);
    assert_says(
        "twice",
        &got.stderr,
        &["`b`", "standard input", "--customer"],
    );
}

#[test]
fn complaints_name_the_question_and_its_place() {
    let shop = events(&rows(50));
    let with = |question: &str| {
        let text = format!("input: events.csv\nquestions:\n  good: dfg\n  bad: {question}\n");
        shop.file("week.yaml", text.as_bytes());
        refused(&shop, &["ask", "week.yaml"])
    };
    let cases: [(&str, &[&str]); 14] = [
        (
            "funel --steps a",
            &["`funel` is no question", "did you mean `funnel`", "kpis"],
        ),
        ("run", &["`run` is no question"]),
        ("dfg --bye plan", &["--bye", "'--by'"]),
        ("dfg --help", &["--help is no part"]),
        ("funnel --steps view", &["--window"]),
        (
            "funnel --steps view --window soon",
            &["--window soon", "14d"],
        ),
        ("dfg --input other.csv", &["--input is said once for all"]),
        ("dfg --out=out", &["--out is said once for all"]),
        ("dfg --output json", &["--output is said once for all"]),
        (
            "dfg --by plam",
            &["no column `plam`", "did you mean `plan`"],
        ),
        ("dfg --where \"plam = 1\"", &["no column `plam`", "--where"]),
        ("dfg --where 'plan", &["a ' is not closed"]),
        ("dfg --columns nothing", &["no column `nothing`"]),
        ("", &["nothing is asked"]),
    ];
    for (question, says) in cases {
        let said = with(question);
        assert_says(question, &said, says);
        assert_says(question, &said, &["week.yaml:4", "`bad`"]);
    }
    assert_says(
        "a map",
        &with("{ dfg: 1 }"),
        &["week.yaml:4", "`bad`", "as it would be typed"],
    );
    let missing = shop.command(
        &["ask", "--question", "a=dfg", "--input", "nowhere.csv"],
        b"",
    );
    assert_eq!(missing.code, Some(1));
    assert_says("missing", &missing.stderr, &["nowhere.csv"]);
}

#[test]
fn files_that_are_no_questions_are_refused_with_the_way_out() {
    let shop = events(&rows(50));
    let question = "questions: { a: dfg }\n";
    let cases: [(String, &[&str]); 12] = [
        (String::new(), &["no questions", "questions:"]),
        ("questions:\n".to_owned(), &["no questions"]),
        ("just words".to_owned(), &["no questions"]),
        (
            format!("inputs: x.csv\n{question}"),
            &["week.yaml:1", "`inputs`", "did you mean `input`"],
        ),
        (
            format!("from: [a, b]\n{question}"),
            &["week.yaml:1", "`from` is one text"],
        ),
        (
            format!("input: {{ a: b }}\n{question}"),
            &["week.yaml:1", "a map"],
        ),
        (format!("input: a\nout: b\n{question}"), &["one of the two"]),
        (
            "questions:\n  a: dfg\n  A: dfg\n".to_owned(),
            &["week.yaml:3", "`A` already"],
        ),
        (
            "questions:\n  a: dfg\n  a: dfg\n".to_owned(),
            &["week.yaml", "a"],
        ),
        (
            "questions:\n  a/b: dfg\n".to_owned(),
            &["week.yaml:2", "`a/b`", "letters"],
        ),
        ("questions: [\n".to_owned(), &["week.yaml", "E0"]),
        (
            format!("week_start: noon\ninput: events.csv\n{question}"),
            &["`a`", "monday", "sunday"],
        ),
    ];
    for (text, says) in cases {
        shop.file("week.yaml", text.as_bytes());
        assert_says(&text, &refused(&shop, &["ask", "week.yaml"]), says);
    }
    let many: Vec<&[&str]> = vec![&["dfg"]; 1_000];
    shop.file("week.yaml", sheet("input: events.csv", &many).as_bytes());
    let said = refused(&shop, &["ask", "week.yaml"]);
    assert_says("many", &said, &["1000 questions", "at most 100"]);
    shop.file("week.yaml", b"questions:\n  a: dfg\xFF\n");
    assert_says("bytes", &refused(&shop, &["ask", "week.yaml"]), &["UTF-8"]);
    shop.file(
        "week.yaml",
        format!("input: events.csv\n{question}").as_bytes(),
    );
    let csv = refused(&shop, &["ask", "week.yaml", "--output", "csv"]);
    assert_says("csv", &csv, &["--save DIR"]);
    let only = refused(&shop, &["ask", "week.yaml", "--only", "b,a"]);
    assert_says("only", &only, &["--only b"]);
    assert_says("none", &refused(&shop, &["ask"]), &["--question"]);
    let missing = shop.command(&["ask", "nowhere.yaml"], b"");
    assert_eq!(missing.code, Some(1));
    assert_says("missing", &missing.stderr, &["nowhere.yaml"]);
}

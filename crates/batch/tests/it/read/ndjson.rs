//! NDJSON: flat objects and Segment's calls, broken lines, and keys that turn up late.

use std::collections::BTreeSet;

use perennial_batch::read::{MAX_COLUMNS, MAX_LINE_BYTES, Reason, Reject};
use perennial_rules::project::{Property, PropertyType, Roles, Shape, Source};

use super::same::Dice;
use super::{Got, failure, plain, read};

/// A flat line with these members more.
fn flat(more: &str) -> String {
    format!("{{\"user_id\":\"a\",\"event\":\"visit\",\"timestamp\":\"2024-01-01\"{more}}}\n")
}

#[test]
fn flat_objects_become_columns_with_numbers_as_written() {
    let text = flat(
        r#","n":12345678901234567890123,"x":1e400,"z":-0.10,"b":true,"s":"a\u0062\n\"\ud83d\ude00","list":[1, {"a" : "x y"}],"o":{"p":{"q":1},"r":null},"e":"" "#,
    );
    let got = plain("a.ndjson", text.as_bytes());
    let cases = [
        ("n", "12345678901234567890123"),
        ("x", "1e400"),
        ("z", "-0.10"),
        ("b", "true"),
        ("s", "ab\n\"😀"),
        ("list", r#"[1,{"a":"x y"}]"#),
        ("o.p.q", "1"),
        ("o.r", "-"),
        ("e", "-"),
        ("user_id", "a"),
    ];
    for (column, value) in cases {
        assert_eq!(got.column(column), [value], "{column}");
    }
}

#[test]
fn keys_in_any_order_and_late_ones_find_their_columns() {
    let text = "{\"user_id\":1,\"event\":\"a\",\"timestamp\":0,\"x\":\"1\"}\n\
                \n  \r\n\
                {\"y\":\"2\",\"x\":\"3\",\"timestamp\":1,\"event\":\"b\",\"user_id\":2}\r\n\
                {\"timestamp\":2,\"user_id\":3,\"event\":\"c\",\"x\":\"4\",\"x\":\"5\",\"o\":{\"z\":\"6\"},\"o.z\":\"7\"}";
    let got = plain("a.jsonl", text.as_bytes());
    assert_eq!(got.column("row"), ["1", "2", "3"]);
    assert_eq!(got.column("user_id"), ["1", "2", "3"]);
    assert_eq!(got.column("at"), ["0", "1000", "2000"]);
    assert_eq!(got.column("x"), ["1", "3", "5"]);
    assert_eq!(got.column("y"), ["-", "2", "-"]);
    assert_eq!(got.column("o.z"), ["-", "-", "6"]);
}

#[test]
fn keys_behind_the_sample_become_columns_and_ids() {
    let mut text = String::new();
    for _ in 0..70_000 {
        text.push_str(&flat(""));
    }
    text.push_str("{\"anonymousId\":\"d\",\"event\":\"visit\",\"timestamp\":\"2024-01-01\",\"late\":\"1\",\"message_id\":\"m\"}\n");
    let got = plain("a.ndjson", text.as_bytes());
    assert_eq!(got.counts.given, 70_001);
    assert_eq!(
        got.column("anonymous_id").last().map(String::as_str),
        Some("d")
    );
    assert_eq!(
        got.column("message_id").last().map(String::as_str),
        Some("m")
    );
    assert_eq!(got.column("late").last().map(String::as_str), Some("1"));
    let (first, last) = (got.batches[0].schema(), got.batches[1].schema());
    assert!(
        first
            .fields()
            .iter()
            .zip(last.fields())
            .all(|(a, b)| a == b),
        "columns only grow"
    );
}

#[test]
fn bad_lines_cost_only_themselves() {
    let deep = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let arrays = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(String, &str); 26] = [
        ("{".into(), "bad_json"),
        ("{}}".into(), "bad_json"),
        ("{\"a\":1,}".into(), "bad_json"),
        ("{\"a\" 1}".into(), "bad_json"),
        ("{\"a\":1 \"b\":2}".into(), "bad_json"),
        ("{a:1}".into(), "bad_json"),
        ("{\"a\":01}".into(), "bad_json"),
        ("{\"a\":1.}".into(), "bad_json"),
        ("{\"a\":+1}".into(), "bad_json"),
        ("{\"a\":NaN}".into(), "bad_json"),
        ("{\"a\":Infinity}".into(), "bad_json"),
        ("{\"a\":\"x".into(), "bad_json"),
        ("{\"a\":\"\\x\"}".into(), "bad_json"),
        ("{\"a\":\"\\ud800\"}".into(), "bad_json"),
        ("{\"a\":\"\t\"}".into(), "bad_json"),
        ("{\"a\":[1,]}".into(), "bad_json"),
        ("{\"a\":1".into(), "bad_json"),
        ("[1]".into(), "not_an_object"),
        ("7".into(), "not_an_object"),
        (deep(100_000), "too_deep"),
        (arrays, "too_deep"),
        (deep(64), "missing_event"),
        ("{\"event\":\"v\",\"timestamp\":0}".into(), "missing_id"),
        (
            "{\"event\":\"v\",\"timestamp\":0,\"user_id\":true}".into(),
            "bad_id",
        ),
        (
            "{\"event\":[],\"timestamp\":0,\"user_id\":\"a\"}".into(),
            "bad_event",
        ),
        (
            format!("{{\"x\":\"{}\"}}", "y".repeat(2 << 20)),
            "field_too_large",
        ),
    ];
    for (line, code) in cases {
        let text = format!("{}{line}\n{}", flat(""), flat(""));
        let got = plain("a.ndjson", text.as_bytes());
        let shown: String = line.chars().take(60).collect();
        assert_eq!(got.codes(), [format!("2 {code}")], "{shown}");
        assert_eq!(got.column("row"), ["1", "3"], "{shown}");
        assert_eq!(got.rejects[0].line, Some(2));
    }
}

#[test]
fn a_line_beyond_the_limit_is_passed_over() {
    for ending in ["\"}\n", ""] {
        let line = format!("{{\"x\":\"{}{ending}", "y".repeat(MAX_LINE_BYTES * 3));
        let text = format!("{}{line}", flat(""));
        let more = if ending.is_empty() {
            String::new()
        } else {
            flat("")
        };
        let got = plain("a.ndjson", format!("{text}{more}").as_bytes());
        assert_eq!(got.codes(), ["2 line_too_long"]);
        assert_eq!(got.counts.given, 1 + u64::from(!more.is_empty()));
    }
}

#[test]
fn invalid_utf8_rejects_its_line() {
    let mut bytes = flat("").into_bytes();
    bytes.extend_from_slice(b"{\"user_id\":\"Jos\xE9\"}\n");
    let got = plain("a.ndjson", &bytes);
    assert_eq!(got.codes(), ["2 invalid_utf8"]);
    assert_eq!(got.rejects[0].original, "{\"user_id\":\"Jos\\xE9\"}");
}

#[test]
fn keys_without_end_are_left_out_and_counted() {
    let mut text = String::new();
    for number in 0..10_000 {
        text.push_str(&flat(&format!(",\"k{number}\":1")));
    }
    let got = plain("a.ndjson", text.as_bytes());
    assert_eq!(got.counts.given, 10_000);
    let columns = got.batches.last().map_or(0, |batch| batch.num_columns());
    assert!(columns <= MAX_COLUMNS + 11, "{columns}");
    // The first 1,997 keys have columns beside the three others that play roles.
    assert_eq!(
        got.counts.values_left_out,
        10_000 - (MAX_COLUMNS as u64 - 3)
    );
}

#[test]
fn what_is_no_ndjson_at_all_is_refused_with_a_way_out() {
    let none = Source::default();
    for text in [
        "[\n{\"a\":1},\n{\"a\":2}\n]\n",
        "{\n  \"a\": 1\n}\n",
        "[{\"user_id\":1}]",
    ] {
        let message = failure("a.json", text.as_bytes(), &none);
        assert!(message.contains("jq -c"), "{message}");
    }
}

const CALLS: &str = r#"{"type":"track","event":"Order Completed","messageId":"m1","userId":"u1","anonymousId":"a1","timestamp":"2024-01-01T00:00:01Z","receivedAt":"2024-01-01T00:00:09Z","properties":{"total":12.50,"country":"FR","products":[{"id": 1}]},"context":{"campaign":{"source":"mail"},"page":{"url":"/x"},"traits":{"plan":"pro"}},"channel":"web","integrations":{"All":true}}
{"type":"page","name":"Home","messageId":"m2","userId":null,"anonymousId":"a1","originalTimestamp":"2024-01-01T01:00:02Z","sentAt":"2024-01-01T01:00:05Z","receivedAt":"2024-01-01T00:00:06Z","properties":{"path":"/"}}
{"type":"identify","messageId":"m3","userId":"u1","anonymousId":"a1","timestamp":"2024-01-01T00:00:03Z","traits":{"email":"A@x.org","country":"DE","address":{"city":"Bonn"}},"context":{"traits":{"country":"XX","plan":"free"}}}
{"type":"alias","messageId":"m4","userId":"u2","previousId":"u1","sentAt":"2024-01-01T00:00:04Z"}
{"type":"group","messageId":"m5","userId":"u1","groupId":"g1","timestamp":"2024-01-01T00:00:05Z","traits":{"country":"IT","email":"team@x.org"}}
"#;

fn calls() -> Got {
    plain("a.ndjson", CALLS.as_bytes())
}

#[test]
fn segment_calls_are_known() {
    let got = calls();
    let cases: [(&str, [&str; 5]); 16] = [
        (
            "event",
            ["Order Completed", "page", "identify", "alias", "group"],
        ),
        ("message_id", ["m1", "m2", "m3", "m4", "m5"]),
        ("user_id", ["u1", "-", "u1", "u2", "u1"]),
        ("anonymous_id", ["a1", "a1", "a1", "-", "-"]),
        ("previous_id", ["-", "-", "-", "u1", "-"]),
        // The second is corrected by the skew of its client's clock: an hour less a second.
        (
            "at",
            [
                "1704067201000",
                "1704067203000",
                "1704067203000",
                "1704067204000",
                "1704067205000",
            ],
        ),
        (
            "received_at",
            ["1704067209000", "1704067206000", "-", "-", "-"],
        ),
        // A group's traits are not the customer's.
        ("email", ["-", "-", "A@x.org", "-", "-"]),
        ("total", ["12.50", "-", "-", "-", "-"]),
        ("products", [r#"[{"id":1}]"#, "-", "-", "-", "-"]),
        ("campaign.source", ["mail", "-", "-", "-", "-"]),
        ("context.page.url", ["/x", "-", "-", "-", "-"]),
        ("channel", ["web", "-", "-", "-", "-"]),
        ("name", ["-", "Home", "-", "-", "-"]),
        ("plan", ["pro", "-", "free", "-", "-"]),
        ("group.country", ["-", "-", "-", "-", "IT"]),
    ];
    for (column, values) in cases {
        assert_eq!(got.column(column), values, "{column}");
    }
    assert_eq!(got.column("groupId"), ["-", "-", "-", "-", "g1"]);
    assert_eq!(got.column("address.city"), ["-", "-", "Bonn", "-", "-"]);
    assert_eq!(got.column("integrations.All"), ["-"; 5]);
    let inputs = super::open(
        &super::file("a.ndjson", CALLS.as_bytes()),
        &Source::default(),
    );
    let inputs = inputs.expect("opened");
    assert_eq!(inputs.files[0].mapping().amount.as_deref(), Some("amount"));
}

#[test]
fn a_property_and_a_trait_may_have_one_name() {
    let got = calls();
    let schema = got.batches[0].schema();
    let parts: Vec<&str> = schema
        .fields()
        .iter()
        .filter(|field| field.name() == "country")
        .map(|field| field.metadata()["perennial.part"].as_str())
        .collect();
    assert_eq!(parts, ["property", "trait"]);
    let column = schema
        .fields()
        .iter()
        .rposition(|field| field.name() == "country")
        .expect("there");
    let array = got.batches[0].column(column);
    let shown = |row| arrow_cast::display::array_value_to_string(array, row).expect("shown");
    assert_eq!([shown(0), shown(2), shown(4)], ["", "DE", ""]);
}

#[test]
fn calls_that_are_none_are_rejected() {
    let text = format!(
        "{CALLS}{}\n{}\n{}\n{}\n{}\n",
        r#"{"type":"track","userId":"u","timestamp":"2024-01-01","properties":{}}"#,
        r#"{"type":"purchase","userId":"u","timestamp":"2024-01-01"}"#,
        r#"{"userId":"u","timestamp":"2024-01-01"}"#,
        r#"{"type":"page","userId":{"id":1},"timestamp":"2024-01-01"}"#,
        r#"{"type":"page","userId":"u","timestamp":null}"#,
    );
    let got = plain("a.ndjson", text.as_bytes());
    assert_eq!(got.counts.given, 5);
    let codes = [
        "6 missing_event",
        "7 unknown_type",
        "8 unknown_type",
        "9 missing_id",
        "10 missing_time",
    ];
    assert_eq!(got.codes(), codes);
}

#[test]
fn sources_may_declare_roles_and_types_of_calls() {
    let property = |name: &str, column: &str, kind| Property {
        name: name.into(),
        column: column.into(),
        kind: Some(kind),
    };
    let source = Source {
        shape: Some(Shape::Segment),
        roles: Roles {
            customer_id: Some("properties.crm".into()),
            ..Roles::default()
        },
        properties: vec![
            property("amount", "properties.total", PropertyType::Money),
            property("plan", "traits.plan", PropertyType::Text),
        ],
        ..Source::default()
    };
    let text = r#"{"type":"track","event":"x","timestamp":"2024-01-01","properties":{"crm":7,"total":"1.5"},"traits":{"plan":1}}"#;
    let got = read("a.ndjson", text.as_bytes(), &source).expect("readable");
    assert_eq!(got.column("customer_id"), ["7"]);
    assert_eq!(got.column("amount"), ["1500000"]);
    assert_eq!(got.column("plan"), ["1"]);
    // The same lines as flat objects.
    let flat = Source {
        shape: Some(Shape::Flat),
        roles: Roles {
            user_id: Some("properties.crm".into()),
            ..Roles::default()
        },
        ..Source::default()
    };
    let got = read("a.ndjson", text.as_bytes(), &flat).expect("readable");
    assert_eq!(got.column("user_id"), ["7"]);
    assert_eq!(got.column("traits.plan"), ["1"]);
}

/// Lines made of pieces of JSON at random: they are taken exactly where serde_json takes them.
#[test]
fn json_is_judged_as_a_general_parser_does() {
    const PIECES: [&str; 40] = [
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "\"a\"",
        "\"b\\n\"",
        "\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\q\"",
        "1",
        "-1.5",
        "0",
        "00",
        "1e5",
        "1E-2",
        "-",
        ".",
        "true",
        "false",
        "null",
        "nul",
        " ",
        "\t",
        "\"",
        "\\",
        "é",
        "{\"a\":1}",
        "[1,2]",
        "{}",
        "[]",
        "\"x\":",
        ",\"y\":",
        "{\"z\":",
        "}}",
        "]}",
        "\u{1}",
        "\"c\":null",
        "\"\\/\"",
    ];
    let mut dice = Dice(42);
    let mut text = flat("");
    let (mut expected, mut lines) = (BTreeSet::new(), 1_u64);
    for _ in 0..30_000 {
        let mut line = String::from("{\"k\":");
        for _ in 0..=dice.below(5) {
            line.push_str(PIECES[dice.below(PIECES.len())]);
        }
        if dice.below(2) == 0 {
            line.push('}');
        }
        match serde_json::from_str::<serde_json::Value>(&line) {
            // It cannot hold 1e510, which here stays as it is written.
            Err(error) if error.to_string().contains("out of range") => continue,
            Err(_) => {
                expected.insert(lines + 1);
            }
            Ok(_) => {}
        }
        lines += 1;
        text.push_str(&line);
        text.push('\n');
    }
    let got = plain("a.ndjson", text.as_bytes());
    let bad = |reject: &&Reject| reject.reason == Reason::BadJson;
    let bad: BTreeSet<u64> = got
        .rejects
        .iter()
        .filter(bad)
        .map(|reject| reject.row)
        .collect();
    let all: Vec<&str> = text.lines().collect();
    let differ = bad.symmetric_difference(&expected).next();
    assert_eq!(differ.map(|row| all[*row as usize - 1]), None);
    let good = lines - bad.len() as u64;
    assert!(good > 1_500, "only {good} of {lines} lines were JSON");
}

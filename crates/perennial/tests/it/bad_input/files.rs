//! Files that are wrong in one way each.

use crate::shop::{HEADER, PROJECT, ROWS, Shop, assert_says, shown};

/// A file, and what must come of it.
struct Case {
    name: &'static str,
    file: &'static str,
    bytes: Vec<u8>,
    project: &'static str,
    args: &'static [&'static str],
    /// What must be said on standard error where it fails, else on standard output.
    says: &'static [&'static str],
    /// What became of the rows; none where it fails, with exit code 1.
    counts: Option<[u64; 6]>,
    reasons: &'static [(&'static str, u64)],
}

impl Default for Case {
    fn default() -> Self {
        Self {
            name: "",
            file: "events.csv",
            bytes: Vec::new(),
            project: PROJECT,
            args: &[],
            says: &[],
            counts: None,
            reasons: &[],
        }
    }
}

/// Bad rows after the header and before two good ones.
fn csv(bad: &str) -> Vec<u8> {
    format!("{HEADER}{bad}{ROWS}").into_bytes()
}

fn check(cases: Vec<Case>) {
    for case in cases {
        let shop = Shop::new(case.project);
        shop.file(case.file, &case.bytes);
        let got = shop.run(&[&["--input", case.file], case.args].concat());
        let text = format!("{}{}", got.stdout, got.stderr);
        assert_says(case.name, &text, case.says);
        let Some(counts) = case.counts else {
            assert_eq!(got.code, Some(1), "{}: {text}", case.name);
            // What was wrong stands before the colon, where it was and the way out behind it.
            assert!(got.stderr.contains(case.file), "{}: {text}", case.name);
            shop.is_refused(&got, &[]);
            continue;
        };
        assert_eq!(got.code, Some(0), "{}: {text}", case.name);
        assert_eq!(got.stderr, "", "{}", case.name);
        let manifest = shop.results();
        assert_eq!(shown(manifest.counts), counts, "{}: {text}", case.name);
        let reasons = manifest.rejected_by_reason.iter();
        let reasons: Vec<(&str, u64)> = reasons
            .map(|(code, count)| (code.as_str(), *count))
            .collect();
        assert_eq!(reasons, case.reasons, "{}", case.name);
    }
}

#[test]
fn files_without_events() {
    let no_events = &["no events in it", "a row for each"];
    check(vec![
        Case {
            name: "an empty file",
            says: no_events,
            ..Case::default()
        },
        Case {
            name: "a header only",
            bytes: HEADER.into(),
            says: no_events,
            ..Case::default()
        },
        Case {
            name: "a header without its line end",
            bytes: HEADER.trim().into(),
            says: no_events,
            ..Case::default()
        },
        Case {
            name: "empty lines",
            bytes: b"\n\n\r\n".into(),
            says: no_events,
            ..Case::default()
        },
        Case {
            name: "a byte order mark alone",
            bytes: b"\xEF\xBB\xBF".into(),
            says: no_events,
            ..Case::default()
        },
        Case {
            name: "empty NDJSON",
            file: "events.ndjson",
            says: no_events,
            ..Case::default()
        },
    ]);
}

#[test]
fn text_in_other_forms() {
    let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let utf16_marked = [&b"\xFF\xFE"[..], &utf16].concat();
    let ways = &["UTF-16", "iconv"];
    check(vec![
        Case {
            name: "a byte order mark",
            bytes: [b"\xEF\xBB\xBF", &csv("")[..]].concat(),
            counts: Some([2, 2, 0, 0, 0, 0]),
            ..Case::default()
        },
        Case {
            name: "lines that end in CR LF",
            bytes: String::from_utf8_lossy(&csv(""))
                .replace('\n', "\r\n")
                .into(),
            counts: Some([2, 2, 0, 0, 0, 0]),
            ..Case::default()
        },
        Case {
            name: "UTF-16 with its mark",
            bytes: utf16_marked,
            says: ways,
            ..Case::default()
        },
        Case {
            name: "UTF-16 without",
            bytes: utf16,
            says: ways,
            ..Case::default()
        },
        Case {
            name: "Latin-1",
            bytes: [
                HEADER.as_bytes(),
                b"j\xF6rg,order,2025-01-03T10:00:00Z,5\n",
                ROWS.as_bytes(),
            ]
            .concat(),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("invalid_utf8", 1)],
            says: &["bad: invalid_utf8 1"],
            ..Case::default()
        },
        Case {
            name: "bytes that are no text",
            bytes: [
                HEADER.as_bytes(),
                b"e\xFF\xFE,order,2025-01-03T10:00:00Z,5\n",
                ROWS.as_bytes(),
            ]
            .concat(),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("invalid_utf8", 1)],
            ..Case::default()
        },
        Case {
            name: "NUL in an id",
            bytes: csv("n\0l,order,2025-01-03T10:00:00Z,1\n"),
            counts: Some([3, 3, 0, 0, 0, 0]),
            ..Case::default()
        },
        Case {
            name: "an archive",
            bytes: b"PK\x03\x04 and more".to_vec(),
            says: &["zip archive", "unpack it"],
            ..Case::default()
        },
        Case {
            name: "a web page",
            bytes: b"<!DOCTYPE html>\n<html><body>not found</body></html>\n".to_vec(),
            says: &[
                "no column says who the customer is",
                "`columns: { user_id: COLUMN }`",
                "<!DOCTYPE html>",
            ],
            ..Case::default()
        },
        Case {
            name: "bytes of no form",
            bytes: (0..=255_u8).cycle().take(10_000).collect(),
            says: &["no column says who", r"\u{1}"],
            ..Case::default()
        },
    ]);
}

#[test]
fn tables_that_are_askew() {
    let declared = "name: Shop\nsources: [{ delimiter: \";\" }]\n";
    let wide: Vec<String> = (0..5_000).map(|number| format!("c{number}")).collect();
    let wide = format!("user_id,event,timestamp,{}\n", wide.join(","));
    let many = format!("user_id,event,timestamp,{}\n", "c,".repeat(2_500));
    check(vec![
        Case {
            name: "another delimiter than declared",
            bytes: csv(""),
            project: declared,
            says: &["no column says who", "is the delimiter ',', not ';'?"],
            ..Case::default()
        },
        Case {
            name: "rows of other widths",
            bytes: csv("cyd,order\ndan,order,2025-01-03T10:00:00Z,5,6,7\n"),
            counts: Some([4, 2, 2, 0, 0, 0]),
            reasons: &[("too_few_cells", 1), ("too_many_cells", 1)],
            says: &["4 rows read, of which 2 bad"],
            ..Case::default()
        },
        Case {
            name: "a quote that is never closed",
            bytes: csv("\"eve,order,2025-01-03T10:00:00Z,5\n"),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("unclosed_quote", 1)],
            ..Case::default()
        },
        Case {
            name: "a cell of ten megabytes",
            bytes: csv(&format!(
                "eve,order,2025-01-03T10:00:00Z,{}\n",
                "x".repeat(10_000_000)
            )),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("field_too_large", 1)],
            ..Case::default()
        },
        Case {
            name: "two columns of one name",
            bytes: b"user_id,event,timestamp,amount,amount\nada,order,2025-01-01T10:00:00Z,40,50\n"
                .to_vec(),
            counts: Some([1, 1, 0, 0, 0, 0]),
            ..Case::default()
        },
        Case {
            name: "two columns of ids",
            bytes: b"user_id,user_id,event,timestamp\nada,bob,order,2025-01-01T10:00:00Z\n"
                .to_vec(),
            counts: Some([1, 1, 0, 0, 0, 0]),
            ..Case::default()
        },
        Case {
            name: "5,000 columns",
            bytes: wide.into(),
            says: &["columns, at most 2000 are read", "leave out"],
            ..Case::default()
        },
        Case {
            name: "2,500 columns",
            bytes: many.into(),
            says: &["it has 2504 columns, at most 2000 are read"],
            ..Case::default()
        },
        Case {
            name: "a row of 100,000 cells",
            bytes: csv(&format!("{}\n", ",".repeat(100_000))),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("too_many_cells", 1)],
            ..Case::default()
        },
        Case {
            name: "no column of times",
            bytes: b"user_id,event\nada,order\n".to_vec(),
            says: &[
                "no column says when it happened",
                "`columns: { at: COLUMN }`",
            ],
            ..Case::default()
        },
        Case {
            name: "a declared column that is not there",
            bytes: csv(""),
            project: "sources: [{ columns: { user_id: User_Id } }]\n",
            says: &["there is no column `User_Id`", "did you mean `user_id`?"],
            ..Case::default()
        },
    ]);
}

#[test]
fn values_that_cannot_be() {
    let long = format!("{},order,2025-01-03T10:00:00Z,1\n", "i".repeat(70_000));
    check(vec![
        Case { name: "times of several forms", bytes: csv("a,order,1735725600,1\nb,order,2025-01-01 10:00:00,1\nc,order,01/02/2025,1\nd,order,yesterday,1\ne,order,,1\n"), counts: Some([7, 4, 3, 0, 0, 0]), reasons: &[("ambiguous_time", 1), ("bad_time", 1), ("missing_time", 1)], ..Case::default() },
        Case { name: "years at the ends of time", bytes: csv("a,order,0000-01-01T00:00:00Z,1\nb,order,9999-12-31T00:00:00Z,1\nc,order,0001-01-02T00:00:00Z,1\nd,order,9998-12-30T00:00:00Z,1\ne,order,1e18,1\n"), counts: Some([7, 4, 3, 0, 0, 0]), reasons: &[("time_out_of_range", 2), ("bad_time", 1)], ..Case::default() },
        Case { name: "missing ids", bytes: csv(",order,2025-01-03T10:00:00Z,1\n  ,order,2025-01-03T10:00:00Z,1\n"), counts: Some([4, 2, 2, 0, 0, 0]), reasons: &[("missing_id", 2)], ..Case::default() },
        Case { name: "an id of 70,000 letters", bytes: csv(&long), counts: Some([3, 2, 1, 0, 0, 0]), reasons: &[("id_too_long", 1)], ..Case::default() },
        Case { name: "amounts beyond what can be held", bytes: csv("a,order,2025-01-03T10:00:00Z,-50\nb,order,2025-01-03T10:00:00Z,1e300\nc,order,2025-01-03T10:00:00Z,9e18\nd,order,2025-01-03T10:00:00Z,twelve\ne,order,2025-01-03T10:00:00Z,\n"), counts: Some([7, 4, 3, 0, 0, 0]), reasons: &[("number_out_of_range", 2), ("bad_number", 1)], ..Case::default() },
        Case { name: "no event name", bytes: csv("a,,2025-01-03T10:00:00Z,1\n"), counts: Some([3, 2, 1, 0, 0, 0]), reasons: &[("missing_event", 1)], ..Case::default() },
        Case { name: "event names that nobody knows", bytes: csv("a,zorp,2025-01-03T10:00:00Z,1\n"), counts: Some([3, 3, 0, 0, 0, 0]), says: &["events that no touchpoint names: zorp (1)"], ..Case::default() },
        Case { name: "placeholders", bytes: csv("null,order,2025-01-03T10:00:00Z,1\nanonymous,order,2025-01-03T10:00:00Z,1\n0,order,2025-01-03T10:00:00Z,1\nundefined,order,2025-01-03T10:00:00Z,1\nUndefined,order,2025-01-03T10:00:00Z,1\nNULL,order,2025-01-03T10:00:00Z,1\n"), counts: Some([8, 2, 0, 0, 6, 0]), says: &["6 without an identifier"], ..Case::default() },
        Case { name: "a message twice", bytes: b"user_id,event,timestamp,message_id\nada,order,2025-01-01T10:00:00Z,m1\nada,order,2025-01-01T10:00:00Z,m1\n".to_vec(), counts: Some([2, 1, 0, 1, 0, 0]), says: &["1 sent twice"], ..Case::default() },
        Case { name: "rows at and after the end", bytes: csv(""), args: &["--until", "2025-01-02T10:00:00Z"], counts: Some([2, 1, 0, 0, 0, 1]), says: &["1 after the end"], ..Case::default() },
    ]);
}

#[test]
fn currencies_that_are_mixed() {
    let rows = |other: &str| {
        let text = "user_id,event,timestamp,amount,currency\nada,order,2025-01-01,40,EUR\nada,order,2025-01-02,40,";
        format!("{text}{other}\n").into_bytes()
    };
    let counts = Some([2, 2, 0, 0, 0, 0]);
    check(vec![
        Case {
            name: "two",
            bytes: rows("usd"),
            project: "currency: EUR\n",
            counts,
            says: &[
                "note: some amounts are in USD by the column `currency`",
                "added up as EUR",
            ],
            ..Case::default()
        },
        Case {
            name: "another than the project's",
            bytes: rows("EUR"),
            project: "currency: USD\n",
            counts,
            says: &["some amounts are in EUR", "added up as USD"],
            ..Case::default()
        },
    ]);
    let shop = Shop::new("currency: EUR\n");
    shop.file("events.csv", &rows("eur"));
    let got = shop.run(&["--input", "events.csv"]);
    assert!(!got.stdout.contains("amounts"), "{}", got.stdout);
}

#[test]
fn json_of_other_shapes() {
    let good = r#"{"user_id":"ada","event":"order","timestamp":"2025-01-01T10:00:00Z","items":[1,{"a":[2]}]}"#;
    let deep = format!(
        "{{\"user_id\":\"bob\",\"x\":{}1{}}}",
        "{\"a\":".repeat(100_000),
        "}".repeat(100_000)
    );
    let lists = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let row = |user: &str, event: &str| {
        format!(r#"{{"user_id":{user},"event":{event},"timestamp":"2025-01-01T10:00:00Z"}}"#)
    };
    let odd = [
        row("[\"a\"]", "\"order\""),
        row("{\"a\":1}", "\"order\""),
        row("true", "\"order\""),
        row("\"x\"", "[5]"),
    ]
    .join("\n");
    let lines = |bad: &str| format!("{good}\n{bad}\n{good}\n").into_bytes();
    let file = "events.ndjson";
    check(vec![
        Case {
            name: "lists within",
            file,
            bytes: lines(good),
            counts: Some([3, 3, 0, 0, 0, 0]),
            ..Case::default()
        },
        Case {
            name: "objects nested 100,000 deep",
            file,
            bytes: lines(&deep),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("too_deep", 1)],
            ..Case::default()
        },
        Case {
            name: "lists nested 100,000 deep",
            file,
            bytes: lines(&lists),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("too_deep", 1)],
            ..Case::default()
        },
        Case {
            name: "values that are no objects",
            file,
            bytes: lines("[1,2]\n\"x\"\n5\nnull"),
            counts: Some([6, 2, 4, 0, 0, 0]),
            reasons: &[("not_an_object", 4)],
            ..Case::default()
        },
        Case {
            name: "a line cut off",
            file,
            bytes: lines(r#"{"user_id":"x","event":"or"#),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("bad_json", 1)],
            ..Case::default()
        },
        Case {
            name: "ids and events of other kinds",
            file,
            bytes: lines(&odd),
            counts: Some([6, 2, 4, 0, 0, 0]),
            reasons: &[("bad_id", 2), ("bad_event", 1), ("missing_id", 1)],
            ..Case::default()
        },
        Case {
            name: "one list of all",
            file: "events.json",
            bytes: format!("[{good}]\n").into(),
            says: &["it is no NDJSON", "jq -c"],
            ..Case::default()
        },
    ]);
}

#[test]
fn bad_rows_at_the_end_of_a_file_are_counted() {
    let after = |bad: &str| format!("{HEADER}{ROWS}{bad}").into_bytes();
    check(vec![
        Case {
            name: "one",
            bytes: after("eve,order\n"),
            counts: Some([3, 2, 1, 0, 0, 0]),
            reasons: &[("too_few_cells", 1)],
            ..Case::default()
        },
        Case {
            name: "several",
            bytes: after(",order,2025-01-03,1\neve,order,x,1\n"),
            counts: Some([4, 2, 2, 0, 0, 0]),
            reasons: &[("bad_time", 1), ("missing_id", 1)],
            ..Case::default()
        },
    ]);
}

#[test]
fn placeholders_are_compared_without_case() {
    let rows = "[object Object],order,2025-01-03,1\nNaN,order,2025-01-03,1\n(Not Set),order,2025-01-03,1\n";
    check(vec![Case {
        name: "capitals within",
        bytes: csv(rows),
        counts: Some([5, 2, 0, 0, 3, 0]),
        ..Case::default()
    }]);
}

//! CSV: delimiters, quotes, damage, limits, and names that need no configuration.

use perennial_batch::read::{MAX_CELL_BYTES, MAX_ORIGINAL_BYTES};
use perennial_rules::project::{Delimiter, Property, PropertyType, Roles, Source};

use super::{Got, failure, gzip, plain, read};

const GOOD: &str =
    "user_id,event,timestamp,plan\nada,visit,2024-01-01,free\nbob,order,2024-01-02T03:04:05Z,\n";

#[test]
fn a_good_file_gives_its_rows_under_every_delimiter_and_compression() {
    let semicolons = GOOD.replace(',', ";");
    let zstd = zstd::encode_all(GOOD.as_bytes(), 1).expect("memory");
    let two_members = [
        gzip(b"user_id,event,timestamp,plan\nada,visit,2024-01-01,free\n"),
        gzip(b"bob,order,2024-01-02T03:04:05Z,\n"),
    ]
    .concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("a.csv", GOOD.into()),
        ("a.csv", semicolons.clone().into()),
        ("a.tsv", GOOD.replace(',', "\t").into()),
        ("a.txt", GOOD.replace(',', "|").into()),
        ("a.csv", GOOD.replace('\n', "\r\n").into()),
        ("a.csv", GOOD.replace('\n', "\r").into()),
        ("a.csv", GOOD.replace('\n', "\n\n").into()),
        ("a.csv", GOOD.trim_end().into()),
        ("a.csv", format!("\u{feff}{GOOD}").into()),
        ("a.csv", format!("sep=;\n{semicolons}").into()),
        ("a.csv", GOOD.replace("ada", "\" ada \"").into()),
        ("a.csv.gz", gzip(GOOD.as_bytes())),
        ("a.csv", gzip(GOOD.as_bytes())),
        ("a.csv.gz", two_members),
        ("a.csv.zst", zstd),
    ];
    for (name, bytes) in cases {
        let got = plain(name, &bytes);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(got.column("row"), ["1", "2"], "{text:?}");
        assert_eq!(got.column("user_id"), ["ada", "bob"], "{text:?}");
        assert_eq!(got.column("event"), ["visit", "order"], "{text:?}");
        assert_eq!(
            got.column("at"),
            ["1704067200000", "1704164645000"],
            "{text:?}"
        );
        assert_eq!(got.column("plan"), ["free", "-"], "{text:?}");
        assert!(got.rejects.is_empty());
    }
}

#[test]
fn files_without_rows_are_read_as_such() {
    for text in [
        "",
        "\n",
        "\u{feff}",
        "user_id,event,timestamp\n",
        "user_id,event,timestamp",
    ] {
        let got = plain("a.csv", text.as_bytes());
        assert_eq!((got.counts.rows, got.batches.len()), (0, 0), "{text:?}");
    }
}

/// Rows behind the header `user_id,event,timestamp,note`, and what becomes of them: the users given,
/// the rejects, and the lines they stand on.
fn check(rows: &str, users: &[&str], rejects: &[&str], lines: &[u64]) -> Got {
    let text = format!("user_id,event,timestamp,note\n{rows}");
    let got = plain("a.csv", text.as_bytes());
    assert_eq!(got.column("user_id"), users, "{rows}");
    assert_eq!(got.codes(), rejects, "{rows}");
    let found: Vec<u64> = got
        .rejects
        .iter()
        .filter_map(|reject| reject.line)
        .collect();
    assert_eq!(found, lines, "{rows}");
    got
}

#[test]
fn bad_rows_cost_only_themselves() {
    let good = "ada,visit,2024-01-01,\n";
    let cases: [(&str, &str); 14] = [
        ("x,visit,2024-01-01\n", "too_few_cells"),
        ("x\n", "too_few_cells"),
        ("x,visit,2024-01-01,a,b\n", "too_many_cells"),
        ("x,visit,2024-01-01,\"a\n", "unclosed_quote"),
        ("x,visit,2024-01-01,\"a\"b\n", "bad_quote"),
        (",visit,2024-01-01,\n", "missing_id"),
        ("   ,visit,2024-01-01,\n", "missing_id"),
        ("x,,2024-01-01,\n", "missing_event"),
        ("x,visit,,\n", "missing_time"),
        ("x,visit,yesterday,\n", "bad_time"),
        ("x,visit,03/04/2024,\n", "ambiguous_time"),
        ("x,visit,0000-01-01,\n", "time_out_of_range"),
        ("x,visit,9999-12-31T23:59:59Z,\n", "time_out_of_range"),
        (",,,\n", "missing_event"),
    ];
    for (bad, code) in cases {
        let reject = format!("2 {code}");
        check(
            &format!("{good}{bad}bob,visit,2024-01-03,\n"),
            &["ada", "bob"],
            &[&reject],
            &[3],
        );
        // The last row of a file, with no line end behind it.
        let got = check(
            &format!("{good}{}", bad.trim_end()),
            &["ada"],
            &[&reject],
            &[3],
        );
        assert_eq!(got.rejects[0].original, bad.trim_end());
    }
}

#[test]
fn superfluous_empty_cells_do_not_matter() {
    check("ada,visit,2024-01-01,a,,\n", &["ada"], &[], &[]);
}

#[test]
fn quotes_hold_delimiters_lines_and_quotes() {
    let got = check(
        "ada,visit,2024-01-01,\"a,b\"\nbob,visit,2024-01-01,\"two\nlines\"\r\ncid,visit,2024-01-01,\"say \"\"hi\"\"\"\ndee,visit,2024-01-01,5\" x\n,,,\n",
        &["ada", "bob", "cid", "dee"],
        &["5 missing_event"],
        &[7],
    );
    assert_eq!(
        got.column("note"),
        ["a,b", "two\nlines", "say \"hi\"", "5\" x"]
    );
}

#[test]
fn after_an_unclosed_quote_reading_goes_on_at_the_next_line() {
    let mut rows = String::from("x,visit,2024-01-01,\"open\n");
    for number in 0..5_000 {
        rows.push_str(&format!("u{number},visit,2024-01-01,fine\n"));
    }
    let users: Vec<String> = (0..5_000).map(|number| format!("u{number}")).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    check(&rows, &users, &["1 unclosed_quote"], &[2]);
    // A quote opened twice: the second closes nothing.
    check(
        "x,visit,2024-01-01,\"open\ny,visit,2024-01-01,\"open\nz,visit,2024-01-01,\n",
        &["z"],
        &["1 bad_quote", "2 unclosed_quote"],
        &[2, 3],
    );
}

#[test]
fn a_field_of_ten_megabytes_is_rejected_and_the_next_row_is_read() {
    for quote in ["", "\""] {
        let field = format!("{quote}{}{quote}", "x".repeat(10 << 20));
        let rows =
            format!("ada,visit,2024-01-01,\nx,visit,2024-01-01,{field}\nbob,visit,2024-01-01,\n");
        let got = check(&rows, &["ada", "bob"], &["2 field_too_large"], &[3]);
        let original = &got.rejects[0].original;
        assert!(
            original.len() < MAX_ORIGINAL_BYTES + 100,
            "{}",
            original.len()
        );
        assert!(original.contains("cut, "), "the cut is marked");
    }
    // Far beyond what is kept of a record: the line is passed over.
    let rows = format!("x,{}\nbob,visit,2024-01-01,\n", "y".repeat(40 << 20));
    check(&rows, &["bob"], &["1 field_too_large"], &[2]);
    let just_fits = "x".repeat(MAX_CELL_BYTES);
    check(
        &format!("ada,visit,2024-01-01,{just_fits}\n"),
        &["ada"],
        &[],
        &[],
    );
}

#[test]
fn thousands_of_cells_are_one_bad_row() {
    let rows = format!("x{}\nbob,visit,2024-01-01,\n", ",y".repeat(1_000_000));
    check(&rows, &["bob"], &["1 too_many_cells"], &[2]);
    let header = (0..3_000)
        .map(|n| format!("c{n}"))
        .collect::<Vec<_>>()
        .join(",");
    assert!(failure("a.csv", header.as_bytes(), &Source::default()).contains("3000 columns"));
}

#[test]
fn bytes_that_are_no_utf8_reject_their_row_and_say_where() {
    let mut text = b"user_id,event,timestamp\nada,visit,2024-01-01\nJos\xE9,visit,2024-01-01\nbob,visit,2024-01-02\n".to_vec();
    let got = plain("a.csv", &text);
    assert_eq!(got.column("user_id"), ["ada", "bob"]);
    assert_eq!(got.codes(), ["2 invalid_utf8"]);
    assert!(
        got.rejects[0].message.contains("byte 4"),
        "{}",
        got.rejects[0].message
    );
    assert_eq!(got.rejects[0].original, "Jos\\xE9,visit,2024-01-01");
    // Within a quoted cell that holds quotes.
    text.extend_from_slice(b"\"a\"\"\xE9\",visit,2024-01-01\n");
    assert_eq!(
        plain("a.csv", &text).codes(),
        ["2 invalid_utf8", "4 invalid_utf8"]
    );
}

#[test]
fn other_encodings_and_archives_are_refused_with_a_way_out() {
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xFF, 0xFE], utf16.as_slice()].concat();
    let none = Source::default();
    for bytes in [utf16, marked] {
        assert!(failure("a.csv", &bytes, &none).contains("iconv -f UTF-16 -t UTF-8"));
    }
    for (bytes, what) in [
        (&b"PK\x03\x04...."[..], "spreadsheet"),
        (b"BZh91AY", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
    ] {
        assert!(failure("a.csv", bytes, &none).contains(what));
    }
}

#[test]
fn nul_bytes_are_kept() {
    let got = plain(
        "a.csv",
        b"user_id,event,timestamp\na\0da,visit,2024-01-01\n",
    );
    assert_eq!(got.column("user_id"), ["a\0da"]);
}

#[test]
fn a_cut_or_corrupt_archive_is_damage() {
    let mut text = String::from("user_id,event,timestamp\n");
    let mut state = 1_u64;
    for _ in 0..200_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text.push_str(&format!("u{state:x},visit,2024-01-01\n"));
    }
    let whole = gzip(text.as_bytes());
    let message = failure("a.csv.gz", &whole[..whole.len() / 2], &Source::default());
    assert!(
        message.contains("cut off in the middle of its gzip data"),
        "{message}"
    );
    assert!(
        message.contains("rows before the damage were read: 1"),
        "{message}"
    );
    let whole = zstd::encode_all(text.as_bytes(), 1).expect("memory");
    let message = failure("a.csv.zst", &whole[..whole.len() / 2], &Source::default());
    assert!(
        message.contains("cut off in the middle of its zstd data"),
        "{message}"
    );
    let mut corrupt = gzip(text.as_bytes());
    let middle = corrupt.len() / 2;
    corrupt[middle..middle + 1_000].fill(0xAA);
    let message = failure("a.csv.gz", &corrupt, &Source::default());
    assert!(message.contains("gzip data are corrupt"), "{message}");
}

#[test]
fn many_rows_come_in_batches() {
    let mut text = String::from("user_id,event,timestamp,n\n");
    for number in 0..200_000 {
        text.push_str(&format!(
            "u{number},visit,{},{number}\n",
            1_700_000_000 + number
        ));
    }
    let got = plain("a.csv", text.as_bytes());
    let sizes: Vec<usize> = got.batches.iter().map(|batch| batch.num_rows()).collect();
    assert_eq!(sizes, [65_536, 65_536, 65_536, 3_392]);
    assert_eq!(got.column("row").last().map(String::as_str), Some("200000"));
    assert_eq!(got.column("n").last().map(String::as_str), Some("199999"));
}

#[test]
fn usual_names_need_no_configuration() {
    let cases = [
        ("id,date,cds,amount\n1,1997-01-01,1,11.77\n", "1", "order"),
        ("cust,date\n1,2006-01-01\n", "1", "order"),
        (
            "customer_id,order_date,invoice,total\n1,2010-12-01,536365,139.12\n",
            "1",
            "order",
        ),
        (
            "Client ID;Order Date;Revenue\n1;2010-12-01;2\n",
            "1",
            "order",
        ),
        (
            "user_id,event,timestamp\n1,visit,2024-01-01\n",
            "1",
            "visit",
        ),
        (
            "case:concept:name,concept:name,time:timestamp\n1,visit,2024-01-01\n",
            "1",
            "visit",
        ),
        (
            "member,type,ts\n1,page_view,1700000000000\n",
            "1",
            "page_view",
        ),
        (
            "userId,eventName,occurredAt\n1,visit,2024-01-01\n",
            "1",
            "visit",
        ),
        // Neither is a kind of event here, as their values show.
        (
            "customer,name,type,date\n1,Ada,gift card,2024-01-01\n",
            "1",
            "order",
        ),
    ];
    for (text, user, event) in cases {
        let got = plain("a.csv", text.as_bytes());
        assert_eq!(got.column("user_id"), [user], "{text}");
        assert_eq!(got.column("event"), [event], "{text}");
    }
}

#[test]
fn a_customer_id_is_a_role_of_its_own_only_beside_a_user_id() {
    let got = plain("a.csv", b"customer_id,user_id,anonymous_id,event,at\nc,u,a,visit,2024-01-01\nc,,,visit,2024-01-01\n");
    assert_eq!(got.column("customer_id"), ["c", "c"]);
    assert_eq!(got.column("user_id"), ["u", "-"]);
    assert_eq!(got.column("anonymous_id"), ["a", "-"]);
}

#[test]
fn what_is_missing_is_said_with_the_columns_found() {
    let none = Source::default();
    let message = failure("a.csv", b"event,timestamp\nvisit,2024-01-01\n", &none);
    assert!(
        message.contains("who the customer is") && message.contains("`event`, `timestamp`"),
        "{message}"
    );
    let message = failure("a.csv", b"user_id,event\na,visit\n", &none);
    assert!(message.contains("columns: { at: COLUMN }"), "{message}");
    let wrong = Source {
        delimiter: Some(Delimiter(b';')),
        ..Source::default()
    };
    let message = failure("a.csv", GOOD.as_bytes(), &wrong);
    assert!(
        message.contains("is the delimiter ',', not ';'?"),
        "{message}"
    );
    let declared = Source {
        roles: Roles {
            at: Some("Time Stamp".into()),
            ..Roles::default()
        },
        ..Source::default()
    };
    let message = failure("a.csv", GOOD.as_bytes(), &declared);
    assert!(
        message.contains("no column `Time Stamp`; did you mean `timestamp`?"),
        "{message}"
    );
}

#[test]
fn declared_types_are_kept_exactly_or_the_row_is_rejected() {
    let property = |name: &str, column: &str, kind| Property {
        name: name.into(),
        column: column.into(),
        kind: Some(kind),
    };
    let source = Source {
        properties: vec![
            property("value", "total", PropertyType::Money),
            property("cents", "cents", PropertyType::Minor),
            property("zip", "zip", PropertyType::Text),
            property("paid", "paid", PropertyType::Bool),
        ],
        traits: vec!["country".into()],
        event: Some("bought".into()),
        ..Source::default()
    };
    let rows = "a,2024-01-01,-12.345678,100,0123,yes,DE,x\n\
                b,2024-01-01,9200000000000,-9223372036854775808,1,0,,\n\
                c,2024-01-01,,,,,,\n\
                d,2024-01-01,1e300,1,1,1,,\n\
                e,2024-01-01,99999999999999999999,1,1,1,,\n\
                f,2024-01-01,12 EUR,1,1,1,,\n\
                g,2024-01-01,1,1.5,1,1,,\n\
                h,2024-01-01,1,99999999999999999999,1,1,,\n\
                i,2024-01-01,1,7.00,1,maybe,,\n";
    let text = format!("user,date,total,cents,zip,paid,country,other\n{rows}");
    let got = read("a.csv", text.as_bytes(), &source).expect("readable");
    assert_eq!(got.column("event"), ["bought"; 3]);
    assert_eq!(
        got.column("value"),
        ["-12345678", "9200000000000000000", "-"]
    );
    assert_eq!(got.column("cents"), ["100", "-9223372036854775808", "-"]);
    assert_eq!(got.column("zip"), ["0123", "1", "-"]);
    assert_eq!(got.column("paid"), ["true", "false", "-"]);
    let codes = [
        "4 number_out_of_range",
        "5 number_out_of_range",
        "6 bad_number",
        "7 bad_number",
        "8 number_out_of_range",
        "9 bad_bool",
    ];
    assert_eq!(got.codes(), codes);
    let schema = got.batches[0].schema();
    let meta = |name: &str, key: &str| {
        let field = schema.field_with_name(name).expect("there");
        field.metadata().get(key).cloned().unwrap_or_default()
    };
    assert_eq!(meta("value", "perennial.unit"), "millionths");
    assert_eq!(meta("value", "perennial.column"), "total");
    assert_eq!(meta("cents", "perennial.unit"), "minor");
    assert_eq!(meta("country", "perennial.part"), "trait");
    assert_eq!(meta("other", "perennial.part"), "property");
}

#[test]
fn names_that_clash_are_numbered() {
    let source = Source {
        roles: Roles {
            at: Some("when".into()),
            ..Roles::default()
        },
        ..Source::default()
    };
    let text = b"user_id,event,when,at,x,x,,row\na,visit,2024-01-01,1,2,3,4,5\n";
    let got = read("a.csv", text, &source).expect("readable");
    let schema = got.batches[0].schema();
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(
        names,
        [
            "row", "event", "at", "user_id", "at_2", "x", "x_2", "column_7", "row_2"
        ]
    );
}

#[test]
fn identifiers_beyond_the_limit_are_rejected() {
    let text = format!(
        "user_id,event,timestamp\n{},visit,2024-01-01\nbob,{},2024-01-01\n",
        "x".repeat(65_536),
        "y".repeat(1 << 20)
    );
    assert_eq!(
        plain("a.csv", text.as_bytes()).codes(),
        ["1 id_too_long", "2 bad_event"]
    );
}

#[test]
fn chosen_columns_come_alone_and_rows_are_judged_all_the_same() {
    let path = super::file(
        "a.csv",
        b"user_id,event,timestamp,n\na,visit,2024-01-01,1\n,visit,2024-01-01,2\nb,visit,never,3\n",
    );
    let inputs = super::open(&path, &Source::default()).expect("opened");
    let got = super::read_all(&inputs, Some(&["n", "row", "nowhere"])).expect("read");
    let schema = got.batches[0].schema();
    let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    assert_eq!(names, ["row", "n"]);
    assert_eq!(got.column("n"), ["1"]);
    assert_eq!(got.codes(), ["2 missing_id", "3 bad_time"]);
}

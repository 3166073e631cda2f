//! Times: the forms that are read by themselves, those that must be declared, and those refused.

use perennial_rules::project::Source;

use super::{failure, read};

/// Reads one time and gives its milliseconds or the code of its reject.
fn time(text: &str, source: &Source) -> String {
    let csv = format!("user_id;event;timestamp\na;visit;{text}\n");
    let got = read("a.csv", csv.as_bytes(), source).expect("readable");
    match got.rejects.first() {
        Some(reject) => reject.reason.code().to_owned(),
        None => got.column("at").remove(0),
    }
}

#[test]
fn usual_forms_are_read() {
    let cases = [
        ("2024-02-29", "1709164800000"),
        ("2024/02/29", "1709164800000"),
        (" 2024-02-29 ", "1709164800000"),
        ("2024-02-29T01:02:03Z", "1709168523000"),
        ("2024-02-29t01:02:03z", "1709168523000"),
        ("2024-02-29 01:02:03", "1709168523000"),
        ("2024-02-29 01:02", "1709168520000"),
        ("2024-02-29 01:02:03.4", "1709168523400"),
        ("2024-02-29 01:02:03,456", "1709168523456"),
        ("2024-02-29T01:02:03.456789Z", "1709168523456"),
        ("2024-02-29T01:02:03.456789123+01:00", "1709164923456"),
        ("2024-02-29 01:02:03 UTC", "1709168523000"),
        ("2024-02-29 01:02:03+0530", "1709148723000"),
        ("2024-02-29 01:02:03 -05", "1709186523000"),
        ("2016-12-31T23:59:60Z", "1483228799000"),
        ("1969-12-31T23:59:59.999Z", "-1"),
        ("0001-01-01", "-62135596800000"),
        ("9998-12-31T23:59:59.999Z", "253370764799999"),
        ("0", "0"),
        ("-86400", "-86400000"),
        ("1709168523", "1709168523000"),
        ("1709168523.5", "1709168523500"),
        ("1709168523456", "1709168523456"),
        ("1709168523456.7", "1709168523456"),
        ("1709168523456789", "1709168523456"),
        ("20240229", "1709164800000"),
        ("2024-02-29T01:02:03Z[Etc/UTC]", "1709168523000"),
    ];
    for (text, ms) in cases {
        assert_eq!(time(text, &Source::default()), ms, "{text}");
    }
}

#[test]
fn what_is_no_time_or_may_be_two_is_rejected() {
    let cases = [
        ("2023-02-29", "bad_time"),
        ("2024-13-01", "bad_time"),
        ("2024-02-29T24:00:00Z", "bad_time"),
        ("2024-02-29T01:60:00Z", "bad_time"),
        ("2024-02-29T01:02:03.Z", "bad_time"),
        ("2024-02-29T01:02:03+99:00", "bad_time"),
        ("2024-2-9", "bad_time"),
        ("2024-02-29 1:02 PM", "bad_time"),
        ("next tuesday", "bad_time"),
        ("NaN", "bad_time"),
        ("1e9", "bad_time"),
        ("03/04/2024", "ambiguous_time"),
        ("31.12.24", "ambiguous_time"),
        ("12-31-2024 10:00", "ambiguous_time"),
        ("0000-12-31", "time_out_of_range"),
        ("9999-01-01", "time_out_of_range"),
        ("1000000000000000000", "time_out_of_range"),
        ("99999999999999999999999999", "time_out_of_range"),
        ("   ", "missing_time"),
    ];
    for (text, code) in cases {
        assert_eq!(time(text, &Source::default()), code, "{text}");
    }
}

#[test]
fn local_times_are_taken_in_the_zone_also_where_clocks_change() {
    let source = Source {
        time_zone: Some("Europe/Berlin".into()),
        ..Source::default()
    };
    let cases = [
        ("2024-01-01", "1704063600000"),
        ("2024-07-01 12:00", "1719828000000"),
        // The clock jumps from 2 to 3: half past two is taken as half past three.
        ("2024-03-31 02:30", "1711848600000"),
        // The hour from 2 to 3 comes twice: the first is taken.
        ("2024-10-27 02:30", "1729989000000"),
        ("2024-07-01T12:00:00Z", "1719835200000"),
        ("20240701", "1719784800000"),
    ];
    for (text, ms) in cases {
        assert_eq!(time(text, &source), ms, "{text}");
    }
    let nowhere = Source {
        time_zone: Some("Mars/Olympus".into()),
        ..Source::default()
    };
    assert!(
        failure("a.csv", b"user_id,event,timestamp\n", &nowhere)
            .contains("no time zone `Mars/Olympus`")
    );
}

#[test]
fn declared_formats_are_obeyed() {
    let format = |format: &str| Source {
        time_format: Some(format.into()),
        time_zone: Some("America/New_York".into()),
        ..Source::default()
    };
    let cases = [
        ("%d/%m/%Y", "03/04/2024", "1712116800000"),
        ("%m/%d/%Y", "03/04/2024", "1709528400000"),
        ("%d.%m.%Y %H:%M", "3.4.2024 10:30", "1712154600000"),
        ("%Y-%m-%d %I:%M %p", "2024-01-01 03:04 PM", "1704139440000"),
        (
            "%a, %d %b %Y %H:%M:%S %z",
            "Mon, 01 Jan 2024 00:00:00 +0100",
            "1704063600000",
        ),
        ("%s", "1704067200", "1704067200000"),
        ("unix_ms", "86400000", "86400000"),
        ("unix_s", "1.5", "1500"),
        ("unix_us", "-1", "-1"),
        ("%d/%m/%Y", "2024-01-01", "bad_time"),
        ("unix_ms", "soon", "bad_time"),
        ("%d/%m/%Y", "01/01/9999", "time_out_of_range"),
    ];
    for (written, text, expected) in cases {
        assert_eq!(time(text, &format(written)), expected, "{written} {text}");
    }
}

#[test]
fn mixed_forms_are_read_one_by_one() {
    let text = "user_id,event,timestamp\na,v,2024-01-01\nb,v,1704067200\nc,v,1704067200000\nd,v,01/02/2024\ne,v,2024-01-01T00:00:00+00:00\n";
    let got = read("a.csv", text.as_bytes(), &Source::default()).expect("readable");
    assert_eq!(got.column("at"), ["1704067200000"; 4]);
    assert_eq!(got.codes(), ["4 ambiguous_time"]);
}

#[test]
fn a_file_of_which_no_time_can_be_read_fails_at_once_with_the_format() {
    let mut text = String::from("user_id,event,timestamp\n");
    for day in 1..=28 {
        text.push_str(&format!("a,visit,{day:02}/02/2024\n"));
    }
    let message = failure("a.csv", text.as_bytes(), &Source::default());
    assert!(
        message.contains("`time_format: \"%d/%m/%Y\"` would fit"),
        "{message}"
    );
    let both = text.lines().take(13).collect::<Vec<_>>().join("\n");
    let message = failure("a.csv", both.as_bytes(), &Source::default());
    assert!(
        message.contains("no time in column `timestamp` can be read")
            && !message.contains("would fit"),
        "{message}"
    );
}

//! The money of orders where nothing is declared: found by its column's name, if its values are numbers.

use perennial_rules::project::{Property, Source};

use super::{file, open, read_all};

/// The column `amount` of a file of orders whose money is called so, and the rows rejected.
fn amounts(source: &Source, name: &str, values: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut text = format!("customer,date,{name}\n");
    for value in values {
        text.push_str(&format!("c1,2025-01-01,{value}\n"));
    }
    let path = file("orders.csv", text.as_bytes());
    let inputs = open(&path, source).expect("opened");
    let got = read_all(&inputs, None).expect("read");
    (got.column("amount"), got.codes())
}

#[test]
fn usual_names_are_money() {
    let source = Source::default();
    for name in [
        "amount",
        "total",
        "Revenue",
        "price",
        "order_total",
        "sales",
    ] {
        let (values, rejects) = amounts(&source, name, &["11.77", "-5", ""]);
        assert_eq!(values, ["11770000", "-5000000", "-"], "{name}");
        assert!(rejects.is_empty(), "{name}: {rejects:?}");
    }
    let (values, _) = amounts(&source, "amount_cents", &["1177", "-5"]);
    assert_eq!(values, ["1177", "-5"], "minor units are not multiplied");
    let (values, _) = amounts(&source, "shoe_size", &["11", "12"]);
    assert_eq!(values, ["-", "-"], "other numbers are none");
}

#[test]
fn a_column_that_is_money_keeps_its_own_name_beside() {
    let path = file("orders.csv", b"customer,date,total\nc1,2025-01-01,11.77\n");
    let inputs = open(&path, &Source::default()).expect("opened");
    let got = read_all(&inputs, None).expect("read");
    assert_eq!(got.column("total"), ["11.77"]);
    assert_eq!(got.column("amount"), ["11770000"]);
}

#[test]
fn what_is_no_number_is_rejected_where_most_are_and_left_where_most_are_not() {
    let source = Source::default();
    let (values, rejects) = amounts(&source, "total", &["1", "twelve", "1e300", "2"]);
    assert_eq!(values, ["1000000", "2000000"]);
    assert_eq!(rejects, ["2 bad_number", "3 number_out_of_range"]);
    let (values, rejects) = amounts(&source, "total_cents", &["100", "twelve", "200"]);
    assert_eq!(values, ["100", "200"], "still minor units");
    assert_eq!(rejects, ["2 bad_number"]);
    let (values, rejects) = amounts(&source, "amount", &["two boxes", "a box", "3"]);
    assert_eq!(values, ["two boxes", "a box", "3"]);
    assert!(rejects.is_empty(), "{rejects:?}");
}

#[test]
fn among_other_events_a_value_may_be_anything() {
    let path = file(
        "events.csv",
        b"user_id,event,timestamp,value\na,order,2025-01-01,5\na,chosen,2025-01-01,blue\na,order,2025-01-02,6\n",
    );
    let inputs = open(&path, &Source::default()).expect("opened");
    let got = read_all(&inputs, None).expect("read");
    assert_eq!(got.column("value"), ["5", "blue", "6"]);
    assert_eq!(got.column("amount"), ["-", "-", "-"]);
    assert!(got.codes().is_empty(), "{:?}", got.codes());
}

#[test]
fn what_is_declared_stays_as_it_is() {
    let property = |name: &str, column: &str| Property {
        name: name.to_owned(),
        column: column.to_owned(),
        kind: None,
    };
    let source = Source {
        properties: vec![property("amount", "paid")],
        ..Source::default()
    };
    let (values, _) = amounts(&source, "paid,total", &["3,4"]);
    assert_eq!(values, ["3"], "the amount declared");
    let source = Source {
        properties: vec![property("total", "total")],
        ..Source::default()
    };
    let (values, _) = amounts(&source, "total", &["4"]);
    assert_eq!(values, ["-"], "a column that is spoken for");
}

#[test]
fn calls_of_segment_have_their_money_in_properties() {
    let line = r#"{"type":"track","event":"Order Completed","userId":"u","timestamp":"2025-01-01T00:00:00Z","properties":{"total":15,"revenue":12.5}}"#;
    let path = file("calls.ndjson", format!("{line}\n").as_bytes());
    let inputs = open(&path, &Source::default()).expect("opened");
    let got = read_all(&inputs, None).expect("read");
    assert_eq!(got.column("amount"), ["12500000"]);
    assert_eq!(got.column("total"), ["15"]);
}

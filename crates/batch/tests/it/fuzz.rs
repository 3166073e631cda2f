//! The fuzz targets of CSV and NDJSON: their corpus, and mutations of it. See `fuzz/`.

#[path = "../../../../fuzz/src/csv.rs"]
mod csv;
#[path = "../../../../fuzz/src/ndjson.rs"]
mod ndjson;
#[path = "../../../../fuzz/src/replay.rs"]
mod replay;
#[path = "../../../../fuzz/src/rows.rs"]
mod rows;

/// What cells, objects and the columns of events are made of.
const WORDS: &[&str] = &[
    ",",
    ";",
    "\t",
    "|",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    "\"",
    "\"\"",
    "\"\n\"",
    "'",
    "\\",
    "\u{feff}",
    "é",
    "😀",
    "\u{0}",
    "user_id",
    "event",
    "timestamp",
    "anonymous_id",
    "previous_id",
    "message_id",
    "received_at",
    "amount",
    "2024-01-01",
    "2024-02-30T25:61:00Z",
    "1704067200",
    "1704067200000",
    "-1",
    "99999999999999999999",
    "1e400",
    "NaN",
    "null",
    "\"null\"",
    "true",
    "{",
    "}",
    "[",
    "]",
    ":",
    "{}",
    "[]",
    "{\"a\":",
    "[[[[",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"type\":\"track\",",
    "\"userId\":\"u\",",
    "\"properties\":{",
    "\"traits\":{",
    "\"context\":{\"traits\":{",
    "\"timestamp\":\"2024-01-01T00:00:00Z\",",
    "\"event\":\"x\",",
    "1.50",
    "\"1,5\"",
    "=1+1",
    "\u{1f}\u{8b}",
    "PAR1",
];

#[test]
fn no_bytes_break_csv() {
    replay::replay("csv", WORDS, csv::check);
}

#[test]
fn no_bytes_break_ndjson() {
    replay::replay("ndjson", WORDS, ndjson::check);
}

/// The laws over rows would hold of a reader that gives up at once, too.
#[test]
fn rows_are_counted() {
    let header = "user_id,event,timestamp\n";
    let text = format!("{header}1,visit,2024-01-01\n,visit,2024-01-01\n3,visit,soon\n");
    assert_eq!(rows::check("b.csv", text.as_bytes()), Some(3));
}

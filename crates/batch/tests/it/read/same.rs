//! The same rows, whatever they are written in.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray, TimestampMillisecondArray};
use perennial_batch::read::columns;
use perennial_rules::project::Source;

use super::parquet::{read as read_parquet, texts};
use super::plain;

/// Numbers that look random and are the same each time.
pub struct Dice(pub u64);

impl Dice {
    /// One below `most`.
    pub fn below(&mut self, most: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }
}

/// A row: user, event, milliseconds, note.
type Row = (Option<String>, &'static str, i64, Option<String>);

fn rows() -> Vec<Row> {
    const NOTES: [&str; 6] = [
        "plain",
        "a,b;c",
        "say \"hi\"",
        "two\nlines",
        "\\ / é 😀",
        " padded ",
    ];
    let mut dice = Dice(7);
    (0..70_000)
        .map(|_| {
            // Few rows have no user, and are rejected in every format.
            let user = dice.below(50);
            let note = dice.below(8);
            (
                (user > 0).then(|| format!("user-number-{user}")),
                ["visit", "order", "page view"][dice.below(3)],
                1_700_000_000_000 + dice.below(1_000_000_000) as i64,
                NOTES.get(note).map(|note| (*note).to_owned()),
            )
        })
        .collect()
}

fn as_csv(rows: &[Row]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["user_id", "event", "timestamp", "note"])
        .expect("memory");
    for (user, event, ms, note) in rows {
        let (user, note) = (user.as_deref().unwrap_or(""), note.as_deref().unwrap_or(""));
        writer
            .write_record([user, event, &ms.to_string(), note])
            .expect("memory");
    }
    writer.into_inner().expect("memory")
}

fn as_ndjson(rows: &[Row]) -> Vec<u8> {
    let line = |(user, event, ms, note): &Row| {
        let object =
            serde_json::json!({"user_id": user, "event": event, "timestamp": ms, "note": note});
        format!("{object}\n")
    };
    rows.iter().map(line).collect::<String>().into_bytes()
}

fn as_columns(rows: &[Row]) -> Vec<(&'static str, ArrayRef)> {
    let users: Vec<Option<&str>> = rows.iter().map(|row| row.0.as_deref()).collect();
    let events: StringArray = rows.iter().map(|row| Some(row.1)).collect();
    let times = TimestampMillisecondArray::from_iter_values(rows.iter().map(|row| row.2));
    let notes: Vec<Option<&str>> = rows.iter().map(|row| row.3.as_deref()).collect();
    vec![
        ("user_id", texts(&users)),
        ("event", Arc::new(events)),
        ("timestamp", Arc::new(times)),
        ("note", texts(&notes)),
    ]
}

#[test]
fn every_format_gives_the_same_rows_and_rejects() {
    let rows = rows();
    let csv = plain("a.csv", &as_csv(&rows));
    let ndjson = plain("a.ndjson", &as_ndjson(&rows));
    let (_, parquet) = read_parquet(as_columns(&rows), &Source::default());
    assert!(csv.counts.rejected > 1_000 && csv.counts.given > 60_000);
    for other in [&ndjson, &parquet] {
        assert_eq!(csv.counts, other.counts);
        assert_eq!(csv.codes(), other.codes());
        let names = [
            columns::ROW,
            columns::EVENT,
            columns::AT,
            columns::USER_ID,
            "note",
        ];
        for name in names {
            assert!(csv.column(name) == other.column(name), "{name} differs");
        }
    }
}

#[test]
fn well_formed_records_are_cut_as_a_general_reader_cuts_them() {
    const PIECES: [&str; 9] = [
        "",
        "a",
        "\"",
        ",",
        "\n",
        "\r\n",
        "é",
        "\"\"",
        "long text of a cell",
    ];
    let mut dice = Dice(3);
    let mut records = Vec::new();
    for number in 0..20_000 {
        let mut cell = || {
            (0..dice.below(4))
                .map(|_| PIECES[dice.below(PIECES.len())])
                .collect()
        };
        let record: [String; 3] = [format!("u{number}"), cell(), cell()];
        records.push(record);
    }
    for style in [csv::QuoteStyle::Necessary, csv::QuoteStyle::Always] {
        let mut writer = csv::WriterBuilder::new()
            .quote_style(style)
            .from_writer(Vec::new());
        writer
            .write_record(["user_id", "x", "y", "at"])
            .expect("memory");
        for [user, x, y] in &records {
            writer.write_record([user, x, y, "0"]).expect("memory");
        }
        let got = plain("a.csv", &writer.into_inner().expect("memory"));
        assert!(got.rejects.is_empty(), "{:?}", got.rejects.first());
        for (place, name) in [(1, "x"), (2, "y")] {
            let expected = records.iter().map(|record| match record[place].as_str() {
                "" => "-",
                text => text,
            });
            assert!(expected.eq(got.column(name)), "{name} differs");
        }
    }
}

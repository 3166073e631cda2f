//! Parquet by row group: rows judged once, columns and rows read by choice, damage.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{
    Array, Float64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array,
};
use perennial_batch::read::{Inputs, Progress, ReadError, read_chunk, read_rows};
use perennial_rules::project::Source;

use super::parquet::{Columns, read, texts, with, write};
use super::{Got, open, read_all};

/// Six rows in three groups; the second, fourth, fifth and sixth are bad.
fn bad_rows() -> (Inputs, PathBuf) {
    let columns: Columns = vec![
        (
            "user_id",
            texts(&[
                Some(" ada "),
                Some("  "),
                Some("bob"),
                Some("cid"),
                Some("dee"),
                Some("eve"),
            ]),
        ),
        (
            "event",
            texts(&[
                Some("visit"),
                Some("visit"),
                Some("visit "),
                None,
                Some("visit"),
                Some("visit"),
            ]),
        ),
        (
            "timestamp",
            Arc::new(TimestampMillisecondArray::from(vec![
                Some(1),
                Some(2),
                Some(3),
                Some(4),
                None,
                Some(i64::MAX),
            ])),
        ),
        (
            "total",
            Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
        ),
    ];
    let path = write(columns, 2);
    (open(&path, &Source::default()).expect("opened"), path)
}

#[test]
fn bad_rows_are_rejected_once_and_left_out_in_every_reading() {
    let (inputs, _) = bad_rows();
    assert_eq!(inputs.files[0].chunks(), 3);
    // The columns that decide are not among those asked for.
    let first = read_all(&inputs, Some(&["total", "row"])).expect("read");
    assert_eq!(first.column("total"), ["1.0", "3.0"]);
    assert_eq!(first.column("row"), ["1", "3"]);
    assert_eq!(
        first.codes(),
        [
            "2 missing_id",
            "4 missing_event",
            "5 missing_time",
            "6 time_out_of_range"
        ]
    );
    assert_eq!(
        first.rejects[0].original,
        r#"{"event":"visit","timestamp":"1970-01-01T00:00:00.002","user_id":"  "}"#
    );
    assert_eq!(
        first.rejects[2].original,
        r#"{"event":"visit","timestamp":null,"user_id":"dee"}"#
    );
    let again = read_all(&inputs, None).expect("read");
    assert_eq!(again.column("user_id"), ["ada", "bob"]);
    assert_eq!(again.column("event"), ["visit", "visit"]);
    assert!(again.rejects.is_empty());
    assert_eq!(again.counts, first.counts);
    let none = read_all(&inputs, Some(&["row"])).expect("read");
    assert_eq!(none.column("row"), ["1", "3"]);
}

#[test]
fn rows_are_read_by_number() {
    let (inputs, _) = bad_rows();
    let file = &inputs.files[0];
    let batch = read_rows(file, &["user_id", "row", "at", "total"], &[1, 4, 5, 6]).expect("read");
    let got = Got {
        batches: vec![batch],
        ..Got::default()
    };
    assert_eq!(got.column("user_id"), ["ada", "cid", "dee", "eve"]);
    assert_eq!(got.column("row"), ["1", "4", "5", "6"]);
    assert_eq!(got.column("at"), ["1", "4", "-", "-"]);
    assert_eq!(read_rows(file, &["row"], &[]).expect("read").num_rows(), 0);
    for wrong in [&[0][..], &[7], &[2, 1], &[1, 1]] {
        assert!(
            matches!(
                read_rows(file, &["row"], wrong),
                Err(ReadError::Misuse { .. })
            ),
            "{wrong:?}"
        );
    }
}

#[test]
fn many_scattered_rows_are_found_over_groups_and_batches() {
    let rows = 300_000;
    let inputs = open(&write(with(rows, Vec::new()), 90_000), &Source::default()).expect("opened");
    let wanted: Vec<u64> = (1..=rows as u64)
        .filter(|row| row % 7 == 3 || (100_000..100_100).contains(row))
        .collect();
    let batch = read_rows(&inputs.files[0], &["user_id"], &wanted).expect("read");
    let got = Got {
        batches: vec![batch],
        ..Got::default()
    };
    let expected: Vec<String> = wanted.iter().map(|row| format!("u{}", row - 1)).collect();
    assert_eq!(got.column("user_id"), expected);
}

#[test]
fn chosen_columns_cost_only_themselves() {
    let rows = 200_000;
    let wide: Vec<String> = (0..rows).map(|row| format!("{row:040}")).collect();
    let inputs = open(
        &write(
            with(rows, vec![("wide", Arc::new(StringArray::from(wide)))]),
            100_000,
        ),
        &Source::default(),
    )
    .expect("opened");
    let file = &inputs.files[0];
    let bytes = |columns: Option<&[&str]>| file.bytes_of(columns).expect("known");
    assert!(bytes(Some(&["at"])) * 2 < bytes(None));
    read_all(&inputs, Some(&["at"])).expect("judged");
    let progress = Progress::default();
    for chunk in 0..file.chunks() {
        read_chunk(
            file,
            chunk,
            Some(&["at"]),
            &mut |_| {},
            &mut |_| Ok(()),
            &progress,
        )
        .expect("read");
    }
    let told = progress.bytes();
    assert!(
        told <= bytes(Some(&["at"])) && told + 100 > bytes(Some(&["at"])),
        "{told}"
    );
}

#[test]
fn chunks_are_read_side_by_side() {
    let rows = 100_000;
    let inputs = open(&write(with(rows, Vec::new()), 10_000), &Source::default()).expect("opened");
    let file = &inputs.files[0];
    let total: i64 = std::thread::scope(|scope| {
        let sum = |chunk| {
            let mut sum = 0;
            let each = &mut |batch: RecordBatch| {
                let rows = batch.column_by_name("row").expect("there");
                let rows = rows
                    .as_any()
                    .downcast_ref::<UInt64Array>()
                    .expect("numbers");
                sum += rows.values().iter().map(|row| *row as i64).sum::<i64>();
                Ok(())
            };
            read_chunk(
                file,
                chunk,
                Some(&["row", "user_id"]),
                &mut |_| {},
                each,
                &Progress::default(),
            )
            .expect("read");
            sum
        };
        let threads: Vec<_> = (0..file.chunks())
            .map(|chunk| scope.spawn(move || sum(chunk)))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("joined"))
            .sum()
    });
    let rows = rows as i64;
    assert_eq!(total, rows * (rows + 1) / 2);
}

#[test]
fn damage_is_said() {
    let path = write(with(1_000, Vec::new()), 1_000);
    let whole = std::fs::read(&path).expect("read");
    std::fs::write(&path, &whole[..whole.len() - 100]).expect("written");
    let Err(error) = open(&path, &Source::default()) else {
        panic!("it was opened");
    };
    assert!(matches!(error, ReadError::Damaged { .. }), "{error}");
    let mut corrupt = whole.clone();
    corrupt[10..200].fill(0xAA);
    std::fs::write(&path, &corrupt).expect("written");
    let inputs = open(&path, &Source::default()).expect("its index is whole");
    assert!(matches!(
        read_all(&inputs, None),
        Err(ReadError::Damaged { .. })
    ));
}

#[test]
fn an_empty_file_has_no_rows() {
    let (inputs, got) = read(with(0, Vec::new()), &Source::default());
    assert_eq!((inputs.files[0].rows_hint(), got.counts.rows), (Some(0), 0));
}

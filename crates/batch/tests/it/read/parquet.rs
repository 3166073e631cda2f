//! Parquet: which types are kept, and what the others become.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray,
    FixedSizeBinaryArray, Float64Array, Int32Array, Int64Array, LargeStringArray, ListArray,
    RecordBatch, StringArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray,
};
use arrow_schema::DataType;
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use perennial_batch::read::Inputs;
use perennial_rules::project::{Property, PropertyType, Roles, Source};

use super::{Got, file, open, read_all};

pub type Columns = Vec<(&'static str, ArrayRef)>;

/// A Parquet file with row groups of so many rows.
pub fn write(columns: Columns, group_rows: usize) -> PathBuf {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    );
    let batch = batch.expect("a batch");
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group_rows))
        .build();
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    file("a.parquet", &bytes)
}

/// Opens and reads a file of these columns.
pub fn read(columns: Columns, source: &Source) -> (Inputs, Got) {
    let inputs = open(&write(columns, 1_000), source).expect("opened");
    let got = read_all(&inputs, None).expect("read");
    (inputs, got)
}

pub fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

/// User, event and time of so many rows, and these columns more.
pub fn with(rows: usize, more: Columns) -> Columns {
    let users: Vec<String> = (0..rows).map(|row| format!("u{row}")).collect();
    let mut columns: Columns = vec![
        ("user_id", Arc::new(StringArray::from(users))),
        ("event", Arc::new(StringArray::from(vec!["visit"; rows]))),
        (
            "timestamp",
            Arc::new(Int64Array::from_iter_values(
                (0..rows as i64).map(|row| 1_700_000_000 + row),
            )),
        ),
    ];
    columns.extend(more);
    columns
}

fn kind(inputs: &Inputs, column: &str) -> DataType {
    let schema = inputs.files[0].schema();
    schema
        .field_with_name(column)
        .expect("there")
        .data_type()
        .clone()
}

#[test]
fn columns_keep_their_types_or_become_canonical() {
    let plan: DictionaryArray<Int8Type> = ["free", "pro"].into_iter().collect();
    let items = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let uuids =
        FixedSizeBinaryArray::try_from_iter([[0x11_u8; 16], [0xab; 16]].iter()).expect("uuids");
    let (inputs, got) = read(
        with(
            2,
            vec![
                ("message_id", Arc::new(uuids)),
                (
                    "anonymous_id",
                    Arc::new(Int64Array::from(vec![Some(7), None])),
                ),
                ("plan", Arc::new(plan)),
                ("note", texts(&[Some("x"), None])),
                ("long", Arc::new(LargeStringArray::from(vec!["a", "b"]))),
                ("raw", Arc::new(BinaryArray::from(vec![&b"\xff"[..], b"a"]))),
                ("n", Arc::new(Int32Array::from(vec![Some(1), None]))),
                ("x", Arc::new(Float64Array::from(vec![0.5, f64::NAN]))),
                ("ok", Arc::new(BooleanArray::from(vec![true, false]))),
                (
                    "seen",
                    Arc::new(TimestampMillisecondArray::from(vec![1, 2])),
                ),
                ("items", Arc::new(items)),
            ],
        ),
        &Source::default(),
    );
    // Texts that the file holds in a dictionary stay in one, but for message ids.
    let words = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let kept = [
        ("user_id", words.clone()),
        ("event", words.clone()),
        ("at", DataType::Int64),
        ("message_id", DataType::Utf8View),
        ("anonymous_id", DataType::Utf8View),
        ("plan", words.clone()),
        ("note", words.clone()),
        ("long", words.clone()),
        ("raw", DataType::BinaryView),
        ("n", DataType::Int32),
        ("x", DataType::Float64),
        ("ok", DataType::Boolean),
    ];
    for (column, expected) in kept {
        assert_eq!(kind(&inputs, column), expected, "{column}");
        let array = got.batches[0].column_by_name(column).expect("there");
        assert_eq!(*array.data_type(), expected, "{column}");
    }
    assert_eq!(got.column("at"), ["1700000000000", "1700000001000"]);
    assert_eq!(
        got.column("message_id")[1],
        "abababab-abab-abab-abab-abababababab"
    );
    assert_eq!(got.column("anonymous_id"), ["7", "-"]);
    assert_eq!(got.column("row"), ["1", "2"]);
    assert_eq!(inputs.files[0].left_out(), ["items"]);
    assert_eq!(inputs.files[0].rows_hint(), Some(2));
}

#[test]
fn times_of_every_type_are_milliseconds() {
    let berlin = Source {
        time_zone: Some("Europe/Berlin".into()),
        ..Source::default()
    };
    let utc = Source::default();
    let second = 1_704_067_200_i64;
    let cases: Vec<(ArrayRef, &Source, &str)> = vec![
        (
            Arc::new(TimestampSecondArray::from(vec![second])),
            &utc,
            "1704067200000",
        ),
        (
            Arc::new(TimestampMillisecondArray::from(vec![second * 1_000 + 5])),
            &utc,
            "1704067200005",
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![
                second * 1_000_000 + 999,
            ])),
            &utc,
            "1704067200000",
        ),
        (
            Arc::new(TimestampNanosecondArray::from(vec![
                second * 1_000_000_000 - 1,
            ])),
            &utc,
            "1704067199999",
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![second * 1_000_000])),
            &berlin,
            "1704063600000",
        ),
        (
            Arc::new(
                TimestampMicrosecondArray::from(vec![second * 1_000_000]).with_timezone("UTC"),
            ),
            &berlin,
            "1704067200000",
        ),
        (
            Arc::new(Date32Array::from(vec![19_723])),
            &utc,
            "1704067200000",
        ),
        (
            Arc::new(Date32Array::from(vec![19_723])),
            &berlin,
            "1704063600000",
        ),
        (
            Arc::new(Int64Array::from(vec![second])),
            &utc,
            "1704067200000",
        ),
        (
            Arc::new(Int64Array::from(vec![second * 1_000_000])),
            &utc,
            "1704067200000",
        ),
        (
            Arc::new(Int32Array::from(vec![20_240_101])),
            &utc,
            "1704067200000",
        ),
        (
            Arc::new(Float64Array::from(vec![second as f64 + 0.25])),
            &utc,
            "1704067200250",
        ),
        (
            texts(&[Some("2024-01-01T00:00:00Z")]),
            &utc,
            "1704067200000",
        ),
    ];
    for (array, source, expected) in cases {
        let shown = format!("{:?}", array.data_type());
        let columns: Columns = vec![
            ("user_id", texts(&[Some("a")])),
            ("event", texts(&[Some("v")])),
            ("ts", array),
        ];
        let (_, got) = read(columns, source);
        assert_eq!(got.column("at"), [expected], "{shown}");
    }
}

#[test]
fn declared_types_are_made_exactly() {
    let decimals = Decimal128Array::from(vec![Some(1_234), None])
        .with_precision_and_scale(10, 2)
        .expect("decimals");
    let property = |name: &str, kind| Property {
        name: format!("{name}_made"),
        column: name.into(),
        kind: Some(kind),
    };
    let source = Source {
        properties: vec![
            property("decimal", PropertyType::Money),
            property("float", PropertyType::Money),
            property("int", PropertyType::Number),
            property("text", PropertyType::Number),
            property("cents", PropertyType::Minor),
            property("flag", PropertyType::Bool),
            property("code", PropertyType::Text),
        ],
        ..Source::default()
    };
    let columns = with(
        2,
        vec![
            ("decimal", Arc::new(decimals)),
            ("float", Arc::new(Float64Array::from(vec![0.1, f64::NAN]))),
            ("int", Arc::new(Int64Array::from(vec![Some(-3), None]))),
            ("text", texts(&[Some("1.25"), Some("")])),
            ("cents", Arc::new(Int64Array::from(vec![i64::MAX, -1]))),
            ("flag", Arc::new(Int32Array::from(vec![Some(1), None]))),
            ("code", Arc::new(Int32Array::from(vec![Some(12), None]))),
        ],
    );
    let (_, got) = read(columns, &source);
    let cases = [
        ("decimal_made", ["12340000", "-"]),
        ("float_made", ["100000", "-"]),
        ("int_made", ["-3000000", "-"]),
        ("text_made", ["1250000", "-"]),
        ("cents_made", ["9223372036854775807", "-1"]),
        ("flag_made", ["true", "-"]),
        ("code_made", ["12", "-"]),
    ];
    for (column, values) in cases {
        assert_eq!(got.column(column), values, "{column}");
    }
    let wrong = Source {
        roles: Roles {
            at: Some("flag".into()),
            ..Roles::default()
        },
        ..Source::default()
    };
    let columns = with(1, vec![("flag", Arc::new(BooleanArray::from(vec![true])))]);
    let Err(error) = open(&write(columns, 10), &wrong) else {
        panic!("it was opened");
    };
    assert!(
        error
            .to_string()
            .contains("column `flag` holds Boolean, which cannot be `at`"),
        "{error}"
    );
}

#[test]
fn orders_and_odd_ids_need_no_configuration() {
    let columns: Columns = vec![
        (
            "customer",
            Arc::new(Float64Array::from(vec![
                Some(17_850.0),
                None,
                Some(f64::NAN),
            ])),
        ),
        (
            "order_date",
            Arc::new(Date32Array::from(vec![19_723, 19_724, 19_725])),
        ),
        ("type", texts(&[Some("gift"), Some("book"), Some("toy")])),
        ("revenue", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]))),
    ];
    let (inputs, got) = read(columns, &Source::default());
    assert_eq!(got.column("user_id"), ["17850"]);
    assert_eq!(got.column("event"), ["order"]);
    assert_eq!(got.codes(), ["2 missing_id", "3 missing_id"]);
    assert_eq!(inputs.files[0].mapping().amount.as_deref(), Some("revenue"));
    let columns: Columns = vec![
        ("user", Arc::new(BinaryArray::from(vec![&b"a"[..]]))),
        ("type", texts(&[Some("page_view")])),
        ("ts", Arc::new(Int64Array::from(vec![0]))),
    ];
    let (_, got) = read(columns, &Source::default());
    assert_eq!(
        (got.column("user_id"), got.column("event")),
        (vec!["a".to_owned()], vec!["page_view".to_owned()])
    );
}

//! Parquet files that lie about their bytes, or are damaged: an error or a rejected row, never a panic, never text that is none.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, Decimal128Array, Decimal256Array, Int64Array, ListArray,
    RecordBatch, TimestampMicrosecondArray,
};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, Schema};
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowWriter, encode_arrow_schema};
use parquet::data_type::{ByteArray, ByteArrayType};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use perennial_batch::cells::Cells;
use perennial_batch::orders::figures::{Figures, Wanted};
use perennial_rules::project::{Property, PropertyType, Source};

use super::parquet::{Columns, texts, with, write};
use super::{Got, file, open, plain, read_all};

/// Bytes that are no UTF-8, in three ways.
const NO_TEXTS: [&[u8]; 3] = [b"\xff\xfe", b"caf\xc3", b"\xed\xa0\x80 a surrogate"];
/// Damaged files of each kind.
const DAMAGED_FILES: u64 = 400;

/// A file of columns of bytes, which the Arrow schema beside them calls columns of this type.
fn lying(columns: &[(&str, Vec<&[u8]>)], claim: &DataType) -> Vec<u8> {
    let schema = |kind: &DataType| {
        let field = |(name, _): &(&str, _)| Field::new(*name, kind.clone(), false);
        Schema::new(columns.iter().map(field).collect::<Vec<_>>())
    };
    let arrays = columns
        .iter()
        .map(|(_, values)| Arc::new(BinaryArray::from(values.clone())) as ArrayRef);
    let batch = RecordBatch::try_new(Arc::new(schema(&DataType::Binary)), arrays.collect());
    let batch = batch.expect("a batch");
    let lie = KeyValue::new(
        ARROW_SCHEMA_META_KEY.to_owned(),
        encode_arrow_schema(&schema(claim)),
    );
    let properties = WriterProperties::builder()
        .set_key_value_metadata(Some(vec![lie]))
        .build();
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let mut bytes = Vec::new();
    let writer = ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options);
    let mut writer = writer.expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    bytes
}

/// That every text of what was read is one.
fn check_texts(got: &Got) {
    fn check(array: &dyn Array, name: &str) {
        let is_text = match array.data_type() {
            DataType::Utf8 => {
                let (offsets, values, _) = array.as_string::<i32>().clone().into_parts();
                let cut = |pair: &[i32]| values[pair[0] as usize..pair[1] as usize].to_vec();
                offsets
                    .windows(2)
                    .all(|pair| String::from_utf8(cut(pair)).is_ok())
            }
            DataType::Utf8View => {
                let bytes = array.as_string_view().clone().to_binary_view();
                let mut values = bytes.iter().flatten();
                values.all(|value| std::str::from_utf8(value).is_ok())
            }
            DataType::Dictionary(..) => {
                check(array.as_any_dictionary().values().as_ref(), name);
                true
            }
            _ => true,
        };
        assert!(is_text, "{name}: {}", array.data_type());
    }
    for batch in &got.batches {
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            check(column.as_ref(), field.name());
        }
    }
}

#[test]
fn bytes_that_a_schema_calls_text_are_text_only_where_they_are() {
    let words = |key| DataType::Dictionary(Box::new(key), Box::new(DataType::Utf8));
    let claims = [
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        words(DataType::Int8),
        words(DataType::Int32),
        // An honest file: columns with a role are read as text all the same.
        DataType::Binary,
    ];
    for claim in claims {
        for bad in NO_TEXTS {
            let columns: Vec<(&str, Vec<&[u8]>)> = vec![
                ("user_id", vec![b"a", bad, b"c", "d\u{e9}".as_bytes(), b"e"]),
                ("event", vec![b"order", b"order", bad, b"order", b"order"]),
                ("timestamp", vec![b"2024-01-01"; 5]),
                ("plan", vec![b"x", b"x", b"x", b"x", bad]),
            ];
            let got = plain("a.parquet", &lying(&columns, &claim));
            check_texts(&got);
            let what = format!("{claim}, {bad:?}");
            assert_eq!(got.codes(), ["2 missing_id", "3 missing_event"], "{what}");
            assert_eq!(got.column("user_id"), ["a", "d\u{e9}", "e"], "{what}");
            if claim != DataType::Binary {
                assert_eq!(got.column("plan"), ["x", "x", "-"], "{what}");
            }
        }
    }
}

#[test]
fn json_is_not_believed_to_be_text_either() {
    let schema = "message m { required binary user_id (UTF8); required binary event (UTF8);
        required binary timestamp (UTF8); required binary note (JSON); }";
    let schema = Arc::new(parse_message_type(schema).expect("a schema"));
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::default()).expect("a writer");
    let mut group = writer.next_row_group().expect("a row group");
    for values in [
        [&b"a"[..], b"b"],
        [&b"v"[..]; 2],
        [&b"2024-01-01"[..]; 2],
        [b"{}", NO_TEXTS[0]],
    ] {
        let mut column = group.next_column().expect("a column").expect("one more");
        let values = values.map(|value| ByteArray::from(value.to_vec()));
        let typed = column.typed::<ByteArrayType>();
        typed.write_batch(&values, None, None).expect("written");
        column.close().expect("closed");
    }
    group.close().expect("closed");
    writer.close().expect("closed");
    let got = plain("a.parquet", &bytes);
    check_texts(&got);
    assert_eq!(got.column("note"), ["{}", "-"]);
}

#[test]
fn tables_of_cells_and_figures_are_read_as_warily() {
    let path = file(
        "a.parquet",
        &lying(&[("w", vec![b"x", NO_TEXTS[1]])], &DataType::Utf8),
    );
    let cells = Cells::read(path.to_str().expect("a path"), |_| true).expect("read");
    let words: Vec<Option<&str>> = (0..2).map(|row| cells.columns[0].word(row)).collect();
    assert_eq!(words, [Some("x"), None]);
}

#[test]
fn lists_before_a_column_do_not_move_it() {
    let items = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), None]);
    let number = |values: [i64; 2]| Arc::new(Int64Array::from(values.to_vec())) as ArrayRef;
    let path = write(
        vec![
            ("items", Arc::new(items)),
            ("score", number([7, 8])),
            ("name", texts(&[Some("a"), Some("b")])),
            ("weight", number([1, 2])),
        ],
        10,
    );
    let path = path.to_str().expect("a path");
    let cells = Cells::read(path, |name| name != "weight").expect("read");
    let shown: Vec<(&str, Option<&str>)> = cells
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.word(1)))
        .collect();
    assert_eq!(shown, [("score", Some("8")), ("name", Some("b"))]);
    let wanted = |name| Wanted {
        names: name,
        required: true,
        empty: None,
    };
    let wanted = [wanted(&["weight"]), wanted(&["score"])];
    let figures = Figures::read(path, &wanted, &["name"]).expect("read");
    assert_eq!(figures.columns, [vec![1.0, 2.0], vec![7.0, 8.0]]);
    assert_eq!(figures.names, Some(vec!["a".to_owned(), "b".to_owned()]));
}

#[test]
fn decimals_with_many_places_are_the_nearest_number() {
    const UNITS: [i128; 4] = [
        123_456_789_012_345_678_901,
        -123_456_789_012_345_675_000,
        10_000_000_000,
        100_000_000_000_000_000_000_000_000,
    ];
    let narrow = Decimal128Array::from(UNITS.to_vec()).with_precision_and_scale(38, 10);
    let wide: Vec<i256> = UNITS.into_iter().map(i256::from_i128).collect();
    let wide = Decimal256Array::from(wide).with_precision_and_scale(60, 10);
    let cases: [ArrayRef; 2] = [
        Arc::new(narrow.expect("decimals")),
        Arc::new(wide.expect("decimals")),
    ];
    for array in cases {
        let kind = array.data_type().clone();
        let source = money("price");
        let path = write(with(4, vec![("price", array)]), 1_000);
        let got = read_all(&open(&path, &source).expect("opened"), None).expect("read");
        // 12345678901.2345678901 and -12345678901.2345675 (a half goes away from nought), in millionths.
        let wanted = ["12345678901234568", "-12345678901234568", "1000000"];
        assert_eq!(got.column("price_made"), wanted, "{kind}");
        assert_eq!(got.codes(), ["4 number_out_of_range"], "{kind}");
        let message = &got.rejects[0].message;
        assert!(
            message.contains("10000000000000000.0000000000"),
            "{message}"
        );
    }
}

fn money(column: &str) -> Source {
    let property = Property {
        name: format!("{column}_made"),
        column: column.into(),
        kind: Some(PropertyType::Money),
    };
    Source {
        properties: vec![property],
        ..Source::default()
    }
}

#[test]
fn instants_of_a_named_zone_are_told_in_utc() {
    let micros = vec![1_704_067_200_500_000, 1_719_792_000_000_000];
    let zoned = TimestampMicrosecondArray::from(micros).with_timezone("Europe/Berlin");
    let source = Source {
        properties: vec![Property {
            name: "seen_made".into(),
            column: "seen".into(),
            kind: Some(PropertyType::Text),
        }],
        ..Source::default()
    };
    let path = write(with(2, vec![("seen", Arc::new(zoned.clone()))]), 10);
    let got = read_all(&open(&path, &source).expect("opened"), None).expect("read");
    let wanted = ["2024-01-01T00:00:00.500Z", "2024-07-01T00:00:00Z"];
    assert_eq!(got.column("seen_made"), wanted);
    let cells = Cells::read(path.to_str().expect("a path"), |name| name == "seen");
    assert_eq!(cells.expect("read").columns[0].word(1), Some(wanted[1]));
    // And where such a row is rejected, its original says it so.
    let columns: Columns = vec![
        ("user_id", texts(&[Some("a"), None])),
        ("event", texts(&[Some("v"), Some("v")])),
        ("timestamp", Arc::new(zoned)),
    ];
    let path = write(columns, 10);
    let inputs = open(&path, &Source::default()).expect("opened");
    let got = read_all(&inputs, None).expect("read");
    assert!(
        got.rejects[0].original.contains("2024-07-01T00:00:00Z"),
        "{}",
        got.rejects[0].original
    );
}

/// Numbers that look random, from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % most as u64) as usize
    }
}

/// A good file with most kinds of columns and pages.
fn good() -> Vec<u8> {
    const ROWS: usize = 300;
    let zoned =
        TimestampMicrosecondArray::from_iter_values((0..ROWS as i64).map(|n| n * 1_000_000))
            .with_timezone("Europe/Berlin");
    let notes: Vec<String> = (0..ROWS).map(|row| format!("note {}", row * row)).collect();
    let notes: Vec<Option<&str>> = notes.iter().map(|note| Some(note.as_str())).collect();
    let prices = Decimal128Array::from_iter_values((0..ROWS as i128).map(|n| n * 1_000_000_007));
    let prices = prices.with_precision_and_scale(30, 10).expect("decimals");
    let lists = (0..ROWS as i32).map(|n| (n % 3 > 0).then(|| vec![Some(n), None]));
    let path = write(
        with(
            ROWS,
            vec![
                ("note", texts(&notes)),
                ("price", Arc::new(prices)),
                ("seen", Arc::new(zoned)),
                (
                    "items",
                    Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists)),
                ),
            ],
        ),
        100,
    );
    std::fs::read(path).expect("there")
}

/// Reads a file in every way there is. What matters is that each comes back.
fn read_in_every_way(path: &Path) {
    let name = path.to_str().expect("a path");
    if let Ok(inputs) = open(path, &Source::default()) {
        if let Ok(got) = read_all(&inputs, None) {
            check_texts(&got);
            for batch in &got.batches {
                let at = batch.column_by_name("at").expect("there");
                assert_eq!(at.as_primitive::<Int64Type>().null_count(), 0);
            }
        }
        let _ = inputs.files[0].sample();
    }
    let _ = open(path, &money("price")).and_then(|inputs| read_all(&inputs, Some(&["price_made"])));
    let _ = Cells::read(name, |_| true);
    let wanted = Wanted {
        names: &["price"],
        required: true,
        empty: None,
    };
    let _ = Figures::read(name, &[wanted], &["user_id"]);
}

/// Damages a good file once for each seed and reads it.
fn damage(what: &str, one: impl Fn(&mut Vec<u8>, &mut Dice)) {
    let good = good();
    let path = file("a.parquet", &good);
    for seed in 0..DAMAGED_FILES {
        let (mut bytes, mut dice) = (good.clone(), Dice(seed));
        one(&mut bytes, &mut dice);
        std::fs::write(&path, &bytes).expect("written");
        let read = catch_unwind(AssertUnwindSafe(|| read_in_every_way(&path)));
        assert!(read.is_ok(), "{what}, seed {seed}");
    }
}

#[test]
fn files_cut_off_are_read_or_refused() {
    damage("cut off", |bytes, dice| {
        let keep = dice.below(bytes.len());
        // Half of them keep the end, where the index is, and lack a piece of the middle.
        if keep % 2 == 0 {
            bytes.truncate(keep);
        } else {
            let length = dice.below(bytes.len() - keep).min(64);
            bytes.drain(keep..keep + length);
        }
    });
}

#[test]
fn files_with_bits_turned_are_read_or_refused() {
    damage("bits turned", |bytes, dice| {
        for _ in 0..=dice.below(4) {
            let place = dice.below(bytes.len());
            bytes[place] ^= 1 << dice.below(8);
        }
    });
}

#[test]
fn files_whose_index_is_damaged_are_read_or_refused() {
    damage("index damaged", |bytes, dice| {
        let end = bytes.len() - 8;
        let length = u32::from_le_bytes(bytes[end..end + 4].try_into().expect("four")) as usize;
        for _ in 0..=dice.below(3) {
            let place = end - 1 - dice.below(length);
            bytes[place] = dice.below(256) as u8;
        }
    });
}

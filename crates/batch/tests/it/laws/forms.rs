//! Events written as files: CSV, NDJSON and Parquet of the same rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use perennial_model::Time;

use super::history::Raw;

const HEADER: [&str; 10] = [
    "message_id",
    "timestamp",
    "received_at",
    "event",
    "user_id",
    "anonymous_id",
    "previous_id",
    "amount",
    "score",
    "country",
];

/// Writes rows as CSV.
pub fn csv(folder: &Path, name: &str, rows: &[Raw]) -> PathBuf {
    let path = folder.join(name);
    let mut writer = csv::Writer::from_path(&path).expect("a file");
    writer.write_record(HEADER).expect("written");
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    for raw in rows {
        let record = [
            raw.message.clone(),
            raw.time().to_string(),
            Time(raw.received).to_string(),
            raw.event.to_owned(),
            text(&raw.user),
            text(&raw.device),
            text(&raw.previous),
            raw.cents.map(money).unwrap_or_default(),
            raw.score.map(|score| score.to_string()).unwrap_or_default(),
            raw.country.unwrap_or_default().to_owned(),
        ];
        writer.write_record(record).expect("written");
    }
    writer.flush().expect("written");
    path
}

/// Writes rows as NDJSON; what is absent has no key.
pub fn ndjson(folder: &Path, name: &str, rows: &[Raw]) -> PathBuf {
    let path = folder.join(name);
    let mut text = String::new();
    for raw in rows {
        let mut object = serde_json::json!({
            HEADER[0]: raw.message,
            HEADER[1]: raw.at,
            HEADER[2]: raw.received,
            HEADER[3]: raw.event,
        });
        let more: [(&str, Option<serde_json::Value>); 6] = [
            (HEADER[4], raw.user.clone().map(Into::into)),
            (HEADER[5], raw.device.clone().map(Into::into)),
            (HEADER[6], raw.previous.clone().map(Into::into)),
            (
                HEADER[7],
                raw.cents.map(|cents| (cents as f64 / 100.0).into()),
            ),
            (HEADER[8], raw.score.map(Into::into)),
            (HEADER[9], raw.country.map(Into::into)),
        ];
        for (key, value) in more {
            if let Some(value) = value {
                object[key] = value;
            }
        }
        text.push_str(&format!("{object}\n"));
    }
    fs::write(&path, text).expect("written");
    path
}

/// Writes rows as Parquet.
pub fn parquet(folder: &Path, name: &str, rows: &[Raw]) -> PathBuf {
    let path = folder.join(name);
    let text = |of: fn(&Raw) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<StringArray>())
    };
    let whole = |of: fn(&Raw) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(of).collect::<Int64Array>())
    };
    let amounts: Float64Array = rows
        .iter()
        .map(|raw| raw.cents.map(|cents| cents as f64 / 100.0))
        .collect();
    let columns: [ArrayRef; 10] = [
        text(|raw| Some(&raw.message)),
        whole(|raw| Some(raw.at)),
        whole(|raw| Some(raw.received)),
        text(|raw| Some(raw.event)),
        text(|raw| raw.user.as_deref()),
        text(|raw| raw.device.as_deref()),
        text(|raw| raw.previous.as_deref()),
        Arc::new(amounts),
        whole(|raw| raw.score),
        text(|raw| raw.country),
    ];
    let named = HEADER.into_iter().zip(columns);
    let batch =
        RecordBatch::try_from_iter_with_nullable(named.map(|(name, column)| (name, column, true)));
    let batch = batch.expect("a batch");
    let file = fs::File::create(&path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    path
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

//! Reading files: what comes out of good and of bad ones.

mod delimited;
mod groups;
mod guess;
mod inputs;
mod money;
mod ndjson;
mod parquet;
pub mod same;
mod times;
mod wary;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use arrow_array::{Array, RecordBatch};
use perennial_batch::read::{BATCH_ROWS, Counts, Inputs, Progress, ReadError, Reject, read_chunk};
use perennial_model::Zone;
use perennial_rules::project::Source;

/// What reading a file gave.
#[derive(Default)]
pub struct Got {
    pub batches: Vec<RecordBatch>,
    pub rejects: Vec<Reject>,
    pub counts: Counts,
}

impl Got {
    /// A column's values over all batches, null as `-`; of a batch without it nothing but `-`.
    pub fn column(&self, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        for batch in &self.batches {
            let Some(array) = batch.column_by_name(name) else {
                values.extend(vec!["-".to_owned(); batch.num_rows()]);
                continue;
            };
            for row in 0..batch.num_rows() {
                values.push(if array.is_null(row) {
                    "-".to_owned()
                } else {
                    arrow_cast::display::array_value_to_string(array, row).expect("shown")
                });
            }
        }
        values
    }

    /// The rows and codes of the rejects, as `2 bad_time`.
    pub fn codes(&self) -> Vec<String> {
        let code = |reject: &Reject| format!("{} {}", reject.row, reject.reason.code());
        self.rejects.iter().map(code).collect()
    }
}

/// A file of its own with these bytes.
pub fn file(name: &str, bytes: &[u8]) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("read-{}-{number}", std::process::id()));
    // Numbers of processes come again, and these folders stay.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

/// Opens one file.
pub fn open(path: &std::path::Path, source: &Source) -> Result<Inputs, ReadError> {
    let files = [path.to_str().expect("a path").to_owned()];
    let source = Source {
        files: Vec::new(),
        ..source.clone()
    };
    Inputs::open(&[source], &files, std::path::Path::new("."), &Zone::utc())
}

/// Reads all of an opened file, some columns or all.
pub fn read_all(inputs: &Inputs, columns: Option<&[&str]>) -> Result<Got, ReadError> {
    let mut got = Got::default();
    let progress = Progress::default();
    for file in &inputs.files {
        for chunk in 0..file.chunks() {
            let (batches, rejects) = (&mut got.batches, &mut got.rejects);
            let counts = read_chunk(
                file,
                chunk,
                columns,
                &mut |reject| rejects.push(reject),
                &mut |batch| {
                    assert!(batch.num_rows() <= BATCH_ROWS);
                    batches.push(batch);
                    Ok(())
                },
                &progress,
            )?;
            got.counts.add(counts);
        }
    }
    let given: usize = got.batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(got.counts.given, given as u64);
    assert_eq!(got.counts.rows, got.counts.given + got.counts.rejected);
    assert_eq!(progress.rows(), got.counts.rows);
    Ok(got)
}

/// Reads bytes as a file of this name.
pub fn read(name: &str, bytes: &[u8], source: &Source) -> Result<Got, ReadError> {
    let path = file(name, bytes);
    let got = open(&path, source).and_then(|inputs| read_all(&inputs, None));
    let _ = std::fs::remove_dir_all(path.parent().expect("a folder"));
    got
}

/// Reads bytes with nothing declared; they must be readable.
pub fn plain(name: &str, bytes: &[u8]) -> Got {
    match read(name, bytes, &Source::default()) {
        Ok(got) => got,
        Err(error) => panic!("{error}"),
    }
}

/// The message of reading what cannot be read.
pub fn failure(name: &str, bytes: &[u8], source: &Source) -> String {
    match read(name, bytes, source) {
        Ok(got) => panic!("it was read: {:?}", got.counts),
        Err(error) => error.to_string(),
    }
}

/// Compresses with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

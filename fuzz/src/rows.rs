//! What must hold of any bytes that are read as a file of events.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use arrow_array::UInt64Array;
use perennial_batch::read::{
    Counts, Inputs, MAX_ORIGINAL_BYTES, Progress, Reject, columns, read_chunk,
};
use perennial_model::Zone;

/// No panic; every row is given or rejected, once; a reject says where it stood and why. Gives how many
/// rows there were, where the bytes could be read to their end.
pub fn check(name: &str, data: &[u8]) -> Option<u64> {
    let path = file(name, data);
    let files = [path.to_string_lossy().into_owned()];
    let inputs = Inputs::open(&[], &files, Path::new("."), &Zone::utc());
    let read = inputs.ok().and_then(|inputs| read(&inputs));
    let _ = std::fs::remove_file(&path);
    let (counts, given, rejects) = read?;
    assert_eq!(counts.rows, counts.given + counts.rejected, "{counts:?}");
    assert_eq!(counts.given, given.len() as u64, "{counts:?}");
    assert_eq!(counts.rejected, rejects.len() as u64, "{counts:?}");
    let mut rows: BTreeSet<u64> = given.into_iter().collect();
    for reject in &rejects {
        assert!(rows.insert(reject.row), "row {} came twice", reject.row);
        assert!(reject.line.is_some_and(|line| line > 0), "{reject:?}");
        assert!(!reject.message.is_empty() && !reject.reason.code().is_empty());
        assert!(
            reject.original.len() <= 8 * MAX_ORIGINAL_BYTES,
            "{} bytes",
            reject.original.len()
        );
    }
    assert!(
        rows.iter().copied().eq(1..=counts.rows),
        "rows {rows:?} of {}",
        counts.rows
    );
    Some(counts.rows)
}

type Read = (Counts, Vec<u64>, Vec<Reject>);

fn read(inputs: &Inputs) -> Option<Read> {
    let (mut given, mut rejects) = (Vec::new(), Vec::new());
    let mut counts = Counts::default();
    let progress = Progress::default();
    for file in &inputs.files {
        for chunk in 0..file.chunks() {
            let read = read_chunk(
                file,
                chunk,
                None,
                &mut |reject| rejects.push(reject),
                &mut |batch| {
                    let rows = batch.column_by_name(columns::ROW);
                    let rows = rows.and_then(|rows| rows.as_any().downcast_ref::<UInt64Array>());
                    let rows = rows.map_or(&[][..], |rows| rows.values());
                    assert_eq!(rows.len(), batch.num_rows(), "rows have numbers");
                    given.extend_from_slice(rows);
                    Ok(())
                },
                &progress,
            );
            counts.add(read.ok()?);
        }
    }
    Some((counts, given, rejects))
}

/// A file of this process with these bytes, in memory where the system has such a place.
fn file(name: &str, data: &[u8]) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let folder = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let path = folder.join(format!("perennial-{}-{name}", std::process::id()));
    if let Err(error) = std::fs::write(&path, data) {
        panic!("{}: {error}", path.display());
    }
    path
}

//! What the disk itself takes to make a small write last, measured beside the server.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Bytes of a write.
const WRITE_BYTES: usize = 4096;
/// The pause between two of them.
const PAUSE: Duration = Duration::from_millis(20);

/// Writes and syncs until it is told to stop; answers how long each took.
///
/// # Errors
/// What the disk says.
pub fn measure(folder: &Path, stops: &AtomicBool) -> io::Result<Vec<Duration>> {
    let path = folder.join("fsync");
    let mut file = File::create(&path)?;
    let mut took = Vec::new();
    while !stops.load(Ordering::Relaxed) {
        let begun = Instant::now();
        file.write_all(&[7; WRITE_BYTES])?;
        file.sync_data()?;
        took.push(begun.elapsed());
        std::thread::sleep(PAUSE);
    }
    std::fs::remove_file(path)?;
    Ok(took)
}

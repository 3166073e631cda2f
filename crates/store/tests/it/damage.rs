//! Damage at any place of the files: it is noticed or harmless, and never a wrong line.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use perennial_store::disk::{Disk, Random, SimulatedDisk};
use perennial_store::{Log, LogError, verify};

use crate::log::{SMALL, append, open};
use crate::seeds::{for_seeds, line};

const FOLDER: &str = "/data";

/// A log of several segments, all of it durable.
fn sound(seed: u64) -> (SimulatedDisk, u64) {
    let disk = SimulatedDisk::new(seed);
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let (mut log, _) = open(&shared, Path::new(FOLDER));
    for count in (1..9).cycle().take(30) {
        append(&mut log, count).unwrap();
        log.sync().unwrap();
    }
    (disk, log.end())
}

/// Reads every line, one by one; says whether any could not be had. A line that is had is right.
fn read(disk: &SimulatedDisk, end: u64) -> Result<bool, LogError> {
    let (log, _) = Log::open(Arc::new(disk.clone()), Path::new(FOLDER), SMALL)?;
    let reader = log.reader();
    let mut whole = log.end() == end;
    for ordinal in 0..end {
        match reader.read(ordinal) {
            Ok(Some(record)) => assert_eq!(record.line(ordinal).unwrap(), line(ordinal)),
            Ok(None) => panic!("line {ordinal} is gone without a word"),
            Err(LogError::Damaged { .. }) => whole = false,
            Err(error) => panic!("{error}"),
        }
    }
    Ok(whole)
}

fn any_file(disk: &SimulatedDisk, random: &mut Random) -> (PathBuf, u64) {
    let paths = disk.paths();
    let path = paths[random.below(paths.len() as u64) as usize].clone();
    let length = disk.contents(&path).unwrap().len() as u64;
    (path, length)
}

#[test]
fn damage_is_noticed_or_harmless() {
    let noticed = std::cell::Cell::new(0);
    for_seeds(|seed| {
        let mut random = Random::new(seed);
        let (disk, end) = sound(seed);
        let (path, length) = any_file(&disk, &mut random);
        let at = random.below(length);
        let what = random.below(3);
        match what {
            0 => disk.flip(&path, at, random.number() as u8),
            1 => disk.zero(&path, at / 4096 * 4096, 4096),
            _ => disk.cut(&path, at),
        };
        let log_file = path.extension().is_some_and(|extension| extension == "log");
        let verified = verify(&disk, Path::new(FOLDER)).unwrap();
        assert_eq!(
            !verified.damage.is_empty(),
            log_file,
            "{what} at {at} of {path:?}"
        );
        match read(&disk, end) {
            Ok(whole) => assert_eq!(whole, !log_file, "{what} at {at} of {path:?}"),
            Err(LogError::Damaged { path: told, .. }) => assert_eq!(told, path),
            Err(error) => panic!("{error}"),
        }
        noticed.set(noticed.get() + u64::from(log_file));
    });
    assert!(noticed.get() > 0);
}

#[test]
fn a_segment_that_is_gone_is_missed() {
    let (disk, end) = sound(0);
    let paths = disk.paths();
    let logs = paths
        .iter()
        .filter(|path| path.to_string_lossy().ends_with(".log"));
    for path in logs {
        let (disk, _) = sound(0);
        disk.remove(path).unwrap();
        let verified = verify(&disk, Path::new(FOLDER)).unwrap();
        assert!(!verified.damage.is_empty(), "{path:?}");
        match read(&disk, end) {
            Ok(whole) => assert!(!whole, "{path:?}"),
            Err(error) => assert!(matches!(error, LogError::Damaged { .. }), "{error}"),
        }
    }
}

//! What the log promises, tried over every disk.

use std::path::Path;
use std::sync::Arc;

use perennial_model::Time;
use perennial_store::disk::{Disk, Fault, Random, SimulatedDisk};
use perennial_store::{Log, LogError, LogOptions, LogReader, Recovery, verify};

use crate::disks::bodies;
use crate::seeds::{line, lines};

/// Small segments, so that a test has many.
pub const SMALL: LogOptions = LogOptions {
    segment_bytes: 2000,
    level: 1,
};

pub fn open(disk: &Arc<dyn Disk>, folder: &Path) -> (Log, Recovery) {
    Log::open(disk.clone(), folder, SMALL).unwrap()
}

/// Appends the next `count` lines as one record.
pub fn append(log: &mut Log, count: u64) -> Result<(), LogError> {
    let first = log.end();
    let batch = lines(first..first + count);
    let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
    let range = log.append(Time(first as i64), &batch)?;
    assert_eq!(range, first..first + count);
    Ok(())
}

/// Reads from the beginning and compares every line; gives how many there are.
pub fn read_all(reader: &LogReader) -> u64 {
    try_read_all(reader).unwrap()
}

/// The same where the disk may fail.
pub fn try_read_all(reader: &LogReader) -> Result<u64, LogError> {
    let mut next = 0;
    while let Some(record) = reader.read(next)? {
        assert_eq!(record.first, next);
        assert_eq!(record.received_at, Time(next as i64));
        for (ordinal, text) in record.lines() {
            assert_eq!((ordinal, text), (next, &line(next)[..]));
            next += 1;
        }
        assert_eq!(record.end(), next);
    }
    Ok(next)
}

#[test]
fn what_is_appended_is_read_once_it_is_synced() {
    for (disk, folder, _keep) in bodies() {
        let (mut log, recovery) = open(&disk, &folder);
        assert_eq!(recovery.end, 0);
        let reader = log.reader();
        append(&mut log, 3).unwrap();
        assert!(reader.read(0).unwrap().is_none(), "not durable yet");
        assert_eq!((log.end(), log.durable()), (3, 0));
        assert_eq!(log.sync().unwrap(), 3);
        append(&mut log, 2).unwrap();
        assert_eq!(read_all(&reader), 3);
        assert_eq!(log.append(Time(0), &[]).unwrap(), 5..5);
        log.sync().unwrap();
        assert_eq!(read_all(&reader), 5);
        assert_eq!(reader.read(4).unwrap().unwrap().line(4).unwrap(), line(4));
    }
}

#[test]
fn a_log_of_many_segments_is_read_in_any_order_and_after_reopening() {
    for (disk, folder, _keep) in bodies() {
        let (mut log, _) = open(&disk, &folder);
        let early = log.reader();
        for count in (1..9).cycle().take(200) {
            append(&mut log, count).unwrap();
            log.sync().unwrap();
            assert_eq!(early.read(0).unwrap().unwrap().line(0).unwrap(), line(0));
        }
        let (end, bytes) = (log.end(), log.bytes());
        let sizes = disk.list(&folder).unwrap().into_iter();
        let sizes = sizes.filter(|name| name.ends_with(".log"));
        let sizes = sizes.map(|name| disk.open(&folder.join(name)).unwrap().length().unwrap());
        assert_eq!(sizes.sum::<u64>(), bytes);
        drop(log);
        let (log, recovery) = open(&disk, &folder);
        assert_eq!((recovery.end, recovery.cut_bytes), (end, 0));
        assert!(recovery.segments > 10, "{recovery:?}");
        assert!(recovery.read_bytes < SMALL.segment_bytes + 1000);
        assert_eq!((log.end(), log.durable(), log.bytes()), (end, end, bytes));
        let mut random = Random::new(1);
        for reader in [log.reader(), early.clone()] {
            assert_eq!(read_all(&reader), end);
            for _ in 0..300 {
                let ordinal = random.below(end);
                let record = reader.read(ordinal).unwrap().unwrap();
                assert_eq!(record.line(ordinal).unwrap(), line(ordinal));
            }
            assert!(reader.read(end).unwrap().is_none());
        }
        let verified = verify(&*disk, &folder).unwrap();
        assert_eq!((verified.records, verified.lines), (200, end));
        assert_eq!((verified.bytes, verified.damage), (bytes, vec![]));
    }
}

#[test]
fn an_index_that_is_missing_is_made_anew() {
    for (disk, folder, _keep) in bodies() {
        let options = LogOptions {
            segment_bytes: 1 << 20,
            level: 1,
        };
        let (mut log, _) = Log::open(disk.clone(), &folder, options).unwrap();
        for _ in 0..6000 {
            append(&mut log, 10).unwrap();
        }
        log.seal().unwrap();
        let end = log.end();
        let names = disk.list(&folder).unwrap();
        let indexes = names.iter().filter(|name| name.ends_with(".index"));
        let indexes: Vec<_> = indexes.map(|name| folder.join(name)).collect();
        assert!(indexes.len() > 2, "{names:?}");
        drop(log);
        disk.remove(&indexes[0]).unwrap();
        disk.open(&indexes[1]).unwrap().write_at(40, &[9]).unwrap();
        let (log, _) = Log::open(disk.clone(), &folder, options).unwrap();
        let reader = log.reader();
        for ordinal in (0..end).step_by(1117) {
            let record = reader.read(ordinal).unwrap().unwrap();
            assert_eq!(record.line(ordinal).unwrap(), line(ordinal));
        }
        disk.open(&indexes[0]).unwrap();
    }
}

#[test]
fn lines_that_cannot_be_stored_are_refused_and_change_nothing() {
    for (disk, folder, _keep) in bodies() {
        let (mut log, _) = open(&disk, &folder);
        let refused = log.append(Time(0), &["fine", "not\nfine"]);
        assert!(matches!(refused, Err(LogError::LineEnd(1))), "{refused:?}");
        let large = "x".repeat(64 << 20);
        let refused = log.append(Time(0), &[&large]);
        assert!(matches!(refused, Err(LogError::TooLarge { .. })));
        assert_eq!(log.end(), 0);
        append(&mut log, 1).unwrap();
        log.sync().unwrap();
        assert_eq!(read_all(&log.reader()), 1);
    }
}

#[test]
fn a_log_is_open_once() {
    for (disk, folder, _keep) in bodies() {
        let (log, _) = open(&disk, &folder);
        let again = Log::open(disk.clone(), &folder, SMALL);
        assert!(matches!(again, Err(LogError::Locked(_))));
        drop(log);
        open(&disk, &folder);
    }
}

#[test]
fn empty_lines_and_line_ends_of_other_systems_are_kept() {
    for (disk, folder, _keep) in bodies() {
        let (mut log, _) = open(&disk, &folder);
        let batches = [&[""][..], &["", ""], &["a\r", "\r", "é\u{2028}"]];
        for batch in batches {
            log.append(Time(-1), batch).unwrap();
        }
        log.sync().unwrap();
        let reader = log.reader();
        let mut at = 0;
        for batch in batches {
            let record = reader.read(at).unwrap().unwrap();
            let texts: Vec<&str> = record.lines().map(|(_, text)| text).collect();
            assert_eq!(texts, batch);
            at = record.end();
        }
    }
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    for room in (0..4000).step_by(37) {
        let simulated = SimulatedDisk::new(room);
        let disk: Arc<dyn Disk> = Arc::new(simulated.clone());
        let folder = Path::new("/data");
        let (mut log, _) = open(&disk, folder);
        append(&mut log, 2).unwrap();
        log.sync().unwrap();
        simulated.set_room(Some(room));
        let refused = (0..100).find_map(|_| append(&mut log, 2).err());
        assert!(matches!(refused, Some(LogError::Full)), "{refused:?}");
        let end = log.sync().unwrap();
        assert_eq!(read_all(&log.reader()), end);
        assert!(matches!(append(&mut log, 60), Err(LogError::Full)));
        simulated.set_room(None);
        append(&mut log, 2).unwrap();
        assert_eq!(log.sync().unwrap(), end + 2);
        assert_eq!(read_all(&log.reader()), end + 2);
        drop(log);
        assert_eq!(open(&disk, folder).0.end(), end + 2);
    }
}

#[test]
fn after_any_failed_operation_nothing_more_is_acknowledged() {
    let folder = Path::new("/data");
    let script = |disk: &SimulatedDisk, acked: &mut u64| -> Result<(), LogError> {
        let (mut log, _) = Log::open(Arc::new(disk.clone()), folder, SMALL)?;
        let mut failed = None;
        for count in (1..7).cycle().take(60) {
            let result = append(&mut log, count).and_then(|()| log.sync());
            match (result, &failed) {
                (Ok(end), None) => *acked = end,
                (Ok(end), Some(error)) => panic!("{end} acknowledged after {error}"),
                (Err(error), None) => failed = Some(error),
                (Err(error), Some(_)) => assert!(matches!(error, LogError::Poisoned)),
            }
        }
        failed.map_or(Ok(()), Err)
    };
    let whole = SimulatedDisk::new(0);
    script(&whole, &mut 0).unwrap();
    assert!(whole.operations() > 180);
    for operation in 0..whole.operations() {
        let disk = SimulatedDisk::new(operation);
        disk.fail_at(operation, Fault::Error);
        let mut acked = 0;
        let result = script(&disk, &mut acked);
        let again: Arc<dyn Disk> = Arc::new(disk.crash(operation));
        let (log, _) = open(&again, folder);
        assert!(log.end() >= acked, "operation {operation}: {result:?}");
        assert_eq!(read_all(&log.reader()), log.end());
    }
}

/// What stands in the files of a folder.
fn contents(disk: &dyn Disk, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let file = disk.open(&folder.join(&name)).unwrap();
        let mut bytes = vec![0; file.length().unwrap() as usize];
        file.read_at(0, &mut bytes).unwrap();
        (name, bytes)
    };
    disk.list(folder).unwrap().into_iter().map(read).collect()
}

#[test]
fn a_log_is_read_beside_its_writer_and_stays_as_it_is() {
    for (disk, folder, _keep) in bodies() {
        let beside = || LogReader::beside(disk.clone(), &folder);
        disk.create_folder(&folder).unwrap();
        assert_eq!(read_all(&beside().unwrap()), 0, "there is none yet");
        let (mut log, _) = open(&disk, &folder);
        for count in (1..9).cycle().take(40) {
            append(&mut log, count).unwrap();
            log.sync().unwrap();
            assert_eq!(read_all(&beside().unwrap()), log.end());
        }
        for name in disk.list(&folder).unwrap() {
            // Readers make an index that is missing, but not beside the writer.
            if name.ends_with(".index") {
                disk.remove(&folder.join(name)).unwrap();
            }
        }
        let before = contents(&*disk, &folder);
        assert_eq!(read_all(&beside().unwrap()), log.end());
        assert_eq!(contents(&*disk, &folder), before);
        let reader = beside().unwrap();
        append(&mut log, 3).unwrap();
        log.sync().unwrap();
        assert_eq!(
            read_all(&reader),
            log.end() - 3,
            "as it was when it was opened"
        );
    }
}

/// Notes that a log was durable up to a line, and no further.
fn mark(disk: &dyn Disk, folder: &Path, end: u64) {
    let other = Path::new("/other");
    let shared: Arc<dyn Disk> = Arc::new(SimulatedDisk::new(2));
    let (mut log, _) = open(&shared, other);
    append(&mut log, end).unwrap();
    log.sync().unwrap();
    let noted = contents(&*shared, other);
    let noted = noted.into_iter().find(|(name, _)| name == "durable.mark");
    let file = disk.open(&folder.join("durable.mark")).unwrap();
    file.write_at(0, &noted.expect("a mark").1).unwrap();
}

#[test]
fn a_torn_end_is_told_from_damage() {
    let disk = SimulatedDisk::new(1);
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let folder = Path::new("/data");
    let (mut log, _) = Log::open(shared.clone(), folder, LogOptions::default()).unwrap();
    for _ in 0..5 {
        append(&mut log, 4).unwrap();
        log.sync().unwrap();
    }
    let end = log.end();
    let names = disk.list(folder).unwrap();
    let last = names.iter().rfind(|name| name.ends_with(".log")).unwrap();
    let path = folder.join(last);
    let file = disk.open(&path).unwrap();
    let sound = file.length().unwrap();
    append(&mut log, 4).unwrap();
    log.sync().unwrap();
    let mut bytes = vec![0; (file.length().unwrap() - sound) as usize];
    file.read_at(sound, &mut bytes).unwrap();
    // As if it had never been synced.
    mark(&disk, folder, end);
    for kept in [1, 47, 60, bytes.len() - 1] {
        file.truncate(sound).unwrap();
        file.append(&bytes[..kept]).unwrap();
        let verified = verify(&disk, folder).unwrap();
        assert_eq!((verified.lines, verified.damage), (end, vec![]), "{kept}");
        assert_eq!(verified.torn.map(|torn| torn.offset), Some(sound), "{kept}");
        let reader = LogReader::beside(shared.clone(), folder).unwrap();
        assert_eq!(read_all(&reader), end, "{kept}");
    }
    file.truncate(sound - 1).unwrap();
    let verified = verify(&disk, folder).unwrap();
    assert!(!verified.damage.is_empty() && verified.torn.is_none());
    let refused = LogReader::beside(shared, folder);
    assert!(matches!(refused, Err(LogError::Damaged { .. })));
}

//! Lines that are blanked or replaced: they are gone from the files, and all others stay as they are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use perennial_store::disk::{Disk, SimulatedDisk};
use perennial_store::{Fate, LogError, verify};

use crate::disks::bodies;
use crate::log::{append, open, read_all};
use crate::seeds::line;

fn fate(ordinal: u64, _: &str) -> Fate {
    match ordinal {
        100..120 => Fate::Blank,
        150 => Fate::Replace("{\"erased\":true}".into()),
        _ => Fate::Keep,
    }
}

fn wanted(ordinal: u64) -> String {
    match fate(ordinal, "") {
        Fate::Keep => line(ordinal),
        Fate::Blank => String::new(),
        Fate::Replace(text) => text,
    }
}

#[test]
fn lines_are_blanked_and_replaced_and_the_rest_stays() {
    for (disk, folder, _keep) in bodies() {
        let (mut log, _) = open(&disk, &folder);
        let early = log.reader();
        for _ in 0..100 {
            append(&mut log, 3).unwrap();
        }
        log.sync().unwrap();
        read_all(&early);
        let names = disk.list(&folder).unwrap();
        let contents = |name: &String| {
            let file = disk.open(&folder.join(name)).unwrap();
            let mut bytes = vec![0; file.length().unwrap() as usize];
            file.read_at(0, &mut bytes).unwrap();
            bytes
        };
        let before: Vec<_> = names.iter().map(contents).collect();
        let rewritten = log.rewrite(0, fate).unwrap();
        assert_eq!(rewritten.lines(), 21);
        for (name, before) in names.iter().zip(before) {
            let touched = rewritten.files.iter().any(|(path, _)| path.ends_with(name));
            let sealed = name.ends_with(".log");
            assert!(!sealed || touched == (contents(name) != before), "{name}");
        }
        append(&mut log, 2).unwrap();
        log.sync().unwrap();
        let bytes = log.bytes();
        let late = log.reader();
        drop(log);
        let (log, _) = open(&disk, &folder);
        assert_eq!(log.bytes(), bytes);
        for reader in [early.clone(), early, late, log.reader()] {
            for ordinal in 0..302 {
                let record = reader.read(ordinal).unwrap().unwrap();
                assert_eq!(record.line(ordinal).unwrap(), wanted(ordinal));
            }
        }
        assert_eq!(verify(&*disk, &folder).unwrap().damage, []);
    }
}

#[test]
fn what_changes_nothing_writes_nothing_and_what_cannot_be_is_refused() {
    for (disk, folder, _keep) in bodies() {
        let (mut log, _) = open(&disk, &folder);
        append(&mut log, 30).unwrap();
        let nothing = log.rewrite(0, |_, _| Fate::Keep).unwrap();
        assert_eq!(nothing.files, []);
        let after = log.rewrite(30, |_, _| Fate::Blank).unwrap();
        assert_eq!(after.files, []);
        let refused = log.rewrite(0, |_, _| Fate::Replace("a\nb".into()));
        assert!(matches!(refused, Err(LogError::LineEnd(0))), "{refused:?}");
        append(&mut log, 1).unwrap();
        log.sync().unwrap();
        assert_eq!(read_all(&log.reader()), 31);
    }
}

#[test]
fn a_full_disk_leaves_the_lines_as_they_were() {
    let simulated = SimulatedDisk::new(5);
    let disk: Arc<dyn Disk> = Arc::new(simulated.clone());
    let folder = std::path::Path::new("/data");
    let (mut log, _) = open(&disk, folder);
    append(&mut log, 30).unwrap();
    log.seal().unwrap();
    simulated.set_room(Some(100));
    let refused = log.rewrite(
        0,
        |line, _| if line == 3 { Fate::Blank } else { Fate::Keep },
    );
    assert!(matches!(refused, Err(LogError::Full)), "{refused:?}");
    assert_eq!(read_all(&log.reader()), 30);
    simulated.set_room(None);
    append(&mut log, 1).unwrap();
    log.sync().unwrap();
    assert_eq!(read_all(&log.reader()), 31);
}

#[test]
fn readers_go_on_while_segments_are_written_anew() {
    for (disk, folder, _keep) in bodies() {
        let (mut log, _) = open(&disk, &folder);
        for _ in 0..100 {
            append(&mut log, 3).unwrap();
        }
        log.seal().unwrap();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let reader = log.reader();
            let over = &over;
            scope.spawn(move || {
                while !over.load(Ordering::Acquire) {
                    for ordinal in (0..300).rev() {
                        let record = reader.read(ordinal).unwrap().unwrap();
                        let text = record.line(ordinal).unwrap();
                        assert!(text.is_empty() || text == line(ordinal));
                    }
                }
            });
            for nth in 0..30 {
                let blank = |line: u64, text: &str| match line % 30 == nth && !text.is_empty() {
                    true => Fate::Blank,
                    false => Fate::Keep,
                };
                assert_eq!(log.rewrite(0, blank).unwrap().lines(), 10);
            }
            over.store(true, Ordering::Release);
        });
    }
}

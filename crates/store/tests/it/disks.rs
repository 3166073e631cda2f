//! What a disk promises, tried over every body.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use perennial_store::disk::{Disk, Fault, MemoryDisk, RealDisk, SimulatedDisk};
use tempfile::TempDir;

/// Every body of a disk, with a folder on it that is there and empty.
pub fn bodies() -> Vec<(Arc<dyn Disk>, PathBuf, Option<TempDir>)> {
    let real = tempfile::tempdir().unwrap();
    let folder = || PathBuf::from("/data");
    let path = real.path().to_owned();
    vec![
        (Arc::new(RealDisk), path, Some(real)),
        (Arc::new(MemoryDisk::default()), folder(), None),
        (Arc::new(SimulatedDisk::new(0)), folder(), None),
    ]
}

#[test]
fn files_grow_are_read_cut_and_renamed() {
    for (disk, folder, _keep) in bodies() {
        let inner = folder.join("log");
        disk.create_folder(&inner).unwrap();
        let (one, two) = (inner.join("one"), inner.join("two"));
        assert_eq!(disk.open(&one).unwrap_err().kind(), ErrorKind::NotFound);
        let file = disk.create(&one).unwrap();
        file.append(b"hello ").unwrap();
        file.append(b"world").unwrap();
        file.sync().unwrap();
        disk.sync_folder(&inner).unwrap();
        let mut bytes = [0; 8];
        assert_eq!(file.read_at(6, &mut bytes).unwrap(), 5, "{disk:?}");
        assert_eq!(&bytes[..5], b"world");
        assert_eq!(file.read_at(20, &mut bytes).unwrap(), 0);
        file.truncate(7).unwrap();
        file.append(b"!").unwrap();
        file.write_at(0, b"J").unwrap();
        assert_eq!(file.length().unwrap(), 8);
        disk.rename(&one, &two).unwrap();
        assert_eq!(disk.list(&inner).unwrap(), ["two"]);
        let again = disk.open(&two).unwrap();
        assert_eq!(again.read_at(0, &mut bytes).unwrap(), 8);
        assert_eq!(&bytes, b"Jello w!");
        again.append(b"?").unwrap();
        disk.remove(&two).unwrap();
        assert_eq!(again.read_at(7, &mut bytes).unwrap(), 2, "open files stay");
        assert!(disk.list(&inner).unwrap().is_empty());
    }
}

#[test]
fn a_lock_is_had_once() {
    for (disk, folder, _keep) in bodies() {
        let path = folder.join("lock");
        let lock = disk.lock(&path).unwrap();
        assert_eq!(disk.lock(&path).unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(lock);
        disk.lock(&path).unwrap();
    }
}

#[test]
fn power_loss_takes_only_what_was_not_synced() {
    let path = Path::new("/data/file");
    let mut found = [0; 2];
    for seed in 0..200 {
        let disk = SimulatedDisk::new(seed);
        let file = disk.create(path).unwrap();
        file.append(&[1; 3000]).unwrap();
        file.sync().unwrap();
        disk.sync_folder(Path::new("/data")).unwrap();
        file.append(&[2; 3000]).unwrap();
        let after = disk.crash(seed).contents(path).unwrap();
        assert_eq!(after[..3000], [1; 3000]);
        assert!(after[3000..].iter().all(|byte| [0, 2].contains(byte)));
        let torn = after[3000..].contains(&2) && after[3000..].len() < 3000;
        found[usize::from(torn)] += 1;
    }
    assert!(found[0] > 20 && found[1] > 20, "whole and torn: {found:?}");
}

#[test]
fn a_name_that_was_not_synced_may_go_and_a_rename_be_undone() {
    let (old, new) = (Path::new("/data/old"), Path::new("/data/new"));
    let mut found = [0; 2];
    for seed in 0..200 {
        let disk = SimulatedDisk::new(seed);
        disk.create(old).unwrap().sync().unwrap();
        disk.sync_folder(Path::new("/data")).unwrap();
        disk.rename(old, new).unwrap();
        let after = disk.crash(seed);
        let names = (after.contents(old).is_some(), after.contents(new).is_some());
        assert_ne!(names.0, names.1, "one name, the one or the other");
        found[usize::from(names.1)] += 1;
    }
    assert!(found[0] > 20 && found[1] > 20, "undone and done: {found:?}");
}

#[test]
fn what_a_failed_sync_lost_no_later_sync_brings_back() {
    let disk = SimulatedDisk::new(3);
    let path = Path::new("/data/file");
    let file = disk.create(path).unwrap();
    disk.sync_folder(Path::new("/data")).unwrap();
    file.append(b"one").unwrap();
    disk.fail_at(disk.operations(), Fault::Error);
    file.sync().unwrap_err();
    file.sync().unwrap_err();
    file.append(b"two").unwrap_err();
    assert_eq!(disk.contents(path).unwrap(), b"one", "it can still be read");
}

#[test]
fn a_full_disk_takes_a_part_and_more_when_there_is_room() {
    let disk = SimulatedDisk::new(3);
    let file = disk.create(Path::new("/data/file")).unwrap();
    disk.set_room(Some(4));
    let error = file.append(b"sixsix").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert_eq!(file.length().unwrap(), 4);
    file.truncate(0).unwrap();
    disk.set_room(Some(6));
    file.append(b"sixsix").unwrap();
}

//! What a shelf promises, tried over every body; of the one on disk also that it outlives its process.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use perennial_store::disk::Random;
use perennial_store::shelf::{
    DiskShelf, MemoryShelf, Pairs, Shelf, ShelfError, ShelfOptions, Sync, View, Writes,
};
use tempfile::TempDir;

use crate::seeds::for_some_seeds;

const SPACES: [&str; 3] = ["customers", "stages", "ids"];
/// Names the folder in which a process is to commit until it is killed.
const VICTIM: &str = "PERENNIAL_VICTIM";

fn disk(folder: &Path) -> Result<DiskShelf, ShelfError> {
    DiskShelf::open(folder, &SPACES, ShelfOptions::default())
}

fn bodies() -> Vec<(Box<dyn Shelf>, Option<TempDir>)> {
    let folder = tempfile::tempdir().unwrap();
    vec![
        (Box::new(MemoryShelf::new(&SPACES)), None),
        (Box::new(disk(folder.path()).unwrap()), Some(folder)),
    ]
}

fn all(pairs: Pairs) -> Vec<(Vec<u8>, Vec<u8>)> {
    pairs.map(Result::unwrap).collect()
}

#[test]
fn a_shelf_does_what_a_map_does() {
    for (shelf, _keep) in bodies() {
        let mut random = Random::new(7);
        let mut model: BTreeMap<&str, BTreeMap<Vec<u8>, Vec<u8>>> = BTreeMap::new();
        for round in 0..60 {
            let mut writes = Writes::default();
            for _ in 0..random.below(40) {
                let space = SPACES[random.below(3) as usize];
                let key = format!("{:x}", random.below(300)).into_bytes();
                let value = random.number().to_le_bytes().to_vec();
                if random.chance(30) {
                    model.entry(space).or_default().remove(&key);
                    writes.delete(space, key);
                } else {
                    model
                        .entry(space)
                        .or_default()
                        .insert(key.clone(), value.clone());
                    writes.put(space, key, value);
                }
            }
            let sync = if round % 10 == 0 { Sync::Yes } else { Sync::No };
            shelf.commit(writes, sync).unwrap();
            for space in SPACES {
                let map = model.entry(space).or_default();
                let same = |from: &[u8], prefix: &[u8]| -> Vec<_> {
                    let rest = map.range(from.to_vec()..);
                    let pairs = rest.map(|(key, value)| (key.clone(), value.clone()));
                    pairs.filter(|(key, _)| key.starts_with(prefix)).collect()
                };
                assert_eq!(all(shelf.scan(space, b"")), same(b"", b""));
                assert_eq!(all(shelf.scan(space, b"1")), same(b"", b"1"));
                assert_eq!(all(shelf.scan_range(space, b"8a")), same(b"8a", b""));
                let key = format!("{:x}", random.below(300)).into_bytes();
                assert_eq!(shelf.get(space, &key).unwrap(), map.get(&key).cloned());
            }
        }
    }
}

#[test]
fn of_several_writes_to_a_key_the_last_counts() {
    for (shelf, _keep) in bodies() {
        let mut writes = Writes::default();
        writes.put("ids", "a", "1");
        writes.put("ids", "b", "1");
        writes.put("stages", "a", "other");
        writes.delete("ids", "a");
        writes.put("ids", "b", "2");
        writes.put("ids", "b", "3");
        shelf.commit(writes, Sync::No).unwrap();
        assert_eq!(shelf.get("ids", b"a").unwrap(), None);
        assert_eq!(shelf.get("ids", b"b").unwrap().unwrap(), b"3");
        assert_eq!(shelf.get("stages", b"a").unwrap().unwrap(), b"other");
    }
}

#[test]
fn a_snapshot_stays_as_it_is_in_another_thread() {
    for (shelf, _keep) in bodies() {
        let mut writes = Writes::default();
        writes.put("ids", "a", "old");
        shelf.commit(writes, Sync::No).unwrap();
        let snapshot = shelf.snapshot();
        let later = shelf.scan("ids", b"");
        std::thread::scope(|scope| {
            let reading = scope.spawn(move || {
                for _ in 0..200 {
                    assert_eq!(snapshot.get("ids", b"a").unwrap().unwrap(), b"old");
                    assert_eq!(all(snapshot.scan("ids", b"")).len(), 1);
                }
            });
            for number in 0..100u64 {
                let mut writes = Writes::default();
                writes.put("ids", "a", "new");
                writes.put("ids", number.to_be_bytes(), "");
                shelf.commit(writes, Sync::No).unwrap();
            }
            reading.join().unwrap();
        });
        assert_eq!(
            all(later).len(),
            1,
            "a scan sees what stood at its beginning"
        );
        assert_eq!(shelf.get("ids", b"a").unwrap().unwrap(), b"new");
    }
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_of_it_is_done() {
    for (shelf, _keep) in bodies() {
        for (space, key) in [("ids", vec![]), ("ids", vec![1; 65_536]), ("none", vec![1])] {
            let mut writes = Writes::default();
            writes.put("customers", "a", "1");
            writes.put(space, key, "1");
            let refused = shelf.commit(writes, Sync::No);
            assert!(matches!(refused, Err(ShelfError::Refused { .. })));
            assert_eq!(shelf.get("customers", b"a").unwrap(), None);
        }
        assert!(shelf.get("none", b"a").is_err());
        assert!(shelf.scan("none", b"").next().unwrap().is_err());
        shelf.commit(Writes::default(), Sync::Yes).unwrap();
    }
}

#[test]
fn a_shelf_on_disk_is_open_once_and_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = disk(folder.path()).unwrap();
    let again = disk(folder.path());
    assert!(matches!(again, Err(ShelfError::Locked(_))), "{again:?}");
    commit_number(&shelf, 1);
    drop(shelf);
    assert_eq!(last_number(&disk(folder.path()).unwrap()), 1);
}

/// Commits that every space's number is this.
fn commit_number(shelf: &DiskShelf, number: u64) {
    let mut writes = Writes::default();
    for space in SPACES {
        writes.put(space, "number", number.to_be_bytes());
        // Enough for the memory to be written out now and then.
        writes.put(space, number.to_be_bytes(), vec![number as u8; 3000]);
    }
    shelf.commit(writes, Sync::No).unwrap();
}

/// The number that all spaces have.
fn last_number(shelf: &DiskShelf) -> u64 {
    let number = |space| {
        let value = shelf.get(space, b"number").unwrap();
        let value = value.map_or([0; 8], |value| value.try_into().unwrap());
        u64::from_be_bytes(value)
    };
    let last = number(SPACES[0]);
    for space in SPACES {
        assert_eq!(number(space), last, "{space}");
        for key in 1..=last {
            let value = shelf.get(space, &key.to_be_bytes()).unwrap().unwrap();
            assert_eq!(value, vec![key as u8; 3000], "{space} {key}");
        }
    }
    last
}

#[test]
fn commits_outlive_a_killed_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut last = 0;
    for round in 0..4 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "shelf::victim", "--ignored", "--nocapture"])
            .env(VICTIM, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let told = BufReader::new(victim.stderr.take().unwrap()).lines();
        let told = told
            .map_while(Result::ok)
            .filter_map(|line| line.parse::<u64>().ok());
        let told = told.take(150 + 300 * round).last().unwrap();
        victim.kill().unwrap();
        victim.wait().unwrap();
        let found = last_number(&disk(folder.path()).unwrap());
        assert!(found >= told && told > last, "{found} {told} {last}");
        last = found;
    }
}

#[test]
#[ignore = "run by the test of killed processes"]
fn victim() {
    let folder = std::env::var_os(VICTIM).unwrap();
    let shelf = disk(folder.as_ref()).unwrap();
    for number in last_number(&shelf) + 1.. {
        commit_number(&shelf, number);
        eprintln!("{number}");
    }
}

#[test]
fn a_commit_that_power_loss_tore_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = disk(folder.path()).unwrap();
    commit_number(&shelf, 1);
    drop(shelf);
    let database = fjall::Database::builder(folder.path()).open().unwrap();
    let space = database.keyspace("stages", Default::default).unwrap();
    space.insert([0], 0u64.to_be_bytes()).unwrap();
    drop((space, database));
    let torn = disk(folder.path());
    assert!(matches!(torn, Err(ShelfError::Broken { .. })), "{torn:?}");
}

#[test]
fn a_shelf_that_ends_its_process_again_and_again_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    drop(disk(folder.path()).unwrap());
    let attempts = folder.path().join("attempts");
    assert!(!attempts.exists());
    std::fs::write(&attempts, [0; 2]).unwrap();
    drop(disk(folder.path()).unwrap());
    assert!(!attempts.exists(), "an open shelf clears them");
    std::fs::write(&attempts, [0; 3]).unwrap();
    let broken = disk(folder.path());
    assert!(
        matches!(broken, Err(ShelfError::Broken { .. })),
        "{broken:?}"
    );
}

#[test]
fn damage_gives_an_error_or_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = disk(folder.path()).unwrap();
    for number in 1..=40 {
        commit_number(&shelf, number);
    }
    drop(shelf);
    let noticed = std::cell::Cell::new(0);
    for_some_seeds(|seed| {
        let mut random = Random::new(seed);
        let copy = tempfile::tempdir().unwrap();
        let mut files = copy_all(folder.path(), copy.path());
        // Some flips in a table of versions end the process, which is what attempts are counted for.
        let versions = |file: &Path| {
            let name = file.file_name().unwrap().to_string_lossy().into_owned();
            name.strip_prefix('v')
                .is_some_and(|rest| rest.parse::<u64>().is_ok())
        };
        files.retain(|file| !versions(file));
        files.sort();
        let file = &files[random.below(files.len() as u64) as usize];
        let mut bytes = std::fs::read(file).unwrap();
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << random.below(8);
        std::fs::write(file, bytes).unwrap();
        if let Err(error) = read_damaged(copy.path()) {
            assert!(
                matches!(error, ShelfError::Broken { .. }),
                "{error} at {at} of {file:?}"
            );
            noticed.set(noticed.get() + 1);
        }
    });
    assert!(noticed.get() > 0);
}

/// Reads all; what is read is right, though the last commits may be gone.
fn read_damaged(folder: &Path) -> Result<(), ShelfError> {
    let shelf = disk(folder)?;
    for space in SPACES {
        for pair in shelf.scan(space, b"") {
            let (key, value) = pair?;
            if key == b"number" {
                continue;
            }
            assert_eq!(value, vec![key[7]; 3000]);
        }
    }
    Ok(())
}

fn copy_all(from: &Path, to: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&target).unwrap();
            files.extend(copy_all(&entry.path(), &target));
        } else {
            std::fs::copy(entry.path(), &target).unwrap();
            files.push(target);
        }
    }
    files
}

//! What the ids promise: none is forgotten, none made up, also after power loss and damage.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use perennial_store::disk::{Disk, Fault, Random, SimulatedDisk};
use perennial_store::ids::{Entry, Ids, IdsError};

use crate::disks::bodies;
use crate::seeds::for_seeds;

const FOLDER: &str = "/data";

/// The id of a line; some have equal upper halves, as hashes never have by chance.
fn id(line: u64) -> u128 {
    let mut random = Random::new(line);
    let upper = match line % 5 {
        0 => 7,
        _ => random.number(),
    };
    u128::from(upper) << 64 | u128::from(random.number())
}

fn run(lines: std::ops::Range<u64>) -> Vec<Entry> {
    let mut run: Vec<Entry> = lines.map(|line| (id(line), line)).collect();
    run.sort_unstable();
    run
}

fn check(ids: &Ids) -> Result<(), IdsError> {
    let end = ids.covered();
    assert_eq!(ids.len(), end);
    for line in (0..end).step_by(7) {
        assert_eq!(ids.find(id(line))?, Some(line), "of {end}");
        assert_eq!(ids.find(id(line + 1_000_000))?, None);
    }
    Ok(())
}

#[test]
fn ids_are_found_and_others_are_not() {
    for (disk, folder, _keep) in bodies() {
        let mut ids = Ids::open(disk.clone(), &folder).unwrap();
        assert!(ids.is_empty());
        let mut random = Random::new(3);
        for _ in 0..40 {
            let from = ids.covered();
            let to = from + 1 + random.below(700);
            ids.insert_run(to, &run(from..to)).unwrap();
        }
        check(&ids).unwrap();
        let covered = ids.covered();
        assert!(ids.disk_bytes() < 40 * covered);
        drop(ids);
        let ids = Ids::open(disk.clone(), &folder).unwrap();
        assert_eq!(ids.covered(), covered);
        check(&ids).unwrap();
        let files = disk.list(&folder).unwrap();
        assert!(files.len() < 10, "merged: {files:?}");
    }
}

#[test]
fn lines_without_new_ids_count_as_fed_and_the_first_of_equals_is_kept() {
    for (disk, folder, _keep) in bodies() {
        let mut ids = Ids::open(disk.clone(), &folder).unwrap();
        for nth in 0..16 {
            let entries = if nth % 3 == 0 {
                vec![]
            } else {
                vec![(5, nth), (nth.into(), nth)]
            };
            let mut entries: BTreeMap<u128, u64> = entries.into_iter().rev().collect();
            entries.entry(5).and_modify(|line| *line = nth);
            let entries: Vec<Entry> = entries.into_iter().collect();
            ids.insert_run(10 * (nth + 1), &entries).unwrap();
        }
        assert_eq!(ids.covered(), 160);
        assert_eq!(ids.find(5).unwrap(), Some(1));
        assert_eq!(ids.find(3).unwrap(), None);
        assert_eq!(ids.find(14).unwrap(), Some(14));
    }
}

#[test]
fn ids_survive_power_loss_at_any_operation() {
    for_seeds(|seed| {
        let mut random = Random::new(seed);
        let mut disk = SimulatedDisk::new(seed);
        let mut durable = 0;
        for _ in 0..5 {
            disk.fail_at(disk.operations() + random.below(60), Fault::PowerOff);
            let mut script = || -> Result<(), IdsError> {
                let mut ids = Ids::open(Arc::new(disk.clone()), Path::new(FOLDER))?;
                assert!(ids.covered() >= durable, "{} of {durable}", ids.covered());
                check(&ids)?;
                for _ in 0..12 {
                    let from = ids.covered();
                    let to = from + 1 + random.below(50);
                    ids.insert_run(to, &run(from..to))?;
                    durable = to;
                }
                Ok(())
            };
            if let Err(error) = script() {
                assert!(matches!(error, IdsError::Disk { .. }), "{error}");
            }
            disk = disk.crash(random.number());
        }
        let ids = Ids::open(Arc::new(disk), Path::new(FOLDER)).unwrap();
        check(&ids).unwrap();
    });
}

#[test]
fn damage_is_noticed_or_harmless() {
    for_seeds(|seed| {
        let mut random = Random::new(seed);
        let disk = SimulatedDisk::new(seed);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let mut ids = Ids::open(shared.clone(), Path::new(FOLDER)).unwrap();
        for from in (0..1400).step_by(200) {
            ids.insert_run(from + 200, &run(from..from + 200)).unwrap();
        }
        let paths = disk.paths();
        let path = &paths[random.below(paths.len() as u64) as usize];
        let at = random.below(disk.contents(path).unwrap().len() as u64);
        match random.below(3) {
            0 => disk.flip(path, at, random.number() as u8),
            1 => disk.zero(path, at / 4096 * 4096, 4096),
            _ => disk.cut(path, at),
        };
        let all = |ids: Ids| {
            (0..1400).try_for_each(|line| match ids.find(id(line))? {
                Some(found) => {
                    assert_eq!(found, line);
                    Ok(())
                }
                None => panic!("the id of line {line} is gone without a word"),
            })
        };
        let result = Ids::open(shared, Path::new(FOLDER)).and_then(all);
        assert!(
            matches!(result, Ok(()) | Err(IdsError::Broken { .. })),
            "{result:?}"
        );
    });
}

//! Power loss at any operation: what was synced is there, whole and in order, and what was erased is gone.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use perennial_model::Time;
use perennial_store::disk::{Disk, Fault, Random, SimulatedDisk};
use perennial_store::{Fate, Log, LogError, LogReader, verify};

use crate::log::{SMALL, append, open};
use crate::seeds::{for_seeds, line};

const FOLDER: &str = "/data";

/// What must be found.
#[derive(Default)]
struct Model {
    /// All lines before this one were acknowledged.
    durable: u64,
    /// Lines that were blanked for certain.
    blank: BTreeSet<u64>,
    /// Lines that a rewriting was to blank that did not return.
    perhaps: BTreeSet<u64>,
}

impl Model {
    /// Reads all and compares every line; gives how many there are. What is found is durable.
    fn read_all(&mut self, reader: &LogReader) -> Result<u64, LogError> {
        let mut next = 0;
        while let Some(record) = reader.read(next)? {
            assert_eq!(
                (record.first, record.received_at),
                (next, Time(next as i64))
            );
            for (ordinal, text) in record.lines() {
                assert_eq!(ordinal, next);
                let blank = text.is_empty();
                assert!(blank || text == line(next), "line {next}");
                let may = self.blank.contains(&next) || self.perhaps.contains(&next);
                assert!(!blank || may, "line {next} is blank");
                assert!(blank || !self.blank.contains(&next), "line {next} is back");
                if blank {
                    self.blank.insert(next);
                }
                next += 1;
            }
        }
        self.perhaps.clear();
        Ok(next)
    }

    fn rewrite(&mut self, log: &mut Log, every: u64, nth: u64) -> Result<(), LogError> {
        let end = log.end();
        let chosen: BTreeSet<u64> = (0..end).filter(|line| line % every == nth).collect();
        self.perhaps.extend(&chosen);
        log.rewrite(0, |line, _| match chosen.contains(&line) {
            true => Fate::Blank,
            false => Fate::Keep,
        })?;
        self.blank.extend(&chosen);
        Ok(())
    }
}

/// Appends, syncs, seals and rewrites at random until the disk fails or the script ends.
fn script(disk: &SimulatedDisk, random: &mut Random, model: &mut Model) -> Result<(), LogError> {
    let (mut log, recovery) = Log::open(Arc::new(disk.clone()), Path::new(FOLDER), SMALL)?;
    let durable = model.durable;
    assert!(
        recovery.end >= durable,
        "{recovery:?} but {durable} acknowledged"
    );
    assert_eq!(model.read_all(&log.reader())?, recovery.end);
    // Lines that were never acknowledged may be gone, and their numbers be given again.
    model.blank.retain(|line| *line < recovery.end);
    model.durable = recovery.end;
    for _ in 0..random.below(60) {
        let result = match random.below(20) {
            0..12 => append(&mut log, 1 + random.below(12)),
            12..18 => log.sync().map(drop),
            18 => log.seal(),
            _ => model.rewrite(&mut log, 3 + random.below(9), random.below(3)),
        };
        // A rewriting that fails has synced before.
        model.durable = log.durable();
        result?;
    }
    Ok(())
}

#[test]
fn what_was_synced_survives_power_loss_at_any_operation() {
    for_seeds(|seed| {
        let mut random = Random::new(seed);
        let mut disk = SimulatedDisk::new(seed);
        let mut model = Model::default();
        // Several losses in a row, some of them during recovery.
        for _ in 0..6 {
            let within = if random.chance(30) { 8 } else { 90 };
            let operation = disk.operations() + random.below(within);
            disk.fail_at(operation, Fault::PowerOff);
            let _ = script(&disk, &mut random, &mut model);
            disk = disk.crash(random.number());
        }
        script(&disk, &mut random, &mut model).unwrap();
        let verified = verify(&disk, Path::new(FOLDER)).unwrap();
        assert_eq!(verified.damage, []);
        let again: Arc<dyn Disk> = Arc::new(disk);
        let (log, _) = open(&again, Path::new(FOLDER));
        assert_eq!(verified.lines, log.end());
        assert_eq!(model.read_all(&log.reader()).unwrap(), log.end());
    });
}

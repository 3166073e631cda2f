//! Power loss at any operation: what was synced is there, whole and in order.

use std::path::Path;
use std::sync::Arc;

use perennial_store::disk::{Disk, Fault, Random, SimulatedDisk};
use perennial_store::{Log, LogError, verify};

use crate::log::{SMALL, append, try_read_all};
use crate::seeds::for_seeds;

const FOLDER: &str = "/data";

/// Appends, syncs and seals at random until the disk fails or the script ends; keeps the durable end.
fn script(disk: &SimulatedDisk, random: &mut Random, durable: &mut u64) -> Result<(), LogError> {
    let (mut log, recovery) = Log::open(Arc::new(disk.clone()), Path::new(FOLDER), SMALL)?;
    assert!(
        recovery.end >= *durable,
        "{recovery:?} but {durable} acknowledged"
    );
    assert_eq!(try_read_all(&log.reader())?, recovery.end);
    *durable = recovery.end;
    for _ in 0..random.below(60) {
        match random.below(10) {
            0..6 => append(&mut log, 1 + random.below(12))?,
            6..9 => *durable = log.sync()?,
            _ => log.seal()?,
        }
        *durable = log.durable().max(*durable);
    }
    Ok(())
}

#[test]
fn what_was_synced_survives_power_loss_at_any_operation() {
    for_seeds(|seed| {
        let mut random = Random::new(seed);
        let mut disk = SimulatedDisk::new(seed);
        let mut durable = 0;
        // Several losses in a row, some of them during recovery.
        for _ in 0..6 {
            let within = if random.chance(30) { 8 } else { 90 };
            let operation = disk.operations() + random.below(within);
            disk.fail_at(operation, Fault::PowerOff);
            let _ = script(&disk, &mut random, &mut durable);
            disk = disk.crash(random.number());
        }
        script(&disk, &mut random, &mut durable).unwrap();
        let verified = verify(&disk, Path::new(FOLDER)).unwrap();
        assert_eq!(verified.damage, []);
        let again: Arc<dyn Disk> = Arc::new(disk);
        let (log, _) = crate::log::open(&again, Path::new(FOLDER));
        assert_eq!(verified.lines, log.end());
    });
}

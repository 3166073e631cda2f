//! Disks that fail or fill up: no yes that does not hold, and a workspace that says what it cannot do.

use std::sync::Arc;

use perennial_model::Time;
use perennial_runtime::{AppendError, Question};
use perennial_store::disk::{Fault, SimulatedDisk};

use crate::shop::{Dice, START_MS, call_or_scores, line, project};
use crate::world::World;

const ARRIVALS: i64 = 30;

fn world(disk: &SimulatedDisk) -> World {
    let mut world = World::closed(project(), Time(START_MS));
    world.disk = Some(Arc::new(disk.clone()));
    world
}

fn arrival(dice: &mut Dice, number: u64) -> Vec<String> {
    let now_ms = START_MS + number as i64 * 60_000;
    (0..3)
        .map(|part| line(&call_or_scores(dice, number * 3 + part, now_ms, 5), now_ms))
        .collect()
}

/// Appends one by one; answers what was acknowledged, and whether it was refused at some time.
fn script(world: &World) -> (Vec<String>, bool) {
    let mut dice = Dice(8);
    let (mut kept, mut refused) = (Vec::new(), false);
    for number in 0..ARRIVALS {
        let lines = arrival(&mut dice, number as u64);
        let at = Time(START_MS + number * 60_000);
        world.clock.set(at);
        match world.try_append(lines.clone(), at) {
            Ok(()) => {
                assert!(!refused, "yes after a fault");
                assert_eq!(world.workspace().dead(), None);
                kept.extend(lines);
            }
            Err(error) => {
                assert_eq!(error, AppendError::Stopped);
                assert!(
                    world
                        .workspace()
                        .dead()
                        .is_some_and(|cause| !cause.is_empty())
                );
                refused = true;
            }
        }
        if number == ARRIVALS / 2 && !refused {
            // Ids of messages go into files.
            let _ = world.ask(Question::EventIds { from: 0, limit: 1 });
        }
    }
    (kept, refused)
}

#[test]
fn after_a_failed_operation_nothing_is_acknowledged() {
    let disk = SimulatedDisk::new(1);
    let mut whole = world(&disk);
    whole.open();
    let (all, refused) = script(&whole);
    assert!(!refused && all.len() == ARRIVALS as usize * 3);
    whole.close();
    let operations = disk.operations();
    let step = if std::env::var("PERENNIAL_SEEDS").is_ok() {
        1
    } else {
        9
    };
    for number in (0..operations).step_by(step) {
        let disk = SimulatedDisk::new(number);
        disk.fail_at(number, Fault::Error);
        let mut failing = world(&disk);
        let (mut kept, mut refused) = (Vec::new(), true);
        if failing.try_open().is_ok() {
            (kept, refused) = script(&failing);
        }
        assert!(refused || kept.len() == all.len(), "operation {number}");
        failing.close();
        let healed = disk.crash(number);
        failing.disk = Some(Arc::new(healed));
        failing.open();
        let found = failing.lines();
        assert!(
            found.starts_with(&kept),
            "operation {number}: acknowledged lines are gone"
        );
        assert!(
            all.starts_with(&found),
            "operation {number}: lines from nowhere"
        );
        let stats = failing.stats();
        assert_eq!(stats["lines"], found.len(), "operation {number}");
        failing
            .try_append(arrival(&mut Dice(1), 1_000), Time(START_MS * 2))
            .unwrap_or_else(|error| panic!("operation {number}: {error}"));
    }
}

#[test]
fn a_full_disk_says_so_and_goes_on_when_there_is_room() {
    for room in [0, 1, 40, 300, 2_000] {
        let disk = SimulatedDisk::new(room);
        let mut world = world(&disk);
        world.open();
        let mut dice = Dice(room);
        let mut kept: Vec<String> = Vec::new();
        let mut fills = 0;
        for number in 0..40 {
            let lines = arrival(&mut dice, number);
            let at = Time(START_MS + number as i64 * 60_000);
            world.clock.set(at);
            if number == 5 {
                disk.set_room(Some(room));
            }
            if number == 30 {
                disk.set_room(None);
            }
            match world.try_append(lines.clone(), at) {
                Ok(()) => kept.extend(lines),
                Err(error) => {
                    assert!(
                        matches!(error, AppendError::Full { retry_after_s: 1.. }),
                        "{error}"
                    );
                    assert!((5..30).contains(&number), "there is room");
                    fills += 1;
                }
            }
            assert_eq!(
                world.stats()["lines"],
                kept.len(),
                "room {room}: reads answer"
            );
            assert_eq!(world.workspace().dead(), None);
        }
        assert!(fills > 0, "it was full");
        assert!(world.lines() == kept, "room {room}");
        world.restart();
        assert!(world.lines() == kept, "room {room}, after a restart");
        assert_eq!(world.stats()["lines"], kept.len());
    }
}

//! Power goes at any operation: what was acknowledged is there, in its place, once, and what is derived from it mends itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::channel;

use perennial_model::Time;
use perennial_runtime::{Arrival, Question};
use perennial_store::disk::{Fault, SimulatedDisk};

use crate::shop::{DAY_MS, Dice, START_MS, call_or_scores, line, project};
use crate::world::{World, seeds};

/// A world whose log is on a disk that crashes, and what it was promised.
pub struct Story {
    pub seed: u64,
    pub dice: Dice,
    pub world: World,
    pub disk: SimulatedDisk,
    pub now_ms: i64,
    pub number: u64,
    /// Acknowledged, or found after a crash.
    pub kept: Vec<String>,
    /// Handed in and not acknowledged, in order.
    pub open: Vec<String>,
}

impl Story {
    pub fn new(seed: u64) -> Self {
        let disk = SimulatedDisk::new(seed);
        let mut world = World::closed(project(), Time(START_MS));
        world.disk = Some(Arc::new(disk.clone()));
        Self {
            seed,
            dice: Dice(seed),
            world,
            disk,
            now_ms: START_MS,
            number: 0,
            kept: Vec::new(),
            open: Vec::new(),
        }
    }

    fn arrival(&mut self) -> Vec<String> {
        self.now_ms += 1 + self.dice.below(3_600_000) as i64;
        self.world.clock.set(Time(self.now_ms));
        let many = 1 + self.dice.below(5);
        (0..many)
            .map(|_| {
                self.number += 1;
                // Some messages come again under their own id, with another content.
                let number = self.number - self.dice.below(2).min(self.number / 3);
                line(
                    &call_or_scores(&mut self.dice, number, self.now_ms, 9),
                    self.now_ms,
                )
            })
            .collect()
    }

    /// Hands in some arrivals at once, and notes what was acknowledged.
    pub fn append_some(&mut self) {
        let (sender, receiver) = channel();
        let mut handed = Vec::new();
        for place in 0..1 + self.dice.below(3) {
            let lines = self.arrival();
            handed.push(lines.clone());
            let arrival = Arrival {
                received_at: Time(self.now_ms),
                lines,
                failed: Vec::new(),
            };
            let sender = sender.clone();
            let done = Box::new(move |outcome| drop(sender.send((place, outcome))));
            self.world.workspace().append(arrival, done);
        }
        drop(sender);
        let mut outcomes: Vec<_> = receiver.iter().collect();
        assert_eq!(
            outcomes.len(),
            handed.len(),
            "seed {}: all answered",
            self.seed
        );
        outcomes.sort_by_key(|(place, _)| *place);
        for ((_, outcome), lines) in outcomes.into_iter().zip(handed) {
            match outcome {
                Ok(()) => {
                    assert!(self.open.is_empty(), "seed {}: yes after no", self.seed);
                    self.kept.extend(lines);
                }
                Err(_) => self.open.extend(lines),
            }
        }
    }

    /// Stops, finds the disk as power loss left it, opens again.
    pub fn crash(&mut self, disk: SimulatedDisk) {
        self.world.close();
        self.disk = disk;
        self.world.disk = Some(Arc::new(self.disk.clone()));
        self.world.open();
    }

    /// Every acknowledged line is there, in order, once; then perhaps some that were handed in.
    pub fn check(&mut self) {
        let lines = self.world.lines();
        let seed = self.seed;
        assert!(
            lines.len() >= self.kept.len(),
            "seed {seed}: lines are gone"
        );
        assert!(
            lines[..self.kept.len()] == self.kept,
            "seed {seed}: other lines"
        );
        let more = &lines[self.kept.len()..];
        assert!(
            self.open.starts_with(more),
            "seed {seed}: lines from nowhere"
        );
        self.kept = lines;
        self.open.clear();
    }

    /// The same as a world that never crashed.
    pub fn compare(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        self.now_ms += 3 * DAY_MS;
        self.world.clock.set(Time(self.now_ms));
        let fresh = World::new(self.world.files.clone(), Time(self.now_ms));
        fresh.append(self.kept.clone(), Time(self.now_ms - 1));
        assert_eq!(self.world.stats(), fresh.stats(), "seed {}", self.seed);
        let (tables, others) = (self.world.tables(), fresh.tables());
        for (table, rows) in &others {
            assert_eq!(&tables[table], rows, "seed {}: {table}", self.seed);
        }
    }
}

fn play(seed: u64) {
    let mut story = Story::new(seed);
    for _life in 0..3 {
        let many = 1 + story.dice.below(60);
        story
            .disk
            .fail_at(story.disk.operations() + many, Fault::PowerOff);
        if story.world.try_open().is_ok() {
            for _ in 0..1 + story.dice.below(12) {
                story.append_some();
                if story.dice.one_in(6) {
                    let _ = story.world.ask(Question::EventIds { from: 0, limit: 1 });
                }
                if !story.open.is_empty() {
                    break;
                }
            }
        }
        let disk = story.disk.crash(story.dice.next());
        story.crash(disk);
        story.check();
    }
    story.append_some();
    story.check();
    story.compare();
}

#[test]
fn what_was_acknowledged_survives_power_loss() {
    for seed in seeds(6) {
        play(seed);
    }
}

/// The files below a folder.
fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        match entry.path().is_dir() {
            true => files(&entry.path(), all),
            false => all.push(entry.path()),
        }
    }
}

/// Folders of a workspace that may be thrown away.
fn derived(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).expect("the workspace").flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name == "ids" || name.starts_with("state-"))
        })
        .collect()
}

#[test]
fn what_is_derived_mends_itself() {
    for harm in [
        "gone",
        "ids gone",
        "state gone",
        "state torn",
        "ids torn",
        "other rules",
    ] {
        let mut story = Story::new(77);
        story.world.disk = None;
        story.world.open();
        for _ in 0..8 {
            story.append_some();
        }
        story.world.close();
        let folders = derived(&story.world.place());
        assert_eq!(folders.len(), 2, "{folders:?}");
        let is_ids = |path: &Path| path.ends_with("ids");
        for folder in &folders {
            let hit = harm.starts_with("ids") && is_ids(folder)
                || harm.starts_with("state") && !is_ids(folder);
            if harm == "gone" || harm.ends_with("gone") && hit {
                fs::remove_dir_all(folder).expect("removed");
            }
            if harm.ends_with("torn") && hit {
                let mut all = Vec::new();
                files(folder, &mut all);
                for path in all {
                    // The shelf's own threads may still remove what they have merged.
                    let Ok(bytes) = fs::read(&path) else {
                        continue;
                    };
                    fs::write(&path, &bytes[..bytes.len() / 2]).expect("cut");
                }
            }
        }
        if harm == "other rules" {
            for (name, text) in &mut story.world.files {
                if name == "segments.yaml" {
                    text.push_str("new: count(viewed) > 1\n");
                }
            }
            let text = serde_json::to_string(&story.world.files).expect("JSON");
            let path = story.world.place().join("rules-1/files.json");
            fs::write(path, text).expect("written");
        }
        story.world.open();
        story.append_some();
        story.check();
        story.compare();
    }
}

//! Measures what lasting costs: `cargo run --release -p perennial-store --example measure -- WHAT FOLDER [LINES]`.
//!
//! WHAT is `log`, `shelf` or `ids`. LINES is a file of events, a line each; without it they are made up.
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "it is a report")]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use perennial_model::Time;
use perennial_store::disk::{Random, RealDisk};
use perennial_store::ids::Ids;
use perennial_store::shelf::{DiskShelf, Shelf, ShelfOptions, Sync, View, Writes};
use perennial_store::{Log, LogOptions};

/// Clock ticks of the system in a second, in which it counts CPU time.
const TICKS: f64 = 100.0;
const MILLION: u64 = 1_000_000;

fn main() {
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_default();
    let folder = PathBuf::from(args.next().unwrap_or_default());
    let lines = args.next().map(|path| fs::read_to_string(path).unwrap());
    match &what[..] {
        "log" => log(&folder, &lines.unwrap_or_else(made_up)),
        "shelf" => shelf(&folder),
        "ids" => ids(&folder),
        _ => println!("measure log|shelf|ids FOLDER [LINES]"),
    }
}

/// CPU seconds of all threads of this process so far.
fn cpu() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks = |at: usize| fields[at].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

/// MB of memory in use now.
fn memory_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        / 1024
}

/// Runs `what` and tells CPU and wall microseconds for each of `count` things.
fn told<T>(name: &str, count: u64, what: impl FnOnce() -> T) -> T {
    let (cpu_before, clock) = (cpu(), Instant::now());
    let result = what();
    let each = |seconds: f64| seconds * 1e6 / count as f64;
    let (cpu, wall) = (
        each(cpu() - cpu_before),
        each(clock.elapsed().as_secs_f64()),
    );
    println!(
        "{name:<52} {cpu:>8.3} us CPU  {wall:>8.3} us wall  RSS {} MB",
        memory_mb()
    );
    result
}

fn log(folder: &Path, text: &str) {
    let lines: Vec<&str> = text.lines().collect();
    let count = lines.len() as u64;
    println!("{count} lines of {} bytes", text.len() as u64 / count);
    for level in [1, 3] {
        for batch in [15, 100, 1000] {
            let _ = fs::remove_dir_all(folder);
            let options = LogOptions {
                level,
                ..LogOptions::default()
            };
            let open = || Log::open(Arc::new(RealDisk), folder, options).unwrap();
            let (mut log, _) = open();
            let name = format!("level {level}, records of {batch}");
            told(&format!("{name}: append"), count, || {
                for chunk in lines.chunks(batch) {
                    log.append(Time(0), chunk).unwrap();
                }
                log.sync().unwrap()
            });
            println!(
                "{name}: {:.1} bytes an event",
                log.bytes() as f64 / count as f64
            );
            drop(log);
            let (log, _) = told(&format!("{name}: open"), 1, open);
            let reader = log.reader();
            told(&format!("{name}: read in order"), count, || {
                let mut at = 0;
                while let Some(record) = reader.read(at).unwrap() {
                    at = record.end();
                }
            });
            let mut random = Random::new(1);
            told(&format!("{name}: read a line anywhere"), 2000, || {
                for _ in 0..2000 {
                    reader.read(random.below(count)).unwrap();
                }
            });
        }
    }
}

fn id(number: u64) -> Vec<u8> {
    let mut random = Random::new(number);
    [random.number().to_be_bytes(), random.number().to_be_bytes()].concat()
}

fn ids(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    let hash = |number: u64| u128::from_be_bytes(id(number).try_into().unwrap());
    let open = || Ids::open(Arc::new(RealDisk), folder).unwrap();
    let mut ids = open();
    let mut slowest = 0.0f64;
    for million in 0..10 {
        told(
            &format!("ids: million {million}, fed by 250,000, sorted here"),
            MILLION,
            || {
                for from in (million * MILLION..(million + 1) * MILLION).step_by(250_000) {
                    let mut run: Vec<(u128, u64)> = (from..from + 250_000)
                        .map(|line| (hash(line), line))
                        .collect();
                    run.sort_unstable();
                    let clock = Instant::now();
                    ids.insert_run(from + 250_000, &run).unwrap();
                    slowest = slowest.max(clock.elapsed().as_secs_f64());
                }
            },
        );
    }
    println!("ids: the slowest feed took {slowest:.2} s");
    drop(ids);
    let ids = told("ids: open", 10 * MILLION, open);
    let each = |bytes: u64| bytes as f64 / ids.len() as f64;
    println!(
        "ids: {:.1} bytes on disk and {:.1} in memory each",
        each(ids.disk_bytes()),
        each(ids.memory_bytes())
    );
    told("ids: find what is not there", MILLION, || {
        for number in 0..MILLION {
            assert!(ids.find(hash(number + 1_000_000_000)).unwrap().is_none());
        }
    });
    told("ids: find what is there", MILLION / 10, || {
        for number in 0..MILLION / 10 {
            assert_eq!(ids.find(hash(number * 97)).unwrap(), Some(number * 97));
        }
    });
}

fn shelf(folder: &Path) {
    let spaces = ["ids", "states"];
    let open = || DiskShelf::open(folder, &spaces, ShelfOptions::default()).unwrap();
    let _ = fs::remove_dir_all(folder);
    let shelf = open();
    for million in 0..10 {
        told(
            &format!("ids: million {million}, put by 250,000"),
            MILLION,
            || {
                for part in 0..4 {
                    let mut writes = Writes::with_capacity(250_000);
                    for number in 0..250_000 {
                        let number = million * MILLION + part * 250_000 + number;
                        writes.put("ids", id(number), number.to_be_bytes());
                    }
                    shelf.commit(writes, Sync::No).unwrap();
                }
            },
        );
    }
    told("ids: close", 10 * MILLION, || drop(shelf));
    ingested(&folder.join("ingested"));
    let shelf = open();
    println!(
        "ids: {:.1} bytes on disk each",
        shelf.bytes().unwrap() as f64 / 1e7
    );
    told("ids: look up what is not there", MILLION / 10, || {
        for number in 0..MILLION / 10 {
            assert!(
                shelf
                    .get("ids", &id(number + 1_000_000_000))
                    .unwrap()
                    .is_none()
            );
        }
    });
    told("ids: look up what is there", MILLION / 10, || {
        for number in 0..MILLION / 10 {
            assert!(shelf.get("ids", &id(number * 97)).unwrap().is_some());
        }
    });
    drop(shelf);
    let _ = fs::remove_dir_all(folder);
    let shelf = open();
    let value: Vec<u8> = (0..300)
        .map(|at| b"{\"stage\":\"active\",\"n\":"[at % 23 % 22])
        .collect();
    let key = |number: u64| {
        let mut key = format!("customer:{:x}", Random::new(number).number());
        key.truncate(8 + number as usize % 18);
        key.into_bytes()
    };
    for million in 0..2 {
        told(
            &format!("states: million {million}, put by 25,000"),
            MILLION,
            || {
                for part in 0..40 {
                    let mut writes = Writes::with_capacity(25_000);
                    for number in 0..25_000 {
                        let number = million * MILLION + part * 25_000 + number;
                        writes.put("states", key(number), &value[..]);
                    }
                    shelf.commit(writes, Sync::No).unwrap();
                }
            },
        );
    }
    println!(
        "states: {:.1} bytes on disk each",
        shelf.bytes().unwrap() as f64 / 2e6
    );
    told("states: look up what is there", MILLION / 10, || {
        for number in 0..MILLION / 10 {
            assert!(shelf.get("states", &key(number * 13)).unwrap().is_some());
        }
    });
}

/// The same ids by the store's own way for sorted runs, which is not atomic over spaces.
fn ingested(folder: &Path) {
    let database = fjall::Database::builder(folder)
        .worker_threads(1)
        .open()
        .unwrap();
    let space = database.keyspace("ids", Default::default).unwrap();
    told("ids: 10 million ingested by 250,000", 10 * MILLION, || {
        for from in (0..10 * MILLION).step_by(250_000) {
            let mut run: Vec<_> = (from..from + 250_000)
                .map(|line| (id(line), line))
                .collect();
            run.sort_unstable();
            let mut ingestion = space.start_ingestion().unwrap();
            for (id, line) in run {
                ingestion.write(id, line.to_be_bytes()).unwrap();
            }
            ingestion.finish().unwrap();
        }
    });
    told("ids: close after ingestion", 10 * MILLION, || {
        drop((space, database))
    });
}

/// Events of a shop as a client of Segment sends them.
fn made_up() -> String {
    let mut random = Random::new(42);
    let mut text = String::new();
    for number in 0..300_000u64 {
        // Customers are drawn unevenly, and come in sessions.
        let share = random.below(1 << 32) as f64 / (1u64 << 32) as f64;
        let customer = Random::new((15_000.0 * share * share * share) as u64).number() >> 20;
        let (one, two) = (random.number(), random.number());
        let ms = number * 210;
        let event = [
            "Product Viewed",
            "Product Added",
            "Order Completed",
            "Signed In",
        ][random.below(4) as usize];
        text += &format!(
            "{{\"messageId\":\"{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}\",\"timestamp\":\"2025-03-{:02}T{:02}:{:02}:{:02}.{:03}Z\",\
             \"receivedAt\":\"2025-03-{:02}T{:02}:{:02}:{:02}.{:03}Z\",\"userId\":\"u{customer:011x}\",\
             \"properties\":{{\"product_id\":{},\"revenue\":{}.{:02},\"currency\":\"USD\"}},\"type\":\"track\",\"event\":\"{event}\"}}\n",
            one >> 32,
            one >> 16 & 0xffff,
            one & 0xfff,
            one >> 4 & 0xfff,
            two >> 16,
            1 + ms / 86_400_000 % 28,
            ms / 3_600_000 % 24,
            ms / 60_000 % 60,
            ms / 1000 % 60,
            random.below(1000),
            1 + ms / 86_400_000 % 28,
            ms / 3_600_000 % 24,
            ms / 60_000 % 60,
            ms / 1000 % 60,
            ms % 1000,
            random.below(5000),
            random.below(400),
            random.below(100),
        );
    }
    text
}

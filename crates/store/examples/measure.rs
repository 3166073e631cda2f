//! Measures what lasting costs: `cargo run --release -p perennial-store --example measure -- WHAT FOLDER [LINES]`.
//!
//! WHAT is `log`, `large-log` (1 GB), `ids`, `shelf` (ids on a shelf) or `states`. LINES is a file of
//! events, a line each; without it they are made up.
#![expect(clippy::print_stdout, reason = "it is a report")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use perennial_model::Time;
use perennial_store::disk::{Random, RealDisk};
use perennial_store::ids::Ids;
use perennial_store::shelf::{DiskShelf, Shelf, ShelfOptions, Sync, View, Writes};
use perennial_store::{Fate, Log, LogOptions};

/// Clock ticks of the system in a second, in which it counts CPU time.
const TICKS: f64 = 100.0;
const MILLION: u64 = 1_000_000;
/// Ids fed or committed at once.
const FEED: u64 = 250_000;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> Outcome {
    let mut args = std::env::args().skip(1);
    let what = args.next().unwrap_or_default();
    let folder = PathBuf::from(args.next().ok_or("measure WHAT FOLDER [LINES]")?);
    let lines = args.next().map(fs::read_to_string).transpose()?;
    let _ = fs::remove_dir_all(&folder);
    match &what[..] {
        "log" => log(&folder, &lines.unwrap_or_else(made_up)),
        "large-log" => large_log(&folder, &lines.unwrap_or_else(made_up)),
        "ids" => ids(&folder),
        "shelf" => shelf(&folder),
        "states" => states(&folder),
        _ => Err("WHAT is log, large-log, ids, shelf or states".into()),
    }
}

/// CPU seconds of all threads of this process so far.
fn cpu() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks / TICKS)
}

/// MB of memory in use now.
fn memory_mb() -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kb = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(kb.ok_or("no VmRSS")?.parse::<u64>()? / 1024)
}

/// Runs `what` and tells CPU and wall microseconds for each of `count` things.
fn told<T>(name: &str, count: u64, what: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let (cpu_before, clock) = (cpu()?, Instant::now());
    let result = what()?;
    let each = |seconds: f64| seconds * 1e6 / count as f64;
    let (cpu, wall) = (
        each(cpu()? - cpu_before),
        each(clock.elapsed().as_secs_f64()),
    );
    let memory = memory_mb()?;
    println!("{name:<52} {cpu:>8.3} us CPU  {wall:>8.3} us wall  RSS {memory} MB");
    Ok(result)
}

fn sure(holds: bool) -> Outcome {
    holds.then_some(()).ok_or_else(|| "a wrong answer".into())
}

fn log(folder: &Path, text: &str) -> Outcome {
    let lines: Vec<&str> = text.lines().collect();
    let count = lines.len() as u64;
    println!("{count} lines of {} bytes", text.len() as u64 / count);
    for (level, batch) in [(1, 15), (1, 100), (1, 1000), (3, 15), (3, 100), (3, 1000)] {
        let _ = fs::remove_dir_all(folder);
        let options = LogOptions {
            level,
            ..LogOptions::default()
        };
        let open = || Ok(Log::open(Arc::new(RealDisk), folder, options)?);
        let (mut log, _) = open()?;
        let name = format!("level {level}, records of {batch}");
        told(&format!("{name}: append"), count, || {
            for chunk in lines.chunks(batch) {
                log.append(Time(0), chunk)?;
            }
            Ok(log.sync()?)
        })?;
        let bytes = log.bytes() as f64 / count as f64;
        println!("{name}: {bytes:.1} bytes an event");
        drop(log);
        let (log, _) = told(&format!("{name}: open"), 1, open)?;
        let reader = log.reader();
        told(&format!("{name}: read in order"), count, || {
            let mut at = 0;
            while let Some(record) = reader.read(at)? {
                at = record.end();
            }
            sure(at == count)
        })?;
        read_anywhere(&name, &log)?;
    }
    Ok(())
}

fn read_anywhere(name: &str, log: &Log) -> Outcome {
    let reader = log.reader();
    let mut random = Random::new(1);
    told(&format!("{name}: read a line anywhere"), 2000, || {
        (0..2000).try_for_each(|_| sure(reader.read(random.below(log.end()))?.is_some()))
    })
}

/// How long it takes to open a log of 1 GB, and to erase one line in a thousand of its first segment.
fn large_log(folder: &Path, text: &str) -> Outcome {
    let lines: Vec<&str> = text.lines().collect();
    let open = || {
        let options = LogOptions::default();
        Ok(Log::open(Arc::new(RealDisk), folder, options)?)
    };
    let (mut log, _) = open()?;
    while log.bytes() < 1 << 30 {
        for chunk in lines.chunks(100) {
            log.append(Time(0), chunk)?;
        }
        log.sync()?;
    }
    let (bytes, count) = (log.bytes(), log.end());
    drop(log);
    println!("{count} lines in {bytes} bytes");
    let (mut log, recovery) = told("open", 1, open)?;
    println!("{recovery:?}");
    read_anywhere("1 GB", &log)?;
    let fate = |line, _: &str| match line < MILLION && line % 1000 == 0 {
        true => Fate::Blank,
        false => Fate::Keep,
    };
    let rewrite = || Ok(log.rewrite(0, fate)?);
    let rewritten = told("rewrite, a line of the log", count, rewrite)?;
    println!("{} lines in {:?}", rewritten.lines(), rewritten.files.len());
    Ok(())
}

fn id(number: u64) -> [u8; 16] {
    let mut random = Random::new(number);
    let both = u128::from(random.number()) << 64 | u128::from(random.number());
    both.to_be_bytes()
}

/// What [`id`] gives for a range of lines, in order of the ids.
fn feed(from: u64) -> Vec<(u128, u64)> {
    let entry = |line| (u128::from_be_bytes(id(line)), line);
    let mut feed: Vec<_> = (from..from + FEED).map(entry).collect();
    feed.sort_unstable();
    feed
}

fn ids(folder: &Path) -> Outcome {
    let open = || Ok(Ids::open(Arc::new(RealDisk), folder)?);
    let mut ids = open()?;
    let mut slowest = 0.0f64;
    for million in 0..10 {
        let name = format!("ids: million {million}, made, sorted and fed by {FEED}");
        told(&name, MILLION, || {
            for from in (million * MILLION..(million + 1) * MILLION).step_by(FEED as usize) {
                let feed = feed(from);
                let clock = Instant::now();
                ids.insert_run(from + FEED, &feed)?;
                slowest = slowest.max(clock.elapsed().as_secs_f64());
            }
            Ok(())
        })?;
    }
    println!("ids: the slowest feed took {slowest:.2} s");
    drop(ids);
    let ids = told("ids: open", 10 * MILLION, open)?;
    let each = |bytes: u64| bytes as f64 / ids.len() as f64;
    let (disk, memory) = (each(ids.disk_bytes()), each(ids.memory_bytes()));
    println!("ids: {disk:.1} bytes on disk and {memory:.1} in memory each");
    let find = |number| ids.find(u128::from_be_bytes(id(number)));
    told("ids: find what is not there", MILLION, || {
        (0..MILLION).try_for_each(|number| sure(find(number + 1_000_000_000)?.is_none()))
    })?;
    told("ids: find what is there", MILLION / 10, || {
        let lines = (0..MILLION / 10).map(|number| number * 97);
        lines
            .into_iter()
            .try_for_each(|line| sure(find(line)? == Some(line)))
    })
}

fn shelf(folder: &Path) -> Outcome {
    let open = || DiskShelf::open(folder, &["ids"], ShelfOptions::default());
    let shelf = open()?;
    for million in 0..10 {
        let name = format!("shelf: million {million}, put by {FEED}");
        told(&name, MILLION, || {
            for from in (million * MILLION..(million + 1) * MILLION).step_by(FEED as usize) {
                let mut writes = Writes::with_capacity(FEED as usize);
                for line in from..from + FEED {
                    writes.put("ids", id(line), line.to_be_bytes());
                }
                shelf.commit(writes, Sync::No)?;
            }
            Ok(())
        })?;
    }
    let close = || {
        drop(shelf);
        Ok(())
    };
    told("shelf: close", 10 * MILLION, close)?;
    let shelf = open()?;
    let bytes = shelf.bytes()? as f64 / 1e7;
    println!("shelf: {bytes:.1} bytes on disk each");
    let get = |number| shelf.get("ids", &id(number));
    told("shelf: look up what is not there", MILLION / 10, || {
        (0..MILLION / 10).try_for_each(|number| sure(get(number + 1_000_000_000)?.is_none()))
    })?;
    told("shelf: look up what is there", MILLION / 10, || {
        (0..MILLION / 10).try_for_each(|number| sure(get(number * 97)?.is_some()))
    })?;
    drop(shelf);
    ingested(folder)
}

/// The same ids by the store's own way for sorted runs, which is not atomic over spaces.
fn ingested(folder: &Path) -> Outcome {
    fs::remove_dir_all(folder)?;
    let database = fjall::Database::builder(folder).worker_threads(1).open()?;
    let space = database.keyspace("ids", Default::default)?;
    told("store: ids ingested in sorted runs", 10 * MILLION, || {
        for from in (0..10 * MILLION).step_by(FEED as usize) {
            let mut ingestion = space.start_ingestion()?;
            for (id, line) in feed(from) {
                ingestion.write(id.to_be_bytes(), line.to_be_bytes())?;
            }
            ingestion.finish()?;
        }
        Ok(())
    })?;
    let close = || {
        drop((space, database));
        Ok(())
    };
    told("store: close after ingestion", 10 * MILLION, close)
}

fn states(folder: &Path) -> Outcome {
    let shelf = DiskShelf::open(folder, &["states"], ShelfOptions::default())?;
    // Keys of 8 to 30 bytes; values of 300, of which two thirds are the same words.
    let key = |number: u64| {
        let text: String = id(number)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        text.into_bytes()[..8 + number as usize % 23].to_vec()
    };
    let value = |number: u64| {
        let mut random = Random::new(number);
        let mut value = String::new();
        while value.len() < 300 {
            let since = random.below(1 << 41);
            value += &format!("{{\"lifecycle\":\"shop\",\"stage\":\"active\",\"since\":{since},");
        }
        value.truncate(300);
        value.into_bytes()
    };
    for million in 0..2 {
        let name = format!("states: million {million}, put by 25,000");
        told(&name, MILLION, || {
            for from in (million * MILLION..(million + 1) * MILLION).step_by(25_000) {
                let mut writes = Writes::with_capacity(25_000);
                for number in from..from + 25_000 {
                    writes.put("states", key(number), value(number));
                }
                shelf.commit(writes, Sync::No)?;
            }
            Ok(())
        })?;
    }
    let bytes = shelf.bytes()? as f64 / 2e6;
    println!("states: {bytes:.1} bytes on disk each");
    told("states: look up what is there", MILLION / 10, || {
        let get = |number| shelf.get("states", &key(number));
        (0..MILLION / 10).try_for_each(|number| sure(get(number * 13)?.is_some()))
    })
}

/// Events of a shop as a client of Segment sends them.
fn made_up() -> String {
    let mut random = Random::new(42);
    let event = |number: u64| {
        // Customers are drawn unevenly, and come in sessions.
        let share = random.below(1 << 32) as f64 / (1u64 << 32) as f64;
        let customer = Random::new((15_000.0 * share * share * share) as u64).number() >> 20;
        let (one, two, ms) = (random.number(), random.number(), number * 210);
        let name = random.below(4) as usize;
        let name = [
            "Product Viewed",
            "Product Added",
            "Order Completed",
            "Signed In",
        ][name];
        let (day, hour) = (1 + ms / 86_400_000 % 28, ms / 3_600_000 % 24);
        let (minute, second) = (ms / 60_000 % 60, ms / 1000 % 60);
        let minute = format!("2025-03-{day:02}T{hour:02}:{minute:02}:{second:02}");
        let (sent, received) = (random.below(1000), ms % 1000);
        let (product, cents) = (random.below(5000), random.below(40_000));
        format!(
            "{{\"messageId\":\"{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}\",\"timestamp\":\"{minute}.{sent:03}Z\",\
             \"receivedAt\":\"{minute}.{received:03}Z\",\"userId\":\"u{customer:011x}\",\
             \"properties\":{{\"product_id\":{product},\"revenue\":{}.{:02},\"currency\":\"USD\"}},\
             \"type\":\"track\",\"event\":\"{name}\"}}\n",
            one >> 32,
            one >> 16 & 0xffff,
            one & 0xfff,
            one >> 4 & 0xfff,
            two >> 16,
            cents / 100,
            cents % 100,
        )
    };
    (0..300_000).map(event).collect()
}

//! Checks of the machine: clock, open files, time zones.

use std::fs;

use perennial_model::{Time, Zone};
use perennial_runtime::{Clock, SystemClock};

use super::Check;

/// An instant that is past wherever this program runs.
const BEFORE: &str = "2026-01-01T00:00:00Z";
/// Fewer open files than this run out with a few hundred clients.
const FEW_FILES: u64 = 1_024;
/// As many as connections, logs and tables take at most.
const ENOUGH_FILES: u64 = 16_384;
/// A zone with daylight saving time.
const ZONE: &str = "Europe/Berlin";

/// All of them.
pub fn checks() -> Vec<Check> {
    vec![clock(), time_zones(), open_files()]
}

fn clock() -> Check {
    let now = SystemClock.now();
    let before = Time::parse(BEFORE, &Zone::utc());
    if before.is_ok_and(|before| now < before) {
        let way_out = "set the clock and keep it right by NTP: events are stamped with it";
        return Check::problem("clock", format!("it says {now}, which is past"), way_out);
    }
    Check::ok("clock", format!("it says {now}"))
}

fn time_zones() -> Check {
    match Zone::named(ZONE) {
        Some(_) => Check::ok("time zones", "the built-in data is there"),
        None => Check::problem(
            "time zones",
            format!("{ZONE} is not known"),
            "this program was built without time zones: get it anew",
        ),
    }
}

/// Of this process, which a server started in the same way has too.
fn open_files() -> Check {
    let what = "open files";
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let Some(soft) = line.and_then(|line| line.split_whitespace().next()) else {
        return Check::ok(what, "the limit is not known here");
    };
    let found = format!("at most {soft} in this shell");
    let way_out = "raise it: `ulimit -n 65536`, or LimitNOFILE=65536 in the unit of systemd";
    match soft.parse::<u64>() {
        Ok(files) if files < FEW_FILES => Check::problem(what, found, way_out),
        Ok(files) if files < ENOUGH_FILES => Check::warning(what, found, way_out),
        _ => Check::ok(what, found),
    }
}

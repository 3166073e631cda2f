//! The machine's clock jumps, forward and back: time moves customers as often as it should and no more.
//!
//! Needs `libfaketime` and says so where it is not there; `PERENNIAL_FAKETIME` names it elsewhere.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use perennial_sim::{Client, Crowd, batch};
use serde_json::Value;

use super::law;
use super::load::now;
use super::site::{Site, add_up, answer};

/// Where the library lies on Debian and its children.
const USUAL: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
/// How long a server may take to see that the clock is another.
const PATIENCE: Duration = Duration::from_secs(600);
/// Customers, of whom one each was last seen ordering this many days ago: the preset lets them lapse
/// after 90.
const DAYS_AGO: [i64; 4] = [20, 60, 89, 120];

/// The jumps, what the clock is then, and how many have lapsed by then.
const JUMPS: [(&str, u64); 8] = [
    ("+0", 1),
    ("+36h", 2),
    ("-1h", 1),
    ("+0", 1),
    ("+40d", 3),
    ("+10y", 4),
    ("+0", 1),
    ("+36h", 2),
];

#[test]
fn a_clock_that_jumps_moves_nobody_twice() {
    let library =
        std::env::var_os("PERENNIAL_FAKETIME").map_or(PathBuf::from(USUAL), PathBuf::from);
    if !library.exists() {
        println!("SKIPPED: there is no libfaketime, so the clock was not set");
        return;
    }
    let mut site = Site::new();
    let clock = site.folder.path().join("clock");
    let set = |offset: &str| fs::write(&clock, offset).expect("a file");
    set("+0");
    let library = library.display().to_string();
    for (name, value) in [
        ("LD_PRELOAD", &library[..]),
        ("FAKETIME_TIMESTAMP_FILE", &clock.display().to_string()),
        ("FAKETIME_CACHE_DURATION", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ] {
        site.setup
            .environment
            .push((name.to_owned(), value.to_owned()));
    }
    let server = site.setup.start_and_wait().expect("it starts");
    let (mut client, mut crowd) = (server.client(), Crowd::new("order", 1));
    let mut ids = 0;
    for (customer, days) in DAYS_AGO.iter().enumerate() {
        let order = crowd.order(customer, now(), *days);
        send(&mut client, &order.json);
        ids += 1;
    }
    for (number, (offset, lapsed)) in JUMPS.iter().enumerate() {
        set(offset);
        wait_until(&mut client, *lapsed, offset);
        // What comes in at a strange time is kept as well as any other.
        let view = format!(
            r#"{{"type":"track","event":"Looked Around","userId":"other","messageId":"jump-{number}"}}"#
        );
        send(&mut client, &view);
        ids += 1;
        assert_eq!(add_up(&mut client), ids);
    }
    let customers: Vec<String> = (0..DAYS_AGO.len())
        .map(|number| format!("u{number}"))
        .collect();
    for (customer, days) in customers.iter().zip(DAYS_AGO) {
        let history = answer(&mut client, &format!("/v1/customers/{customer}/history"));
        let lapses = moves_to(&history, "lapsed");
        assert_eq!(lapses, u64::from(days >= 89), "{customer}: {history}");
    }
    law::holds(&site, server, &customers);
}

fn send(client: &mut Client, event: &str) {
    let reply = client.send(&batch(&[event], false)).expect("answered");
    assert_eq!(reply.status, 200, "{}", reply.text());
}

/// Waits until so many have lapsed.
fn wait_until(client: &mut Client, lapsed: u64, offset: &str) {
    let begun = std::time::Instant::now();
    loop {
        let stages = answer(client, "/v1/stages");
        let list = stages["stages"].as_array().expect("a list");
        let found = list.iter().find(|one| one["stage"] == "lapsed");
        if found.is_some_and(|one| one["customers"] == lapsed) {
            return;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "clock {offset}, {lapsed} should have lapsed: {stages}"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn moves_to(history: &Value, stage: &str) -> u64 {
    let lines = ["history", "lines", "changes"]
        .iter()
        .find_map(|name| history[name].as_array());
    let lines = lines.unwrap_or_else(|| panic!("no list: {history}"));
    let is_one = |line: &&Value| line["kind"] == "moved" && line["to"] == stage;
    lines.iter().filter(is_one).count() as u64
}

//! Killed at random moments under load, a server keeps what it said yes to, once, and knows what a run
//! over its log knows.
//!
//! `PERENNIAL_KILLS=100 PERENNIAL_SEED=7 cargo test -p perennial --test it -- killed --nocapture`

use std::time::Duration;

use perennial_sim::{Dice, Server};

use super::law;
use super::load::{Load, SOME_KNOWN, connect};
use super::site::{Site, add_up, number, percentiles};

/// Kills of a quick run.
const KILLS: u64 = 8;
/// Of a hundred kills, those that come again during recovery.
const AGAIN_PERCENT: usize = 15;
/// The shortest and the longest time under load between two kills, in milliseconds.
const LOAD_MS: (usize, usize) = (100, 900);

#[test]
fn killed_under_load_a_server_keeps_what_it_said_yes_to() {
    let seed = number("PERENNIAL_SEED", 1);
    let kills = number("PERENNIAL_KILLS", KILLS);
    println!("seed {seed}, {kills} kills");
    let mut dice = Dice(seed);
    let (site, load) = (Site::new(), Load::default());
    let mut server = site.setup.start_and_wait().expect("it starts");
    let mut recoveries = Vec::new();
    std::thread::scope(|scope| {
        let _ended = load.ends_with_scope();
        connect(scope, &load, site.setup.address(), &mut dice);
        for _ in 0..kills {
            sleep_ms(LOAD_MS.0 + dice.below(LOAD_MS.1 - LOAD_MS.0));
            assert!(server.runs(), "it ended by itself");
            server.crash();
            server = recover(&site, &mut dice, &mut recoveries);
        }
        load.wait_for(SOME_KNOWN);
    });
    let (p50, p99) = percentiles(&mut recoveries);
    let promises = load.promises.lock().expect("no panic");
    println!(
        "{} kills, recovery p50 {p50:.0?} p99 {p99:.0?}, {} events acknowledged, {} of them unique",
        recoveries.len(),
        promises.answered,
        promises.acknowledged.len()
    );
    assert_eq!(promises.surprises, Vec::<String>::new());
    promises.hold(&mut server.client());
    law::holds(&site, server, &law::some_customers(&mut dice));
}

fn sleep_ms(ms: usize) {
    std::thread::sleep(Duration::from_millis(ms as u64));
}

/// Starts again what was killed, sometimes killing it before it has recovered.
fn recover(site: &Site, dice: &mut Dice, recoveries: &mut Vec<Duration>) -> Server {
    let usual = recoveries.last().copied().unwrap_or(Duration::from_secs(1));
    loop {
        let mut server = site.setup.start().expect("it starts");
        if dice.percent(AGAIN_PERCENT) {
            sleep_ms(dice.below(usual.as_millis() as usize + 1));
            server.crash();
            continue;
        }
        let took = server.wait_until_ready();
        recoveries.push(took.unwrap_or_else(|error| panic!("it does not recover: {error}")));
        add_up(&mut server.client());
        return server;
    }
}

//! The law: what a server knows after any mix of calls equals a run over its log, row for row.

use perennial_model::Time;

use crate::shop::{DAY_MS, Dice, START_MS, call_or_scores, line, project};
use crate::world::World;

/// Plays a history drawn from a seed, and compares at its end.
fn play(seed: u64, steps: u64) {
    let mut dice = Dice(seed);
    let people = 1 + dice.below(12);
    let mut now = START_MS;
    let mut world = World::new(project(), Time(now));
    let mut sent: Vec<crate::shop::Made> = Vec::new();
    let mut number = 0;
    for _ in 0..steps {
        let step = [1, 50, 60_000, 3_600_000, DAY_MS as u64][dice.below(5) as usize];
        now += 1 + dice.below(step) as i64;
        world.clock.set(Time(now));
        match dice.below(14) {
            0 => world.restart(),
            1 => {
                world.tables();
            }
            _ => {
                let mut lines = Vec::new();
                for _ in 0..1 + dice.below(6) {
                    number += 1;
                    let made = match sent.is_empty() || !dice.one_in(10) {
                        true => call_or_scores(&mut dice, number, now, people),
                        // The same again.
                        false => sent[dice.below(sent.len() as u64) as usize].clone(),
                    };
                    lines.push(line(&made, now));
                    sent.push(made);
                }
                world.append(lines, Time(now));
            }
        }
    }
    if number == 0 {
        return;
    }
    let first = sent.iter().map(|made| made.at_ms).min().unwrap_or(now);
    // A run needs a touch before its end.
    now = now.max(first + 1) + 1;
    world.clock.set(Time(now));
    let (live, batch) = (world.tables(), world.run(Time(now)));
    for (table, rows) in &batch {
        assert_eq!(&live[table], rows, "seed {seed}, {steps} steps: {table}");
    }
}

#[test]
fn a_server_agrees_with_a_run_over_its_log() {
    let seeds: u64 = std::env::var("PERENNIAL_SEEDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(25);
    let first: u64 = std::env::var("PERENNIAL_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    for seed in first..first + seeds {
        play(seed, 4 + seed % 60);
    }
}

//! The law: what a server knows after any mix of calls, scores, erasures and restarts equals a run over its
//! log, row for row.

use perennial_model::Time;
use perennial_runtime::{AskError, Question};

use crate::erasure::any;
use crate::shop::{DAY_MS, Dice, Made, START_MS, call_or_scores, corrected, line, project};
use crate::world::{World, seeds};

/// Plays a history drawn from a seed, and compares at its end.
fn play(seed: u64, steps: u64) {
    let mut dice = Dice(seed);
    let people = 1 + dice.below(12);
    let mut now = START_MS;
    let mut world = World::new(project(), Time(now));
    let mut sent: Vec<Made> = Vec::new();
    let mut number = 0;
    for _ in 0..steps {
        let step = [1, 50, 60_000, 3_600_000, DAY_MS as u64][dice.below(5) as usize];
        now += 1 + dice.below(step) as i64;
        world.clock.set(Time(now));
        match dice.below(15) {
            0 => world.restart(),
            1 => {
                world.tables();
            }
            2 => erase(&mut dice, &world, people, &mut sent),
            _ => {
                let mut lines = Vec::new();
                for _ in 0..1 + dice.below(6) {
                    number += 1;
                    let made = match sent.is_empty() || !dice.one_in(6) {
                        true => call_or_scores(&mut dice, number, now, people),
                        // The same again, or other scores in place of some.
                        false => {
                            let again = &sent[dice.below(sent.len() as u64) as usize];
                            corrected(&mut dice, again, number).unwrap_or_else(|| again.clone())
                        }
                    };
                    lines.push(line(&made, now));
                    sent.push(made);
                }
                world.append(lines, Time(now));
            }
        }
    }
    // A run needs somebody: what is left after erasures may name nobody.
    let names_somebody =
        |made: &Made| made.text.contains("\"userId\"") || made.text.contains("\"anonymousId\":\"d");
    if !sent.iter().any(names_somebody) {
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

/// Erases somebody, if she is there; what is gone is not sent again, as only the server knows that it was there.
fn erase(dice: &mut Dice, world: &World, people: u64, sent: &mut Vec<Made>) {
    let person = dice.below(people);
    let who = [format!("u{person}"), format!("d{person}-0")];
    let erased = world.ask(Question::Erase(any(&who[dice.below(2) as usize])));
    match erased {
        Ok(_) => {}
        Err(AskError::Unknown(_)) => return,
        Err(error) => panic!("{error}"),
    }
    let lines = world.lines();
    let is_there = |made: &Made| lines.iter().any(|line| line.starts_with(&made.text));
    sent.retain(is_there);
}

#[test]
fn a_server_agrees_with_a_run_over_its_log() {
    for seed in seeds(25) {
        play(seed, 4 + seed % 60);
    }
}

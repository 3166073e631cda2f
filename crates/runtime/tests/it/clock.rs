//! Clocks that jump: the tables are those of the instant, and no move is told twice.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;

use perennial_model::Time;
use perennial_runtime::{Notice, Question};
use serde_json::{Value, json};

use crate::shop::{DAY_MS, Dice, Made, START_MS, call_or_scores, corrected, line, project};
use crate::world::{World, seeds};

const HOUR_MS: i64 = 3_600_000;

/// A track call of a customer.
pub fn track(message: &str, user: &str, event: &str, at_ms: i64) -> String {
    json!({
        "type": "track", "event": event, "userId": user, "messageId": message,
        "timestamp": Time(at_ms).to_string(), "properties": {"total": 10},
        "receivedAt": Time(at_ms).to_string(),
    })
    .to_string()
}

/// What followers were told so far, once everything is settled.
pub fn told(world: &World, follower: &Receiver<Notice>) -> Vec<Notice> {
    world.answer(Question::Stats);
    // Followers are told after questions are answered: the second answer comes a turn later.
    world.answer(Question::Stats);
    follower.try_iter().collect()
}

/// Begins to follow: from the next turn on.
pub fn follow(world: &World) -> Receiver<Notice> {
    let follower = world.workspace().follow();
    told(world, &follower);
    follower
}

/// No move and no entry is told twice, but where that corrects what was told.
pub fn assert_once(notices: &[Notice], seed: u64) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    // Two events may well be alike in all of this.
    let happened = |notice: &&Notice| notice.kind != "event" && notice.body["corrects"] == false;
    for notice in notices.iter().filter(happened) {
        let body = &notice.body;
        let key = json!([
            notice.kind,
            body["customer"],
            body["lifecycle"],
            body["segment"],
            body["at"],
            body["from"],
            body["to"],
            body["touch"],
        ]);
        *seen.entry(key.to_string()).or_default() += 1;
    }
    for (key, times) in seen {
        assert_eq!(times, 1, "seed {seed}: told {times} times: {key}");
    }
}

/// Whoever remembers where she was told last that customers went knows where they stand.
fn assert_followed(world: &World, notices: &[Notice], seed: u64) {
    let mut stages: BTreeMap<(String, String), String> = BTreeMap::new();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for notice in notices.iter().filter(|notice| notice.kind == "moved") {
        let body = &notice.body;
        let whose = (text(&body["customer"]), text(&body["lifecycle"]));
        stages.insert(whose, text(&body["to"]));
    }
    for row in &world.tables()["customers"] {
        let cells: Vec<&str> = row.split(" | ").collect();
        for (lifecycle, column) in [("retail", 9), ("activity", 12)] {
            let told = stages.get(&(cells[0].to_owned(), lifecycle.to_owned()));
            assert_eq!(
                told.map_or("", String::as_str),
                cells[column],
                "seed {seed}: {lifecycle} of {row}"
            );
        }
    }
}

fn assert_same(world: &World, now_ms: i64, seed: u64) {
    let (live, batch) = (world.tables(), world.run(Time(now_ms)));
    for (table, rows) in &batch {
        assert_eq!(&live[table], rows, "seed {seed}, {}: {table}", Time(now_ms));
    }
}

#[test]
fn tables_are_those_of_the_instant_wherever_the_clock_jumps() {
    // Around changes of summer time in Paris (29 March, 25 October 2026) and a leap day (2028).
    let days = [
        START_MS + 87 * DAY_MS + HOUR_MS - 1_000,
        START_MS + 297 * DAY_MS + HOUR_MS / 2,
        START_MS + 789 * DAY_MS + 12 * HOUR_MS,
    ];
    for seed in seeds(3) {
        let mut dice = Dice(seed);
        let mut now = days[seed as usize % days.len()] - 4 * DAY_MS;
        let mut world = World::new(project(), Time(now));
        let mut received = now;
        for step in 0..10 {
            let lines = (0..6).map(|part| {
                line(
                    &call_or_scores(&mut dice, step * 6 + part, received, 6),
                    received,
                )
            });
            world.append(lines.collect(), Time(received));
            now = match dice.below(7) {
                0 => now + DAY_MS,
                1 => now + 3_650 * DAY_MS,
                2 => received + 1,
                3 => received - HOUR_MS,
                4 => now + HOUR_MS,
                5 => now + 1,
                _ => now + 2 * DAY_MS,
            };
            world.clock.set(Time(now));
            if dice.one_in(4) {
                world.restart();
            }
            world.answer(Question::Stats);
            received = received.max(now.min(received + 3 * DAY_MS)) + 1;
        }
        for jump in [
            2 * DAY_MS,
            3_650 * DAY_MS,
            -3_640 * DAY_MS,
            -HOUR_MS,
            40 * DAY_MS,
        ] {
            now = (received + jump).max(received + 1);
            world.clock.set(Time(now));
            world.answer(Question::Stats);
            assert_same(&world, now, seed);
        }
    }
}

#[test]
fn a_move_of_time_is_told_when_its_instant_is_over_and_not_before() {
    let world = World::new(project(), Time(START_MS));
    let follower = follow(&world);
    world.append(
        vec![track("m1", "u1", "Order Completed", START_MS - 1)],
        Time(START_MS),
    );
    let first = told(&world, &follower);
    assert!(
        first
            .iter()
            .any(|notice| notice.kind == "moved" && notice.body["to"] == "first")
    );
    // Nine days on Paris clocks, in winter: nine times 24 hours.
    let due = START_MS - 1 + 9 * DAY_MS;
    world.clock.set(Time(due));
    let lapsed = |notices: &[Notice]| {
        notices
            .iter()
            .filter(|notice| notice.body["to"] == "lapsed")
            .count()
    };
    assert_eq!(lapsed(&told(&world, &follower)), 0);
    world.clock.set(Time(due + 1));
    assert_eq!(lapsed(&told(&world, &follower)), 1);
    world.clock.set(Time(due + DAY_MS));
    assert_eq!(lapsed(&told(&world, &follower)), 0);
}

#[test]
fn no_move_is_told_twice_in_any_history() {
    for seed in seeds(25) {
        let mut dice = Dice(seed);
        let mut world = World::closed(project(), Time(START_MS));
        world.at_hand = [1, 7, 100][dice.below(3) as usize];
        world.open();
        let follower = follow(&world);
        let (mut now, mut number, mut notices) = (START_MS, 0, Vec::new());
        let mut sent: Vec<Made> = Vec::new();
        for _ in 0..25 {
            now += dice.below(DAY_MS as u64) as i64;
            world.clock.set(Time(now));
            let mut lines = Vec::new();
            for _ in 0..1 + dice.below(4) {
                number += 1;
                let other = match sent.is_empty() || !dice.one_in(6) {
                    true => None,
                    false => {
                        let before = dice.below(sent.len() as u64) as usize;
                        corrected(&mut dice, &sent[before], number)
                    }
                };
                let made = other.unwrap_or_else(|| call_or_scores(&mut dice, number, now, 6));
                lines.push(line(&made, now));
                sent.push(made);
            }
            world.append(lines, Time(now));
            notices.extend(told(&world, &follower));
        }
        assert!(!notices.is_empty());
        assert_once(&notices, seed);
        assert_followed(&world, &notices, seed);
    }
}

#[test]
fn an_answer_is_of_no_instant_before_its_question() {
    let world = World::new(project(), Time(START_MS));
    for step in 1..=300 {
        let now = Time(START_MS + step * HOUR_MS);
        world.clock.set(now);
        assert_eq!(
            world.answer(Question::Segments)["at"],
            now.to_string(),
            "step {step}"
        );
    }
}

#[test]
fn whoever_follows_is_told_of_what_is_appended_next() {
    let world = World::new(project(), Time(START_MS));
    for step in 0..40 {
        let follower = world.workspace().follow();
        let message = format!("m{step}");
        let line = track(&message, "u1", "Product Viewed", START_MS - 1);
        world.append(vec![line], Time(START_MS));
        let notices = told(&world, &follower);
        let events = notices.iter().filter(|notice| notice.kind == "event");
        assert_eq!(events.count(), 1, "step {step}: {notices:?}");
    }
}

//! The same calls in other orders, groups and lives give the same tables.

use perennial_model::Time;
use perennial_runtime::Question;

use crate::shop::{DAY_MS, Dice, START_MS, call_or_scores, line, project};
use crate::world::{World, seeds};

type Tables = std::collections::BTreeMap<&'static str, Vec<String>>;

/// The column of when a line became known, by table.
const KNOWN_AT: [(&str, usize); 3] = [("transitions", 3), ("refused", 3), ("segment_history", 3)];

struct Calls {
    /// As they are in the log, each with its own time of arrival, and the same without.
    lines: Vec<String>,
    bare: Vec<crate::shop::Made>,
    end_ms: i64,
}

fn calls(dice: &mut Dice) -> Calls {
    let (mut now, mut lines, mut bare) = (START_MS, Vec::new(), Vec::new());
    for number in 0..70 {
        now += 1 + dice.below(DAY_MS as u64 / 2) as i64;
        let about = match dice.one_in(8) {
            // Thirty days late.
            true => now - 30 * DAY_MS,
            false => now,
        };
        let made = call_or_scores(dice, number, about, 5);
        lines.push(line(&made, now));
        bare.push(made);
        if dice.one_in(9) {
            // The same again.
            lines.push(lines[lines.len() - 1].clone());
        }
    }
    Calls {
        lines,
        bare,
        end_ms: now,
    }
}

fn shuffle<T>(dice: &mut Dice, things: &mut [T]) {
    for place in (1..things.len()).rev() {
        things.swap(place, dice.below(place as u64 + 1) as usize);
    }
}

/// Hands lines in, in groups, with restarts in between. Their own times of arrival stay.
fn tables(lines: &[String], dice: &mut Dice, lives: bool, now_ms: i64) -> (World, Tables) {
    let mut world = World::closed(project(), Time(now_ms));
    world.at_hand = [1, 3, 100][dice.below(3) as usize];
    world.open();
    let mut rest = lines;
    while !rest.is_empty() {
        let many = (1 + dice.below(20) as usize).min(rest.len());
        world.append(rest[..many].to_vec(), Time(now_ms));
        rest = &rest[many..];
        if lives && dice.one_in(6) {
            world.restart();
        } else if lives && dice.one_in(6) {
            // Everything goes to the shelf.
            world.answer(Question::EventIds { from: 0, limit: 1 });
        }
    }
    let tables = world.tables();
    (world, tables)
}

fn without_known_at(mut tables: Tables) -> Tables {
    for (name, column) in KNOWN_AT {
        for row in tables.get_mut(name).expect("a table") {
            let mut cells: Vec<&str> = row.split(" | ").collect();
            cells[column] = "";
            *row = cells.join(" | ");
        }
    }
    tables
}

fn assert_same(tables: &Tables, others: &Tables, what: &str) {
    for (name, rows) in tables {
        assert_eq!(&others[name], rows, "{what}: {name}");
    }
}

#[test]
fn groups_and_restarts_change_nothing() {
    for seed in seeds(2) {
        let mut dice = Dice(seed);
        let calls = calls(&mut dice);
        let now = calls.end_ms + 5 * DAY_MS;
        let (_, first) = tables(&calls.lines, &mut dice, false, now);
        let (world, other) = tables(&calls.lines, &mut dice, true, now);
        assert_same(&first, &other, &format!("seed {seed}"));
        let stats = world.stats();
        world.answer(Question::Rebuild);
        assert_same(&first, &world.tables(), &format!("seed {seed}, rebuilt"));
        assert_eq!(world.stats(), stats, "seed {seed}, rebuilt");
    }
}

#[test]
fn the_order_of_arrival_changes_nothing() {
    for seed in seeds(3) {
        let mut dice = Dice(seed);
        let mut calls = calls(&mut dice);
        let now = calls.end_ms + 5 * DAY_MS;
        let (_, first) = tables(&calls.lines, &mut dice, false, now);
        shuffle(&mut dice, &mut calls.lines);
        let (world, other) = tables(&calls.lines, &mut dice, true, now);
        assert_same(
            &world.run(Time(now)),
            &other,
            &format!("seed {seed}, shuffled, batch"),
        );
        assert_same(&first, &other, &format!("seed {seed}, shuffled"));
        // With other times of arrival only what says when a line became known differs.
        shuffle(&mut dice, &mut calls.bare);
        let later: Vec<String> = calls.bare.iter().map(|made| line(made, now - 1)).collect();
        let (_, late) = tables(&later, &mut dice, true, now);
        let (first, late) = (without_known_at(first), without_known_at(late));
        assert_same(&first, &late, &format!("seed {seed}, later"));
    }
}

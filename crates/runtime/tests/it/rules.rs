//! New rules while events arrive: whole or not at all, and exactly what a run by them gives.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use perennial_model::Time;
use perennial_runtime::{AskError, Question};
use serde_json::{Value, json};

use crate::shop::{DAY_MS, Dice, START_MS, call_or_scores, line, project};
use crate::world::World;

type Tables = BTreeMap<&'static str, Vec<String>>;
type Files = Vec<(String, String)>;

/// Rules under which other customers lapse, and other segments.
fn other_rules() -> Files {
    let mut files = project();
    files[0].1 = files[0]
        .1
        .replace("days(9)", "days(4)")
        .replace("count(*, days(2)) >= 4", "count(*, days(2)) >= 3");
    files[1].1.push_str("orders_twice: count(ordered) >= 2\n");
    files
}

fn apply(files: &Files, plan: bool) -> Question {
    Question::Apply {
        files: files.clone(),
        plan,
    }
}

fn lines(dice: &mut Dice, from: u64, many: u64, now_ms: i64) -> Vec<String> {
    (from..from + many)
        .map(|number| line(&call_or_scores(dice, number, now_ms, 30), now_ms))
        .collect()
}

/// A world with some days of events, and what time it is.
fn filled(days: i64) -> (World, i64) {
    let world = World::new(project(), Time(START_MS));
    let mut dice = Dice(4);
    for day in 0..days {
        let now = START_MS + day * DAY_MS / 4;
        world.clock.set(Time(now));
        world.append(lines(&mut dice, day as u64 * 40, 40, now), Time(now));
    }
    let now = START_MS + days * DAY_MS / 4;
    world.clock.set(Time(now));
    (world, now)
}

fn assert_same(world: &World, now_ms: i64) {
    let (live, batch) = (world.tables(), world.run(Time(now_ms)));
    for (table, rows) in &batch {
        assert_eq!(&live[table], rows, "{table}");
    }
}

/// The files in force.
fn in_force(world: &World) -> Files {
    let rules = world.answer(Question::Rules);
    let files = rules["files"].as_object().expect("files").iter();
    files
        .map(|(name, text)| (name.clone(), text.as_str().expect("a text").to_owned()))
        .collect()
}

/// Stages of customers by lifecycle.
fn stages(tables: &Tables) -> BTreeMap<(String, &'static str), String> {
    let mut stages = BTreeMap::new();
    for row in &tables["customers"] {
        let cells: Vec<&str> = row.split(" | ").collect();
        for (lifecycle, column) in [("retail", 9), ("activity", 12)] {
            stages.insert((cells[0].to_owned(), lifecycle), cells[column].to_owned());
        }
    }
    stages
}

#[test]
fn a_plan_says_who_moves_and_an_application_moves_them() {
    let (mut world, now) = filled(30);
    let before = stages(&world.tables());
    let plan = world.answer(apply(&other_rules(), true));
    assert_eq!(stages(&world.tables()), before, "a plan changes nothing");
    assert_eq!(in_force(&world), project());
    let applied = world.answer(apply(&other_rules(), false));
    assert_eq!(applied["version"], plan["version"]);
    assert_eq!(applied["before"], plan["before"]);
    world.files = other_rules();
    assert_same(&world, now);
    let after = stages(&world.tables());
    let mut moves: BTreeMap<String, u64> = BTreeMap::new();
    let mut movers = std::collections::BTreeSet::new();
    let place = |stage: &str| {
        if stage.is_empty() {
            Value::Null
        } else {
            json!(stage)
        }
    };
    for ((customer, lifecycle), from) in &before {
        let to = &after[&(customer.clone(), *lifecycle)];
        if from != to {
            movers.insert(customer);
            *moves
                .entry(json!([lifecycle, place(from), place(to)]).to_string())
                .or_default() += 1;
        }
    }
    assert!(!movers.is_empty(), "somebody moves");
    let planned = plan["moves"].as_array().expect("moves").iter().map(|row| {
        let key = json!([row["lifecycle"], row["from"], row["to"]]).to_string();
        (key, row["customers"].as_u64().expect("a number"))
    });
    assert_eq!(planned.collect::<BTreeMap<_, _>>(), moves);
    assert_eq!(plan["customers"], movers.len());
    world.restart();
    assert_eq!(in_force(&world), other_rules());
    assert_same(&world, now);
    let again = world.answer(apply(&other_rules(), true));
    assert_eq!(again["customers"], 0, "{again}");
}

#[test]
fn rules_that_are_not_valid_change_nothing() {
    let (mut world, now) = filled(6);
    let broken: [Files; 3] = [
        vec![("perennial.yaml".to_owned(), "lifecycles: 7".to_owned())],
        vec![],
        {
            let mut files = project();
            files[1].1.push_str("bad: count(\n");
            files
        },
    ];
    for files in &broken {
        for plan in [true, false] {
            let asked = world.ask(apply(files, plan));
            assert!(
                matches!(asked, Err(AskError::Bad(_))),
                "{files:?}: {asked:?}"
            );
        }
    }
    assert_eq!(in_force(&world), project());
    assert_same(&world, now);
    world.restart();
    assert_eq!(in_force(&world), project());
}

#[test]
fn events_that_arrive_meanwhile_are_judged_by_the_new_rules() {
    let (mut world, now) = filled(90);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let (world, done) = (&world, &done);
        scope.spawn(move || {
            let mut dice = Dice(9);
            for part in 0..400 {
                world.append(lines(&mut dice, 100_000 + part * 5, 5, now), Time(now));
                if done.load(Ordering::SeqCst) {
                    break;
                }
            }
        });
        let (sender, receiver) = channel();
        let tell = Box::new(move |answer| drop(sender.send(answer)));
        world.workspace().ask(apply(&other_rules(), false), tell);
        let first = receiver.recv().expect("an answer");
        done.store(true, Ordering::SeqCst);
        assert!(first.is_ok(), "{first:?}");
    });
    world.files = other_rules();
    world.clock.set(Time(now + 3 * DAY_MS));
    assert_same(&world, now + 3 * DAY_MS);
    assert_eq!(in_force(&world), other_rules());
}

#[test]
fn a_restart_amid_an_application_leaves_old_or_new_rules() {
    let (mut world, now) = filled(55);
    for pause_ms in [0, 30, 400] {
        let (sender, receiver) = channel();
        let tell = Box::new(move |answer: Result<Value, AskError>| drop(sender.send(answer)));
        let next = match in_force(&world) == project() {
            true => other_rules(),
            false => project(),
        };
        let last = in_force(&world);
        world.workspace().ask(apply(&next, false), tell);
        thread::sleep(std::time::Duration::from_millis(pause_ms));
        world.restart();
        let found = in_force(&world);
        let applied = matches!(receiver.recv(), Ok(Ok(_)));
        assert!(found == next || found == last, "neither old nor new");
        assert!(!applied || found == next, "applied, and lost");
        world.files = found;
        assert_same(&world, now);
    }
}

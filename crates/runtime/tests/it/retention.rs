//! The content of old events goes, that they happened stays: nobody stands elsewhere.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use perennial_model::Time;
use perennial_runtime::{Arrival, Failed, Question, Whose};
use serde_json::{Value, json};

use crate::shop::{DAY_MS, Dice, START_MS, call_or_scores, line, project};
use crate::world::{World, asked};

const DAYS: i64 = 100;
/// How long a pass that nobody asked for may take to come.
const PATIENCE: Duration = Duration::from_secs(600);

fn keeping(retention: &str) -> Vec<(String, String)> {
    let mut files = project();
    files[0].1 = format!("{}{retention}\n", files[0].1);
    files
}

/// A call with content that no rule reads.
fn with_content(number: i64, now: i64) -> String {
    let at = Time(now);
    let (event, total) = match number % 3 {
        0 => ("Order Completed", 10 + number),
        1 => ("Product Viewed", 0),
        _ => ("Button Pressed", 0),
    };
    json!({
        "type": "track", "event": event, "userId": format!("u{}", number % 5), "messageId": format!("c{number}"),
        "timestamp": at.to_string(), "anonymousId": format!("d{}", number % 7),
        "properties": {"total": total, "note": format!("content-{number}-")},
        "context": {"ip": "content-ip", "traits": {"nickname": format!("content-{number}-"), "plan": "pro"}},
        "receivedAt": at.to_string(),
    })
    .to_string()
}

/// Three months of a shop, with content.
fn filled(retention: &str) -> (World, i64) {
    let mut dice = Dice(7);
    let world = World::new(keeping(retention), Time(START_MS));
    let mut now = START_MS;
    for step in 0..DAYS {
        now = START_MS + step * DAY_MS;
        world.clock.set(Time(now));
        let made = line(&call_or_scores(&mut dice, step as u64, now, 8), now);
        let lines = vec![
            made,
            with_content(step, now),
            with_content(1_000 + step, now),
        ];
        let failed = Failed {
            message_id: None,
            code: "bad".to_owned(),
            message: "it is bad".to_owned(),
            original: format!("content-{step}-"),
            door: None,
        };
        let arrival = Arrival {
            received_at: Time(now),
            lines,
            failed: vec![failed],
        };
        assert_eq!(world.workspace().append_and_wait(arrival), Ok(()));
    }
    (world, now)
}

fn retain(world: &World, apply: bool) -> Value {
    world.answer(Question::Retention { apply })
}

fn refused(world: &World) -> usize {
    let all = Question::Failed {
        code: None,
        search: None,
        limit: 10_000,
        before: None,
    };
    let answer = world.answer(all);
    answer["failed"].as_array().expect("a list").len()
}

/// Lines with content, by the name of their event.
fn full(world: &World, event: &str) -> usize {
    let name = format!("\"event\":\"{event}\"");
    let lines = world.lines();
    let lines = lines.iter().filter(|line| line.contains(&name));
    lines.filter(|line| line.contains("content-")).count()
}

#[test]
fn content_goes_and_everybody_stays_where_she_was() {
    let retention = "retention: { product viewed: 30d, Button Pressed: forever, default: 60d }";
    let (mut world, now) = filled(retention);
    let (tables, stats) = (world.tables(), world.stats());
    let counts = |event| full(&world, event);
    let before = ["Order Completed", "Product Viewed", "Button Pressed"].map(counts);
    let told = retain(&world, false);
    assert_eq!(told["retention"]["default"], "60d", "{told}");
    assert!(
        world.lines().iter().all(|line| !line.contains("\"gone\"")),
        "it was only asked"
    );
    let done = retain(&world, true);
    assert_eq!(
        (&done["events"], &done["rebuilt"]),
        (&told["events"], &true.into())
    );
    assert!(done["events"].as_u64() > Some(60), "{done}");
    let after =
        ["Order Completed", "Product Viewed", "Button Pressed"].map(|event| full(&world, event));
    assert!(
        after[0] < before[0] && after[1] < before[1],
        "{before:?} {after:?}"
    );
    assert_eq!(after[2], before[2], "kept for ever");
    let share = |days: i64, all: usize| all as i64 * days / DAYS;
    assert!(
        (after[0] as i64 - share(60, before[0])).abs() < 4,
        "{before:?} {after:?}"
    );
    assert!(
        (after[1] as i64 - share(30, before[1])).abs() < 4,
        "{before:?} {after:?}"
    );
    assert_eq!(refused(&world), 61);
    // What is old is so everywhere: in files, and in what is derived of them.
    for name in ["content-0-", "content-1-"] {
        let found = holding(&world, name);
        assert!(found.is_empty(), "{name} is in {found:?}");
    }
    assert_eq!(world.tables(), tables);
    assert_eq!(world.stats(), stats);
    assert_eq!(world.run(Time(now)), tables, "a run over what is left");
    world.restart();
    assert_eq!(world.tables(), tables);
    // An event that comes again is known, though it cannot be compared any more.
    world.append(vec![with_content(0, START_MS)], Time(now));
    let again = world.stats();
    assert_eq!(
        again["duplicates"].as_u64(),
        stats["duplicates"].as_u64().map(|count| count + 1)
    );
    assert_eq!(again["duplicate_conflicts"], stats["duplicate_conflicts"]);
    assert_eq!(retain(&world, false)["events"], 1, "what came again");
}

/// Files of the workspace that hold a text.
fn holding(world: &World, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if world.lines().iter().any(|line| line.contains(text)) {
        found.push("the log".to_owned());
    }
    let who = Question::Customer(Whose::Any("u0".to_owned()));
    if world.answer(who).to_string().contains(text) {
        found.push("a profile".to_owned());
    }
    for entry in fs::read_dir(world.place()).expect("a folder").flatten() {
        for file in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
            let bytes = fs::read(file.path()).unwrap_or_default();
            if bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
            {
                found.push(file.path().display().to_string());
            }
        }
    }
    found
}

#[test]
fn it_is_kept_without_being_asked_for_and_once_a_day() {
    let (mut world, now) = filled("retention: { default: 30d }");
    world.close();
    world.clock.set(Time(now + DAY_MS));
    world.retains_daily = true;
    world.open();
    let began = Instant::now();
    while world.lines().iter().any(|line| line.contains("content-0-")) {
        assert!(began.elapsed() < PATIENCE, "it never came");
        sleep(Duration::from_millis(50));
    }
    while retain(&world, false)["last_at"].is_null() {
        assert!(began.elapsed() < PATIENCE, "it never ended");
        sleep(Duration::from_millis(50));
    }
    assert_eq!(world.run(Time(now + DAY_MS)), world.tables());
}

#[test]
fn without_retention_nothing_goes() {
    let (world, _) = filled("");
    let lines = world.lines();
    assert_eq!(retain(&world, true)["events"], 0);
    assert_eq!(world.lines(), lines);
    assert_eq!(refused(&world), DAYS as usize);
}

#[test]
fn passes_and_erasures_wait_for_each_other() {
    let (world, now) = filled("retention: { default: 30d }");
    let asks = [
        Question::Retention { apply: true },
        Question::Erase(Whose::Any("u1".to_owned())),
        Question::Retention { apply: true },
        Question::Erase(Whose::Any("u2".to_owned())),
    ];
    let workspace = world.workspace();
    std::thread::scope(|scope| {
        for question in asks {
            let workspace = workspace.clone();
            scope.spawn(move || {
                let answer = asked(&workspace, question.clone());
                assert!(answer.is_ok(), "{question:?}: {answer:?}");
            });
        }
    });
    assert_eq!(world.run(Time(now)), world.tables());
    assert_eq!(retain(&world, false)["events"], 0, "nothing is left to do");
}

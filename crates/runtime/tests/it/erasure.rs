//! Erased is unreadable everywhere, and nobody else is touched.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;

use perennial_model::Time;
use perennial_runtime::{Arrival, AskError, Failed, Question, Whose};
use serde_json::Value;

use crate::shop::{START_MS, project};
use crate::world::World;

const PEOPLE: usize = 60;
const ERASED: usize = 5;

pub fn id(person: usize) -> String {
    match person < ERASED {
        true => format!("marker-u{person}-Zoë"),
        false => format!("person-{person}"),
    }
}

pub fn any(id: &str) -> Whose {
    Whose::Any(id.to_owned())
}

/// Letters that are not ASCII as `\u` escapes.
fn escaped(text: &str) -> String {
    text.chars()
        .map(|letter| match letter.is_ascii() {
            true => letter.to_string(),
            false => format!("\\u{:04x}", letter as u32),
        })
        .collect()
}

/// The calls of a person; those of the erased hold markers.
pub fn calls(person: usize) -> Vec<String> {
    let (id, mark) = (id(person), if person < ERASED { "marker" } else { "plain" });
    let stamp = |message: &str, minute: i64| {
        format!(
            "\"messageId\":\"{message}-{person}\",\"timestamp\":\"{}\"",
            Time(START_MS + minute * 60_000)
        )
    };
    [
        format!(
            "{{{},\"type\":\"page\",\"name\":\"Home\",\"anonymousId\":\"{mark}-device-{person}\"",
            stamp("a", 1)
        ),
        format!(
            "{{{},\"type\":\"identify\",\"userId\":\"{id}\",\"anonymousId\":\"{mark}-device-{person}\",\
             \"traits\":{{\"name\":\"{mark} Zoë Ĳssel {person}\",\"email\":\"{mark}{person}@Example.org\",\"country\":\"FR\"}}",
            stamp("b", 2)
        ),
        format!(
            "{{{},\"type\":\"identify\",\"userId\":\"{}\",\"traits\":{{\"city\":\"{mark}-Orl{}ans\"}}",
            stamp("c", 3),
            escaped(&id),
            "\\u00e9"
        ),
        format!(
            "{{{},\"type\":\"track\",\"event\":\"Order Completed\",\"userId\":\"{id}\",\
             \"properties\":{{\"total\":{person},\"note\":\"{mark}-note\"}}",
            stamp("d", 4)
        ),
        format!(
            "{{{},\"type\":\"track\",\"event\":\"Product Viewed\",\"anonymousId\":\"{mark}-device-{person}\"",
            stamp("e", 5)
        ),
    ]
    .map(|call| format!("{call},\"receivedAt\":\"{}\"}}", Time(START_MS + 600_000)))
    .to_vec()
}

fn failed(person: usize) -> Vec<Failed> {
    let one = |original: String| Failed {
        message_id: None,
        code: "bad".to_owned(),
        message: "it is bad".to_owned(),
        original,
        door: None,
    };
    vec![
        one(format!("{{\"userId\":\"{}\",,}}", id(person))),
        one(format!(
            "{{\"userId\":\"{}\",\"type\":9}}",
            escaped(&id(person))
        )),
    ]
}

pub fn filled() -> World {
    let world = World::new(project(), Time(START_MS + 600_000));
    for person in 0..PEOPLE {
        let arrival = Arrival {
            received_at: Time(START_MS + 600_000),
            lines: calls(person),
            failed: failed(person),
        };
        assert_eq!(world.workspace().append_and_wait(arrival), Ok(()));
    }
    world
}

/// Files below a folder that hold a text.
fn holding(folder: &Path, text: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        if entry.path().is_dir() {
            holding(&entry.path(), text, found);
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap_or_default();
        if bytes
            .windows(text.len())
            .any(|part| part == text.as_bytes())
        {
            found.push(entry.path().display().to_string());
        }
    }
}

/// Nothing of the erased is to be found in a folder or through the log.
fn assert_gone(world: &World) {
    let mut found = Vec::new();
    holding(&world.data(), "marker", &mut found);
    assert!(found.is_empty(), "a marker is in {found:?}");
    assert!(world.lines().iter().all(|line| !line.contains("marker")));
    let kept = Question::Failed {
        code: None,
        search: None,
        limit: 10_000,
        before: None,
    };
    assert!(!world.answer(kept).to_string().contains("marker"));
    for person in 0..ERASED {
        let asked = world.ask(Question::Customer(any(&id(person))));
        assert!(matches!(asked, Err(AskError::Unknown(_))), "{asked:?}");
    }
}

/// Tables without the rows of the erased, and how many they were.
fn others(tables: BTreeMap<&'static str, Vec<String>>) -> BTreeMap<&'static str, Vec<String>> {
    let is_other = |row: &String| !row.contains("marker");
    let rest = tables
        .into_iter()
        .map(|(name, rows)| (name, rows.into_iter().filter(is_other).collect()));
    rest.collect()
}

pub fn erase(world: &World, person: usize) -> Value {
    world.answer(Question::Erase(any(&id(person))))
}

#[test]
fn erased_is_gone_from_every_file_and_others_stay() {
    let mut world = filled();
    let before = others(world.tables());
    for person in 0..ERASED {
        let receipt = erase(&world, person);
        assert_eq!(receipt["erased"]["events"], 5, "{receipt}");
        assert_eq!(receipt["erased"]["failed"], 2, "{receipt}");
    }
    let twice = world.ask(Question::Erase(any(&id(0))));
    assert!(matches!(twice, Err(AskError::Unknown(_))), "{twice:?}");
    let nobody = world.ask(Question::Erase(any("nobody at all")));
    assert!(matches!(nobody, Err(AskError::Unknown(_))), "{nobody:?}");
    // The tables of before are beside the folder of data, not in it.
    assert_gone(&world);
    assert_eq!(others(world.tables()), before);
    assert_eq!(world.tables(), before, "only others are left");
    world.restart();
    assert_gone(&world);
    assert_eq!(world.tables(), before, "after a restart");
    let stats = world.stats();
    assert_eq!(stats["erased"], ERASED * 5, "{stats}");
    assert_eq!(stats["customers"], PEOPLE - ERASED, "{stats}");
}

/// What was erased and is sent again is a duplicate, when it is sent at once too.
pub fn sent_again(saved: bool, restarts: bool) {
    let mut world = filled();
    if saved {
        world.answer(Question::EventIds { from: 0, limit: 1 });
    }
    erase(&world, 0);
    if restarts {
        world.restart();
    }
    world.append(calls(0), Time(START_MS + 600_000));
    let stats = world.stats();
    assert_eq!(
        stats["duplicates"], 5,
        "saved {saved}, restarts {restarts}: {stats}"
    );
    let asked = world.ask(Question::Customer(any(&id(0))));
    assert!(matches!(asked, Err(AskError::Unknown(_))), "{asked:?}");
}

#[test]
fn erased_messages_on_file_stay_known() {
    sent_again(true, false);
    sent_again(true, true);
}

#[test]
fn erasing_while_others_arrive_loses_none_of_them() {
    let world = filled();
    let workspace = world.workspace();
    let appending = thread::spawn(move || {
        for person in 0..200 {
            let arrival = Arrival {
                received_at: Time(START_MS + 600_000),
                lines: calls(1_000 + person),
                failed: Vec::new(),
            };
            assert_eq!(workspace.append_and_wait(arrival), Ok(()));
        }
    });
    for person in 0..ERASED {
        erase(&world, person);
    }
    appending.join().expect("it appends");
    assert_gone(&world);
    let stats = world.stats();
    assert_eq!(stats["customers"], PEOPLE - ERASED + 200, "{stats}");
    assert_eq!(stats["events"], (PEOPLE - ERASED + 200) * 5, "{stats}");
    assert_eq!(stats["erased"], ERASED * 5, "{stats}");
}

#[test]
fn the_suppressed_are_not_kept_until_they_are_again() {
    let mut world = filled();
    world.answer(Question::Suppress(any("person-20")));
    world.restart();
    let lines = world.lines().len();
    let again = |prefix: &str| -> Vec<String> {
        let calls = calls(20)
            .into_iter()
            .map(|call| call.replace("-20\"", &format!("-20{prefix}\"")));
        let calls = calls.map(|call| call.replace(&format!("person-20{prefix}"), "person-20"));
        calls.filter(|call| call.contains("userId")).collect()
    };
    world.append(again("x"), Time(START_MS + 600_000));
    assert_eq!(world.lines().len(), lines);
    world.append(calls(2_000), Time(START_MS + 600_000));
    assert_eq!(world.lines().len(), lines + 5);
    world.answer(Question::Unsuppress(any("person-20")));
    world.append(again("y"), Time(START_MS + 600_000));
    assert_eq!(world.lines().len(), lines + 8);
}

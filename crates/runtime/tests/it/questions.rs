//! Answers agree with each other: pages with wholes, the past with what was said then, counts with lists.

use std::collections::{BTreeMap, BTreeSet};

use perennial_model::{Time, Zone};
use perennial_runtime::{Arrival, AskError, Failed, Question, Whose};
use serde_json::{Value, json};

use crate::clock::{follow, told, track};
use crate::shop::{DAY_MS, Dice, START_MS, call_or_scores, line, project};
use crate::world::{World, seeds};

fn any(id: &str) -> Whose {
    Whose::Any(id.to_owned())
}

/// A world with some weeks of a shop, refused events among them.
fn filled(seed: u64) -> World {
    let mut dice = Dice(seed);
    let world = World::new(project(), Time(START_MS));
    let mut now = START_MS;
    for step in 0..30 {
        now += dice.below(DAY_MS as u64) as i64;
        world.clock.set(Time(now));
        let lines = (0..6).map(|part| {
            // A message comes again now and then.
            let number = step * 6 + part - dice.below(2).min(step);
            line(&call_or_scores(&mut dice, number, now, 8), now)
        });
        let failed = Failed {
            message_id: Some(format!("f-{step}")),
            code: ["bad_json", "too_long"][step as usize % 2].to_owned(),
            message: "refused".to_owned(),
            original: format!("{{\"number\": {step}, Zoë"),
            door: None,
        };
        let arrival = Arrival {
            received_at: Time(now),
            lines: lines.collect(),
            failed: vec![failed],
        };
        assert_eq!(world.workspace().append_and_wait(arrival), Ok(()));
    }
    world
}

fn customers(world: &World) -> Vec<String> {
    let rows = world.tables().remove("customers").expect("customers");
    let id = |row: String| row.split(" | ").next().map(str::to_owned);
    rows.into_iter().filter_map(id).collect()
}

/// All lines of a history, page by page.
fn pages(world: &World, who: &str, limit: usize) -> Vec<Value> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = world.answer(Question::History {
            who: any(who),
            limit,
            before,
        });
        let lines = page["history"].as_array().expect("lines").clone();
        assert!(lines.len() <= limit);
        all.extend(lines);
        before = page["next"].as_u64();
        if before.is_none() {
            return all;
        }
    }
}

#[test]
fn a_history_in_pages_has_every_line_once() {
    for seed in seeds(1) {
        let world = filled(seed);
        let tables = world.tables();
        for who in customers(&world) {
            let whole = pages(&world, &who, 10_000);
            for limit in [1, 7] {
                assert_eq!(
                    pages(&world, &who, limit),
                    whole,
                    "seed {seed}: {who} by {limit}"
                );
            }
            let count = |kind: &str| whole.iter().filter(|line| line["kind"] == kind).count();
            let profile = world.answer(Question::Customer(any(&who)));
            assert_eq!(profile["event_count"], count("touch"), "seed {seed}: {who}");
            let ids: BTreeSet<String> = whole
                .iter()
                .filter(|line| line["kind"] == "touch")
                .map(|line| line["message_id"].to_string())
                .collect();
            assert_eq!(ids.len(), count("touch"), "seed {seed}: {who}");
            let rows = |table: &str| {
                let own = format!("{who} | ");
                tables[table]
                    .iter()
                    .filter(|row| row.starts_with(&own))
                    .count()
            };
            assert_eq!(count("moved"), rows("transitions"), "seed {seed}: {who}");
            assert_eq!(count("refused"), rows("refused"), "seed {seed}: {who}");
            let switches = count("entered") + count("left");
            assert_eq!(switches, rows("segment_history"), "seed {seed}: {who}");
            let at: Vec<Time> = whole.iter().map(|line| instant(&line["at"])).collect();
            assert!(
                at.is_sorted_by(|a, b| a >= b),
                "seed {seed}: {who}: latest first"
            );
        }
    }
}

fn instant(value: &Value) -> Time {
    let text = value.as_str().expect("an instant");
    Time::parse(text, &Zone::utc()).expect("an instant")
}

#[test]
fn an_explanation_of_the_past_is_what_was_said_then() {
    let mut dice = Dice(3);
    let world = World::new(project(), Time(START_MS));
    let events = [
        "Product Viewed",
        "Order Completed",
        "Product Added",
        "Order Refunded",
    ];
    let mut said: Vec<(i64, String, Value)> = Vec::new();
    let mut now = START_MS;
    for step in 0..40 {
        now += 1 + dice.below(3 * DAY_MS as u64) as i64;
        world.clock.set(Time(now));
        let (user, event) = (format!("u{}", dice.below(4)), dice.below(4) as usize);
        world.append(
            vec![track(&format!("m{step}"), &user, events[event], now - 1)],
            Time(now),
        );
        let who = format!("u{}", dice.below(4));
        if let Ok(profile) = world.ask(Question::Customer(any(&who))) {
            said.push((now, who, profile));
        }
    }
    assert!(said.len() > 20);
    for (at, who, profile) in said {
        let asked = Question::Explain {
            who: any(&who),
            at: Some(Time(at - 1)),
        };
        let explained = world.answer(asked);
        for (then, past) in profile["standings"]
            .as_array()
            .expect("standings")
            .iter()
            .zip(explained["standings"].as_array().expect("standings"))
        {
            for key in ["lifecycle", "stage", "since", "entry"] {
                assert_eq!(then[key], past[key], "{who} at {}: {key}", Time(at));
            }
        }
        let names = |list: &Value, key: Option<&str>| -> BTreeSet<String> {
            let list = list.as_array().expect("a list").iter();
            list.map(|one| key.map_or(one, |key| &one[key]).to_string())
                .collect()
        };
        let (then, past) = (&profile["segments"], &explained["segments"]);
        assert_eq!(
            names(then, None),
            names(past, Some("segment")),
            "{who} at {}",
            Time(at)
        );
    }
}

#[test]
fn lists_have_as_many_as_counts_say() {
    let world = filled(6);
    let tables = world.tables();
    let all = customers(&world);
    let segments = world.answer(Question::Segments);
    assert_eq!(segments["customers"], all.len());
    for segment in segments["segments"].as_array().expect("segments") {
        let name = segment["segment"].as_str().expect("a name");
        for limit in [1, 3, 10_000] {
            let (mut members, mut after) = (Vec::new(), None);
            loop {
                let segment = name.to_owned();
                let page = world.answer(Question::Members {
                    segment,
                    after,
                    limit,
                });
                let ids = page["members"].as_array().expect("members").iter();
                members.extend(ids.map(|one| one["customer"].as_str().expect("an id").to_owned()));
                after = page["next"].as_str().map(str::to_owned);
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(segment["customers"], members.len(), "{name} by {limit}");
            let unique: BTreeSet<&String> = members.iter().collect();
            assert_eq!(unique.len(), members.len(), "{name} by {limit}");
            for member in members {
                let profile = world.answer(Question::Customer(any(&member)));
                let own = profile["segments"].as_array().expect("segments");
                assert!(own.contains(&json!(name)), "{member} in {name}");
            }
        }
    }
    for (lifecycle, column) in [("retail", 9), ("activity", 12)] {
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for row in &tables["customers"] {
            let stage = row.split(" | ").nth(column).expect("a stage");
            *counted.entry(stage.to_owned()).or_default() += 1;
        }
        for at in [None, Some(Time(i64::MAX / 4))] {
            let at = at.map(|_| Time(instant(&segments["at"]).ms() - 1));
            let question = Question::Stages {
                lifecycle: Some(lifecycle.to_owned()),
                at,
            };
            for row in world.answer(question)["stages"].as_array().expect("stages") {
                let stage = row["stage"].as_str().expect("a stage");
                let count = counted.get(stage).copied().unwrap_or_default();
                assert_eq!(row["customers"], count, "{lifecycle} {stage} at {at:?}");
            }
        }
        let question = Question::Transitions {
            lifecycle: Some(lifecycle.to_owned()),
            from: None,
            to: None,
        };
        let answer = world.answer(question);
        let rows = answer["transitions"].as_array().expect("rows").iter();
        let moves: u64 = rows.filter_map(|row| row["count"].as_u64()).sum();
        let own = format!(" | {lifecycle} | ");
        let all = tables["transitions"]
            .iter()
            .filter(|row| row.contains(&own))
            .count();
        assert_eq!(moves, all as u64, "{lifecycle}");
    }
}

#[test]
fn counts_add_up_and_ids_are_all_there() {
    for seed in seeds(2) {
        let mut world = filled(seed);
        for life in ["live", "restarted", "rebuilt"] {
            let stats = world.stats();
            let count = |key: &str| stats[key].as_u64().expect("a number");
            let parts = ["events", "duplicates", "failed", "erased"].map(count);
            assert_eq!(
                count("received"),
                parts.iter().sum::<u64>(),
                "{life}: {stats}"
            );
            let lines = world.lines();
            assert_eq!(count("lines"), lines.len() as u64, "{life}");
            assert_eq!(count("received"), lines.len() as u64 + 30, "{life}");
            let mut unique: Vec<String> = Vec::new();
            for line in &lines {
                let call: Value = serde_json::from_str(line).expect("JSON");
                let id = call["messageId"].as_str().expect("an id").to_owned();
                if !unique.contains(&id) {
                    unique.push(id);
                }
            }
            assert_eq!(count("events"), unique.len() as u64, "{life}");
            for limit in [1, 10, 100_000] {
                let (mut ids, mut from) = (Vec::new(), 0);
                loop {
                    let page = world.answer(Question::EventIds { from, limit });
                    let page_ids = page["message_ids"].as_array().expect("ids").clone();
                    assert!(page_ids.len() <= limit);
                    ids.extend(page_ids);
                    match page["next"].as_u64() {
                        Some(next) => from = next,
                        None => break,
                    }
                }
                assert_eq!(json!(ids), json!(unique), "{life} by {limit}");
            }
            let status = world.workspace().status();
            assert_eq!(status.events, count("events"), "{life}");
            assert_eq!(
                (status.failed, status.applied),
                (30, count("lines")),
                "{life}"
            );
            match life {
                "live" => world.restart(),
                _ => drop(world.answer(Question::Rebuild)),
            }
        }
    }
}

#[test]
fn refused_events_come_in_pages_as_they_were() {
    let world = filled(2);
    for (code, search, expected) in [
        (None, None, 30),
        (Some("too_long"), None, 15),
        (None, Some("\"number\": 7,"), 1),
        (Some("none such"), None, 0),
    ] {
        for limit in [1, 4, 100] {
            let (mut numbers, mut before) = (Vec::new(), None);
            loop {
                let page = world.answer(Question::Failed {
                    code: code.map(str::to_owned),
                    search: search.map(str::to_owned),
                    limit,
                    before,
                });
                for one in page["failed"].as_array().expect("events") {
                    let number = one["position"].as_u64().expect("a position");
                    assert_eq!(one["original"], format!("{{\"number\": {number}, Zoë"));
                    numbers.push(number);
                }
                before = page["next"].as_u64();
                if before.is_none() {
                    break;
                }
            }
            assert_eq!(numbers.len(), expected, "{code:?} {search:?} by {limit}");
            assert!(
                numbers.is_sorted_by(|a, b| a > b),
                "latest first, each once"
            );
        }
    }
}

#[test]
fn followers_are_told_of_entering_leaving_and_moving() {
    let world = World::new(project(), Time(START_MS));
    let follower = follow(&world);
    world.append(
        vec![track("m1", "u1", "Order Completed", START_MS - 1)],
        Time(START_MS),
    );
    world.clock.set(Time(START_MS + 1));
    let mut notices = told(&world, &follower);
    let views =
        (0..3).map(|part| track(&format!("v{part}"), "u1", "Product Viewed", START_MS + part));
    world.append(views.collect(), Time(START_MS + 3));
    world.clock.set(Time(START_MS + 10));
    notices.extend(told(&world, &follower));
    world.clock.set(Time(START_MS + 12 * DAY_MS));
    notices.extend(told(&world, &follower));
    let has = |kind: &str, key: &str, value: &str| {
        let of = |one: &&perennial_runtime::Notice| {
            one.kind == kind && one.body[key] == value && one.body["customer"] == "u1"
        };
        notices.iter().filter(of).count()
    };
    assert_eq!(has("moved", "to", "first"), 1, "{notices:#?}");
    assert_eq!(has("moved", "to", "lapsed"), 1, "{notices:#?}");
    assert_eq!(has("entered", "segment", "looks"), 1, "{notices:#?}");
    assert_eq!(has("left", "segment", "looks"), 1, "{notices:#?}");
    let history = pages(&world, "u1", 100);
    for notice in notices.iter().filter(|notice| notice.kind != "event") {
        let said = history.iter().any(|line| {
            ["kind", "at", "lifecycle", "segment", "from", "to"]
                .iter()
                .all(|key| line.get(key) == notice.body.get(key))
        });
        assert!(said, "not in her history: {notice:?}");
    }
}

#[test]
fn what_is_not_known_is_said_to_be_unknown() {
    let world = filled(1);
    let who = any("nobody of that name");
    let of = Whose::Of {
        kind: "email".to_owned(),
        id: "u1".to_owned(),
    };
    let questions = [
        Question::Customer(who.clone()),
        Question::Customer(any("")),
        Question::Customer(of),
        Question::History {
            who: who.clone(),
            limit: 1,
            before: None,
        },
        Question::Explain {
            who: who.clone(),
            at: None,
        },
        Question::Export(who.clone()),
        Question::Erase(who),
        Question::Stages {
            lifecycle: Some("none such".to_owned()),
            at: None,
        },
        Question::Stages {
            lifecycle: Some("none such".to_owned()),
            at: Some(Time(START_MS)),
        },
        Question::Transitions {
            lifecycle: Some("none such".to_owned()),
            from: None,
            to: None,
        },
        Question::Members {
            segment: "none such".to_owned(),
            after: None,
            limit: 5,
        },
    ];
    for question in questions {
        let asked = world.ask(question.clone());
        assert!(
            matches!(asked, Err(AskError::Unknown(_))),
            "{question:?}: {asked:?}"
        );
    }
    let history = |limit, before| {
        let asked = Question::History {
            who: any("u1"),
            limit,
            before,
        };
        world.answer(asked)["history"]
            .as_array()
            .expect("lines")
            .len()
    };
    assert_eq!(history(0, None), 1, "at least one");
    assert!(history(usize::MAX, Some(u64::MAX)) > 1);
    assert_eq!(history(5, Some(0)), 0);
    let beyond = world.answer(Question::EventIds {
        from: u64::MAX,
        limit: usize::MAX,
    });
    assert_eq!(beyond["message_ids"], json!([]));
}

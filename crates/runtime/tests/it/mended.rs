//! What once did not hold: partings that come early, erasures cut short, state that knows too much.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;
use std::thread;

use perennial_model::Time;
use perennial_runtime::{AskError, Notice, Question};
use serde_json::json;

use crate::clock::{assert_once, follow, told, track};
use crate::erasure::{any, calls, erase, filled, id, sent_again};
use crate::power_loss::Story;
use crate::shop::{DAY_MS, START_MS, project};
use crate::world::{World, asked, seeds};

#[test]
fn no_move_is_told_twice_where_a_late_touch_follows_in_the_same_arrival() {
    let world = World::new(project(), Time(START_MS));
    let follower = follow(&world);
    let lines = vec![
        track("m2", "u1", "Order Completed", START_MS - 10),
        track("m1", "u1", "Product Viewed", START_MS - 20),
    ];
    world.append(lines, Time(START_MS));
    let notices = told(&world, &follower);
    assert!(notices.iter().any(|notice| notice.body["to"] == "first"));
    assert_once(&notices, 0);
}

/// What was told of moves of a lifecycle: where to, and whether that corrects.
fn moves(world: &World, follower: &Receiver<Notice>, lifecycle: &str) -> Vec<(String, bool)> {
    let notices = told(world, follower).into_iter();
    let moves = notices
        .filter(|notice| notice.kind == "moved" && notice.body["lifecycle"] == lifecycle)
        .map(|notice| {
            let to = notice.body["to"].as_str().unwrap_or_default();
            (to.to_owned(), notice.body["corrects"] == true)
        });
    moves.collect()
}

#[test]
fn a_move_that_holds_after_all_is_told_again_as_a_correction() {
    for at_hand in [1, 7] {
        let mut world = World::closed(project(), Time(START_MS));
        world.at_hand = at_hand;
        world.open();
        let follower = follow(&world);
        let day = |days: i64| START_MS + days * DAY_MS;
        let view = |message: &str, at_ms: i64| track(message, "u1", "Product Viewed", at_ms);
        let others = || {
            let view = |user: u32| track(&format!("o{user}"), &format!("o{user}"), "Login", day(7));
            world.append((0..20).map(view).collect(), Time(day(8)));
            told(&world, &follower);
        };
        world.append(vec![view("m1", day(0) - 1)], Time(day(0)));
        assert_eq!(
            moves(&world, &follower, "activity"),
            [("warm".into(), false)]
        );
        world.clock.set(Time(day(8)));
        assert_eq!(
            moves(&world, &follower, "activity"),
            [("cold".into(), false)]
        );
        others();
        // It had not grown cold: she is warm since the first.
        world.append(vec![view("m2", day(6))], Time(day(8)));
        assert_eq!(
            moves(&world, &follower, "activity"),
            [("warm".into(), true)]
        );
        // What goes on is news.
        world.clock.set(Time(day(14)));
        assert_eq!(
            moves(&world, &follower, "activity")[..1],
            [("cold".into(), false)]
        );
        let login = track("m3", "u1", "Login", day(14) - 5);
        world.append(vec![login], Time(day(14)));
        assert_eq!(
            moves(&world, &follower, "activity"),
            [("warm".into(), false)]
        );
    }
}

#[test]
fn corrected_scores_take_back_what_they_brought() {
    let world = World::new(project(), Time(START_MS));
    let follower = follow(&world);
    let scores = |message: &str, churn_risk: f64| {
        json!({
            "type": "track", "event": "Customer Scored", "userId": "u1", "messageId": message,
            "timestamp": Time(START_MS + 10).to_string(), "traits": {"churn_risk": churn_risk},
            "receivedAt": Time(START_MS + 20).to_string(),
        })
        .to_string()
    };
    let order = track("m1", "u1", "Order Completed", START_MS);
    world.clock.set(Time(START_MS + 20));
    world.append(vec![order], Time(START_MS + 20));
    assert_eq!(
        moves(&world, &follower, "retail")[1..],
        [("first".into(), false)]
    );
    for (message, risk, to, corrects) in [
        ("a", 0.9, "lapsed", false),
        ("b", 0.1, "first", true),
        ("c", 0.95, "lapsed", true),
    ] {
        world.append(vec![scores(message, risk)], Time(START_MS + 20));
        assert_eq!(moves(&world, &follower, "retail"), [(to.into(), corrects)]);
    }
}

#[test]
fn erased_messages_not_yet_on_file_stay_known() {
    sent_again(false, false);
    sent_again(false, true);
}

#[test]
fn what_a_shared_device_saw_of_others_stays() {
    let world = World::new(project(), Time(START_MS + 600_000));
    let order = |user: &str, message: &str, minute: i64| {
        json!({
            "type": "track", "event": "Order Completed", "userId": user, "anonymousId": "tablet",
            "messageId": message, "timestamp": Time(START_MS + minute * 60_000).to_string(),
            "properties": {"total": 5}, "receivedAt": Time(START_MS + 600_000).to_string(),
        })
        .to_string()
    };
    let lines = vec![
        order("anna", "m1", 1),
        order("bert", "m2", 2),
        order("bert", "m3", 3),
    ];
    world.append(lines, Time(START_MS + 600_000));
    world.answer(Question::Erase(any("anna")));
    let bert = world
        .ask(Question::Customer(any("bert")))
        .map(|bert| bert["value"]["orders"].clone());
    assert_eq!(bert, Ok(json!(2)));
}

#[test]
fn an_erasure_that_was_cut_short_is_finished_at_the_next_start() {
    let mut world = World::new(project(), Time(START_MS + 600_000));
    for part in 0..8 {
        let lines = (0..120)
            .flat_map(|person| calls(part * 120 + person))
            .collect();
        world.append(lines, Time(START_MS + 600_000));
    }
    world.answer(Question::EventIds { from: 0, limit: 1 });
    let workspace = world.workspace();
    let erasing = thread::spawn(move || asked(&workspace, Question::Erase(any(&id(0)))));
    while world.lines().iter().any(|line| line.contains("marker-u0")) {
        thread::yield_now();
    }
    world.restart();
    let _stopped = erasing.join().expect("it ends");
    let asked = world.ask(Question::Customer(any(&id(0))));
    assert!(
        matches!(asked, Err(AskError::Unknown(_))),
        "she is still known: {asked:?}"
    );
}

#[test]
fn an_address_is_suppressed_however_it_is_written() {
    let world = filled();
    world.answer(Question::Suppress(any("Plain21@Example.ORG")));
    let lines: BTreeSet<String> = world.lines().into_iter().collect();
    let call = calls(21)[1]
        .replace("b-21", "other")
        .replace("Example.org", "example.org");
    world.append(vec![call], Time(START_MS + 600_000));
    assert_eq!(world.lines().len(), lines.len());
}

#[test]
fn what_is_derived_may_know_more_than_the_log() {
    for seed in seeds(3) {
        let mut story = Story::new(seed);
        story.world.open();
        for _ in 0..6 {
            story.append_some();
        }
        let (image, known) = (story.disk.crash(seed), story.kept.len());
        for _ in 0..4 {
            story.append_some();
        }
        let all = std::mem::take(&mut story.kept);
        story.kept = all[..known].to_vec();
        story.open = all[known..].to_vec();
        story.crash(image);
        story.check();
        // What is not in the log any more is sent again.
        let mut again = all[story.kept.len()..].to_vec();
        again.reverse();
        if !again.is_empty() {
            story.world.append(again.clone(), Time(story.now_ms));
            story.kept.extend(again);
        }
        story.compare();
    }
}

#[test]
fn a_log_put_back_to_an_earlier_day_takes_what_is_sent_again() {
    let mut story = Story::new(5);
    story.world.disk = None;
    story.world.open();
    for _ in 0..3 {
        story.append_some();
    }
    story.world.close();
    let log = story.world.place().join("log");
    let early: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(&log)
        .expect("the log")
        .flatten()
        .map(|entry| (entry.path(), fs::read(entry.path()).expect("a file")))
        .collect();
    let known = story.kept.len();
    story.world.open();
    for _ in 0..3 {
        story.append_some();
    }
    story.world.close();
    fs::remove_dir_all(&log).expect("removed");
    fs::create_dir_all(&log).expect("made");
    for (path, bytes) in early {
        fs::write(path, bytes).expect("written");
    }
    let mut again = story.kept.split_off(known);
    again.reverse();
    story.world.open();
    story.check();
    // What is derived has been looked at.
    story.world.stats();
    story.world.append(again.clone(), Time(story.now_ms));
    story.kept.extend(again);
    story.compare();
}

#[test]
fn what_comes_again_of_the_erased_is_no_conflict() {
    let world = filled();
    world.answer(Question::EventIds { from: 0, limit: 1 });
    erase(&world, 0);
    world.append(calls(0), Time(START_MS + 600_000));
    assert_eq!(world.stats()["duplicate_conflicts"], 0);
}

#[test]
fn a_parting_counts_that_arrives_before_the_one_it_names() {
    let stamp = |minute: i64| Time(START_MS + minute * 60_000).to_string();
    let parting = json!({
        "type": "track", "event": "Identity Unlinked", "userId": "u1", "previousId": "u2",
        "messageId": "m2", "timestamp": stamp(2), "receivedAt": stamp(9),
    });
    let alias = json!({
        "type": "alias", "userId": "u1", "previousId": "u2",
        "messageId": "m1", "timestamp": stamp(1), "receivedAt": stamp(9),
    });
    let seen = json!({
        "type": "track", "event": "Product Viewed", "userId": "u2",
        "messageId": "m3", "timestamp": stamp(3), "receivedAt": stamp(9),
    });
    let lines = [parting, alias, seen].map(|call| call.to_string());
    let play = |order: [usize; 3]| {
        let world = World::new(project(), Time(START_MS + DAY_MS));
        let lines = order.map(|place| lines[place].clone()).to_vec();
        world.append(lines, Time(START_MS + DAY_MS));
        world.run(Time(START_MS + DAY_MS));
        (world.tables(), world.run(Time(START_MS + DAY_MS)))
    };
    let (usual, late) = (play([1, 0, 2]), play([0, 1, 2]));
    assert_eq!(late.0["identities"], late.1["identities"], "live is batch");
    assert_eq!(
        usual.0["identities"], late.0["identities"],
        "order of arrival"
    );
}

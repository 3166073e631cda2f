//! Killed at any place of a scoring, a server has one score of its date of everybody, and goes on.
//!
//! `PERENNIAL_KILLS=100 PERENNIAL_SEED=7 cargo test -p perennial --test it -- scoring_that_is_killed --nocapture`

#![expect(
    clippy::print_stdout,
    reason = "seeds and where it was killed are shown with `--nocapture`"
)]

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use perennial_model::Time;
use perennial_sim::Dice;
use serde_json::{Value, json};

use crate::forecasting::{DAY_MS, MORE, PATIENCE, known_when, now_ms, send};
use crate::serving::{Server, WRITE};
use crate::shop::{PROJECT, Shop};

/// What a server keeps of its forecasts.
const KEPT: &str = "data/workspaces/default/forecast.json";
/// Kills of a quick run.
const KILLS: u64 = 6;
/// Several parcels of lines.
const CUSTOMERS: i64 = 2_300;
/// How long after the sign that is waited for a server is killed at most, in milliseconds.
const JITTER_MS: usize = 60;

/// Orders of customers who come more and less often.
fn orders(now_ms: i64) -> String {
    let mut text = "user_id,event,timestamp,amount\n".to_owned();
    for customer in 0..CUSTOMERS {
        let (first, pause) = (300 - customer * 13 % 200, 9 + customer * 7 % 41);
        for order in 0..1 + customer % 5 {
            let day = first - order * pause;
            if day > 40 {
                let at = Time(now_ms - day * DAY_MS + customer * 1_000);
                text.push_str(&format!("c{customer},order,{at},{}\n", 20 + order));
            }
        }
    }
    text
}

/// Orders of some customers long ago, each of which counts once however often it is sent.
fn late_orders() -> Vec<Value> {
    let at = Time(now_ms() / DAY_MS * DAY_MS - 45 * DAY_MS);
    let order = |customer: i64| {
        json!({
            "type": "track", "event": "order", "userId": format!("c{customer}"),
            "messageId": format!("late-{customer}"), "timestamp": at.to_string(),
            "properties": {"amount": 31},
        })
    };
    (0..40).map(order).collect()
}

fn number(name: &str, or: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(or)
}

/// Puts a folder in the place of another.
fn copy(shop: &Shop, from: &str, to: &str) {
    let _ = fs::remove_dir_all(shop.folder.join(to));
    let copied = Command::new("cp")
        .args(["-R", from, to])
        .current_dir(&shop.folder)
        .status();
    assert!(copied.expect("cp runs").success());
}

/// Scores in the log as they count, by message, and the lines that hold them.
fn scores(shop: &Shop) -> (BTreeMap<String, Value>, usize) {
    let export = ["log", "export", "--data", "data", "--save", "log.ndjson"];
    assert_eq!(shop.command(&export, b"").code, Some(0));
    let log = fs::read_to_string(shop.folder.join("log.ndjson")).expect("a file");
    let (mut scores, mut lines) = (BTreeMap::new(), 0);
    for line in log.lines() {
        let event: Value = serde_json::from_str(line).expect("JSON");
        if event["event"] == "Customer Scored" {
            let message = event["messageId"].as_str().expect("an id").to_owned();
            let says = json!([event["userId"], event["timestamp"], event["traits"]]);
            let first = scores.entry(message).or_insert_with(|| says.clone());
            assert_eq!(*first, says, "the same message says the same");
            lines += 1;
        }
    }
    (scores, lines)
}

/// The calls of the scores in the exported log, without their time of arrival.
fn calls(shop: &Shop) -> Vec<Value> {
    let log = fs::read_to_string(shop.folder.join("log.ndjson")).expect("a file");
    let calls = log.lines().map(|line| {
        let mut call: Value = serde_json::from_str(line).expect("JSON");
        call.as_object_mut().expect("a call").remove("receivedAt");
        call
    });
    calls
        .filter(|call| call["event"] == "Customer Scored")
        .collect()
}

/// Ends a server that has scored everybody; when the next date is, and the model.
fn ends(server: Server) -> [Value; 3] {
    let known = known_when(&server, |known| {
        !known["last"].is_null() && known["is_making"] == json!(false)
    });
    assert_eq!(known["has_begun"], json!(false), "{known}");
    assert_eq!(known["last"]["why"], "its date", "{known}");
    server.end("-TERM");
    ["next_at", "at_ms", "model"].map(|name| match name {
        "next_at" => known[name].clone(),
        _ => known["last"][name].clone(),
    })
}

/// Waits for a sign of a scoring, of one of three kinds, and kills the server a little later.
fn kill(shop: &Shop, server: Server, dice: &mut Dice, whole: Duration) -> &'static str {
    let events = server.get("/v1/stats").1["events"].clone();
    let kept = shop.folder.join(KEPT);
    let begun = Instant::now();
    let until = |is_so: &dyn Fn() -> bool| {
        while !is_so() && begun.elapsed() < 2 * whole {
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    let (place, jitter) = (dice.below(3), dice.below(JITTER_MS) * dice.below(2));
    let is_noted = || fs::read_to_string(&kept).is_ok_and(|text| text.contains("\"model\""));
    // What comes late once it is noted what is being scored would make another model.
    let comes_late = dice.percent(50);
    let late = || {
        if comes_late && is_noted() {
            let late = json!({"batch": late_orders()});
            let (status, said) = server.post_with("/v1/batch", WRITE, &late);
            assert_eq!(status, 200, "{said}");
        }
    };
    let sign = match place {
        0 => {
            let part = dice.below(whole.as_millis() as usize) as u64;
            std::thread::sleep(Duration::from_millis(part));
            "any time"
        }
        1 => {
            until(&is_noted);
            late();
            "noted"
        }
        _ => {
            until(&|| server.get("/v1/stats").1["events"] != events);
            late();
            "appended"
        }
    };
    std::thread::sleep(Duration::from_millis(jitter as u64));
    server.end("-KILL");
    sign
}

/// A shop whose customers have ordered and were not scored yet, in the folder `before` too; how many events.
fn shop() -> (Shop, Value) {
    // Between dates that are a week apart no forecast is held against what came.
    let weekly = MORE.replace("monthly", "weekly");
    let shop = Shop::new(&format!("{PROJECT}{weekly}"));
    let server = Server::start(&shop, &["--project", "."]);
    send(&shop, &server, &orders(now_ms()));
    let events = server.get("/v1/stats").1["events"].clone();
    server.end("-TERM");
    // The first look found nobody to score.
    let _ = fs::remove_file(shop.folder.join(KEPT));
    copy(&shop, "data", "before");
    (shop, events)
}

#[test]
fn a_scoring_cut_off_after_any_of_its_lines_comes_to_the_same() {
    let (shop, events) = shop();
    let wanted = ends(Server::start(&shop, &[]));
    let (all, lines) = scores(&shop);
    let calls = calls(&shop);
    let done = fs::read(shop.folder.join(KEPT)).expect("a file");
    let noted = json!({"begun": {
        "at_ms": wanted[1], "next_ms": null, "before_ms": null, "lines": events, "model": wanted[2],
        "why": "its date"
    }});
    for appended in [0, 1, 1_000, 2_000, lines - 1, lines] {
        copy(&shop, "before", "data");
        // As if it had been done, so that the server does not begin by itself.
        fs::write(shop.folder.join(KEPT), &done).expect("written");
        let server = Server::start(&shop, &[]);
        let late = late_orders();
        for parcel in calls[..appended].chunks(500).chain([&late[..]]) {
            let (status, said) = server.post_with("/v1/batch", WRITE, &json!({"batch": parcel}));
            assert_eq!(status, 200, "{said}");
        }
        server.end("-KILL");
        fs::write(shop.folder.join(KEPT), noted.to_string()).expect("written");
        fs::write(shop.folder.join(KEPT).with_extension("json.new"), "{\"la").expect("written");
        assert_eq!(ends(Server::start(&shop, &[])), wanted, "{appended} lines");
        assert!(scores(&shop).0 == all, "{appended} lines: other scores");
    }
}

#[test]
fn a_scoring_that_is_killed_comes_to_one_score_of_everybody() {
    let (seed, kills) = (
        number("PERENNIAL_SEED", 1),
        number("PERENNIAL_KILLS", KILLS),
    );
    println!("seed {seed}, {kills} kills");
    let mut dice = Dice(seed);
    let (shop, _) = shop();
    let begun = Instant::now();
    let wanted = ends(Server::start(&shop, &[]));
    let whole = begun.elapsed();
    let (all, lines) = scores(&shop);
    assert_eq!(all.len(), lines);
    assert!(lines > 2_000, "{lines} scores are several parcels");

    let (mut left, mut signs) = (kills, BTreeMap::<String, u64>::new());
    while left > 0 {
        copy(&shop, "before", "data");
        // Some scorings are killed more than once.
        for _ in 0..left.min(1 + dice.below(3) as u64) {
            let sign = kill(&shop, Server::start(&shop, &[]), &mut dice, whole);
            left -= 1;
            let there = scores(&shop).1;
            // **Invariant:** it is noted what is being scored before the first line is appended.
            let noted = fs::read_to_string(shop.folder.join(KEPT)).unwrap_or_default();
            assert!(
                there == 0 || noted.contains("\"model\""),
                "{there} lines, {noted}"
            );
            let there = match there {
                0 => "nothing there",
                _ if there < lines => "some there",
                _ => "all there",
            };
            *signs.entry(format!("{sign}, {there}")).or_default() += 1;
        }
        let server = Server::start(&shop, &[]);
        assert_eq!(ends(server), wanted, "seed {seed}, {left} kills left");
        let (scores, _) = scores(&shop);
        assert!(
            scores == all,
            "seed {seed}, {left} kills left: other scores"
        );
        assert!(begun.elapsed() < PATIENCE * (1 + kills as u32), "{signs:?}");
    }
    println!("{whole:?} a scoring, killed at {signs:?}");
    // What comes next comes: everybody is scored as of now when that is asked for.
    let server = Server::start(&shop, &[]);
    let before = now_ms();
    server.post("/v1/forecast/refit", &json!({}));
    let known = known_when(&server, |known| known["last"]["why"] == "asked for");
    assert!(
        known["last"]["at_ms"]
            .as_i64()
            .is_some_and(|at| at >= before)
    );
    assert_eq!(known["next_at"], wanted[0]);
}

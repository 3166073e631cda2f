//! Bad events among good ones harm only themselves: they are kept with a reason, byte for byte.

use std::collections::BTreeMap;

use perennial_sim::{Client, Crowd, Dice};
use serde_json::Value;

use super::load::{CUSTOMERS, now};
use super::site::{Site, add_up, answer, number, stored};

/// Events of a batch, one of which is bad.
const BATCH: usize = 100;
/// How often each kind of bad event is sent.
const ROUNDS: u64 = 2;

/// Twenty kinds of bad events with the codes that refuse them. `#` stands for a number that makes each
/// one its own.
const BAD: [(&str, &str); 20] = [
    ("#", "not_an_object"),
    ("\"text #\"", "not_an_object"),
    ("[#]", "not_an_object"),
    ("null", "not_an_object"),
    (r##"{"n":#}"##, "unknown_type"),
    (r##"{"type":#,"userId":"u"}"##, "unknown_type"),
    (r##"{"type":"delete","userId":"u","n":#}"##, "unknown_type"),
    (r##"{"type":"track","userId":"u","n":#}"##, "missing_event"),
    (
        r##"{"type":"track","userId":"u","event":" ","n":#}"##,
        "missing_event",
    ),
    (r##"{"type":"track","userId":"u","event":#}"##, "bad_event"),
    (r##"{"type":"page","n":#}"##, "missing_id"),
    (r##"{"type":"page","userId":null,"n":#}"##, "missing_id"),
    (r##"{"type":"page","userId":"  ","n":#}"##, "missing_id"),
    (r##"{"type":"page","userId":#}"##, "bad_id"),
    (r##"{"type":"page","userId":true,"n":#}"##, "bad_id"),
    (r##"{"type":"page","userId":{"n":#}}"##, "bad_id"),
    (r##"{"type":"alias","userId":"u","n":#}"##, "missing_id"),
    (
        r##"{"type":"track","event":"A","userId":"u","messageId":#}"##,
        "bad_message_id",
    ),
    (
        r##"{"type":"track","event":"A","userId":"u","messageId":"","n":#}"##,
        "bad_message_id",
    ),
    (r##"{"type":"screen","userId":"a\u0000b#"}"##, "bad_id"),
];

#[test]
fn a_bad_event_harms_only_itself() {
    let seed = number("PERENNIAL_SEED", 1);
    println!("seed {seed}");
    let mut dice = Dice(seed);
    let site = Site::new();
    let server = site.setup.start_and_wait().expect("it starts");
    let mut client = server.client();
    let mut crowd = Crowd::new("good", CUSTOMERS);
    let (mut good, mut bad) = (Vec::new(), BTreeMap::new());
    for round in 0..number("PERENNIAL_ROUNDS", ROUNDS) {
        for (kind, (text, code)) in BAD.iter().enumerate() {
            let own = text.replace('#', &format!("{}", round * 100 + kind as u64));
            let mut batch: Vec<String> = Vec::new();
            for _ in 1..BATCH {
                let event = crowd.event(&mut dice, now());
                good.push(event.id);
                batch.push(event.json);
            }
            batch.insert(dice.below(BATCH), own.clone());
            *bad.entry((own, *code)).or_insert(0) += 1;
            let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
            let reply = client.batch(&batch, dice.percent(20)).expect("answered");
            assert_eq!(reply.status, 200, "{text}: {}", reply.text());
        }
    }
    let kept = stored(&mut client);
    assert_eq!(kept.len(), good.len());
    assert!(good.iter().all(|id| kept.contains(id)));
    assert_eq!(add_up(&mut client), good.len() as u64);
    assert_eq!(
        refused(&mut client),
        bad.into_iter()
            .map(|((own, code), times)| ((own, code.to_owned()), times))
            .collect()
    );
}

/// All that was refused, with its code, and how often.
fn refused(client: &mut Client) -> BTreeMap<(String, String), u32> {
    let mut all = BTreeMap::new();
    let mut next = String::new();
    loop {
        let page = answer(client, &format!("/v1/failed?limit=7{next}"));
        for one in page["failed"].as_array().expect("a list") {
            let text = |name: &str| one[name].as_str().expect("a text").to_owned();
            assert!(!text("message").is_empty(), "{one}");
            *all.entry((text("original"), text("code"))).or_insert(0) += 1;
        }
        match &page["next"] {
            Value::Null => return all,
            before => next = format!("&before={before}"),
        }
    }
}

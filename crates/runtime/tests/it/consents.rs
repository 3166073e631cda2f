//! Consents are folded like anything else: in any order of arrival, across restarts, and to no change of
//! what a run over the log says.

use perennial_model::Time;
use perennial_runtime::{Question, Whose};
use serde_json::{Value, json};

use crate::shop::{DAY_MS, Dice, START_MS, call, line, project};
use crate::world::World;

const DAYS: i64 = 40;

fn consent(dice: &mut Dice, number: u64) -> String {
    let at = START_MS + dice.below((DAYS * DAY_MS) as u64) as i64;
    let person = dice.below(6);
    let mut choose = |words: &[&'static str]| words[dice.below(words.len() as u64) as usize];
    let mut call = json!({
        "type": "track", "event": choose(&["Consent Set", "consent_set"]),
        "messageId": format!("consent-{number}"), "timestamp": Time(at).to_string(),
        "properties": {
            "channel": choose(&["email", "sms"]),
            "purpose": choose(&["ads", "news"]),
            "status": choose(&["granted", "denied", "perhaps"]),
        },
        "receivedAt": Time(START_MS + DAYS * DAY_MS).to_string(),
    });
    match dice.one_in(3) {
        true => call["anonymousId"] = json!(format!("d{person}")),
        false => call["userId"] = json!(format!("u{person}")),
    }
    call.to_string()
}

fn consents(world: &World) -> Vec<Value> {
    let all = ["u", "d"]
        .into_iter()
        .flat_map(|kind| (0..6).map(move |n| format!("{kind}{n}")));
    let ask = |id| world.ask(Question::Customer(Whose::Any(id)));
    let told = all.map(|id| ask(id).map_or(Value::Null, |profile| profile["consents"].clone()));
    told.collect()
}

#[test]
fn consents_are_the_same_in_any_order_and_move_nobody() {
    for seed in crate::world::seeds(3) {
        let mut dice = Dice(seed);
        let end = START_MS + DAYS * DAY_MS;
        let mut lines: Vec<String> = (0..60).map(|number| consent(&mut dice, number)).collect();
        for number in 0..120 {
            let at = START_MS + dice.below((DAYS * DAY_MS) as u64) as i64;
            lines.push(line(&call(&mut dice, number, at, 6), end));
        }
        let mut told = Vec::new();
        for _ in 0..2 {
            for place in (1..lines.len()).rev() {
                lines.swap(place, dice.below(place as u64 + 1) as usize);
            }
            let mut world = World::new(project(), Time(end));
            for part in lines.chunks(7) {
                world.append(part.to_vec(), Time(end));
            }
            told.push(consents(&world));
            assert_eq!(world.run(Time(end)), world.tables(), "seed {seed}");
            world.restart();
            told.push(consents(&world));
        }
        assert!(
            told[0]
                .iter()
                .any(|one| one.as_array().is_some_and(|list| list.len() > 2))
        );
        assert!(
            told.iter().all(|one| *one == told[0]),
            "seed {seed}: {told:#?}"
        );
    }
}

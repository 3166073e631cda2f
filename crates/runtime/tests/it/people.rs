//! Who is who when many threads say so at once: the same partition as an oracle gives that knows nothing of the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use perennial_model::Time;
use serde_json::{Value, json};

use crate::shop::{DAY_MS, Dice, START_MS, project};
use crate::world::{World, seeds};

const USERS: u64 = 200;
const DEVICES: u64 = 40;
const CAP: usize = 6;
const PLACEHOLDERS: [&str; 4] = ["null", "anonymous", "0", " Undefined "];
const THREADS: u64 = 8;
const CALLS: u64 = 60;

/// When something was said, and by which message.
type Said = (i64, String);

/// A naive account of who is who.
#[derive(Default)]
struct Oracle {
    users: BTreeSet<String>,
    devices: BTreeSet<String>,
    links: BTreeMap<(String, String), (Said, Option<Said>)>,
    partings: BTreeMap<(String, String), i64>,
    sightings: BTreeMap<String, BTreeMap<String, Said>>,
    device_partings: BTreeSet<(String, String)>,
}

fn known(call: &Value, key: &str) -> Option<String> {
    let id = call[key].as_str()?;
    (!PLACEHOLDERS.contains(&id)).then(|| id.to_owned())
}

impl Oracle {
    fn take(&mut self, call: &Value) {
        let at_ms = call["at_ms"].as_i64().expect("a time");
        let said = (at_ms, call["messageId"].as_str().expect("an id").to_owned());
        let parts = call["event"] == "Identity Unlinked";
        let (user, device) = (known(call, "userId"), known(call, "anonymousId"));
        let previous = known(call, "previousId");
        self.users.extend(user.clone());
        self.devices.extend(device.clone());
        let Some(user) = user else {
            return;
        };
        if let Some(other) = previous.clone().filter(|other| *other != user) {
            self.users.insert(other.clone());
            if parts {
                for pair in [(user.clone(), other.clone()), (other, user.clone())] {
                    let last = self.partings.entry(pair).or_insert(at_ms);
                    *last = at_ms.max(*last);
                }
            } else {
                let link = self
                    .links
                    .entry((other, user.clone()))
                    .or_insert((said.clone(), None));
                link.0 = said.clone().min(link.0.clone());
                link.1 = Some(said.clone()).max(link.1.clone());
            }
        }
        let Some(device) = device else {
            return;
        };
        if parts && previous.is_none() {
            self.device_partings.insert((device, user));
        } else {
            let seen = self.sightings.entry(device).or_default();
            let first = seen.entry(user).or_insert(said.clone());
            *first = said.min(first.clone());
        }
    }

    /// The customer of every identifier, named by its least user, else by itself.
    fn customers(&self) -> BTreeMap<(&'static str, String), String> {
        let mut holding: Vec<(i64, &String, &String, &String)> = Vec::new();
        for ((a, b), (first, last)) in &self.links {
            let said = match (self.partings.get(&(a.clone(), b.clone())), last) {
                (None, _) => Some(first),
                (Some(parted), Some(last)) if last.0 > *parted => Some(last),
                _ => None,
            };
            holding.extend(said.map(|said| (said.0, a, b, &said.1)));
        }
        holding.sort();
        let mut group: BTreeMap<&String, BTreeSet<&String>> = self
            .users
            .iter()
            .map(|user| (user, BTreeSet::from([user])))
            .collect();
        for (_, a, b, _) in holding {
            let joined: BTreeSet<&String> = group[a].union(&group[b]).copied().collect();
            if joined.len() <= CAP {
                for user in &joined {
                    group.insert(user, joined.clone());
                }
            }
        }
        let lead = |user: &String| group[user].first().expect("herself").to_string();
        let mut customers: BTreeMap<_, _> = self
            .users
            .iter()
            .map(|user| (("user", user.clone()), lead(user)))
            .collect();
        for device in &self.devices {
            let seen = self.sightings.get(device).into_iter().flatten();
            let seen = seen.filter(|(user, _)| {
                !self
                    .device_partings
                    .contains(&(device.clone(), (*user).clone()))
            });
            let owner = seen
                .min_by_key(|(_, said)| *said)
                .map(|(user, _)| lead(user));
            let own = owner.unwrap_or_else(|| device.clone());
            customers.insert(("anonymous", device.clone()), own);
        }
        customers
    }
}

fn call(dice: &mut Dice, message: &str) -> Value {
    // Some instants are shared.
    let at_ms = START_MS + dice.below(2_000) as i64 * 60_000;
    let user = |dice: &mut Dice| match dice.below(30) {
        0 => PLACEHOLDERS[dice.below(4) as usize].to_owned(),
        // A hub.
        1..=4 => "u000".to_owned(),
        _ => format!("u{:03}", dice.below(USERS)),
    };
    let mut call = json!({
        "messageId": message, "userId": user(dice), "at_ms": at_ms,
        "timestamp": Time(at_ms).to_string(), "receivedAt": Time(START_MS + 5 * DAY_MS).to_string(),
    });
    let (kind, event) = match dice.below(10) {
        0..=3 => ("identify", None),
        4..=7 => ("alias", None),
        _ => ("track", Some("Identity Unlinked")),
    };
    call["type"] = json!(kind);
    if let Some(event) = event {
        call["event"] = json!(event);
    }
    if kind == "alias" || event.is_some() && !dice.one_in(4) {
        call["previousId"] = match dice.one_in(15) {
            true => call["userId"].clone(),
            false => json!(user(dice)),
        };
    }
    if kind != "alias" && dice.one_in(2) {
        call["anonymousId"] = json!(format!("d{:02}", dice.below(DEVICES)));
    }
    call
}

fn play(seed: u64) {
    let mut files = project();
    files[0]
        .1
        .push_str(&format!("identity: {{ max_identifiers: {CAP} }}\n"));
    let mut world = World::new(files, Time(START_MS + 5 * DAY_MS));
    // Everybody is known before anybody is parted.
    let met: Vec<String> = (0..USERS)
        .map(|user| {
            let mut call = call(&mut Dice(user), &format!("met-{user}"));
            call["userId"] = json!(format!("u{user:03}"));
            call["type"] = json!("identify");
            for key in ["event", "previousId", "anonymousId"] {
                call.as_object_mut().expect("an object").remove(key);
            }
            call.to_string()
        })
        .collect();
    world.append(met, Time(START_MS + 5 * DAY_MS));
    thread::scope(|scope| {
        for number in 0..THREADS {
            let world = &world;
            scope.spawn(move || {
                let mut dice = Dice(seed * 1_000 + number);
                let mut made = 0;
                while made < CALLS {
                    let many = 1 + dice.below(4);
                    let lines = (0..many).map(|part| {
                        call(&mut dice, &format!("m-{number}-{}", made + part)).to_string()
                    });
                    let lines = lines.collect();
                    made += many;
                    world.append(lines, Time(START_MS + 5 * DAY_MS));
                }
            });
        }
    });
    let mut oracle = Oracle::default();
    let mut events: BTreeMap<String, u64> = BTreeMap::new();
    let calls: Vec<Value> = world
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    calls.iter().for_each(|call| oracle.take(call));
    let expected = oracle.customers();
    let mut nobody = 0;
    for call in &calls {
        let user = known(call, "userId").map(|id| ("user", id));
        match user.or(known(call, "anonymousId").map(|id| ("anonymous", id))) {
            Some(named) => *events.entry(expected[&named].clone()).or_default() += 1,
            None => nobody += 1,
        }
    }
    for life in ["live", "restarted", "batch"] {
        let now = Time(START_MS + 6 * DAY_MS);
        world.clock.set(now);
        let tables = if life == "batch" {
            world.run(now)
        } else {
            world.tables()
        };
        let cells = |row: &String| -> Vec<String> { row.split(" | ").map(str::to_owned).collect() };
        let mut found: BTreeMap<(&str, String), String> = BTreeMap::new();
        for row in tables["identities"].iter().map(cells) {
            let kind = if row[1] == "user" {
                "user"
            } else {
                "anonymous"
            };
            let twice = found.insert((kind, row[2].clone()), row[0].clone());
            assert_eq!(twice, None, "seed {seed}, {life}: on two customers");
        }
        for (named, customer) in &expected {
            assert_eq!(
                found.get(named),
                Some(customer),
                "seed {seed}, {life}: {named:?}"
            );
        }
        assert_eq!(found.len(), expected.len(), "seed {seed}, {life}");
        let touches: BTreeMap<String, u64> = tables["customers"]
            .iter()
            .map(cells)
            .map(|row| (row[0].clone(), row[3].parse().expect("a number")))
            .collect();
        assert_eq!(
            touches, events,
            "seed {seed}, {life}: each event on one customer"
        );
        if life == "live" {
            assert_eq!(world.stats()["without_customer"], nobody, "seed {seed}");
            world.restart();
        }
    }
}

#[test]
fn many_threads_join_and_part_as_an_oracle_says() {
    for seed in seeds(3) {
        play(seed);
    }
}

//! A disk that fails: from then on no request is told yes, the process ends, and the next start has all
//! that was acknowledged.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use perennial_access::Scope;
use perennial_api::{RequestLog, ServeOptions, bind};
use perennial_model::Time;
use perennial_runtime::{House, HouseOptions, RuntimeError};
use perennial_store::disk::{Disk, Fault, SimulatedDisk};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::serving::{ADMIN, Server, WRITE};
use crate::shop::{PROJECT, Shop};

/// Requests of one script, of up to three events each.
const REQUESTS: usize = 40;
/// Of so many operations of the disk one is made to fail.
const STEP: usize = 17;
/// How long a server may hold its folder after it has ended, and the pause between two looks.
const PATIENCE: Duration = Duration::from_secs(600);
const PAUSE: Duration = Duration::from_millis(50);

/// What a request is told, with the ids of its good events; nothing where the server is not there any more.
fn send(url: &str, first: usize) -> (Option<u16>, BTreeSet<String>) {
    let ids: BTreeSet<String> = (0..1 + first % 3)
        .map(|part| format!("m-{first}-{part}"))
        .collect();
    let events = ids.iter().map(|id| {
        json!({"type": "track", "event": "order", "userId": format!("u{}", first % 7), "messageId": id})
    });
    // Some are refused, which are kept in a log of their own.
    let bad = first
        .is_multiple_of(4)
        .then(|| json!({"type": "shout", "userId": "u"}));
    let batch: Vec<Value> = events.chain(bad).collect();
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent = config.build().new_agent();
    let request = agent.post(format!("{url}/v1/batch"));
    let request = request.header("authorization", format!("Bearer {WRITE}"));
    let answer = request.send(json!({"batch": batch}).to_string());
    (answer.ok().map(|answer| answer.status().as_u16()), ids)
}

fn open(folder: &TempDir, disk: &SimulatedDisk) -> Result<Arc<House>, RuntimeError> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let options = HouseOptions {
        disk: Some(disk),
        ..HouseOptions::default()
    };
    House::open(&folder.path().join("data"), options).map(Arc::new)
}

/// Opens a house that a server has just let go of, which on a slow machine ends before all its threads do.
fn open_again(folder: &TempDir, disk: &SimulatedDisk) -> Arc<House> {
    let begun = Instant::now();
    loop {
        match open(folder, disk) {
            Ok(house) => return house,
            Err(RuntimeError::InUse(_)) if begun.elapsed() < PATIENCE => sleep(PAUSE),
            Err(error) => panic!("it does not open again: {error}"),
        }
    }
}

/// Sends the script to a server over a house; gives what was acknowledged, and whether anything was not.
fn script(house: &Arc<House>) -> (BTreeSet<String>, bool) {
    let bound = bind(
        Arc::clone(house),
        ServeOptions {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            log: RequestLog::Off,
            ..ServeOptions::default()
        },
    )
    .expect("it listens");
    let seeded = bound
        .keys()
        .seed("default", &[(Scope::Write, WRITE)], Time(0));
    seeded.expect("a key");
    let url = format!("http://{}", bound.address().expect("an address"));
    let stopper = bound.stopper();
    let thread = std::thread::spawn(move || bound.run());
    let (mut acknowledged, mut refused) = (BTreeSet::new(), false);
    for number in 0..REQUESTS {
        let (status, ids) = send(&url, number);
        match status {
            Some(200) => {
                assert!(!refused, "request {number} was told yes after a fault");
                acknowledged.extend(ids);
            }
            None | Some(503) => refused = true,
            Some(other) => panic!("request {number} was told {other}"),
        }
    }
    stopper.stop();
    let ended = thread.join().expect("it ends");
    // Upon this the process ends with 1.
    assert_eq!(ended.is_err(), refused, "{ended:?}");
    (acknowledged, refused)
}

fn stored(house: &House) -> BTreeSet<String> {
    let workspace = house.workspace("default").expect("it is there");
    let mut ids = BTreeSet::new();
    let each = &mut |_, line: &str| {
        let event: Value = serde_json::from_str(line).expect("a line of JSON");
        ids.insert(event["messageId"].as_str().expect("an id").to_owned());
    };
    workspace.lines(each).expect("a whole log");
    ids
}

#[test]
fn after_a_fault_nobody_is_told_yes_and_nothing_is_lost() {
    let (folder, disk) = (TempDir::new().expect("a folder"), SimulatedDisk::new(1));
    let house = open(&folder, &disk).expect("it opens");
    let opened = disk.operations();
    let (all, refused) = script(&house);
    house.stop();
    assert!(!refused && house.dead().is_none());
    let mut faults = 0;
    for number in (opened..disk.operations()).step_by(STEP) {
        let (folder, disk) = (
            TempDir::new().expect("a folder"),
            SimulatedDisk::new(number),
        );
        disk.fail_at(number, Fault::Error);
        let Ok(house) = open(&folder, &disk) else {
            continue;
        };
        let (acknowledged, refused) = script(&house);
        assert_eq!(house.dead().is_some(), refused, "operation {number}");
        faults += usize::from(refused);
        assert!(refused || acknowledged == all, "operation {number}");
        house.stop();
        drop(house);
        let house = open_again(&folder, &disk.crash(number));
        let found = stored(&house);
        assert!(
            acknowledged.is_subset(&found),
            "operation {number}: what was acknowledged is gone"
        );
        assert!(
            found.is_subset(&all),
            "operation {number}: events from nowhere"
        );
        house.stop();
    }
    assert!(faults > 5, "{faults} faults were met");
}

#[test]
fn a_process_whose_log_cannot_be_written_ends() {
    let shop = Shop::new(PROJECT);
    let server = Server::start(&shop, &["--project", "."]);
    let mut acknowledged = BTreeSet::new();
    for number in 0..10 {
        let (status, ids) = send(&server.url, number);
        assert_eq!(status, Some(200));
        acknowledged.extend(ids);
    }
    // The next file of the log cannot be begun, which an erasure asks for.
    let next = format!("data/workspaces/default/log/{:020}.log", acknowledged.len());
    let next = shop.folder.join(next);
    fs::create_dir(&next).expect("a folder in its place");
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent = config.build().new_agent();
    let request = agent.post(format!("{}/v1/privacy/erase", server.url));
    let request = request.header("authorization", format!("Bearer {ADMIN}"));
    let request = request.header("content-type", "application/json");
    let answer = request.send(r#"{"id":"u1"}"#).expect("an answer");
    assert_eq!(answer.status().as_u16(), 500);
    assert_ne!(send(&server.url, 10).0, Some(200));
    let (code, said) = server.wait();
    assert_eq!(code, Some(1), "{said}");
    assert!(!said.trim().is_empty(), "it says why");
    fs::remove_dir(&next).expect("removed");
    let server = Server::start(&shop, &[]);
    let exported = shop
        .command(&["log", "export", "--data", "data"], b"")
        .stdout;
    let found: BTreeSet<String> = exported
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .map(|event| event["messageId"].as_str().expect("an id").to_owned())
        .collect();
    // The erasure was begun, and is finished now: all others are there.
    let others = |ids: &BTreeSet<String>| -> BTreeSet<String> {
        let is_hers = |id: &&String| ["m-1-", "m-8-"].iter().any(|hers| id.starts_with(hers));
        ids.iter().filter(|id| !is_hers(id)).cloned().collect()
    };
    assert_eq!(found, others(&acknowledged));
    assert_eq!(server.end("-TERM").0, Some(0));
}

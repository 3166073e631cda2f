//! Load as shops make it, and what the server has promised in answer to it.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use perennial_model::Time;
use perennial_sim::{Client, Crowd, Dice, Event};

use super::site::{add_up, stored};

/// Connections that send.
pub const CONNECTIONS: usize = 4;
/// Customers, whom all connections share.
pub const CUSTOMERS: usize = 2_000;
/// Most events of a batch.
const MAX_BATCH: usize = 50;
/// Time between two batches of a connection: with four of them, 2,000 events a second.
const PACE: Duration = Duration::from_millis(50);
/// Acknowledged events by which of some customers at least one is known.
pub const SOME_KNOWN: usize = 2_000;
/// How long those may take to come.
const PATIENCE: Duration = Duration::from_secs(600);
/// Batches without an answer that a connection keeps to send again.
const MAX_OPEN: usize = 50;

/// What was sent and what the server said yes to.
#[derive(Debug, Default)]
pub struct Promises {
    /// Ids of events that were acknowledged.
    pub acknowledged: BTreeSet<String>,
    /// Ids of all events that were sent.
    pub sent: BTreeSet<String>,
    /// Events in requests that were acknowledged, replays included.
    pub answered: usize,
    /// Answers that are neither yes nor «not now».
    pub surprises: Vec<String>,
    /// How long acknowledgements took.
    pub waits: Vec<Duration>,
}

/// Load on a server, until it is stopped.
#[derive(Default)]
pub struct Load {
    pub promises: Mutex<Promises>,
    stops: AtomicBool,
}

pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.expect("a clock").as_millis();
    Time(i64::try_from(ms).expect("a time"))
}

/// Ends a load when it goes out of scope, so that a test that fails ends too.
pub struct Ends<'a>(&'a Load);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.stops.store(true, Ordering::SeqCst);
    }
}

/// Puts load on an address.
pub fn connect<'s, 'e>(
    scope: &'s Scope<'s, 'e>,
    load: &'e Load,
    address: SocketAddr,
    dice: &mut Dice,
) {
    for connection in 0..CONNECTIONS {
        let dice = Dice(dice.roll());
        scope.spawn(move || load.send(address, &format!("c{connection}"), dice));
    }
}

impl Promises {
    /// The server holds what was promised, each event once, and nothing that nobody sent.
    pub fn hold(&self, client: &mut Client) {
        let stored = stored(client);
        let lost: Vec<_> = self.acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "lost {}: {lost:?}", lost.len());
        let strange: Vec<_> = stored.difference(&self.sent).collect();
        assert!(strange.is_empty(), "nobody sent {strange:?}");
        assert_eq!(add_up(client), stored.len() as u64);
    }
}

impl Load {
    /// What stops the load at the end of a scope.
    pub fn ends_with_scope(&self) -> Ends<'_> {
        Ends(self)
    }

    /// Waits until so many events were acknowledged, however slow the machine is.
    pub fn wait_for(&self, many: usize) {
        let begun = Instant::now();
        while self.promised().len() < many {
            assert!(
                begun.elapsed() < PATIENCE,
                "{} of {many} events",
                self.promised().len()
            );
            std::thread::sleep(PACE);
        }
    }

    /// What was promised so far.
    pub fn promised(&self) -> BTreeSet<String> {
        let promises = self.promises.lock().expect("no panic");
        promises.acknowledged.clone()
    }

    /// One connection that sends until the load is stopped: batches of 1 to 50, one event in ten a
    /// replay, one batch in five packed, and what was not answered again, sooner or later.
    pub fn send(&self, address: SocketAddr, name: &str, mut dice: Dice) {
        let mut crowd = Crowd::new(name, CUSTOMERS);
        let mut client = Client::new(address);
        let (mut sent, mut open) = (Vec::new(), Vec::new());
        while !self.stops.load(Ordering::SeqCst) {
            let begun = Instant::now();
            let batch = match !open.is_empty() && dice.percent(50) {
                true => open.swap_remove(dice.below(open.len())),
                false => next(&mut crowd, &mut dice, &mut sent),
            };
            let events: Vec<&str> = batch.iter().map(|event| &event.json[..]).collect();
            let reply = client.batch(&events, dice.percent(20));
            let mut promises = self.promises.lock().expect("no panic");
            let ids = batch.iter().map(|event| event.id.clone());
            promises.sent.extend(ids.clone());
            match reply {
                Ok(reply) if reply.status == 200 => {
                    promises.acknowledged.extend(ids);
                    promises.answered += batch.len();
                    promises.waits.push(begun.elapsed());
                }
                Ok(reply) => {
                    if reply.status != 503 {
                        promises.surprises.push(reply.text());
                    }
                    open.push(batch);
                }
                Err(_) => open.push(batch),
            }
            drop(promises);
            open.truncate(MAX_OPEN);
            std::thread::sleep(PACE.saturating_sub(begun.elapsed()));
        }
    }
}

fn next(crowd: &mut Crowd, dice: &mut Dice, sent: &mut Vec<Event>) -> Vec<Event> {
    let size = 1 + dice.below(MAX_BATCH);
    let mut batch = Vec::new();
    for _ in 0..size {
        // A replay may be of this very batch.
        if !sent.is_empty() && dice.percent(10) {
            batch.push(dice.pick(sent).clone());
            continue;
        }
        let event = crowd.event(dice, now());
        sent.push(event.clone());
        batch.push(event);
    }
    batch
}

//! Moves that come of time alone: how far behind their instants they happen while many customers wait, and
//! how long a server with so many takes to start.
//!
//! The project must move a customer one day after a view: `since(viewed) >= days(1)`.

use std::io;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use clap::Args;
use perennial_model::{Time, Zone};
use perennial_sim::{Dice, Server, Setup};
use serde_json::Value;

use super::traffic::{self, Pace};
use super::{events, mb, must, say, spread};

const DAY_MS: i64 = 86_400_000;
/// From now until the first move is due: what is sent until then is folded by then.
const AHEAD_MS: i64 = 8_000;
/// Events of a request.
const BATCH: usize = 100;
/// Connections.
const CONNECTIONS: usize = 8;
/// How long moves that are late are waited for.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Args)]
pub struct Timers {
    /// Customers who wait
    #[arg(long, default_value_t = 1_000_000)]
    timers: usize,
    /// Customers of them who move while it is measured
    #[arg(long, default_value_t = 3_000)]
    due: usize,
    /// Seconds over which they move
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Stop before the restarts
    #[arg(long)]
    no_restart: bool,
}

impl Timers {
    /// Measures.
    ///
    /// # Errors
    /// What the system says, and moves that do not come.
    pub fn run(&self, setup: &Setup) -> io::Result<()> {
        let server = setup.start_and_wait()?;
        let (mut dice, begun) = (Dice(1), Instant::now());
        // These have been seen in the last hours, and are due in the hours to come.
        let waiting = (self.due..self.timers).map(|customer| {
            let hours = dice.below(20 * 3_600_000) as i64;
            view(customer, Time(traffic::now().ms() - hours), &mut dice)
        });
        let waiting = traffic::of(waiting, BATCH);
        send(&server, &waiting.requests)?;
        must(events(&mut server.client())? == waiting.events, || {
            "events are missing".to_owned()
        })?;
        let used = server.used()?;
        say(
            "customers waiting",
            format!(
                "{} after {:.0} s",
                waiting.events,
                begun.elapsed().as_secs_f64()
            ),
        )?;
        say(
            "memory of the server",
            format!("{}, peak {}", mb(used.memory_bytes), mb(used.peak_bytes)),
        )?;
        let mut lags = self.watch(&server)?;
        say("MOVES BEHIND THEIR INSTANTS", spread(&mut lags))?;
        say(
            "server CPU while they came",
            format!("{:.2} s", server.used()?.cpu_s - used.cpu_s),
        )?;
        if !self.no_restart {
            super::restart(server)?;
        }
        Ok(())
    }

    /// Sends those who are due soon, and follows their moves; answers how far behind each was.
    fn watch(&self, server: &Server) -> io::Result<Vec<Duration>> {
        let (tell, told) = channel();
        let mut follower = server.client();
        std::thread::spawn(move || {
            // What the connection says, it says by telling nothing more.
            let follow = follower.follow("/v1/events/live", |line| {
                let at = line.strip_prefix("data: ").and_then(due_by_time);
                at.is_none_or(|at| tell.send((at, traffic::now())).is_ok())
            });
            drop(follow);
        });
        let first_ms = traffic::now().ms() + AHEAD_MS - DAY_MS;
        let mut dice = Dice(2);
        let span_ms = usize::try_from(self.seconds * 1000).unwrap_or(1);
        let soon = (0..self.due).map(|customer| {
            let at = first_ms + dice.below(span_ms) as i64;
            view(customer, Time(at), &mut dice)
        });
        send(server, &traffic::of(soon, BATCH).requests)?;
        must(traffic::now().ms() < first_ms + DAY_MS, || {
            "it took too long to send who is due".to_owned()
        })?;
        let end = Instant::now() + Duration::from_secs(self.seconds) + PATIENCE;
        let mut lags = Vec::new();
        while lags.len() < self.due {
            let left = end.saturating_duration_since(Instant::now());
            let Ok((at, seen)) = told.recv_timeout(left) else {
                say("moves that did not come", self.due - lags.len())?;
                break;
            };
            if at.ms() >= first_ms + DAY_MS {
                let lag_ms = seen.since(at).max(0);
                lags.push(Duration::from_millis(
                    u64::try_from(lag_ms).unwrap_or_default(),
                ));
            }
        }
        Ok(lags)
    }
}

fn view(customer: usize, at: Time, dice: &mut Dice) -> String {
    format!(
        "{{\"type\":\"track\",\"event\":\"Product Viewed\",\"userId\":\"u{customer}\",\"properties\":{{\"product_id\":\"p1\"}},\"messageId\":\"{}\",\"timestamp\":\"{at}\"}}",
        dice.uuid()
    )
}

fn send(server: &Server, requests: &[Vec<u8>]) -> io::Result<()> {
    let pace = Pace {
        connections: CONNECTIONS,
        per_second: None,
    };
    traffic::send(server.setup().address(), requests, pace).map(drop)
}

/// The instant of a move that came of time.
fn due_by_time(text: &str) -> Option<Time> {
    let notice: Value = serde_json::from_str(text).ok()?;
    let is_move = notice["kind"] == "moved" && notice["touch"].is_null();
    let at = notice["at"].as_str().filter(|_| is_move)?;
    Time::parse(at, &Zone::utc()).ok()
}

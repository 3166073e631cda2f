//! A quiet workspace beside a noisy one: how much longer its answers take.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use perennial_sim::{Client, Server, Setup, request};
use serde_json::json;

use super::traffic::{self, Pace, Shop};
use super::{must, say, spread};

/// The pause between two requests of the quiet one.
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Args)]
pub struct Neighbors {
    /// Events that the noisy one sends
    #[arg(long, default_value_t = 300_000)]
    events: u64,
    /// Events a second that it sends; as many as are taken where it is not said
    #[arg(long)]
    per_second: Option<f64>,
    /// Seconds for which the quiet one is measured alone
    #[arg(long, default_value_t = 10)]
    alone: u64,
}

impl Neighbors {
    /// Measures.
    ///
    /// # Errors
    /// What the system says.
    pub fn run(&self, setup: &Setup) -> io::Result<()> {
        let now = traffic::now();
        let shop = Shop {
            customers: 50_000,
            from: now.plus(-3_600_000),
            to: now,
        };
        let noise = traffic::shop(shop, 1, self.events, 100);
        let server = setup.start_and_wait()?;
        let quiet = Quiet::new(&server)?;
        let (mut acks, mut reads) = quiet.measure(|| {
            std::thread::sleep(Duration::from_secs(self.alone));
            Ok(())
        })?;
        say("quiet alone: acknowledgement", spread(&mut acks))?;
        say("quiet alone: profile read", spread(&mut reads))?;
        let pace = Pace {
            connections: 16,
            per_second: self.per_second.map(|events| events / 100.0),
        };
        let begun = Instant::now();
        let (mut acks, mut reads) =
            quiet.measure(|| traffic::send(setup.address(), &noise.requests, pace).map(drop))?;
        let per_second = self.events as f64 / begun.elapsed().as_secs_f64();
        say(
            "the noisy one sends",
            format!("{per_second:.0} events a second"),
        )?;
        say("QUIET BESIDE IT: acknowledgement", spread(&mut acks))?;
        say("QUIET BESIDE IT: profile read", spread(&mut reads))
    }
}

/// A workspace of its own that sends and reads little.
struct Quiet<'a> {
    server: &'a Server,
    write: String,
    admin: String,
}

impl<'a> Quiet<'a> {
    fn new(server: &'a Server) -> io::Result<Self> {
        let mut client = server.client();
        let made = client.post("/v1/workspaces", &json!({"name": "quiet"}))?;
        must(made.status == 200, || made.text())?;
        let mut key = |scope: &str| {
            let body = json!({"workspace": "quiet", "scope": scope, "name": scope});
            let made = client.post("/v1/keys", &body)?;
            let secret = made.json()["secret"].as_str().map(str::to_owned);
            secret.ok_or_else(|| io::Error::other(made.text()))
        };
        Ok(Self {
            server,
            write: key("write")?,
            admin: key("admin")?,
        })
    }

    /// Sends and reads while something else is done; answers how long each took.
    fn measure(
        &self,
        beside: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<(Vec<Duration>, Vec<Duration>)> {
        let goes_on = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let own = scope.spawn(|| self.go_on(&mut self.server.client(), &goes_on));
            let done = beside();
            goes_on.store(false, Ordering::Relaxed);
            let own = own
                .join()
                .map_err(|_| io::Error::other("the quiet one panicked"))?;
            done.and(own)
        })
    }

    fn go_on(
        &self,
        client: &mut Client,
        goes_on: &AtomicBool,
    ) -> io::Result<(Vec<Duration>, Vec<Duration>)> {
        let (mut acks, mut reads) = (Vec::new(), Vec::new());
        let bearer = format!("Bearer {}", self.admin);
        let read = request(
            "GET",
            "/v1/customers/ada",
            &[("Authorization", &bearer)],
            b"",
        );
        while goes_on.load(Ordering::Relaxed) {
            let body = format!(
                "{{\"type\":\"track\",\"event\":\"Product Viewed\",\"userId\":\"ada\",\"writeKey\":\"{}\"}}",
                self.write
            );
            let event = request(
                "POST",
                "/v1/track",
                &[("Content-Type", "application/json")],
                body.as_bytes(),
            );
            for (bytes, times) in [(&event, &mut acks), (&read, &mut reads)] {
                let begun = Instant::now();
                let reply = client.send(bytes)?;
                must(reply.status == 200, || reply.text())?;
                times.push(begun.elapsed());
                std::thread::sleep(PAUSE);
            }
        }
        Ok((acks, reads))
    }
}

//! Full load, then half of it: what an event costs the server, and how long it takes to say yes.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use perennial_model::Time;
use perennial_sim::{Dice, Server, Setup};

use super::traffic::{self, Pace, Shop, Traffic};
use super::{bytes_below, events, fsync, mb, must, say, spread};

const HOUR_MS: i64 = 3_600_000;
/// Profiles read a second.
const READS_PER_SECOND: u32 = 50;

#[derive(Args)]
pub struct Load {
    /// Events at full load
    #[arg(long, default_value_t = 500_000)]
    events: u64,
    /// Events at half load
    #[arg(long, default_value_t = 300_000)]
    half_events: u64,
    /// Customers
    #[arg(long, default_value_t = 100_000)]
    customers: usize,
    /// Events of a request
    #[arg(long, default_value_t = 100)]
    batch: usize,
    /// Connections
    #[arg(long, default_value_t = 16)]
    connections: usize,
    /// Hours over which the events at full load lie, up to an hour ago; those at half load lie in that hour
    #[arg(long, default_value_t = 3)]
    hours: i64,
    /// The seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Say the number of the server's process and wait so many seconds before the load, for a profiler
    #[arg(long, default_value_t = 0)]
    wait: u64,
}

impl Load {
    /// Measures.
    ///
    /// # Errors
    /// What the system says, and what does not add up.
    pub fn run(&self, setup: &Setup) -> io::Result<()> {
        let now = traffic::now();
        let shop = |hours_ago: (i64, i64)| Shop {
            customers: self.customers,
            from: Time(now.ms() - hours_ago.0 * HOUR_MS),
            to: Time(now.ms() - hours_ago.1 * HOUR_MS),
        };
        let full = traffic::shop(
            shop((self.hours + 1, 1)),
            self.seed,
            self.events,
            self.batch,
        );
        let half = traffic::shop(shop((1, 0)), self.seed + 1, self.half_events, self.batch);
        let server = setup.start_and_wait()?;
        if self.wait > 0 {
            say("process", server.id())?;
            std::thread::sleep(Duration::from_secs(self.wait));
        }
        let per_second = self.full(&server, &full)?;
        self.half(&server, &half, per_second / 2.0)?;
        must(
            events(&mut server.client())? == full.events + half.events,
            || "events were lost, or counted twice".to_owned(),
        )
    }

    /// Sends as fast as it is answered; answers how many events a second were acknowledged and folded.
    fn full(&self, server: &Server, traffic: &Traffic) -> io::Result<f64> {
        let folder = server.setup().data.clone();
        let (before, begun) = (server.used()?, Instant::now());
        let pace = Pace {
            connections: self.connections,
            per_second: None,
        };
        let (acks, syncs) = beside_fsync(&folder, || {
            traffic::send(server.setup().address(), &traffic.requests, pace)
        })?;
        let (mut acks, mut syncs) = (acks, syncs);
        let acknowledged = begun.elapsed();
        let stored = events(&mut server.client())?;
        let (folded, after) = (begun.elapsed(), server.used()?);
        must(stored == traffic.events, || {
            format!("{stored} events are stored")
        })?;
        let cpu_s = after.cpu_s - before.cpu_s;
        let per_second = traffic.events as f64 / folded.as_secs_f64();
        say(
            "events",
            format!(
                "{} of {} bytes, {} customers",
                traffic.events,
                traffic.bytes / traffic.events,
                self.customers
            ),
        )?;
        say(
            "acknowledged in",
            format!("{:.2} s", acknowledged.as_secs_f64()),
        )?;
        say(
            "acknowledged and folded in",
            format!("{:.2} s, {per_second:.0} a second", folded.as_secs_f64()),
        )?;
        say(
            "server CPU",
            format!(
                "{cpu_s:.2} s, {:.2} us an event",
                cpu_s * 1e6 / traffic.events as f64
            ),
        )?;
        say(
            "EVENTS PER SERVER CPU SECOND",
            format!("{:.0}", traffic.events as f64 / cpu_s),
        )?;
        say("acknowledgement at full load", spread(&mut acks))?;
        say("fsync beside it", spread(&mut syncs))?;
        say(
            "memory of the server",
            format!("{}, peak {}", mb(after.memory_bytes), mb(after.peak_bytes)),
        )?;
        let log = bytes_below(&folder.join("workspaces/default/log"))?;
        say(
            "log",
            format!("{:.1} bytes an event", log as f64 / traffic.events as f64),
        )?;
        let all = bytes_below(&folder)?;
        say(
            "all on disk",
            format!("{:.1} bytes an event", all as f64 / traffic.events as f64),
        )?;
        Ok(per_second)
    }

    /// Sends at a pace, while profiles are read.
    fn half(&self, server: &Server, traffic: &Traffic, per_second: f64) -> io::Result<()> {
        let folder = server.setup().data.clone();
        let before = server.used()?;
        let pace = Pace {
            connections: self.connections,
            per_second: Some(per_second / self.batch as f64),
        };
        let reading = AtomicBool::new(true);
        let (acks, syncs, reads) = std::thread::scope(|scope| {
            let reads = scope.spawn(|| self.read_profiles(server, &reading));
            let sent = beside_fsync(&folder, || {
                traffic::send(server.setup().address(), &traffic.requests, pace)
            });
            reading.store(false, Ordering::Relaxed);
            let reads = reads
                .join()
                .map_err(|_| io::Error::other("a reader panicked"))?;
            let (acks, syncs) = sent?;
            Ok::<_, io::Error>((acks, syncs, reads?))
        })?;
        events(&mut server.client())?;
        let (mut acks, mut syncs, mut reads) = (acks, syncs, reads);
        let cpu_s = server.used()?.cpu_s - before.cpu_s;
        say(
            "half load",
            format!(
                "{per_second:.0} events a second for {:.1} s",
                traffic.events as f64 / per_second
            ),
        )?;
        say(
            "server CPU at half load",
            format!("{:.2} us an event", cpu_s * 1e6 / traffic.events as f64),
        )?;
        say("ACKNOWLEDGEMENT AT HALF LOAD", spread(&mut acks))?;
        say("fsync beside it", spread(&mut syncs))?;
        say("PROFILE READ AT HALF LOAD", spread(&mut reads))
    }

    fn read_profiles(&self, server: &Server, reading: &AtomicBool) -> io::Result<Vec<Duration>> {
        let (mut client, mut dice) = (server.client(), Dice(self.seed));
        let mut took = Vec::new();
        while reading.load(Ordering::Relaxed) {
            let begun = Instant::now();
            let reply = client.get(&format!("/v1/customers/u{}", dice.below(self.customers)))?;
            // Who has done nothing yet is not known.
            must([200, 404].contains(&reply.status), || reply.text())?;
            took.push(begun.elapsed());
            std::thread::sleep(Duration::from_secs(1) / READS_PER_SECOND);
        }
        Ok(took)
    }
}

/// Does something while the disk is measured.
fn beside_fsync<T>(
    folder: &Path,
    work: impl FnOnce() -> io::Result<T>,
) -> io::Result<(T, Vec<Duration>)> {
    let stops = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let syncs = scope.spawn(|| fsync::measure(folder, &stops));
        let done = work();
        stops.store(true, Ordering::Relaxed);
        let syncs = syncs
            .join()
            .map_err(|_| io::Error::other("the measurement panicked"))?;
        Ok((done?, syncs?))
    })
}

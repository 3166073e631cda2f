//! The measurements, one a file, and what they share.

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use perennial_sim::{Client, Server};

mod fsync;
mod idle;
mod load;
mod neighbors;
mod timers;
mod traffic;

pub use idle::Idle;
pub use load::Load;
pub use neighbors::Neighbors;
pub use timers::Timers;

/// Says a figure.
fn say(name: &str, figure: impl Display) -> io::Result<()> {
    writeln!(io::stdout(), "{name:<44} {figure}")
}

/// Milliseconds with two digits behind the point.
fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Megabytes.
fn mb(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// A share of times, nearest rank: `at(&mut times, 99.0)` is the 99th percentile.
fn at(times: &mut [Duration], percent: f64) -> Duration {
    times.sort_unstable();
    let rank = (times.len() as f64 * percent / 100.0).ceil() as usize;
    times.get(rank.max(1) - 1).copied().unwrap_or_default()
}

/// Median, 99th percentile and worst of times.
fn spread(times: &mut [Duration]) -> String {
    let worst = at(times, 100.0);
    format!(
        "p50 {}  p99 {}  worst {}  ({} samples)",
        ms(at(times, 50.0)),
        ms(at(times, 99.0)),
        ms(worst),
        times.len()
    )
}

/// What must hold before a figure means anything.
fn must(holds: bool, otherwise: impl FnOnce() -> String) -> io::Result<()> {
    match holds {
        true => Ok(()),
        false => Err(io::Error::other(otherwise())),
    }
}

/// Events that are stored, each once. The server answers when it has folded all that it acknowledged.
fn events(client: &mut Client) -> io::Result<u64> {
    let reply = client.get("/v1/stats")?;
    let events = reply.json()["events"].as_u64();
    events.ok_or_else(|| io::Error::other(reply.text()))
}

/// Bytes of the files in a folder and below it.
fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += match entry.file_type()?.is_dir() {
            true => bytes_below(&entry.path())?,
            false => entry.metadata()?.len(),
        };
    }
    Ok(bytes)
}

/// Stops a server and starts it again, by request and by force; says how long it took to be ready.
fn restart(mut server: Server) -> io::Result<Server> {
    let setup = server.setup().clone();
    let (status, took) = server.stop()?;
    say("stopped by SIGTERM in", format!("{} ({status})", ms(took)))?;
    let mut server = setup.start()?;
    say(
        "start after SIGTERM, until ready",
        ms(server.wait_until_ready()?),
    )?;
    let begun = Instant::now();
    events(&mut server.client())?;
    say("first answer after that", ms(begun.elapsed()))?;
    say("memory after the start", mb(server.used()?.memory_bytes))?;
    server.crash();
    let mut server = setup.start()?;
    say(
        "start after SIGKILL, until ready",
        ms(server.wait_until_ready()?),
    )?;
    Ok(server)
}

//! What an event costs from the door of a workspace on: written, folded and ready to be asked for.
//!
//! `cargo run --release -p perennial-runtime --example measure -- [EVENTS] [CUSTOMERS]` prints CPU
//! seconds of the process over the events, for the retail preset and twenty segments.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use perennial_model::Time;
use perennial_runtime::{Arrival, DEFAULT, House, HouseOptions, Question, Workspace};

/// Requests on their way at once.
const SENDERS: usize = 16;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut numbers = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let events = numbers.next().transpose()?.unwrap_or(1_000_000);
    let customers = numbers.next().transpose()?.unwrap_or(100_000);
    let folder = std::env::temp_dir().join(format!("perennial-measure-{}", std::process::id()));
    let house = House::open(
        &folder,
        HouseOptions {
            project: project()?,
            ..HouseOptions::default()
        },
    )?;
    let workspace = house.workspace(DEFAULT).ok_or("no workspace")?;
    let now = workspace.now().ms();
    let start_ms = now - i64::try_from(events)? * 20;
    let made: Vec<Vec<String>> = (0..events / 100)
        .map(|batch| {
            (0..100)
                .map(|n| line(batch * 100 + n, customers, start_ms, now))
                .collect()
        })
        .collect();
    let bytes: usize = made.iter().flatten().map(String::len).sum();
    // Everybody has been here before.
    let met: Vec<String> = (0..customers)
        .map(|customer| greeting(customer, start_ms - 1, now))
        .collect();
    let greeted = met.len() as u64;
    for lines in met.chunks(10_000) {
        let arrival = Arrival {
            received_at: Time(now),
            lines: lines.to_vec(),
            failed: Vec::new(),
        };
        workspace.append_and_wait(arrival)?;
    }
    wait(&workspace, greeted);
    let log_bytes = workspace.status().log_bytes;
    let (cpu, wall) = (cpu_s()?, Instant::now());
    std::thread::scope(|scope| {
        for sender in 0..SENDERS {
            let own = made.iter().skip(sender).step_by(SENDERS).cloned();
            let own: Vec<Vec<String>> = own.collect();
            let workspace = &workspace;
            scope.spawn(move || {
                for lines in own {
                    let arrival = Arrival {
                        received_at: Time(now),
                        lines,
                        failed: Vec::new(),
                    };
                    let kept = workspace.append_and_wait(arrival);
                    assert_eq!(kept, Ok(()), "every event is acknowledged");
                }
            });
        }
    });
    let acknowledged = wall.elapsed();
    wait(&workspace, greeted + events);
    let (folded, cpu) = (wall.elapsed(), cpu_s()? - cpu);
    let stats = workspace.ask_and_wait(Question::Stats)?;
    let status = workspace.status();
    let mut out = std::io::stdout().lock();
    let per_event = cpu / events as f64;
    writeln!(
        out,
        "{events} events of {} bytes, {customers} customers: {stats}",
        bytes as u64 / events
    )?;
    writeln!(
        out,
        "acknowledged in {acknowledged:.1?}, folded in {folded:.1?}, {cpu:.2} CPU s"
    )?;
    writeln!(
        out,
        "{:.2} us an event, {:.0} events a CPU second",
        per_event * 1e6,
        1.0 / per_event
    )?;
    writeln!(
        out,
        "{:.1} bytes of log an event",
        (status.log_bytes - log_bytes) as f64 / events as f64
    )?;
    house.stop();
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Waits until so many lines are folded.
fn wait(workspace: &Workspace, lines: u64) {
    while workspace.status().applied < lines {
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn greeting(customer: u64, at_ms: i64, now_ms: i64) -> String {
    let (at, now) = (Time(at_ms), Time(now_ms));
    format!(
        "{{\"type\":\"page\",\"userId\":\"u{customer}\",\"messageId\":\"hello-{customer}\",\"timestamp\":\"{at}\",\"receivedAt\":\"{now}\"}}"
    )
}

/// The retail preset and twenty segments.
fn project() -> Result<Vec<(String, String)>, std::io::Error> {
    let preset = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../presets/retail.yaml");
    let mut segments = String::new();
    for number in 1..=5 {
        segments.push_str(&format!("orders_{number}: count(ordered) >= {number}\n"));
        segments.push_str(&format!(
            "looks_{number}: count(viewed, days({number})) >= 3\n"
        ));
        segments.push_str(&format!(
            "worth_{number}: sum(ordered.value) >= {number}00\n"
        ));
        segments.push_str(&format!(
            "silent_{number}: since(ordered) >= days({number}0)\n"
        ));
    }
    Ok(vec![
        (
            "perennial.yaml".to_owned(),
            std::fs::read_to_string(preset)?,
        ),
        ("segments.yaml".to_owned(), segments),
    ])
}

fn line(number: u64, customers: u64, start_ms: i64, now_ms: i64) -> String {
    let mix = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (number >> 7);
    let mix = (mix ^ (mix >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    // Each customer's requests come one after another.
    let sender = number / 100 % SENDERS as u64;
    let customer = (mix >> 20) % (customers / SENDERS as u64).max(1) * SENDERS as u64 + sender;
    let at = Time(start_ms + i64::try_from(number).unwrap_or_default() * 20);
    let event = match mix % 10 {
        0 => format!(
            "\"event\":\"Order Completed\",\"properties\":{{\"order_id\":\"o{number}\",\"total\":{}.50,\"currency\":\"EUR\",\"products\":[{{\"product_id\":\"p{}\",\"price\":4.5,\"quantity\":2}}]}}",
            mix >> 8 & 127,
            mix >> 16 & 1023
        ),
        1 | 2 => format!(
            "\"event\":\"Product Added\",\"properties\":{{\"product_id\":\"p{}\",\"price\":7.90,\"currency\":\"EUR\"}}",
            mix >> 16 & 1023
        ),
        _ => format!(
            "\"event\":\"Product Viewed\",\"properties\":{{\"product_id\":\"p{}\",\"category\":\"c{}\",\"url\":\"https://shop.example/p/{}\"}}",
            mix >> 16 & 1023,
            mix >> 12 & 15,
            mix >> 16 & 1023
        ),
    };
    format!(
        "{{\"type\":\"track\",{event},\"userId\":\"u{customer}\",\"messageId\":\"{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}\",\"timestamp\":\"{at}\",\"receivedAt\":\"{}\"}}",
        mix >> 32,
        mix >> 16 & 0xFFFF,
        mix & 0xFFF,
        mix >> 44 & 0xFFF,
        number,
        Time(now_ms)
    )
}

/// CPU seconds of the process so far.
fn cpu_s() -> Result<f64, Box<dyn std::error::Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let clock: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(clock / 100.0)
}

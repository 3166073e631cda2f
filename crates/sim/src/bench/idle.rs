//! Memory at rest over the files that `perennial demo` makes.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use perennial_sim::Setup;
use serde_json::{Map, Value, json};

use super::traffic::{self, Pace};
use super::{events, mb, say};

/// How long a server is left to itself before it is looked at.
const REST: Duration = Duration::from_secs(15);
/// Columns that are no properties.
const OWN: [&str; 7] = [
    "message_id",
    "event",
    "timestamp",
    "received_at",
    "user_id",
    "anonymous_id",
    "previous_id",
];

#[derive(Args)]
pub struct Idle {
    /// The folder of the demo, whose CSV files are sent
    #[arg(long)]
    demo: PathBuf,
}

impl Idle {
    /// Measures.
    ///
    /// # Errors
    /// What the system says.
    pub fn run(&self, setup: &Setup) -> io::Result<()> {
        let server = setup.start_and_wait()?;
        say("memory of an empty server", mb(server.used()?.memory_bytes))?;
        let mut made = Vec::new();
        let entries = fs::read_dir(self.demo.join("data"))?;
        let mut files: Vec<PathBuf> = entries
            .map(|entry| Ok(entry?.path()))
            .collect::<io::Result<_>>()?;
        files.sort();
        for file in files
            .iter()
            .filter(|file| file.extension().is_some_and(|end| end == "csv"))
        {
            let text = fs::read_to_string(file)?;
            let mut lines = text.lines();
            let header: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
            made.extend(lines.map(|line| call(&header, line)));
        }
        let traffic = traffic::of(made.into_iter(), 100);
        let pace = Pace {
            connections: 4,
            per_second: None,
        };
        traffic::send(setup.address(), &traffic.requests, pace)?;
        say("events stored", events(&mut server.client())?)?;
        say("memory after them", mb(server.used()?.memory_bytes))?;
        std::thread::sleep(REST);
        let used = server.used()?;
        say(
            "MEMORY AT REST",
            format!("{}, peak {}", mb(used.memory_bytes), mb(used.peak_bytes)),
        )?;
        let server = super::restart(server)?;
        std::thread::sleep(REST);
        say(
            "MEMORY AT REST AFTER A START",
            mb(server.used()?.memory_bytes),
        )
    }
}

/// A row of the demo as a call. Its cells are not quoted.
fn call(header: &[&str], line: &str) -> String {
    let cells: Map<String, Value> = header
        .iter()
        .zip(line.split(','))
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(name, cell)| ((*name).to_owned(), json!(cell)))
        .collect();
    let cell = |name: &str| cells.get(name).cloned().unwrap_or_default();
    let properties = cells
        .iter()
        .filter(|(name, _)| !OWN.contains(&name.as_str()));
    let properties: Map<String, Value> = properties
        .map(|(name, cell)| (name.clone(), cell.clone()))
        .collect();
    let kind = match cells.contains_key("previous_id") {
        true => "alias",
        false => "track",
    };
    json!({
        "type": kind,
        "event": cell("event"),
        "messageId": cell("message_id"),
        "timestamp": cell("timestamp"),
        "userId": cell("user_id"),
        "anonymousId": cell("anonymous_id"),
        "previousId": cell("previous_id"),
        "properties": properties,
    })
    .to_string()
}

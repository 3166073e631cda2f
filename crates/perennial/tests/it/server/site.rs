//! A folder of its own with a project and a server's data, and the answers that the server gives.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use perennial_sim::{Client, Reply, Setup};
use serde_json::Value;
use tempfile::TempDir;

use crate::tree::root;

/// The binary under test: the one that is built with the tests, unless `PERENNIAL` names another.
pub fn binary() -> PathBuf {
    let given = std::env::var_os("PERENNIAL");
    given.map_or_else(|| env!("CARGO_BIN_EXE_perennial").into(), PathBuf::from)
}

/// Segments beside the preset: by count, by sum, by time.
const SEGMENTS: &str = "ordered_twice: count(ordered) >= 2
looked_lately: count(viewed, days(3)) >= 3
worth_much: sum(ordered.value) >= 300
silent: since(ordered) >= days(10)
";

/// How long a server may say «not now».
const PATIENCE: Duration = Duration::from_secs(600);

/// A folder that goes away with it.
pub struct Site {
    pub folder: TempDir,
    pub setup: Setup,
}

/// A number from the environment, for those who want more than a quick run.
pub fn number(variable: &str, otherwise: u64) -> u64 {
    let text = std::env::var(variable).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

impl Site {
    /// The retail preset with some segments, and no data yet.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let project = folder.path().join("project");
        fs::create_dir_all(&project).expect("a folder");
        let preset = fs::read_to_string(root().join("presets/retail.yaml")).expect("the preset");
        fs::write(project.join("perennial.yaml"), preset).expect("a file");
        fs::write(project.join("segments.yaml"), SEGMENTS).expect("a file");
        let data = folder.path().join("data");
        let setup = Setup::new(&binary(), &data, &project).expect("a free port");
        Self { folder, setup }
    }

    /// The project.
    pub fn project(&self) -> PathBuf {
        self.folder.path().join("project")
    }

    /// The same with other data on another port.
    pub fn setup_over(&self, data: &Path) -> Setup {
        Setup::new(&binary(), data, &self.project()).expect("a free port")
    }

    /// The folder of the first workspace.
    pub fn workspace(&self) -> PathBuf {
        self.setup.data.join("workspaces/default")
    }

    /// Throws away all that is derived from the log.
    pub fn forget_what_is_derived(&self) {
        let is_kept = |name: &str| {
            ["log", "failed"].contains(&name)
                || name.starts_with("rules-")
                || name.ends_with(".json")
        };
        for entry in fs::read_dir(self.workspace()).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = entry.file_name();
            if is_kept(name.to_str().expect("a name")) {
                continue;
            }
            match entry.path().is_dir() {
                true => fs::remove_dir_all(entry.path()).expect("removed"),
                false => fs::remove_file(entry.path()).expect("removed"),
            }
        }
    }
}

/// What a server tells an admin, who asks again where it says «not now»: on a slow machine it may have much to
/// fold first.
pub fn told(client: &mut Client, path: &str) -> Reply {
    let begun = Instant::now();
    loop {
        let reply = client.get(path);
        let reply = reply.unwrap_or_else(|error| panic!("{path}: {error}"));
        if reply.status != 503 || begun.elapsed() > PATIENCE {
            return reply;
        }
    }
}

/// What a server answers to an admin, who must be answered.
pub fn answer(client: &mut Client, path: &str) -> Value {
    let reply = told(client, path);
    assert_eq!(reply.status, 200, "{path}: {}", reply.text());
    reply.json()
}

/// The message ids that a server has stored, each of them once.
pub fn stored(client: &mut Client) -> BTreeSet<String> {
    let reply = told(client, "/v1/events/ids");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let text = reply.text();
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        let id = line["message_id"].as_str().expect("an id").to_owned();
        *times.entry(id).or_default() += 1;
    }
    let twice: Vec<_> = times.iter().filter(|(_, times)| **times > 1).collect();
    assert!(twice.is_empty(), "stored more than once: {twice:?}");
    times.into_keys().collect()
}

/// The counters add up: what was received is stored, a duplicate, or failed. Answers how many are stored.
pub fn add_up(client: &mut Client) -> u64 {
    let stats = answer(client, "/v1/stats");
    let count = |name: &str| stats[name].as_u64().expect("a count");
    assert_eq!(
        count("received"),
        count("events") + count("duplicates") + count("failed"),
        "{stats}"
    );
    count("events")
}

/// The median and the 99th percentile, nearest rank; zero where there are none.
pub fn percentiles(times: &mut [Duration]) -> (Duration, Duration) {
    times.sort_unstable();
    let at = |percent: usize| {
        let rank = (times.len() * percent).div_ceil(100).max(1);
        times.get(rank - 1).copied().unwrap_or_default()
    };
    (at(50), at(99))
}

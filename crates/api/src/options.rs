//! How the server listens, waits and refuses.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use perennial_access::{Proxies, Rate};
use perennial_protocol::Limits;

use crate::analyst::Analyst;

/// Where the server listens if nothing is said: this machine only.
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 7700);
/// Most connections at once.
const CONNECTIONS: usize = 10_000;
/// Most bytes of bodies that are being read or waited for, inflated ones included.
const IN_FLIGHT_BYTES: usize = 256 * 1024 * 1024;
/// Most followers of live events at once.
const FOLLOWERS: usize = 64;
/// Most inquiries at once: being answered, or waiting for what they are asked of.
const INQUIRIES: usize = 16;
/// Requests a second and at once, of one key and of one address. They hold off who is out of control,
/// not who sends much: what the log cannot take is slowed down by itself.
const RATE: Rate = Rate {
    per_second: 20_000,
    burst: 40_000,
};
/// Threads that serve, unless the machine has fewer.
const THREADS: usize = 4;

/// How the server is run.
#[derive(Clone, Debug)]
pub struct ServeOptions {
    /// Where to listen; port 0 is any free one.
    pub listen: SocketAddr,
    /// Limits of one request that brings events.
    pub limits: Limits,
    /// Most connections at once; more wait to be accepted.
    pub connections: usize,
    /// Most bytes of bodies at once; more wait, then are refused.
    pub in_flight_bytes: usize,
    /// Most followers of live events at once.
    pub followers: usize,
    /// Most inquiries at once.
    pub inquiries: usize,
    /// Who answers questions about all customers; where nobody is there, none is answered.
    pub analyst: Option<Arc<dyn Analyst>>,
    /// Requests of one key.
    pub key_rate: Rate,
    /// Requests from one address.
    pub address_rate: Rate,
    /// The proxies whose `X-Forwarded-For` is believed.
    pub proxies: Proxies,
    /// Where backups go; `backups` in the folder of data where it is not said.
    pub backups: Option<PathBuf>,
    /// Secrets by which webhooks are signed; a workspace may have several while one is changed.
    pub webhooks: Vec<WebhookSecret>,
    /// Which requests are logged.
    pub log: RequestLog,
    /// How long is waited for what.
    pub patience: Patience,
    /// Threads that serve.
    pub threads: usize,
}

impl Default for ServeOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            listen: LISTEN,
            limits: Limits::default(),
            connections: CONNECTIONS,
            in_flight_bytes: IN_FLIGHT_BYTES,
            followers: FOLLOWERS,
            inquiries: INQUIRIES,
            analyst: None,
            key_rate: RATE,
            address_rate: RATE,
            proxies: Proxies::default(),
            backups: None,
            webhooks: Vec::new(),
            log: RequestLog::Failures,
            patience: Patience::default(),
            threads: cores.min(THREADS),
        }
    }
}

/// A secret by which one source signs its webhooks for one workspace.
#[derive(Clone)]
pub struct WebhookSecret {
    /// The workspace.
    pub workspace: String,
    /// The source: `shopify` or `stripe`.
    pub source: String,
    /// The secret.
    pub secret: String,
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WebhookSecret({} {})", self.workspace, self.source)
    }
}

/// Which requests are logged, a line of JSON each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestLog {
    /// None.
    Off,
    /// Those that were refused or failed, and all but those that bring events.
    Failures,
    /// All.
    All,
}

/// How long is waited for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the rest of a request's head, from its first byte.
    pub head: Duration,
    /// For the whole body.
    pub body: Duration,
    /// For the next request of a connection.
    pub idle: Duration,
    /// For a client to take what is written to it.
    pub write: Duration,
    /// For room for a body or in the log, before a request is refused.
    pub room: Duration,
    /// For an answer of the workspace.
    pub answer: Duration,
    /// For new rules to be in force, which may take as long as the log is, before 202 says that it goes on.
    pub apply: Duration,
    /// For requests in flight when the server stops.
    pub stop: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            body: Duration::from_secs(30),
            idle: Duration::from_secs(75),
            write: Duration::from_secs(30),
            room: Duration::from_secs(5),
            answer: Duration::from_secs(60),
            apply: Duration::from_secs(5),
            stop: Duration::from_secs(10),
        }
    }
}

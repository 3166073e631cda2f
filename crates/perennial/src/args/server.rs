//! The options of commands about a server and its folder of data.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::Output;

/// `serve`
#[derive(Debug, ClapArgs)]
pub struct Serve {
    /// The folder of data; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// The project folder whose rules a new folder of data begins with
    #[arg(long, value_name = "DIR")]
    pub project: Option<PathBuf>,
    /// Where to listen; port 0 is any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7700")]
    pub listen: SocketAddr,
    /// Publish the project's rules where they are others than those in force
    #[arg(long, requires = "project")]
    pub apply: bool,
    /// A proxy, or a range, whose X-Forwarded-For is believed; may be given often
    #[arg(long, value_name = "ADDRESS")]
    pub trusted_proxy: Vec<String>,
    /// Which requests are logged on standard error
    #[arg(long, value_enum, value_name = "WHICH", default_value = "failures")]
    pub request_log: Requests,
    /// Where backups asked for over HTTP go [default: backups in the folder of data]
    #[arg(long, value_name = "DIR")]
    pub backups: Option<PathBuf>,
    /// Most bytes of a request, such as 5MiB
    #[arg(long, value_name = "SIZE")]
    pub max_body: Option<String>,
    /// Most bytes of one event, such as 32KiB
    #[arg(long, value_name = "SIZE")]
    pub max_event: Option<String>,
    /// Most bytes of requests at once, such as 256MiB
    #[arg(long, value_name = "SIZE")]
    pub max_in_flight: Option<String>,
    /// Most connections at once
    #[arg(long, value_name = "N")]
    pub max_connections: Option<usize>,
    /// Most requests a second of one key, and of one address; 0 is without limit
    #[arg(long, value_name = "N")]
    pub max_rate: Option<u32>,
    /// Customers kept in memory in each workspace
    #[arg(long, value_name = "N")]
    pub at_hand: Option<usize>,
    /// Threads that answer [default: one a core, at most 4]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    /// How the address is told on standard output
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

/// Which requests are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Requests {
    /// None
    Off,
    /// Those that fail, and all that bring no events
    Failures,
    /// All
    All,
}

//! The options of commands about a server and its folder of data.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::{Output, Show};

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

/// Which server is asked, or which folder of data is opened while none has it.
#[derive(Clone, Debug, ClapArgs)]
pub struct Target {
    /// The server
    #[arg(
        long,
        value_name = "URL",
        required_unless_present = "data",
        conflicts_with = "data"
    )]
    pub url: Option<String>,
    /// The admin key [default: what PERENNIAL_ADMIN_KEY says]
    #[arg(long, value_name = "KEY", requires = "url")]
    pub admin_key: Option<String>,
    /// The folder of data, while no server has it open
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
}

/// `keys`
#[derive(Debug, ClapArgs)]
pub struct Keys {
    /// What to do with them
    #[command(subcommand)]
    pub deed: KeyDeed,
}

/// What to do with keys.
#[derive(Debug, Subcommand)]
pub enum KeyDeed {
    /// Show the keys, without their secrets
    List {
        /// The folder of data
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// How the answer is shown
        #[command(flatten)]
        show: Show,
    },
    /// Make a key; its secret is shown this once
    Create {
        /// The folder of data
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// What it opens
        #[arg(long, value_enum)]
        scope: KeyScope,
        /// What people call it
        #[arg(long)]
        name: String,
        /// The workspace that it opens
        #[arg(long, value_name = "NAME", default_value = "default")]
        workspace: String,
        /// From when on it opens nothing
        #[arg(long, value_name = "TIME")]
        expires: Option<String>,
        /// How the answer is shown
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Make a key in the place of one, which stays valid for a while
    Rotate {
        /// The key's id
        id: String,
        /// The folder of data
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Hours for which the old one is valid yet
        #[arg(long, value_name = "N", default_value_t = 24)]
        grace_hours: u32,
        /// How the answer is shown
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
    },
    /// Revoke a key at once and for ever
    Revoke {
        /// The key's id
        id: String,
        /// The folder of data
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// How the answer is shown
        #[arg(long, value_enum, default_value = "table")]
        output: Output,
    },
}

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyScope {
    /// Sends events, reads nothing
    Write,
    /// Reads
    Read,
    /// Reads and changes everything
    Admin,
}

/// `log`
#[derive(Debug, ClapArgs)]
pub struct Log {
    /// What to do with it
    #[command(subcommand)]
    pub deed: LogDeed,
}

/// What to do with a log.
#[derive(Debug, Subcommand)]
pub enum LogDeed {
    /// Read every byte and name each place that is damaged
    Verify {
        /// The folder of data
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// Only this workspace
        #[arg(long, value_name = "NAME")]
        workspace: Option<String>,
        /// How the answer is shown
        #[command(flatten)]
        show: Show,
    },
    /// Write the events as lines that `run` reads
    Export {
        /// The folder of data, or a backup of it
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The workspace
        #[arg(long, value_name = "NAME", default_value = "default")]
        workspace: String,
        /// Write to a file instead of standard output
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
    },
}

/// `backup`
#[derive(Debug, ClapArgs)]
pub struct Backup {
    /// What is copied
    #[command(flatten)]
    pub target: Target,
    /// The folder to make; a server chooses one among its own backups
    #[arg(
        long,
        value_name = "DIR",
        required_unless_present = "url",
        conflicts_with = "url"
    )]
    pub to: Option<PathBuf>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

/// `restore`
#[derive(Debug, ClapArgs)]
pub struct Restore {
    /// The backup
    #[arg(long, value_name = "DIR")]
    pub from: PathBuf,
    /// The folder of data to make; it must not be there, or be empty
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Erase again whoever was erased since: the folder of data of then, a later backup, or a folder
    /// with their `workspaces/NAME/privacy.json`
    #[arg(long, value_name = "DIR")]
    pub erased_from: Option<PathBuf>,
    /// How the answer is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

/// `apply`
#[derive(Debug, ClapArgs)]
pub struct Apply {
    /// The project folder
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub project: PathBuf,
    /// The server
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7700")]
    pub url: String,
    /// The admin key [default: what PERENNIAL_ADMIN_KEY says]
    #[arg(long, value_name = "KEY")]
    pub admin_key: Option<String>,
    /// Only say who would move
    #[arg(long)]
    pub plan: bool,
    /// Exit with 4 where the rules are others than those in force
    #[arg(long, requires = "plan")]
    pub detailed_exitcode: bool,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `privacy`
#[derive(Debug, ClapArgs)]
pub struct Privacy {
    /// What is asked
    #[arg(value_enum)]
    pub deed: PrivacyDeed,
    /// The customer: her id, or any identifier of hers; `retention` is of all
    pub id: Option<String>,
    /// The kind of the identifier [default: any]
    #[arg(long, value_enum)]
    pub kind: Option<IdKind>,
    /// With `retention`: take the content of old events from the logs now
    #[arg(long)]
    pub apply: bool,
    /// The workspace, where --data is given; a key opens one only
    #[arg(
        long,
        value_name = "NAME",
        default_value = "default",
        requires = "data"
    )]
    pub workspace: String,
    /// Where
    #[command(flatten)]
    pub target: Target,
    /// How the answer is shown
    #[arg(long, value_enum, default_value = "table")]
    pub output: Output,
}

/// What may be asked about a customer's data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PrivacyDeed {
    /// Show everything known of her
    Export,
    /// Erase her: her lines leave the log, and all that came of them
    Erase,
    /// Take no more events of her from now on
    Suppress,
    /// Take events of her again
    Unsuppress,
    /// Show how long the content of events is kept, and of how many it would go now
    Retention,
}

/// Kinds of identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum IdKind {
    /// A signed-in user's
    User,
    /// A device's
    Anonymous,
    /// An e-mail address
    Email,
    /// A phone number
    Phone,
}

/// `doctor`
#[derive(Debug, ClapArgs)]
pub struct Doctor {
    /// The folder of data
    #[arg(long, value_name = "DIR", required_unless_present = "url")]
    pub data: Option<PathBuf>,
    /// The server
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// The admin key [default: what PERENNIAL_ADMIN_KEY says; without one less is checked]
    #[arg(long, value_name = "KEY", requires = "url")]
    pub admin_key: Option<String>,
    /// How the answer is shown
    #[command(flatten)]
    pub show: Show,
}

/// `aside`
#[derive(Debug, ClapArgs)]
pub struct Aside {
    /// What is to be done
    #[arg(value_enum)]
    pub job: AsideJob,
}

/// What a server has done by a process of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AsideJob {
    /// A run over the log
    Picture,
    /// Questions answered of it
    Answer,
    /// Customers scored by what the log says
    Forecast,
}

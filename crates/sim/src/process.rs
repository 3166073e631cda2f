//! The real binary as a process: started, looked at, stopped, killed.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::{ADMIN_KEY, Client, WRITE_KEY};

/// How long a server may take to be ready before it counts as broken.
const READY: Duration = Duration::from_secs(600);
/// How long a server may take to stop before it counts as broken.
const STOP: Duration = Duration::from_secs(300);
/// Ports that are tried: below those that Linux (32,768) and others (49,152) give away.
const FIRST_PORT: u16 = 12_000;
const PORTS: u32 = 20_000;
/// Ports between the first ones of two processes with numbers next to each other.
const PORTS_APART: u32 = 97;
/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(2);
/// Parts of a second in which the system counts the CPU time of a process.
const PARTS_OF_A_SECOND: f64 = 100.0;

/// How a server is started.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The binary.
    pub binary: PathBuf,
    /// The folder of data.
    pub data: PathBuf,
    /// The project folder of a folder of data that is new.
    pub project: Option<PathBuf>,
    /// The port on this machine.
    pub port: u16,
    /// More arguments of `serve`.
    pub arguments: Vec<String>,
    /// More of the environment.
    pub environment: Vec<(String, String)>,
}

/// A server that runs. It is killed when it is dropped.
pub struct Server {
    child: Child,
    setup: Setup,
    started: Instant,
}

/// What a process has used so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Used {
    /// CPU seconds, those of the system for it included.
    pub cpu_s: f64,
    /// Bytes of memory now.
    pub memory_bytes: u64,
    /// Most bytes of memory so far.
    pub peak_bytes: u64,
}

/// A port that nobody listens on, and that stays free while a server that is to have it is down: none of
/// those that systems give away by themselves, to connections and to whoever asks for any.
///
/// # Errors
/// What the system says, where none is free.
pub fn free_port() -> io::Result<u16> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Other processes begin elsewhere.
    let begin = std::process::id().wrapping_mul(PORTS_APART);
    for _ in 0..PORTS {
        let place = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        let port = FIRST_PORT + u16::try_from(place).unwrap_or(0);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

impl Setup {
    /// A server of a binary and a folder of data on a free port.
    ///
    /// # Errors
    /// What the system says.
    pub fn new(binary: &Path, data: &Path, project: &Path) -> io::Result<Self> {
        Ok(Self {
            binary: binary.to_owned(),
            data: data.to_owned(),
            project: Some(project.to_owned()),
            port: free_port()?,
            arguments: Vec::new(),
            environment: Vec::new(),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Starts it. It may not be ready yet. What it says goes to `serve.log` beside the folder of data.
    ///
    /// # Errors
    /// What the system says.
    pub fn start(&self) -> io::Result<Server> {
        let log = self.data.with_extension("log");
        let log = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(&self.binary);
        command.arg("serve").arg("--data").arg(&self.data);
        if let Some(project) = &self.project {
            command.arg("--project").arg(project);
        }
        command.args(["--listen", &self.address().to_string()]);
        command.args(&self.arguments);
        command.env("PERENNIAL_WRITE_KEY", WRITE_KEY);
        command.env("PERENNIAL_ADMIN_KEY", ADMIN_KEY);
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.envs(environment);
        command.stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log);
        Ok(Server {
            child: command.spawn()?,
            setup: self.clone(),
            started: Instant::now(),
        })
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// As [`Setup::start`] and [`Server::wait_until_ready`].
    pub fn start_and_wait(&self) -> io::Result<Server> {
        let mut server = self.start()?;
        server.wait_until_ready()?;
        Ok(server)
    }
}

impl Server {
    /// How it was started.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        Client::new(self.setup.address())
    }

    /// Waits until it has recovered and serves; answers how long that took since it was started.
    ///
    /// # Errors
    /// Where it ends, or takes for ever.
    pub fn wait_until_ready(&mut self) -> io::Result<Duration> {
        let mut client = self.client();
        loop {
            if client.get("/readyz").is_ok_and(|reply| reply.status == 200) {
                return Ok(self.started.elapsed());
            }
            if let Some(status) = self.child.try_wait()? {
                let log = fs::read_to_string(self.setup.data.with_extension("log"));
                let said = log.unwrap_or_default();
                let said = said.lines().last().unwrap_or_default().to_owned();
                return Err(io::Error::other(format!("it ended ({status}): {said}")));
            }
            if self.started.elapsed() > READY {
                return Err(io::ErrorKind::TimedOut.into());
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().is_ok_and(|status| status.is_none())
    }

    /// Kills it, as `kill -9` does, and waits until it is gone.
    pub fn crash(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }

    /// Asks it to end, by SIGTERM, and waits; answers how it ended and how long that took.
    ///
    /// # Errors
    /// What the system says, and where it does not end.
    pub fn stop(&mut self) -> io::Result<(ExitStatus, Duration)> {
        let begun = Instant::now();
        let id = self.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status()?;
        while begun.elapsed() < STOP {
            if let Some(status) = self.child.try_wait()? {
                return Ok((status, begun.elapsed()));
            }
            std::thread::sleep(PAUSE);
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// What the system says.
    pub fn used(&self) -> io::Result<Used> {
        let folder = PathBuf::from(format!("/proc/{}", self.id()));
        let stat = fs::read_to_string(folder.join("stat"))?;
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let field = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok());
        let parts = field(11).unwrap_or_default() + field(12).unwrap_or_default();
        let mut used = Used {
            cpu_s: parts / PARTS_OF_A_SECOND,
            ..Used::default()
        };
        for line in BufReader::new(File::open(folder.join("status"))?).lines() {
            let line = line?;
            let mut words = line.split_whitespace();
            let (name, kib) = (words.next(), words.next());
            let kib: u64 = kib.and_then(|kib| kib.parse().ok()).unwrap_or_default();
            match name {
                Some("VmRSS:") => used.memory_bytes = kib * 1024,
                Some("VmHWM:") => used.peak_bytes = kib * 1024,
                _ => {}
            }
        }
        Ok(used)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.crash();
    }
}

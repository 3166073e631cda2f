//! A server on a free port with a folder of its own, and requests to it byte by byte.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use perennial_access::Scope;
use perennial_api::{Bound, Patience, RequestLog, ServeOptions, Stopper, bind};
use perennial_model::Time;
use perennial_runtime::{House, HouseOptions};
use serde_json::{Value, json};
use tempfile::TempDir;

pub const WRITE: &str = "wk_test_123";
pub const READ: &str = "read_test_123";
pub const ADMIN: &str = "admin_test_123";
/// How long a test waits for bytes that should come, and its server for what should be done: only what
/// never comes takes so long.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// A server that runs until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    pub house: Arc<House>,
    pub folder: TempDir,
    stopper: Stopper,
    thread: Option<JoinHandle<()>>,
}

/// The options of tests: any free port, no log, and nothing refused because the machine is slow.
pub fn options() -> ServeOptions {
    ServeOptions {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        log: RequestLog::Off,
        patience: patience(),
        ..ServeOptions::default()
    }
}

/// How long the servers of tests wait. What is in flight when one stops is what a test has given up.
pub fn patience() -> Patience {
    Patience {
        head: PATIENCE,
        body: PATIENCE,
        idle: PATIENCE,
        write: PATIENCE,
        room: PATIENCE,
        answer: PATIENCE,
        apply: PATIENCE,
        ..Patience::default()
    }
}

/// Waits until this millisecond is over, since what happens in it is only folded then.
fn let_the_instant_pass() {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = || now().expect("after 1970").as_millis();
    let began = ms();
    while ms() == began {
        std::thread::yield_now();
    }
}

/// A server with a key of each scope.
pub fn start() -> Server {
    start_with(options())
}

pub fn start_with(options: ServeOptions) -> Server {
    let folder = tempfile::tempdir().expect("a folder");
    let house = House::open(folder.path(), HouseOptions::default());
    let house = Arc::new(house.unwrap_or_else(|error| panic!("{error}")));
    let bound = bind(Arc::clone(&house), options);
    let bound = bound.unwrap_or_else(|error| panic!("{error}"));
    let given = [
        (Scope::Write, WRITE),
        (Scope::Read, READ),
        (Scope::Admin, ADMIN),
    ];
    let seeded = bound.keys().seed("default", &given, Time(0));
    assert!(seeded.expect("keys are taken"));
    let (address, stopper) = (bound.address().expect("an address"), bound.stopper());
    let thread = std::thread::spawn(move || bound.run().expect("the server runs"));
    Server {
        address,
        house,
        folder,
        stopper,
        thread: Some(thread),
    }
}

impl Server {
    /// Goes on with another server in the place of one that has stopped.
    pub fn serve(&mut self, bound: Bound) {
        self.address = bound.address().expect("an address");
        self.stopper = bound.stopper();
        let thread = std::thread::spawn(move || bound.run().expect("the server runs"));
        self.thread = Some(thread);
    }

    /// Stops it and waits until it has.
    pub fn stop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends well");
        }
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server takes connections");
        stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
        stream
    }

    /// Sends bytes as they are, and reads until the connection ends or is silent.
    pub fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = self.connect();
        // The server may refuse, and close, before all is written.
        stream.write_all(bytes).ok();
        Reply::read(&mut stream)
    }

    /// Sends a request and reads its answer.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes)
    }

    pub fn get(&self, path: &str, key: &str) -> Reply {
        self.send(
            "GET",
            path,
            &[("Authorization", &format!("Bearer {key}"))],
            b"",
        )
    }

    pub fn post(&self, path: &str, key: &str, body: &Value) -> Reply {
        let bearer = format!("Bearer {key}");
        let headers = [
            ("Authorization", &bearer[..]),
            ("Content-Type", "application/json"),
        ];
        let reply = self.send("POST", path, &headers, body.to_string().as_bytes());
        let_the_instant_pass();
        reply
    }

    /// Sends events with the write key.
    pub fn batch(&self, body: &[u8]) -> Reply {
        let basic = ("Authorization", "Basic d2tfdGVzdF8xMjM6");
        let reply = self.send(
            "POST",
            "/v1/batch",
            &[basic, ("Content-Type", "application/json")],
            body,
        );
        let_the_instant_pass();
        reply
    }

    /// A good event is taken, and counted.
    pub fn canary(&self, after: &str) {
        let before = self.events();
        let id = format!("canary-{before}");
        let event =
            json!({"type": "track", "event": "Canary", "userId": "canary", "messageId": id});
        let reply = self.batch(json!({"batch": [event]}).to_string().as_bytes());
        assert_eq!(reply.status, 200, "canary after {after}: {reply:?}");
        assert_eq!(self.events(), before + 1, "canary after {after} is counted");
    }

    /// Events, each once.
    pub fn events(&self) -> u64 {
        let reply = self.get("/v1/stats", ADMIN);
        let events = reply.json()["events"].as_u64();
        events.unwrap_or_else(|| panic!("no stats: {reply:?}"))
    }

    /// Events refused.
    pub fn failed(&self) -> u64 {
        let reply = self.get("/v1/failed/stats", ADMIN);
        let count = reply.json()["count"].as_u64();
        count.unwrap_or_else(|| panic!("no count: {reply:?}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopper.stop();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Reply {
    /// Reads an answer up to its length, or to the end of the connection. Status 0 is a connection
    /// that ended without an answer.
    pub fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut chunk = [0; 64 * 1024];
        loop {
            if let Some(reply) = Self::whole(&bytes) {
                return reply;
            }
            match stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(count) => bytes.extend_from_slice(&chunk[..count]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("no answer: {error}"),
            }
        }
        Self::split(&bytes)
    }

    /// The answer, if all of it is there as its own length says.
    fn whole(bytes: &[u8]) -> Option<Self> {
        let reply = Self::split(bytes);
        let length: usize = reply.header("content-length")?.parse().ok()?;
        (reply.body.len() >= length).then_some(reply)
    }

    fn split(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = match end {
            Some(end) => (&bytes[..end], bytes[end + 4..].to_vec()),
            None => (bytes, Vec::new()),
        };
        let head = String::from_utf8_lossy(head).into_owned();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Self {
            status: status.filter(|_| end.is_some()).unwrap_or(0),
            head,
            body,
        }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Whether it refuses in the one shape of refusals, and gives nothing away.
    pub fn refuses(&self, status: u16, code: &str) -> bool {
        let body = self.json();
        let has_text = |name: &str| body[name].as_str().is_some_and(|text| !text.is_empty());
        let id = self.header("x-request-id");
        self.status == status
            && body["code"] == code
            && has_text("message")
            && id.is_some()
            && body["request_id"].as_str() == id
    }
}

//! What commands ask of a server over HTTP: JSON there and back, again where the server says to wait.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

use crate::failure::Failure;

/// For a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// For a whole answer: longer than a server takes at most.
const ANSWER: Duration = Duration::from_secs(180);
/// Most bytes of an answer.
const MAX_ANSWER_BYTES: u64 = 256 * 1024 * 1024;
/// The wait where the server names none.
const WAIT: Duration = Duration::from_secs(1);
/// The longest wait that a server may ask for at once.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// How long a question is asked again while the server says that it is busy.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server, and the key that opens it.
pub struct Client {
    agent: Agent,
    url: String,
    key: Option<String>,
    patience: Duration,
}

/// What a server answered.
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Its JSON, or its text.
    pub body: Value,
}

impl Client {
    /// A client of the server at `url`, such as `http://127.0.0.1:7700`.
    ///
    /// # Errors
    /// What is no address of a server.
    pub fn new(url: &str, key: Option<String>) -> Result<Self, Failure> {
        let url = url.trim_end_matches('/').to_owned();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(Failure::usage(format!(
                "--url {url}: no address of a server; write http://127.0.0.1:7700"
            )));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A key must not follow to another place.
            .max_redirects(0)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(ANSWER))
            .user_agent(concat!("perennial/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            agent: config.new_agent(),
            url,
            key,
            patience: PATIENCE,
        })
    }

    /// The same, asking again for so long where the server is busy or cannot be reached.
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Where the server is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether what is sent can be read on the way.
    pub fn is_exposed(&self) -> bool {
        let host = self.url.strip_prefix("http://").unwrap_or("localhost");
        let own = ["127.", "localhost", "[::1]"];
        !own.iter().any(|own| host.starts_with(own))
    }

    /// The answer to a question.
    ///
    /// # Errors
    /// What the server says is wrong.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        self.good(path, self.ask(path, None)?)
    }

    /// The answer to what is sent.
    ///
    /// # Errors
    /// What the server says is wrong.
    pub fn post(&self, path: &str, body: &Value) -> Result<Value, Failure> {
        self.post_bytes(path, body.to_string().as_bytes())
    }

    /// The answer to JSON that is written already.
    ///
    /// # Errors
    /// What the server says is wrong.
    pub fn post_bytes(&self, path: &str, body: &[u8]) -> Result<Value, Failure> {
        self.good(path, self.ask(path, Some(body))?)
    }

    /// Asks until the server is no longer busy, or patience ends.
    ///
    /// # Errors
    /// A server that cannot be reached.
    pub fn ask(&self, path: &str, body: Option<&[u8]>) -> Result<Reply, Failure> {
        let end = Instant::now() + self.patience;
        loop {
            let (failure, wait) = match self.once(path, body) {
                Ok(reply) if ![429, 503, 507].contains(&reply.0.status) => return Ok(reply.0),
                Ok((reply, wait)) if Instant::now() + wait > end => return Ok(reply),
                Ok((reply, wait)) => (self.good(path, reply).err(), wait),
                Err(failure) => (Some(failure), WAIT),
            };
            match failure {
                Some(failure) if Instant::now() + wait > end => return Err(failure),
                _ => sleep(wait),
            }
        }
    }

    fn once(&self, path: &str, body: Option<&[u8]>) -> Result<(Reply, Duration), Failure> {
        let url = format!("{}{path}", self.url);
        let key = self.key.as_ref().map(|key| format!("Bearer {key}"));
        let answer = match body {
            None => {
                let request = self.agent.get(&url);
                match &key {
                    Some(key) => request.header("authorization", key).call(),
                    None => request.call(),
                }
            }
            Some(body) => {
                let request = self.agent.post(&url);
                let request = request.header("content-type", "application/json");
                match &key {
                    Some(key) => request.header("authorization", key).send(body),
                    None => request.send(body),
                }
            }
        };
        let unreachable = |error: ureq::Error| {
            Failure::failed(format!(
                "{}: {error}; is the server running, and is this its address?",
                self.url
            ))
        };
        let mut answer = answer.map_err(unreachable)?;
        let wait = wait_of(&answer);
        let status = answer.status().as_u16();
        let read = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES);
        let text = read.read_to_string().map_err(unreachable)?;
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok((Reply { status, body }, wait))
    }

    fn good(&self, path: &str, reply: Reply) -> Result<Value, Failure> {
        if (200..300).contains(&reply.status) {
            return Ok(reply.body);
        }
        let said = reply.body["message"].as_str().unwrap_or("no reason given");
        let hint = match reply.status {
            401 => "; `perennial keys list` says which keys there are",
            403 => "; it is a key of another kind",
            _ => "",
        };
        let request = reply.body["request_id"].as_str().unwrap_or("none");
        Err(Failure::failed(format!(
            "{}{path}: {} {said}{hint} (request {request})",
            self.url, reply.status
        )))
    }
}

/// How long the server asks to be left alone.
fn wait_of<T>(answer: &Response<T>) -> Duration {
    let header = answer.headers().get("retry-after");
    let seconds = header.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    seconds.map_or(WAIT, Duration::from_secs).min(MAX_WAIT)
}

/// The admin key: the one given, else that of the environment.
///
/// # Errors
/// Where there is none.
pub fn admin_key(given: Option<&str>) -> Result<String, Failure> {
    key(given, "--admin-key", "PERENNIAL_ADMIN_KEY")
}

/// The write key: the one given, else that of the environment.
///
/// # Errors
/// Where there is none.
pub fn write_key(given: Option<&str>) -> Result<String, Failure> {
    key(given, "--write-key", "PERENNIAL_WRITE_KEY")
}

fn key(given: Option<&str>, option: &str, variable: &str) -> Result<String, Failure> {
    let environment = || std::env::var(variable).ok().filter(|key| !key.is_empty());
    let key = given.map(str::to_owned).or_else(environment);
    key.ok_or_else(|| {
        Failure::usage(format!(
            "a key is needed: set {variable}, or give it with {option} (others on this machine may see that)"
        ))
    })
}

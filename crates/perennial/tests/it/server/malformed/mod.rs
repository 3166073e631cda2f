//! Requests that are broken in every way that a seed can think of: none brings the server down, none is
//! answered by 5xx, and the next good event is taken.
//!
//! `PERENNIAL_REQUESTS=1000000 cargo test -p perennial --test it -- malformed --nocapture`

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use perennial_sim::{Client, Dice, batch};

use super::site::{Site, answer, number};

mod corpus;
mod mutate;

/// Requests of a quick run.
const REQUESTS: u64 = 5_000;
/// Connections that send them.
const WORKERS: u64 = 8;
/// After so many of a connection a good event must be taken.
const CANARY_EVERY: u64 = 500;
/// Most bytes by which the server may grow while it is sent nothing that it keeps.
const MAX_GROWTH_BYTES: u64 = 50 << 20;
/// How long a server that may be waiting for more is left to it.
const WAIT: Duration = Duration::from_millis(40);
/// How long an answer to a request may take whose head is right.
const PATIENCE: Duration = Duration::from_secs(300);

#[test]
fn no_malformed_request_brings_the_server_down() {
    let seed = number("PERENNIAL_SEED", 1);
    let requests = number("PERENNIAL_REQUESTS", REQUESTS);
    println!("seed {seed}, {requests} requests");
    let mut dice = Dice(seed);
    let (site, corpus) = (Site::new(), corpus::requests());
    let address = site.setup.address();
    let mut server = site.setup.start_and_wait().expect("it starts");
    for valid in &corpus {
        let reply = server.client().send(valid).expect("answered");
        assert_eq!(reply.status, 200, "{}: {}", shown(valid), reply.text());
    }
    let before = server.used().expect("it runs");
    let begun = Instant::now();
    let statuses = std::thread::scope(|scope| {
        let send = |worker: u64| {
            let (dice, corpus) = (Dice(dice.roll()), &corpus);
            scope.spawn(move || break_in(address, worker, requests / WORKERS, dice, corpus))
        };
        let all: Vec<_> = (0..WORKERS).map(send).collect();
        let mut statuses = BTreeMap::new();
        for one in all {
            for (status, times) in one.join().expect("no request brings it down") {
                *statuses.entry(status).or_insert(0) += times;
            }
        }
        statuses
    });
    assert!(server.runs(), "it ended");
    let after = server.used().expect("it runs");
    let grown = after.memory_bytes.saturating_sub(before.memory_bytes);
    println!(
        "{requests} requests in {:.0?}; answers by status {statuses:?}; memory {} to {} MB, peak {} MB",
        begun.elapsed(),
        before.memory_bytes >> 20,
        after.memory_bytes >> 20,
        after.peak_bytes >> 20
    );
    assert!(
        grown < MAX_GROWTH_BYTES,
        "it has grown by {} MB",
        grown >> 20
    );
}

/// Sends broken requests one after another; answers how often each status came back.
fn break_in(
    address: SocketAddr,
    worker: u64,
    requests: u64,
    mut dice: Dice,
    corpus: &[Vec<u8>],
) -> BTreeMap<u16, u64> {
    let mut wire = Wire::new(address);
    let mut statuses = BTreeMap::new();
    for number in 1..=requests {
        let (bytes, is_framed) = mutate::request(&mut dice, corpus);
        let sent = || format!("worker {worker}, request {number}: {}", shown(&bytes));
        let wait = if is_framed { PATIENCE } else { WAIT };
        let mut answers = wire.send(&bytes, wait);
        if answers.is_empty() && is_framed {
            // The server may have closed the connection after the request before.
            answers = wire.send(&bytes, wait);
        }
        assert!(!is_framed || !answers.is_empty(), "no answer to {}", sent());
        for status in answers {
            *statuses.entry(status).or_insert(0) += 1;
            assert!(status < 500, "{status} {}", sent());
        }
        if number % CANARY_EVERY == 0 || number == requests {
            canary(address, &format!("canary-{worker}-{number}"));
        }
    }
    statuses
}

/// A good event is taken, and is hers whose it is.
fn canary(address: SocketAddr, name: &str) {
    let mut client = Client::new(address);
    let event =
        format!(r#"{{"type":"track","event":"Canary","userId":"{name}","messageId":"{name}"}}"#);
    let reply = client.send(&batch(&[&event], false)).expect("answered");
    assert_eq!(reply.status, 200, "{name}: {}", reply.text());
    let profile = answer(&mut client, &format!("/v1/customers/{name}"));
    assert_eq!(profile["event_count"], 1, "{profile}");
}

fn shown(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars()
        .take(2_000)
        .collect::<String>()
        .escape_debug()
        .to_string()
}

/// A connection on which anything may be sent.
struct Wire {
    address: SocketAddr,
    open: Option<TcpStream>,
}

impl Wire {
    fn new(address: SocketAddr) -> Self {
        Self {
            address,
            open: None,
        }
    }

    /// Sends bytes; answers with the statuses of whatever came back. A server that waits for more is told
    /// that there is none.
    fn send(&mut self, bytes: &[u8], wait: Duration) -> Vec<u16> {
        let mut stream = self.open.take().unwrap_or_else(|| {
            let stream = TcpStream::connect(self.address).expect("it takes connections");
            stream.set_nodelay(true).expect("a socket");
            stream
        });
        // The server may close before all is written.
        stream.write_all(bytes).ok();
        stream.set_read_timeout(Some(wait)).expect("a socket");
        let (mut got, mut buffer, mut told) = (Vec::new(), vec![0; 1 << 16], false);
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => return statuses(&got),
                Ok(count) => {
                    got.extend_from_slice(&buffer[..count]);
                    if !told && is_whole(&got) {
                        self.open = Some(stream);
                        return statuses(&got);
                    }
                }
                Err(error)
                    if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) =>
                {
                    if told {
                        return statuses(&got);
                    }
                    stream.shutdown(Shutdown::Write).ok();
                    told = true;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return statuses(&got),
            }
        }
    }
}

/// Whether what came is one whole answer after which the connection stays.
fn is_whole(got: &[u8]) -> bool {
    let Some(end) = got.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let head = String::from_utf8_lossy(&got[..end]).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1);
    let length = length.and_then(|rest| rest.split("\r\n").next()?.parse::<usize>().ok());
    let is_all = match head.contains("transfer-encoding: chunked") {
        true => got.ends_with(b"\r\n0\r\n\r\n"),
        false => length == Some(got.len() - end - 4),
    };
    is_all && !head.contains("connection: close")
}

/// The status of each answer in what came.
fn statuses(got: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(got);
    let answers = text.split("HTTP/1.1 ").skip(1);
    answers
        .filter_map(|answer| answer.get(..3)?.parse().ok())
        .collect()
}

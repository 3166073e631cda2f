//! What all tests of this crate share.

use perennial_model::Time;
use perennial_protocol::{Arrived, Call, Fault, Headers, Limits, door, read};
use serde_json::Value;

/// 2025-06-01T12:00:00Z, when every request of the tests is received.
pub const NOW: Time = Time(1_748_779_200_000);

/// Reads a request with these headers.
pub fn send_with(
    method: &str,
    target: &str,
    headers: &dyn Headers,
    body: &[u8],
    limits: &Limits,
) -> Result<Arrived, Fault> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let call = Call {
        method,
        path,
        query,
        headers,
        body,
    };
    let mut count = 0;
    let mut fresh = || {
        count += 1;
        format!("fresh-{count}")
    };
    read(door(method, path)?, &call, NOW, limits, &mut fresh)
}

/// Posts a body.
pub fn post(target: &str, body: &str) -> Result<Arrived, Fault> {
    send_with("POST", target, &[], body.as_bytes(), &Limits::default())
}

/// The line of the one event of a request, parsed.
pub fn only(arrived: Result<Arrived, Fault>) -> Value {
    let arrived = arrived.expect("the request is good");
    assert_eq!(arrived.refused, [], "nothing is refused");
    assert_eq!(arrived.events.len(), 1, "one event: {:?}", arrived.events);
    line(&arrived, 0)
}

/// The line of an event, parsed.
pub fn line(arrived: &Arrived, event: usize) -> Value {
    let line = &arrived.events[event].line;
    assert!(!line.contains(['\n', '\r']), "one line: {line}");
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

/// The code of a fault.
pub fn fault(arrived: Result<Arrived, Fault>) -> (u16, &'static str) {
    match arrived {
        Ok(arrived) => panic!("no fault: {arrived:?}"),
        Err(fault) => (fault.status, fault.code),
    }
}

//! How long a batch of Segment's takes an event, on one core: from bytes to lines.
#![allow(clippy::print_stdout, reason = "figures are what this is for")]

use std::hint::black_box;
use std::time::Instant;

use perennial_model::Time;
use perennial_protocol::{Call, Door, Limits, read};

/// Events in a batch.
const EVENTS: usize = 1_000;
/// Batches read, of which the quickest tenth counts.
const ROUNDS: usize = 2_000;

fn main() {
    for (name, event) in [
        ("track, compact", COMPACT),
        ("track, spaces as Python's", SPACED),
    ] {
        measure(name, event);
    }
}

const COMPACT: &str = r#"{"type":"track","event":"Product Viewed","userId":"u-NNNN","messageId":"8a4f2c1e-0b7d-4e55-9a41-5d00000NNNN","timestamp":"2025-05-01T10:00:00.000Z","properties":{"product_id":"sku-41","price":7.9,"currency":"EUR","category":"coffee"},"context":{"library":{"name":"analytics-node","version":"3.1.0"}}}"#;
const SPACED: &str = r#"{"integrations": {}, "anonymousId": null, "properties": {"product_id": "sku-41", "price": 7.9, "currency": "EUR"}, "timestamp": "2025-05-01T10:00:00.000+00:00", "context": {"library": {"name": "analytics-python", "version": "2.4.0"}}, "userId": "u-NNNN", "type": "track", "event": "Product Viewed", "messageId": "8a4f2c1e-0b7d-4e55-9a41-5d00000NNNN"}"#;

fn measure(name: &str, event: &str) {
    let events: Vec<String> = (0..EVENTS)
        .map(|number| event.replace("NNNN", &format!("{number:04}")))
        .collect();
    let body = format!(
        r#"{{"batch":[{}],"sentAt":"2025-06-01T11:59:59.000Z","writeKey":"k"}}"#,
        events.join(",")
    );
    let call = Call {
        method: "POST",
        path: "/v1/batch",
        query: "",
        headers: &[],
        body: body.as_bytes(),
    };
    let limits = Limits::default();
    let mut fresh = || String::from("fresh");
    let door = Door::SegmentBatch { short: false };
    let mut times_ns: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            let arrived = read(
                door,
                black_box(&call),
                Time(1_748_779_200_000),
                &limits,
                &mut fresh,
            );
            let kept = black_box(arrived).map_or(0, |arrived| arrived.events.len());
            assert_eq!(kept, EVENTS, "all are kept");
            start.elapsed().as_nanos()
        })
        .collect();
    times_ns.sort_unstable();
    let at = |share: usize| times_ns[ROUNDS * share / 100] / EVENTS as u128;
    println!(
        "{name}: {} bytes an event; {} ns an event (median {} ns)",
        body.len() / EVENTS,
        at(10),
        at(50)
    );
}

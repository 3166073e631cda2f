//! Requests of a shop, rendered beforehand, and connections that send them.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use perennial_model::Time;
use perennial_sim::{Client, Dice, batch};

pub fn now() -> Time {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let ms = since.map(|since| since.as_millis()).unwrap_or_default();
    Time(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// What a shop sends.
pub struct Traffic {
    /// The requests.
    pub requests: Vec<Vec<u8>>,
    /// Events in them, each its own.
    pub events: u64,
    /// Bytes of the events as JSON.
    pub bytes: u64,
}

/// Customers, and when they are active.
#[derive(Clone, Copy, Debug)]
pub struct Shop {
    /// How many there are.
    pub customers: usize,
    /// When the first event was.
    pub from: Time,
    /// When the last one was.
    pub to: Time,
}

/// Events of customers drawn at random, in the order of time: seven views, two carts and one order in ten.
pub fn shop(shop: Shop, seed: u64, events: u64, size: usize) -> Traffic {
    let mut dice = Dice(seed);
    let span_ms = shop.to.since(shop.from) as f64;
    let one = |number: u64| {
        let at = shop.from.ms() + (span_ms * number as f64 / events as f64) as i64;
        event(&mut dice, shop.customers, Time(at))
    };
    of((0..events).map(one), size)
}

/// Requests of so many events each.
pub fn of(events: impl Iterator<Item = String>, size: usize) -> Traffic {
    let mut traffic = Traffic {
        requests: Vec::new(),
        events: 0,
        bytes: 0,
    };
    let mut open: Vec<String> = Vec::new();
    let mut close = |open: &mut Vec<String>| {
        let texts: Vec<&str> = open.iter().map(String::as_str).collect();
        traffic.events += texts.len() as u64;
        traffic.bytes += texts.iter().map(|text| text.len() as u64).sum::<u64>();
        traffic.requests.push(batch(&texts, false));
        open.clear();
    };
    for event in events {
        open.push(event);
        if open.len() == size {
            close(&mut open);
        }
    }
    if !open.is_empty() {
        close(&mut open);
    }
    traffic
}

fn event(dice: &mut Dice, customers: usize, at: Time) -> String {
    let (product, customer, id) = (dice.below(2_000), dice.below(customers), dice.uuid());
    let what = match dice.below(10) {
        0 => format!(
            "\"event\":\"Order Completed\",\"properties\":{{\"order_id\":\"o-{}\",\"total\":{}.50,\"currency\":\"EUR\",\"products\":[{{\"product_id\":\"p{product}\",\"price\":7.9,\"quantity\":2}}]}}",
            &id[..8],
            5 + dice.below(150)
        ),
        1 | 2 => format!(
            "\"event\":\"Product Added\",\"properties\":{{\"product_id\":\"p{product}\",\"price\":7.9,\"currency\":\"EUR\",\"quantity\":1,\"cart_id\":\"c{customer}\"}}"
        ),
        _ => format!(
            "\"event\":\"Product Viewed\",\"properties\":{{\"product_id\":\"p{product}\",\"category\":\"c{}\",\"url\":\"https://shop.example/p/{product}\"}}",
            product % 16
        ),
    };
    format!(
        "{{\"type\":\"track\",{what},\"userId\":\"u{customer}\",\"context\":{{\"library\":{{\"name\":\"sim\",\"version\":\"1\"}}}},\"messageId\":\"{id}\",\"timestamp\":\"{at}\"}}"
    )
}

/// How requests are sent.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Connections.
    pub connections: usize,
    /// Requests a second over all of them; as fast as they are answered where there is none.
    pub per_second: Option<f64>,
}

/// Sends requests; answers how long each took to be acknowledged. Where there is a pace it counts from the
/// moment at which the request was due, so a server that hangs is not measured by what it let wait.
///
/// # Errors
/// What a connection says, and answers that are not yes.
pub fn send(address: SocketAddr, requests: &[Vec<u8>], pace: Pace) -> io::Result<Vec<Duration>> {
    let (next, begun) = (AtomicUsize::new(0), Instant::now());
    let connection = || {
        let mut client = Client::new(address);
        let mut took = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(bytes) = requests.get(number) else {
                return Ok(took);
            };
            let mut due = Instant::now();
            if let Some(per_second) = pace.per_second {
                due = begun + Duration::from_secs_f64(number as f64 / per_second);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
            }
            let reply = client.send(bytes)?;
            if reply.status != 200 {
                return Err(io::Error::other(reply.text()));
            }
            took.push(due.elapsed());
        }
    };
    std::thread::scope(|scope| {
        let open: Vec<_> = (0..pace.connections)
            .map(|_| scope.spawn(connection))
            .collect();
        let mut all = Vec::new();
        for one in open {
            let took = one
                .join()
                .map_err(|_| io::Error::other("a connection panicked"))?;
            all.extend(took?);
        }
        Ok(all)
    })
}

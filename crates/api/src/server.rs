//! What all requests share: the house, keys, limits, counters and the log of requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use perennial_access::{Address, Audit, Keys, Rates, Strangers};
use perennial_runtime::House;
use tokio::sync::{Semaphore, watch};

use crate::ApiError;
use crate::budget::Budget;
use crate::counters::Counters;
use crate::log::Log;
use crate::options::ServeOptions;
use crate::problem::Problem;

/// What all requests share.
pub struct Server {
    /// The data.
    pub house: Arc<House>,
    /// The keys.
    pub keys: Keys,
    /// The audit log.
    pub audit: Audit,
    /// How it is run.
    pub options: ServeOptions,
    /// Requests by key.
    pub by_key: Rates<String>,
    /// Requests by address.
    pub by_address: Rates<Address>,
    /// Wrong keys by address.
    pub strangers: Strangers,
    /// Bytes of bodies in flight.
    pub budget: Budget,
    /// Turns at work that takes a thread for a while.
    pub heavy: Semaphore,
    /// Followers of live events.
    pub followers: Arc<Semaphore>,
    /// Inquiries being answered or waiting.
    pub inquiries: Arc<Semaphore>,
    /// Counts and times of requests.
    pub counters: Counters,
    /// The log of requests.
    pub log: Log,
    stopping: watch::Receiver<bool>,
    nonce: u128,
    drawn: AtomicU64,
}

impl Server {
    /// The shared state over a house that is open.
    pub fn new(
        house: Arc<House>,
        keys: Keys,
        options: ServeOptions,
        stopping: watch::Receiver<bool>,
    ) -> Result<Self, ApiError> {
        let mut nonce = [0; 16];
        let random = getrandom::fill(&mut nonce);
        random.map_err(|error| ApiError::System(error.to_string()))?;
        Ok(Self {
            audit: Audit::of(house.folder()),
            by_key: Rates::new(options.key_rate),
            by_address: Rates::new(options.address_rate),
            strangers: Strangers::default(),
            budget: Budget::new(options.in_flight_bytes),
            heavy: Semaphore::new(2 * options.threads.max(1)),
            followers: Arc::new(Semaphore::new(options.followers)),
            inquiries: Arc::new(Semaphore::new(options.inquiries)),
            counters: Counters::default(),
            log: Log::start(options.log),
            stopping,
            nonce: u128::from_be_bytes(nonce),
            drawn: AtomicU64::new(0),
            house,
            keys,
            options,
        })
    }

    /// An id that nothing else has, not even after a restart.
    pub fn fresh_id(&self) -> String {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        format!("{:032x}-{drawn:x}", self.nonce)
    }

    /// An id of a request: short, and unique as far as logs go.
    pub fn request_id(&self) -> String {
        let drawn = self.drawn.fetch_add(1, Ordering::Relaxed);
        format!("{:08x}-{drawn:x}", (self.nonce >> 96) as u32)
    }

    /// Notes what failed inside; the caller only learns that something did.
    pub fn trouble(&self, what: &str) -> Problem {
        self.log.trouble(what);
        Problem::failed()
    }

    /// Whether it is stopping.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// What becomes true when it is to stop.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.clone()
    }
}

/// Does what may wait for a disk on a thread that may.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    match tokio::task::spawn_blocking(work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Problem::failed()),
    }
}

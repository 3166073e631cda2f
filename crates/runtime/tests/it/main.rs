//! A workspace through its doors: arrivals in, answers and tables out, across restarts and crashes.

mod clock;
mod consents;
mod erasure;
mod faults;
mod live_is_batch;
mod mended;
mod people;
mod pictures;
mod power_loss;
mod questions;
mod retention;
mod rules;
mod same_again;
mod shop;
mod world;

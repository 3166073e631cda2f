//! A workspace through its doors: arrivals in, answers and tables out, across restarts and crashes.

mod clock;
mod erasure;
mod faults;
mod live_is_batch;
mod power_loss;
mod shop;
mod world;

//! A workspace through its doors: arrivals in, answers and tables out, across restarts and crashes.

mod live_is_batch;
mod shop;
mod world;

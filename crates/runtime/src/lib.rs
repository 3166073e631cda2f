//! The loop: events into the log, the log into customers, time into moves. Where pure meets real.
//!
//! A [`House`] is one folder of data with its [`Workspace`]s. Each workspace has two threads: one
//! writes arrivals to its log and acknowledges them when they are durable (`write`), one folds the
//! log into customers and answers questions (`turn`). All else here is data that these two hold.
//!
//! What is absent: HTTP, keys and async. Callers hand in a function that is called with the outcome.

mod answer;
mod answers;
mod arrival;
mod backup;
mod census;
mod change;
mod clock;
mod error;
mod fold;
mod house;
mod place;
mod privacy;
mod question;
mod retention;
mod rulebook;
mod saving;
mod shared;
#[cfg(test)]
#[path = "../tests/it/shop.rs"]
#[expect(dead_code, reason = "the tests through the door use the rest")]
mod shop;
mod state;
mod tables;
mod threads;
mod turn;
mod workspace;
mod write;

pub use arrival::{Arrival, Failed};
pub use clock::{Clock, SetClock, SystemClock};
pub use error::{AppendError, AskError, RuntimeError};
pub use house::{DEFAULT, Forgets, House, HouseOptions};
pub use privacy::erase_again;
pub use question::{Question, Whose};
pub use workspace::{Done, Notice, Status, Workspace};

//! The loop: events into the log, the log into customers, time into moves. Where pure meets real.
//!
//! A [`House`] is one folder of data with its [`Workspace`]s. Each workspace has two threads: one
//! writes arrivals to its log and acknowledges them when they are durable (`write`), one folds the
//! log into customers and answers questions (`turn`). All else here is data that these two hold.
//!
//! What is absent: HTTP, keys and async. Callers hand in a function that is called with the outcome.

mod arrival;
mod error;
mod house;
mod question;
mod workspace;

pub use arrival::{Arrival, Failed};
pub use error::{AppendError, AskError, RuntimeError};
pub use house::{House, HouseOptions};
pub use question::{Person, Question};
pub use workspace::{Done, Notice, Status, Workspace};

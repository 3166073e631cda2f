//! The nouns of Perennial: time, values, customers, touches, standings and changes.
//!
//! This crate holds plain data and the arithmetic that belongs to it. It does not know rules,
//! files, clocks, threads or the network; every other crate speaks in these words.
//! Start with [`Touch`] (what a customer did) and [`Change`] (what the fold made of it).

mod change;
mod customer;
mod cuts;
mod duration;
mod number;
mod spelled;
mod symbol;
mod time;
mod touch;
mod value;

pub use change::{Cause, Change, Move, Refusal, Switch};
pub use customer::{PARTITIONS, customer_hash, partition_of};
pub use cuts::{Cut, Cuts};
pub use duration::{DAY_MS, Duration, DurationError, HOUR_MS, MINUTE_MS, SECOND_MS, WEEK_MS};
pub use number::{Number, NumberError};
pub use spelled::{Count, CountUnit, Spelled};
pub use symbol::{Symbol, Symbols};
pub use time::{Time, TimeError, Zone};
pub use touch::{Fact, Kind, PointId, Touch};
pub use value::Value;

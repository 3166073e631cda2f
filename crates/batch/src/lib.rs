//! The same fold over files: events in, ledger and tables out.
//!
//! Three passes. `identify` reads identifiers and gives every row its customer; `gather` reads what
//! rules need and puts every row into its customer's partition; `fold` runs the engine over each
//! partition in order. Around them: [`read`] (CSV, NDJSON, Parquet in), `tables` (Parquet out),
//! [`manifest`] (what was read, dropped and written). The way through is one screen: [`run::run`].
//! [`trails`] reads files for questions that need no rules of stages, [`orders`] logs of orders for forecasts.
//!
//! What is absent: rules are not decided here, and nothing here knows a command line.

mod aside;
mod bins;
mod block;
mod carried;
pub mod cells;
mod claims;
mod close;
mod currencies;
mod customer_ids;
mod duplicates;
mod empty;
mod error;
mod facts;
mod fold;
pub mod forecasts;
mod gather;
mod identify;
mod intern;
pub mod manifest;
mod message_ids;
pub mod one;
pub mod options;
mod order;
pub mod orders;
mod partings;
pub mod plan;
mod prepare;
pub mod read;
mod recorder;
mod rejects;
mod report;
pub mod results;
mod roster;
mod rows;
pub mod run;
mod scored;
mod scores;
mod selections;
mod sink;
mod spill;
mod spool;
pub mod tables;
pub mod told;
pub mod trails;
pub mod why;
mod words;
mod write;

pub use error::BatchError;

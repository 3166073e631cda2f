//! Stages ahead: how many customers will be in each stage, from how long they stay and where they go.
//!
//! A semi-Markov model, day by day. [`StageLedger`] is what is known: stays in stages. [`StageModel::fit`] takes
//! from it, for each stage and each number of days on its clock, the share that moves on that day and where to
//! (`rates`), and how many new customers come in a week (`arrivals`). The clock of a stage runs from entering it,
//! or from her last touch of a kind, and moves may depend on where she came from: for each stage what foretold
//! the end of history better (`choice`). [`StageModel::ahead`] follows everybody forward (`chain`): exact expected
//! numbers, and their variance in closed form: chance of moves, of arrivals, and of the estimated shares
//! (`doubt`). [`StageModel::what_if`] changes the share of one move. [`back_test`] does all of it at earlier
//! days and compares.
//!
//! Limits: moves of customers do not depend on each other; days of the week and seasons are not told apart.

mod arrivals;
mod back_test;
mod bins;
mod chain;
mod choice;
mod doubt;
mod error;
mod fan;
mod groups;
mod ledger;
mod model;
mod rates;

pub use arrivals::Arrivals;
pub use back_test::{BackTest, Origin, StageTest, back_test};
pub use choice::{Clock, StageClock};
pub use error::StagesError;
pub use fan::{Band, Effect, Fan, FanPoint};
pub use ledger::{ClockTouch, MAX_STAGES, StageLedger, StageMove};
pub use model::{Change, FACTORS, StageModel};

/// Stands for outside of the lifecycle among stages.
pub const OUTSIDE: u8 = u8::MAX;
/// Fewest customers that a forecast is made from.
pub const MIN_STAGE_CUSTOMERS: usize = 100;
/// Fewest moves between stages that a forecast is made from.
pub const MIN_STAGE_MOVES: usize = 100;
/// Fewest days of history that a forecast is made from.
pub const MIN_HISTORY_DAYS: i32 = 56;
/// Most days ahead: two years and a day.
pub const MAX_AHEAD_DAYS: i32 = 732;

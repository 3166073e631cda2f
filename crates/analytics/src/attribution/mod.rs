//! Attribution: what share of the conversions each channel is credited with.
//!
//! A journey is what touches a customer before a conversion, or without one. Journeys come out of trails
//! ([`Attribution`]) or out of a table of paths already counted ([`credit_table`]); both are shaped by
//! the same [`Crediting`]. Credits always add up to the conversions: those without any touch go to
//! [`NONE`]. Rules and Shapley split each conversion in whole parts of 2^-52, so sums are exact and
//! hang on no order; only answers are floats.

mod equations;
mod ledger;
mod markov;
mod shape;
mod share;

mod table;
mod trails;

use std::fmt;

pub use markov::{CONVERSION, MARKOV_CHANNELS_MAX, Markov, NULL, START, StepCount};
pub use shape::PathRule;
pub use table::{TABLE_PAUSE_MS, TablePath, credit_table, touches_of};
pub use trails::{Attribution, Journeys, Moving, Tally};

/// The channel of conversions that no touch led to.
pub const NONE: &str = "(none)";
/// How far back touches count unless told otherwise, in milliseconds: 30 days.
pub const LOOK_BACK_MS: i64 = 30 * perennial_model::DAY_MS;
/// The half-life of [`Model::Decay`] unless told otherwise, in milliseconds: 7 days.
pub const HALF_LIFE_MS: i64 = 7 * perennial_model::DAY_MS;
/// The weights of [`Model::Position`] unless told otherwise.
pub const POSITION_WEIGHTS: [f64; 3] = [0.4, 0.2, 0.4];

/// How journeys are shaped and credited.
#[derive(Clone, Debug)]
pub struct Crediting {
    /// Who is credited with what.
    pub model: Model,
    /// Applied to each journey in this order, before repeats are merged.
    pub rules: Vec<PathRule>,
    /// Whether a touch by the same channel as the one before is left out; of a run, the last is kept.
    pub merge_repeats: bool,
}

impl Crediting {
    /// A model with repeats merged and no rules.
    pub fn new(model: Model) -> Self {
        Self {
            model,
            rules: Vec::new(),
            merge_repeats: true,
        }
    }
}

/// Who is credited with a conversion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// The first touch.
    First,
    /// The last touch.
    Last,
    /// Every touch alike.
    Linear,
    /// Shares for the first touch, all between, and the last; rescaled where there is none between.
    /// Weights are not negative; if all that count are 0, touches share alike.
    Position([f64; 3]),
    /// Half as much for each such time between a touch and the last one of its journey.
    Decay {
        /// In milliseconds, above 0.
        half_life_ms: i64,
    },
    /// By how much less likely a conversion is without the channel: a chain of order 1, solved exactly.
    Markov {
        /// Whether journeys without conversion count; without them, effects only say who is reached.
        non_conversions: bool,
    },
    /// By what each channel adds on average over all orders of joining, where a set of channels is worth
    /// the conversions whose channels are all in it.
    ///
    /// Such a game is a sum of one game for each journey, in which its different channels share alike;
    /// so the value is exact for any number of channels, and nothing is sampled.
    Shapley,
}

/// What channels are credited with.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttributionAnswer {
    /// By conversions, falling, then by name; rules leave out channels without credit.
    pub channels: Vec<Credit>,
    /// All conversions; what channels are credited with adds up to it.
    pub conversions: u64,
    /// All value in millionths.
    pub value: i128,
    /// The chain, if the model is one.
    pub markov: Option<Markov>,
}

/// What one channel is credited with.
#[derive(Clone, Debug, PartialEq)]
pub struct Credit {
    /// The channel, or [`NONE`].
    pub channel: String,
    /// Conversions.
    pub conversions: f64,
    /// Value, in units of money.
    pub value: f64,
    /// Whole conversions and millionths of money, where the model divides none: first and last touch.
    pub whole: Option<(u64, i128)>,
    /// Share of conversions lost without the channel, from 0 to 1, if the model is a chain.
    pub removal_effect: Option<f64>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributionError {
    /// More channels than a chain is solved for: put rare ones together first.
    TooManyChannels {
        /// How many there are.
        channels: usize,
        /// How many there may be.
        most: usize,
    },
}

impl fmt::Display for AttributionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyChannels { channels, most } => write!(
                f,
                "{channels} channels, but a chain is solved for at most {most}: put rare ones together first"
            ),
        }
    }
}

impl std::error::Error for AttributionError {}

//! What there is to say of who moved from where to where.

use serde::Serialize;

/// Who moved from where to where.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Flow {
    /// The date of the left side.
    pub from: String,
    /// The date of the right side.
    pub to: String,
    /// Stages in the lifecycle's order; streams name them by place.
    pub stages: Vec<String>,
    /// Customers by where they stood on both dates.
    pub streams: Vec<Stream>,
    /// Every move between the two dates, by stages.
    pub moves: Vec<Move>,
}

/// Customers who stood in one stage on a date, and in one on another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Stream {
    /// The stage on the first date by its place; `None` for outside of the lifecycle.
    pub from: Option<usize>,
    /// The stage on the second date.
    pub to: Option<usize>,
    /// How many.
    pub customers: u64,
}

/// Moves from one stage to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Move {
    /// The stage left; `None` for outside of the lifecycle.
    pub from: Option<usize>,
    /// The stage entered.
    pub to: Option<usize>,
    /// How many moves.
    pub moves: u64,
    /// Half of them came after at most so many days in the stage left.
    pub median_days: Option<f64>,
    /// A tenth of them came after at most so many days, nine tenths after at most so many.
    pub spread_days: Option<[f64; 2]>,
}

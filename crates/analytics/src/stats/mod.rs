//! Statistics of counts that are kept small: times in bins, waiting compared, tails of exact tests.

mod bins;
mod exact;
mod waiting;

pub(crate) use bins::Bins;
pub(crate) use exact::upper_tail;
pub(crate) use waiting::Waiting;

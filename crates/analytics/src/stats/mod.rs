//! Statistics of counts that are kept small: times in bins, waiting compared, tails of exact tests.

mod bins;
mod exact;
mod waiting;

pub(crate) use bins::{Bins, bin_of};
pub(crate) use exact::{poisson_tail, upper_tail};
pub(crate) use waiting::Waiting;

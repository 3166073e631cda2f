//! How good a forecast was: what it said of each customer against what she did.
//!
//! A [`Trial`] holds both and gives the [`Figures`], the calibration by [`Decile`] and, against another
//! forecast of the same customers, the [`Difference`] of every figure with its interval.
//! [`coverage`](self::coverage()) and [`coverage_by_chance`] judge intervals; [`past_rate`] and [`two_gaps`]
//! are the forecasts that anybody can make, which a model has to beat.

mod coverage;
mod difference;
mod figures;
mod naive;
mod ranking;
mod trial;

pub use coverage::{Beyond, Coverage, coverage, coverage_by_chance};
pub use difference::{Difference, MAX_ROUNDS};
pub use figures::{Figures, Measure};
pub use naive::{past_rate, two_gaps};
pub use trial::{Decile, Trial};
pub(crate) use trial::{all_within, same_length};

//! Forecasts from all that is known of customers: purchase models and trees together.
//!
//! [`Evidence`] is what is known at the end of a day, [`Outcomes`] what came within a horizon after it. A
//! [`Stack`] learns from both where the horizon is over, and forecasts from the evidence of a later day, or of
//! customers it has not seen: purchases, the chance of one and money ([`Forecasts`]). What moved a forecast is
//! told by [`Driver`]s.
//!
//! Each head is a mixture, weighed by least squares without negative weights, of what the purchase models say,
//! for purchases of how often each bought of late, of trees that learn their errors and of trees that learn freely; all is weighed by what was said of customers
//! who had no part in it. Where the data are too few, [`Stack::enough`] says so, and the purchase model alone is
//! to be taken.

mod calibration;
mod drivers;
mod evidence;
mod features;
mod fit;
mod head;
mod weights;

pub use calibration::Calibration;
pub use drivers::{Driver, PURCHASE_MODELS};
pub use evidence::{Evidence, Expert};
pub use features::{FEATURES, Feature, features};
pub use fit::{Forecasts, MAX_LEARNED, MIN_CUSTOMERS, MIN_OF_A_KIND, Outcomes, Stack, StackParts};
pub use head::{Head, HeadParts};

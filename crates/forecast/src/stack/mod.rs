//! Forecasts from all that is known of customers: purchase models and trees together.

mod features;

pub use features::{FEATURES, Feature, features};

//! Uplift: what treatment changed on average, and whom it helps more.

mod balance;
mod bell;
mod by_value;
mod choice;
mod drivers;
mod effect;
mod experiment;
mod forest;
mod learner;
mod power;
mod qini;
mod refusal;
mod resample;
mod ridge;
mod study;

pub use balance::{Balance, Difference};
pub use bell::{beyond, normal_quantile};
pub use by_value::{Together, ValueEffect, effects_by_value};
pub use choice::Signal;
pub use drivers::{Driver, Group, Of};
pub use effect::{Arm, Asking, Effect, POWER, average_effect};
pub use experiment::{Experiment, Feature, MIN_ARM, Values};
pub use learner::{Base, Learner, Method};
pub use power::{Design, MAX_CUSTOMERS, Outcome};
pub use refusal::Refusal;
pub use resample::Estimate;
pub use study::{Decile, MIN_LEARN, Pays, Request, Study, TOPS, Targeting, Top, Withheld, study};

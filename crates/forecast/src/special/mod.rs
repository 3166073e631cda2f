//! Functions of mathematics, in logarithms, so that no customer with many purchases overflows one.
//!
//! Papers write the models with Gauss's 2F1 and Tricomi's U, whose common series cancel or diverge where data
//! lie. Here stand the positive sums and integrals that those functions abbreviate: nothing is subtracted from
//! its like, so nothing is lost. `benches/forecast/reference.py` works them out with 60 digits; a test compares.

mod decay;
mod events;
mod ever;
mod exponential;
mod gamma;
mod incomplete;
mod quadrature;
mod trials;

pub use decay::{Decay, Moments};
pub(crate) use events::AtLeast;
pub(crate) use ever::purchases_ever;
pub use exponential::exponential_integral;
pub use gamma::{digamma, ln_beta, ln_gamma, ln_rising};
pub(crate) use incomplete::beta_below_by;
pub use incomplete::{beta_below, gamma_below, gamma_quantile};
pub(crate) use quadrature::points;
pub(crate) use trials::{purchases_before_leaving, regular_before_leaving, soft_plus};

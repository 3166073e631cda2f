//! The forecasts that need no model, against which models are judged.

use crate::purchases::{Horizon, Purchases};

/// Repeat purchases so far per time, for the horizon: x / T h. Nothing for a customer of today.
pub fn past_rate(purchases: &Purchases, horizon: Horizon) -> f64 {
    if purchases.age() > 0.0 {
        f64::from(purchases.x()) / purchases.age() * horizon.span()
    } else {
        0.0
    }
}

/// The past rate as long as she is away for less than two of her mean gaps, T - t_x < 2 t_x / x; nothing
/// after that, nor for whoever has no gap yet.
pub fn two_gaps(purchases: &Purchases, horizon: Horizon) -> f64 {
    let idle = purchases.age() - purchases.t_x();
    if idle * f64::from(purchases.x()) < 2.0 * purchases.t_x() {
        past_rate(purchases, horizon)
    } else {
        0.0
    }
}

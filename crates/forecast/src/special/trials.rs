//! What customers buy who may leave after each purchase, which papers write with 2F1.

use super::events::AtLeast;
use super::gamma::ln_beta;
use super::quadrature::integrate;

/// Most terms of the sum; where more are needed, quadrature takes fewer steps.
const MAX_TERMS: f64 = 4_000.0;
/// What is left out of the sum, as a share.
const SETTLED: f64 = 1e-16;

/// The mean purchases in a time `t` of customers whose rate is gamma(`rate`, `age`) and who leave after each
/// purchase with a chance that is beta(`a`, `b`); the first of them is sure to happen if it comes in time.
///
/// It is (a + b - 1) / (a - 1) · (1 - (age / (age + t))^rate · 2F1(rate, b; a + b - 1; t / (age + t))) of
/// Fader, Hardie & Lee (2005), «Counting your customers the easy way», equation (10), but without what is
/// singular or cancels there: the sum over the purchases that would come if nobody left (negative binomial),
/// of the mean number made before leaving.
pub(crate) fn purchases_before_leaving(a: f64, b: f64, rate: f64, age: f64, t: f64) -> f64 {
    if t == 0.0 {
        return 0.0;
    }
    let per = t / age;
    let mean = rate * per;
    let terms = mean + 10.0 * (mean * (1.0 + per)).sqrt() + 40.0 * (1.0 + per);
    if terms > MAX_TERMS {
        return by_quadrature(a, b, rate, per, 1.0);
    }
    let z = t / (age + t);
    let mut ln_term = -rate * per.ln_1p();
    let (mut still, mut made, mut whole) = (1.0, 0.0, 0.0);
    for k in 1..=MAX_TERMS as u32 {
        let k = f64::from(k);
        ln_term += ((rate + k - 1.0) / k * z).ln();
        made += still;
        still *= (b + k - 1.0) / (a + b + k - 1.0);
        let term = ln_term.exp() * made;
        whole += term;
        // Terms rise until the mean, and fall by at least this ratio from here on.
        let ratio = (rate + k) / (k + 1.0) * z * (k + 1.0) / k;
        if ratio < 1.0 && term <= SETTLED * whole * (1.0 - ratio) {
            break;
        }
    }
    whole
}

/// As [`purchases_before_leaving`], of customers who buy at every `k`th event only: `phases` are the chances, up
/// to a factor, that 0, 1, ... k - 1 events came since the last purchase, and the rate of events is
/// gamma(`rate` + events, `age`) then.
///
/// An exact sum over the purchases to come. Of thousands of events, where the purchase under way matters no more, the first chance of a renewal process to stay, by quadrature: right to within a purchase of thousands.
pub(crate) fn regular_before_leaving(
    (a, b): (f64, f64),
    rate: f64,
    phases: &[f64],
    age: f64,
    t: f64,
) -> f64 {
    if t == 0.0 {
        return 0.0;
    }
    let (per, k) = (t / age, phases.len() as u32);
    let top = rate + f64::from(k);
    let mean = top * per;
    let terms = mean + 10.0 * (mean * (1.0 + per)).sqrt() + 40.0 * (1.0 + per);
    if terms > MAX_TERMS {
        return by_quadrature(a, b, rate, per, f64::from(k));
    }
    let (mut whole, mut weights) = (0.0, 0.0);
    for (phase, weight) in (0..k).zip(phases).filter(|(_, weight)| **weight > 0.0) {
        let shape = rate + f64::from(phase);
        let Some(mut come) = AtLeast::new(shape, per) else {
            return by_quadrature(a, b, rate, per, f64::from(k));
        };
        // Those under way are events that need not come any more.
        (1..k - phase).for_each(|_| {
            come.step();
        });
        let (mut mean, mut still, mut n) = (0.0, 1.0, 0.0);
        while n < terms {
            let made = still * come.step();
            mean += made;
            // Past the mean, chances fall at least as fast as these numbers of purchases rise.
            if made < SETTLED * mean && f64::from(k) * n > (shape + 1.0) * per {
                break;
            }
            (1..k).for_each(|_| {
                come.step();
            });
            still *= (b + n) / (a + b + n);
            n += 1.0;
        }
        whole += weight * mean;
        weights += weight;
    }
    whole / weights
}

/// The mean of (1 - (1 + per h)^-rate) / p over p, in y = ln (p / (1 - p)), where h = 1 - (1 - p)^(1/k).
fn by_quadrature(a: f64, b: f64, rate: f64, per: f64, k: f64) -> f64 {
    let height = |y: f64| {
        let (ln_p, ln_rest) = (-soft_plus(-y), -soft_plus(y));
        let each = if k == 1.0 {
            ln_p.exp()
        } else {
            -(ln_rest / k).exp_m1()
        };
        let came = rate * (each * per).ln_1p();
        let ln_made = if came > 1e-290 {
            (-(-came).exp_m1()).ln() - ln_p
        } else {
            (rate * per / k).ln()
        };
        a * ln_p + b * ln_rest + ln_made
    };
    let start = (a / b).ln();
    let (ln, []) = integrate(
        |y| (height(y), []),
        (f64::NEG_INFINITY, start, f64::INFINITY),
    );
    (ln - ln_beta(a, b)).exp()
}

/// ln (1 + e^y).
pub(crate) fn soft_plus(y: f64) -> f64 {
    y.max(0.0) + (-y.abs()).exp().ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_leaves_when_the_chance_is_none() {
        let found = purchases_before_leaving(1e-9, 10.0, 2.0, 10.0, 30.0);
        assert!((found - 6.0).abs() < 1e-7, "{found}");
    }

    #[test]
    fn sum_and_quadrature_agree() {
        for (a, b, rate, per) in [
            (0.8, 2.4, 3.2, 1.0),
            (1.0, 0.1, 0.3, 5.0),
            (5.0, 40.0, 200.0, 0.5),
        ] {
            let sum = purchases_before_leaving(a, b, rate, 10.0, 10.0 * per);
            let quadrature = by_quadrature(a, b, rate, per, 1.0);
            assert!((sum / quadrature - 1.0).abs() < 1e-11, "{sum} {quadrature}");
            let regular = regular_before_leaving((a, b), rate, &[1.0], 10.0, 10.0 * per);
            assert!((sum / regular - 1.0).abs() < 1e-11, "{sum} {regular}");
        }
    }

    #[test]
    fn regular_buyers_are_met_by_quadrature_where_it_takes_over() {
        let phases = [1.0, 0.5, 0.2];
        let sum = regular_before_leaving((0.8, 40.0), 900.0, &phases, 10.0, 35.0);
        let quadrature = by_quadrature(0.8, 40.0, 900.0, 3.5, 3.0);
        assert!((sum - quadrature).abs() < 1.0, "{sum} {quadrature}");
    }
}

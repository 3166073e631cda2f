//! The regularized incomplete gamma and beta functions, and the quantiles of a gamma distribution.

use super::gamma::{ln_beta, ln_gamma};

/// From here on parameters are so large that the cube root is normal to seven digits.
const NORMAL_FROM: f64 = 1e5;
/// Most steps of a series or fraction; below [`NORMAL_FROM`] they settle before.
const MAX_STEPS: u32 = 10_000;
/// A step that changes less than this ends it.
const SETTLED: f64 = 1e-16;
/// In place of a zero in a fraction's step.
const TINY: f64 = 1e-300;
/// Halvings of a search for a quantile.
const HALVINGS: u32 = 200;

/// The chance that a normal distribution lies so many standard errors above its mean, or below that.
fn normal_below(z: f64) -> f64 {
    let inner = gamma_below(0.5, 0.5 * z * z);
    if z > 0.0 {
        0.5 + 0.5 * inner
    } else {
        0.5 - 0.5 * inner
    }
}

/// The chance that a gamma distribution of this shape and rate 1 lies below `y` (Numerical Recipes 6.2; for
/// large shapes Wilson & Hilferty's cube root, Abramowitz & Stegun 26.4.17).
pub fn gamma_below(shape: f64, y: f64) -> f64 {
    if y <= 0.0 {
        return 0.0;
    }
    if shape > NORMAL_FROM {
        let ninth = 1.0 / (9.0 * shape);
        return normal_below(((y / shape).cbrt() - 1.0 + ninth) / ninth.sqrt());
    }
    let front = (shape * y.ln() - y - ln_gamma(shape)).exp();
    if y < shape + 1.0 {
        let (mut term, mut sum, mut at) = (1.0 / shape, 1.0 / shape, shape);
        for _ in 0..MAX_STEPS {
            at += 1.0;
            term *= y / at;
            sum += term;
            if term < SETTLED * sum {
                break;
            }
        }
        return (front * sum).min(1.0);
    }
    let mut b = y + 1.0 - shape;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut whole = d;
    for step in 1..=MAX_STEPS {
        let step = f64::from(step);
        let a = -step * (step - shape);
        b += 2.0;
        d = 1.0 / away(a * d + b);
        c = away(b + a / c);
        whole *= d * c;
        if (d * c - 1.0).abs() < SETTLED {
            break;
        }
    }
    (1.0 - front * whole).clamp(0.0, 1.0)
}

/// Where a gamma distribution of this shape and rate 1 has this chance below, from 0 to 1.
pub fn gamma_quantile(shape: f64, chance: f64) -> f64 {
    let (mut low, mut high) = (-760.0_f64, (shape + 1.0).ln());
    while gamma_below(shape, high.exp()) < chance && high < 700.0 {
        high += 1.0;
    }
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if gamma_below(shape, middle.exp()) < chance {
            low = middle;
        } else {
            high = middle;
        }
        if high - low < 1e-14 * high.abs() {
            break;
        }
    }
    high.exp()
}

/// The chance that a beta(`a`, `b`) distribution lies below `y`, and `rest` = 1 - `y` (Numerical Recipes 6.4;
/// where both are large, Abramowitz & Stegun 26.5.22).
pub fn beta_below(a: f64, b: f64, y: f64, rest: f64) -> f64 {
    beta_below_by((a, b), ln_beta(a, b), (y, rest))
}

/// The same, the logarithm of the beta function of `a` and `b` being known.
pub(crate) fn beta_below_by((a, b): (f64, f64), ln_beta: f64, (y, rest): (f64, f64)) -> f64 {
    if y <= 0.0 {
        return 0.0;
    }
    if rest <= 0.0 {
        return 1.0;
    }
    if a.min(b) > NORMAL_FROM {
        let (w, v) = ((b * y).cbrt(), (a * rest).cbrt());
        let above = w * (1.0 - 1.0 / (9.0 * b)) - v * (1.0 - 1.0 / (9.0 * a));
        return normal_below(3.0 * above / (w * w / b + v * v / a).sqrt());
    }
    let front = (a * y.ln() + b * rest.ln() - ln_beta).exp();
    let share = if y < (a + 1.0) / (a + b + 2.0) {
        front * fraction(a, b, y) / a
    } else {
        1.0 - front * fraction(b, a, rest) / b
    };
    share.clamp(0.0, 1.0)
}

fn fraction(a: f64, b: f64, y: f64) -> f64 {
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * y / (a + 1.0)));
    let mut whole = d;
    for step in 1..=MAX_STEPS {
        let m = f64::from(step);
        let even = m * (b - m) * y / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        whole *= d * c;
        let odd = -(a + m) * (a + b + m) * y / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        whole *= d * c;
        if (d * c - 1.0).abs() < SETTLED {
            break;
        }
    }
    whole
}

fn away(value: f64) -> f64 {
    if value.abs() < TINY { TINY } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert!((gamma_below(1.0, 2.0) - (1.0 - (-2.0_f64).exp())).abs() < 1e-14);
        assert!((beta_below(2.0, 1.0, 0.3, 0.7) - 0.09).abs() < 1e-14);
        assert!((beta_below(1.0, 2.0, 0.3, 0.7) - (1.0 - 0.49)).abs() < 1e-14);
        assert!((gamma_quantile(1.0, 0.95) + 0.05_f64.ln()).abs() < 1e-12);
    }

    #[test]
    fn the_normal_approximation_meets_the_exact() {
        for share in [0.99, 0.999, 1.0, 1.001] {
            let near = |shape: f64| gamma_below(shape, shape + (share - 1.0) * 1e5);
            assert!(
                (near(NORMAL_FROM) - near(NORMAL_FROM + 1e-3)).abs() < 1e-5,
                "{share}"
            );
            let near = |a: f64| beta_below(a, 2e5, share / 3.0, 1.0 - share / 3.0);
            assert!(
                (near(NORMAL_FROM) - near(NORMAL_FROM + 1e-3)).abs() < 1e-5,
                "{share}"
            );
        }
    }

    #[test]
    fn a_quantile_is_where_the_chance_is() {
        for shape in [1e-3, 0.5, 3.0, 77.0, 20_000.0] {
            for chance in [0.05, 0.5, 0.95] {
                let found = gamma_below(shape, gamma_quantile(shape, chance));
                assert!(
                    (found - chance).abs() < 1e-9 || shape < 0.01,
                    "{shape} {chance}: {found}"
                );
            }
        }
    }
}

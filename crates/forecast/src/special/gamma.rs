//! The logarithms of the gamma and beta functions and of rising factorials, and the digamma function.

use std::f64::consts::PI;

/// From here Stirling's series with [`STIRLING`]'s terms is exact to the last digit or two.
const SERIES_FROM: f64 = 12.0;
/// Coefficients of Stirling's series in 1/y, 1/y³, ...: B₂ₖ / (2k (2k-1)).
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];
/// Coefficients of the digamma function's series in 1/y², 1/y⁴, ...: -B₂ₖ / 2k.
const DIGAMMA: [f64; 8] = [
    -1.0 / 12.0,
    1.0 / 120.0,
    -1.0 / 252.0,
    1.0 / 240.0,
    -1.0 / 132.0,
    691.0 / 32_760.0,
    -1.0 / 12.0,
    3617.0 / 8_160.0,
];

/// ln Γ(y) for y > 0 (Abramowitz & Stegun 6.1.41 after 6.1.15); infinite at 0.
pub fn ln_gamma(y: f64) -> f64 {
    let (mut shifted, mut product) = (y, 1.0);
    while shifted < SERIES_FROM {
        product *= shifted;
        shifted += 1.0;
    }
    (shifted - 0.5) * shifted.ln() - shifted + 0.5 * (2.0 * PI).ln() + rest(shifted) - product.ln()
}

/// What Stirling's formula lacks of ln Γ(y), for y from [`SERIES_FROM`].
fn rest(y: f64) -> f64 {
    let inverse = 1.0 / y;
    inverse * horner(&STIRLING, inverse * inverse)
}

fn horner(coefficients: &[f64], at: f64) -> f64 {
    let steps = coefficients.iter().rev();
    steps.fold(0.0, |sum, coefficient| sum * at + coefficient)
}

/// ln (Γ(y + by) / Γ(y)) for y > 0 and by >= 0, exact also where both are huge and their ratio is small.
pub fn ln_rising(y: f64, by: f64) -> f64 {
    if by == 0.0 {
        return 0.0;
    }
    let (mut shifted, mut product) = (y, 1.0);
    while shifted < SERIES_FROM {
        product *= shifted / (shifted + by);
        shifted += 1.0;
    }
    let end = shifted + by;
    (shifted - 0.5) * (by / shifted).ln_1p()
        + by * (end.ln() - 1.0)
        + (rest(end) - rest(shifted))
        + product.ln()
}

/// ln B(a, b) for a, b > 0.
pub fn ln_beta(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    ln_gamma(low) - ln_rising(high, low)
}

/// ψ(y), the slope of ln Γ, for y > 0 (Abramowitz & Stegun 6.3.18 after 6.3.5).
pub fn digamma(y: f64) -> f64 {
    let (mut shifted, mut less) = (y, 0.0);
    while shifted < SERIES_FROM {
        less += 1.0 / shifted;
        shifted += 1.0;
    }
    let square = 1.0 / (shifted * shifted);
    shifted.ln() - 0.5 / shifted + square * horner(&DIGAMMA, square) - less
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factorials_and_the_half() {
        assert!((ln_gamma(5.0) - 24_f64.ln()).abs() < 1e-14);
        assert!((ln_gamma(0.5) - 0.5 * PI.ln()).abs() < 1e-14);
        assert!((ln_rising(0.25, 3.0) - (0.25_f64 * 1.25 * 2.25).ln()).abs() < 1e-14);
        assert!((ln_beta(2.0, 3.0) - (1.0_f64 / 12.0).ln()).abs() < 1e-14);
    }

    #[test]
    fn digamma_is_minus_eulers_constant_at_one() {
        assert!((digamma(1.0) + 0.577_215_664_901_532_9).abs() < 1e-14);
        assert!((digamma(20_000.5) - digamma(19_999.5) - 1.0 / 19_999.5).abs() < 1e-14);
    }

    #[test]
    fn the_largest_and_smallest_stay_finite() {
        for y in [1e-300, 1e-12, 1.0, 1e9, 1e300] {
            assert!(ln_gamma(y).is_finite(), "{y}");
            assert!(digamma(y).is_finite(), "{y}");
        }
    }
}

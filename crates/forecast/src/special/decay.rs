//! The integral behind the 2F1 of the Pareto/NBD model: customers who left between two times.

use super::quadrature::{integrate, points};

/// Up to here the series needs at most [`MAX_TERMS`] terms; beyond, quadrature.
const SERIES_TO: f64 = 0.9;
/// Most terms of the series.
const MAX_TERMS: u32 = 600;
/// A term this small beside the sum ends the series.
const SETTLED: f64 = 1e-17;
/// Below this gap of two logarithms their difference is integrated instead of subtracted.
const CLOSE: f64 = 0.01;
/// Most width, in ln (β + τ), that one panel of quadrature spans.
const PANEL: f64 = 2.0;

/// (α + τ)^-p (β + τ)^-q, as a function of time τ.
#[derive(Clone, Copy, Debug)]
pub struct Decay {
    /// The first offset, in units of time, > 0.
    pub alpha: f64,
    /// The second offset, in units of time, > 0.
    pub beta: f64,
    /// The first power, > 0.
    pub p: f64,
    /// The second power, > 0; the two add up to more than 1.
    pub q: f64,
}

/// An integral over time and its slopes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moments {
    /// Its logarithm; minus infinity over no time.
    pub ln: f64,
    /// How that changes with `p`.
    pub by_p: f64,
    /// How that changes with `q`.
    pub by_q: f64,
    /// How that changes with `alpha`.
    pub by_alpha: f64,
    /// How that changes with `beta`.
    pub by_beta: f64,
}

impl Decay {
    /// The integral from `t` >= 0 for ever.
    ///
    /// With M the greater offset, m the lesser, and u, v their powers, it is
    /// (M + t)^-u (m + t)^(1-v) / (u + v - 1) · 2F1(1, u; u + v; (M - m) / (M + t)): equation A0 of Fader &
    /// Hardie (2005), «A note on deriving the Pareto/NBD model», after Euler's transformation, which leaves
    /// positive terms that fall at least as fast as a geometric series.
    pub fn tail(&self, t: f64) -> Moments {
        let swapped = self.alpha < self.beta;
        let (big, small, u, v) = if swapped {
            (self.beta, self.alpha, self.q, self.p)
        } else {
            (self.alpha, self.beta, self.p, self.q)
        };
        let z = (big - small) / (big + t);
        if z > SERIES_TO {
            return self.quadrature((small + t).ln(), f64::INFINITY);
        }
        let series = Series::sum(u, u + v, z);
        let (far, near, n) = (big + t, small + t, u + v - 1.0);
        let by_both = series.by_lower - 1.0 / n;
        let (by_u, by_v) = (by_both + series.by_upper - far.ln(), by_both - near.ln());
        let by_big = (series.by_z * (1.0 - z) - u) / far;
        let by_small = -(v - 1.0) / near - series.by_z / far;
        let ln = series.ln - u * far.ln() - (v - 1.0) * near.ln() - n.ln();
        let [(by_alpha, by_p), (by_beta, by_q)] = if swapped {
            [(by_small, by_v), (by_big, by_u)]
        } else {
            [(by_big, by_u), (by_small, by_v)]
        };
        Moments {
            ln,
            by_p,
            by_q,
            by_alpha,
            by_beta,
        }
    }

    /// The integral from `from` to `to`, given the tails from both: their difference, or where that would
    /// cancel, quadrature.
    pub fn between(&self, from: f64, to: f64, first: &Moments, second: &Moments) -> Moments {
        let small = self.alpha.min(self.beta);
        // Also where times are apart by less than a rounding of their logarithms.
        let width = ((to - from) / (small + from)).ln_1p();
        if width <= 0.0 {
            return Moments {
                ln: f64::NEG_INFINITY,
                by_p: 0.0,
                by_q: 0.0,
                by_alpha: 0.0,
                by_beta: 0.0,
            };
        }
        let gap = first.ln - second.ln;
        if gap < CLOSE {
            return self.quadrature((small + from).ln(), width);
        }
        let left = (-gap).exp();
        let mix = |first: f64, second: f64| (first - left * second) / (1.0 - left);
        Moments {
            ln: first.ln + (-left).ln_1p(),
            by_p: mix(first.by_p, second.by_p),
            by_q: mix(first.by_q, second.by_q),
            by_alpha: mix(first.by_alpha, second.by_alpha),
            by_beta: mix(first.by_beta, second.by_beta),
        }
    }

    /// The integral over y = ln (m + τ), where m is the lesser offset, from `low` on for so far.
    fn quadrature(&self, low: f64, width: f64) -> Moments {
        let small = self.alpha.min(self.beta);
        let (more_p, more_q) = (self.alpha - small, self.beta - small);
        let bases = |y: f64| {
            let near = y.exp();
            (near + more_p, near + more_q)
        };
        let look = |y: f64| {
            let (a, b) = bases(y);
            let (ln_a, ln_b) = (a.ln(), b.ln());
            let height = y - self.p * ln_a - self.q * ln_b;
            (height, [ln_a, ln_b, 1.0 / a, 1.0 / b])
        };
        let (ln, [ln_a, ln_b, per_a, per_b]) = if width < PANEL {
            let (top, _) = look(low);
            let (mut mass, mut sums) = (0.0, [0.0; 4]);
            for (above, weight) in points(0.0, width) {
                let y = low + above;
                let (height, along) = look(y);
                let here = weight * (height - top).exp();
                mass += here;
                for (sum, value) in sums.iter_mut().zip(along) {
                    *sum += here * value;
                }
            }
            (top + mass.ln(), sums.map(|sum| sum / mass))
        } else {
            integrate(look, (low, low, low + width))
        };
        Moments {
            ln,
            by_p: -ln_a,
            by_q: -ln_b,
            by_alpha: -self.p * per_a,
            by_beta: -self.q * per_b,
        }
    }
}

/// 2F1(1, u; w; z) for w > u > 0 and 0 <= z < 1, and the slopes of its logarithm.
struct Series {
    ln: f64,
    by_upper: f64,
    by_lower: f64,
    by_z: f64,
}

impl Series {
    fn sum(u: f64, w: f64, z: f64) -> Self {
        let (mut term, mut whole) = (1.0, 1.0);
        let (mut upper, mut lower) = (0.0, 0.0);
        let (mut by_upper, mut by_lower, mut by_z) = (0.0, 0.0, 0.0);
        for k in 0..MAX_TERMS {
            let k = f64::from(k);
            term *= z * (u + k) / (w + k);
            upper += 1.0 / (u + k);
            lower -= 1.0 / (w + k);
            whole += term;
            by_upper += term * upper;
            by_lower += term * lower;
            by_z += (k + 1.0) * term;
            if term * (k + 1.0) < SETTLED * whole {
                break;
            }
        }
        // **Invariant:** at z = 0 the slope by z is that of the first term, u / w; it is divided out term by term.
        let by_z = if z > 0.0 { by_z / z } else { u / w };
        Self {
            ln: whole.ln(),
            by_upper: by_upper / whole,
            by_lower: by_lower / whole,
            by_z: by_z / whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slopes against differences of the integral itself.
    #[test]
    fn slopes_are_slopes() {
        for (alpha, beta, p, q, from, to) in [
            (10.0, 12.0, 3.0, 1.6, 4.0, 30.0),
            (12.0, 10.0, 0.5, 1.6, 0.0, 30.0),
            (500.0, 0.01, 2.0, 1.1, 0.0, 30.0),
            (0.01, 300.0, 0.3, 2.0, 0.0, 30.0),
            (10.0, 12.0, 300.0, 1.6, 29.9, 29.90001),
            (10.0, 10.0, 3.0, 1.6, 4.0, 30.0),
        ] {
            let whole = |alpha, beta, p, q| {
                let decay = Decay { alpha, beta, p, q };
                decay.between(from, to, &decay.tail(from), &decay.tail(to))
            };
            let found = whole(alpha, beta, p, q);
            let step = 1e-5;
            let pairs = [
                (
                    found.by_p,
                    whole(alpha, beta, p + step, q).ln,
                    whole(alpha, beta, p - step, q).ln,
                    1.0,
                ),
                (
                    found.by_q,
                    whole(alpha, beta, p, q + step).ln,
                    whole(alpha, beta, p, q - step).ln,
                    1.0,
                ),
                (
                    found.by_alpha,
                    whole(alpha * (1.0 + step), beta, p, q).ln,
                    whole(alpha * (1.0 - step), beta, p, q).ln,
                    alpha,
                ),
                (
                    found.by_beta,
                    whole(alpha, beta * (1.0 + step), p, q).ln,
                    whole(alpha, beta * (1.0 - step), p, q).ln,
                    beta,
                ),
            ];
            for (at, (slope, up, down, scale)) in pairs.into_iter().enumerate() {
                let difference = (up - down) / (2.0 * step * scale);
                assert!(
                    (slope - difference).abs() < 1e-5 * (1.0 + slope.abs()),
                    "{alpha} {beta} {p} {q}, slope {at}: {slope} {difference}"
                );
            }
        }
    }
}

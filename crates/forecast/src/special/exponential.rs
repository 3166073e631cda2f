//! The generalized exponential integral, by which value to come is discounted.

use super::quadrature::integrate;

/// From here the continued fraction settles in fewer than a hundred steps.
const FRACTION_FROM: f64 = 1.0;
/// Most steps of the fraction; it settles long before.
const MAX_STEPS: u32 = 500;
/// The fraction has settled when a step changes it by less than this.
const SETTLED: f64 = 1e-16;

/// e^z E_s(z) = ∫ e^(-z u) (1 + u)^(-s) du over u from 0 to ∞, for s >= 0 and z > 0.
///
/// Tricomi's U(s, s, z) is z^(1-s) times this (Abramowitz & Stegun 13.2.5); for z from 1 by the continued
/// fraction of Numerical Recipes 6.3, below by quadrature in ln (1 + u).
pub fn exponential_integral(s: f64, z: f64) -> f64 {
    if z < FRACTION_FROM {
        let height = |w: f64| -z * w.exp_m1() + (1.0 - s) * w;
        return integrate(|y| (height(y), []), (0.0, 0.0, f64::INFINITY))
            .0
            .exp();
    }
    let mut b = z + s;
    let mut c = f64::INFINITY;
    let mut d = 1.0 / b;
    let mut whole = d;
    for step in 1..=MAX_STEPS {
        let step = f64::from(step);
        let a = -step * (s - 1.0 + step);
        b += 2.0;
        d = 1.0 / (a * d + b);
        c = b + a / c;
        let change = c * d;
        whole *= change;
        if (change - 1.0).abs() < SETTLED {
            break;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_decay_it_is_the_reciprocal() {
        for z in [1e-6, 0.3, 1.0, 40.0, 1e6] {
            let found = exponential_integral(0.0, z) * z;
            assert!((found - 1.0).abs() < 1e-12, "{z}: {found}");
        }
    }

    #[test]
    fn both_ways_meet() {
        for s in [0.01, 0.6, 1.0, 2.5, 300.0] {
            let (below, above) = (
                exponential_integral(s, 1.0 - 1e-13),
                exponential_integral(s, 1.0),
            );
            assert!((below / above - 1.0).abs() < 1e-11, "{s}: {below} {above}");
        }
    }
}

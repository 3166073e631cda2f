//! What customers will ever buy who may leave after each purchase, discounted.

use super::trials::soft_plus;

/// How far below its peak a density is followed, in logarithms.
const DEPTH: f64 = 24.0;
/// The same on the side of those who hardly leave: few of them, but each may buy thousands of times what others do.
const LASTING_DEPTH: f64 = 40.0;
/// Most points of a density, on each side.
const MAX_POINTS: usize = 1_000;

/// A step in the logarithm of what is gamma of this shape, such that the trapezoidal rule errs by less than 1e-10:
/// the least of e^(-2πθ / step) cos(θ)^-shape over θ.
fn step(shape: f64) -> f64 {
    1.0 / (2.33 + 1.08 * shape.sqrt())
}

/// The present value of all purchases to come of a living customer: her rate λ of events is gamma(`shape`, `age`)
/// but for those that may be under way, fewer than k of them, j with a chance that goes with `under_way`[j] (λ
/// `age`)^j; every kth is a purchase, after which she leaves with a chance that is beta(`a`, `b`). Values fall at
/// `rate`. `None` where a density is too wide.
///
/// With q = λ / (λ + δ), the discounted mean of an event's time, j events under way, and p: the sum over n of
/// (1 - p)^(n-1) q^(kn-j) is q^(k-j) / (1 - (1 - p) q^k), taken over both densities by the trapezoidal rule.
pub(crate) fn purchases_ever(
    (a, b): (f64, f64),
    (shape, age): (f64, f64),
    under_way: &[f64],
    rate: f64,
) -> Option<f64> {
    let k = under_way.len() as u32;
    let chances = points(
        |y| -a * soft_plus(-y) - b * soft_plus(y),
        (a / b).ln(),
        step(a.min(b)),
        LASTING_DEPTH,
    )?;
    // 1 - p, and p, of each point.
    let chances: Vec<(f64, f64, f64)> = chances
        .into_iter()
        .map(|(y, weight)| ((-soft_plus(y)).exp(), (-soft_plus(-y)).exp(), weight))
        .collect();
    let ways = |events: f64, by: f64| {
        let (mut power, mut sum) = (1.0, 0.0);
        for (left, chance) in (1..=k as i32).rev().zip(under_way) {
            // q^(k-j), from j = 0 on.
            sum += chance * power * by.powi(left);
            power *= events;
        }
        sum
    };
    let density = |y: f64| {
        let events = age * y.exp();
        shape * y - events + ways(events, 1.0).ln()
    };
    let step = step(shape + f64::from(k));
    let rates = points(density, (shape / age).ln(), step, DEPTH)?;
    let (mut whole, mut weights) = (0.0, 0.0);
    for (y, weight) in rates {
        let event = y.exp();
        let (q, late) = (event / (event + rate), rate / (event + rate));
        // 1 - q^k, without loss where q is near 1.
        let lost = -(f64::from(k) * (-late).ln_1p()).exp_m1();
        let ways = ways(age * event, q) / ways(age * event, 1.0);
        let each = |(rest, p, weight): &(f64, f64, f64)| weight / (p + rest * lost);
        whole += weight * ways * chances.iter().map(each).sum::<f64>();
        weights += weight;
    }
    let all: f64 = chances.iter().map(|(.., weight)| weight).sum();
    let value = whole / weights / all;
    value.is_finite().then_some(value)
}

/// Points of a density given by its logarithm, which has one peak, from one end to the other; the lower end lies
/// `depth` below the peak.
fn points(ln: impl Fn(f64) -> f64, start: f64, step: f64, depth: f64) -> Option<Vec<(f64, f64)>> {
    let mut top = start;
    for _ in 0..MAX_POINTS {
        let (here, up, down) = (ln(top), ln(top + step), ln(top - step));
        if up > here {
            top += step;
        } else if down > here {
            top -= step;
        } else {
            break;
        }
    }
    let peak = ln(top);
    let mut found = vec![(top, 1.0)];
    for (sign, depth) in [(1.0, DEPTH), (-1.0, depth)] {
        for at in 1..=MAX_POINTS {
            let y = top + sign * step * at as f64;
            let here = ln(y) - peak;
            if here < -depth {
                break;
            }
            if at == MAX_POINTS || here.is_nan() {
                return None;
            }
            found.push((y, here.exp()));
        }
    }
    peak.is_finite().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_that_is_known_and_nobody_who_leaves_is_an_annuity() {
        // Of a rate of 2 and no leaving, 2 / δ; of a sure leaving after the first, 2 / (2 + δ).
        let value = |a, b| purchases_ever((a, b), (1e9, 5e8), &[1.0], 0.1).expect("narrow");
        assert!((value(1e5, 1e-3 * 1e5) - 2.0 / (0.1 + 2.0 / 1.001)).abs() < 1e-3);
        assert!((value(1.0, 1e7) / 20.0 - 1.0).abs() < 1e-4);
    }
}

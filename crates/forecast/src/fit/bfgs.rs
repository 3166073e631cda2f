//! The search for a maximum: BFGS (Nocedal & Wright, chapter 6) on logarithms, then Newton's steps.
//!
//! With at most four parameters the whole inverse curvature is kept; limited memory would save nothing.

use super::End;
use super::matrix::{dot, inverse, times};

/// How far a logarithm may go from that of the scale: beyond, the likelihood tells nothing of the parameter.
const REACH: f64 = 14.0;
/// How far it is at least when a flat likelihood means that it has no hold.
const FAR: f64 = 5.0;
/// Most steps of BFGS from the best start, and from each start before the best is known.
const MAX_STEPS: u32 = 200;
const TRIAL_STEPS: u32 = 6;
/// Most Newton steps after it.
const MAX_NEWTON_STEPS: u32 = 8;
/// Slopes per customer that count as none, for BFGS and for the end.
const LEVEL: f64 = 1e-6;
const LEVEL_AT_END: f64 = 1e-8;
/// Most change of a logarithm in one step.
const MAX_CHANGE: f64 = 1.5;
/// Most halvings of a step.
const MAX_HALVINGS: u32 = 40;
/// The share of the expected rise that a step has to bring (Armijo).
const RISE: f64 = 1e-4;
/// Half the distance of the differences of slopes that make the curvature.
const DIFFERENCE: f64 = 1e-4;

/// Where the search ended. Values are per customer.
pub(super) struct Maximum<const N: usize> {
    /// Logarithms of the parameters.
    pub at: [f64; N],
    /// Those that were held at an end.
    pub held: [Option<End>; N],
    /// Whether it is a maximum in all others.
    pub settled: bool,
    /// The steepest slope of the others.
    pub slope: f64,
    /// The diagonal of the inverse curvature.
    pub variances: [Option<f64>; N],
}

struct Point<const N: usize> {
    at: [f64; N],
    value: f64,
    slopes: [f64; N],
}

impl<const N: usize> Point<N> {
    /// Which logarithms are at an end, with a slope that leads beyond or none.
    fn held(&self) -> [Option<End>; N] {
        let mut held = [None; N];
        for (held, (at, slope)) in held.iter_mut().zip(self.at.iter().zip(self.slopes)) {
            if *at >= REACH && slope >= 0.0 {
                *held = Some(End::Infinity);
            } else if *at <= -REACH && slope <= 0.0 {
                *held = Some(End::Zero);
            }
        }
        held
    }

    /// The slopes of what is not held.
    fn free(&self) -> [f64; N] {
        let mut slopes = self.slopes;
        for (slope, held) in slopes.iter_mut().zip(self.held()) {
            if held.is_some() {
                *slope = 0.0;
            }
        }
        slopes
    }
}

fn steepest<const N: usize>(slopes: &[f64; N]) -> f64 {
    slopes.iter().fold(0.0, |most, slope| most.max(slope.abs()))
}

/// Searches from all starts a little, and from the best of them to the end.
pub(super) fn maximize<const N: usize>(
    starts: &[[f64; N]],
    mut value: impl FnMut(&[f64; N]) -> (f64, [f64; N]),
) -> Maximum<N> {
    let mut look = |at: &[f64; N]| {
        let at = at.map(|at| at.clamp(-REACH, REACH));
        let (value, slopes) = value(&at);
        let sound = value.is_finite() && slopes.iter().all(|slope| slope.is_finite());
        Point {
            at,
            value: if sound { value } else { f64::NEG_INFINITY },
            slopes: if sound { slopes } else { [0.0; N] },
        }
    };
    let mut best = Point {
        at: [0.0; N],
        value: f64::NEG_INFINITY,
        slopes: [0.0; N],
    };
    for start in starts {
        let point = climb(look(start), TRIAL_STEPS, &mut look);
        if point.value > best.value {
            best = point;
        }
    }
    let best = climb(best, MAX_STEPS, &mut look);
    polish(best, &mut look)
}

/// BFGS upwards, for so many steps.
fn climb<const N: usize>(
    mut here: Point<N>,
    steps: u32,
    look: &mut impl FnMut(&[f64; N]) -> Point<N>,
) -> Point<N> {
    let mut fresh = true;
    let mut spread = unit::<N>();
    for _ in 0..steps {
        let slopes = here.free();
        if steepest(&slopes) < LEVEL {
            break;
        }
        let mut step = times(&spread, &slopes);
        for (step, held) in step.iter_mut().zip(here.held()) {
            if held.is_some() {
                *step = 0.0;
            }
        }
        if dot(&step, &slopes) <= 0.0 {
            (step, spread, fresh) = (slopes, unit(), true);
        }
        let Some(next) = along(&here, &step, &slopes, look) else {
            if fresh {
                break;
            }
            (spread, fresh) = (unit(), true);
            continue;
        };
        if next.held() != here.held() {
            (spread, fresh) = (unit(), true);
        } else {
            fresh = !learn(&mut spread, &here, &next, fresh) && fresh;
        }
        here = next;
    }
    here
}

fn unit<const N: usize>() -> [[f64; N]; N] {
    let mut unit = [[0.0; N]; N];
    for (at, row) in unit.iter_mut().enumerate() {
        row[at] = 1.0;
    }
    unit
}

/// The first point along a step, halved again and again, that rises enough; `None` = none does.
fn along<const N: usize>(
    here: &Point<N>,
    step: &[f64; N],
    slopes: &[f64; N],
    look: &mut impl FnMut(&[f64; N]) -> Point<N>,
) -> Option<Point<N>> {
    let mut share = (MAX_CHANGE / steepest(step)).min(1.0);
    for _ in 0..MAX_HALVINGS {
        let mut at = here.at;
        for (at, step) in at.iter_mut().zip(step) {
            *at += share * step;
        }
        let next = look(&at);
        if next.value > here.value && next.value >= here.value + RISE * share * dot(step, slopes) {
            return Some(next);
        }
        share *= 0.5;
    }
    None
}

/// Updates the inverse curvature by a step; says whether it could.
fn learn<const N: usize>(
    spread: &mut [[f64; N]; N],
    here: &Point<N>,
    next: &Point<N>,
    fresh: bool,
) -> bool {
    let (mut moved, mut bent) = ([0.0; N], [0.0; N]);
    for at in 0..N {
        moved[at] = next.at[at] - here.at[at];
        bent[at] = here.slopes[at] - next.slopes[at];
    }
    let product = dot(&moved, &bent);
    if product <= 1e-10 * (dot(&moved, &moved) * dot(&bent, &bent)).sqrt() {
        return false;
    }
    if fresh {
        let size = product / dot(&bent, &bent);
        for (at, row) in spread.iter_mut().enumerate() {
            row[at] = size;
        }
    }
    let turned = times(spread, &bent);
    let grown = (1.0 + dot(&bent, &turned) / product) / product;
    for i in 0..N {
        for j in 0..N {
            spread[i][j] += grown * moved[i] * moved[j]
                - (turned[i] * moved[j] + moved[i] * turned[j]) / product;
        }
    }
    true
}

/// Newton's steps to the very top, and the curvature there.
fn polish<const N: usize>(
    mut here: Point<N>,
    look: &mut impl FnMut(&[f64; N]) -> Point<N>,
) -> Maximum<N> {
    let mut spread = None;
    for _ in 0..MAX_NEWTON_STEPS {
        let slopes = here.free();
        let keep = here.held().map(|end| end.is_none());
        spread = inverse(&curvature(&here, look), keep);
        let Some(spread) = &spread else { break };
        if steepest(&slopes) < LEVEL_AT_END {
            break;
        }
        let step = times(spread, &slopes);
        let share = (MAX_CHANGE / steepest(&step)).min(1.0);
        let mut at = here.at;
        for (at, step) in at.iter_mut().zip(step) {
            *at += share * step;
        }
        let next = look(&at);
        // At the top values differ by less than their rounding: there the slopes say which is higher.
        let level = (next.value - here.value).abs() <= 1e-12 * here.value.abs();
        let flatter = steepest(&next.free()) < steepest(&slopes);
        if !(next.value > here.value || level && flatter) {
            break;
        }
        here = next;
    }
    let mut held = here.held();
    let slope = steepest(&here.free());
    let settled = slope < LEVEL && spread.is_some();
    for (held, at) in held.iter_mut().zip(here.at) {
        if !settled && held.is_none() && at.abs() > FAR {
            *held = Some(if at > 0.0 { End::Infinity } else { End::Zero });
        }
    }
    let mut variances = [None; N];
    if let Some(spread) = &spread {
        for (at, variance) in variances.iter_mut().enumerate() {
            *variance = held[at].is_none().then(|| spread[at][at]);
        }
    }
    Maximum {
        at: here.at,
        held,
        settled,
        slope,
        variances,
    }
}

/// How the slopes fall, by differences of slopes.
fn curvature<const N: usize>(
    here: &Point<N>,
    look: &mut impl FnMut(&[f64; N]) -> Point<N>,
) -> [[f64; N]; N] {
    let mut whole = [[0.0; N]; N];
    for (at, row) in whole.iter_mut().enumerate() {
        let mut ends = [here.at, here.at];
        ends[0][at] += DIFFERENCE;
        ends[1][at] -= DIFFERENCE;
        let [up, down] = [look(&ends[0]), look(&ends[1])];
        let apart = up.at[at] - down.at[at];
        for (bend, (down, up)) in row.iter_mut().zip(down.slopes.iter().zip(up.slopes)) {
            *bend = (down - up) / apart;
        }
    }
    let mut symmetric = whole;
    for i in 0..N {
        for j in 0..N {
            symmetric[i][j] = 0.5 * (whole[i][j] + whole[j][i]);
        }
    }
    symmetric
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_valley_is_climbed() {
        let found = maximize(&[[-1.2, 1.0]], |at| {
            let [x, y] = *at;
            let value = -(100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2));
            let slopes = [
                400.0 * x * (y - x * x) + 2.0 * (1.0 - x),
                -200.0 * (y - x * x),
            ];
            (value, slopes)
        });
        assert!(found.settled);
        assert!((found.at[0] - 1.0).abs() < 1e-8 && (found.at[1] - 1.0).abs() < 1e-8);
        assert!((found.variances[0].expect("inside") - 0.5).abs() < 1e-4);
    }

    #[test]
    fn what_rises_for_ever_is_held_at_its_end() {
        let found = maximize(&[[0.0, 0.0]], |at| {
            let [x, y] = *at;
            (-(-x).exp() - y * y, [(-x).exp(), -2.0 * y])
        });
        assert!(found.held == [Some(End::Infinity), None] || !found.settled);
    }
}

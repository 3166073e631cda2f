//! The search for a maximum: BFGS (Nocedal & Wright, chapter 6) on logarithms, then Newton's steps.
//!
//! With so few parameters the whole inverse curvature is kept; limited memory would save nothing.

use super::End;
use super::matrix::{Matrix, dot, inverse, square, times};

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
pub(super) struct Maximum {
    /// Logarithms of the parameters.
    pub at: Vec<f64>,
    /// Those that were held at an end.
    pub held: Vec<Option<End>>,
    /// Whether it is a maximum in all others.
    pub settled: bool,
    /// The steepest slope of the others.
    pub slope: f64,
    /// The inverse curvature, 0 where something was held; `None` if there is none.
    pub spread: Option<Matrix>,
}

struct Point {
    at: Vec<f64>,
    value: f64,
    slopes: Vec<f64>,
}

impl Point {
    /// Which logarithms are at an end, with a slope that leads beyond or none.
    fn held(&self) -> Vec<Option<End>> {
        let one = |(at, slope): (&f64, &f64)| {
            if *at >= REACH && *slope >= 0.0 {
                Some(End::Infinity)
            } else if *at <= -REACH && *slope <= 0.0 {
                Some(End::Zero)
            } else {
                None
            }
        };
        self.at.iter().zip(&self.slopes).map(one).collect()
    }

    /// The slopes of what is not held.
    fn free(&self) -> Vec<f64> {
        let mut slopes = self.slopes.clone();
        for (slope, held) in slopes.iter_mut().zip(self.held()) {
            if held.is_some() {
                *slope = 0.0;
            }
        }
        slopes
    }
}

fn steepest(slopes: &[f64]) -> f64 {
    slopes.iter().fold(0.0, |most, slope| most.max(slope.abs()))
}

/// Searches from all starts a little, and from the best of them to the end.
pub(super) fn maximize(
    starts: &[Vec<f64>],
    mut value: impl FnMut(&[f64]) -> (f64, Vec<f64>),
) -> Maximum {
    let size = starts.first().map_or(0, Vec::len);
    let mut look = |at: &[f64]| {
        let at: Vec<f64> = at.iter().map(|at| at.clamp(-REACH, REACH)).collect();
        let (value, slopes) = value(&at);
        let sound = value.is_finite() && slopes.iter().all(|slope| slope.is_finite());
        Point {
            at,
            value: if sound { value } else { f64::NEG_INFINITY },
            slopes: if sound { slopes } else { vec![0.0; size] },
        }
    };
    let mut best = Point {
        at: vec![0.0; size],
        value: f64::NEG_INFINITY,
        slopes: vec![0.0; size],
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
fn climb(mut here: Point, steps: u32, look: &mut impl FnMut(&[f64]) -> Point) -> Point {
    let size = here.at.len();
    let mut fresh = true;
    let mut spread = unit(size);
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
            (step, spread, fresh) = (slopes.clone(), unit(size), true);
        }
        let Some(next) = along(&here, &step, &slopes, look) else {
            if fresh {
                break;
            }
            (spread, fresh) = (unit(size), true);
            continue;
        };
        if next.held() != here.held() {
            (spread, fresh) = (unit(size), true);
        } else {
            fresh = !learn(&mut spread, &here, &next, fresh) && fresh;
        }
        here = next;
    }
    here
}

fn unit(size: usize) -> Matrix {
    let mut unit = square(size);
    for (at, row) in unit.iter_mut().enumerate() {
        row[at] = 1.0;
    }
    unit
}

/// The first point along a step, halved again and again, that rises enough; `None` = none does.
fn along(
    here: &Point,
    step: &[f64],
    slopes: &[f64],
    look: &mut impl FnMut(&[f64]) -> Point,
) -> Option<Point> {
    let mut share = (MAX_CHANGE / steepest(step)).min(1.0);
    for _ in 0..MAX_HALVINGS {
        let mut at = here.at.clone();
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
fn learn(spread: &mut Matrix, here: &Point, next: &Point, fresh: bool) -> bool {
    let less = |a: &[f64], b: &[f64]| -> Vec<f64> { a.iter().zip(b).map(|(a, b)| a - b).collect() };
    let (moved, bent) = (less(&next.at, &here.at), less(&here.slopes, &next.slopes));
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
    for i in 0..moved.len() {
        for j in 0..moved.len() {
            spread[i][j] += grown * moved[i] * moved[j]
                - (turned[i] * moved[j] + moved[i] * turned[j]) / product;
        }
    }
    true
}

/// Newton's steps to the very top, and the curvature there.
fn polish(mut here: Point, look: &mut impl FnMut(&[f64]) -> Point) -> Maximum {
    let mut spread = None;
    for _ in 0..MAX_NEWTON_STEPS {
        let slopes = here.free();
        let keep: Vec<bool> = here.held().iter().map(Option::is_none).collect();
        spread = inverse(&curvature(&here, look), &keep);
        let Some(spread) = &spread else { break };
        if steepest(&slopes) < LEVEL_AT_END {
            break;
        }
        let step = times(spread, &slopes);
        let share = (MAX_CHANGE / steepest(&step)).min(1.0);
        let mut at = here.at.clone();
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
    for (held, at) in held.iter_mut().zip(&here.at) {
        if !settled && held.is_none() && at.abs() > FAR {
            *held = Some(if *at > 0.0 { End::Infinity } else { End::Zero });
        }
    }
    if let Some(spread) = &mut spread {
        for i in 0..held.len() {
            for j in 0..held.len() {
                if held[i].or(held[j]).is_some() {
                    spread[i][j] = 0.0;
                }
            }
        }
    }
    Maximum {
        at: here.at,
        held,
        settled,
        slope,
        spread,
    }
}

/// How the slopes fall, by differences of slopes.
fn curvature(here: &Point, look: &mut impl FnMut(&[f64]) -> Point) -> Matrix {
    let size = here.at.len();
    let mut whole = square(size);
    for (at, row) in whole.iter_mut().enumerate() {
        let mut ends = [here.at.clone(), here.at.clone()];
        ends[0][at] += DIFFERENCE;
        ends[1][at] -= DIFFERENCE;
        let [up, down] = [look(&ends[0]), look(&ends[1])];
        let apart = up.at[at] - down.at[at];
        for (bend, (down, up)) in row.iter_mut().zip(down.slopes.iter().zip(&up.slopes)) {
            *bend = (down - up) / apart;
        }
    }
    let mut symmetric = whole.clone();
    for i in 0..size {
        for j in 0..size {
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
        let found = maximize(&[vec![-1.2, 1.0]], |at| {
            let (x, y) = (at[0], at[1]);
            let value = -(100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2));
            let slopes = vec![
                400.0 * x * (y - x * x) + 2.0 * (1.0 - x),
                -200.0 * (y - x * x),
            ];
            (value, slopes)
        });
        assert!(found.settled);
        assert!((found.at[0] - 1.0).abs() < 1e-8 && (found.at[1] - 1.0).abs() < 1e-8);
        assert!((found.spread.expect("curved")[0][0] - 0.5).abs() < 1e-4);
    }

    #[test]
    fn what_rises_for_ever_is_held_at_its_end() {
        let found = maximize(&[vec![0.0, 0.0]], |at| {
            let (x, y) = (at[0], at[1]);
            (-(-x).exp() - y * y, vec![(-x).exp(), -2.0 * y])
        });
        assert!(found.held == [Some(End::Infinity), None] || !found.settled);
    }
}

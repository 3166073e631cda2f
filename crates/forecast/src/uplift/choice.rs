//! Which learner tells best whom treatment helps more, and by how much its scores are to be held back.
//!
//! What is left of the outcome after its forecast is explained by what is left of the treatment, once alone (the
//! average effect) and once times the score less its mean: the best linear predictor of Chernozhukov, Demirer,
//! Duflo & Fernández-Val (2025). Its second slope is 1 where scores are right, and 0 where they are noise.

use super::bell::beyond;
use super::learner::{FOLDS, Ground, Method};

/// What a learner's scores are worth, as held against customers that they were not learned of.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Signal {
    /// How much uplift really rises where scores rise by 1.
    pub slope: f64,
    /// The slope's standard error.
    pub error: f64,
    /// The chance that scores without any truth would look so good, or so bad.
    pub p_value: f64,
}

/// A method's scores with what they are worth.
pub(super) struct Candidate {
    pub method: Method,
    pub scores: Vec<f64>,
    /// The sums of each part.
    parts: [Sums; FOLDS],
}

/// The chosen scores.
pub(super) struct Choice {
    /// The method that is best over all parts.
    pub method: Method,
    /// What its scores are worth over all parts.
    pub signal: Signal,
    /// Each customer's uplift in units of the outcome, held back by the slope that the other parts show.
    pub uplift: Vec<f64>,
    /// The same not held back, less the mean of her part: what puts customers in order.
    pub order: Vec<f64>,
}

/// Least squares of two columns with heteroscedastic errors, as sums that add up over parts. `h` stands for the
/// column of treatment, `s` for the one times the score, `y` for what is left of the outcome.
#[derive(Clone, Copy, Default)]
struct Sums {
    hh: f64,
    hs: f64,
    ss: f64,
    hy: f64,
    sy: f64,
    /// Of squares of `y` with two of `h` and `s` each, and so on, for the error of the slope.
    rows: f64,
    yy_hh: f64,
    yy_hs: f64,
    yy_ss: f64,
}

impl Candidate {
    /// `expected`: forecasts of outcomes, made without the customers themselves.
    pub fn new(ground: &Ground<'_>, method: Method, expected: &[f64]) -> Self {
        let mut scores = ground.scores(method);
        let mut parts = [Sums::default(); FOLDS];
        for (fold, sums) in parts.iter_mut().enumerate() {
            let (_, rows) = ground.parts(fold);
            let mean = rows.iter().map(|row| scores[*row]).sum::<f64>() / rows.len().max(1) as f64;
            // What treatment leaves on average is taken off first, so that errors are those of no difference.
            let average = average(ground, &rows, expected);
            for row in &rows {
                scores[*row] -= mean;
                let (h, y) = (
                    ground.left(*row),
                    ground.experiment.outcome[*row] - expected[*row],
                );
                sums.add(h, h * scores[*row], y, y - average * h);
            }
        }
        Self {
            method,
            scores,
            parts,
        }
    }

    /// What the scores are worth in all parts but one.
    pub fn signal(&self, without: Option<usize>) -> Signal {
        let mut all = Sums::default();
        for (fold, sums) in self.parts.iter().enumerate() {
            if Some(fold) != without {
                all.join(sums);
            }
        }
        all.signal()
    }
}

fn average(ground: &Ground<'_>, rows: &[usize], expected: &[f64]) -> f64 {
    let (mut above, mut below) = (0.0, 0.0);
    for row in rows {
        let h = ground.left(*row);
        above += h * (ground.experiment.outcome[*row] - expected[*row]);
        below += h * h;
    }
    if below > 0.0 { above / below } else { 0.0 }
}

impl Sums {
    fn add(&mut self, h: f64, s: f64, y: f64, rest: f64) {
        self.rows += 1.0;
        self.hh += h * h;
        self.hs += h * s;
        self.ss += s * s;
        self.hy += h * y;
        self.sy += s * y;
        let square = rest * rest;
        self.yy_hh += square * h * h;
        self.yy_hs += square * h * s;
        self.yy_ss += square * s * s;
    }

    fn join(&mut self, other: &Self) {
        self.rows += other.rows;
        self.hh += other.hh;
        self.hs += other.hs;
        self.ss += other.ss;
        self.hy += other.hy;
        self.sy += other.sy;
        self.yy_hh += other.yy_hh;
        self.yy_hs += other.yy_hs;
        self.yy_ss += other.yy_ss;
    }

    /// The slope of `s`, with the rest of `s` after `h` in its place.
    fn signal(&self) -> Signal {
        let nothing = Signal {
            p_value: 1.0,
            ..Signal::default()
        };
        if self.hh <= 0.0 || self.ss <= 0.0 {
            return nothing;
        }
        let part = self.hs / self.hh;
        let spread = self.ss - part * self.hs;
        // Scores that differ by rounding only say nothing.
        if spread <= 1e-12 * self.ss {
            return nothing;
        }
        let slope = (self.sy - part * self.hy) / spread;
        let square = self.yy_ss - 2.0 * part * self.yy_hs + part * part * self.yy_hh;
        let error = square.max(0.0).sqrt() / spread;
        match slope.is_finite() && error > 0.0 && error.is_finite() {
            true => Signal {
                slope,
                error,
                p_value: beyond(slope / error, self.rows - 2.0),
            },
            false => nothing,
        }
    }
}

impl Signal {
    /// Standard errors that the slope lies above 0.
    fn strength(&self) -> f64 {
        if self.error > 0.0 {
            self.slope / self.error
        } else {
            0.0
        }
    }
}

/// For each part the method whose scores are worth most in the others, so that no customer's own outcome has a say
/// in her score.
pub(super) fn choose(
    ground: &Ground<'_>,
    candidates: &[Candidate],
    expected: &[f64],
) -> Option<Choice> {
    let best = |without: Option<usize>| {
        let strength = |one: &&Candidate| one.signal(without).strength();
        candidates
            .iter()
            .max_by(|a, b| strength(a).total_cmp(&strength(b)))
    };
    let customers = ground.fold.len();
    let (mut uplift, mut order) = (vec![0.0; customers], vec![0.0; customers]);
    for fold in 0..FOLDS {
        let (others, own) = ground.parts(fold);
        let chosen = best(Some(fold))?;
        let slope = chosen.signal(Some(fold)).slope.clamp(0.0, 1.0);
        let average = average(ground, &others, expected);
        for row in own {
            uplift[row] = average + slope * chosen.scores[row];
            order[row] = chosen.scores[row];
        }
    }
    let all = best(None)?;
    Some(Choice {
        method: all.method,
        signal: all.signal(None),
        uplift,
        order,
    })
}

/// Each customer's place in the order of her part, from 0 (last) to 1 (first); those tied share a place. Parts are
/// learned apart, so that scores are compared within them only: put together as they are, parts whose average is
/// high by luck would go first, and be those whose own customers fared worse.
pub(super) fn ranks(order: &[f64], fold: &[usize]) -> Vec<f64> {
    let mut ranks = vec![0.0; order.len()];
    let folds = fold.iter().max().map_or(0, |last| last + 1);
    for part in 0..folds {
        let mut rows: Vec<usize> = (0..order.len()).filter(|row| fold[*row] == part).collect();
        rows.sort_by(|a, b| order[*a].total_cmp(&order[*b]));
        let count = rows.len() as f64;
        let mut from = 0;
        while from < rows.len() {
            let tied = |place: &usize| order[rows[*place]] == order[rows[from]];
            let to = (from..rows.len()).take_while(tied).count() + from;
            let middle = 0.5 * (from + to) as f64;
            for row in &rows[from..to] {
                ranks[*row] = middle / count;
            }
            from = to;
        }
    }
    ranks
}

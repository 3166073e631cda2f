//! Learners of uplift: who is helped more, told for each customer by what others' experience teaches.
//!
//! The T-learner takes the difference of two forecasts of the outcome, one learned of the treated and one of the
//! control. The R-learner (Nie & Wager 2021) learns what is left of the outcome after its forecast, by what is left
//! of the treatment after its chance. Every customer is scored by learners that have not seen her.

use super::experiment::Experiment;
use super::forest::Forest;
use super::ridge::Columns;
use crate::random::Random;

/// Parts that customers are put into: each is scored by what the others teach.
pub(super) const FOLDS: usize = 5;
/// How much wider figures of scores spread than they would if the parts had been learned of apart: parts that teach
/// each other share their luck. Where scores are noise it is 1.25 to 1.3 (the example `uplift_null`), and at most
/// the root of 2; where they are right it is 1, so that intervals are rather too wide than too narrow.
pub(super) const OVERLAP: f64 = 1.3;
/// Parts within them, to forecast outcomes for the R-learner by customers other than those forecast.
const INNER_FOLDS: usize = 3;

/// How uplift is learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learner {
    /// Two forecasts of the outcome, one for each arm.
    T,
    /// One forecast of what treatment adds.
    R,
}

/// What forecasts are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// A line through the features, held back by a penalty.
    Ridge,
    /// Gradient-boosted trees, which stop when customers kept aside gain no more.
    Trees,
}

/// A learner and what it is made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// The learner.
    pub learner: Learner,
    /// What its forecasts are made with.
    pub base: Base,
}

/// All bases.
pub(super) const BASES: [Base; 2] = [Base::Ridge, Base::Trees];

/// An experiment made ready to learn from.
pub(super) struct Ground<'a> {
    pub experiment: &'a Experiment,
    /// Each customer's chance of treatment.
    pub chances: Vec<f64>,
    /// The part that each customer is in.
    pub fold: Vec<usize>,
    line: Columns,
    forest: Forest,
    seed: u64,
}

impl<'a> Ground<'a> {
    pub fn new(experiment: &'a Experiment, seed: u64) -> Self {
        Self {
            experiment,
            chances: experiment.chances(),
            fold: folds(&experiment.treated, seed),
            line: Columns::new(&experiment.features),
            forest: Forest::new(&experiment.features, seed),
            seed,
        }
    }

    /// The rows outside of a part, and those in it.
    pub fn parts(&self, fold: usize) -> (Vec<usize>, Vec<usize>) {
        (0..self.fold.len()).partition(|row| self.fold[*row] != fold)
    }

    /// Learns a target of some rows and forecasts it for others.
    pub fn forecast(
        &self,
        base: Base,
        rows: &[usize],
        target: &[f64],
        weight: &[f64],
        at: &[usize],
    ) -> Vec<f64> {
        match base {
            Base::Ridge => self.line.fit(rows, target, weight, at),
            Base::Trees => self.forest.fit(rows, target, weight, at),
        }
    }

    /// Forecasts of something that every row has, each made by the other parts: the mean of all bases.
    pub fn out_of_fold(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let mut forecasts = vec![0.0; self.fold.len()];
        for fold in 0..FOLDS {
            let (rows, at) = self.parts(fold);
            let target: Vec<f64> = rows.iter().map(|row| of(*row)).collect();
            let weight = vec![1.0; rows.len()];
            for base in BASES {
                let found = self.forecast(base, &rows, &target, &weight, &at);
                for (row, found) in at.iter().zip(found) {
                    forecasts[*row] += found / BASES.len() as f64;
                }
            }
        }
        forecasts
    }

    /// Each customer's uplift in units of the outcome, by a method that has not seen her part.
    pub fn scores(&self, method: Method) -> Vec<f64> {
        let mut scores = vec![0.0; self.fold.len()];
        for fold in 0..FOLDS {
            let (rows, at) = self.parts(fold);
            let found = match method.learner {
                Learner::T => self.two(method.base, &rows, &at),
                Learner::R => self.rest(method.base, &rows, &at, fold),
            };
            for (row, score) in at.iter().zip(found) {
                scores[*row] = score;
            }
        }
        scores
    }

    fn two(&self, base: Base, rows: &[usize], at: &[usize]) -> Vec<f64> {
        let arm = |arm: bool| {
            let is_of = |row: &usize| self.experiment.treated[*row] == arm;
            let rows: Vec<usize> = rows.iter().copied().filter(is_of).collect();
            let target = self.outcomes(&rows);
            self.forecast(base, &rows, &target, &vec![1.0; rows.len()], at)
        };
        let (treated, control) = (arm(true), arm(false));
        treated.iter().zip(&control).map(|(a, b)| a - b).collect()
    }

    fn rest(&self, base: Base, rows: &[usize], at: &[usize], fold: usize) -> Vec<f64> {
        let mut random = Random::new(self.seed ^ (fold as u64 + 1));
        let mut part: Vec<usize> = (0..rows.len()).map(|place| place % INNER_FOLDS).collect();
        random.shuffle(&mut part);
        let mut expected = vec![0.0; rows.len()];
        for inner in 0..INNER_FOLDS {
            let (inside, outside): (Vec<usize>, Vec<usize>) =
                (0..rows.len()).partition(|place| part[*place] == inner);
            let of = |places: &[usize]| places.iter().map(|at| rows[*at]).collect::<Vec<usize>>();
            let (known, asked) = (of(&outside), of(&inside));
            let target = self.outcomes(&known);
            let found = self.forecast(base, &known, &target, &vec![1.0; known.len()], &asked);
            for (place, found) in inside.iter().zip(found) {
                expected[*place] = found;
            }
        }
        let (mut target, mut weight) = (Vec::new(), Vec::new());
        for (row, expected) in rows.iter().zip(&expected) {
            let left = self.left(*row);
            target.push((self.experiment.outcome[*row] - expected) / left);
            weight.push(left * left);
        }
        self.forecast(base, rows, &target, &weight, at)
    }

    /// What is left of a customer's treatment after its chance; never 0, since chances lie inside of 0 and 1.
    pub fn left(&self, row: usize) -> f64 {
        f64::from(u8::from(self.experiment.treated[row])) - self.chances[row]
    }

    fn outcomes(&self, rows: &[usize]) -> Vec<f64> {
        let outcome = &self.experiment.outcome;
        rows.iter().map(|row| outcome[*row]).collect()
    }
}

/// A fold for each customer, each fold with its share of either arm.
fn folds(treated: &[bool], seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut fold = vec![0; treated.len()];
    let mut next = 0;
    for arm in [false, true] {
        let is_of = |row: &usize| treated[*row] == arm;
        let mut rows: Vec<usize> = (0..treated.len()).filter(is_of).collect();
        random.shuffle(&mut rows);
        for row in rows {
            fold[row] = next % FOLDS;
            next += 1;
        }
    }
    fold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_share_both_arms() {
        let treated: Vec<bool> = (0..103).map(|row| row % 3 == 0).collect();
        let fold = folds(&treated, 7);
        assert_eq!(fold, folds(&treated, 7));
        for one in 0..FOLDS {
            let is_of = |row: &usize, arm: bool| fold[*row] == one && treated[*row] == arm;
            let count = |arm: bool| (0..103).filter(|row| is_of(row, arm)).count();
            assert!((6..=8).contains(&count(true)));
            assert!((13..=14).contains(&count(false)));
        }
    }
}

//! A mixture of what purchase models say and of trees that learn from their errors.

use super::evidence::RATES;
use super::weights::{mix, weights};
use crate::error::{Error, within};
use crate::random::Random;
use crate::trees::{Bins, Lesson, Loss, Options, Parts, Table, Trees};

/// Parts that customers are cut into: each is forecast by trees that were grown from the others.
const FOLDS: usize = 5;
/// A forecast is at least this part of the mean of what came.
const LEAST_SHARE: f64 = 1e-3;

/// How trees are grown: from more customers than [`FEW`] in fewer and larger steps, each from fewer of them.
const MANY_PACE: Pace = Pace {
    times: 1,
    rounds: 60,
    rate: 0.08,
    rows: 0.5,
};
const FEW_PACE: Pace = Pace {
    times: 2,
    rounds: 120,
    rate: 0.04,
    rows: 0.7,
};
/// Customers that are few: the draw of folds decides much, and trees cost little.
const FEW: usize = 5_000;
/// The share of columns that each tree is grown from.
const COLUMNS: f64 = 0.5;
/// Bins of a column.
pub(super) const BINS: usize = 64;

/// How trees are grown.
struct Pace {
    /// Times that customers are cut into folds anew.
    times: usize,
    /// Trees of a fit.
    rounds: usize,
    /// What part of its own best each adds.
    rate: f64,
    /// The share of customers that each is grown from.
    rows: f64,
}

impl Pace {
    fn of(customers: usize) -> Self {
        match customers > FEW {
            true => MANY_PACE,
            false => FEW_PACE,
        }
    }
}

/// What holds the leaves of trees back, in purchases or customers.
const RIDGE: f64 = 20.0;

/// How trees of a mixture are grown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recipe {
    pub(super) loss: Loss,
    /// Whether they start from what the models say, and learn its errors.
    pub(super) from_models: bool,
    pub(super) leaves: usize,
}

/// Forecasts of purchases, money or a chance: trees, and how much each of them and each model counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    pub(super) trees: Vec<Trees>,
    pub(super) from_models: Vec<bool>,
    /// Of the models, in the mixture that trees start from.
    pub(super) starts: Vec<f64>,
    /// Of the models, of rates of the past where it has any, then of the trees.
    pub(super) weights: Vec<f64>,
    /// The least forecast.
    pub(super) least: f64,
}

/// All that a mixture is, as plain numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadParts {
    /// Each part's trees, and whether they start from what the models say.
    pub trees: Vec<(bool, Parts)>,
    /// How much each model counts in the mixture that trees start from.
    pub starts: Vec<f64>,
    /// How much each counts: the models, rates of the past where it has any, then the trees.
    pub weights: Vec<f64>,
    /// The least forecast.
    pub least: f64,
}

/// What a mixture learns from.
pub(super) struct Ground<'a> {
    pub(super) table: &'a Table,
    pub(super) bins: &'a Bins,
    /// What each model says of each customer, and after them what rates of the past say.
    pub(super) models: &'a [Vec<f64>],
    /// How many of those are models, whose mixture trees start from.
    pub(super) experts: usize,
    pub(super) came: &'a [f64],
    pub(super) recipes: &'a [Recipe],
    pub(super) seed: u64,
}

impl Ground<'_> {
    /// Grows the trees and weighs them by what they say of customers they have not seen; also gives what the
    /// mixture says of those. The trees of all folds are kept, each counting alike: that forecasts better than
    /// trees grown anew from everybody, and costs less.
    pub(super) fn fit(&self) -> Result<(Head, Vec<f64>), Error> {
        let rows = self.came.len();
        let mean = self.came.iter().sum::<f64>() / rows.max(1) as f64;
        let least = LEAST_SHARE * mean;
        let mut forecasts: Vec<Vec<f64>> = self.models.to_vec();
        forecasts.extend(self.recipes.iter().map(|_| vec![0.0; rows]));
        let mut grown = vec![Vec::new(); self.recipes.len()];
        let mut starts = vec![0.0; self.experts];
        let (mut random, mut fits) = (Random::new(self.seed), 0.0);
        let pace = Pace::of(rows);
        for _ in 0..pace.times {
            let folds = random.folds(rows, FOLDS);
            for fold in 0..FOLDS as u32 {
                let seen = |row: &u32| folds[*row as usize] != fold;
                let (within, out): (Vec<u32>, Vec<u32>) = (0..rows as u32).partition(seen);
                if out.is_empty() || within.is_empty() {
                    continue;
                }
                let begin = self.start(&within);
                let seed = random.bits();
                for (at, recipe) in self.recipes.iter().enumerate() {
                    let (trees, scores) = self.grow(recipe, &within, &begin, seed)?;
                    for row in &out {
                        let said = recipe.loss.mean(scores[*row as usize]);
                        forecasts[self.models.len() + at][*row as usize] +=
                            said / pace.times as f64;
                    }
                    grown[at].push(trees);
                }
                for (sum, one) in starts.iter_mut().zip(begin) {
                    *sum += one;
                }
                fits += 1.0;
            }
        }
        for one in &mut starts {
            *one /= f64::max(fits, 1.0);
        }
        // Of few customers what is weighed is to be little: rates of the past are left out.
        let left_out = match rows > FEW {
            true => 0,
            false => self.models.len() - self.experts,
        };
        forecasts.drain(self.experts..self.experts + left_out);
        let mut weights = weights(&forecasts, self.came);
        let unseen = (0..rows).map(|row| mix(&weights, &forecasts, row).max(least));
        let unseen = unseen.collect();
        weights.splice(
            self.experts..self.experts,
            std::iter::repeat_n(0.0, left_out),
        );
        let head = Head {
            trees: grown
                .into_iter()
                .map(Trees::mean_of)
                .collect::<Result<_, _>>()?,
            from_models: self.recipes.iter().map(|one| one.from_models).collect(),
            starts,
            weights,
            least,
        };
        Ok((head, unseen))
    }

    /// The mixture of models that comes closest for these customers.
    fn start(&self, rows: &[u32]) -> Vec<f64> {
        let came: Vec<f64> = rows.iter().map(|row| self.came[*row as usize]).collect();
        weights(&take(&self.models[..self.experts], rows), &came)
    }

    /// Trees that know these rows, and the scores of all.
    fn grow(
        &self,
        recipe: &Recipe,
        rows: &[u32],
        begin: &[f64],
        seed: u64,
    ) -> Result<(Trees, Vec<f64>), Error> {
        let mut seen = vec![0.0; self.came.len()];
        for row in rows {
            seen[*row as usize] = 1.0;
        }
        let sum: f64 = rows.iter().map(|row| self.came[*row as usize]).sum();
        let mean = sum / rows.len().max(1) as f64;
        let starts = match recipe.from_models {
            true => starts(recipe.loss, begin, self.models),
            false => vec![0.0; self.came.len()],
        };
        let lesson = Lesson::of(self.came).weighted(&seen).from(&starts);
        let pace = Pace::of(self.came.len());
        let options = Options {
            rounds: pace.rounds,
            rate: pace.rate,
            leaves: recipe.leaves,
            depth: 4,
            min_rows: (rows.len() / 40).clamp(10, 20),
            l2: ridge(recipe.loss, mean),
            rows: pace.rows,
            columns: COLUMNS,
            seed,
            ..Options::default()
        };
        Trees::fit_bins((self.table, self.bins), lesson, recipe.loss, &options)
    }
}

/// What holds leaves back: as much as this many purchases tell, or as many customers of the mean, whatever the
/// unit of money.
fn ridge(loss: Loss, mean: f64) -> f64 {
    match loss {
        Loss::Poisson | Loss::Squared => RIDGE,
        Loss::Tweedie(power) => RIDGE * mean.max(1e-9).powf(2.0 - power),
        // The second derivative of a chance is a quarter at most.
        Loss::Logistic => 0.25 * RIDGE,
    }
}

/// The scores of a mixture of what models say of each customer.
fn starts(loss: Loss, begin: &[f64], models: &[Vec<f64>]) -> Vec<f64> {
    let rows = models.first().map_or(0, Vec::len);
    let score = |row| loss.score(mix(begin, models, row));
    (0..rows).map(score).collect()
}

fn take(lists: &[Vec<f64>], rows: &[u32]) -> Vec<Vec<f64>> {
    let of = |list: &Vec<f64>| rows.iter().map(|row| list[*row as usize]).collect();
    lists.iter().map(of).collect()
}

/// What trees say, on top of a mixture of what models say if they start from one.
fn means(
    trees: &Trees,
    begin: Option<&[f64]>,
    table: &Table,
    models: &[Vec<f64>],
) -> Result<Vec<f64>, Error> {
    let Some(begin) = begin else {
        return trees.predict(table);
    };
    let starts = starts(trees.loss(), begin, models);
    let scores = trees.scores(table)?;
    let pairs = scores.iter().zip(starts);
    Ok(pairs
        .map(|(score, start)| trees.loss().mean(score + start))
        .collect())
}

impl Head {
    /// What the mixture says of these customers.
    pub(super) fn forecast(&self, table: &Table, models: &[Vec<f64>]) -> Result<Vec<f64>, Error> {
        let count = models.len() + self.trees.len();
        let weights = self.weights.len() as f64;
        within(
            "the number of models",
            count as f64,
            (weights, weights),
            "those that the mixture was fitted with",
        )?;
        let mut forecasts = models.to_vec();
        for (trees, from_models) in self.trees.iter().zip(&self.from_models) {
            let begin = from_models.then_some(&self.starts[..]);
            forecasts.push(means(trees, begin, table, models)?);
        }
        let rows = 0..table.rows();
        Ok(rows
            .map(|row| mix(&self.weights, &forecasts, row).max(self.least))
            .collect())
    }

    /// How far each column, and last the purchase models, moved the score of a customer, as the mean over the
    /// trees by how much they count.
    pub(super) fn moved(&self, values: &[f64], models: &[f64], usual: f64) -> Vec<f64> {
        let own = &self.weights[self.weights.len() - self.trees.len()..];
        let sum: f64 = own.iter().sum();
        let mut found = vec![0.0; values.len() + 1];
        let pairs = self.starts.iter().zip(models);
        let mean: f64 = pairs.map(|(weight, one)| weight * one).sum();
        for (at, trees) in self.trees.iter().enumerate() {
            let share = if sum > 0.0 {
                own[at] / sum
            } else {
                1.0 / own.len() as f64
            };
            if share == 0.0 {
                continue;
            }
            let told = trees.contributions(values);
            for (found, one) in found.iter_mut().zip(told) {
                *found += share * one;
            }
            if self.from_models[at]
                && let Some(last) = found.last_mut()
            {
                *last += share * (trees.loss().score(mean) - trees.loss().score(usual));
            }
        }
        found
    }

    /// All that it is.
    pub fn to_parts(&self) -> HeadParts {
        let pairs = self.from_models.iter().zip(&self.trees);
        HeadParts {
            trees: pairs
                .map(|(from, trees)| (*from, trees.to_parts()))
                .collect(),
            starts: self.starts.clone(),
            weights: self.weights.clone(),
            least: self.least,
        }
    }

    /// The mixture of these parts.
    ///
    /// # Errors
    /// [`Error::Figure`] for a number that cannot be.
    pub fn from_parts(parts: HeadParts) -> Result<Self, Error> {
        let all = (parts.trees.len() + parts.starts.len()) as f64;
        let most = all + RATES.len() as f64;
        within(
            "the number of weights",
            parts.weights.len() as f64,
            (all, most),
            "one for each model, rate and each of its trees",
        )?;
        let numbers = parts.weights.iter().chain(&parts.starts);
        for weight in numbers.chain([&parts.least]) {
            within("the weight", *weight, (0.0, 1e12), "from 0 to 1e12")?;
        }
        let (mut trees, mut from_models) = (Vec::new(), Vec::new());
        for (from, one) in parts.trees {
            from_models.push(from);
            trees.push(Trees::from_parts(one)?);
        }
        Ok(Self {
            trees,
            from_models,
            starts: parts.starts,
            weights: parts.weights,
            least: parts.least,
        })
    }
}

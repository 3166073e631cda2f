//! Trees one after the other, each fitted to what the ones before it left.

use super::bins::Bins;
use super::grow::{Ground, Grown};
use super::loss::Loss;
use super::options::Options;
use super::parts::{Node, Parts};
use super::sums::{MAX_ROWS, Scale, Whole};
use super::table::Table;
use crate::error::{Error, within};
use crate::judge::{all_within, same_length};
use crate::random::Random;

/// The greatest weight of a row.
const MAX_WEIGHT: f64 = 1e9;
/// Rows that are forecast together, tree by tree.
const BLOCK: usize = 512;

/// What is to be forecast, for each row.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    values: &'a [f64],
    weights: Option<&'a [f64]>,
    scores: Option<&'a [f64]>,
}

impl<'a> Lesson<'a> {
    /// These values, all rows alike.
    pub fn of(values: &'a [f64]) -> Self {
        Self {
            values,
            weights: None,
            scores: None,
        }
    }

    /// With weights of rows, 0 or more.
    pub fn weighted(self, weights: &'a [f64]) -> Self {
        Self {
            weights: Some(weights),
            ..self
        }
    }

    /// Starting from the scores of another model, whose errors are to be learned; see [`Loss::score`].
    pub fn from(self, scores: &'a [f64]) -> Self {
        Self {
            scores: Some(scores),
            ..self
        }
    }

    fn check(&self, rows: usize, loss: Loss) -> Result<(), Error> {
        same_length("the target's rows", self.values.len(), rows)?;
        let most = MAX_ROWS as f64;
        within(
            "the number of rows",
            rows as f64,
            (0.0, most),
            "at most 16777215; take a sample",
        )?;
        loss.check(self.values)?;
        if let Some(weights) = self.weights {
            same_length("the weights' rows", weights.len(), rows)?;
            all_within("the weight", weights, (0.0, MAX_WEIGHT), "from 0 to 1e9")?;
        }
        if let Some(scores) = self.scores {
            same_length("the scores' rows", scores.len(), rows)?;
            all_within("the score", scores, (-1e12, 1e12), "from -1e12 to 1e12")?;
        }
        let weight = |row| self.weight(row) > 0.0;
        if (0..rows).any(weight) {
            return Ok(());
        }
        Err(Error::FewCustomers {
            customers: 0,
            needed: 1,
        })
    }

    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    fn score(&self, row: usize) -> f64 {
        self.scores.map_or(0.0, |scores| scores[row])
    }
}

/// Boosted trees: they forecast a number from the values of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Trees {
    pub(super) parts: Parts,
}

impl Trees {
    pub(super) fn of(parts: Parts) -> Self {
        Self { parts }
    }

    /// Grows trees that forecast the target from the table, by a loss. Without a fork that gains anything
    /// there are none, and everybody is forecast the same.
    ///
    /// # Errors
    /// [`Error::Figure`] for options out of their limits, a target that is none of the loss, a number of
    /// rows that is not the table's, or more than 16,777,215 rows; [`Error::FewCustomers`] without a row that
    /// has a weight.
    pub fn fit(
        table: &Table,
        target: Lesson<'_>,
        loss: Loss,
        options: &Options,
    ) -> Result<Self, Error> {
        options.check()?;
        let bins = Bins::of(table, options.bins);
        Ok(Self::fit_bins((table, &bins), target, loss, options)?.0)
    }

    /// The same of a table that is in bins already; also gives the scores of all rows, those without a weight
    /// among them, whose targets have no say.
    pub(crate) fn fit_bins(
        (table, bins): (&Table, &Bins),
        target: Lesson<'_>,
        loss: Loss,
        options: &Options,
    ) -> Result<(Self, Vec<f64>), Error> {
        options.check()?;
        target.check(table.rows(), loss)?;
        let mut boosting = Boosting::new(table, target, loss, options, bins);
        let mut random = Random::new(options.seed ^ 0x7265_6573);
        let whole = options.rows >= 1.0 && options.columns >= 1.0;
        for _ in 0..options.rounds {
            let grown = boosting.round(&mut random);
            let bare = grown.nodes.len() == 1;
            if bare && whole {
                break;
            }
            if !bare {
                boosting.trees.push(grown.nodes);
                if boosting.done() {
                    break;
                }
            }
        }
        // Of scores with trees that are dropped nothing is left: nobody asks for them who keeps rows aside.
        if let Some((best, _)) = boosting.best {
            boosting.trees.truncate(best);
        }
        let trees = Self::of(Parts {
            loss,
            names: table.names().to_vec(),
            base: boosting.base,
            trees: boosting.trees,
        });
        Ok((trees, boosting.scores))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.parts.trees.len()
    }

    /// What they were fitted by.
    pub fn loss(&self) -> Loss {
        self.parts.loss
    }

    /// The columns they ask, in order.
    pub fn names(&self) -> &[String] {
        &self.parts.names
    }

    /// The score of a row's values, one for each column in order; NaN is missing, as is what is not there.
    pub fn score(&self, values: &[f64]) -> f64 {
        let trees = self.parts.trees.iter();
        self.parts.base + trees.map(|tree| value(tree, values)).sum::<f64>()
    }

    /// The scores of a table's rows. Where they were fitted on top of other scores, those are to be added.
    ///
    /// # Errors
    /// [`Error::Figure`] unless the table has the columns they were fitted to, in the same order.
    pub fn scores(&self, table: &Table) -> Result<Vec<f64>, Error> {
        let same = table.names() == self.names();
        within(
            "the columns of the table",
            f64::from(u8::from(same)),
            (1.0, 1.0),
            "those that the trees were fitted to, in their order",
        )?;
        let mut scores = vec![self.parts.base; table.rows()];
        let mut values = vec![Vec::new(); BLOCK];
        for (block, scores) in scores.chunks_mut(BLOCK).enumerate() {
            for (at, row) in values.iter_mut().enumerate().take(scores.len()) {
                table.row(block * BLOCK + at, row);
            }
            for tree in &self.parts.trees {
                for (score, row) in scores.iter_mut().zip(&values) {
                    *score += value(tree, row);
                }
            }
        }
        Ok(scores)
    }

    /// What they forecast for a table's rows: means, or chances.
    ///
    /// # Errors
    /// As [`Trees::scores`].
    pub fn predict(&self, table: &Table) -> Result<Vec<f64>, Error> {
        let mut scores = self.scores(table)?;
        for score in &mut scores {
            *score = self.parts.loss.mean(*score);
        }
        Ok(scores)
    }
}

/// What a tree adds to the score of these values.
fn value(tree: &[Node], values: &[f64]) -> f64 {
    let mut at = 0;
    while let Some(fork) = &tree[at].fork {
        let value = values.get(fork.column as usize).copied();
        at = fork.next(value.unwrap_or(f64::NAN)) as usize;
    }
    tree[at].value
}

struct Boosting<'a> {
    target: Lesson<'a>,
    loss: Loss,
    options: &'a Options,
    bins: &'a Bins,
    /// The rows that trees are grown from, and those kept aside.
    rows: Vec<u32>,
    aside: Vec<u32>,
    /// The rows that no tree is grown from: those kept aside and those without a weight.
    unseen: Vec<u32>,
    columns: Vec<usize>,
    base: f64,
    /// By row, with the trees so far.
    scores: Vec<f64>,
    slopes: Vec<Whole>,
    trees: Vec<Vec<Node>>,
    /// How many trees cost least on the rows kept aside, and what; none without such rows.
    best: Option<(usize, f64)>,
}

impl<'a> Boosting<'a> {
    fn new(
        table: &Table,
        target: Lesson<'a>,
        loss: Loss,
        options: &'a Options,
        bins: &'a Bins,
    ) -> Self {
        let mut random = Random::new(options.seed);
        let all = (0..table.rows() as u32).filter(|row| target.weight(*row as usize) > 0.0);
        let (mut rows, mut aside): (Vec<u32>, Vec<u32>) =
            all.partition(|_| random.unit() >= options.held_out);
        if rows.is_empty() {
            std::mem::swap(&mut rows, &mut aside);
        }
        let mut is_seen = vec![false; table.rows()];
        for row in &rows {
            is_seen[*row as usize] = true;
        }
        let unseen = (0..table.rows() as u32).filter(|row| !is_seen[*row as usize]);
        let unseen = unseen.collect();
        let of = |row: &u32| {
            let row = *row as usize;
            (target.score(row), target.values[row], target.weight(row))
        };
        let base = loss.base(rows.iter().map(of));
        let scores = (0..table.rows()).map(|row| base + target.score(row));
        let mut boosting = Self {
            target,
            loss,
            options,
            bins,
            rows,
            aside,
            unseen,
            columns: (0..table.columns().len()).collect(),
            base,
            scores: scores.collect(),
            slopes: vec![Whole::default(); table.rows()],
            trees: Vec::new(),
            best: None,
        };
        boosting.best = boosting.cost().map(|cost| (0, cost));
        boosting
    }

    /// Grows a tree and moves the scores by it.
    fn round(&mut self, random: &mut Random) -> Grown {
        let (mut rows, mut others) = self.draw(random);
        let mut columns = self.columns.clone();
        if self.options.columns < 1.0 {
            let some = (self.options.columns * columns.len() as f64).ceil() as usize;
            random.shuffle(&mut columns);
            columns.truncate(some);
            columns.sort_unstable();
        }
        let scale = self.slopes_of(&rows);
        let ground = Ground {
            bins: self.bins,
            options: self.options,
            slopes: &self.slopes,
            scale,
            columns: &columns,
            step: self.loss.step(),
        };
        let grown = ground.grow([&mut rows, &mut others]);
        if grown.nodes.len() > 1 {
            for (node, parts) in &grown.leaves {
                let value = grown.nodes[*node].value;
                for (rows, (from, to)) in [&rows, &others].into_iter().zip(parts) {
                    for row in &rows[*from..*to] {
                        self.scores[*row as usize] += value;
                    }
                }
            }
        }
        grown
    }

    /// The rows that a tree is grown from, and all others.
    fn draw(&self, random: &mut Random) -> (Vec<u32>, Vec<u32>) {
        if self.options.rows >= 1.0 {
            return (self.rows.clone(), self.unseen.clone());
        }
        // Of 2^64 numbers as large a share.
        let bar = (self.options.rows * 18_446_744_073_709_551_616.0) as u64;
        let mut drawn = vec![0; self.rows.len()];
        let mut others = drawn.clone();
        let mut count = 0;
        for (at, row) in self.rows.iter().enumerate() {
            drawn[count] = *row;
            others[at - count] = *row;
            count += usize::from(random.bits() < bar);
        }
        drawn.truncate(count);
        others.truncate(self.rows.len() - count);
        others.extend_from_slice(&self.unseen);
        (drawn, others)
    }

    /// Works out the slopes and curves of these rows, as their scores are now.
    fn slopes_of(&mut self, rows: &[u32]) -> Scale {
        let (mut found, mut most) = (Vec::with_capacity(rows.len()), (0.0, 0.0));
        for row in rows {
            let row = *row as usize;
            let (slope, curve) = self.loss.slopes(self.scores[row], self.target.values[row]);
            let weight = self.target.weight(row);
            let (slope, curve) = (weight * slope, weight * curve);
            most = (slope.abs().max(most.0), curve.max(most.1));
            found.push((slope, curve));
        }
        let scale = Scale::of(rows.len(), most.0, most.1);
        for (row, (slope, curve)) in rows.iter().zip(found) {
            self.slopes[*row as usize] = scale.row(slope, curve);
        }
        scale
    }

    /// The mean cost of the rows kept aside; `None` if there are none.
    fn cost(&self) -> Option<f64> {
        let (mut sum, mut all) = (0.0, 0.0);
        for row in &self.aside {
            let row = *row as usize;
            let weight = self.target.weight(row);
            sum += weight * self.loss.cost(self.scores[row], self.target.values[row]);
            all += weight;
        }
        (all > 0.0).then(|| sum / all)
    }

    /// Whether the rows kept aside have had no gain for too long.
    fn done(&mut self) -> bool {
        let (Some(cost), Some((best, least))) = (self.cost(), self.best) else {
            return false;
        };
        if cost < least {
            self.best = Some((self.trees.len(), cost));
            return false;
        }
        self.trees.len() - best >= self.options.patience.max(1)
    }
}

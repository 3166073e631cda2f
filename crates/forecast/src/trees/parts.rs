//! Trees as plain numbers, to be written down and read again.

use super::boost::Trees;
use super::loss::Loss;
use super::table::MAX_COLUMNS;
use crate::error::{Error, within};

/// Most decisions from a root to a leaf; more than growing allows is not read either.
const MAX_DEPTH: u32 = 32;
/// Most trees, and most nodes of one.
const MAX_TREES: f64 = 10_000.0;
const MAX_NODES: f64 = 2_047.0;

/// All that trees are.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// What they were fitted by.
    pub loss: Loss,
    /// The names of the columns they ask, in the order of the table.
    pub names: Vec<String>,
    /// The score before any tree.
    pub base: f64,
    /// Each tree's nodes; the first is the root, and what follows a node stands after it.
    pub trees: Vec<Vec<Node>>,
}

/// A place in a tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Node {
    /// What a leaf adds to the score; 0 where there is a fork.
    pub value: f64,
    /// The rows that came here when it was grown.
    pub cover: f64,
    /// The decision; `None` at a leaf.
    pub fork: Option<Fork>,
}

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fork {
    /// The column it asks, from 0.
    pub column: u32,
    /// Values up to this go left.
    pub threshold: f64,
    /// Whether missing values go left.
    pub missing_left: bool,
    /// The node to the left.
    pub left: u32,
    /// The node to the right.
    pub right: u32,
}

impl Fork {
    /// The node that a value leads to; NaN is missing.
    pub(super) fn next(&self, value: f64) -> u32 {
        let left = value <= self.threshold || (value.is_nan() && self.missing_left);
        if left { self.left } else { self.right }
    }
}

impl Trees {
    /// All that they are.
    pub fn to_parts(&self) -> Parts {
        self.parts.clone()
    }

    /// The trees of several fits to the same columns by the same loss, whose score is the mean of theirs.
    ///
    /// # Errors
    /// [`Error::FewCustomers`] of no fit at all, [`Error::Figure`] of too many trees.
    pub(crate) fn mean_of(fits: Vec<Self>) -> Result<Self, Error> {
        let share = 1.0 / fits.len().max(1) as f64;
        let mut fits = fits.into_iter().map(|one| one.parts);
        let Some(mut mean) = fits.next() else {
            return Err(Error::FewCustomers {
                customers: 0,
                needed: 1,
            });
        };
        for other in fits {
            mean.base += other.base;
            mean.trees.extend(other.trees);
        }
        mean.base *= share;
        for node in mean.trees.iter_mut().flatten() {
            node.value *= share;
        }
        Self::from_parts(mean)
    }

    /// The trees of these parts.
    ///
    /// # Errors
    /// [`Error::Figure`] for a number that cannot be and for a node that leads nowhere, back, or too deep.
    pub fn from_parts(parts: Parts) -> Result<Self, Error> {
        let counts = [
            (
                "the number of columns",
                parts.names.len(),
                MAX_COLUMNS as f64,
                "at most 4096",
            ),
            (
                "the number of trees",
                parts.trees.len(),
                MAX_TREES,
                "at most 10000",
            ),
        ];
        for (name, count, most, must) in counts {
            within(name, count as f64, (0.0, most), must)?;
        }
        parts.loss.check(&[])?;
        within("the base", parts.base, (-1e12, 1e12), "from -1e12 to 1e12")?;
        for tree in &parts.trees {
            check(tree, parts.names.len())?;
        }
        Ok(Self::of(parts))
    }
}

/// That a tree can be walked to its leaves.
fn check(tree: &[Node], columns: usize) -> Result<(), Error> {
    let nodes = tree.len();
    within(
        "the number of nodes",
        nodes as f64,
        (1.0, MAX_NODES),
        "from 1 to 2047",
    )?;
    let mut depths = vec![0; nodes];
    let mut parents = vec![0; nodes];
    for (at, node) in tree.iter().enumerate() {
        let one = |name, value, ends, must| {
            within(name, value, ends, must).map_err(|error| error.in_row(at))
        };
        one(
            "the value of a leaf",
            node.value,
            (-1e15, 1e15),
            "from -1e15 to 1e15",
        )?;
        one(
            "the weight of rows",
            node.cover,
            (0.0, 1e21),
            "from 0 to 1e21",
        )?;
        let Some(fork) = node.fork else { continue };
        let last = columns as f64 - 1.0;
        one(
            "the column",
            fork.column.into(),
            (0.0, last),
            "one of those named",
        )?;
        let ends = (f64::MIN, f64::MAX);
        one("the threshold", fork.threshold, ends, "a number")?;
        for next in [fork.left, fork.right] {
            let after = (at as f64 + 1.0, nodes as f64 - 1.0);
            one("the next node", next.into(), after, "one after this")?;
            depths[next as usize] = depths[at] + 1;
            parents[next as usize] += 1;
            one(
                "the depth",
                depths[next as usize].into(),
                (0.0, MAX_DEPTH.into()),
                "at most 32",
            )?;
            one(
                "the parents of a node",
                parents[next as usize].into(),
                (1.0, 1.0),
                "one",
            )?;
        }
    }
    Ok(())
}

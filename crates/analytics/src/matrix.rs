//! How customers move between stages, and how long they stayed before they did.

use std::collections::HashMap;
use std::hash::Hash;

/// Moves between stages, each with the time spent in the stage left; `K` says what is told apart.
///
/// Merging keeps every duration, so quantiles are exact whatever the partition.
#[derive(Clone, Debug)]
pub struct Matrix<K> {
    cells: HashMap<K, Vec<i64>>,
}

impl<K> Default for Matrix<K> {
    fn default() -> Self {
        Self {
            cells: HashMap::new(),
        }
    }
}

/// One kind of move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell<K> {
    /// What it is told apart by.
    pub key: K,
    /// How many moves.
    pub count: u64,
    /// Quantiles of the time in the stage left, in milliseconds: the tenth, the half and nine tenths,
    /// each the lower element where two are nearest.
    pub stayed_ms: [i64; 3],
}

impl<K: Eq + Hash + Ord + Clone> Matrix<K> {
    /// Adds a move after a stay of so many milliseconds.
    pub fn add(&mut self, key: K, stayed_ms: i64) {
        self.cells.entry(key).or_default().push(stayed_ms);
    }

    /// Adds the moves of other customers.
    pub fn merge(&mut self, other: Self) {
        for (key, mut stays) in other.cells {
            self.cells.entry(key).or_default().append(&mut stays);
        }
    }

    /// The cells by key.
    pub fn cells(self) -> Vec<Cell<K>> {
        let mut cells: Vec<Cell<K>> = self
            .cells
            .into_iter()
            .map(|(key, mut stays)| Cell {
                key,
                count: stays.len() as u64,
                stayed_ms: quantiles(&mut stays),
            })
            .collect();
        cells.sort_by(|a, b| a.key.cmp(&b.key));
        cells
    }
}

fn quantiles(stays: &mut [i64]) -> [i64; 3] {
    let last = stays.len() - 1;
    [last / 10, last / 2, last * 9 / 10].map(|at| *stays.select_nth_unstable(at).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_lower_of_two_and_halves_merge() {
        let (mut a, mut b) = (Matrix::default(), Matrix::default());
        for stay in [4, 1] {
            a.add("x", stay);
        }
        for stay in [3, 2] {
            b.add("x", stay);
        }
        a.merge(b);
        assert_eq!(
            a.cells(),
            [Cell {
                key: "x",
                count: 4,
                stayed_ms: [1, 2, 3]
            }]
        );
    }
}

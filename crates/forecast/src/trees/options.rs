//! How trees are grown, and within what limits.

use crate::error::{Error, within};

/// How many trees are grown, how large, and from which rows and columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Trees at most, from 1 to 10,000.
    pub rounds: usize,
    /// What part of its own best each tree adds, above 0 up to 1.
    pub rate: f64,
    /// Leaves of a tree at most, from 2 to 1,024.
    pub leaves: usize,
    /// Decisions from the root to a leaf at most, from 1 to 32.
    pub depth: usize,
    /// Rows of a leaf at least, 1 or more.
    pub min_rows: usize,
    /// What is added to the weight of a leaf before its value is worked out (ridge), in the unit of the second
    /// derivative of the loss: 0 or more.
    pub l2: f64,
    /// The share of rows that each tree is grown from, above 0 up to 1.
    pub rows: f64,
    /// The share of columns that each tree may ask, above 0 up to 1.
    pub columns: f64,
    /// Bins of a column at most, from 2 to 254; missing values have one more.
    pub bins: usize,
    /// The share of rows kept aside to know when to stop, from 0 (never before `rounds`) to 0.9.
    pub held_out: f64,
    /// Trees without gain on the rows kept aside before it stops; those trees are dropped.
    pub patience: usize,
    /// What all draws follow from.
    pub seed: u64,
}

impl Default for Options {
    /// For some thousand customers and ten to fifty columns.
    fn default() -> Self {
        Self {
            rounds: 300,
            rate: 0.05,
            leaves: 15,
            depth: 6,
            min_rows: 20,
            l2: 1.0,
            rows: 1.0,
            columns: 1.0,
            bins: 254,
            held_out: 0.0,
            patience: 25,
            seed: 1,
        }
    }
}

impl Options {
    /// That every one lies within its limits.
    pub(super) fn check(&self) -> Result<(), Error> {
        let share = (f64::MIN_POSITIVE, 1.0);
        let limits = [
            ("rounds", self.rounds as f64, (1.0, 1e4), "from 1 to 10000"),
            ("the rate", self.rate, share, "above 0 up to 1"),
            (
                "leaves",
                self.leaves as f64,
                (2.0, 1_024.0),
                "from 2 to 1024",
            ),
            ("the depth", self.depth as f64, (1.0, 32.0), "from 1 to 32"),
            (
                "rows of a leaf",
                self.min_rows as f64,
                (1.0, 1e9),
                "from 1 to 1e9",
            ),
            ("the ridge", self.l2, (0.0, 1e12), "from 0 to 1e12"),
            ("the share of rows", self.rows, share, "above 0 up to 1"),
            (
                "the share of columns",
                self.columns,
                share,
                "above 0 up to 1",
            ),
            ("bins", self.bins as f64, (2.0, 254.0), "from 2 to 254"),
            (
                "the share kept aside",
                self.held_out,
                (0.0, 0.9),
                "from 0 to 0.9",
            ),
        ];
        for (name, value, ends, must) in limits {
            within(name, value, ends, must)?;
        }
        Ok(())
    }
}

//! One tree, grown leaf by leaf: the fork that gains most comes next.

use super::bins::Bins;
use super::options::Options;
use super::parts::{Fork, Node};

/// The least sum of second derivatives in a leaf.
const LEAST_CURVE: f64 = 1e-9;
/// The least gain of a fork, as a share of what the leaf explains already.
const LEAST_GAIN: f64 = 1e-12;

/// What rows sum up to: the slopes of their cost, its curves, and their number.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    slope: f64,
    curve: f64,
    rows: f64,
}

impl Sums {
    fn add(&mut self, other: &Self) {
        self.slope += other.slope;
        self.curve += other.curve;
        self.rows += other.rows;
    }

    fn less(&self, other: &Self) -> Self {
        Self {
            slope: self.slope - other.slope,
            curve: self.curve - other.curve,
            rows: self.rows - other.rows,
        }
    }

    /// Twice what the best value of a leaf of these rows takes off their cost.
    fn worth(&self, l2: f64) -> f64 {
        self.slope * self.slope / (self.curve + l2).max(LEAST_CURVE)
    }
}

/// What a tree is grown from.
pub(super) struct Ground<'a> {
    pub(super) bins: &'a Bins,
    pub(super) options: &'a Options,
    /// By row, the first and the second derivative of its cost.
    pub(super) slopes: &'a [(f64, f64)],
    /// The columns that may be asked.
    pub(super) columns: &'a [usize],
    /// The farthest that a leaf moves a score, before the rate.
    pub(super) step: f64,
}

/// A tree, and which of the rows it was grown from lie in which leaf.
pub(super) struct Grown {
    pub(super) nodes: Vec<Node>,
    /// By node, the bin up to which rows go left.
    cuts: Vec<usize>,
    /// Node, and where its rows begin and end.
    pub(super) leaves: Vec<(usize, usize, usize)>,
}

/// The best fork of a leaf.
#[derive(Clone, Copy)]
struct Best {
    gain: f64,
    column: usize,
    /// The last bin that goes left.
    bin: usize,
    missing_left: bool,
    left: Sums,
}

struct Leaf {
    node: usize,
    from: usize,
    to: usize,
    depth: usize,
    sums: Sums,
    /// The sums of each bin of each column; empty where it is not to fork.
    bins: Vec<Sums>,
    best: Option<Best>,
}

impl Ground<'_> {
    /// Grows a tree from these rows, which are brought into the order of its leaves.
    pub(super) fn grow(&self, rows: &mut [u32]) -> Grown {
        let mut sums = Sums::default();
        for row in rows.iter() {
            let (slope, curve) = self.slopes[*row as usize];
            sums.add(&Sums {
                slope,
                curve,
                rows: 1.0,
            });
        }
        let mut grown = Grown {
            nodes: vec![self.leaf(&sums)],
            cuts: vec![0],
            leaves: Vec::new(),
        };
        let bins = self.histogram(rows);
        let mut leaves = vec![self.seek(Leaf {
            node: 0,
            from: 0,
            to: rows.len(),
            depth: 0,
            sums,
            bins,
            best: None,
        })];
        let mut aside = Vec::new();
        while leaves.len() < self.options.leaves {
            let Some(at) = next(&leaves) else { break };
            let leaf = leaves.swap_remove(at);
            let Some(best) = leaf.best else { break };
            let [left, right] = self.fork(leaf, best, rows, &mut aside, &mut grown);
            leaves.push(left);
            leaves.push(right);
        }
        let places = leaves.iter().map(|leaf| (leaf.node, leaf.from, leaf.to));
        grown.leaves = places.collect();
        grown
    }

    fn leaf(&self, sums: &Sums) -> Node {
        let weight = sums.curve + self.options.l2;
        let best = if weight > LEAST_CURVE {
            (-sums.slope / weight).clamp(-self.step, self.step)
        } else {
            0.0
        };
        Node {
            value: self.options.rate * best,
            cover: sums.rows,
            fork: None,
        }
    }

    fn fork(
        &self,
        leaf: Leaf,
        best: Best,
        rows: &mut [u32],
        aside: &mut Vec<u32>,
        grown: &mut Grown,
    ) -> [Leaf; 2] {
        let middle = leaf.from + self.part(&mut rows[leaf.from..leaf.to], best, aside);
        let (left, right) = (best.left, leaf.sums.less(&best.left));
        let node = grown.nodes.len();
        for sums in [&left, &right] {
            grown.nodes.push(self.leaf(sums));
            grown.cuts.push(0);
        }
        let cuts = &self.bins.cuts[best.column];
        grown.cuts[leaf.node] = best.bin;
        grown.nodes[leaf.node].value = 0.0;
        grown.nodes[leaf.node].fork = Some(Fork {
            column: best.column as u32,
            // Beyond the last cut only missing values go right.
            threshold: cuts.get(best.bin).copied().unwrap_or(f64::MAX),
            missing_left: best.missing_left,
            left: node as u32,
            right: node as u32 + 1,
        });
        let of = |node, (from, to), sums| Leaf {
            node,
            from,
            to,
            depth: leaf.depth + 1,
            sums,
            bins: Vec::new(),
            best: None,
        };
        let mut two = [
            of(node, (leaf.from, middle), left),
            of(node + 1, (middle, leaf.to), right),
        ];
        if two.iter().any(|one| self.may_fork(one)) {
            let small = usize::from(right.rows < left.rows);
            let part = &two[small];
            let few = self.histogram(&rows[part.from..part.to]);
            let mut many = leaf.bins;
            for (all, one) in many.iter_mut().zip(&few) {
                *all = all.less(one);
            }
            two[small].bins = few;
            two[1 - small].bins = many;
        }
        two.map(|one| self.seek(one))
    }

    /// Brings the rows that go left to the front, each side in its order; says how many they are.
    fn part(&self, rows: &mut [u32], best: Best, aside: &mut Vec<u32>) -> usize {
        let bins = &self.bins.of[best.column];
        let missing = self.bins.missing(best.column);
        aside.clear();
        let mut kept = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            let bin = bins[row as usize] as usize;
            let left = bin <= best.bin && bin != missing || bin == missing && best.missing_left;
            if left {
                rows[kept] = row;
                kept += 1;
            } else {
                aside.push(row);
            }
        }
        rows[kept..].copy_from_slice(aside);
        kept
    }

    fn histogram(&self, rows: &[u32]) -> Vec<Sums> {
        let all = self.bins.starts.last().copied().unwrap_or(0);
        let mut found = vec![Sums::default(); all];
        // In the order of the rows once, not for each column.
        let slopes: Vec<(f64, f64)> = rows.iter().map(|row| self.slopes[*row as usize]).collect();
        for column in self.columns {
            let bins = &self.bins.of[*column];
            let start = self.bins.starts[*column];
            let sums = &mut found[start..self.bins.starts[*column + 1]];
            for (row, (slope, curve)) in rows.iter().zip(&slopes) {
                let one = &mut sums[bins[*row as usize] as usize];
                one.slope += slope;
                one.curve += curve;
                one.rows += 1.0;
            }
        }
        found
    }

    fn may_fork(&self, leaf: &Leaf) -> bool {
        leaf.depth < self.options.depth && leaf.sums.rows >= 2.0 * self.options.min_rows as f64
    }

    /// The leaf with its best fork; without its histogram if there is none.
    fn seek(&self, mut leaf: Leaf) -> Leaf {
        if self.may_fork(&leaf) {
            for column in self.columns {
                self.seek_in(*column, &mut leaf);
            }
        }
        if leaf.best.is_none() {
            leaf.bins = Vec::new();
        }
        leaf
    }

    fn seek_in(&self, column: usize, leaf: &mut Leaf) {
        let l2 = self.options.l2;
        let fewest = self.options.min_rows as f64;
        let bins = &leaf.bins[self.bins.starts[column]..self.bins.starts[column + 1]];
        let Some((missing, bins)) = bins.split_last() else {
            return;
        };
        let own = leaf.sums.worth(l2);
        let some_missing = missing.rows > 0.0;
        for missing_left in [false, true] {
            if missing_left && !some_missing {
                break;
            }
            let mut left = if missing_left {
                *missing
            } else {
                Sums::default()
            };
            // All known values on one side are a fork only where the missing ones are on the other.
            let last = bins.len() - usize::from(missing_left || !some_missing);
            for (bin, sums) in bins[..last].iter().enumerate() {
                // A bin without rows parts nothing that the one before it did not.
                if sums.rows == 0.0 {
                    continue;
                }
                left.add(sums);
                let right = leaf.sums.less(&left);
                if left.rows < fewest {
                    continue;
                }
                if right.rows < fewest {
                    break;
                }
                if left.curve.min(right.curve) < LEAST_CURVE {
                    continue;
                }
                let gain = left.worth(l2) + right.worth(l2) - own;
                let bar = leaf.best.map_or(LEAST_GAIN * own, |best| best.gain);
                if gain > bar {
                    leaf.best = Some(Best {
                        gain,
                        column,
                        bin,
                        // What was never missing here goes with the most rows.
                        missing_left: if some_missing {
                            missing_left
                        } else {
                            left.rows >= right.rows
                        },
                        left,
                    });
                }
            }
        }
    }
}

/// The leaf whose fork gains most; the first of equals.
fn next(leaves: &[Leaf]) -> Option<usize> {
    let mut found: Option<(usize, f64, usize)> = None;
    for (at, leaf) in leaves.iter().enumerate() {
        let Some(best) = leaf.best else { continue };
        let better = found.is_none_or(|(_, gain, node)| {
            best.gain > gain || (best.gain == gain && leaf.node < node)
        });
        if better {
            found = Some((at, best.gain, leaf.node));
        }
    }
    found.map(|(at, ..)| at)
}

impl Grown {
    /// What the tree adds to the score of a row of the bins.
    pub(super) fn value(&self, bins: &Bins, row: usize) -> f64 {
        let mut at = 0;
        while let Some(fork) = self.nodes[at].fork {
            let column = fork.column as usize;
            let bin = bins.of[column][row] as usize;
            let left = if bin == bins.missing(column) {
                fork.missing_left
            } else {
                bin <= self.cuts[at]
            };
            at = (if left { fork.left } else { fork.right }) as usize;
        }
        self.nodes[at].value
    }
}

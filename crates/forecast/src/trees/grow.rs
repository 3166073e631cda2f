//! One tree, grown leaf by leaf: the fork that gains most comes next.

use super::bins::Bins;
use super::options::Options;
use super::parts::{Fork, Node};
use super::sums::{Scale, Sums, Whole};

/// The least sum of second derivatives in a leaf.
const LEAST_CURVE: f64 = 1e-9;
/// The least gain of a fork, as a share of what the leaf explains already.
const LEAST_GAIN: f64 = 1e-12;

impl Sums {
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
    pub(super) slopes: &'a [Whole],
    pub(super) scale: Scale,
    /// The columns that may be asked.
    pub(super) columns: &'a [usize],
    /// The farthest that a leaf moves a score, before the rate.
    pub(super) step: f64,
}

/// A tree, and which rows lie in which leaf.
pub(super) struct Grown {
    pub(super) nodes: Vec<Node>,
    /// Node, and where its rows begin and end: of those it was grown from, and of the others.
    pub(super) leaves: Vec<(usize, [Part; 2])>,
}

/// Where a leaf's rows begin and end.
pub(super) type Part = (usize, usize);

/// The best fork of a leaf.
#[derive(Clone, Copy)]
struct Best {
    gain: f64,
    column: usize,
    /// The last bin that goes left.
    bin: usize,
    missing_left: bool,
    left: Whole,
}

struct Leaf {
    node: usize,
    /// Its rows among those that the tree is grown from, and among the others.
    parts: [Part; 2],
    depth: usize,
    whole: Whole,
    /// The sums of each bin of each column that may be asked, column by column; empty where it is not to fork.
    bins: Vec<Whole>,
    best: Option<Best>,
}

impl Ground<'_> {
    /// Grows a tree from these rows, the first list, and says where they and those of the second list end. Both
    /// are brought into the order of its leaves.
    pub(super) fn grow(&self, mut lists: [&mut [u32]; 2]) -> Grown {
        let rows = &*lists[0];
        let mut whole = Whole::default();
        for row in rows.iter() {
            whole.add(self.slopes[*row as usize]);
        }
        let mut grown = Grown {
            nodes: vec![self.leaf(whole)],
            leaves: Vec::new(),
        };
        let bins = self.histogram(rows);
        let mut leaves = vec![self.seek(Leaf {
            node: 0,
            parts: [(0, rows.len()), (0, lists[1].len())],
            depth: 0,
            whole,
            bins,
            best: None,
        })];
        let mut aside = Vec::new();
        while leaves.len() < self.options.leaves {
            let Some(at) = next(&leaves) else { break };
            let leaf = leaves.swap_remove(at);
            let Some(best) = leaf.best else { break };
            let is_last = leaves.len() + 2 == self.options.leaves;
            let [left, right] =
                self.fork((leaf, best), is_last, &mut lists, &mut aside, &mut grown);
            leaves.push(left);
            leaves.push(right);
        }
        let places = leaves.iter().map(|leaf| (leaf.node, leaf.parts));
        grown.leaves = places.collect();
        grown
    }

    fn leaf(&self, whole: Whole) -> Node {
        let sums = self.scale.sums(whole);
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

    /// The two leaves that a fork makes; after the last one they need no histogram.
    fn fork(
        &self,
        (leaf, best): (Leaf, Best),
        is_last: bool,
        lists: &mut [&mut [u32]; 2],
        aside: &mut Vec<u32>,
        grown: &mut Grown,
    ) -> [Leaf; 2] {
        let mut middles = [0; 2];
        for (middle, (rows, (from, to))) in middles.iter_mut().zip(lists.iter_mut().zip(leaf.parts))
        {
            *middle = from + self.part(&mut rows[from..to], best, aside);
        }
        let (left, right) = (best.left, leaf.whole.less(best.left));
        let node = grown.nodes.len();
        for whole in [left, right] {
            grown.nodes.push(self.leaf(whole));
        }
        let cuts = &self.bins.cuts[best.column];
        grown.nodes[leaf.node].value = 0.0;
        grown.nodes[leaf.node].fork = Some(Fork {
            column: best.column as u32,
            // Beyond the last cut only missing values go right.
            threshold: cuts.get(best.bin).copied().unwrap_or(f64::MAX),
            missing_left: best.missing_left,
            left: node as u32,
            right: node as u32 + 1,
        });
        let of = |node, parts, whole| Leaf {
            node,
            parts,
            depth: leaf.depth + 1,
            whole,
            bins: Vec::new(),
            best: None,
        };
        let [(from, to), (other_from, other_to)] = leaf.parts;
        let [middle, other] = middles;
        let mut two = [
            of(node, [(from, middle), (other_from, other)], left),
            of(node + 1, [(middle, to), (other, other_to)], right),
        ];
        if is_last {
            return two;
        }
        if two.iter().any(|one| self.may_fork(one)) {
            let small = usize::from(to - middle < middle - from);
            let (from, to) = two[small].parts[0];
            let few = self.histogram(&lists[0][from..to]);
            let mut many = leaf.bins;
            for (all, one) in many.iter_mut().zip(&few) {
                *all = all.less(*one);
            }
            two[small].bins = few;
            two[1 - small].bins = many;
        }
        two.map(|one| self.seek(one))
    }

    /// Brings the rows that go left to the front, each side in its order; says how many they are.
    fn part(&self, rows: &mut [u32], best: Best, aside: &mut Vec<u32>) -> usize {
        let missing = self.bins.missing(best.column);
        aside.resize(rows.len(), 0);
        let (mut kept, mut gone) = (0, 0);
        // Each row is written to both sides, and one of them goes on: nobody can foretell which.
        for at in 0..rows.len() {
            let row = rows[at];
            let bin = usize::from(self.bins.row(row)[best.column]);
            let left = (bin <= best.bin) & (bin != missing) | (bin == missing) & best.missing_left;
            rows[kept] = row;
            aside[gone] = row;
            kept += usize::from(left);
            gone += usize::from(!left);
        }
        rows[kept..].copy_from_slice(&aside[..gone]);
        kept
    }

    /// Row by row: the additions that follow each other are of different columns, and do not wait for one another.
    fn histogram(&self, rows: &[u32]) -> Vec<Whole> {
        let mut places = Vec::with_capacity(self.columns.len());
        let mut all = 0;
        for column in self.columns {
            places.push((*column, all));
            all += self.bins.starts[*column + 1] - self.bins.starts[*column];
        }
        let mut found = vec![Whole::default(); all];
        for row in rows {
            let one = self.slopes[*row as usize];
            let bins = self.bins.row(*row);
            for (column, start) in &places {
                found[start + usize::from(bins[*column])].add(one);
            }
        }
        found
    }

    fn may_fork(&self, leaf: &Leaf) -> bool {
        leaf.depth < self.options.depth
            && leaf.parts[0].1 - leaf.parts[0].0 >= 2 * self.options.min_rows
    }

    /// The leaf with its best fork; without its histogram if there is none.
    fn seek(&self, mut leaf: Leaf) -> Leaf {
        if self.may_fork(&leaf) {
            let bins = std::mem::take(&mut leaf.bins);
            let mut start = 0;
            for column in self.columns {
                let end = start + self.bins.starts[*column + 1] - self.bins.starts[*column];
                self.seek_in(*column, &bins[start..end], &mut leaf);
                start = end;
            }
            if leaf.best.is_some() {
                leaf.bins = bins;
            }
        }
        leaf
    }

    fn seek_in(&self, column: usize, bins: &[Whole], leaf: &mut Leaf) {
        let l2 = self.options.l2;
        let fewest = self.options.min_rows as f64;
        let Some((missing, bins)) = bins.split_last() else {
            return;
        };
        let own = self.scale.sums(leaf.whole).worth(l2);
        let some_missing = !missing.is_none();
        for missing_left in [false, true] {
            if missing_left && !some_missing {
                break;
            }
            let mut whole = if missing_left {
                *missing
            } else {
                Whole::default()
            };
            // All known values on one side are a fork only where the missing ones are on the other.
            let last = bins.len() - usize::from(missing_left || !some_missing);
            for (bin, one) in bins[..last].iter().enumerate() {
                // A bin without rows parts nothing that the one before it did not.
                if one.is_none() {
                    continue;
                }
                whole.add(*one);
                let left = self.scale.sums(whole);
                if left.rows < fewest {
                    continue;
                }
                let right = self.scale.sums(leaf.whole.less(whole));
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
                        left: whole,
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

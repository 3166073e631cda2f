//! What each column contributed to a forecast: Shapley values of the trees, exact.

use super::boost::Trees;
use super::parts::Node;

/// A column on the way from the root, with the shares of all subsets of the columns so far that go this way
/// without and with knowing it.
#[derive(Clone, Copy)]
struct Step {
    column: u32,
    zero: f64,
    one: f64,
    weight: f64,
}

/// No column: the root's step.
const NONE: u32 = u32::MAX;

impl Trees {
    /// How far each column moved the score of these values (one for each column, in order; NaN is missing)
    /// from [`Trees::mean_score`], in units of the score; their sum is the whole way. Shapley values over what
    /// rows the trees saw at their nodes (TreeSHAP, algorithm 2 of Lundberg, Erion & Lee 2018).
    pub fn contributions(&self, values: &[f64]) -> Vec<f64> {
        let mut found = vec![0.0; self.parts.names.len()];
        let mut path = Vec::new();
        for tree in &self.parts.trees {
            let mut walk = Walk {
                tree,
                values,
                found: &mut found,
            };
            let root = Step {
                column: NONE,
                zero: 1.0,
                one: 1.0,
                weight: 1.0,
            };
            path.clear();
            walk.down(0, &mut path, 0, root);
        }
        found
    }

    /// The mean score of the rows that the trees were grown from: what contributions start at.
    pub fn mean_score(&self) -> f64 {
        let sum: f64 = self.parts.trees.iter().map(|tree| mean(tree)).sum();
        self.parts.base + sum
    }
}

/// The mean of a tree's leaves by their weight.
fn mean(tree: &[Node]) -> f64 {
    let mut shares = vec![0.0; tree.len()];
    shares[0] = 1.0;
    let mut sum = 0.0;
    for (at, node) in tree.iter().enumerate() {
        match node.fork {
            Some(fork) => {
                for next in [fork.left as usize, fork.right as usize] {
                    shares[next] = shares[at] * share(tree, at, next);
                }
            }
            None => sum += shares[at] * node.value,
        }
    }
    sum
}

/// The share of a node's rows that go on to one of the two after it.
fn share(tree: &[Node], at: usize, next: usize) -> f64 {
    if tree[at].cover > 0.0 {
        tree[next].cover / tree[at].cover
    } else {
        0.5
    }
}

struct Walk<'a> {
    tree: &'a [Node],
    values: &'a [f64],
    found: &'a mut [f64],
}

impl Walk<'_> {
    /// Goes down from a node whose path begins at `start` of the stack.
    fn down(&mut self, at: usize, path: &mut Vec<Step>, start: usize, step: Step) {
        let parents = path.len();
        // Each node works on a copy of its parent's path.
        path.extend_from_within(start..);
        let start = parents;
        extend(path, start, step);
        let node = &self.tree[at];
        let Some(fork) = node.fork else {
            for place in 1..path.len() - start {
                let one = path[start + place];
                let weight = unwound(&path[start..], place);
                self.found[one.column as usize] += weight * (one.one - one.zero) * node.value;
            }
            path.truncate(parents);
            return;
        };
        let value = self.values.get(fork.column as usize).copied();
        let hot = fork.next(value.unwrap_or(f64::NAN));
        let cold = if hot == fork.left {
            fork.right
        } else {
            fork.left
        };
        let (mut zero, mut one) = (1.0, 1.0);
        let known = path[start..]
            .iter()
            .position(|step| step.column == fork.column);
        if let Some(place) = known {
            (zero, one) = (path[start + place].zero, path[start + place].one);
            unwind(path, start, place);
        }
        for (next, one) in [(hot, one), (cold, 0.0)] {
            let step = Step {
                column: fork.column,
                zero: zero * share(self.tree, at, next as usize),
                one,
                weight: 0.0,
            };
            self.down(next as usize, path, start, step);
        }
        path.truncate(parents);
    }
}

/// Adds a step and spreads the weights of subsets over one more column.
fn extend(path: &mut Vec<Step>, start: usize, step: Step) {
    let depth = path.len() - start;
    path.push(Step {
        weight: if depth == 0 { 1.0 } else { 0.0 },
        ..step
    });
    let steps = &mut path[start..];
    let all = depth as f64 + 1.0;
    for at in (0..depth).rev() {
        steps[at + 1].weight += step.one * steps[at].weight * (at as f64 + 1.0) / all;
        steps[at].weight = step.zero * steps[at].weight * (depth - at) as f64 / all;
    }
}

/// Takes a step out again, as if it had never been made.
fn unwind(path: &mut Vec<Step>, start: usize, place: usize) {
    let steps = &mut path[start..];
    let depth = steps.len() - 1;
    let Step { zero, one, .. } = steps[place];
    let mut next = steps[depth].weight;
    let all = depth as f64 + 1.0;
    for at in (0..depth).rev() {
        if one != 0.0 {
            let before = steps[at].weight;
            steps[at].weight = next * all / ((at as f64 + 1.0) * one);
            next = before - steps[at].weight * zero * (depth - at) as f64 / all;
        } else if zero != 0.0 {
            steps[at].weight = steps[at].weight * all / (zero * (depth - at) as f64);
        } else {
            steps[at].weight = 0.0;
        }
    }
    for at in place..depth {
        let weight = steps[at].weight;
        steps[at] = Step {
            weight,
            ..steps[at + 1]
        };
    }
    path.pop();
}

/// The sum of the weights without one step.
fn unwound(steps: &[Step], place: usize) -> f64 {
    let depth = steps.len() - 1;
    let Step { zero, one, .. } = steps[place];
    let mut next = steps[depth].weight;
    let all = depth as f64 + 1.0;
    let mut sum = 0.0;
    for at in (0..depth).rev() {
        if one != 0.0 {
            let weight = next * all / ((at as f64 + 1.0) * one);
            sum += weight;
            next = steps[at].weight - weight * zero * (depth - at) as f64 / all;
        } else if zero != 0.0 {
            sum += steps[at].weight * all / (zero * (depth - at) as f64);
        }
    }
    sum
}

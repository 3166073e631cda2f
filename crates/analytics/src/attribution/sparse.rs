//! Linear equations of a chain that ends: solved by taking states out one by one, without subtraction.

use std::collections::{BTreeMap, BTreeSet};

/// The equations `d(i) x(i) = sum of p(i,j) x(j) + b(i)`, where `d(i)` is the sum of the `p(i,j)` and of
/// what leaves the chain at `i`.
///
/// States are taken out in the order of least fill (Markowitz), and `d` is summed anew each time instead of
/// being diminished (Grassmann, Taksar and Heyman 1985): every number is a sum of products of what
/// is not negative, so nothing cancels, however rarely the chain ends.
#[derive(Debug)]
pub(super) struct Solver {
    /// States in the order in which they were taken out.
    order: Vec<usize>,
    /// By place in that order: what was added to states taken out later, as shares.
    down: Vec<Vec<(usize, f64)>>,
    /// By place: the row as it stood, without its own entry.
    across: Vec<Vec<(usize, f64)>>,
    /// By place: `d` as it stood.
    through: Vec<f64>,
    /// By state: its place.
    place: Vec<usize>,
}

impl Solver {
    /// Takes out all states; `rows` holds `p`, `exits` what leaves the chain. Each state can get out.
    pub(super) fn new(mut rows: Vec<BTreeMap<usize, f64>>, mut exits: Vec<f64>) -> Self {
        let states = rows.len();
        let mut columns = vec![BTreeSet::new(); states];
        for (state, row) in rows.iter_mut().enumerate() {
            // What stays where it is changes nothing.
            row.remove(&state);
            for to in row.keys() {
                columns[*to].insert(state);
            }
        }
        let mut solver = Self {
            order: Vec::with_capacity(states),
            down: Vec::with_capacity(states),
            across: Vec::with_capacity(states),
            through: Vec::with_capacity(states),
            place: vec![0; states],
        };
        let mut left: BTreeSet<usize> = (0..states).collect();
        let fill = |state: &usize, rows: &[BTreeMap<usize, f64>], columns: &[BTreeSet<usize>]| {
            rows[*state].len() * columns[*state].len()
        };
        while let Some(state) = left
            .iter()
            .copied()
            .min_by_key(|state| fill(state, &rows, &columns))
        {
            left.remove(&state);
            let row = std::mem::take(&mut rows[state]);
            let through = exits[state] + row.values().sum::<f64>();
            let mut down = Vec::new();
            for from in std::mem::take(&mut columns[state]) {
                let Some(weight) = rows[from].remove(&state) else {
                    continue;
                };
                let share = weight / through;
                for (to, weight) in row.iter().filter(|(to, _)| **to != from) {
                    *rows[from].entry(*to).or_default() += share * weight;
                    columns[*to].insert(from);
                }
                exits[from] += share * exits[state];
                down.push((from, share));
            }
            for to in row.keys() {
                columns[*to].remove(&state);
            }
            solver.place[state] = solver.order.len();
            solver.order.push(state);
            solver.down.push(down);
            solver.across.push(row.into_iter().collect());
            solver.through.push(through);
        }
        solver
    }

    /// Solves for `x`.
    pub(super) fn solve(&self, mut b: Vec<f64>) -> Vec<f64> {
        self.solve_from(0, &mut b);
        b
    }

    /// Solves for those `x` whose place is at least `first`, where all `b` before are 0.
    fn solve_from(&self, first: usize, b: &mut [f64]) {
        for place in first..self.order.len() {
            let own = b[self.order[place]];
            for (to, share) in &self.down[place] {
                b[*to] += share * own;
            }
        }
        for place in (first..self.order.len()).rev() {
            let later = self.across[place]
                .iter()
                .map(|(to, weight)| weight * b[*to]);
            let sum = b[self.order[place]] + later.sum::<f64>();
            b[self.order[place]] = sum / self.through[place];
        }
    }

    /// Solves the transposed equations for `g`: what arrives at states from where `s` enters.
    pub(super) fn solve_transposed(&self, mut s: Vec<f64>) -> Vec<f64> {
        for place in 0..self.order.len() {
            s[self.order[place]] /= self.through[place];
            let own = s[self.order[place]];
            for (to, weight) in &self.across[place] {
                s[*to] += weight * own;
            }
        }
        for place in (0..self.order.len()).rev() {
            let later = self.down[place].iter().map(|(to, share)| share * s[*to]);
            let sum = later.sum::<f64>();
            s[self.order[place]] += sum;
        }
        s
    }

    /// The entry of the inverse on the diagonal of a state: visits to it from itself, by weight.
    pub(super) fn own(&self, state: usize) -> f64 {
        let mut unit = vec![0.0; self.order.len()];
        unit[state] = 1.0;
        self.solve_from(self.place[state], &mut unit);
        unit[state]
    }
}

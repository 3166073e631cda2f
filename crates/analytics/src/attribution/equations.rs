//! Linear equations of a chain that ends: solved by taking states out one by one, without subtraction.

use std::collections::BTreeMap;

/// The equations `d(i) x(i) = sum of p(i,j) x(j) + b(i)`, where `d(i)` is the sum of the `p(i,j)` and of
/// what leaves the chain at `i`.
///
/// States with few neighbours are taken out first, and `d` is summed anew each time instead of
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
    ///
    /// The weights of states not yet taken out stand in full, 8 bytes a pair: chains fill up as they
    /// are solved, and what is nought costs a glance.
    pub(super) fn new(rows: &[BTreeMap<usize, f64>], mut exits: Vec<f64>) -> Self {
        let states = rows.len();
        let mut weights = vec![vec![0.0; states]; states];
        let mut comes = vec![0; states];
        for (state, row) in rows.iter().enumerate() {
            // What stays where it is changes nothing.
            for (to, weight) in row.iter().filter(|(to, _)| **to != state) {
                weights[state][*to] = *weight;
                comes[*to] += 1;
            }
        }
        let mut order: Vec<usize> = (0..states).collect();
        order.sort_by_key(|state| rows[*state].len() * comes[*state]);
        let mut place = vec![0; states];
        for (at, state) in order.iter().enumerate() {
            place[*state] = at;
        }
        let (mut down, mut across, mut through) = (Vec::new(), Vec::new(), Vec::new());
        for (at, state) in order.iter().copied().enumerate() {
            let row = std::mem::take(&mut weights[state]);
            let own: Vec<(usize, f64)> = row
                .into_iter()
                .enumerate()
                .filter(|to| to.1 > 0.0)
                .collect();
            let sum = exits[state] + own.iter().map(|to| to.1).sum::<f64>();
            let mut shares = Vec::new();
            for from in order[at + 1..].iter().copied() {
                let share = weights[from][state] / sum;
                if share == 0.0 {
                    continue;
                }
                let row = &mut weights[from];
                for (to, weight) in &own {
                    row[*to] += share * weight;
                }
                // Coming back to where it went from, it stays where it is.
                row[from] = 0.0;
                row[state] = 0.0;
                exits[from] += share * exits[state];
                shares.push((from, share));
            }
            down.push(shares);
            across.push(own);
            through.push(sum);
        }
        Self {
            order,
            down,
            across,
            through,
            place,
        }
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

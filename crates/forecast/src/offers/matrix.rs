//! A symmetric matrix of some thousand rows, turned into its inverse where it stands.
//!
//! Blocks of rows are swept one after another: with `D` the inverse of the block on the diagonal and `C` the
//! block's columns, `A - C D C'` stays everywhere else, `C D` stands in the columns and `-D` on the diagonal;
//! when all are swept, there stands minus the inverse. Each entry on and below the diagonal is touched once
//! a block, so that it costs n³ / 2 multiplications, as Cholesky's way does; the factor of each block says
//! whether the matrix is positive definite.

/// Rows of a block.
const BLOCK: usize = 48;
/// Rows and columns of the tile that the innermost loop keeps in registers.
const TILE: usize = 4;

/// A symmetric matrix; only what lies on and below the diagonal is read.
#[derive(Clone, Debug)]
pub(super) struct Symmetric {
    size: usize,
    /// Row by row, each in full.
    cells: Vec<f64>,
}

impl Symmetric {
    pub fn zero(size: usize) -> Self {
        Self {
            size,
            cells: vec![0.0; size * size],
        }
    }

    pub fn size(&self) -> usize {
        self.size
    }

    pub fn get(&self, row: usize, column: usize) -> f64 {
        let (low, high) = (row.min(column), row.max(column));
        self.cells[high * self.size + low]
    }

    /// Adds to the entry of a row and of a column that is not beyond it.
    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        debug_assert!(
            column <= row,
            "only what lies on and below the diagonal is kept"
        );
        self.cells[row * self.size + column] += value;
    }

    /// The inverse; `None` if the matrix is not positive definite, or so nearly that nothing is left of it.
    pub fn inverse(mut self) -> Option<Self> {
        let padded = self.size.div_ceil(TILE) * TILE;
        let mut panels = Panels {
            columns: vec![0.0; padded * BLOCK],
            solved: vec![0.0; padded * BLOCK],
        };
        for from in (0..self.size).step_by(BLOCK) {
            self.sweep(from, (from + BLOCK).min(self.size), &mut panels)?;
        }
        for cell in &mut self.cells {
            *cell = -*cell;
        }
        Some(self)
    }

    fn sweep(&mut self, from: usize, to: usize, panels: &mut Panels) -> Option<()> {
        let width = to - from;
        let inverse = self.inverse_of_block(from, to)?;
        for row in 0..self.size {
            let place = |k: usize| (row / TILE * width + k) * TILE + row % TILE;
            let is_own = (from..to).contains(&row);
            let mut own = [0.0; BLOCK];
            for (k, cell) in own.iter_mut().enumerate().take(width) {
                // The block's own rows are set below and play no part in the update.
                *cell = if is_own { 0.0 } else { self.get(row, from + k) };
                panels.columns[place(k)] = *cell;
            }
            for k in 0..width {
                let line = &inverse[k * width..(k + 1) * width];
                let sum: f64 = line.iter().zip(&own).map(|(a, b)| a * b).sum();
                panels.solved[place(k)] = sum;
            }
        }
        self.update(width, panels);
        for row in 0..self.size {
            for k in 0..width {
                let value = match (from..to).contains(&row) {
                    true => -inverse[(row - from) * width + k],
                    false => panels.solved[(row / TILE * width + k) * TILE + row % TILE],
                };
                let (low, high) = (row.min(from + k), row.max(from + k));
                self.cells[high * self.size + low] = value;
            }
        }
        Some(())
    }

    /// Takes `C D C'` off all that lies on and below the diagonal, a tile a turn.
    fn update(&mut self, width: usize, panels: &Panels) {
        let strip = width * TILE;
        let tiles = self.size.div_ceil(TILE);
        for (row, left) in panels.solved.chunks_exact(strip).take(tiles).enumerate() {
            for (column, right) in panels.columns.chunks_exact(strip).take(row + 1).enumerate() {
                let sums = product(left, right);
                for (a, line) in sums.iter().enumerate().take(self.size - row * TILE) {
                    let start = (row * TILE + a) * self.size + column * TILE;
                    // In the last tile of a row it is the diagonal that ends it.
                    let most = TILE.min(self.size - column * TILE);
                    for (cell, sum) in self.cells[start..start + most].iter_mut().zip(line) {
                        *cell -= sum;
                    }
                }
            }
        }
    }

    /// The inverse of a block on the diagonal, by its Cholesky factor.
    fn inverse_of_block(&self, from: usize, to: usize) -> Option<Vec<f64>> {
        let width = to - from;
        let mut lower = vec![0.0; width * width];
        for i in 0..width {
            for j in 0..=i {
                let whole = self.get(from + i, from + j);
                let known: f64 = (0..j)
                    .map(|k| lower[i * width + k] * lower[j * width + k])
                    .sum();
                let rest = whole - known;
                lower[i * width + j] = if i == j {
                    if !rest.is_finite() || rest <= f64::EPSILON * whole.abs() {
                        return None;
                    }
                    rest.sqrt()
                } else {
                    rest / lower[j * width + j]
                };
            }
        }
        let mut inverse = vec![0.0; width * width];
        let mut line = vec![0.0; width];
        for column in 0..width {
            for i in 0..width {
                let unit = if i == column { 1.0 } else { 0.0 };
                let known: f64 = (0..i).map(|k| lower[i * width + k] * line[k]).sum();
                line[i] = (unit - known) / lower[i * width + i];
            }
            for i in (0..width).rev() {
                let known: f64 = (i + 1..width)
                    .map(|k| lower[k * width + i] * inverse[k * width + column])
                    .sum();
                inverse[i * width + column] = (line[i] - known) / lower[i * width + i];
            }
        }
        Some(inverse)
    }
}

/// A block's columns, and the same times the inverse of the block, in strips of [`TILE`] rows: within a strip
/// column by column.
struct Panels {
    columns: Vec<f64>,
    solved: Vec<f64>,
}

/// The products of the rows of two strips.
fn product(left: &[f64], right: &[f64]) -> [[f64; TILE]; TILE] {
    let mut sums = [[0.0; TILE]; TILE];
    let (left, _) = left.as_chunks::<TILE>();
    let (right, _) = right.as_chunks::<TILE>();
    for (a, b) in left.iter().zip(right) {
        for (line, a) in sums.iter_mut().zip(a) {
            for (sum, b) in line.iter_mut().zip(b) {
                *sum += a * b;
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Random;

    #[test]
    fn an_inverse_undoes_whatever_the_size() {
        for size in [1, 3, 4, 47, 48, 49, 131] {
            let mut random = Random::new(size as u64);
            let parts: Vec<f64> = (0..size * size).map(|_| random.unit() - 0.5).collect();
            let mut matrix = Symmetric::zero(size);
            for i in 0..size {
                for j in 0..=i {
                    let dot = |k: usize| parts[i * size + k] * parts[j * size + k];
                    matrix.add(i, j, (0..size).map(dot).sum());
                }
                matrix.add(i, i, 0.5);
            }
            let inverse = matrix.clone().inverse().expect("positive definite");
            for i in 0..size {
                for j in 0..size {
                    let sum: f64 = (0..size)
                        .map(|k| matrix.get(i, k) * inverse.get(k, j))
                        .sum();
                    let exact = if i == j { 1.0 } else { 0.0 };
                    assert!((sum - exact).abs() < 1e-11, "{size}: {i}, {j}: {sum}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_positive_definite_has_none() {
        let mut flat = Symmetric::zero(2);
        for (i, j) in [(0, 0), (1, 0), (1, 1)] {
            flat.add(i, j, 1.0);
        }
        assert!(flat.inverse().is_none());
        let mut unknown = Symmetric::zero(1);
        unknown.add(0, 0, f64::NAN);
        assert!(unknown.inverse().is_none());
    }
}

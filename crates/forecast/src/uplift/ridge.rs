//! A straight line through standardized features, held back by a penalty that the data choose.

use super::experiment::{Feature, Values};

/// Most columns of the design: words of a feature beyond the most frequent ones share none.
const MAX_COLUMNS: usize = 200;
/// Most words of a feature with a column of their own.
const MAX_WORDS: usize = 20;
/// Rows that a word needs for one.
const MIN_ROWS: usize = 20;
/// The penalties tried, in parts of the rows' weight. The last leaves nearly nothing but the mean.
const PENALTIES: [f64; 7] = [1e-4, 1e-3, 1e-2, 0.1, 1.0, 10.0, 1e3];

/// Features as columns of mean 0 and variance 1, row by row; what is not known is at the mean.
#[derive(Clone, Debug)]
pub(super) struct Columns {
    width: usize,
    cells: Vec<f64>,
}

impl Columns {
    pub fn new(features: &[Feature]) -> Self {
        let rows = features.first().map_or(0, |feature| feature.values.len());
        let mut columns: Vec<Vec<f64>> = Vec::new();
        for feature in features {
            match &feature.values {
                Values::Numbers(numbers) => columns.push(numbers.clone()),
                Values::Words { codes, words } => columns.extend(indicators(codes, words.len())),
            }
        }
        columns.truncate(MAX_COLUMNS);
        columns.retain_mut(|column| standardize(column));
        let width = columns.len();
        let mut cells = vec![0.0; rows * width];
        for (place, column) in columns.iter().enumerate() {
            for (row, value) in column.iter().enumerate() {
                cells[row * width + place] = *value;
            }
        }
        Self { width, cells }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.width..(row + 1) * self.width]
    }

    /// Fits to some rows with their targets and weights above 0, and gives the line's values at others.
    pub fn fit(&self, rows: &[usize], target: &[f64], weight: &[f64], at: &[usize]) -> Vec<f64> {
        let whole: f64 = weight.iter().sum();
        if whole <= 0.0 {
            return vec![0.0; at.len()];
        }
        let (middle, level) = self.means(rows, target, weight, whole);
        let width = self.width;
        let mut square = vec![0.0; width * width];
        let mut with = vec![0.0; width];
        let mut rest = 0.0;
        let mut off = vec![0.0; width];
        for ((row, target), weight) in rows.iter().zip(target).zip(weight) {
            for ((off, cell), middle) in off.iter_mut().zip(self.row(*row)).zip(&middle) {
                *off = cell - middle;
            }
            let target = target - level;
            rest += weight * target * target;
            for i in 0..width {
                let part = weight * off[i];
                with[i] += part * target;
                for j in 0..=i {
                    square[i * width + j] += part * off[j];
                }
            }
        }
        let slopes = best(&square, &with, rest, whole, rows.len());
        let line = |row: &usize| {
            let cells = self.row(*row).iter().zip(&middle).zip(&slopes);
            level
                + cells
                    .map(|((cell, middle), slope)| (cell - middle) * slope)
                    .sum::<f64>()
        };
        at.iter().map(line).collect()
    }

    fn means(&self, rows: &[usize], target: &[f64], weight: &[f64], whole: f64) -> (Vec<f64>, f64) {
        let mut middle = vec![0.0; self.width];
        let mut level = 0.0;
        for ((row, target), weight) in rows.iter().zip(target).zip(weight) {
            level += weight * target;
            for (middle, cell) in middle.iter_mut().zip(self.row(*row)) {
                *middle += weight * cell;
            }
        }
        middle.iter_mut().for_each(|middle| *middle /= whole);
        (middle, level / whole)
    }
}

/// The slopes of the penalty with the least generalized cross-validation (Golub, Heath & Wahba 1979); all 0 where
/// no penalty can be solved with.
fn best(square: &[f64], with: &[f64], rest: f64, whole: f64, rows: usize) -> Vec<f64> {
    let width = with.len();
    let mut best = (f64::INFINITY, vec![0.0; width]);
    for penalty in PENALTIES {
        let mut matrix = square.to_vec();
        for i in 0..width {
            matrix[i * width + i] += penalty * whole;
        }
        if !cholesky(&mut matrix, width) {
            continue;
        }
        let slopes = solve(&matrix, width, with);
        let explained: f64 = slopes.iter().zip(with).map(|(b, c)| b * c).sum();
        let size: f64 = slopes.iter().map(|b| b * b).sum();
        let left = (rest - explained - penalty * whole * size).max(0.0);
        let freedom = width as f64 - penalty * whole * trace_of_inverse(&matrix, width);
        let share = 1.0 - (freedom + 1.0) / rows as f64;
        let score = left / (share * share);
        if share > 0.0 && score < best.0 {
            best = (score, slopes);
        }
    }
    best.1
}

/// The lower factor in the place of a symmetric matrix's lower half; false where it is not positive definite.
fn cholesky(matrix: &mut [f64], width: usize) -> bool {
    for i in 0..width {
        for j in 0..=i {
            let known: f64 = (0..j)
                .map(|k| matrix[i * width + k] * matrix[j * width + k])
                .sum();
            let rest = matrix[i * width + j] - known;
            if i == j {
                if !(rest > 0.0 && rest.is_finite()) {
                    return false;
                }
                matrix[i * width + i] = rest.sqrt();
            } else {
                matrix[i * width + j] = rest / matrix[j * width + j];
            }
        }
    }
    true
}

fn solve(lower: &[f64], width: usize, right: &[f64]) -> Vec<f64> {
    let mut x = right.to_vec();
    for i in 0..width {
        let known: f64 = (0..i).map(|k| lower[i * width + k] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i * width + i];
    }
    for i in (0..width).rev() {
        let known: f64 = (i + 1..width).map(|k| lower[k * width + i] * x[k]).sum();
        x[i] = (x[i] - known) / lower[i * width + i];
    }
    x
}

/// The sum of squares of the inverse of the lower factor.
fn trace_of_inverse(lower: &[f64], width: usize) -> f64 {
    let mut trace = 0.0;
    let mut column = vec![0.0; width];
    for start in 0..width {
        for i in start..width {
            let unit = if i == start { 1.0 } else { 0.0 };
            let known: f64 = (start..i).map(|k| lower[i * width + k] * column[k]).sum();
            column[i] = (unit - known) / lower[i * width + i];
            trace += column[i] * column[i];
        }
    }
    trace
}

/// A column for each of the words that are frequent enough.
fn indicators(codes: &[u32], words: usize) -> Vec<Vec<f64>> {
    frequent(codes, words)
        .into_iter()
        .map(|word| {
            let is = |code: &u32| f64::from(u8::from(*code as usize == word));
            codes.iter().map(is).collect()
        })
        .collect()
}

/// The most frequent words, most frequent first.
pub(super) fn frequent(codes: &[u32], words: usize) -> Vec<usize> {
    let mut counts = vec![0; words];
    for code in codes {
        if let Some(count) = counts.get_mut(*code as usize) {
            *count += 1;
        }
    }
    let mut order: Vec<usize> = (0..words)
        .filter(|word| counts[*word] >= MIN_ROWS)
        .collect();
    order.sort_by_key(|word| (std::cmp::Reverse(counts[*word]), *word));
    order.truncate(MAX_WORDS);
    order
}

/// Brings a column to mean 0 and variance 1, what is not known to 0; false where it does not vary.
fn standardize(column: &mut [f64]) -> bool {
    let known = || column.iter().copied().filter(|value| value.is_finite());
    let count = known().count().max(1) as f64;
    // Scaled before squaring, so that no large number overflows.
    let scale = known().fold(0.0, |most: f64, value| most.max(value.abs()));
    if scale == 0.0 {
        return false;
    }
    let mean = known().map(|value| value / scale).sum::<f64>() / count;
    let variance = known()
        .map(|value| (value / scale - mean).powi(2))
        .sum::<f64>()
        / count;
    let deviation = variance.sqrt();
    if !(deviation > 1e-12 && deviation.is_finite()) {
        return false;
    }
    for value in column.iter_mut() {
        *value = match value.is_finite() {
            true => (*value / scale - mean) / deviation,
            false => 0.0,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_line_is_found_and_noise_is_held_back() {
        let mut random = Random::new(5);
        let mut unit = || random.unit();
        let x: Vec<f64> = (0..400).map(|_| 1e9 * unit()).collect();
        let codes: Vec<u32> = (0..400).map(|row| row % 3).collect();
        let words = ["a", "b", "c"].map(str::to_owned).to_vec();
        let y: Vec<f64> = (0..400)
            .map(|row| x[row] / 1e9 + if codes[row] == 1 { 2.0 } else { 0.0 })
            .collect();
        let features = [
            Feature {
                name: "x".into(),
                values: Values::Numbers(x),
            },
            Feature {
                name: "word".into(),
                values: Values::Words { codes, words },
            },
            Feature {
                name: "nothing".into(),
                values: Values::Numbers(vec![f64::NAN; 400]),
            },
        ];
        let design = Columns::new(&features);
        assert_eq!(design.width, 4);
        let rows: Vec<usize> = (0..300).collect();
        let at: Vec<usize> = (300..400).collect();
        let found = design.fit(&rows, &y[..300], &[1.0; 300], &at);
        for (found, row) in found.iter().zip(&at) {
            assert!((found - y[*row]).abs() < 0.01, "{found} {}", y[*row]);
        }
        let noise: Vec<f64> = (0..300).map(|_| unit()).collect();
        let flat = design.fit(&rows, &noise, &[1.0; 300], &at);
        let mean = noise.iter().sum::<f64>() / 300.0;
        let far = flat
            .iter()
            .map(|one| (one - mean).abs())
            .fold(0.0, f64::max);
        assert!(far < 0.1, "{far}");
        assert!(Columns::new(&[]).fit(&[0, 1], &[1.0, 3.0], &[1.0, 1.0], &[0]) == [2.0]);
    }
}

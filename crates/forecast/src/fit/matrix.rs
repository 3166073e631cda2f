//! The little linear algebra that a handful of parameters need.

/// A square matrix, row by row.
pub(crate) type Matrix = Vec<Vec<f64>>;

/// Zeros.
pub(super) fn square(size: usize) -> Matrix {
    vec![vec![0.0; size]; size]
}

/// The inverse of a symmetric matrix, if it is positive definite; `keep` says which rows and columns count,
/// the others are left 0.
pub(super) fn inverse(matrix: &Matrix, keep: &[bool]) -> Option<Matrix> {
    let lower = cholesky(matrix, keep)?;
    let size = keep.len();
    let mut inverse = square(size);
    for column in (0..size).filter(|at| keep[*at]) {
        let mut y = vec![0.0; size];
        for i in (0..size).filter(|at| keep[*at]) {
            let unit = if i == column { 1.0 } else { 0.0 };
            let known: f64 = (0..i).map(|k| lower[i][k] * y[k]).sum();
            y[i] = (unit - known) / lower[i][i];
        }
        for i in (0..size).rev().filter(|at| keep[*at]) {
            let known: f64 = (i + 1..size)
                .map(|k| lower[k][i] * inverse[k][column])
                .sum();
            inverse[i][column] = (y[i] - known) / lower[i][i];
        }
    }
    Some(inverse)
}

/// The lower factor, with zeros where `keep` says no.
pub(crate) fn cholesky(matrix: &Matrix, keep: &[bool]) -> Option<Matrix> {
    let size = keep.len();
    let mut lower = square(size);
    for i in (0..size).filter(|at| keep[*at]) {
        for j in (0..=i).filter(|at| keep[*at]) {
            let known: f64 = (0..j).map(|k| lower[i][k] * lower[j][k]).sum();
            let rest = matrix[i][j] - known;
            if i == j {
                // Relative to the diagonal, what is left of a flat direction is noise of the differences.
                if !rest.is_finite() || rest <= 1e-9 * matrix[i][i].abs() {
                    return None;
                }
                lower[i][i] = rest.sqrt();
            } else {
                lower[i][j] = rest / lower[j][j];
            }
        }
    }
    Some(lower)
}

/// The sum of products.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A matrix times a vector.
pub(super) fn times(matrix: &Matrix, vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes() {
        let rows = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]];
        let matrix: Matrix = rows.map(|row| row.to_vec()).to_vec();
        let inverse = inverse(&matrix, &[true; 3]).expect("positive definite");
        // It is symmetric, so that its rows are its columns.
        for (i, column) in inverse.iter().enumerate() {
            let product = times(&matrix, column);
            for (j, value) in product.into_iter().enumerate() {
                let exact = if i == j { 1.0 } else { 0.0 };
                assert!((value - exact).abs() < 1e-14);
            }
        }
        let ones = vec![vec![1.0; 2]; 2];
        assert!(super::inverse(&ones, &[true; 2]).is_none());
        assert!(super::inverse(&ones, &[true, false]).is_some());
    }
}

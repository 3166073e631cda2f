//! The little linear algebra that a handful of parameters need.

/// The inverse of a symmetric matrix, if it is positive definite; `keep` says which rows and columns count,
/// the others are left 0.
pub(super) fn inverse<const N: usize>(
    matrix: &[[f64; N]; N],
    keep: [bool; N],
) -> Option<[[f64; N]; N]> {
    let lower = cholesky(matrix, keep)?;
    let mut inverse = [[0.0; N]; N];
    for column in (0..N).filter(|at| keep[*at]) {
        let mut y = [0.0; N];
        for i in (0..N).filter(|at| keep[*at]) {
            let unit = if i == column { 1.0 } else { 0.0 };
            let known: f64 = (0..i).map(|k| lower[i][k] * y[k]).sum();
            y[i] = (unit - known) / lower[i][i];
        }
        for i in (0..N).rev().filter(|at| keep[*at]) {
            let known: f64 = (i + 1..N).map(|k| lower[k][i] * inverse[k][column]).sum();
            inverse[i][column] = (y[i] - known) / lower[i][i];
        }
    }
    Some(inverse)
}

/// The lower factor, with zeros where `keep` says no.
fn cholesky<const N: usize>(matrix: &[[f64; N]; N], keep: [bool; N]) -> Option<[[f64; N]; N]> {
    let mut lower = [[0.0; N]; N];
    for i in (0..N).filter(|at| keep[*at]) {
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
pub(super) fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// A matrix times a vector.
pub(super) fn times<const N: usize>(matrix: &[[f64; N]; N], vector: &[f64; N]) -> [f64; N] {
    let mut product = [0.0; N];
    for (value, row) in product.iter_mut().zip(matrix) {
        *value = dot(row, vector);
    }
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes() {
        let matrix = [[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]];
        let inverse = inverse(&matrix, [true; 3]).expect("positive definite");
        // It is symmetric, so that its rows are its columns.
        for (i, column) in inverse.iter().enumerate() {
            let product = times(&matrix, column);
            for (j, value) in product.into_iter().enumerate() {
                let exact = if i == j { 1.0 } else { 0.0 };
                assert!((value - exact).abs() < 1e-14);
            }
        }
        assert!(super::inverse(&[[1.0, 1.0], [1.0, 1.0]], [true; 2]).is_none());
        assert!(super::inverse(&[[1.0, 1.0], [1.0, 1.0]], [true, false]).is_some());
    }
}

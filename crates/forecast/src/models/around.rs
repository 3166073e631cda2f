//! Parameters around those of a fit, by how these may err.

use crate::fit::{Model, PARAMETERS, cholesky};

/// The models around one whose parameters are all positive, by the covariance of its fit.
pub(crate) fn models_around<M: Model<N>, const N: usize>(
    model: &M,
    covariance: &[Vec<f64>],
) -> Vec<M> {
    let all = around(&model.parameters(), |_| false, covariance).into_iter();
    let values = all.filter_map(|moved| <[f64; N]>::try_from(moved).ok());
    values.filter_map(|values| M::of(values).ok()).collect()
}

/// The parameters that lie around these by the covariance of a fit ([`crate::Fit::covariance`]), all of the same
/// weight: two for each direction in which they err, √n standard errors away for n directions (the cubature rule of
/// degree 3). `is_signed` says which may be negative and err themselves; the others err in their logarithms. None
/// where the covariance is not known.
pub(super) fn around(
    values: &[f64],
    is_signed: impl Fn(usize) -> bool,
    covariance: &[Vec<f64>],
) -> Vec<Vec<f64>> {
    let size = values.len();
    if covariance.len() != size || covariance.iter().any(|row| row.len() != size) {
        return Vec::new();
    }
    let keep: Vec<bool> = (0..size).map(|at| covariance[at][at] > 0.0).collect();
    let Some(lower) = cholesky(&covariance.to_vec(), &keep) else {
        return Vec::new();
    };
    let reach = (keep.iter().filter(|keep| **keep).count() as f64).sqrt();
    let mut all = Vec::with_capacity(2 * size);
    for direction in (0..size).filter(|at| keep[*at]) {
        for sign in [reach, -reach] {
            let mut moved = values.to_vec();
            for (at, value) in moved.iter_mut().enumerate() {
                let by = sign * lower[at][direction];
                if is_signed(at) {
                    *value += by;
                } else if by != 0.0 {
                    *value = (*value * by.exp()).clamp(PARAMETERS.0, PARAMETERS.1);
                }
            }
            all.push(moved);
        }
    }
    all
}

//! Chances as often right as they say: the nearest curve that never falls.

use crate::error::{Error, within};

/// A curve from chances said to chances that came true, which never falls: between its points straight, beyond
/// them level.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    points: Vec<(f64, f64)>,
}

impl Calibration {
    /// Of chances said and whether each came true (0 or 1): isotonic regression by pooling adjacent violators
    /// (Ayer et al. 1955). A point stands for each pool at the mean of the chances in it. A pool at an end is kept
    /// half a case away from 0 and 1, which no finite number of cases can tell, but not beyond the pool next to it.
    pub(super) fn of(said: &[f64], came: &[f64]) -> Self {
        let mut pairs: Vec<(f64, f64)> = said.iter().copied().zip(came.iter().copied()).collect();
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Sum of chances, cases that came true, cases.
        let mut pools: Vec<[f64; 3]> = Vec::new();
        let mut before = None;
        for (chance, came) in pairs {
            match pools.last_mut() {
                Some(pool) if before == Some(chance) => {
                    *pool = [pool[0] + chance, pool[1] + came, pool[2] + 1.0];
                }
                _ => pools.push([chance, came, 1.0]),
            }
            before = Some(chance);
        }
        let mut kept: Vec<[f64; 3]> = Vec::new();
        for mut pool in pools {
            while let Some(last) = kept.last() {
                if last[1] * pool[2] < pool[1] * last[2] {
                    break;
                }
                pool = [0, 1, 2].map(|at| last[at] + pool[at]);
                kept.pop();
            }
            kept.push(pool);
        }
        let mut points: Vec<(f64, f64)> = kept
            .iter()
            .map(|pool| (pool[0] / pool[2], pool[1] / pool[2]))
            .collect();
        // Rates rise from pool to pool, so only the first can be 0 and only the last 1. Neither is moved past the
        // pool beside it: one customer at the end says less than all the others.
        let next = points.get(1).map_or(1.0, |one| one.1);
        if let (Some(first), Some(pool)) = (points.first_mut(), kept.first()) {
            first.1 = first.1.max((0.5 / pool[2]).min(next));
        }
        let before = points.len().checked_sub(2).map_or(0.0, |at| points[at].1);
        if let (Some(last), Some(pool)) = (points.last_mut(), kept.last()) {
            last.1 = last.1.min((1.0 - 0.5 / pool[2]).max(before));
        }
        Self { points }
    }

    /// Of these points.
    ///
    /// # Errors
    /// [`Error::Figure`] unless both figures are from 0 to 1, the first rising and the second not falling.
    pub fn from_points(points: Vec<(f64, f64)>) -> Result<Self, Error> {
        let mut before = (0.0, 0.0);
        for (row, (said, came)) in points.iter().enumerate() {
            let must = "from the one before to 1";
            within("the chance said", *said, (before.0, 1.0), must)
                .and_then(|_| within("the chance that came true", *came, (before.1, 1.0), must))
                .map_err(|error| error.in_row(row))?;
            before = (*said, *came);
        }
        Ok(Self { points })
    }

    /// Its points: chances said, and how many of these came true.
    pub fn points(&self) -> &[(f64, f64)] {
        &self.points
    }

    /// What a chance said comes to; itself if there is no point.
    pub fn chance(&self, said: f64) -> f64 {
        let above = self.points.partition_point(|point| point.0 <= said);
        let low = above.checked_sub(1).and_then(|at| self.points.get(at));
        match (low, self.points.get(above)) {
            (None, None) => said.clamp(0.0, 1.0),
            (Some(one), None) | (None, Some(one)) => one.1,
            (Some(low), Some(high)) => low.1 + (high.1 - low.1) * (said - low.0) / (high.0 - low.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn violators_are_pooled_and_the_rest_is_straight() {
        let said = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
        let came = [0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0];
        // scikit-learn 1.9's IsotonicRegression pools the same: 0, 1/3, 2/3, 1 but for the half case at the ends.
        let curve = Calibration::of(&said, &came);
        let third = 1.0 / 3.0;
        let exact = [
            (0.1, third),
            (0.3, third),
            (0.6, 2.0 * third),
            (0.8, 2.0 * third),
        ];
        assert_eq!(curve.points().len(), exact.len());
        for (point, exact) in curve.points().iter().zip(exact) {
            assert!((point.0 - exact.0).abs() < 1e-12, "{curve:?}");
            assert!((point.1 - exact.1).abs() < 1e-12, "{curve:?}");
        }
        assert_eq!(curve.chance(0.0), curve.points()[0].1);
        let again = Calibration::from_points(curve.points().to_vec());
        assert_eq!(again, Ok(curve));
        Calibration::from_points(vec![(0.5, 0.2), (0.4, 0.3)]).expect_err("falls");
        assert_eq!(Calibration::of(&[], &[]).chance(0.3), 0.3);
    }

    #[test]
    fn one_customer_at_an_end_does_not_lift_all_others() {
        // The first bought nothing, the last bought; of those between one in ten, then nine in ten.
        let said: Vec<f64> = (0..202).map(|row| f64::from(row) / 202.0).collect();
        let came = |row: u32| match row {
            0 => 0.0,
            201 => 1.0,
            row if row <= 100 => f64::from(u8::from(row % 10 == 1)),
            row => f64::from(u8::from(row % 10 != 0)),
        };
        let came: Vec<f64> = (0..202).map(came).collect();
        let curve = Calibration::of(&said, &came);
        assert!(curve.chance(0.0) < 0.12, "{curve:?}");
        assert!(curve.chance(0.25) < 0.12, "{curve:?}");
        assert!(curve.chance(0.75) > 0.88, "{curve:?}");
        assert!(curve.chance(1.0) > 0.88, "{curve:?}");
        for (came, exact) in [(0.0, 0.05), (1.0, 0.95)] {
            let all = Calibration::of(&[0.5; 10], &[came; 10]);
            assert!((all.chance(0.5) - exact).abs() < 1e-12, "{all:?}");
        }
    }
}

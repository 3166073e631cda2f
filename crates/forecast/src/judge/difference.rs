//! Two forecasts of the same customers: how far their figures lie apart, and how sure that is.

use super::figures::Measure;
use super::trial::{Trial, same_length};
use crate::error::{Error, within};
use crate::random::Random;

/// Most draws of a bootstrap.
pub const MAX_ROUNDS: usize = 100_000;
/// What of 100 draws lies below and above the interval, each, as a share.
const TAIL: f64 = 0.05;

/// A figure of one forecast less that of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Which figure.
    pub measure: Measure,
    /// The difference for the customers there are.
    pub value: f64,
    /// The lower end of the interval that 90 of 100 draws lie in.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Trial {
    /// The figures of this forecast less those of another one of the same customers, with the 90 % interval of
    /// the bootstrap over customers (Efron 1979; percentiles): in each round as many customers as there are
    /// are drawn with replacement, the same ones for both. Figures that either lacks are left out, of a round
    /// or of all.
    ///
    /// # Errors
    /// [`Error::Figure`] unless both are of the same customers with the same outcomes, and there are 1 to
    /// [`MAX_ROUNDS`] rounds.
    pub fn less(
        &self,
        other: &Self,
        rounds: usize,
        random: &mut Random,
    ) -> Result<Vec<Difference>, Error> {
        let customers = self.came.len();
        same_length(
            "customers of the other forecast",
            other.came.len(),
            customers,
        )?;
        let pairs = self.came.iter().zip(&other.came);
        for (row, (a, b)) in pairs.enumerate() {
            within("the other outcome", *b, (*a, *a), "the same for both")
                .map_err(|error| error.in_row(row))?;
        }
        within(
            "the number of rounds",
            rounds as f64,
            (1.0, MAX_ROUNDS as f64),
            "from 1 to 100000",
        )?;
        let mut drawn: Vec<Vec<f64>> = vec![Vec::new(); Measure::ALL.len()];
        let apart = |counts: &[f64]| {
            let (one, two) = (self.figures_of(counts), other.figures_of(counts));
            Measure::ALL.map(|measure| Some(one.get(measure)? - two.get(measure)?))
        };
        let mut counts = vec![0.0; customers];
        for _ in 0..rounds {
            counts.fill(0.0);
            for _ in 0..customers {
                counts[random.below(customers)] += 1.0;
            }
            for (list, value) in drawn.iter_mut().zip(apart(&counts)) {
                list.extend(value);
            }
        }
        let values = apart(&vec![1.0; customers]);
        let all = Measure::ALL.into_iter().zip(values).zip(&mut drawn);
        let told = all.filter_map(|((measure, value), list)| {
            list.sort_unstable_by(f64::total_cmp);
            Some(Difference {
                measure,
                value: value?,
                low: quantile(list, TAIL)?,
                high: quantile(list, 1.0 - TAIL)?,
            })
        });
        Ok(told.collect())
    }
}

/// Of sorted values, between the two nearest (type 7 of Hyndman & Fan 1996, numpy's).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let at = share * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (
        sorted.get(at.floor() as usize)?,
        sorted.get(at.ceil() as usize)?,
    );
    Some(low + (high - low) * at.fract())
}

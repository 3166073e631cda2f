//! How long something took, over many times that it happened: mean, quantiles, ends.

/// Milliseconds in a second, as a divisor.
const SECOND_MS: f64 = 1_000.0;

/// Lengths of time, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean_seconds: f64,
    /// The median; between two middle ones, half-way.
    pub median_seconds: f64,
    /// What nine in ten do not exceed: the quantile of type 7 (Hyndman and Fan 1996).
    pub p90_seconds: f64,
    /// The shortest.
    pub min_seconds: f64,
    /// The longest.
    pub max_seconds: f64,
}

impl Spread {
    /// Of lengths in milliseconds, in whatever order; `None` where there are none.
    pub fn of(lengths_ms: &mut [i64]) -> Option<Self> {
        lengths_ms.sort_unstable();
        let (first, last) = (*lengths_ms.first()?, *lengths_ms.last()?);
        let sum: i128 = lengths_ms.iter().map(|ms| i128::from(*ms)).sum();
        Some(Self {
            mean_seconds: sum as f64 / lengths_ms.len() as f64 / SECOND_MS,
            median_seconds: quantile(lengths_ms, 5) / SECOND_MS,
            p90_seconds: quantile(lengths_ms, 9) / SECOND_MS,
            min_seconds: first as f64 / SECOND_MS,
            max_seconds: last as f64 / SECOND_MS,
        })
    }
}

/// The quantile of type 7 at so many tenths, of ascending numbers of which there is at least one.
fn quantile(ascending: &[i64], tenths: usize) -> f64 {
    let last = ascending.len() - 1;
    let (below, part) = (tenths * last / 10, (tenths * last % 10) as i128);
    let low = i128::from(ascending[below]);
    let high = i128::from(ascending[(below + 1).min(last)]);
    (low * 10 + (high - low) * part) as f64 / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_neighbours() {
        let spread = Spread::of(&mut [4_000, 1_000, 2_000, 3_000]).unwrap();
        assert_eq!(spread.mean_seconds, 2.5);
        assert_eq!(spread.median_seconds, 2.5);
        assert!((spread.p90_seconds - 3.7).abs() < 1e-12);
        assert_eq!((spread.min_seconds, spread.max_seconds), (1.0, 4.0));
        assert_eq!(Spread::of(&mut []), None);
    }
}

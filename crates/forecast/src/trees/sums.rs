//! Sums over rows as whole numbers: exact whatever the order, and two additions a value.

/// Most rows that trees are grown from: of more, the curves of single rows would be too coarse.
pub(super) const MAX_ROWS: usize = (1 << 24) - 1;
/// Bits of a sum of slopes beside its sign, one of them spare.
const SLOPE_BITS: i32 = 62;
/// Bits that curves and the number of rows share.
const REST_BITS: i32 = 63;

/// What rows sum up to: the slopes of their cost, its curves, and their number.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    pub(super) slope: f64,
    pub(super) curve: f64,
    pub(super) rows: f64,
}

/// The same in whole units of a [`Scale`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole {
    slope: i64,
    /// Curves in the upper bits, rows in the lower ones.
    rest: u64,
}

impl Whole {
    pub(super) fn add(&mut self, other: Self) {
        self.slope = self.slope.wrapping_add(other.slope);
        self.rest = self.rest.wrapping_add(other.rest);
    }

    pub(super) fn less(self, other: Self) -> Self {
        Self {
            slope: self.slope.wrapping_sub(other.slope),
            rest: self.rest.wrapping_sub(other.rest),
        }
    }

    pub(super) fn is_none(self) -> bool {
        self.rest == 0
    }
}

/// What a whole unit stands for, such that no sum over these rows overflows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Units of a slope, and of a curve, of 1: powers of two.
    slope: f64,
    curve: f64,
    /// Bits of the number of rows.
    bits: u32,
}

impl Scale {
    /// For so many rows, up to [`MAX_ROWS`], whose slopes and curves are at most these.
    pub(super) fn of(rows: usize, slope: f64, curve: f64) -> Self {
        let bits = usize::BITS - rows.leading_zeros();
        let own = bits as i32;
        Self {
            slope: power(SLOPE_BITS - own - exponent(slope)),
            curve: power(REST_BITS - 2 * own - exponent(curve)),
            bits,
        }
    }

    /// One row.
    pub(super) fn row(&self, slope: f64, curve: f64) -> Whole {
        Whole {
            slope: (slope * self.slope) as i64,
            rest: ((curve * self.curve) as u64) << self.bits | 1,
        }
    }

    pub(super) fn sums(&self, whole: Whole) -> Sums {
        Sums {
            slope: whole.slope as f64 / self.slope,
            curve: (whole.rest >> self.bits) as f64 / self.curve,
            rows: (whole.rest & ((1 << self.bits) - 1)) as f64,
        }
    }
}

/// The least power of two that a number from 0 is below, as far as a double holds both it and its inverse.
fn exponent(value: f64) -> i32 {
    let bits = (value.to_bits() >> 52 & 0x7ff) as i32;
    (bits - 1_022).clamp(-900, 900)
}

fn power(exponent: i32) -> f64 {
    f64::from_bits(((exponent.clamp(-1_000, 1_000) + 1_023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_rows_and_come_apart_again() {
        for (slope, curve) in [(1e9, 1e-9), (0.3, 7.0), (1e-200, 1e200), (0.0, 0.0)] {
            let scale = Scale::of(1_000, slope, curve);
            let mut all = Whole::default();
            let mut part = Whole::default();
            for row in 0..1_000 {
                let sign = if row % 3 == 0 { -1.0 } else { 1.0 };
                let one = scale.row(sign * slope, curve * f64::from(row % 2));
                all.add(one);
                if row < 10 {
                    part.add(one);
                }
            }
            let found = scale.sums(all);
            assert!((found.slope - 332.0 * slope).abs() <= 1e-12 * slope);
            assert!((found.curve - 500.0 * curve).abs() <= 1e-9 * curve);
            assert_eq!(found.rows, 1_000.0);
            let rest = scale.sums(all.less(part));
            assert!((rest.slope - 330.0 * slope).abs() <= 1e-12 * slope);
            assert!((rest.curve - 495.0 * curve).abs() <= 1e-9 * curve);
            assert_eq!(rest.rows, 990.0);
        }
        assert!(Whole::default().is_none());
    }

    #[test]
    fn the_most_rows_do_not_overflow() {
        let scale = Scale::of(MAX_ROWS, 2.0, 3.0);
        let one = scale.row(2.0, 3.0);
        let most = MAX_ROWS as i64;
        assert!(one.slope.checked_mul(most).is_some());
        let rest = one.rest.checked_mul(most as u64).expect("no overflow");
        let found = scale.sums(Whole {
            slope: one.slope * most,
            rest,
        });
        assert_eq!(found.rows, MAX_ROWS as f64);
        assert!((found.curve / (3.0 * MAX_ROWS as f64) - 1.0).abs() < 1e-4);
    }
}

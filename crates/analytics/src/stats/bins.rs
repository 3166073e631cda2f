//! Lengths of time in bins of a fixed share of their size, so that medians need no list of all of them.

use std::collections::BTreeMap;

/// Bins from one power of two to the next: a bin is a 32nd of that, so that its middle is at most 1.6 %
/// away from what it holds.
const FINE: u32 = 5;

/// Lengths in milliseconds (or other whole numbers) by bin; below 32 each has its own. Memory grows with
/// the bins used, of which there are fewer than 2,000, not with what is counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bins(BTreeMap<u16, u64>);

impl Bins {
    /// Counts a length; what is below 0 counts as 0.
    pub(crate) fn add(&mut self, length: i64) {
        *self.0.entry(bin_of(length, FINE)).or_default() += 1;
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (bin, count) in &other.0 {
            *self.0.entry(*bin).or_default() += count;
        }
    }

    /// The middle of the bin that holds the median, of two middle ones the lower; `None` of nothing.
    pub(crate) fn median(&self) -> Option<f64> {
        let count: u64 = self.0.values().sum();
        let (half, mut seen) = (count.div_ceil(2), 0);
        let holds = |(_, count): &(&u16, &u64)| {
            seen += **count;
            seen >= half
        };
        self.0.iter().find(holds).map(|(bin, _)| middle(*bin, FINE))
    }
}

/// The bin of a length where a power of two is cut in `2^bits`.
pub(crate) fn bin_of(length: i64, bits: u32) -> u16 {
    let length = length.max(0) as u64;
    if length < 1 << bits {
        return length as u16;
    }
    let shift = 63 - length.leading_zeros() - bits;
    (((shift + 1) << bits) + ((length >> shift) as u32 - (1 << bits))) as u16
}

/// The middle of a bin.
pub(crate) fn middle(bin: u16, bits: u32) -> f64 {
    let (bin, size) = (u64::from(bin), 1_u64 << bits);
    if bin < 2 * size {
        return bin as f64;
    }
    let shift = bin / size - 1;
    let first = (size + bin % size) << shift;
    first as f64 + ((1_u64 << shift) - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_is_near_what_it_holds_and_in_order() {
        let mut before = 0;
        for length in (0..2_000).chain((1..60).map(|power| 3_i64 << power)) {
            let bin = bin_of(length, FINE);
            assert!(bin >= before || length == 6, "{length}");
            before = bin;
            let away = (middle(bin, FINE) - length as f64).abs();
            assert!(away <= length as f64 / 64.0 + 1e-9, "{length}: {away}");
        }
    }

    #[test]
    fn medians_are_those_of_the_lists() {
        let mut bins = Bins::default();
        assert_eq!(bins.median(), None);
        for length in [9, 1, 5, 30] {
            bins.add(length);
        }
        assert_eq!(bins.median(), Some(5.0));
        let mut more = Bins::default();
        more.add(-4);
        more.merge(&bins);
        assert_eq!(more.median(), Some(5.0));
    }
}

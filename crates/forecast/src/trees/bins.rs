//! Columns in bins: a byte for each value, which bin it falls into.

use super::table::Table;

/// Values that bins of a column are cut from; of more rows, every so many.
const MAX_SAMPLE: usize = 200_000;

/// A table's columns in bins; one serves any number of fits.
pub(crate) struct Bins {
    /// The bin of each value, row by row: a row's bins lie in one or two lines of the cache.
    pub(super) of: Vec<u8>,
    /// How many a row has.
    pub(super) columns: usize,
    /// By column, the upper end of each bin but the last, rising; a value at an end is below it.
    pub(super) cuts: Vec<Vec<f64>>,
    /// Where each column's bins begin in a row of all bins, and where the last one's end.
    pub(super) starts: Vec<usize>,
}

impl Bins {
    pub(crate) fn of(table: &Table, bins: usize) -> Self {
        let cuts: Vec<Vec<f64>> = table
            .columns()
            .iter()
            .map(|column| cuts(column, bins))
            .collect();
        let columns = cuts.len();
        let mut of = vec![0; table.rows() * columns];
        for (at, (column, cuts)) in table.columns().iter().zip(&cuts).enumerate() {
            let places = of.iter_mut().skip(at).step_by(columns);
            for (place, value) in places.zip(column) {
                *place = bin(cuts, *value) as u8;
            }
        }
        let mut starts = vec![0];
        for column in &cuts {
            let start = starts[starts.len() - 1];
            starts.push(start + column.len() + 2);
        }
        Self {
            of,
            columns,
            cuts,
            starts,
        }
    }

    /// The bins of a row, by column.
    #[inline(always)]
    pub(super) fn row(&self, row: u32) -> &[u8] {
        let start = row as usize * self.columns;
        &self.of[start..start + self.columns]
    }

    /// The bin of missing values in a column: after all others.
    pub(super) fn missing(&self, column: usize) -> usize {
        self.cuts[column].len() + 1
    }
}

/// The bin of a value: how many cuts are below it, or the one after all where it is missing.
fn bin(cuts: &[f64], value: f64) -> usize {
    if value.is_nan() {
        return cuts.len() + 1;
    }
    cuts.partition_point(|cut| *cut < value)
}

/// Where to cut a column: between every two values if there are few, else into bins of like numbers of rows.
fn cuts(column: &[f64], bins: usize) -> Vec<f64> {
    let every = column.len().div_ceil(MAX_SAMPLE).max(1);
    let seen = column.iter().step_by(every).copied();
    let mut sorted: Vec<f64> = seen.filter(|value| !value.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut distinct: Vec<(f64, usize)> = Vec::new();
    for value in &sorted {
        match distinct.last_mut() {
            Some((last, count)) if last == value => *count += 1,
            _ => distinct.push((*value, 1)),
        }
    }
    let mut cuts = Vec::new();
    let (mut left, mut held) = (sorted.len(), 0);
    let few = distinct.len() <= bins;
    for pair in distinct.windows(2) {
        let ((value, count), (next, ahead)) = (pair[0], pair[1]);
        held += count;
        let spare = bins - cuts.len();
        if spare <= 1 {
            break;
        }
        let size = left / spare;
        // A value that fills a bin alone begins a new one.
        if few || held >= size || (ahead >= size && held * 2 >= size) {
            cuts.push(between(value, next));
            left -= held;
            held = 0;
        }
    }
    cuts
}

/// In the middle of two numbers, such that the first is not above it and the second is.
fn between(low: f64, high: f64) -> f64 {
    let middle = 0.5 * low + 0.5 * high;
    if middle >= low && middle < high {
        middle
    } else {
        low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_have_a_bin_each_and_many_have_like_bins() {
        assert_eq!(cuts(&[3.0, 1.0, f64::NAN, 1.0, 2.0], 254), [1.5, 2.5]);
        let many: Vec<f64> = (0..10_000).map(f64::from).collect();
        let cuts = cuts(&many, 100);
        assert_eq!(cuts.len(), 99);
        for pair in cuts.windows(2) {
            assert!((90.0..110.0).contains(&(pair[1] - pair[0])));
        }
        assert_eq!((bin(&cuts, -1.0), bin(&cuts, 1e9)), (0, 99));
        assert_eq!(bin(&cuts, f64::NAN), 100);
    }

    #[test]
    fn a_heavy_value_leaves_bins_to_the_others() {
        let mut values = vec![0.0; 9_000];
        values.extend((1..=1_000).map(f64::from));
        let cuts = cuts(&values, 50);
        assert!(cuts.len() >= 45, "{}", cuts.len());
        assert_eq!(cuts[0], 0.5);
    }
}

//! Customers in the order of a value, those with the same value together.

/// Customers by a value, rising. Those who share a value have no order among themselves.
#[derive(Clone, Debug)]
pub(super) struct Ranking {
    order: Vec<u32>,
    /// Where each group of equal values ends in the order.
    ends: Vec<u32>,
}

impl Ranking {
    pub(super) fn of(values: &[f64]) -> Self {
        let mut order: Vec<u32> = (0..values.len() as u32).collect();
        order.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
        let mut ends = Vec::new();
        for at in 1..=order.len() {
            let last = values[order[at - 1] as usize];
            if order
                .get(at)
                .is_none_or(|next| values[*next as usize] != last)
            {
                ends.push(at as u32);
            }
        }
        Self { order, ends }
    }

    /// The groups of equal values, rising.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let spans = starts.zip(&self.ends);
        spans.map(|(from, to)| &self.order[from as usize..*to as usize])
    }

    /// How far the customers who are last in this order hold more of `came` than their number: 0 if they
    /// hold as much as anybody, up to 1. Ties get the mean of all their orders, so the order of rows has no say.
    pub(super) fn gini(&self, came: &[f64], counts: &[f64]) -> f64 {
        let (mut before, mut all, mut sum) = (0.0, 0.0, 0.0);
        for group in self.groups() {
            let (mut held, mut customers) = (0.0, 0.0);
            for at in group {
                held += counts[*at as usize] * came[*at as usize];
                customers += counts[*at as usize];
            }
            sum += held * (before + 0.5 * customers);
            before += customers;
            all += held;
        }
        if all * before > 0.0 {
            2.0 * sum / (all * before) - 1.0
        } else {
            0.0
        }
    }

    /// The chance that of two customers, one with something that came and one without, the first is ranked
    /// higher, ties by half; `None` if there are not both.
    pub(super) fn auc(&self, came: &[f64], counts: &[f64]) -> Option<f64> {
        let (mut without, mut with, mut pairs) = (0.0, 0.0, 0.0);
        for group in self.groups() {
            let (mut more, mut less) = (0.0, 0.0);
            for at in group {
                let part = if came[*at as usize] > 0.0 {
                    &mut more
                } else {
                    &mut less
                };
                *part += counts[*at as usize];
            }
            pairs += more * (without + 0.5 * less);
            with += more;
            without += less;
        }
        (with * without > 0.0).then(|| pairs / (with * without))
    }
}

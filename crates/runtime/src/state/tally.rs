//! How many customers there are, in each stage and in each segment.

use serde::{Deserialize, Serialize};

use super::folded::{Counted, OUTSIDE};

/// Counts of customers, kept up to date change by change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub customers: u64,
    /// By lifecycle and stage.
    pub stages: Vec<Vec<u64>>,
    /// By segment.
    pub segments: Vec<u64>,
}

impl Tally {
    /// Counts a customer in.
    pub fn add(&mut self, counted: &Counted) {
        self.change(counted, |count| *count += 1);
    }

    /// Counts a customer out.
    pub fn remove(&mut self, counted: &Counted) {
        self.change(counted, |count| *count = count.saturating_sub(1));
    }

    fn change(&mut self, counted: &Counted, change: impl Fn(&mut u64)) {
        if !counted.exists {
            return;
        }
        change(&mut self.customers);
        for (lifecycle, &stage) in counted.stages.iter().enumerate() {
            if stage != OUTSIDE {
                change(at(at(&mut self.stages, lifecycle), usize::from(stage)));
            }
        }
        for &segment in &counted.segments {
            change(at(&mut self.segments, usize::from(segment)));
        }
    }
}

/// A place of a list that grows to it.
fn at<T: Default>(list: &mut Vec<T>, place: usize) -> &mut T {
    if list.len() <= place {
        list.resize_with(place + 1, T::default);
    }
    &mut list[place]
}

//! Stickiness: how many customers were active in exactly so many periods of a range.

use crate::calendar::{Calendar, Range};
use crate::split::{Groups, Meeting, Split};
use crate::{Analysis, Trail, Words};

/// The question.
#[derive(Clone, Debug)]
pub struct Stickiness {
    /// Which periods there are.
    pub calendar: Calendar,
    /// Those that count.
    pub range: Range,
    /// The condition that makes a touch activity; `None` for any touch.
    pub event: Option<u16>,
    /// The column of texts that customers are told apart by.
    pub by: Option<usize>,
}

/// Customers who were active in so many periods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// In how many different periods; at least 1.
    pub periods: usize,
    /// How many customers.
    pub customers: u64,
}

/// What is counted so far.
#[derive(Debug)]
pub struct Tally {
    active: Meeting,
    /// By number of periods less one.
    groups: Groups<Vec<u64>>,
}

impl Analysis for Stickiness {
    type Tally = Tally;
    /// For each text the buckets from one period to all of the range, empty ones included.
    type Answer = Vec<Split<Vec<Bucket>>>;

    fn begin(&self, words: &Words) -> Tally {
        Tally {
            active: Meeting::new(words, self.event),
            groups: Groups::new(self.by),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        let mut cursor = self.calendar.cursor();
        let (mut periods, mut last) = (0_usize, None);
        for touch in self.range.part(trail.at_ms) {
            if tally.active.holds(trail.mark[touch]) {
                let period = cursor.at(trail.at_ms[touch]).period;
                periods += usize::from(last != Some(period));
                last = Some(period);
            }
        }
        if periods > 0 {
            let text = tally.groups.text_of(trail);
            let buckets = tally.groups.of(text, || vec![0; self.range.count]);
            buckets[periods - 1] += 1;
        }
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        tally.groups.merge(other.groups, |buckets, more| {
            for (customers, more) in buckets.iter_mut().zip(more) {
                *customers += more;
            }
        });
    }

    fn answer(&self, tally: Tally, words: &Words) -> Self::Answer {
        let empty = || vec![0; self.range.count];
        tally.groups.answer(words, empty, |buckets: Vec<u64>| {
            let bucket = |(index, customers)| Bucket {
                periods: index + 1,
                customers,
            };
            buckets.into_iter().enumerate().map(bucket).collect()
        })
    }
}

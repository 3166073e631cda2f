//! Touches by partition, and within a partition by customer and time: the shape that a fold reads.

use perennial_model::{Fact, Kind, Time, Touch};

use crate::carried::Carried;
use crate::rows::Rows;
use crate::spill::Span;

/// The touches of one partition, a column each, in the order in which they were read.
#[derive(Default)]
pub(crate) struct Bin {
    /// The customer's number.
    pub customer: Vec<u32>,
    /// When, in milliseconds.
    pub at: Vec<i64>,
    /// When it arrived; empty where no result asks.
    pub received_at: Vec<i64>,
    /// What it was recognised as.
    pub kind: Vec<Kind>,
    /// The row it came from.
    pub row: Vec<u32>,
    /// Where each touch's facts begin; empty where no touch has any.
    pub facts_from: Vec<u32>,
    /// The facts of all touches, in their order.
    pub facts: Vec<Fact>,
    /// The columns that go to the touches table as they came.
    pub carried: Carried,
    /// Touches put aside, all of them before those in memory.
    pub aside: Vec<Aside>,
}

/// Where a part of a bin's columns lies.
pub(crate) struct Aside {
    pub touches: usize,
    pub customer: Span,
    pub at: Span,
    pub received_at: Span,
    pub kind: Span,
    pub row: Span,
    pub facts_from: Span,
    pub facts: Span,
}

/// The touches of one partition in the order of the fold.
pub(crate) struct Sorted {
    /// Indexes into the bin, by customer and then time; ties by message id or row.
    pub order: Vec<u32>,
    /// For each customer of the partition where her touches end in `order`.
    pub ends: Vec<u32>,
    /// Touches at one instant that message ids have yet to order, each a range of `order`.
    pub ties: Vec<std::ops::Range<u32>>,
}

impl Bin {
    /// Bytes of a touch without arrival and facts.
    pub(crate) const LEAST_BYTES: usize =
        size_of::<u32>() * 2 + size_of::<i64>() + size_of::<Kind>();

    /// A bin with room for so many touches.
    pub(crate) fn with_room(touches: usize, with_received_at: bool, with_facts: bool) -> Self {
        let room = |wanted| if wanted { touches } else { 0 };
        Self {
            customer: Vec::with_capacity(touches),
            at: Vec::with_capacity(touches),
            received_at: Vec::with_capacity(room(with_received_at)),
            kind: Vec::with_capacity(touches),
            row: Vec::with_capacity(touches),
            facts_from: Vec::with_capacity(room(with_facts)),
            ..Self::default()
        }
    }

    /// How many touches it has in memory.
    pub(crate) fn len(&self) -> usize {
        self.at.len()
    }

    /// How many touches it has, and so the place of the next one.
    pub(crate) fn total(&self) -> usize {
        self.len() + self.aside.iter().map(|part| part.touches).sum::<usize>()
    }

    /// Whether some touches were put aside.
    pub(crate) fn is_aside(&self) -> bool {
        !self.aside.is_empty()
    }

    /// Bytes of touches in memory, but for what they carry.
    pub(crate) fn bytes(&self) -> usize {
        self.len() * Self::LEAST_BYTES
            + self.received_at.len() * size_of::<i64>()
            + self.facts_from.len() * size_of::<u32>()
            + self.facts.len() * size_of::<Fact>()
    }

    /// A touch by index.
    pub(crate) fn touch(&self, index: u32) -> Touch<'_> {
        let at_index = index as usize;
        let facts = match self.facts_from.get(at_index) {
            None => &[][..],
            Some(&from) => {
                let to = self
                    .facts_from
                    .get(at_index + 1)
                    .map_or(self.facts.len(), |&to| to as usize);
                &self.facts[from as usize..to]
            }
        };
        let at = Time(self.at[at_index]);
        let received_at = self.received_at.get(at_index).map_or(at, |&ms| Time(ms));
        Touch {
            at,
            received_at,
            kind: self.kind[at_index],
            facts,
            row: index,
        }
    }

    /// Sorts the touches by customer and time. Ties are left in the order in which they were read;
    /// those that `matters` says of are noted.
    pub(crate) fn sort(
        &self,
        customers: std::ops::Range<u32>,
        matters: &dyn Fn(&Self, &[u32]) -> bool,
    ) -> Sorted {
        let count = (customers.end - customers.start) as usize;
        let mut ends = vec![0_u32; count + 1];
        for customer in &self.customer {
            ends[(customer - customers.start) as usize + 1] += 1;
        }
        for index in 1..ends.len() {
            ends[index] += ends[index - 1];
        }
        let mut order = vec![0_u32; self.len()];
        for (index, customer) in self.customer.iter().enumerate() {
            let place = &mut ends[(customer - customers.start) as usize];
            order[*place as usize] = index as u32;
            *place += 1;
        }
        // Each start has moved to its end, so the last place is left over.
        ends.truncate(count);
        let mut ties = Vec::new();
        let mut from = 0_usize;
        for &end in &ends {
            let touches = &mut order[from..end as usize];
            sort_by_time(touches, &self.at);
            self.find_ties(touches, from as u32, matters, &mut ties);
            from = end as usize;
        }
        Sorted { order, ends, ties }
    }

    fn find_ties(
        &self,
        touches: &[u32],
        offset: u32,
        matters: &dyn Fn(&Self, &[u32]) -> bool,
        ties: &mut Vec<std::ops::Range<u32>>,
    ) {
        let mut from = 0;
        while from + 1 < touches.len() {
            let at = self.at[touches[from] as usize];
            if self.at[touches[from + 1] as usize] != at {
                from += 1;
                continue;
            }
            let tied = touches[from..]
                .iter()
                .take_while(|&&index| self.at[index as usize] == at)
                .count();
            if matters(self, &touches[from..from + tied]) {
                ties.push(offset + from as u32..offset + (from + tied) as u32);
            }
            from += tied;
        }
    }

    /// Puts the touches of tied instants into the order of their message ids, which are carried as the
    /// column of that number.
    pub(crate) fn order_ties(&self, sorted: &mut Sorted, message_ids: usize, rows: &Rows) {
        for tie in std::mem::take(&mut sorted.ties) {
            let touches = &mut sorted.order[tie.start as usize..tie.end as usize];
            touches.sort_by_cached_key(|&index| {
                let row = self.row[index as usize];
                (
                    self.carried
                        .text(message_ids, index)
                        .map_or_else(|| rows.made_up_id(row), str::to_owned),
                    row,
                )
            });
        }
    }
}

/// Sorts a customer's touches by time, keeping equals in their order. Events mostly arrive in the
/// order in which they happen, so a few steps back suffice; long disorder goes to the general sort.
fn sort_by_time(touches: &mut [u32], at: &[i64]) {
    const MAX_STEPS: usize = 64;
    for index in 1..touches.len() {
        let touch = touches[index];
        let time = at[touch as usize];
        let mut place = index;
        while place > 0 && at[touches[place - 1] as usize] > time {
            if index - place == MAX_STEPS {
                // Indexes grow with the order of reading, so they keep equals in it.
                touches[place] = touch;
                touches.sort_unstable_by_key(|&touch| (at[touch as usize], touch));
                return;
            }
            touches[place] = touches[place - 1];
            place -= 1;
        }
        touches[place] = touch;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touches_are_sorted_by_customer_and_time() {
        let mut bin = Bin::default();
        for index in 0..2_000_u32 {
            bin.customer.push(10 + index * 7 % 13);
            bin.at.push(i64::from(index * 7_919 % 1_000));
            bin.kind.push(Kind(0));
            bin.row.push(index);
        }
        let sorted = bin.sort(10..23, &|_, _| true);
        let mut expected: Vec<u32> = (0..2_000).collect();
        expected
            .sort_by_key(|&index| (bin.customer[index as usize], bin.at[index as usize], index));
        assert_eq!(sorted.order, expected);
        assert_eq!(sorted.ends.last(), Some(&2_000));
        for tie in sorted.ties.clone() {
            let at: Vec<i64> = tie
                .map(|place| bin.at[sorted.order[place as usize] as usize])
                .collect();
            assert!(at.len() > 1 && at.iter().all(|time| *time == at[0]));
        }
    }
}

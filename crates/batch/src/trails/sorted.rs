//! Rows by customer and in her order: the columns that trails are cut from.

use super::gather::Bin;
use super::reading::Strip;
use crate::message_ids::MessageIds;

/// The rows of some customers, one customer after the other.
#[derive(Default)]
pub(super) struct Sorted {
    /// Rows before this one belong to what stands before.
    pub start: u32,
    /// Customers with rows, and where the rows of each end.
    pub ends: Vec<(u32, u32)>,
    pub strip: Strip,
}

/// The order of a partition, ties not yet broken by ids.
pub(super) struct Order {
    order: Vec<u32>,
    ends: Vec<(u32, u32)>,
    /// Rows at one instant, as ranges of the order.
    ties: Vec<(u32, u32)>,
}

impl Order {
    /// Orders a partition by customer, time and place in the files.
    pub fn of(bin: &Bin, customers: std::ops::Range<u32>, with_ties: bool) -> Self {
        let count = (customers.end - customers.start) as usize;
        let mut starts = vec![0_u32; count + 1];
        for customer in &bin.customer {
            starts[(customer - customers.start) as usize + 1] += 1;
        }
        let mut ends = Vec::new();
        for index in 1..starts.len() {
            let has_rows = starts[index] > 0;
            starts[index] += starts[index - 1];
            if has_rows {
                ends.push((customers.start + index as u32 - 1, starts[index]));
            }
        }
        let mut order = vec![0_u32; bin.row.len()];
        for (index, customer) in bin.customer.iter().enumerate() {
            let place = &mut starts[(customer - customers.start) as usize];
            order[*place as usize] = index as u32;
            *place += 1;
        }
        let mut ties = Vec::new();
        let mut from = 0;
        for &(_, end) in &ends {
            let own = &mut order[from as usize..end as usize];
            let key = |&index: &u32| (bin.strip.at[index as usize], bin.row[index as usize]);
            if !own.is_sorted_by_key(key) {
                own.sort_unstable_by_key(key);
            }
            if with_ties {
                note_ties(bin, own, from, &mut ties);
            }
            from = end;
        }
        Self { order, ends, ties }
    }

    /// The rows whose ids decide.
    pub fn tied(&self, bin: &Bin) -> Vec<u32> {
        let places = self.ties.iter().flat_map(|&(from, to)| from..to);
        places
            .map(|place| bin.row[self.order[place as usize] as usize])
            .collect()
    }

    /// Breaks ties by ids, and puts the columns in order.
    pub fn apply(mut self, bin: Bin, ids: &MessageIds) -> Sorted {
        for (from, to) in self.ties {
            let tied = &mut self.order[from as usize..to as usize];
            tied.sort_by(|&a, &b| ids.compare(bin.row[a as usize], bin.row[b as usize]));
        }
        let (order, strip) = (&self.order, bin.strip);
        Sorted {
            start: 0,
            ends: self.ends,
            strip: Strip {
                at: put(order, strip.at),
                event: put(order, strip.event),
                mark: put(order, strip.mark),
                texts: strip.texts.into_iter().map(|own| put(order, own)).collect(),
                numbers: strip
                    .numbers
                    .into_iter()
                    .map(|own| put(order, own))
                    .collect(),
            },
        }
    }
}

fn note_ties(bin: &Bin, own: &[u32], from: u32, ties: &mut Vec<(u32, u32)>) {
    let at = |place: usize| bin.strip.at[own[place] as usize];
    let mut start = 0;
    for place in 1..=own.len() {
        if place < own.len() && at(place) == at(start) {
            continue;
        }
        if place - start > 1 {
            ties.push((from + start as u32, from + place as u32));
        }
        start = place;
    }
}

fn put<T: Copy>(order: &[u32], column: Vec<T>) -> Vec<T> {
    order.iter().map(|&index| column[index as usize]).collect()
}

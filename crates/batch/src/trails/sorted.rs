//! A partition's rows by customer and in her order: the columns that trails are cut from.

use perennial_analytics::Trail;

use super::gather::Bin;
use super::moves::Moves;
use crate::message_ids::MessageIds;

/// The rows of one partition, customer after customer.
pub(super) struct Sorted {
    /// Customers with rows, and where the rows of each end.
    pub ends: Vec<(u32, u32)>,
    pub at: Vec<i64>,
    pub event: Vec<u32>,
    pub mark: Vec<u32>,
    pub texts: Vec<Vec<u32>>,
    pub numbers: Vec<Vec<i64>>,
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
        let mut order = vec![0_u32; bin.at.len()];
        for (index, customer) in bin.customer.iter().enumerate() {
            let place = &mut starts[(customer - customers.start) as usize];
            order[*place as usize] = index as u32;
            *place += 1;
        }
        let mut ties = Vec::new();
        let mut from = 0;
        for &(_, end) in &ends {
            let own = &mut order[from as usize..end as usize];
            let key = |&index: &u32| (bin.at[index as usize], bin.row[index as usize]);
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
        let order = &self.order;
        Sorted {
            ends: self.ends,
            at: put(order, bin.at),
            event: put(order, bin.event),
            mark: put(order, bin.mark),
            texts: bin.texts.into_iter().map(|own| put(order, own)).collect(),
            numbers: bin.numbers.into_iter().map(|own| put(order, own)).collect(),
        }
    }
}

fn note_ties(bin: &Bin, own: &[u32], from: u32, ties: &mut Vec<(u32, u32)>) {
    let at = |place: usize| bin.at[own[place] as usize];
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

impl Sorted {
    /// Shows the trail of each customer.
    pub fn trails(&self, moves: &Moves, show: &mut dyn FnMut(&Trail<'_>)) {
        let mut from = 0;
        let mut texts: Vec<&[u32]> = Vec::with_capacity(self.texts.len());
        let mut numbers: Vec<&[i64]> = Vec::with_capacity(self.numbers.len());
        for &(customer, end) in &self.ends {
            let own = from as usize..end as usize;
            texts.clear();
            texts.extend(self.texts.iter().map(|column| &column[own.clone()]));
            numbers.clear();
            numbers.extend(self.numbers.iter().map(|column| &column[own.clone()]));
            show(&Trail {
                customer,
                at_ms: &self.at[own.clone()],
                event: &self.event[own.clone()],
                mark: &self.mark[own.clone()],
                texts: &texts,
                numbers: &numbers,
                moves: moves.of(customer),
            });
            from = end;
        }
    }
}

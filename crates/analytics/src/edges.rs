//! Steps from one item to the next: how often, by how many, and how long they took.

use crate::hash::NumberMap;
use crate::spread::Spread;

/// Where a step is: position of its source, source, target.
pub(crate) type Step = (u32, u32, u32);

/// What is counted of steps so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edges(NumberMap<Step, Tally>);

#[derive(Clone, Debug, Default)]
struct Tally {
    count: u64,
    customers: u64,
    /// Who was counted last, plus one: each customer is shown once, so this tells her apart.
    last: u64,
    /// How long each step took, in milliseconds; kept whole, so that quantiles are exact however
    /// customers were divided.
    took_ms: Vec<i64>,
}

/// One kind of step, its items still numbers.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) step: Step,
    pub(crate) count: u64,
    pub(crate) customers: u64,
    pub(crate) took: Option<Spread>,
}

impl Edges {
    /// Adds a step of a customer, with the time that it took if that is asked for.
    pub(crate) fn add(&mut self, step: Step, customer: u32, took_ms: Option<i64>) {
        let tally = self.0.entry(step).or_default();
        tally.count += 1;
        let seen = u64::from(customer) + 1;
        tally.customers += u64::from(tally.last != seen);
        tally.last = seen;
        tally.took_ms.extend(took_ms);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (step, mut more) in other.0 {
            let tally = self.0.entry(step).or_default();
            tally.count += more.count;
            tally.customers += more.customers;
            tally.took_ms.append(&mut more.took_ms);
        }
    }

    /// All steps, in no order.
    pub(crate) fn into_counted(self) -> impl Iterator<Item = Counted> {
        self.0.into_iter().map(|(step, mut tally)| Counted {
            step,
            count: tally.count,
            customers: tally.customers,
            took: Spread::of(&mut tally.took_ms),
        })
    }
}

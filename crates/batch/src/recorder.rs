//! What a fold leaves behind: moves, refusals, switches and days, customer by customer.

use perennial_engine::Changes;
use perennial_model::{Change, Move, Refusal, Switch, Time, Zone};

/// Most days that the table of days covers (about 109 years); what lies before counts on its first day.
pub(crate) const MAX_DAYS: usize = 40_000;

/// A move of a customer.
#[derive(Clone, Copy)]
pub(crate) struct MoveRow {
    pub customer: u32,
    pub change: Move,
    /// Milliseconds in the stage left; `None` on entering.
    pub stayed_ms: Option<i64>,
}

/// A refused move of a customer.
#[derive(Clone, Copy)]
pub(crate) struct RefusalRow {
    pub customer: u32,
    pub change: Refusal,
}

/// A segment entered or left by a customer.
#[derive(Clone, Copy)]
pub(crate) struct SwitchRow {
    pub customer: u32,
    pub change: Switch,
}

/// Customers entering and leaving each stage on each day.
#[derive(Clone)]
pub(crate) struct Days {
    /// The first day, counted since 1970 in the project's zone.
    pub first: i32,
    /// How many days.
    pub count: usize,
    /// By lifecycle: its stages.
    pub stages: Vec<usize>,
    /// By lifecycle, then day times stages plus stage: entered and left.
    pub flows: Vec<Vec<(u32, u32)>>,
    zone: Zone,
    utc: bool,
}

impl Days {
    /// Days from the first instant to the last, both included.
    pub(crate) fn new(zone: &Zone, first: Time, last: Time, stages: Vec<usize>) -> Self {
        let last = zone.day_of(last);
        let first = zone
            .day_of(first)
            .max(last.saturating_sub(MAX_DAYS as i32 - 1));
        let count = (last - first + 1).max(1) as usize;
        let flows = stages
            .iter()
            .map(|stages| vec![(0, 0); stages * count])
            .collect();
        let utc = zone.name() == "UTC";
        Self {
            first,
            count,
            stages,
            flows,
            zone: zone.clone(),
            utc,
        }
    }

    fn add(&mut self, change: &Move) {
        let day = if self.utc {
            change.at.ms().div_euclid(perennial_model::DAY_MS) as i32
        } else {
            self.zone.day_of(change.at)
        };
        let day = (day - self.first).clamp(0, self.count as i32 - 1) as usize;
        let lifecycle = usize::from(change.lifecycle);
        let row = day * self.stages[lifecycle];
        if let Some(to) = change.to {
            self.flows[lifecycle][row + usize::from(to)].0 += 1;
        }
        if let Some(from) = change.from {
            self.flows[lifecycle][row + usize::from(from)].1 += 1;
        }
    }

    /// Adds those of other customers.
    pub(crate) fn merge(&mut self, other: &Self) {
        for (own, other) in self
            .flows
            .iter_mut()
            .flatten()
            .zip(other.flows.iter().flatten())
        {
            own.0 += other.0;
            own.1 += other.1;
        }
    }
}

/// Takes the changes of one customer after another.
pub(crate) struct Recorder {
    customer: u32,
    /// By lifecycle: when she came to where she stands.
    since: Vec<Time>,
    pub moves: Vec<MoveRow>,
    pub refusals: Vec<RefusalRow>,
    pub switches: Vec<SwitchRow>,
    pub days: Days,
}

impl Recorder {
    pub(crate) fn new(days: Days) -> Self {
        Self {
            customer: 0,
            since: vec![Time::MIN; days.stages.len()],
            moves: Vec::new(),
            refusals: Vec::new(),
            switches: Vec::new(),
            days,
        }
    }

    /// The next changes are this customer's.
    pub(crate) fn begin(&mut self, customer: u32) {
        self.customer = customer;
    }
}

impl Changes for Recorder {
    fn push(&mut self, change: Change) {
        let customer = self.customer;
        match change {
            Change::Moved(change) => {
                let since = &mut self.since[usize::from(change.lifecycle)];
                let stayed_ms = change.from.map(|_| change.at.since(*since));
                *since = change.at;
                self.days.add(&change);
                self.moves.push(MoveRow {
                    customer,
                    change,
                    stayed_ms,
                });
            }
            Change::Refused(change) => self.refusals.push(RefusalRow { customer, change }),
            Change::Switched(change) => self.switches.push(SwitchRow { customer, change }),
        }
    }
}

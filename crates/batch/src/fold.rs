//! The third pass: every customer's touches folded in order, a partition a task.

use perennial_engine::{Customer, Plan, Purchases, Standing, Thresholds, World};
use perennial_model::{Number, Symbol, Symbols, Time, Value, Zone};
use perennial_rules::Machine;

use crate::bins::{Bin, Sorted};
use crate::carried::CarriedFields;
use crate::recorder::{Days, Recorder};
use crate::roster::Roster;
use crate::scored::{AllScored, Scored, ScoredFacts, as_touch};

/// What every partition is folded with.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub machine: &'a Machine,
    pub plan: &'a Plan,
    pub symbols: &'a Symbols,
    pub thresholds: &'a Thresholds,
    pub roster: &'a Roster,
    pub zone: &'a Zone,
    /// The earliest touch.
    pub first: Time,
    /// Where history ends, exclusive.
    pub until: Time,
    /// The scores of forecasts.
    pub scored: &'a AllScored,
    /// The columns carried along, which the bins hold.
    pub carried: &'a CarriedFields,
    /// Whether customers' last states are asked for.
    pub summaries: bool,
    /// The traits to keep of them: names and slots.
    pub traits: &'a [(String, u16)],
}

/// What folding one partition leaves.
pub(crate) struct Folded {
    pub recorder: Recorder,
    pub summaries: Vec<Summary>,
    /// Customers with a touch.
    pub customers: u64,
}

/// A customer's state where history ends.
pub(crate) struct Summary {
    pub customer: u32,
    pub first_at: Time,
    pub last_at: Time,
    pub touches: u64,
    pub purchases: Purchases,
    /// By lifecycle.
    pub places: Box<[Place]>,
    /// The segments she is in, by number.
    pub segments: Box<[u16]>,
    /// Those that are shown, in their order.
    pub traits: Box<[Value]>,
    /// Her strongest topics.
    pub topics: Box<[(Symbol, Number)]>,
}

/// A customer's place in a lifecycle: what results show of her standing.
pub(crate) struct Place {
    /// The stage by number; `None` outside.
    pub stage: Option<u8>,
    /// How often she has entered a stage of the lifecycle.
    pub entry: u32,
    pub since: Time,
}

impl Place {
    fn of(standing: &Standing) -> Self {
        Self {
            stage: standing.stage(),
            entry: standing.entry,
            since: standing.since,
        }
    }
}

/// Most topics shown for a customer.
const MAX_TOPICS_SHOWN: usize = 5;

impl Frame<'_> {
    fn world(&self) -> World<'_> {
        World {
            machine: self.machine,
            plan: self.plan,
            symbols: self.symbols,
            thresholds: self.thresholds,
        }
    }

    /// Folds the touches of one partition.
    pub(crate) fn fold(&self, partition: usize, bin: &Bin, sorted: &Sorted) -> Folded {
        let world = self.world();
        let stages = self
            .machine
            .lifecycles
            .iter()
            .map(|lifecycle| lifecycle.stages.len())
            .collect();
        let mut recorder = Recorder::new(Days::new(
            self.zone,
            self.first,
            self.until.plus(-1),
            stages,
        ));
        let mut summaries = Vec::new();
        // Nothing to decide and nobody who asks: who came is all there is to know.
        let idle = self.machine.lifecycles.is_empty()
            && self.machine.segments.is_empty()
            && !self.summaries;
        let mut customer = Customer::new(world);
        let (mut from, mut customers) = (0, 0);
        for (number, &end) in self.roster.partition(partition).zip(&sorted.ends) {
            let touches = &sorted.order[from as usize..end as usize];
            from = end;
            if touches.is_empty() {
                continue;
            }
            recorder.begin(number);
            let id = if self.machine.reads_scores {
                self.roster.id(number).as_bytes()
            } else {
                &[]
            };
            customers += 1;
            if idle {
                continue;
            }
            customer.begin(world, id);
            let mut scored = self.scored.of(number);
            for &index in touches {
                let touch = bin.touch(index);
                if !scored.is_empty() {
                    // Those of an instant come before its touches.
                    let due = scored.partition_point(|one| one.at <= touch.at.ms());
                    self.take_scored(&scored[..due], &mut customer, &mut recorder);
                    scored = &scored[due..];
                }
                customer.touch(world, &touch, &mut recorder);
            }
            self.take_scored(scored, &mut customer, &mut recorder);
            customer.pass(world, self.until, &mut recorder);
            if self.summaries {
                summaries.push(self.summary(number, &customer));
            }
        }
        Folded {
            recorder,
            summaries,
            customers,
        }
    }

    fn take_scored(&self, scored: &[Scored], customer: &mut Customer, recorder: &mut Recorder) {
        if scored.is_empty() {
            return;
        }
        let (read, mut facts) = (ScoredFacts::new(self.machine), Vec::new());
        for one in scored {
            read.read(one, &mut facts);
            customer.touch(self.world(), &as_touch(one, &facts), recorder);
        }
    }

    fn summary(&self, number: u32, customer: &Customer) -> Summary {
        let inside = customer
            .memberships()
            .iter()
            .enumerate()
            .filter(|(_, membership)| membership.inside);
        let mut topics = customer.interests(self.world(), self.until.plus(-1));
        topics.truncate(MAX_TOPICS_SHOWN);
        Summary {
            customer: number,
            first_at: customer.first_at(),
            last_at: customer.last_at(),
            touches: customer.touches(),
            purchases: customer.purchases(),
            places: customer.standings().iter().map(Place::of).collect(),
            segments: inside.map(|(segment, _)| segment as u16).collect(),
            traits: self
                .traits
                .iter()
                .map(|&(_, slot)| customer.trait_value(slot))
                .collect(),
            topics: topics.into(),
        }
    }
}

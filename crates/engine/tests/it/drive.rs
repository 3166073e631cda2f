//! The engine on a case: names become numbers, the customer is folded, and the outcome is read back.

use perennial_engine::{Customer, Plan, Thresholds, World};
use perennial_model::{Change, Fact, Kind, Number, PointId, Symbols, Time, Touch, Value};
use perennial_rules::Machine;

use crate::case::{Case, Happening, Interests, Outcome, Place, Plain};

/// A case's rules made ready for the engine.
pub struct Ready {
    pub machine: Machine,
    pub plan: Plan,
    pub symbols: Symbols,
    pub thresholds: Thresholds,
}

/// A happening made ready for the engine.
#[derive(Clone, Debug)]
pub struct ReadyTouch {
    pub at: Time,
    pub received_at: Time,
    pub kind: Kind,
    pub facts: Vec<Fact>,
    pub row: u32,
}

impl ReadyTouch {
    /// The touch as the engine takes it.
    pub fn touch(&self) -> Touch<'_> {
        let Self {
            at,
            received_at,
            kind,
            ref facts,
            row,
        } = *self;
        Touch {
            at,
            received_at,
            kind,
            facts,
            row,
        }
    }
}

impl Ready {
    /// Compiles the rules of a case.
    pub fn new(case: &Case) -> Self {
        let mut symbols = Symbols::default();
        let machine = Machine::compile(&case.project, &mut symbols);
        let mut plan = Plan::new(&machine);
        for number in 0..case.kinds_before {
            plan.kind(&machine, vec![PointId(1_000 + number)]);
        }
        let thresholds = Thresholds::new(case.cuts.clone());
        Self {
            machine,
            plan,
            symbols,
            thresholds,
        }
    }

    /// The world that customers are folded in.
    pub fn world(&self) -> World<'_> {
        World {
            machine: &self.machine,
            plan: &self.plan,
            symbols: &self.symbols,
            thresholds: &self.thresholds,
        }
    }

    /// A history's touches, with the facts that rules read.
    pub fn touches(&mut self, happenings: &[Happening]) -> Vec<ReadyTouch> {
        happenings
            .iter()
            .enumerate()
            .map(|(row, happening)| self.touch(row as u32, happening))
            .collect()
    }

    fn touch(&mut self, row: u32, happening: &Happening) -> ReadyTouch {
        let number = |name: &String| {
            self.machine
                .points
                .iter()
                .position(|point| point.name == *name)
        };
        let points = happening
            .points
            .iter()
            .filter_map(number)
            .map(|number| PointId(number as u16))
            .collect();
        let kind = self.plan.kind(&self.machine, points).expect("few kinds");
        let facts = self.facts(kind, happening);
        ReadyTouch {
            at: happening.at,
            received_at: happening.received_at,
            kind,
            facts,
            row,
        }
    }

    /// The traits that a happening sets, and of its properties those that its kind has to carry.
    fn facts(&mut self, kind: Kind, happening: &Happening) -> Vec<Fact> {
        let carried = self.plan.slots(&self.machine, kind);
        let mut facts = Vec::new();
        for slot in 0..self.machine.slots.len() as u16 {
            let known = self.machine.slots[usize::from(slot)].clone();
            let named = if known.is_trait {
                &happening.traits
            } else {
                &happening.properties
            };
            let found = named.iter().find(|(name, _)| *name == known.name);
            let Some((_, plain)) = found.filter(|_| known.is_trait || carried.contains(&slot))
            else {
                continue;
            };
            let value = match plain {
                // Where only numbers are wanted, the door reads them from texts.
                plain if known.numeric => plain.number().map_or(Value::Null, Value::Number),
                plain => self.value(plain),
            };
            if !value.is_null() {
                facts.push(Fact { slot, value });
            }
        }
        facts
    }

    fn value(&mut self, plain: &Plain) -> Value {
        match plain {
            Plain::Null => Value::Null,
            Plain::Bool(truth) => Value::Bool(*truth),
            Plain::Number(number) => Value::Number(*number),
            Plain::Text(text) => Value::Text(self.symbols.intern(text)),
        }
    }

    fn plain(&self, value: Value) -> Plain {
        match value {
            Value::Null => Plain::Null,
            Value::Bool(truth) => Plain::Bool(truth),
            Value::Number(number) => Plain::Number(number),
            Value::Text(symbol) => Plain::Text(self.symbols.text(symbol).to_owned()),
        }
    }

    /// What has become of a customer.
    pub fn outcome(&self, customer: &Customer, changes: Vec<Change>) -> Outcome {
        let standings = customer.standings().iter().map(|standing| Place {
            stage: standing.stage(),
            since: standing.since,
            entry: standing.entry,
            clause: standing.clause,
            cause: standing.cause,
        });
        let slots = self
            .machine
            .slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.is_trait);
        let mut traits: Vec<(String, Plain)> = slots
            .map(|(number, slot)| {
                (
                    slot.name.clone(),
                    self.plain(customer.trait_value(number as u16)),
                )
            })
            .collect();
        traits.sort_by(|a, b| a.0.cmp(&b.0));
        Outcome {
            changes,
            standings: standings.collect(),
            memberships: customer
                .memberships()
                .iter()
                .map(|m| (m.inside, m.since, m.entry))
                .collect(),
            purchases: customer.purchases(),
            traits,
            touches: (customer.touches(), customer.first_at(), customer.last_at()),
        }
    }

    /// A customer's interests.
    pub fn interests(&self, customer: &Customer, now: Time) -> Interests {
        let named = |(topic, level): (_, Number)| (self.symbols.text(topic).to_owned(), level);
        customer
            .interests(self.world(), now)
            .into_iter()
            .map(named)
            .collect()
    }

    /// Folds one customer from nothing, stopping at each of `stops` on the way.
    pub fn fold(
        &self,
        id: &str,
        touches: &[ReadyTouch],
        stops: &[Time],
        until: Time,
    ) -> (Customer, Vec<Change>) {
        let mut customer = Customer::new(self.world());
        let changes = self.fold_into(&mut customer, id, touches, stops, until);
        (customer, changes)
    }

    /// Folds one customer in the room of another.
    pub fn fold_into(
        &self,
        customer: &mut Customer,
        id: &str,
        touches: &[ReadyTouch],
        stops: &[Time],
        until: Time,
    ) -> Vec<Change> {
        let (world, mut changes) = (self.world(), Vec::new());
        customer.begin(world, id.as_bytes());
        let mut stops = stops
            .iter()
            .copied()
            .filter(|stop| *stop < until)
            .peekable();
        for touch in touches {
            while let Some(stop) = stops.next_if(|stop| *stop <= touch.at) {
                customer.pass(world, stop, &mut changes);
            }
            customer.touch(world, &touch.touch(), &mut changes);
        }
        stops.for_each(|stop| customer.pass(world, stop, &mut changes));
        customer.pass(world, until, &mut changes);
        changes
    }
}

/// The engine's outcome of a case, and the interests at its end.
pub fn engine(case: &Case) -> (Outcome, Interests) {
    let mut ready = Ready::new(case);
    let touches = ready.touches(&case.happenings);
    let (customer, changes) = ready.fold(&case.id, &touches, &[], case.until);
    (
        ready.outcome(&customer, changes),
        ready.interests(&customer, case.until),
    )
}

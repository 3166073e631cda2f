//! What was it: an event's name and properties give the touchpoints that it is.

use std::collections::HashMap;

use perennial_model::{Fact, Kind, PointId, Symbols, Time, Touch};
use perennial_rules::Machine;
use perennial_rules::project::normalize_event_name;

use crate::{Customer, Plan, Thresholds, World};

/// How the events of one name are recognised.
#[derive(Clone, Debug)]
pub enum Recognition {
    /// All alike.
    Always(Kind),
    /// By their properties, as a [`Judge`] says.
    ByFacts {
        /// Slots of the properties that the conditions read.
        slots: Vec<u16>,
        /// The matches, by number in [`Machine::matches`].
        matches: Vec<u16>,
    },
}

/// Event names met so far and how their events are recognised.
#[derive(Clone, Debug, Default)]
pub struct Recognizer {
    by_name: HashMap<String, Vec<u16>>,
}

impl Recognizer {
    /// A recognizer for compiled rules.
    pub fn new(machine: &Machine) -> Self {
        let mut by_name: HashMap<String, Vec<u16>> = HashMap::new();
        for (number, one) in machine.matches.iter().enumerate() {
            by_name
                .entry(one.event.clone())
                .or_default()
                .push(number as u16);
        }
        Self { by_name }
    }

    /// Whether any touchpoint names this event.
    pub fn knows(&self, event: &str) -> bool {
        self.by_name.contains_key(&normalize_event_name(event))
    }

    /// How events of a name are recognised. The plan learns kinds that it did not know.
    pub fn recognition(&self, machine: &Machine, plan: &mut Plan, event: &str) -> Recognition {
        let Some(matches) = self.by_name.get(&normalize_event_name(event)) else {
            return Recognition::Always(Kind(0));
        };
        let mut slots = Vec::new();
        for &number in matches {
            if let Some(when) = &machine.matches[usize::from(number)].when {
                when.code.walk(&mut |code| {
                    if let perennial_rules::compile::Code::Touch(slot) = code
                        && !slots.contains(slot)
                    {
                        slots.push(*slot);
                    }
                });
            }
        }
        let conditional = matches
            .iter()
            .any(|&number| machine.matches[usize::from(number)].when.is_some());
        if conditional {
            return Recognition::ByFacts {
                slots,
                matches: matches.clone(),
            };
        }
        let points = matches
            .iter()
            .map(|&number| machine.matches[usize::from(number)].point)
            .collect();
        Recognition::Always(plan.kind(machine, points).unwrap_or_default())
    }
}

/// Tells the touchpoints of events whose conditions read their properties.
///
/// Such a condition reads nothing of a customer, so a blank one does for all events.
pub struct Judge {
    nobody: Customer,
}

impl Judge {
    /// A judge for compiled rules.
    pub fn new(machine: &Machine, plan: &Plan) -> Self {
        let (symbols, thresholds) = (Symbols::default(), Thresholds::default());
        Self {
            nobody: Customer::new(World {
                machine,
                plan,
                symbols: &symbols,
                thresholds: &thresholds,
            }),
        }
    }

    /// The touchpoints that an event with these properties is, of the matches for its name.
    pub fn points(
        &self,
        machine: &Machine,
        plan: &Plan,
        symbols: &Symbols,
        matches: &[u16],
        facts: &[Fact],
    ) -> Vec<PointId> {
        let thresholds = Thresholds::default();
        let world = World {
            machine,
            plan,
            symbols,
            thresholds: &thresholds,
        };
        let touch = Touch {
            at: Time::MIN,
            received_at: Time::MIN,
            kind: Kind(0),
            facts,
            row: 0,
        };
        let holds = |number: &&u16| {
            let when = machine.matches[usize::from(**number)].when.as_ref();
            when.is_none_or(|when| {
                self.nobody
                    .holds(world, &when.code, Time::MIN, Some(&touch))
            })
        };
        matches
            .iter()
            .filter(holds)
            .map(|&number| machine.matches[usize::from(number)].point)
            .collect()
    }
}

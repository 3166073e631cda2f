//! Runs a scenario: each customer's lines folded in order, what followed noted line by line.

use std::collections::HashMap;

use perennial_model::{Change, Fact, Kind, PointId, Symbols, Touch, Value};
use perennial_rules::project::is_scored;
use perennial_rules::{Machine, Project};

use super::expected::{Happening, fulfilled, text};
use super::{Deed, Line, LineReport, Literal, Property, Report, Scenario};
use crate::recognize::{Judge, Recognition, Recognizer};
use crate::{Customer, Plan, Thresholds, World};

impl Scenario {
    /// Runs the scenario with the rules of a project, the one that it was read with.
    pub fn run(&self, project: &Project) -> Report {
        let mut symbols = Symbols::default();
        let machine = Machine::compile(project, &mut symbols);
        let mut recognition = Recognizing {
            machine: &machine,
            plan: Plan::new(&machine),
            symbols,
            recognizer: Recognizer::new(&machine),
        };
        // All kinds must be known before the first customer is folded.
        let touches: Vec<_> = self
            .lines
            .iter()
            .map(|line| recognition.touch(&line.deed))
            .collect();
        let thresholds = Thresholds::new(self.thresholds.clone());
        let world = World {
            machine: &machine,
            plan: &recognition.plan,
            symbols: &recognition.symbols,
            thresholds: &thresholds,
        };
        let mut reports: Vec<Option<LineReport>> = vec![None; self.lines.len()];
        let mut changes = Vec::new();
        for lines in self.by_customer() {
            let mut customer = Customer::new(world);
            customer.begin(world, self.lines[lines[0]].customer.as_bytes());
            for (place, &index) in lines.iter().enumerate() {
                let line = &self.lines[index];
                if let Some((kind, facts)) = &touches[index] {
                    let touch = Touch {
                        at: line.at,
                        received_at: line.at,
                        kind: *kind,
                        facts,
                        row: index as u32,
                    };
                    customer.touch(world, &touch, &mut changes);
                }
                // The clock comes after all touches of the instant.
                let next = lines.get(place + 1).map(|&next| self.lines[next].at);
                if touches[index].is_none() || next != Some(line.at) {
                    customer.pass(world, line.at.plus(1), &mut changes);
                }
                reports[index] = Some(self.report(line, &changes, &machine));
                changes.clear();
            }
        }
        Report {
            lines: reports.into_iter().flatten().collect(),
        }
    }

    /// The lines of each customer, by their places; customers in the order of their first lines.
    fn by_customer(&self) -> Vec<Vec<usize>> {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut customers: Vec<Vec<usize>> = Vec::new();
        for (index, line) in self.lines.iter().enumerate() {
            let place = *places.entry(&line.customer).or_insert(customers.len());
            if place == customers.len() {
                customers.push(Vec::new());
            }
            customers[place].push(index);
        }
        customers
    }

    fn report(&self, line: &Line, changes: &[Change], machine: &Machine) -> LineReport {
        let got: Vec<Happening> = changes
            .iter()
            .map(|change| Happening::of(change, machine))
            .collect();
        LineReport {
            line: line.number,
            customer: line.customer.clone(),
            expected: line.expected.as_ref().map(|_| line.expected_text.clone()),
            got: text(&got, &self.calendar, line.at),
            ok: line
                .expected
                .as_ref()
                .is_none_or(|expected| fulfilled(&got, expected)),
        }
    }
}

/// What turns deeds into touches.
struct Recognizing<'m> {
    machine: &'m Machine,
    plan: Plan,
    symbols: Symbols,
    recognizer: Recognizer,
}

impl Recognizing<'_> {
    /// The kind and facts of a deed's touch; `None` for silence.
    fn touch(&mut self, deed: &Deed) -> Option<(Kind, Vec<Fact>)> {
        let (kind, properties) = match deed {
            Deed::Silence => return None,
            Deed::Touch(name, properties) => {
                let point = self
                    .machine
                    .points
                    .iter()
                    .position(|point| point.name == *name);
                let points = point.map(|number| PointId(number as u16));
                (self.kind(points.into_iter().collect()), properties)
            }
            Deed::Event(name, properties) if is_scored(name) => {
                let slots = self.plan.scores.clone();
                return Some((Kind::SCORED, self.facts(&slots, properties)));
            }
            Deed::Event(name, properties) => (self.recognized(name, properties), properties),
        };
        let mut slots = self.plan.slots(self.machine, kind);
        let all = self.machine.slots.iter().enumerate();
        slots.extend(
            all.filter(|(_, slot)| slot.is_trait)
                .map(|(number, _)| number as u16),
        );
        Some((kind, self.facts(&slots, properties)))
    }

    /// The kind of an event of a name.
    fn recognized(&mut self, name: &str, properties: &[Property]) -> Kind {
        match self
            .recognizer
            .recognition(self.machine, &mut self.plan, name)
        {
            Recognition::Always(kind) => kind,
            Recognition::ByFacts { slots, matches } => {
                let facts = self.facts(&slots, properties);
                let judge = Judge::new(self.machine, &self.plan);
                let points =
                    judge.points(self.machine, &self.plan, &self.symbols, &matches, &facts);
                self.kind(points)
            }
        }
    }

    fn kind(&mut self, points: Vec<PointId>) -> Kind {
        self.plan.kind(self.machine, points).unwrap_or_default()
    }

    /// The properties behind some slots.
    fn facts(&mut self, slots: &[u16], properties: &[Property]) -> Vec<Fact> {
        let mut facts = Vec::new();
        for &slot in slots {
            let name = &self.machine.slots[usize::from(slot)].name;
            if let Some(property) = properties.iter().find(|property| property.name == *name) {
                let value = match &property.value {
                    Literal::Bool(truth) => Value::Bool(*truth),
                    Literal::Number(number) => Value::Number(*number),
                    Literal::Text(text) => Value::Text(self.symbols.intern(text)),
                };
                facts.push(Fact { slot, value });
            }
        }
        facts
    }
}

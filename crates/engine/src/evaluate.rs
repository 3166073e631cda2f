//! What holds: the value of a compiled rule for one customer at one instant.

use std::cmp::Ordering;

use perennial_model::{Number, Time, Touch, Value};
use perennial_rules::compile::Code;
use perennial_rules::expr::{Comparison, Operation};

use crate::cell::{self, Cell};
use crate::profile::fact;
use crate::{Customer, World};

impl Customer {
    /// Whether a rule holds now. Null is not true. Windows must have been advanced to now.
    pub(crate) fn holds(
        &self,
        world: World<'_>,
        code: &Code,
        now: Time,
        touch: Option<&Touch<'_>>,
    ) -> bool {
        self.value(world, code, now, touch).is_true()
    }

    /// The value of an expression now.
    pub(crate) fn value(
        &self,
        world: World<'_>,
        code: &Code,
        now: Time,
        touch: Option<&Touch<'_>>,
    ) -> Value {
        let of = |code: &Code| self.value(world, code, now, touch);
        match code {
            Code::Literal(value) => *value,
            Code::Trait(slot) => self.traits[usize::from(*slot)],
            Code::Touch(slot) => touch.map_or(Value::Null, |touch| fact(touch, *slot)),
            Code::Register(register) => self.cells[usize::from(*register)].value(),
            Code::Since(_) | Code::Age | Code::TimeInStage(_) => self.elapsed(world, code, now),
            Code::Stage(lifecycle) => self.stage_name(world, *lifecycle),
            Code::Ever { lifecycle, stage } => {
                Value::Bool(self.standings[usize::from(*lifecycle)].ever >> stage & 1 == 1)
            }
            Code::InSegment(segment) => Value::Bool(self.memberships[usize::from(*segment)].inside),
            Code::Intent(topic) => Value::Number(self.interest(world, *topic, now)),
            Code::Score(score) => world
                .thresholds
                .score(*score, &self.id, self.purchases, now),
            Code::Not(inner) => not(of(inner)),
            Code::All(parts) => all(parts.iter().map(of)),
            Code::Any(parts) => not(all(parts.iter().map(|part| not(of(part))))),
            Code::Compare { left, op, right } => compare(world, of(left), *op, of(right)),
            Code::In {
                value,
                list,
                negated,
            } => {
                let value = of(value);
                let found = list
                    .iter()
                    .map(|item| not(compare(world, value, Comparison::Equal, of(item))));
                let absent = all(found);
                if *negated { absent } else { not(absent) }
            }
            Code::Between {
                value,
                low,
                high,
                negated,
            } => {
                let value = of(value);
                let above = compare(world, value, Comparison::GreaterOrEqual, of(low));
                let below = compare(world, value, Comparison::LessOrEqual, of(high));
                let inside = all([above, below].into_iter());
                if *negated { not(inside) } else { inside }
            }
            Code::IsNull { value, negated } => Value::Bool(of(value).is_null() != *negated),
            Code::Like {
                value,
                pattern,
                negated,
            } => value_of(cell::like(cell(world, of(value)), pattern, *negated)),
            Code::Arithmetic { left, op, right } => arithmetic(world, of(left), *op, of(right)),
            Code::Negate(inner) => {
                let nought = Value::Number(Number::ZERO);
                arithmetic(world, nought, Operation::Subtract, of(inner))
            }
        }
    }

    /// The instant a moving expression counts from; `None` where it is null.
    pub(crate) fn counts_from(&self, code: &Code) -> Option<Time> {
        let from = match code {
            Code::Since(register) => self.cells[usize::from(*register)].latest(),
            Code::Age if self.first_at != Time::NEVER => self.first_at,
            Code::TimeInStage(lifecycle) => {
                let standing = &self.standings[usize::from(*lifecycle)];
                standing.stage().map_or(Time::MIN, |_| standing.since)
            }
            _ => Time::MIN,
        };
        (from != Time::MIN).then_some(from)
    }

    fn elapsed(&self, _world: World<'_>, code: &Code, now: Time) -> Value {
        match self.counts_from(code) {
            Some(from) => Value::Number(Number::from_millionths(now.since(from))),
            None => Value::Null,
        }
    }

    fn stage_name(&self, world: World<'_>, lifecycle: u16) -> Value {
        let stage = self.standings[usize::from(lifecycle)].stage();
        let stages = &world.machine.lifecycles[usize::from(lifecycle)].stages;
        stage.map_or(Value::Null, |stage| {
            Value::Text(stages[usize::from(stage)].symbol)
        })
    }
}

fn not(value: Value) -> Value {
    match value {
        Value::Bool(truth) => Value::Bool(!truth),
        _ => Value::Null,
    }
}

/// SQL's AND: false wins over null, null over true.
fn all(values: impl Iterator<Item = Value>) -> Value {
    let mut answer = Value::Bool(true);
    for value in values {
        match value {
            Value::Bool(false) => return value,
            Value::Bool(true) => {}
            _ => answer = Value::Null,
        }
    }
    answer
}

/// A value with its text.
fn cell<'a>(world: World<'a>, value: Value) -> Cell<'a> {
    match value {
        Value::Null => Cell::Null,
        Value::Bool(truth) => Cell::Truth(truth),
        Value::Number(number) => Cell::Number(number),
        Value::Text(symbol) => Cell::Text(world.symbols.text(symbol)),
    }
}

/// What an answer that is never a text is as a value.
fn value_of(cell: Cell<'_>) -> Value {
    match cell {
        Cell::Truth(truth) => Value::Bool(truth),
        Cell::Number(number) => Value::Number(number),
        Cell::Null | Cell::Text(_) => Value::Null,
    }
}

/// Compares two values; null with anything is null. A text that reads as a number is one beside a number.
pub(crate) fn compare(world: World<'_>, left: Value, op: Comparison, right: Value) -> Value {
    value_of(match (left, right) {
        (Value::Text(a), Value::Text(b)) if a == b => cell::ordered(Some(Ordering::Equal), op),
        _ => cell::compare(cell(world, left), op, cell(world, right)),
    })
}

fn arithmetic(world: World<'_>, left: Value, op: Operation, right: Value) -> Value {
    value_of(cell::arithmetic(cell(world, left), op, cell(world, right)))
}

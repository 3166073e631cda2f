//! The profile: the figures and traits that a touch updates.

use std::collections::{HashMap, VecDeque};

use perennial_model::{Number, Time, Touch, Value};
use perennial_rules::compile::{Figure, Register};

use crate::{Customer, World};

/// One register's figure for one customer.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    /// How many.
    Count(u64),
    /// When the latest was; [`Time::MIN`] before any.
    Latest(Time),
    /// A sum.
    Sum(Number),
    /// A sum and how many values it has.
    Mean(Number, u64),
    /// The least so far.
    Min(Value),
    /// The greatest so far.
    Max(Value),
    /// The earliest value.
    First(Value),
    /// The latest value.
    Last(Value),
    /// The different values with how often each. Boxed, so that all cells of a customer lie close together.
    Distinct(Box<Values>),
    /// A figure over a window of time.
    Window(Box<Window>),
}

/// A figure over the touches of the last so many milliseconds, the far end included.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    length_ms: i64,
    figure: Figure,
    /// The touches that count still, oldest first. For the least and the greatest only those that
    /// can yet be it: each better than all that came before.
    items: VecDeque<(Time, Value)>,
    sum: Number,
    /// The different values with how often each, where they are what is figured.
    values: Option<Box<Values>>,
}

/// The different values of a figure with how often each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Values(HashMap<Value, u32>);

impl Values {
    fn add(&mut self, value: Value) {
        *self.0.entry(value).or_insert(0) += 1;
    }

    fn remove(&mut self, value: Value) {
        if let Some(count) = self.0.get_mut(&value) {
            *count -= 1;
            if *count == 0 {
                self.0.remove(&value);
            }
        }
    }
}

impl Cell {
    pub(crate) fn new(register: &Register) -> Self {
        if let Some(length_ms) = register.window_ms {
            return Self::Window(Box::new(Window {
                length_ms,
                figure: register.figure,
                items: VecDeque::new(),
                sum: Number::ZERO,
                values: match register.figure {
                    Figure::Distinct(_) => Some(Box::default()),
                    _ => None,
                },
            }));
        }
        match register.figure {
            Figure::Count => Self::Count(0),
            Figure::Latest => Self::Latest(Time::MIN),
            Figure::Sum(_) => Self::Sum(Number::ZERO),
            Figure::Mean(_) => Self::Mean(Number::ZERO, 0),
            Figure::Min(_) => Self::Min(Value::Null),
            Figure::Max(_) => Self::Max(Value::Null),
            Figure::First(_) => Self::First(Value::Null),
            Figure::Last(_) => Self::Last(Value::Null),
            Figure::Distinct(_) => Self::Distinct(Box::default()),
        }
    }

    pub(crate) fn clear(&mut self) {
        match self {
            Self::Count(count) => *count = 0,
            Self::Latest(at) => *at = Time::MIN,
            Self::Sum(sum) => *sum = Number::ZERO,
            Self::Mean(sum, count) => (*sum, *count) = (Number::ZERO, 0),
            Self::Min(value) | Self::Max(value) | Self::First(value) | Self::Last(value) => {
                *value = Value::Null
            }
            Self::Distinct(values) => values.0.clear(),
            Self::Window(window) => window.clear(),
        }
    }

    /// Takes in a touch at `at` with the measure's value (null where the figure has none or the touch lacks it).
    fn add(&mut self, at: Time, value: Value) {
        match (self, value) {
            (Self::Count(count), _) => *count += 1,
            (Self::Latest(latest), _) => *latest = at,
            (Self::Window(window), value) => window.add(at, value),
            (_, Value::Null) => {}
            (Self::Sum(sum), Value::Number(number)) => *sum = sum.saturating_add(number),
            (Self::Mean(sum, count), Value::Number(number)) => {
                *sum = sum.saturating_add(number);
                *count += 1;
            }
            (Self::Min(least), Value::Number(_)) => {
                *least = if least.is_null() {
                    value
                } else {
                    lesser(*least, value)
                }
            }
            (Self::Max(most), Value::Number(_)) => {
                *most = if most.is_null() {
                    value
                } else {
                    greater(*most, value)
                }
            }
            (Self::First(first), value) if first.is_null() => *first = value,
            (Self::Last(last), value) => *last = value,
            (Self::Distinct(values), value) => values.add(value),
            _ => {}
        }
    }

    /// The figure now; windows must have been advanced to now.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Count(count) => whole(*count as usize),
            Self::Latest(_) => Value::Null,
            Self::Sum(sum) => Value::Number(*sum),
            Self::Mean(sum, count) => mean(*sum, *count as usize),
            Self::Min(value) | Self::Max(value) | Self::First(value) | Self::Last(value) => *value,
            Self::Distinct(values) => whole(values.0.len()),
            Self::Window(window) => window.value(),
        }
    }

    /// When the latest touch was; [`Time::MIN`] before any, and for other figures.
    pub(crate) fn latest(&self) -> Time {
        if let Self::Latest(at) = self {
            *at
        } else {
            Time::MIN
        }
    }

    /// Lets touches fall out of the window that lie too far back at `now`.
    pub(crate) fn advance(&mut self, now: Time) {
        if let Self::Window(window) = self {
            window.advance(now);
        }
    }

    /// The next instant at which the figure changes with no touch at all.
    pub(crate) fn next_change(&self) -> Time {
        match self {
            Self::Window(window) => window
                .items
                .front()
                .map_or(Time::NEVER, |(at, _)| at.plus(window.length_ms + 1)),
            _ => Time::NEVER,
        }
    }
}

impl Window {
    fn clear(&mut self) {
        self.items.clear();
        self.sum = Number::ZERO;
        if let Some(values) = &mut self.values {
            values.0.clear();
        }
    }

    fn add(&mut self, at: Time, value: Value) {
        match (self.figure, value) {
            (Figure::Count, _) => self.items.push_back((at, Value::Null)),
            (_, Value::Null) => {}
            (Figure::Sum(_) | Figure::Mean(_), Value::Number(number)) => {
                self.sum = self.sum.saturating_add(number);
                self.items.push_back((at, value));
            }
            (Figure::Min(_), Value::Number(_)) => {
                self.push_better(at, value, |new, old| new <= old)
            }
            (Figure::Max(_), Value::Number(_)) => {
                self.push_better(at, value, |new, old| new >= old)
            }
            (Figure::First(_) | Figure::Last(_), value) => self.items.push_back((at, value)),
            (Figure::Distinct(_), value) => {
                if let Some(values) = &mut self.values {
                    values.add(value);
                }
                self.items.push_back((at, value));
            }
            _ => {}
        }
    }

    /// Pushes a value after dropping those that it outdoes: they can never be the answer again.
    fn push_better(&mut self, at: Time, value: Value, outdoes: fn(Number, Number) -> bool) {
        while self
            .items
            .back()
            .is_some_and(|(_, old)| outdoes(number_of(value), number_of(*old)))
        {
            self.items.pop_back();
        }
        self.items.push_back((at, value));
    }

    fn advance(&mut self, now: Time) {
        while let Some(&(at, value)) = self.items.front() {
            if now.since(at) <= self.length_ms {
                return;
            }
            self.items.pop_front();
            match (self.figure, value) {
                (Figure::Sum(_) | Figure::Mean(_), Value::Number(number)) => {
                    self.sum = self.sum.saturating_sub(number)
                }
                (Figure::Distinct(_), value) => {
                    if let Some(values) = &mut self.values {
                        values.remove(value);
                    }
                }
                _ => {}
            }
        }
    }

    fn value(&self) -> Value {
        match self.figure {
            Figure::Count => whole(self.items.len()),
            Figure::Latest => Value::Null,
            Figure::Sum(_) => Value::Number(self.sum),
            Figure::Mean(_) => mean(self.sum, self.items.len()),
            Figure::Min(_) | Figure::Max(_) | Figure::First(_) => {
                self.items.front().map_or(Value::Null, |item| item.1)
            }
            Figure::Last(_) => self.items.back().map_or(Value::Null, |item| item.1),
            Figure::Distinct(_) => whole(self.values.as_ref().map_or(0, |values| values.0.len())),
        }
    }
}

impl Customer {
    /// Updates the figures that the touch's kind moves.
    pub(crate) fn update(&mut self, world: World<'_>, touch: &Touch<'_>) {
        let plan = world.plan.of(touch.kind);
        for &number in &plan.registers {
            let figure = world.machine.registers[usize::from(number)].figure;
            let value = figure.slot().map_or(Value::Null, |slot| fact(touch, slot));
            self.cells[usize::from(number)].add(touch.at, value);
        }
        if let Some(money) = plan.money {
            let value = money
                .slot
                .map_or(Number::ZERO, |slot| number_of(fact(touch, slot)));
            if money.refund {
                // Some sources write what is given back as less than nothing.
                self.purchases.value = self.purchases.value.saturating_sub(value.abs());
            } else {
                self.purchases.orders += 1;
                self.purchases.first_at = self.purchases.first_at.min(touch.at);
                self.purchases.last_at = touch.at;
                self.purchases.value = self.purchases.value.saturating_add(value);
            }
        }
        if !plan.feeds.is_empty() {
            self.feed_interest(world, touch);
        }
        if plan.stirs {
            self.wake = touch.at;
        }
    }

    /// Takes the traits that the touch sets; answers whether any rule may care.
    pub(crate) fn take_traits(&mut self, world: World<'_>, touch: &Touch<'_>) -> bool {
        let mut any = false;
        for fact in touch.facts {
            let slot = &world.machine.slots[usize::from(fact.slot)];
            if slot.is_trait {
                self.traits[usize::from(fact.slot)] = fact.value;
                any |= slot.ruled;
            }
        }
        if any {
            self.wake = touch.at;
        }
        any
    }

    /// Lets every window know what time it is.
    pub(crate) fn advance(&mut self, now: Time) {
        self.cells.iter_mut().for_each(|cell| cell.advance(now));
    }
}

/// A property of the touch; null if it lacks it.
pub(crate) fn fact(touch: &Touch<'_>, slot: u16) -> Value {
    touch
        .facts
        .iter()
        .find(|fact| fact.slot == slot)
        .map_or(Value::Null, |fact| fact.value)
}

fn number_of(value: Value) -> Number {
    if let Value::Number(number) = value {
        number
    } else {
        Number::ZERO
    }
}

fn lesser(a: Value, b: Value) -> Value {
    if number_of(b) < number_of(a) { b } else { a }
}

fn greater(a: Value, b: Value) -> Value {
    if number_of(b) > number_of(a) { b } else { a }
}

/// A count as a value.
fn whole(count: usize) -> Value {
    Value::Number(
        i64::try_from(count)
            .ok()
            .and_then(Number::from_int)
            .unwrap_or(Number::MAX),
    )
}

fn mean(sum: Number, count: usize) -> Value {
    let count = i64::try_from(count)
        .ok()
        .and_then(Number::from_int)
        .unwrap_or(Number::MAX);
    sum.checked_div(count).map_or(Value::Null, Value::Number)
}

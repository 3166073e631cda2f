//! What holds: the value of a compiled rule for one customer at one instant.

use std::cmp::Ordering;

use perennial_model::{Number, Time, Touch, Value};
use perennial_rules::compile::Code;
use perennial_rules::expr::{Comparison, Operation};

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
            } => like(world, of(value), pattern, *negated),
            Code::Arithmetic { left, op, right } => arithmetic(of(left), *op, of(right)),
            Code::Negate(inner) => {
                arithmetic(Value::Number(Number::ZERO), Operation::Subtract, of(inner))
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

/// Compares two values; null with anything is null. A text that reads as a number is one beside a number.
pub(crate) fn compare(world: World<'_>, left: Value, op: Comparison, right: Value) -> Value {
    let ordering = match (left, right) {
        (Value::Null, _) | (_, Value::Null) => return Value::Null,
        (Value::Number(a), Value::Number(b)) => Some(a.cmp(&b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(&b)),
        (Value::Text(a), Value::Text(b)) if a == b => Some(Ordering::Equal),
        (Value::Text(a), Value::Text(b)) => Some(world.symbols.text(a).cmp(world.symbols.text(b))),
        (Value::Text(a), Value::Number(b)) => {
            Number::parse(world.symbols.text(a)).ok().map(|a| a.cmp(&b))
        }
        (Value::Number(a), Value::Text(b)) => {
            Number::parse(world.symbols.text(b)).ok().map(|b| a.cmp(&b))
        }
        (Value::Bool(a), Value::Text(b)) => truth_of(world.symbols.text(b)).map(|b| a.cmp(&b)),
        (Value::Text(a), Value::Bool(b)) => truth_of(world.symbols.text(a)).map(|a| a.cmp(&b)),
        (Value::Bool(_), Value::Number(_)) | (Value::Number(_), Value::Bool(_)) => None,
    };
    // Values of unlike kinds are different, and in no order.
    let Some(ordering) = ordering else {
        return match op {
            Comparison::Equal => Value::Bool(false),
            Comparison::NotEqual => Value::Bool(true),
            _ => Value::Null,
        };
    };
    Value::Bool(match op {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    })
}

fn truth_of(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn arithmetic(left: Value, op: Operation, right: Value) -> Value {
    let (Value::Number(left), Value::Number(right)) = (left, right) else {
        return Value::Null;
    };
    let result = match op {
        Operation::Add => Some(left.saturating_add(right)),
        Operation::Subtract => Some(left.saturating_sub(right)),
        Operation::Multiply => left.checked_mul(right),
        Operation::Divide => left.checked_div(right),
    };
    result.map_or(Value::Null, Value::Number)
}

fn like(world: World<'_>, value: Value, pattern: &str, negated: bool) -> Value {
    let matched = match value {
        Value::Text(symbol) => matches_pattern(world.symbols.text(symbol), pattern),
        Value::Number(number) => matches_pattern(&number.to_string(), pattern),
        _ => return Value::Null,
    };
    Value::Bool(matched != negated)
}

/// Whether a text matches a pattern of `%` (any run) and `_` (any character), in time linear in both
/// for each run: the last `%` is the only place ever returned to.
pub(crate) fn matches_pattern(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    let (mut t, mut p) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('%') => {
                retry = Some((t, p + 1));
                p += 1;
            }
            Some(&c) if c == '_' || c == text[t] => (t, p) = (t + 1, p + 1),
            _ => match retry {
                Some((from, after)) => {
                    retry = Some((from + 1, after));
                    (t, p) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == '%')
}

#[cfg(test)]
mod tests {
    use super::matches_pattern;

    #[test]
    fn patterns() {
        for (text, pattern, expected) in [
            ("shoes", "sh%", true),
            ("shoes", "%oe%", true),
            ("shoes", "s_oes", true),
            ("shoes", "shoe", false),
            ("", "%", true),
            ("", "_", false),
            ("aaab", "%a_b", true),
            ("ábc", "_bc", true),
        ] {
            assert_eq!(matches_pattern(text, pattern), expected, "{text} {pattern}");
        }
    }
}

//! The plainest evaluator of rules: SQL's three-valued logic, to hold the warnings against.

use perennial_rules::Expr;
use perennial_rules::expr::{Comparison, Operation};

/// A value; numbers are in millionths, times in milliseconds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Truth(bool),
    Number(i64),
    Text(String),
}

/// What an expression comes to, given the values of what it names.
pub fn evaluate(expr: &Expr, value_of: &mut dyn FnMut(&Expr) -> Value) -> Value {
    match expr {
        Expr::Null => Value::Null,
        Expr::Bool(truth) => Value::Truth(*truth),
        Expr::Number(number) => Value::Number(number.millionths()),
        Expr::Text(text) => Value::Text(text.clone()),
        Expr::Span(span) => Value::Number(span.ms()),
        Expr::Not(inner) => not(truth(&evaluate(inner, value_of))),
        Expr::All(parts) => all(parts.iter().map(|part| truth(&evaluate(part, value_of)))),
        Expr::Any(parts) => not(truth(&all(parts
            .iter()
            .map(|part| truth(&evaluate(part, value_of)).map(|t| !t))))),
        Expr::Compare { left, op, right } => {
            compare(&evaluate(left, value_of), *op, &evaluate(right, value_of))
        }
        Expr::In {
            value,
            list,
            negated,
        } => {
            let value = evaluate(value, value_of);
            let differs = list.iter().map(|item| {
                let item = evaluate(item, &mut |_| Value::Null);
                truth(&compare(&value, Comparison::Equal, &item)).map(|equal| !equal)
            });
            let is_none = all(differs);
            if *negated {
                is_none
            } else {
                not(truth(&is_none))
            }
        }
        Expr::Between {
            value,
            low,
            high,
            negated,
        } => {
            let value = evaluate(value, value_of);
            let ends = [
                compare(&value, Comparison::GreaterOrEqual, &evaluate(low, value_of)),
                compare(&value, Comparison::LessOrEqual, &evaluate(high, value_of)),
            ];
            let between = all(ends.iter().map(truth));
            if *negated {
                not(truth(&between))
            } else {
                between
            }
        }
        Expr::IsNull { value, negated } => {
            Value::Truth((evaluate(value, value_of) == Value::Null) != *negated)
        }
        Expr::Arithmetic { left, op, right } => {
            match (evaluate(left, value_of), evaluate(right, value_of)) {
                (Value::Number(left), Value::Number(right)) => arithmetic(left, *op, right),
                _ => Value::Null,
            }
        }
        subject => value_of(subject),
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Truth(truth) => Some(*truth),
        _ => None,
    }
}

fn not(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, |truth| Value::Truth(!truth))
}

fn all(truths: impl Iterator<Item = Option<bool>>) -> Value {
    let mut answer = Value::Truth(true);
    for truth in truths {
        match truth {
            Some(false) => return Value::Truth(false),
            Some(true) => {}
            None => answer = Value::Null,
        }
    }
    answer
}

/// Values of different types are not equal, and have no order.
fn compare(left: &Value, op: Comparison, right: &Value) -> Value {
    let order = match (left, right) {
        (Value::Null, _) | (_, Value::Null) => return Value::Null,
        (Value::Number(left), Value::Number(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.cmp(right),
        (Value::Truth(left), Value::Truth(right)) => left.cmp(right),
        _ if op == Comparison::Equal => return Value::Truth(false),
        _ if op == Comparison::NotEqual => return Value::Truth(true),
        _ => return Value::Null,
    };
    Value::Truth(match op {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}

fn arithmetic(left: i64, op: Operation, right: i64) -> Value {
    use perennial_model::Number;
    let (left, right) = (
        Number::from_millionths(left),
        Number::from_millionths(right),
    );
    let result = match op {
        Operation::Add => Some(left.saturating_add(right)),
        Operation::Subtract => Some(left.saturating_sub(right)),
        Operation::Multiply => left.checked_mul(right),
        Operation::Divide => left.checked_div(right),
    };
    result.map_or(Value::Null, |number| Value::Number(number.millionths()))
}

//! Comparing, matching and reckoning with plain values, null included.

use std::cmp::Ordering;

use perennial_model::Number;
use perennial_rules::expr::{Comparison, Operation};

use crate::case::Plain;

/// A condition's answer: true, false or unknown.
pub type Truth = Option<bool>;

/// A value as a condition: only true and false are known.
pub fn truth(value: &Plain) -> Truth {
    match value {
        Plain::Bool(truth) => Some(*truth),
        _ => None,
    }
}

/// A condition as a value.
pub fn answer(truth: Truth) -> Plain {
    truth.map_or(Plain::Null, Plain::Bool)
}

/// SQL's AND.
pub fn and(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// SQL's OR.
pub fn or(a: Truth, b: Truth) -> Truth {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

/// Compares two values. Values of unlike kinds differ and have no order; a text beside a number or a
/// truth is read as one where it can be.
pub fn compare(left: &Plain, op: Comparison, right: &Plain) -> Truth {
    if *left == Plain::Null || *right == Plain::Null {
        return None;
    }
    let Some(ordering) = ordering(left, right) else {
        return match op {
            Comparison::Equal => Some(false),
            Comparison::NotEqual => Some(true),
            _ => None,
        };
    };
    Some(match op {
        Comparison::Equal => ordering == Ordering::Equal,
        Comparison::NotEqual => ordering != Ordering::Equal,
        Comparison::Less => ordering == Ordering::Less,
        Comparison::LessOrEqual => ordering != Ordering::Greater,
        Comparison::Greater => ordering == Ordering::Greater,
        Comparison::GreaterOrEqual => ordering != Ordering::Less,
    })
}

fn ordering(left: &Plain, right: &Plain) -> Option<Ordering> {
    match (left, right) {
        (Plain::Number(a), Plain::Number(b)) => Some(a.cmp(b)),
        (Plain::Bool(a), Plain::Bool(b)) => Some(a.cmp(b)),
        (Plain::Text(a), Plain::Text(b)) => Some(a.cmp(b)),
        (Plain::Text(a), Plain::Number(b)) => Number::parse(a).ok().map(|a| a.cmp(b)),
        (Plain::Text(a), Plain::Bool(b)) => {
            a.to_ascii_lowercase().parse().ok().map(|a: bool| a.cmp(b))
        }
        (_, Plain::Text(_)) => ordering(right, left).map(Ordering::reverse),
        _ => None,
    }
}

/// Arithmetic; unknown on anything but numbers, by nought, and beyond the range.
pub fn arithmetic(left: &Plain, op: Operation, right: &Plain) -> Plain {
    let (Plain::Number(a), Plain::Number(b)) = (left, right) else {
        return Plain::Null;
    };
    let result = match op {
        Operation::Add => Some(a.saturating_add(*b)),
        Operation::Subtract => Some(a.saturating_sub(*b)),
        Operation::Multiply => a.checked_mul(*b),
        Operation::Divide => a.checked_div(*b),
    };
    result.map_or(Plain::Null, Plain::Number)
}

/// Whether a text or a number matches a pattern of `%` and `_`.
pub fn like(value: &Plain, pattern: &str) -> Truth {
    let text = match value {
        Plain::Text(text) => text.clone(),
        Plain::Number(number) => number.to_string(),
        _ => return None,
    };
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    Some(matches(&text, &pattern))
}

fn matches(text: &[char], pattern: &[char]) -> bool {
    match pattern {
        [] => text.is_empty(),
        ['%', rest @ ..] => (0..=text.len()).any(|skipped| matches(&text[skipped..], rest)),
        [sign, rest @ ..] => match text {
            [first, others @ ..] => (*sign == '_' || sign == first) && matches(others, rest),
            [] => false,
        },
    }
}

//! What comparing, matching and reckoning with values comes to: SQL's three-valued logic.

use std::cmp::Ordering;

use perennial_model::Number;
use perennial_rules::expr::{Comparison, Operation};

/// A value as it lies in a row or behind a symbol. Null is not true and equals nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Absent.
    Null,
    /// True or false.
    Truth(bool),
    /// An exact decimal.
    Number(Number),
    /// A text.
    Text(&'a str),
}

impl Cell<'_> {
    /// Whether it is exactly true (null is not).
    pub fn is_true(self) -> bool {
        self == Self::Truth(true)
    }

    /// The number that it is, or reads as.
    pub fn number(self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(number),
            Self::Text(text) => Number::parse(text).ok(),
            Self::Null | Self::Truth(_) => None,
        }
    }
}

/// The opposite; of null null.
pub(crate) fn not<'a>(value: Cell<'_>) -> Cell<'a> {
    match value {
        Cell::Truth(truth) => Cell::Truth(!truth),
        _ => Cell::Null,
    }
}

/// SQL's AND: false wins over null, null over true.
pub(crate) fn all<'a, 'b>(values: impl Iterator<Item = Cell<'b>>) -> Cell<'a> {
    let mut answer = Cell::Truth(true);
    for value in values {
        match value {
            Cell::Truth(false) => return Cell::Truth(false),
            Cell::Truth(true) => {}
            _ => answer = Cell::Null,
        }
    }
    answer
}

/// Compares two values; null with anything is null. A text that reads as a number is one beside a number.
pub(crate) fn compare<'a>(left: Cell<'_>, op: Comparison, right: Cell<'_>) -> Cell<'a> {
    let ordering = match (left, right) {
        (Cell::Null, _) | (_, Cell::Null) => return Cell::Null,
        (Cell::Number(a), Cell::Number(b)) => Some(a.cmp(&b)),
        (Cell::Truth(a), Cell::Truth(b)) => Some(a.cmp(&b)),
        (Cell::Text(a), Cell::Text(b)) => Some(a.cmp(b)),
        (Cell::Text(_), Cell::Number(b)) => left.number().map(|a| a.cmp(&b)),
        (Cell::Number(a), Cell::Text(_)) => right.number().map(|b| a.cmp(&b)),
        (Cell::Truth(a), Cell::Text(b)) => truth_of(b).map(|b| a.cmp(&b)),
        (Cell::Text(a), Cell::Truth(b)) => truth_of(a).map(|a| a.cmp(&b)),
        (Cell::Truth(_), Cell::Number(_)) | (Cell::Number(_), Cell::Truth(_)) => None,
    };
    ordered(ordering, op)
}

/// What a comparison comes to, given the order of its sides; without one they are of unlike kinds, which
/// are different, and in no order.
pub(crate) fn ordered<'a>(ordering: Option<Ordering>, op: Comparison) -> Cell<'a> {
    let Some(ordering) = ordering else {
        return match op {
            Comparison::Equal => Cell::Truth(false),
            Comparison::NotEqual => Cell::Truth(true),
            _ => Cell::Null,
        };
    };
    Cell::Truth(match op {
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

/// Reckons with two numbers; null with anything else.
pub(crate) fn arithmetic<'a>(left: Cell<'_>, op: Operation, right: Cell<'_>) -> Cell<'a> {
    let (Cell::Number(left), Cell::Number(right)) = (left, right) else {
        return Cell::Null;
    };
    let result = match op {
        Operation::Add => Some(left.saturating_add(right)),
        Operation::Subtract => Some(left.saturating_sub(right)),
        Operation::Multiply => left.checked_mul(right),
        Operation::Divide => left.checked_div(right),
    };
    result.map_or(Cell::Null, Cell::Number)
}

/// Whether a value matches a pattern; null for what is neither text nor number.
pub(crate) fn like<'a>(value: Cell<'_>, pattern: &str, negated: bool) -> Cell<'a> {
    let matched = match value {
        Cell::Text(text) => matches_pattern(text, pattern),
        Cell::Number(number) => matches_pattern(&number.to_string(), pattern),
        _ => return Cell::Null,
    };
    Cell::Truth(matched != negated)
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

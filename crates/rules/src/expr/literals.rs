//! Literals: what is the same for everybody, worked out.

use perennial_model::Number;

use super::{Comparison, Expr, Operation};

/// Texts that some sources write for true and false; a trait that holds one may count as either.
const TRUTH_WORDS: [&str; 10] = [
    "true", "false", "yes", "no", "t", "f", "y", "n", "on", "off",
];

/// A literal; numbers in millionths, times in milliseconds.
pub(super) enum Literal<'a> {
    Number(i64),
    Text(&'a str),
    Truth(bool),
}

/// An expression that is the same for everybody, worked out.
pub(super) fn literal(expr: &Expr) -> Option<Literal<'_>> {
    match expr {
        Expr::Bool(truth) => Some(Literal::Truth(*truth)),
        Expr::Text(text) => Some(Literal::Text(text)),
        Expr::Span(span) => Some(Literal::Number(span.ms())),
        _ => number(expr).map(|number| Literal::Number(number.millionths())),
    }
}

fn number(expr: &Expr) -> Option<Number> {
    match expr {
        Expr::Number(number) => Some(*number),
        Expr::Negate(inner) => Some(Number::ZERO.saturating_sub(number(inner)?)),
        Expr::Arithmetic { left, op, right } => {
            let (left, right) = (number(left)?, number(right)?);
            match op {
                Operation::Add => Some(left.saturating_add(right)),
                Operation::Subtract => Some(left.saturating_sub(right)),
                Operation::Multiply => left.checked_mul(right),
                Operation::Divide => left.checked_div(right),
            }
        }
        _ => None,
    }
}

/// Whether a comparison of two literals is true; `None` if that is not for us to say.
pub(super) fn constant(left: &Literal, op: Comparison, right: &Literal) -> Option<bool> {
    let order = match (left, right) {
        (Literal::Number(left), Literal::Number(right)) => left.cmp(right),
        (Literal::Text(left), Literal::Text(right)) => left.cmp(right),
        (Literal::Truth(left), Literal::Truth(right)) => left.cmp(right),
        _ => return None,
    };
    Some(match op {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}

/// Whether a text may be meant as a number or a truth.
pub(super) fn is_ambiguous(text: &str) -> bool {
    let text = text.trim();
    Number::parse(text).is_ok()
        || TRUTH_WORDS
            .iter()
            .any(|word| word.eq_ignore_ascii_case(text))
}

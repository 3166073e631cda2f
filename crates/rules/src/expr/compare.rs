//! Two sides of a comparison: why they cannot be compared, and what to write instead.

use std::ops::Range;

use super::error::code;
use super::kinds::{Type, moves_with_time};
use super::{Comparison, Expr, ExprError};

/// One side of a comparison.
pub(super) struct Side<'a> {
    pub(super) expr: &'a Expr,
    pub(super) kind: Type,
    pub(super) bytes: Range<usize>,
}

/// Why two sides cannot be compared, if they cannot.
pub(super) fn why_not(left: &Side, op: Comparison, right: &Side) -> Option<ExprError> {
    null_compared(left, op, right)
        .or_else(|| chained(left, op))
        .or_else(|| moving(left, right))
        .or_else(|| interest(left, right))
        .or_else(|| mismatch(left, op, right))
        .or_else(|| no_order(left, op, right))
}

fn null_compared(left: &Side, op: Comparison, right: &Side) -> Option<ExprError> {
    let (null, other) = match (left.kind, right.kind) {
        (_, Type::Null) => (right, left),
        (Type::Null, _) => (left, right),
        _ => return None,
    };
    let not = if op == Comparison::NotEqual {
        "NOT "
    } else {
        ""
    };
    let help = format!("write `{} IS {not}NULL`", other.expr);
    let message = "a comparison with NULL is never true";
    Some(ExprError::new(code::NULL_COMPARED, null.bytes.clone(), message, "null").help(help))
}

/// `1 < count(x) < 5`, which SQL takes as `(1 < count(x)) < 5`.
fn chained(left: &Side, op: Comparison) -> Option<ExprError> {
    let Expr::Compare { right: middle, .. } = left.expr else {
        return None;
    };
    if matches!(op, Comparison::Equal | Comparison::NotEqual) {
        return None;
    }
    let help = format!("write `{} AND {middle} {} ...`", left.expr, op.sign());
    let message = "comparisons do not chain";
    Some(
        ExprError::new(
            code::MISMATCH,
            left.bytes.clone(),
            message,
            "this is yes or no",
        )
        .help(help),
    )
}

/// Moving times and lengths of time: each is compared with the other only, and two moving ones never.
fn moving(left: &Side, right: &Side) -> Option<ExprError> {
    let (time, other) = match (left.kind, right.kind) {
        (Type::Moving | Type::Span, Type::Span) | (Type::Span, Type::Moving) => return None,
        (Type::Moving, _) => (left, right),
        (_, Type::Moving) => (right, left),
        (Type::Span, _) => return Some(not_a_time(left, right)),
        (_, Type::Span) => return Some(not_a_time(right, left)),
        _ => return None,
    };
    let (message, help) = match other.expr {
        Expr::Number(number) => (
            "a time is compared with a length of time",
            format!("write `days({number})`"),
        ),
        _ if other.kind == Type::Moving => (
            "two moving times are not compared with each other",
            "compare each with a fixed length, such as `since(ordered) >= days(30)`".to_owned(),
        ),
        _ => (
            "a moving time is compared with a fixed length of time only",
            format!("write `{} >= days(30)`", time.expr),
        ),
    };
    Some(
        ExprError::new(
            code::MOVING,
            other.bytes.clone(),
            message,
            other.kind.article(),
        )
        .help(help),
    )
}

/// The complaint about comparing a length of time with something that is no time.
fn not_a_time(span: &Side, other: &Side) -> ExprError {
    let help = match other.expr {
        Expr::Tally(tally) => {
            let point = tally.point.as_deref().unwrap_or("ordered");
            format!(
                "`since({point}) < {0}` asks how long ago, `count({point}, {0})` how many within",
                span.expr
            )
        }
        Expr::Name(name) if name.eq_ignore_ascii_case("age") => {
            "the time since her first touch is `age()`".to_owned()
        }
        _ => "lengths of time are compared with since(...), age() and time_in_stage()".to_owned(),
    };
    let message = format!(
        "{} is not compared with a length of time",
        other.kind.article()
    );
    ExprError::new(
        code::MISMATCH,
        other.bytes.clone(),
        message,
        other.kind.article(),
    )
    .help(help)
}

/// Interest decays, so the engine must know when it will pass the other side: that side must not move too.
fn interest(left: &Side, right: &Side) -> Option<ExprError> {
    let other = match (left.kind, right.kind) {
        (Type::Interest, _) => right,
        (_, Type::Interest) => left,
        _ => return None,
    };
    let is_number = matches!(other.kind, Type::Number | Type::Any);
    if is_number && !moves_with_time(other.expr) {
        return None;
    }
    let message = "interest is compared with a number that does not move";
    let label = if is_number {
        "moves with time"
    } else {
        other.kind.article()
    };
    Some(
        ExprError::new(code::INTENT, other.bytes.clone(), message, label)
            .help("write `intent('shoes') >= 3`"),
    )
}

fn mismatch(left: &Side, op: Comparison, right: &Side) -> Option<ExprError> {
    let (a, b) = (left.kind, right.kind);
    let is_same = a == b || (a.is_number() && b.is_number()) || (a.is_time() && b.is_time());
    if is_same || a == Type::Any || b == Type::Any {
        return None;
    }
    let help = match (left.expr, right.expr) {
        (Expr::Text(text), _) | (_, Expr::Text(text)) if a.is_number() || b.is_number() => {
            match perennial_model::Number::parse(text) {
                Ok(number) => format!("write {number} without quotes"),
                Err(_) => "compare a number with a number".to_owned(),
            }
        }
        (Expr::Stage(_), _) | (_, Expr::Stage(_)) => {
            format!(
                "a stage is compared with its name: `stage() {} 'lead'`",
                op.sign()
            )
        }
        _ => "both sides must be of one type".to_owned(),
    };
    let message = format!("{} is compared with {}", a.article(), b.article());
    Some(
        ExprError::new(
            code::MISMATCH,
            right.bytes.clone(),
            message,
            right.kind.article(),
        )
        .help(help),
    )
}

fn no_order(left: &Side, op: Comparison, right: &Side) -> Option<ExprError> {
    if matches!(op, Comparison::Equal | Comparison::NotEqual) {
        return None;
    }
    let side = [right, left]
        .into_iter()
        .find(|side| matches!(side.kind, Type::Text | Type::Bool))?;
    let message = format!("{} have no order", side.kind.plural());
    let help = match side.expr {
        Expr::Text(text) if perennial_model::Number::parse(text).is_ok() => {
            format!("write {text} without quotes")
        }
        _ => "compare them with =, <>, IN or LIKE".to_owned(),
    };
    Some(
        ExprError::new(
            code::NO_ORDER,
            side.bytes.clone(),
            message,
            side.kind.article(),
        )
        .help(help),
    )
}

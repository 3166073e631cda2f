//! Names, operators and numbers as sqlparser has them, in our own form.

use std::ops::Range;

use perennial_model::{Number, NumberError};
use sqlparser::ast::{BinaryOperator, Ident};

use super::error::code;
use super::{Comparison, Expr, ExprError, Operation, Score};

/// A name without a dot: a score, or a trait or property.
pub(super) fn bare_name(name: &Ident) -> Expr {
    match Score::named(&name.value) {
        Some(score) if name.quote_style.is_none() => Expr::Score(score),
        _ => Expr::Name(name.value.clone()),
    }
}

/// A name with dots: `touch.NAME`, or a name that has dots itself.
pub(super) fn dotted_name(path: &[Ident]) -> Expr {
    match path {
        [first, rest @ ..]
            if first.quote_style.is_none() && first.value.eq_ignore_ascii_case("touch") =>
        {
            Expr::Touch(joined(rest))
        }
        path => Expr::Name(joined(path)),
    }
}

/// The parts of a dotted name as one name.
pub(super) fn joined(path: &[Ident]) -> String {
    path.iter()
        .map(|part| part.value.as_str())
        .collect::<Vec<_>>()
        .join(".")
}

impl Score {
    /// The score of a name, whatever its case.
    pub(super) fn named(name: &str) -> Option<Self> {
        let scores = [
            Self::Recency,
            Self::Frequency,
            Self::Monetary,
            Self::ValueRank,
        ];
        scores
            .into_iter()
            .find(|score| score.name().eq_ignore_ascii_case(name))
    }

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Recency => "rfm_r",
            Self::Frequency => "rfm_f",
            Self::Monetary => "rfm_m",
            Self::ValueRank => "value_rank",
        }
    }
}

/// Our comparison, if it is one.
pub(super) fn comparison(op: &BinaryOperator) -> Option<Comparison> {
    Some(match op {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// Our operation, if it is one.
pub(super) fn operation(op: &BinaryOperator) -> Option<Operation> {
    Some(match op {
        BinaryOperator::Plus => Operation::Add,
        BinaryOperator::Minus => Operation::Subtract,
        BinaryOperator::Multiply => Operation::Multiply,
        BinaryOperator::Divide => Operation::Divide,
        _ => return None,
    })
}

/// A number from its digits.
pub(super) fn number(digits: &str, bytes: Range<usize>) -> Result<Number, ExprError> {
    Number::parse(digits).map_err(|error| match error {
        NumberError::OutOfRange => ExprError::new(
            code::NUMBER,
            bytes,
            "a number is too large",
            "beyond 9.2 million million",
        ),
        NumberError::NotANumber => ExprError::new(
            code::NUMBER,
            bytes,
            "a number cannot be read",
            "not a decimal number",
        ),
    })
}

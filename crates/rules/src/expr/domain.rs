//! What each value of a rule can be at all.

use super::sets::{Ranges, Values};
use super::{Expr, Function, Score, Tally};

/// Steps of one whole number.
pub(super) const WHOLE: i64 = 1_000_000;

/// What a value can be at all, and how well that is known.
pub(super) struct Domain {
    /// All that it can be.
    pub(super) values: Values,
    /// How well comparisons with it are understood.
    pub(super) grasp: Grasp,
}

/// How well comparisons with a value are understood.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Grasp {
    /// To the last value.
    Exact,
    /// It is a number that is worked out as it is asked, so its last digits are not certain.
    Rough,
    /// It may be anything that a source sends, also of another type than it is compared with.
    Open,
}

/// What an expression's value can be.
pub(super) fn domain(expr: &Expr) -> Domain {
    let exact = |values| Domain {
        values,
        grasp: Grasp::Exact,
    };
    let from = |low| Values::of_numbers(Ranges::between(low, i64::MAX));
    let number = || Values::of_numbers(Ranges::all());
    match expr {
        Expr::Tally(tally) => match tally.function {
            Function::Count | Function::Distinct => exact(from(0)),
            Function::Sum => exact(number()),
            Function::Avg => exact(number().or_null()),
            Function::Min | Function::Max | Function::First | Function::Last => open(),
        },
        Expr::Since(_) | Expr::Age | Expr::TimeInStage(_) => exact(from(0).or_null()),
        Expr::Stage(_) => exact(Values::of_texts().or_null()),
        // None of these is ever null.
        Expr::Ever { .. } | Expr::InSegment(_) | Expr::IsNull { .. } => exact(Values::of_truths()),
        Expr::Compare { .. } | Expr::In { .. } | Expr::Between { .. } => {
            exact(Values::of_truths().or_null())
        }
        Expr::Score(Score::ValueRank) => {
            exact(Values::of_numbers(Ranges::between(0, WHOLE)).or_null())
        }
        Expr::Score(_) => exact(from(WHOLE).or_null()),
        Expr::Arithmetic { .. } | Expr::Negate(_) => exact(number().or_null()),
        Expr::Intent(_) => Domain {
            values: number().or_null(),
            grasp: Grasp::Rough,
        },
        _ => open(),
    }
}

fn open() -> Domain {
    Domain {
        values: Values::anything(),
        grasp: Grasp::Open,
    }
}

/// Whether a value is always a whole number.
pub(super) fn is_whole(expr: &Expr) -> bool {
    match expr {
        Expr::Tally(Tally { function, .. }) => {
            matches!(function, Function::Count | Function::Distinct)
        }
        Expr::Score(score) => *score != Score::ValueRank,
        _ => false,
    }
}

//! What one comparison says about the value it compares.

use super::domain::{Grasp, WHOLE, domain, is_whole};
use super::literals::{Literal, constant, is_ambiguous, literal};
use super::never::{Answer, States, meet};
use super::sets::{Ranges, Values};
use super::{Comparison, Expr};

/// What the values may be where a comparison (or anything else that is not AND, OR, NOT) gives an answer.
pub(super) fn atom(expr: &Expr, answer: Answer) -> Option<States<'_>> {
    let own = match answer {
        Answer::True => Values::of_truth(true),
        Answer::False => Values::of_truth(false),
        // What a source sends may be a text or a number, which is neither.
        Answer::NotTrue => Values::of_truth(true).complement(),
        Answer::NotFalse => Values::of_truth(false).complement(),
    };
    let own = one(expr, own.intersection(domain(expr).values));
    meet(own, about_subject(expr, answer))
}

/// The state of one value; `None` where nothing is left for it.
fn one(expr: &Expr, values: Values) -> Option<States<'_>> {
    (!values.is_empty()).then(|| States::from([(expr, values)]))
}

/// What an answer says about the value that is compared.
fn about_subject(expr: &Expr, answer: Answer) -> Option<States<'_>> {
    let nothing = Some(States::new());
    match expr {
        Expr::Compare { left, op, right } => match (literal(left), literal(right)) {
            (Some(left), Some(right)) => {
                let truth = constant(&left, *op, &right);
                if truth.is_some_and(|truth| !fits(truth, answer)) {
                    None
                } else {
                    nothing
                }
            }
            (None, Some(literal)) => state(left, answer, &[(*op, literal)], false),
            (Some(literal), None) => state(right, answer, &[(mirrored(*op), literal)], false),
            (None, None) => nothing,
        },
        Expr::In {
            value,
            list,
            negated,
        } => {
            let literals: Option<Vec<_>> = list
                .iter()
                .map(|item| Some((Comparison::Equal, literal(item)?)))
                .collect();
            literals.map_or(nothing, |literals| {
                state(value, answer, &literals, *negated)
            })
        }
        Expr::Between {
            value,
            low,
            high,
            negated,
        } => match (literal(low), literal(high)) {
            // Not between is the same as below or above.
            (Some(low), Some(high)) => {
                let outside = [(Comparison::Less, low), (Comparison::Greater, high)];
                state(value, answer, &outside, !negated)
            }
            _ => nothing,
        },
        Expr::IsNull { value, negated } if literal(value).is_none() => {
            let is_null = fits(true, answer) != *negated;
            let values = if is_null {
                Values::none().or_null()
            } else {
                Values::present()
            };
            one(value, values.intersection(domain(value).values))
        }
        _ => nothing,
    }
}

/// The state of a value for which one of several comparisons holds (or, if `negated`, none of them).
fn state<'a>(
    subject: &'a Expr,
    answer: Answer,
    comparisons: &[(Comparison, Literal)],
    negated: bool,
) -> Option<States<'a>> {
    let domain = domain(subject);
    let is_exact = domain.grasp == Grasp::Exact && comparisons.iter().all(is_understood);
    // A comparison is null for null only, so an answer of a negated one is the opposite answer.
    let answer = match (answer, negated) {
        (Answer::True, true) => Answer::False,
        (Answer::False, true) => Answer::True,
        (Answer::NotTrue, true) => Answer::NotFalse,
        (Answer::NotFalse, true) => Answer::NotTrue,
        (answer, false) => answer,
    };
    let any = || {
        let each = comparisons
            .iter()
            .map(|(op, literal)| compared(*op, literal, domain.grasp));
        each.fold(Values::none(), Values::union)
    };
    let none = || {
        let each = comparisons
            .iter()
            .map(|(op, literal)| compared(opposite(*op), literal, domain.grasp));
        each.fold(Values::present(), Values::intersection)
    };
    let values = match answer {
        Answer::True => any(),
        Answer::False => none(),
        Answer::NotTrue if is_exact => any().complement(),
        Answer::NotFalse if is_exact => none().complement(),
        Answer::NotTrue | Answer::NotFalse => Values::anything(),
    };
    let mut values = values.intersection(domain.values);
    if is_whole(subject) {
        values.numbers = values.numbers.multiples_of(WHOLE);
    }
    one(subject, values)
}

/// Whether [`compared`] says exactly what a comparison is true for, given an exact value.
fn is_understood((op, literal): &(Comparison, Literal)) -> bool {
    matches!(literal, Literal::Number(_)) || matches!(op, Comparison::Equal | Comparison::NotEqual)
}

/// The values for which a comparison with a literal is true: all of them, perhaps more.
fn compared(op: Comparison, literal: &Literal, grasp: Grasp) -> Values {
    let equal = match literal {
        Literal::Number(number) => return compared_number(op, *number, grasp),
        // Sources may write a number or a truth as a text, and then it is not known how they compare.
        Literal::Text(text) if grasp == Grasp::Open && is_ambiguous(text) => {
            return Values::present();
        }
        Literal::Text(text) => Values::of_text(text),
        Literal::Truth(truth) => Values::of_truth(*truth),
    };
    match op {
        Comparison::Equal => equal,
        Comparison::NotEqual => present_but(equal),
        _ => Values::present(),
    }
}

fn compared_number(op: Comparison, number: i64, grasp: Grasp) -> Values {
    let equal = || Values::of_numbers(Ranges::between(number, number));
    // The ends of a rough number are taken generously.
    let step = if grasp == Grasp::Rough { 0 } else { 1 };
    match op {
        Comparison::Equal => equal(),
        Comparison::NotEqual if grasp == Grasp::Rough => Values::present(),
        Comparison::NotEqual => present_but(equal()),
        Comparison::Less => below(number.checked_sub(step)),
        Comparison::LessOrEqual => below(Some(number)),
        Comparison::Greater => above(number.checked_add(step)),
        Comparison::GreaterOrEqual => above(Some(number)),
    }
}

fn below(high: Option<i64>) -> Values {
    high.map_or(Values::none(), |high| {
        Values::of_numbers(Ranges::between(i64::MIN, high))
    })
}

fn above(low: Option<i64>) -> Values {
    low.map_or(Values::none(), |low| {
        Values::of_numbers(Ranges::between(low, i64::MAX))
    })
}

fn present_but(values: Values) -> Values {
    Values::present().intersection(values.complement())
}

fn fits(truth: bool, answer: Answer) -> bool {
    matches!(answer, Answer::True | Answer::NotFalse) == truth
}

/// The comparison that is true where this one is false.
fn opposite(op: Comparison) -> Comparison {
    match op {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

/// The same comparison read from the other side.
fn mirrored(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

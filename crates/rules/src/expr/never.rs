//! Warnings about rules that can never hold, or always do.
//!
//! **Invariant:** no false alarm. What is not understood counts as possible, so a warning is a proof.
//!
//! The proof: [`states`] collects what an answer would say about each value in the rule (one and the
//! same value wherever it stands, since a rule is asked at one instant). Where no value is left for
//! one of them, the answer cannot come.

use std::collections::HashMap;

use super::atoms::atom;
use super::error::code;
use super::sets::Values;
use super::{Expr, ExprError, Extent, Function, Score, Tally};

/// An answer that is asked about. There are three answers; null is neither of the first two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    True,
    False,
    NotTrue,
    NotFalse,
}

/// What the values in a rule may be; a value that is not named may be anything.
pub(super) type States<'a> = HashMap<&'a Expr, Values>;

/// Lists what can never hold and what always does, in the whole rule and in the parts joined by AND, OR and NOT.
pub(super) fn warnings(expr: &Expr, extent: &Extent) -> Vec<ExprError> {
    let mut found = Vec::new();
    survey(expr, extent, "this rule", &mut found);
    found
}

fn survey(expr: &Expr, extent: &Extent, what: &str, found: &mut Vec<ExprError>) {
    if matches!(expr, Expr::Bool(_)) {
        // Whoever writes `true` or `false` means it.
        return;
    }
    if states(expr, Answer::True).is_none() {
        found.push(never(expr, extent, what));
        return;
    }
    if states(expr, Answer::NotTrue).is_none() {
        let message = format!("{what} always holds");
        found.push(ExprError::new(
            code::ALWAYS,
            extent.bytes.clone(),
            message,
            "true for everybody, at all times",
        ));
        return;
    }
    if let Expr::All(_) | Expr::Any(_) | Expr::Not(_) = expr {
        for (part, place) in expr.parts().into_iter().zip(&extent.parts) {
            survey(part, place, "this part of the rule", found);
        }
    }
}

/// The warning about something that can never hold, at the smallest part that shows why.
fn never(expr: &Expr, extent: &Extent, what: &str) -> ExprError {
    let message = format!("{what} can never hold");
    let Expr::All(parts) = expr else {
        return ExprError::new(code::NEVER, extent.bytes.clone(), message, why_never(expr));
    };
    let each: Vec<_> = parts
        .iter()
        .map(|part| states(part, Answer::True))
        .collect();
    if let Some(number) = each.iter().position(Option::is_none) {
        return never(
            &parts[number],
            extent.parts.get(number).unwrap_or(extent),
            what,
        );
    }
    let last = first_impossible(&each);
    let clash = (0..last).find(|first| meet(each[*first].clone(), each[last].clone()).is_none());
    let label = match clash {
        Some(first) => format!("never together with `{}`", parts[first]),
        None => "never together with the parts before".to_owned(),
    };
    let help = "where either is enough, join them with `OR`";
    ExprError::new(code::NEVER, extent.part(last), message, label).help(help)
}

/// Why a comparison can never hold, where its sides say why.
fn why_never(expr: &Expr) -> &'static str {
    let reasons = expr.parts().into_iter().find_map(|side| match side {
        Expr::Tally(Tally {
            function: Function::Count | Function::Distinct,
            ..
        }) => Some("a count is 0, 1, 2 or more"),
        Expr::Since(_) | Expr::Age | Expr::TimeInStage(_) => Some("a time is never negative"),
        Expr::Score(Score::ValueRank) => Some("a rank lies between 0 and 1"),
        Expr::Score(_) => Some("the tiles count from 1"),
        _ => None,
    });
    reasons.unwrap_or("never true")
}

/// The first part that cannot be together with those before it.
fn first_impossible(each: &[Option<States>]) -> usize {
    let mut before = Some(States::new());
    for (number, states) in each.iter().enumerate() {
        before = meet(before, states.clone());
        if before.is_none() {
            return number;
        }
    }
    each.len().saturating_sub(1)
}

/// What the values may be where an expression gives an answer; `None` where it cannot.
///
/// It may allow too much, never too little.
pub(super) fn states(expr: &Expr, answer: Answer) -> Option<States<'_>> {
    match (expr, answer) {
        (Expr::Bool(truth), _) => {
            let fits = match answer {
                Answer::True | Answer::NotFalse => *truth,
                Answer::False | Answer::NotTrue => !truth,
            };
            fits.then(States::new)
        }
        (Expr::Not(inner), Answer::True) => states(inner, Answer::False),
        (Expr::Not(inner), Answer::False) => states(inner, Answer::True),
        (Expr::Not(inner), Answer::NotTrue) => states(inner, Answer::NotFalse),
        (Expr::Not(inner), Answer::NotFalse) => states(inner, Answer::NotTrue),
        (Expr::All(parts), Answer::True | Answer::NotFalse)
        | (Expr::Any(parts), Answer::False | Answer::NotTrue) => {
            let all = parts.iter().map(|part| states(part, answer));
            all.fold(Some(States::new()), meet)
        }
        (Expr::All(parts), Answer::False | Answer::NotTrue)
        | (Expr::Any(parts), Answer::True | Answer::NotFalse) => {
            let each = parts.iter().filter_map(|part| states(part, answer));
            each.reduce(join)
        }
        (atomic, _) => atom(atomic, answer),
    }
}

/// What holds where both hold.
pub(super) fn meet<'a>(a: Option<States<'a>>, b: Option<States<'a>>) -> Option<States<'a>> {
    let (mut all, b) = (a?, b?);
    for (expr, values) in b {
        let values = match all.remove(expr) {
            Some(known) => known.intersection(values),
            None => values,
        };
        if values.is_empty() {
            return None;
        }
        all.insert(expr, values);
    }
    Some(all)
}

/// What holds where either holds.
fn join<'a>(a: States<'a>, mut b: States<'a>) -> States<'a> {
    let both = a
        .into_iter()
        .filter_map(|(expr, values)| Some((expr, values.union(b.remove(expr)?))));
    both.collect()
}

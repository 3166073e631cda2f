//! The law of recognition: an event is each touchpoint one of whose matches has its name and holds.

use std::collections::BTreeSet;

use perennial_engine::Plan;
use perennial_engine::recognize::{Judge, Recognition, Recognizer};
use perennial_model::{Fact, Number, PointId, Symbols, Value};
use perennial_rules::expr::Comparison;
use perennial_rules::project::{EventMatch, Touchpoint};
use perennial_rules::{Expr, Machine, Project, Rule};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::check::check;
use crate::generate::blank;

/// Names of events as people write them; the first three are one name.
const EVENTS: [&str; 5] = [
    "Order Placed",
    "order_placed",
    "ORDER.placed",
    "viewed",
    "über-uns",
];

/// Properties of events, all numbers here: comparing values is tested with the fold.
const PROPERTIES: [&str; 3] = ["value", "amount", "score"];

/// An event's properties.
type Properties = Vec<(&'static str, Option<i64>)>;

fn condition() -> BoxedStrategy<Expr> {
    let property = || select(&PROPERTIES[..]).prop_map(|name| Box::new(Expr::Name(name.into())));
    let leaf = prop_oneof![
        (property(), 0..3_i64).prop_map(|(left, right)| Expr::Compare {
            left,
            op: Comparison::GreaterOrEqual,
            right: Box::new(Expr::Number(Number::from_millionths(right))),
        }),
        (property(), any::<bool>()).prop_map(|(value, negated)| Expr::IsNull { value, negated }),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            vec(inner.clone(), 2).prop_map(Expr::All),
            vec(inner, 2).prop_map(Expr::Any),
        ]
    })
    .boxed()
}

fn touchpoints() -> impl Strategy<Value = Vec<Touchpoint>> {
    let rule = condition().prop_map(|expr| Rule {
        text: expr.to_string(),
        expr,
    });
    let one = (select(&EVENTS[..]), option::of(rule));
    let one = one.prop_map(|(event, condition)| EventMatch {
        event: event.into(),
        condition,
    });
    vec(vec(one, 0..3), 1..5).prop_map(|matches| {
        let named = |(number, matches)| Touchpoint {
            name: format!("point {number}"),
            matches,
            place: None,
            channel: None,
            value: None,
            score: None,
            topic: None,
            counts_as: None,
        };
        matches.into_iter().enumerate().map(named).collect()
    })
}

/// Whether a condition holds; `None` is unknown.
fn truth(expr: &Expr, properties: &Properties) -> Option<bool> {
    let value = |expr: &Expr| match expr {
        Expr::Name(name) => properties.iter().find(|(known, _)| known == name)?.1,
        Expr::Number(number) => Some(number.millionths()),
        _ => None,
    };
    let of = |part: &Expr| truth(part, properties);
    match expr {
        Expr::Not(inner) => of(inner).map(|truth| !truth),
        Expr::All(parts) if parts.iter().any(|part| of(part) == Some(false)) => Some(false),
        Expr::Any(parts) if parts.iter().any(|part| of(part) == Some(true)) => Some(true),
        Expr::All(parts) => parts
            .iter()
            .all(|part| of(part) == Some(true))
            .then_some(true),
        Expr::Any(parts) => parts
            .iter()
            .all(|part| of(part) == Some(false))
            .then_some(false),
        Expr::Compare { left, right, .. } => Some(value(left)? >= value(right)?),
        Expr::IsNull {
            value: inner,
            negated,
        } => Some(value(inner).is_none() != *negated),
        _ => None,
    }
}

#[test]
fn an_event_is_every_touchpoint_that_it_matches() {
    let values = vec(option::of(0..3_i64), PROPERTIES.len());
    let properties = values.prop_map(|values| PROPERTIES.into_iter().zip(values).collect());
    let event = (select(&EVENTS[..]), properties);
    check(
        100,
        (touchpoints(), event),
        |(touchpoints, (event, properties))| {
            let plain = |name: &str| name.replace([' ', '_', '.', '-'], "").to_lowercase();
            let is = |point: &Touchpoint| {
                point.matches.iter().any(|one| {
                    let holds = one
                        .condition
                        .as_ref()
                        .is_none_or(|rule| truth(&rule.expr, &properties) == Some(true));
                    plain(&one.event) == plain(event) && holds
                })
            };
            let expected: BTreeSet<PointId> = (0..)
                .map(PointId)
                .zip(&touchpoints)
                .filter(|(_, point)| is(point))
                .map(|(id, _)| id)
                .collect();

            let project = Project {
                touchpoints,
                ..blank()
            };
            let mut symbols = Symbols::default();
            let machine = Machine::compile(&project, &mut symbols);
            let mut plan = Plan::new(&machine);
            let recognizer = Recognizer::new(&machine);
            let found = match recognizer.recognition(&machine, &mut plan, event) {
                Recognition::Always(kind) => plan.points(kind).iter().copied().collect(),
                Recognition::ByFacts { slots, matches } => {
                    let fact = |&slot: &u16| {
                        let name = &machine.slots[usize::from(slot)].name;
                        let value = properties.iter().find(|(known, _)| known == name)?.1?;
                        Some(Fact {
                            slot,
                            value: Value::Number(Number::from_millionths(value)),
                        })
                    };
                    let facts: Vec<Fact> = slots.iter().filter_map(fact).collect();
                    let judge = Judge::new(&machine, &plan);
                    judge
                        .points(&machine, &plan, &symbols, &matches, &facts)
                        .into_iter()
                        .collect::<BTreeSet<_>>()
                }
            };
            prop_assert_eq!(found, expected);
            Ok(())
        },
    );
}

//! Property of the warnings: what is said never to hold never does, and what is said to hold always does.

use perennial_model::{DAY_MS, Duration, Number};
use perennial_rules::Expr;
use perennial_rules::expr::{Comparison, Function, Operation, Place, Score, Tally};
use proptest::prelude::*;
use proptest::sample::select;

use super::check;
use super::evaluate::{Value, evaluate};

/// Steps of one half, in which the numbers here are counted.
const HALF: i64 = 500_000;

/// How many times each condition is asked, each time with other values.
const ASKED: u64 = 200;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_warning_is_false(condition in condition()) {
        let text = condition.to_string();
        let (rule, found) = check(Place::Clause, &text);
        prop_assert!(rule.is_some(), "{}: {:?}", text, found);
        let told = |code, message: &str| found.iter().any(|d| d.code == code && d.message.starts_with(message));
        let (never, always) = (told("W0280", "this rule"), told("W0281", "this rule"));
        for seed in 0..ASKED {
            let holds = evaluate(&condition, &mut |subject| value_of(subject, seed)) == Value::Truth(true);
            prop_assert!(!(never && holds), "{} holds with {}", text, seed);
            prop_assert!(!always || holds, "{} does not hold with {}", text, seed);
        }
    }
}

fn tally(function: Function, measure: Option<&str>) -> Expr {
    Expr::Tally(Tally {
        function,
        point: Some("ordered".into()),
        measure: measure.map(str::to_owned),
        window: None,
    })
}

/// What the conditions are about.
fn subjects() -> Vec<Expr> {
    let (x, count) = (Expr::Name("x".into()), tally(Function::Count, None));
    vec![
        count.clone(),
        tally(Function::Sum, Some("value")),
        tally(Function::Avg, Some("value")),
        tally(Function::Max, Some("value")),
        tally(Function::Last, Some("coupon")),
        Expr::Score(Score::ValueRank),
        Expr::Score(Score::Recency),
        Expr::Intent("shoes".into()),
        x.clone(),
        Expr::Arithmetic {
            left: Box::new(x),
            op: Operation::Divide,
            right: Box::new(count),
        },
        Expr::Since("ordered".into()),
        Expr::Stage(None),
        Expr::InSegment("vip".into()),
        Expr::Number(Number::from_millionths(HALF)),
    ]
}

/// A value that a subject can have, the same for the same seed.
fn value_of(subject: &Expr, seed: u64) -> Value {
    let numbers =
        |halves: std::ops::Range<i64>| halves.map(|n| Value::Number(n * HALF)).collect::<Vec<_>>();
    let texts = ["lead", "first", "repeat"]
        .map(|text| Value::Text(text.to_owned()))
        .to_vec();
    let truths = vec![Value::Truth(true), Value::Truth(false)];
    let null = vec![Value::Null];
    let choices = match subject {
        Expr::Tally(Tally {
            function: Function::Count,
            ..
        }) => vec![0, 2, 4, 6]
            .into_iter()
            .map(|n| Value::Number(n * HALF))
            .collect(),
        Expr::Tally(Tally {
            function: Function::Sum,
            ..
        })
        | Expr::Intent(_) => numbers(-3..8),
        Expr::Tally(Tally {
            function: Function::Avg | Function::Max,
            ..
        }) => [numbers(-3..8), null].concat(),
        Expr::Score(Score::ValueRank) => [numbers(0..3), null].concat(),
        Expr::Score(_) => [
            vec![
                Value::Number(2 * HALF),
                Value::Number(4 * HALF),
                Value::Number(6 * HALF),
            ],
            null,
        ]
        .concat(),
        Expr::Since(_) => [
            vec![
                Value::Number(0),
                Value::Number(1),
                Value::Number(DAY_MS),
                Value::Number(DAY_MS + 1),
            ],
            null,
        ]
        .concat(),
        Expr::Stage(_) => [texts, null].concat(),
        Expr::InSegment(_) => truths,
        _ => [numbers(-3..8), texts, truths, null].concat(),
    };
    // Any mixing will do that gives every subject its own sequence.
    let mixed = subject
        .to_string()
        .bytes()
        .fold(seed.wrapping_add(1), |hash, byte| {
            (hash ^ u64::from(byte))
                .wrapping_mul(0x9E37_79B9_7F4A_7C15)
                .rotate_left(23)
        });
    choices[(mixed >> 8) as usize % choices.len()].clone()
}

/// Conditions about one subject for the most part, so that they clash often.
fn condition() -> impl Strategy<Value = Expr> {
    let two = (select(subjects()), select(subjects()));
    two.prop_flat_map(|(first, second)| {
        let atoms = prop_oneof![5 => about(first), 1 => about(second)];
        atoms.prop_recursive(3, 12, 3, |inner| {
            let many = || prop::collection::vec(inner.clone(), 2..4);
            prop_oneof![
                1 => inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
                2 => many().prop_map(Expr::All),
                2 => many().prop_map(Expr::Any),
            ]
        })
    })
}

/// A comparison about a subject, of the right types.
fn about(subject: Expr) -> BoxedStrategy<Expr> {
    let is_null = {
        let subject = subject.clone();
        any::<bool>().prop_map(move |negated| Expr::IsNull {
            value: Box::new(subject.clone()),
            negated,
        })
    };
    let compared = match subject {
        Expr::Since(_) => ordered(subject, days().boxed()),
        Expr::Stage(_) => listed(subject, texts().boxed()),
        Expr::InSegment(_) => truth(subject),
        Expr::Intent(_) => ordered(subject, numbers().boxed()),
        Expr::Name(_) => prop_oneof![
            ordered(subject.clone(), numbers().boxed()),
            listed(subject.clone(), numbers().boxed()),
            listed(subject.clone(), texts().boxed()),
            truth(subject),
        ]
        .boxed(),
        _ => prop_oneof![2 => ordered(subject.clone(), numbers().boxed()), 1 => listed(subject, numbers().boxed())].boxed(),
    };
    prop_oneof![6 => compared, 1 => is_null].boxed()
}

fn numbers() -> impl Strategy<Value = Expr> {
    (-3..8_i64).prop_map(|n| Expr::Number(Number::from_millionths(n * HALF)))
}

fn days() -> impl Strategy<Value = Expr> {
    (0..3_i64).prop_map(|n| Expr::Span(Duration::from_ms(n * DAY_MS)))
}

fn texts() -> impl Strategy<Value = Expr> {
    select(&["lead", "first", "lapsed"][..]).prop_map(|text| Expr::Text(text.into()))
}

fn ordered(subject: Expr, literals: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    let ops = select(
        &[
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ][..],
    );
    (Just(subject), ops, literals.clone(), literals, 0..6_u8)
        .prop_map(|(value, op, low, high, form)| {
            let (value, low, high) = (Box::new(value), Box::new(low), Box::new(high));
            match form {
                0 | 1 => Expr::Between {
                    value,
                    low,
                    high,
                    negated: form == 1,
                },
                2 => Expr::Compare {
                    left: low,
                    op,
                    right: value,
                },
                _ => Expr::Compare {
                    left: value,
                    op,
                    right: low,
                },
            }
        })
        .boxed()
}

fn listed(subject: Expr, literals: BoxedStrategy<Expr>) -> BoxedStrategy<Expr> {
    let list = prop::collection::vec(literals, 1..3);
    (Just(subject), list, any::<bool>(), any::<bool>())
        .prop_map(|(subject, mut list, is_list, negated)| {
            let value = Box::new(subject);
            if is_list {
                return Expr::In {
                    value,
                    list,
                    negated,
                };
            }
            let op = if negated {
                Comparison::NotEqual
            } else {
                Comparison::Equal
            };
            Expr::Compare {
                left: value,
                op,
                right: Box::new(list.remove(0)),
            }
        })
        .boxed()
}

fn truth(subject: Expr) -> BoxedStrategy<Expr> {
    (Just(subject), any::<bool>(), any::<bool>(), any::<bool>())
        .prop_map(|(subject, is_bare, is_equal, truth)| {
            if is_bare {
                return subject;
            }
            let op = if is_equal {
                Comparison::Equal
            } else {
                Comparison::NotEqual
            };
            Expr::Compare {
                left: Box::new(subject),
                op,
                right: Box::new(Expr::Bool(truth)),
            }
        })
        .boxed()
}

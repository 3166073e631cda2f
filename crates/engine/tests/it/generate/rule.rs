//! Random rules as a checked project may hold them. Names of lifecycles, stages and segments are any;
//! [`super::fit`] puts those that are there in their place.

use perennial_model::{Duration, Number};
use perennial_rules::expr::{Comparison, Function, Operation, Score, Tally};
use perennial_rules::{Expr, Rule};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::{POINTS, TEXTS, TRAITS, property};

/// Longest span of time in rules, in milliseconds.
const SPAN_MS: i64 = 60;

/// A rule of at most this depth.
pub fn condition(depth: u32) -> BoxedStrategy<Rule> {
    truth(depth)
        .prop_map(|expr| Rule {
            text: String::new(),
            expr,
        })
        .boxed()
}

/// So many halves as a number.
pub fn halves(halves: i64) -> Number {
    Number::from_millionths(halves * 500_000)
}

fn truth(depth: u32) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![
        8 => comparison(),
        4 => between(),
        2 => texts_compared(),
        2 => asked(),
        1 => list(),
        1 => (any::<bool>(), pattern(), prop_oneof![text(), number(1)]).prop_map(|(negated, pattern, value)| {
            Expr::Like { value: Box::new(value), pattern, negated }
        }),
        2 => (any::<bool>(), prop_oneof![moving(), interest(), number(1), text()]).prop_map(|(negated, value)| {
            Expr::IsNull { value: Box::new(value), negated }
        }),
    ];
    leaf.prop_recursive(depth, 12, 3, |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|inner| Expr::Not(Box::new(inner))),
            2 => vec(inner.clone(), 2..=3).prop_map(Expr::All),
            2 => vec(inner.clone(), 2..=3).prop_map(Expr::Any),
            1 => (any::<bool>(), inner.clone()).prop_map(|(negated, inner)| {
                Expr::IsNull { value: Box::new(inner), negated }
            }),
            1 => (inner.clone(), select(vec![Comparison::Equal, Comparison::NotEqual]), inner.clone())
                .prop_map(|(left, op, right)| compare(left, op, right)),
            1 => (inner, any::<bool>(), select(vec![Comparison::Equal, Comparison::NotEqual]))
                .prop_map(|(inner, truth, op)| compare(inner, op, Expr::Bool(truth))),
        ]
    })
    .boxed()
}

/// Conditions that are names, calls and constants.
fn asked() -> BoxedStrategy<Expr> {
    prop_oneof![
        3 => (lifecycle(), stage()).prop_map(|(lifecycle, stage)| Expr::Ever { lifecycle, stage }),
        3 => (0..3_u8).prop_map(|number| Expr::InSegment(number.to_string())),
        1 => named(),
        1 => any::<bool>().prop_map(Expr::Bool),
        1 => Just(Expr::Null),
    ]
    .boxed()
}

fn comparison() -> BoxedStrategy<Expr> {
    let sides = prop_oneof![
        3 => (number(2), number(1)),
        3 => (moving(), span()),
        2 => (interest(), number(1)),
    ];
    (sides, operator(), any::<bool>())
        .prop_map(|((left, right), op, swapped)| {
            if swapped {
                compare(right, op, left)
            } else {
                compare(left, op, right)
            }
        })
        .boxed()
}

fn between() -> BoxedStrategy<Expr> {
    let parts = prop_oneof![
        (number(2), number(1), number(1)),
        (moving(), span(), span()),
        (interest(), number(1), number(1)),
    ];
    (parts, any::<bool>())
        .prop_map(|((value, low, high), negated)| Expr::Between {
            value: Box::new(value),
            low: Box::new(low),
            high: Box::new(high),
            negated,
        })
        .boxed()
}

fn texts_compared() -> BoxedStrategy<Expr> {
    let stages = (
        lifecycle().prop_map(Expr::Stage),
        stage().prop_map(Expr::Text),
    );
    prop_oneof![2 => stages, 1 => (text(), text())]
        .prop_flat_map(|(left, right)| {
            operator().prop_map(move |op| compare(left.clone(), op, right.clone()))
        })
        .boxed()
}

fn list() -> BoxedStrategy<Expr> {
    let stages = (
        lifecycle().prop_map(Expr::Stage),
        vec(stage().prop_map(Expr::Text), 1..=3),
    );
    let literals = prop_oneof![4 => literal(), 1 => Just(Expr::Null)];
    let others = (prop_oneof![number(1), text()], vec(literals, 1..=3));
    (prop_oneof![stages, others], any::<bool>())
        .prop_map(|((value, list), negated)| Expr::In {
            value: Box::new(value),
            list,
            negated,
        })
        .boxed()
}

/// Values that move with every millisecond but interest.
fn moving() -> BoxedStrategy<Expr> {
    prop_oneof![
        3 => point().prop_map(Expr::Since),
        2 => Just(Expr::Age),
        3 => lifecycle().prop_map(Expr::TimeInStage),
    ]
    .boxed()
}

fn interest() -> BoxedStrategy<Expr> {
    select(&TEXTS[..2])
        .prop_map(|topic| Expr::Intent(topic.to_owned()))
        .boxed()
}

fn span() -> BoxedStrategy<Expr> {
    (0..=SPAN_MS)
        .prop_map(|ms| Expr::Span(Duration::from_ms(ms)))
        .boxed()
}

fn number(depth: u32) -> BoxedStrategy<Expr> {
    let literal = (-3..=10_i64).prop_map(|number| Expr::Number(halves(number)));
    let leaf = prop_oneof![4 => literal, 6 => tally(), 2 => named(), 2 => score()];
    let operation = select(vec![
        Operation::Add,
        Operation::Subtract,
        Operation::Multiply,
        Operation::Divide,
    ]);
    leaf.prop_recursive(depth, 4, 2, move |inner| {
        prop_oneof![
            1 => inner.clone().prop_map(|inner| Expr::Negate(Box::new(inner))),
            3 => (inner.clone(), operation.clone(), inner).prop_map(|(left, op, right)| Expr::Arithmetic {
                left: Box::new(left),
                op,
                right: Box::new(right),
            }),
        ]
    })
    .boxed()
}

fn text() -> BoxedStrategy<Expr> {
    let ends = select(vec![Function::First, Function::Last]);
    prop_oneof![
        2 => lifecycle().prop_map(Expr::Stage),
        2 => named(),
        1 => (ends, point(), option::of(window())).prop_map(|(function, point, window)| {
            Expr::Tally(Tally { function, point: Some(point), measure: Some("topic".into()), window })
        }),
        1 => word(),
    ]
    .boxed()
}

/// A trait or a property of the touch.
fn named() -> BoxedStrategy<Expr> {
    prop_oneof![
        select(&TRAITS[..]).prop_map(|name| Expr::Name(name.to_owned())),
        property().prop_map(|name| Expr::Touch(name.to_owned())),
    ]
    .boxed()
}

fn tally() -> BoxedStrategy<Expr> {
    let count = option::weighted(0.8, point()).prop_map(|point| (Function::Count, point, None));
    let figures: Vec<Function> = vec![
        Function::Sum,
        Function::Avg,
        Function::Min,
        Function::Max,
        Function::First,
        Function::Last,
        Function::Distinct,
    ];
    let figure = (select(figures), point(), property())
        .prop_map(|(function, point, measure)| (function, Some(point), Some(measure.to_owned())));
    (prop_oneof![count, figure], option::of(window()))
        .prop_map(|((function, point, measure), window)| {
            Expr::Tally(Tally {
                function,
                point,
                measure,
                window,
            })
        })
        .boxed()
}

fn score() -> impl Strategy<Value = Expr> {
    select(vec![
        Score::Recency,
        Score::Frequency,
        Score::Monetary,
        Score::ValueRank,
    ])
    .prop_map(Expr::Score)
}

fn literal() -> impl Strategy<Value = Expr> {
    let numbers = (-3..=10_i64).prop_map(|number| Expr::Number(halves(number)));
    prop_oneof![numbers, word(), any::<bool>().prop_map(Expr::Bool)]
}

fn word() -> impl Strategy<Value = Expr> {
    select(&TEXTS[..]).prop_map(|text| Expr::Text(text.to_owned()))
}

fn pattern() -> impl Strategy<Value = String> {
    vec(select(vec!["s", "h", "oes", "2", ".", "%", "_"]), 0..4).prop_map(|parts| parts.concat())
}

fn operator() -> impl Strategy<Value = Comparison> + Clone {
    select(vec![
        Comparison::GreaterOrEqual,
        Comparison::Greater,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Equal,
        Comparison::NotEqual,
    ])
}

fn point() -> impl Strategy<Value = String> {
    select(&POINTS[..]).prop_map(str::to_owned)
}

fn window() -> impl Strategy<Value = Duration> {
    (0..=SPAN_MS).prop_map(Duration::from_ms)
}

/// A lifecycle's number as a text, or the rule's own.
fn lifecycle() -> impl Strategy<Value = Option<String>> {
    option::of((0..3_u8).prop_map(|number| number.to_string()))
}

fn stage() -> impl Strategy<Value = String> {
    (0..super::STAGES).prop_map(|number| super::stage_name(usize::from(number)))
}

fn compare(left: Expr, op: Comparison, right: Expr) -> Expr {
    Expr::Compare {
        left: Box::new(left),
        op,
        right: Box::new(right),
    }
}

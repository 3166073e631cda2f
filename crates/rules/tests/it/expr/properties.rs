//! Properties of reading and printing: what is printed reads back, and nothing panics.

use perennial_model::{Duration, Number, SECOND_MS};
use perennial_rules::Expr;
use perennial_rules::expr::{
    Comparison, Function, MAX_RULE_DEPTH, Operation, Place, Score, Tally, parse,
};
use proptest::prelude::*;
use proptest::sample::select;
use sqlparser::keywords::ALL_KEYWORDS;

use super::check;

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_reads_back(expr in any_expr()) {
        let text = expr.to_string();
        prop_assert_eq!(parse(&text), Ok(expr), "{}", text);
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,80}") {
        read_everywhere(&text);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        read_everywhere(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_jumble_of_pieces_panics(pieces in prop::collection::vec(select(PIECES), 0..40), gap in select(&["", " ", "\n"][..])) {
        read_everywhere(&pieces.join(gap));
    }
}

#[test]
fn every_keyword_of_sql_can_be_a_name() {
    for keyword in ALL_KEYWORDS
        .iter()
        .flat_map(|word| [(*word).to_owned(), word.to_lowercase()])
    {
        let name = || Box::new(Expr::Name(keyword.clone()));
        let one = || Box::new(Expr::Number(Number::from_millionths(1_000_000)));
        let exprs = [
            Expr::Not(name()),
            Expr::All(vec![*name(), *name()]),
            Expr::Compare {
                left: name(),
                op: Comparison::Equal,
                right: name(),
            },
            Expr::Like {
                value: name(),
                pattern: "a".into(),
                negated: false,
            },
            Expr::In {
                value: name(),
                list: vec![*one()],
                negated: true,
            },
            Expr::Between {
                value: name(),
                low: name(),
                high: name(),
                negated: false,
            },
            Expr::IsNull {
                value: name(),
                negated: true,
            },
            Expr::Arithmetic {
                left: name(),
                op: Operation::Multiply,
                right: name(),
            },
            Expr::Negate(name()),
            Expr::Touch(keyword.clone()),
            Expr::Name(format!("{keyword}.{keyword}")),
            Expr::Since(keyword.clone()),
            Expr::Tally(Tally {
                function: Function::Sum,
                point: Some(keyword.clone()),
                measure: Some(keyword.clone()),
                window: Some(Duration::from_ms(SECOND_MS)),
            }),
        ];
        for expr in exprs {
            assert_eq!(parse(&expr.to_string()).as_ref(), Ok(&expr), "{expr}");
        }
    }
}

/// Pieces of rules, of SQL and of nothing.
const PIECES: &[&str] = &[
    "a",
    "b.c",
    "touch.x",
    "rfm_r",
    "count",
    "sum",
    "since",
    "days",
    "stage",
    "ever",
    "in_segment",
    "ordered",
    "viewed.topic",
    "(",
    ")",
    "(",
    ")",
    ",",
    "*",
    ".",
    "=",
    "<>",
    "<",
    ">=",
    "+",
    "-",
    "/",
    "AND",
    "OR",
    "NOT",
    "IN",
    "BETWEEN",
    "IS",
    "NULL",
    "LIKE",
    "TRUE",
    "false",
    "1",
    "2.5",
    "1e9",
    "'x'",
    "'lead'",
    "''",
    "`b`",
    "``",
    "\"d\"",
    "SELECT",
    "CASE",
    "WHEN",
    "END",
    "CAST",
    "EXISTS",
    "INTERVAL",
    "DATE",
    "OVER",
    "ANY",
    "ALL",
    "--",
    "/*",
    "*/",
    "'",
    "`",
    "$1",
    "?",
    ":",
    "::",
    "[",
    "]",
    "{",
    "}",
    "||",
    "&&",
    "==",
    "!",
    "!=",
    "~",
    "#",
    "@",
    "\\",
    "€",
    "ß",
    "\u{0}",
    "n'a'",
    "x'1'",
    "_b",
    "(+)",
    "=>",
    "->",
    "age()",
    "count(ordered)",
    "days(3)",
    "DISTINCT",
    "FILTER",
    "WHERE",
    "ESCAPE",
    "COLLATE",
    "AT",
    "TIME",
    "ZONE",
    "UNION",
    "VALUES",
];

fn read_everywhere(text: &str) {
    for place in [
        Place::EventWhere,
        Place::Clause,
        Place::Segment,
        Place::AppliesTo,
    ] {
        let (rule, found) = check(place, text);
        for diagnostic in found {
            // A place that is no boundary of characters would panic here, as it would when it is shown.
            let _ = &text[diagnostic.span.bytes];
        }
        if let Some(rule) = rule {
            assert_eq!(parse(&rule.text).as_ref(), Ok(&rule.expr), "{text}");
        }
    }
}

/// A name: plain, odd, a keyword, a word of our own.
fn name() -> BoxedStrategy<String> {
    let own = select(
        &[
            "touch", "touch.x", "Touch.y", "rfm_r", "RFM_M", "count", "age", "true", "Null", "and",
            "select", "a.b", "a..b",
        ][..],
    );
    prop_oneof![
        4 => "[a-z_][a-z0-9_]{0,5}",
        1 => own.prop_map(str::to_owned),
        1 => select(ALL_KEYWORDS).prop_map(str::to_lowercase),
        1 => "\\PC{1,6}",
    ]
    .boxed()
}

fn span() -> impl Strategy<Value = Duration> {
    (0..5_000_000_i64).prop_map(|seconds| Duration::from_ms(seconds * SECOND_MS))
}

fn number() -> impl Strategy<Value = Expr> {
    prop_oneof![
        (-5..=5_i64).prop_map(|n| n * 500_000),
        (-i64::MAX..=i64::MAX)
    ]
    .prop_map(|millionths| Expr::Number(Number::from_millionths(millionths)))
}

fn literal() -> impl Strategy<Value = Expr> {
    prop_oneof![
        number(),
        any::<bool>().prop_map(Expr::Bool),
        "\\PC{0,6}".prop_map(Expr::Text),
        Just(Expr::Null)
    ]
}

fn tally() -> impl Strategy<Value = Expr> {
    let figure = select(&Function::ALL[1..]);
    let window = || prop::option::of(span());
    let count = (prop::option::of(name()), window()).prop_map(|(point, window)| Tally {
        function: Function::Count,
        point,
        measure: None,
        window,
    });
    let other =
        (figure, name(), name(), window()).prop_map(|(function, point, measure, window)| Tally {
            function,
            point: Some(point),
            measure: Some(measure),
            window,
        });
    prop_oneof![count, other].prop_map(Expr::Tally)
}

fn leaf() -> impl Strategy<Value = Expr> {
    let score = select(
        &[
            Score::Recency,
            Score::Frequency,
            Score::Monetary,
            Score::ValueRank,
        ][..],
    );
    let text = || "\\PC{0,6}";
    prop_oneof![
        literal(),
        span().prop_map(Expr::Span),
        name().prop_map(Expr::Name),
        name().prop_map(Expr::Touch),
        tally(),
        name().prop_map(Expr::Since),
        Just(Expr::Age),
        prop::option::of(text()).prop_map(Expr::TimeInStage),
        prop::option::of(text()).prop_map(Expr::Stage),
        (prop::option::of(text()), text())
            .prop_map(|(lifecycle, stage)| Expr::Ever { lifecycle, stage }),
        text().prop_map(Expr::InSegment),
        text().prop_map(Expr::Intent),
        score.prop_map(Expr::Score),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    select(
        &[
            Comparison::Equal,
            Comparison::NotEqual,
            Comparison::Less,
            Comparison::LessOrEqual,
            Comparison::Greater,
            Comparison::GreaterOrEqual,
        ][..],
    )
}

fn operation() -> impl Strategy<Value = Operation> {
    select(
        &[
            Operation::Add,
            Operation::Subtract,
            Operation::Multiply,
            Operation::Divide,
        ][..],
    )
}

/// Any expression that can be parsed, whatever its types.
fn any_expr() -> impl Strategy<Value = Expr> {
    // Not as deep as is allowed, but with every pair of neighbors.
    let depth = 6;
    assert!((depth as usize) < MAX_RULE_DEPTH);
    leaf().prop_recursive(depth, 48, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let many = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            boxed().prop_map(Expr::Not),
            boxed().prop_map(Expr::Negate),
            many().prop_map(|parts| flat(parts, false)),
            many().prop_map(|parts| flat(parts, true)),
            (boxed(), comparison(), boxed()).prop_map(|(left, op, right)| Expr::Compare {
                left,
                op,
                right
            }),
            (boxed(), operation(), boxed()).prop_map(|(left, op, right)| Expr::Arithmetic {
                left,
                op,
                right
            }),
            (
                boxed(),
                prop::collection::vec(literal(), 1..4),
                any::<bool>()
            )
                .prop_map(|(value, list, negated)| Expr::In {
                    value,
                    list,
                    negated
                }),
            (boxed(), boxed(), boxed(), any::<bool>()).prop_map(|(value, low, high, negated)| {
                Expr::Between {
                    value,
                    low,
                    high,
                    negated,
                }
            }),
            (boxed(), any::<bool>()).prop_map(|(value, negated)| Expr::IsNull { value, negated }),
            (boxed(), "\\PC{0,6}", any::<bool>()).prop_map(|(value, pattern, negated)| {
                Expr::Like {
                    value,
                    pattern,
                    negated,
                }
            }),
        ]
    })
}

/// A list of AND (or OR) with the lists of the same kind in it opened up, as parsing does.
fn flat(parts: Vec<Expr>, any: bool) -> Expr {
    let mut all = Vec::new();
    for part in parts {
        match part {
            Expr::Any(inner) if any => all.extend(inner),
            Expr::All(inner) if !any => all.extend(inner),
            other => all.push(other),
        }
    }
    if any { Expr::Any(all) } else { Expr::All(all) }
}

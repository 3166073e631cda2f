//! Rule expressions: SQL boolean expressions over touches, time, stages, segments and traits.
//!
//! The life of a rule: text -> `parse` (with `sqlparser`) -> [`Expr`] -> `check` against a `Scope`
//! (names and types) -> [`Rule`]. Printing an [`Expr`] gives text that parses to the same [`Expr`].
//!
//! Where to start: [`parse`] and [`rule`]. Limits are at the top of `parse.rs`, what is refused with
//! its way out in `foreign.rs`, the codes of complaints in `error.rs`.

mod atoms;
mod call;
mod check;
mod compare;
mod domain;
mod error;
mod extent;
mod figure;
mod foreign;
mod kinds;
mod literals;
mod names;
mod never;
mod parse;
mod print;
mod reader;
mod scope;
mod screen;
mod sets;
mod syntax;
mod tokens;
mod walk;
mod words;

pub use error::{ExprError, code};
pub use parse::{MAX_RULE_BYTES, MAX_RULE_DEPTH, MAX_RULE_NODES, parse};
pub use scope::{LifecycleNames, Names, Place, PointNames, Scope};

use extent::Extent;
use perennial_model::{Duration, Number};

use crate::{Diagnostic, Severity, Span};

/// Reads and checks a rule. `span` is the place of its text in its file.
///
/// The rule is there unless there is an error among the diagnostics; warnings may come with it.
pub fn rule(text: &str, scope: &Scope, span: Span) -> (Option<Rule>, Vec<Diagnostic>) {
    let located = match parse::read(text) {
        Ok(located) => located,
        Err(error) => return (None, vec![error.in_file(&span)]),
    };
    let mut found = check::check(&located.expr, &located.extent, *scope);
    let is_sound = found
        .iter()
        .all(|error| error.severity() == Severity::Warning);
    if is_sound {
        found.extend(never::warnings(&located.expr, &located.extent));
    }
    let rule = is_sound.then(|| Rule {
        text: located.expr.to_string(),
        expr: located.expr,
    });
    (
        rule,
        found
            .into_iter()
            .map(|error| error.in_file(&span))
            .collect(),
    )
}

/// A checked rule: its canonical text and its expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// The rule as printed from its expression.
    pub text: String,
    /// What it means.
    pub expr: Expr,
}

/// An expression, names not yet turned into numbers. Null is not true.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// The absent value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A decimal number.
    Number(Number),
    /// A text in single quotes.
    Text(String),
    /// A length of time: `days(30)`, `hours(2)`, `minutes(5)`, `seconds(1)`, `weeks(4)`.
    Span(Duration),
    /// A bare name: a trait of the customer, or in a touchpoint's `where` a property of the event.
    Name(String),
    /// `touch.NAME`: a property of the touch that is being looked at; null when time alone moves.
    Touch(String),
    /// A figure over the customer's touches, such as `count(ordered, days(90))`.
    Tally(Tally),
    /// `since(ordered)`: time since her last touch of that touchpoint; null before the first.
    Since(String),
    /// `age()`: time since her first touch of any kind.
    Age,
    /// `time_in_stage()` or `time_in_stage('retail')`: time since the standing began; null in no stage.
    TimeInStage(Option<String>),
    /// `stage('retail')`, or `stage()` for the lifecycle the rule stands in: the stage's name; null in none.
    Stage(Option<String>),
    /// `ever('lapsed')` or `ever('retail', 'lapsed')`: whether she has ever been in the stage.
    Ever {
        /// The lifecycle; `None` is the one the rule stands in.
        lifecycle: Option<String>,
        /// The stage.
        stage: String,
    },
    /// `in_segment('vip')`.
    InSegment(String),
    /// `intent('shoes')`: the decayed interest in a topic, nought if there is none.
    Intent(String),
    /// A population-relative score.
    Score(Score),
    /// Not.
    Not(Box<Expr>),
    /// And, over two or more.
    All(Vec<Expr>),
    /// Or, over two or more.
    Any(Vec<Expr>),
    /// A comparison.
    Compare {
        /// The left side.
        left: Box<Expr>,
        /// How they are compared.
        op: Comparison,
        /// The right side.
        right: Box<Expr>,
    },
    /// `value IN (a, b)` or `NOT IN`.
    In {
        /// What is looked for.
        value: Box<Expr>,
        /// The literals it is looked for in.
        list: Vec<Expr>,
        /// Whether it is `NOT IN`.
        negated: bool,
    },
    /// `value BETWEEN low AND high`, both ends included, or `NOT BETWEEN`.
    Between {
        /// What is compared.
        value: Box<Expr>,
        /// The lower end.
        low: Box<Expr>,
        /// The upper end.
        high: Box<Expr>,
        /// Whether it is `NOT BETWEEN`.
        negated: bool,
    },
    /// `value IS NULL` or `IS NOT NULL`.
    IsNull {
        /// What is looked at.
        value: Box<Expr>,
        /// Whether it is `IS NOT NULL`.
        negated: bool,
    },
    /// `value LIKE 'pattern'` with `%` and `_`, or `NOT LIKE`. Case matters.
    Like {
        /// What is matched.
        value: Box<Expr>,
        /// The pattern.
        pattern: String,
        /// Whether it is `NOT LIKE`.
        negated: bool,
    },
    /// Arithmetic on numbers; division by nought is null.
    Arithmetic {
        /// The left side.
        left: Box<Expr>,
        /// What is done.
        op: Operation,
        /// The right side.
        right: Box<Expr>,
    },
    /// Minus.
    Negate(Box<Expr>),
}

/// A figure over a customer's touches of one touchpoint, for ever or in a window.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tally {
    /// What is figured.
    pub function: Function,
    /// The touchpoint; `None` is `*`, any touch.
    pub point: Option<String>,
    /// The measure or property of the touch; `None` only for `count`.
    pub measure: Option<String>,
    /// The window back from now, its far end included; `None` is all history.
    pub window: Option<Duration>,
}

/// What a [`Tally`] figures. All but `count`, `sum` and `distinct` are null over no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Function {
    /// How many touches.
    Count,
    /// The sum of a measure, nought over none.
    Sum,
    /// The mean, rounded to a millionth.
    Avg,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The value of the earliest touch that has one.
    First,
    /// The value of the latest touch that has one.
    Last,
    /// How many different values.
    Distinct,
}

/// A score of the customer against the population, by the thresholds in force; null before the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Score {
    /// `rfm_r`: recency tile, the highest for the most recent.
    Recency,
    /// `rfm_f`: frequency tile.
    Frequency,
    /// `rfm_m`: monetary tile.
    Monetary,
    /// `value_rank`: share of customers with at most her value, from 0 to 1.
    ValueRank,
}

/// How two sides are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// What arithmetic is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

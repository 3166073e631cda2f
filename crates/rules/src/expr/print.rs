//! An expression as text, with no more parentheses than it needs. Reading the text gives the expression again.

use std::fmt::{self, Display, Formatter};

use perennial_model::{DAY_MS, Duration, HOUR_MS, MINUTE_MS, Number, SECOND_MS};

use super::tokens::is_plain_name;
use super::{Comparison, Expr, Operation, Score, Tally};

/// How tightly an expression holds together, loosest first. Where a tighter one is needed it gets parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Bond {
    Or,
    And,
    Not,
    Predicate,
    Sum,
    Product,
    Minus,
    Whole,
}

/// An expression where one of at least some bond is needed.
struct At<'a>(Bond, &'a Expr);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(least, expr) = self;
        if bond(expr) < *least {
            write!(f, "({expr})")
        } else {
            write!(f, "{expr}")
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{}", Quoted(text)),
            Self::Span(span) => write!(f, "{}", Length(*span)),
            Self::Name(name) => write_name(f, name),
            Self::Touch(name) => write!(f, "touch.{}", Path(name)),
            Self::Tally(tally) => write!(f, "{tally}"),
            Self::Since(point) => write!(f, "since({})", Word(point)),
            Self::Age => f.write_str("age()"),
            Self::TimeInStage(lifecycle) => write_call(f, "time_in_stage", &[lifecycle.as_deref()]),
            Self::Stage(lifecycle) => write_call(f, "stage", &[lifecycle.as_deref()]),
            Self::Ever { lifecycle, stage } => {
                write_call(f, "ever", &[lifecycle.as_deref(), Some(stage)])
            }
            Self::InSegment(segment) => write_call(f, "in_segment", &[Some(segment)]),
            Self::Intent(topic) => write_call(f, "intent", &[Some(topic)]),
            Self::Score(score) => f.write_str(score.name()),
            Self::Not(inner) => write!(f, "NOT {}", At(Bond::Not, inner)),
            Self::All(parts) => write_joined(f, parts, " AND ", Bond::Not),
            Self::Any(parts) => write_joined(f, parts, " OR ", Bond::And),
            Self::Negate(inner) => match **inner {
                // A minus right before a number would be the number's own sign.
                Self::Number(_) => write!(f, "-({inner})"),
                _ => write!(f, "-{}", At(Bond::Whole, inner)),
            },
            Self::Arithmetic { left, op, right } => {
                let tighter = if bond(self) == Bond::Sum {
                    Bond::Product
                } else {
                    Bond::Minus
                };
                write!(
                    f,
                    "{} {} {}",
                    At(bond(self), left),
                    op.sign(),
                    At(tighter, right)
                )
            }
            predicate => write_predicate(f, predicate),
        }
    }
}

impl Display for Tally {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}(", self.function.name())?;
        match &self.point {
            Some(point) => write!(f, "{}", Word(point))?,
            None => f.write_str("*")?,
        }
        if let Some(measure) = &self.measure {
            write!(f, ".{}", Path(measure))?;
        }
        if let Some(window) = self.window {
            write!(f, ", {}", Length(window))?;
        }
        f.write_str(")")
    }
}

impl Comparison {
    /// Its sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Operation {
    /// Its sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }
}

fn bond(expr: &Expr) -> Bond {
    match expr {
        Expr::Any(_) => Bond::Or,
        Expr::All(_) => Bond::And,
        Expr::Not(_) => Bond::Not,
        Expr::Compare { .. }
        | Expr::In { .. }
        | Expr::Between { .. }
        | Expr::IsNull { .. }
        | Expr::Like { .. } => Bond::Predicate,
        Expr::Arithmetic {
            op: Operation::Add | Operation::Subtract,
            ..
        } => Bond::Sum,
        Expr::Arithmetic {
            op: Operation::Multiply | Operation::Divide,
            ..
        } => Bond::Product,
        Expr::Negate(_) => Bond::Minus,
        Expr::Number(number) if *number < Number::ZERO => Bond::Minus,
        _ => Bond::Whole,
    }
}

/// Writes a comparison of any kind. Its sides are sums at least, since comparisons do not chain.
fn write_predicate(f: &mut Formatter<'_>, predicate: &Expr) -> fmt::Result {
    let not = |negated: &bool| if *negated { "NOT " } else { "" };
    let side = |expr| At(Bond::Sum, expr);
    match predicate {
        Expr::Compare { left, op, right } => {
            write!(f, "{} {} {}", side(left), op.sign(), side(right))
        }
        Expr::In {
            value,
            list,
            negated,
        } => {
            write!(f, "{} {}IN (", side(value), not(negated))?;
            write_joined(f, list, ", ", Bond::Or)?;
            f.write_str(")")
        }
        Expr::Between {
            value,
            low,
            high,
            negated,
        } => {
            write!(
                f,
                "{} {}BETWEEN {} AND {}",
                side(value),
                not(negated),
                side(low),
                side(high)
            )
        }
        Expr::IsNull { value, negated } => write!(f, "{} IS {}NULL", side(value), not(negated)),
        Expr::Like {
            value,
            pattern,
            negated,
        } => {
            write!(
                f,
                "{} {}LIKE {}",
                side(value),
                not(negated),
                Quoted(pattern)
            )
        }
        _ => Ok(()),
    }
}

fn write_joined(f: &mut Formatter<'_>, parts: &[Expr], between: &str, least: Bond) -> fmt::Result {
    for (number, part) in parts.iter().enumerate() {
        write!(
            f,
            "{}{}",
            if number == 0 { "" } else { between },
            At(least, part)
        )?;
    }
    Ok(())
}

/// Writes a call of texts, leaving out those that are not given.
fn write_call(f: &mut Formatter<'_>, name: &str, arguments: &[Option<&str>]) -> fmt::Result {
    write!(f, "{name}(")?;
    for (number, text) in arguments.iter().flatten().enumerate() {
        write!(f, "{}{}", if number == 0 { "" } else { ", " }, Quoted(text))?;
    }
    f.write_str(")")
}

/// Writes a trait's or property's name, in backticks where it would be read as something else.
fn write_name(f: &mut Formatter<'_>, name: &str) -> fmt::Result {
    let is_touch = name
        .split_once('.')
        .is_some_and(|(first, _)| first.eq_ignore_ascii_case("touch"));
    if is_touch || Score::named(name).is_some() {
        write!(f, "{}", Ticked(name))
    } else {
        write!(f, "{}", Path(name))
    }
}

/// A name whose dots part it.
struct Path<'a>(&'a str);

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0.split('.').all(is_plain_name) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Ticked(self.0))
        }
    }
}

/// A name without dots.
struct Word<'a>(&'a str);

impl Display for Word<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if is_plain_name(self.0) {
            f.write_str(self.0)
        } else {
            write!(f, "{}", Ticked(self.0))
        }
    }
}

/// A name in backticks.
struct Ticked<'a>(&'a str);

impl Display for Ticked<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0.replace('`', "``"))
    }
}

/// A text in single quotes.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'", self.0.replace('\'', "''"))
    }
}

/// A length of time in the largest unit that divides it; weeks are left out, since people count in days.
struct Length(Duration);

impl Display for Length {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let ms = self.0.ms();
        let units = [("days", DAY_MS), ("hours", HOUR_MS), ("minutes", MINUTE_MS)];
        let (unit, unit_ms) = units
            .into_iter()
            .find(|(_, unit_ms)| ms % unit_ms == 0)
            .unwrap_or(("seconds", SECOND_MS));
        write!(f, "{unit}({})", ms / unit_ms)
    }
}

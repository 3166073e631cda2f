//! Compiled expressions: the same shapes as [`crate::Expr`], with numbers for names.

use perennial_model::{Symbol, Value};

use super::Subject;
use crate::expr::{Comparison, Operation, Score};

/// A compiled expression. Spans of time are numbers of milliseconds, held as so many millionths.
#[derive(Clone, Debug, PartialEq)]
pub enum Code {
    /// A constant.
    Literal(Value),
    /// A trait, by slot.
    Trait(u16),
    /// A property of the touch at hand, by slot.
    Touch(u16),
    /// A register's figure.
    Register(u16),
    /// Time since the register's latest touch.
    Since(u16),
    /// Time since the first touch.
    Age,
    /// Time in the stage of a lifecycle.
    TimeInStage(u16),
    /// The stage's name in a lifecycle.
    Stage(u16),
    /// Whether a stage of a lifecycle has ever been entered.
    Ever {
        /// The lifecycle.
        lifecycle: u16,
        /// The stage.
        stage: u8,
    },
    /// Whether she is in a segment.
    InSegment(u16),
    /// Interest in a topic.
    Intent(Symbol),
    /// A population-relative score.
    Score(Score),
    /// Not.
    Not(Box<Code>),
    /// And.
    All(Vec<Code>),
    /// Or.
    Any(Vec<Code>),
    /// A comparison.
    Compare {
        /// Left side.
        left: Box<Code>,
        /// How.
        op: Comparison,
        /// Right side.
        right: Box<Code>,
    },
    /// Membership in a list.
    In {
        /// What is looked for.
        value: Box<Code>,
        /// Where.
        list: Vec<Code>,
        /// Not in.
        negated: bool,
    },
    /// Between two ends, both included.
    Between {
        /// What is compared.
        value: Box<Code>,
        /// Lower end.
        low: Box<Code>,
        /// Upper end.
        high: Box<Code>,
        /// Not between.
        negated: bool,
    },
    /// Null or not.
    IsNull {
        /// What is looked at.
        value: Box<Code>,
        /// Is not null.
        negated: bool,
    },
    /// A text pattern.
    Like {
        /// What is matched.
        value: Box<Code>,
        /// The pattern, with `%` and `_`.
        pattern: String,
        /// Not like.
        negated: bool,
    },
    /// Arithmetic.
    Arithmetic {
        /// Left side.
        left: Box<Code>,
        /// What is done.
        op: Operation,
        /// Right side.
        right: Box<Code>,
    },
    /// Minus.
    Negate(Box<Code>),
}

/// What a rule depends on: it can only change its answer when one of these changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Registers read.
    pub registers: Vec<u16>,
    /// Traits read, by slot.
    pub traits: Vec<u16>,
    /// Whether it reads the touch at hand.
    pub touch: bool,
    /// Whether its answer can change as time passes, with nothing happening.
    pub clock: bool,
    /// Whether it reads interest in topics.
    pub intent: bool,
    /// Whether it reads scores.
    pub scores: bool,
    /// Lifecycles and segments read.
    pub subjects: Vec<Subject>,
}

impl Code {
    /// Calls `visit` for this code and all within.
    pub fn walk(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        match self {
            Self::Not(inner) | Self::Negate(inner) => inner.walk(visit),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.walk(visit)),
            Self::Compare { left, right, .. } | Self::Arithmetic { left, right, .. } => {
                left.walk(visit);
                right.walk(visit);
            }
            Self::In { value, list, .. } => {
                value.walk(visit);
                list.iter().for_each(|part| part.walk(visit));
            }
            Self::Between {
                value, low, high, ..
            } => {
                value.walk(visit);
                low.walk(visit);
                high.walk(visit);
            }
            Self::IsNull { value, .. } | Self::Like { value, .. } => value.walk(visit),
            Self::Literal(_)
            | Self::Trait(_)
            | Self::Touch(_)
            | Self::Register(_)
            | Self::Since(_)
            | Self::Age
            | Self::TimeInStage(_)
            | Self::Stage(_)
            | Self::Ever { .. }
            | Self::InSegment(_)
            | Self::Intent(_)
            | Self::Score(_) => {}
        }
    }
}

//! The types of values in rules, and what moves by itself.

use super::{Expr, Tally};

/// What kind of value an expression has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// True, false or null.
    Bool,
    /// A number or null.
    Number,
    /// A text or null.
    Text,
    /// A fixed length of time.
    Span,
    /// A time that grows by itself: since, age, time in stage.
    Moving,
    /// A number that decays by itself.
    Interest,
    /// Whatever comes: a trait or a property.
    Any,
    /// Something that has been complained about, and is not again.
    Wrong,
    /// The literal null.
    Null,
}

impl Type {
    /// Whether it is a time, fixed or moving.
    pub(super) fn is_time(self) -> bool {
        matches!(self, Self::Span | Self::Moving)
    }

    /// Whether it is a number, steady or decaying.
    pub(super) fn is_number(self) -> bool {
        matches!(self, Self::Number | Self::Interest)
    }

    /// One of them, in words.
    pub(super) fn article(self) -> &'static str {
        match self {
            Self::Bool => "a yes or no",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Span => "a length of time",
            Self::Moving => "a moving time",
            Self::Interest => "an interest",
            Self::Any | Self::Wrong => "a trait or property",
            Self::Null => "null",
        }
    }

    /// Several of them, in words.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Bool => "yes and no",
            Self::Number => "numbers",
            Self::Text => "texts",
            Self::Span => "lengths of time",
            Self::Moving => "moving times",
            Self::Interest => "interests",
            Self::Any | Self::Wrong => "traits and properties",
            Self::Null => "nulls",
        }
    }
}

/// Whether a value can change as time passes with nothing happening.
pub(super) fn moves_with_time(expr: &Expr) -> bool {
    let mut moves = false;
    expr.walk(&mut |part| {
        moves |= matches!(
            part,
            Expr::Tally(Tally {
                window: Some(_),
                ..
            }) | Expr::Since(_)
                | Expr::Age
                | Expr::TimeInStage(_)
                | Expr::Intent(_)
        );
    });
    moves
}

//! A value as rules see it: null, truth, number or text.

use crate::{Number, Symbol};

/// One value of a trait, a property or a rule. Null is not true and equals nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Value {
    /// Absent.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// An exact decimal; a span of time is a number of milliseconds at compile time already.
    Number(Number),
    /// A text by its symbol.
    Text(Symbol),
}

impl Value {
    /// Whether the value is exactly true (null is not).
    pub fn is_true(self) -> bool {
        self == Self::Bool(true)
    }

    /// Whether the value is absent.
    pub fn is_null(self) -> bool {
        self == Self::Null
    }
}

//! A touch: one event of a customer, recognised and small.

use crate::{Time, Value};

/// The number of a touchpoint in the project's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointId(pub u16);

/// What a touch was recognised as: a number for the *set* of touchpoints that its event matched.
///
/// One event may be several touchpoints at once (a review that is also advocacy). Kind 0 is the
/// empty set: an event that no touchpoint names, which still is a sign of life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub u16);

impl Kind {
    /// What is no touch at all: the scores of a forecast, which set traits and nothing else.
    pub const SCORED: Self = Self(u16::MAX);
}

/// A property of the touch or a trait it sets, by its slot in the compiled rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Slot of the property or trait.
    pub slot: u16,
    /// Its value; never null, since an absent fact says nothing.
    pub value: Value,
}

/// One event of one customer as the fold takes it in.
#[derive(Clone, Copy, Debug)]
pub struct Touch<'a> {
    /// When it happened.
    pub at: Time,
    /// When it arrived; `at` where the source does not say.
    pub received_at: Time,
    /// What it was recognised as.
    pub kind: Kind,
    /// The properties and traits that rules or results ask for.
    pub facts: &'a [Fact],
    /// The caller's own number of this touch, given back in the changes it causes.
    pub row: u32,
}

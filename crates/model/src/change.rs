//! What the fold says happened: moves between stages, refusals, and segments entered and left.

use crate::Time;

/// What brought a change about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A touch, by the caller's row number.
    Touch(u32),
    /// Time alone.
    Time,
}

/// A customer's dated move between two stages of one lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Move {
    /// The lifecycle's number in the rules.
    pub lifecycle: u16,
    /// The instant of the move.
    pub at: Time,
    /// When all that led to it was known: the latest arrival among the customer's touches so far, not before `at`.
    pub known_at: Time,
    /// The stage left, by its number from 0; `None` on entering the lifecycle.
    pub from: Option<u8>,
    /// The stage entered; `None` on leaving the lifecycle.
    pub to: Option<u8>,
    /// The clause that decided, by its number in the lifecycle; `None` where its `for` rule ceased to hold.
    pub clause: Option<u16>,
    /// The touch or the time that decided.
    pub cause: Cause,
    /// How often the customer has entered a stage of this lifecycle, this move included, from 1.
    pub entry: u32,
}

/// A move that a clause asked for and a policy refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The move as it would have been; `entry` is that of the standing kept.
    pub asked: Move,
    /// The policy's word: a stable name such as `backward` or `dwell`.
    pub policy: &'static str,
}

/// A segment entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Switch {
    /// The segment's number in the rules.
    pub segment: u16,
    /// The instant.
    pub at: Time,
    /// When all that led to it was known, as in [`Move::known_at`].
    pub known_at: Time,
    /// True on entering.
    pub entered: bool,
    /// The touch or the time that decided.
    pub cause: Cause,
    /// How often the segment has been entered, from 1.
    pub entry: u32,
}

/// One line of a customer's history, as the fold writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// A stage was entered or left.
    Moved(Move),
    /// A move was refused.
    Refused(Refusal),
    /// A segment was entered or left.
    Switched(Switch),
}

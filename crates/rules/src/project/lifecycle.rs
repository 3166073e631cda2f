//! Lifecycles: named stages in order, the clauses that move customers, and the policy that refuses moves.

use perennial_model::Duration;

use crate::{Rule, Span};

/// A lifecycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// Its name.
    pub name: String,
    /// For whom it is: a customer for whom the rule does not hold has no place in it. `None` is everybody.
    pub applies_to: Option<Rule>,
    /// Which moves are refused.
    pub policy: Policy,
    /// Its stages, in order: where several clauses fire, the last stage wins.
    pub stages: Vec<Stage>,
    /// True where every stage has a `when`: she is in the last stage whose rule holds, or in none.
    pub classification: bool,
    /// Where it is defined.
    pub span: Span,
}

/// Which moves are refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Whether moves to an earlier stage are refused (and recorded).
    pub forward_only: bool,
    /// Whether moves that pass over a stage that is not optional are refused.
    pub in_order: bool,
    /// Shortest stay in any stage before the next move.
    pub dwell: Duration,
    /// How long a stage set by hand holds; `None` where stages cannot be set by hand.
    pub by_hand: Option<Duration>,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its name in rules and results.
    pub name: String,
    /// What it means, for people.
    pub description: Option<String>,
    /// Whether customers may pass over it.
    pub optional: bool,
    /// Shortest stay in this stage; `None` is the policy's.
    pub dwell: Option<Duration>,
    /// The ways in. In a classification exactly one: from anywhere, on anything, when the rule holds.
    pub enter: Vec<Clause>,
}

/// One way into a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Where she must come from.
    pub from: From,
    /// The touchpoints that can bring her, by name; empty is any touch, or time alone.
    pub on: Vec<String>,
    /// What must hold; `None` is always.
    pub when: Option<Rule>,
    /// The word for the cause in the ledger; `None` is the touchpoint's name, or `time`.
    pub cause: Option<String>,
    /// How long no other clause may move her, if this is the way in by hand: no policy refuses it.
    pub by_hand: Option<Duration>,
    /// Where it is defined.
    pub span: Span,
}

/// Where a customer must come from for a clause to fire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// From any other stage, but not from outside the lifecycle.
    AnyStage,
    /// From anywhere: any other stage, or outside the lifecycle (classification).
    Anywhere,
    /// From the stages named; `none` stands for outside.
    Named {
        /// Whether she may come from outside the lifecycle.
        outside: bool,
        /// The stages, by number.
        stages: Vec<u8>,
    },
}

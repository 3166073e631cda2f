//! Segments: named rules that customers enter and leave.

use crate::{Rule, Span};

/// A segment: the customers for whom a rule holds now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// What it means, for people.
    pub description: Option<String>,
    /// Who is in it.
    pub when: Rule,
    /// Where it is defined.
    pub span: Span,
}

//! The parts of an expression, in one fixed order.

use super::Expr;

impl Expr {
    /// The expressions directly within this one, in the order in which they are written.
    pub fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Not(inner) | Self::Negate(inner) => vec![inner],
            Self::All(parts) | Self::Any(parts) => parts.iter().collect(),
            Self::Compare { left, right, .. } | Self::Arithmetic { left, right, .. } => {
                vec![left, right]
            }
            Self::In { value, list, .. } => std::iter::once(&**value).chain(list).collect(),
            Self::Between {
                value, low, high, ..
            } => vec![value, low, high],
            Self::IsNull { value, .. } | Self::Like { value, .. } => vec![value],
            Self::Null
            | Self::Bool(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::Span(_)
            | Self::Name(_)
            | Self::Touch(_)
            | Self::Tally(_)
            | Self::Since(_)
            | Self::Age
            | Self::TimeInStage(_)
            | Self::Stage(_)
            | Self::Ever { .. }
            | Self::InSegment(_)
            | Self::Intent(_)
            | Self::Score(_) => Vec::new(),
        }
    }

    /// Calls `visit` for this expression and all within it, outermost first.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        for part in self.parts() {
            part.walk(visit);
        }
    }
}

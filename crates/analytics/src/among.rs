//! Asking about some customers only: who is none of them is shown to no analysis.

use crate::{Analysis, Trail, Words};

/// An analysis of some customers.
pub struct Among<'a, A> {
    /// What is asked.
    pub analysis: &'a A,
    /// Whether a customer is one of them, by her trail.
    pub is_meant: &'a (dyn Fn(&Trail<'_>) -> bool + Sync),
}

impl<A: Analysis> Analysis for Among<'_, A> {
    type Tally = A::Tally;
    type Answer = A::Answer;

    fn begin(&self, words: &Words) -> A::Tally {
        self.analysis.begin(words)
    }

    fn count(&self, tally: &mut A::Tally, trail: &Trail<'_>) {
        if (self.is_meant)(trail) {
            self.analysis.count(tally, trail);
        }
    }

    fn merge(&self, tally: &mut A::Tally, other: A::Tally) {
        self.analysis.merge(tally, other);
    }

    fn answer(&self, tally: A::Tally, words: &Words) -> A::Answer {
        self.analysis.answer(tally, words)
    }
}

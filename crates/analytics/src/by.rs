//! Any analysis, told apart by a text of the customer.

use std::collections::BTreeMap;

use crate::split::Split;
use crate::trail::{Analysis, NO_TEXT, Trail, Words};

/// An analysis once for each text of a column: of each customer the last that is known.
#[derive(Clone, Debug)]
pub struct By<A> {
    /// The column of texts.
    pub column: usize,
    /// What is asked of each group.
    pub analysis: A,
}

/// What is counted of each group so far.
#[derive(Clone, Debug)]
pub struct GroupTallies<T> {
    /// Nothing counted: what a group begins with.
    empty: T,
    groups: BTreeMap<u32, T>,
}

impl<A: Analysis> Analysis for By<A>
where
    A::Tally: Clone,
{
    type Tally = GroupTallies<A::Tally>;
    /// By text; those of whom none is known come last.
    type Answer = Vec<Split<A::Answer>>;

    fn begin(&self, words: &Words) -> Self::Tally {
        GroupTallies {
            empty: self.analysis.begin(words),
            groups: BTreeMap::new(),
        }
    }

    fn count(&self, tally: &mut Self::Tally, trail: &Trail<'_>) {
        let group = tally
            .groups
            .entry(trail.last_text(self.column))
            .or_insert_with(|| tally.empty.clone());
        self.analysis.count(group, trail);
    }

    fn merge(&self, tally: &mut Self::Tally, other: Self::Tally) {
        for (text, more) in other.groups {
            match tally.groups.get_mut(&text) {
                Some(group) => self.analysis.merge(group, more),
                None => drop(tally.groups.insert(text, more)),
            }
        }
    }

    fn answer(&self, tally: Self::Tally, words: &Words) -> Self::Answer {
        let split = |(text, group): (u32, A::Tally)| Split {
            by: (text != NO_TEXT).then(|| words.texts[self.column][text as usize].clone()),
            answer: self.analysis.answer(group, words),
        };
        let mut answers: Vec<Split<A::Answer>> = tally.groups.into_iter().map(split).collect();
        answers.sort_by(|a, b| (a.by.is_none(), &a.by).cmp(&(b.by.is_none(), &b.by)));
        answers
    }
}

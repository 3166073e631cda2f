//! Answers told apart by a text, such as the customer's country.

use std::collections::BTreeMap;

use crate::{NO_TEXT, Trail, Words};

/// An answer for one text; for everybody where nothing was to be told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split<T> {
    /// The text; `None` for everybody, and for those of whom it is not known.
    pub by: Option<String>,
    /// The answer.
    pub answer: T,
}

/// What is counted of each text.
#[derive(Debug)]
pub(crate) struct Groups<T> {
    column: Option<usize>,
    groups: BTreeMap<u32, T>,
}

impl<T> Groups<T> {
    /// Nothing counted yet; `column` is the column of texts, `None` to tell nobody apart.
    pub(crate) fn new(column: Option<usize>) -> Self {
        Self {
            column,
            groups: BTreeMap::new(),
        }
    }

    /// The customer's text: the last that is known of her.
    pub(crate) fn text_of(&self, trail: &Trail<'_>) -> u32 {
        self.column
            .map_or(NO_TEXT, |column| trail.last_text(column))
    }

    /// What is counted of a text.
    pub(crate) fn of(&mut self, text: u32, empty: impl FnOnce() -> T) -> &mut T {
        self.groups.entry(text).or_insert_with(empty)
    }

    /// Adds what was counted of other customers.
    pub(crate) fn merge(&mut self, other: Self, add: impl Fn(&mut T, T)) {
        for (text, counted) in other.groups {
            match self.groups.get_mut(&text) {
                Some(group) => add(group, counted),
                None => {
                    self.groups.insert(text, counted);
                }
            }
        }
    }

    /// What was counted of each text, by its number.
    pub(crate) fn into_counted(self) -> impl Iterator<Item = (u32, T)> {
        self.groups.into_iter()
    }

    /// The answers by text, unknown last; one for everybody if nobody was to be told apart.
    pub(crate) fn answer<A>(
        mut self,
        words: &Words,
        empty: impl FnOnce() -> T,
        answer: impl Fn(T) -> A,
    ) -> Vec<Split<A>> {
        let Some(column) = self.column else {
            let all = self.groups.remove(&NO_TEXT).unwrap_or_else(empty);
            let answer = answer(all);
            return vec![Split { by: None, answer }];
        };
        let word = |text: u32| words.texts[column].get(text as usize).cloned();
        let splits = self.groups.into_iter().map(|(text, counted)| Split {
            by: word(text),
            answer: answer(counted),
        });
        let mut splits: Vec<Split<A>> = splits.collect();
        splits.sort_by(|a, b| (a.by.is_none(), &a.by).cmp(&(b.by.is_none(), &b.by)));
        splits
    }
}

/// Whether a touch meets a condition, by its mark; every touch meets «any».
#[derive(Debug)]
pub(crate) struct Meeting(Option<Vec<bool>>);

impl Meeting {
    /// The marks that stand for a condition; `None` for any touch.
    pub(crate) fn new(words: &Words, condition: Option<u16>) -> Self {
        Self(condition.map(|condition| words.marks.meeting(condition)))
    }

    /// Whether a mark stands for it.
    pub(crate) fn holds(&self, mark: u32) -> bool {
        self.0.as_ref().is_none_or(|marks| marks[mark as usize])
    }
}

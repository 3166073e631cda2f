//! Journeys before they are credited: which touches are dropped, and repeats merged.

use crate::hash::NumberMap;

/// What is dropped from a journey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathRule {
    /// Touches by a channel that was there before: of each channel the first stays.
    Unique,
    /// Touches by this channel, unless there are no others.
    Without(String),
    /// Touches by this channel at the end, unless there are no others.
    WithoutTrailing(String),
    /// All but the last so many.
    Last(usize),
}

/// A touch of a journey: its channel, and how long before the conversion, in milliseconds.
pub(super) type Touch = (u32, i64);

/// Rules whose channels were looked up.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    rules: Vec<Rule>,
    merge_repeats: bool,
    seen: NumberMap<u32, ()>,
}

#[derive(Clone, Copy, Debug)]
enum Rule {
    Unique,
    Without(u32),
    WithoutTrailing(u32),
    Last(usize),
}

impl Shape {
    /// `find` looks up the number of a channel; rules for channels that nobody has do nothing.
    pub(super) fn new(
        rules: &[PathRule],
        merge_repeats: bool,
        find: impl Fn(&str) -> Option<u32>,
    ) -> Self {
        let rule = |rule: &PathRule| match rule {
            PathRule::Unique => Some(Rule::Unique),
            PathRule::Without(channel) => find(channel).map(Rule::Without),
            PathRule::WithoutTrailing(channel) => find(channel).map(Rule::WithoutTrailing),
            PathRule::Last(most) => Some(Rule::Last(*most)),
        };
        Self {
            rules: rules.iter().filter_map(rule).collect(),
            merge_repeats,
            seen: NumberMap::default(),
        }
    }

    /// Shapes a journey in place.
    pub(super) fn apply(&mut self, path: &mut Vec<Touch>) {
        for rule in &self.rules {
            match *rule {
                Rule::Unique => {
                    self.seen.clear();
                    path.retain(|touch| self.seen.insert(touch.0, ()).is_none());
                }
                Rule::Without(channel) => {
                    if path.iter().any(|touch| touch.0 != channel) {
                        path.retain(|touch| touch.0 != channel);
                    }
                }
                Rule::WithoutTrailing(channel) => {
                    if let Some(last) = path.iter().rposition(|touch| touch.0 != channel) {
                        path.truncate(last + 1);
                    }
                }
                Rule::Last(most) => drop(path.drain(..path.len().saturating_sub(most))),
            }
        }
        if self.merge_repeats {
            path.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    kept.1 = later.1;
                }
                same
            });
        }
    }
}

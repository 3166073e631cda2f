//! What customers are told apart by: texts as they are, or the parts of the world that countries lie in.

use std::collections::HashMap;

use super::{Grouping, Journey};
use crate::regions::{Level, country};
use crate::trail::{NO_TEXT, Words};

/// Of each grouping, what its texts stand for.
#[derive(Clone, Debug)]
pub(super) struct Texts(Vec<Option<Wide>>);

/// Parts of the world by number.
#[derive(Clone, Debug, Default)]
struct Wide {
    /// By text: the part, or [`NO_TEXT`] where it means no country.
    of_text: Vec<u32>,
    names: Vec<&'static str>,
}

impl Texts {
    pub(super) fn new(journey: &Journey, words: &Words) -> Self {
        let wide = |group: &Grouping| {
            let texts = words
                .texts
                .get(group.column)
                .map_or(&[][..], |own| &own[..]);
            group.level.map(|level| Wide::new(level, texts))
        };
        Self(journey.groups.iter().map(wide).collect())
    }

    /// What a text stands for in a grouping.
    pub(super) fn group(&self, grouping: usize, text: u32) -> u32 {
        match &self.0[grouping] {
            None => text,
            Some(wide) => wide.of_text.get(text as usize).copied().unwrap_or(NO_TEXT),
        }
    }

    /// What it is called.
    pub(super) fn name<'w>(
        &self,
        journey: &Journey,
        words: &'w Words,
        grouping: usize,
        group: u32,
    ) -> &'w str {
        match &self.0[grouping] {
            None => &words.texts[journey.groups[grouping].column][group as usize],
            Some(wide) => wide.names[group as usize],
        }
    }
}

impl Wide {
    fn new(level: Level, texts: &[String]) -> Self {
        let mut own = Self::default();
        let mut numbers = HashMap::new();
        for text in texts {
            let name = country(text).and_then(|country| match level {
                Level::World => None,
                Level::Region => Some(country.region.1),
                Level::Subregion => Some(country.subregion.1),
                Level::Country => Some(country.name),
            });
            let number = name.map(|name| {
                *numbers.entry(name).or_insert_with(|| {
                    own.names.push(name);
                    own.names.len() as u32 - 1
                })
            });
            own.of_text.push(number.unwrap_or(NO_TEXT));
        }
        own
    }
}

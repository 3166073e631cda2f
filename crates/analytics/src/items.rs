//! What a path is made of: names of events or texts of a column, told apart by number.

use crate::hash::NumberMap;
use crate::trail::{NO_TEXT, Trail, Words};
use std::collections::HashMap;

/// Comes before the first item of every path.
pub(crate) const START: u32 = u32::MAX - 1;
/// Comes after the last item of every path.
pub(crate) const END: u32 = u32::MAX - 2;
/// Stands for items left out in the middle of a path.
pub(crate) const ELIDED: u32 = u32::MAX - 3;
/// The name of [`ELIDED`].
const ELIDED_NAME: &str = "...";

/// Where the items of a path are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Items {
    /// The event's name.
    #[default]
    Events,
    /// A column of texts; a touch without one is no item.
    Text(usize),
}

impl Items {
    /// The numbers of a trail's items, [`NO_TEXT`] where there is none.
    pub(crate) fn of<'a>(self, trail: &Trail<'a>) -> &'a [u32] {
        match self {
            Self::Events => trail.event,
            Self::Text(column) => trail.texts[column],
        }
    }

    fn words(self, words: &Words) -> &[String] {
        match self {
            Self::Events => &words.events,
            Self::Text(column) => &words.texts[column],
        }
    }
}

/// The items' numbers after names that mean the same were put together.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    trim_slash: bool,
    /// By number of the word: the number of the first word of the same meaning; empty if each has its own.
    same: Vec<u32>,
}

impl Names {
    pub(crate) fn new(items: Items, trim_slash: bool, words: &Words) -> Self {
        let mut same = Vec::new();
        if trim_slash {
            let mut first: HashMap<&str, u32> = HashMap::new();
            let texts = items.words(words).iter().enumerate();
            same.extend(
                texts.map(|(number, text)| *first.entry(trimmed(text)).or_insert(number as u32)),
            );
        }
        Self { trim_slash, same }
    }

    /// The number of an item; `None` where the touch has none.
    pub(crate) fn number(&self, word: u32) -> Option<u32> {
        if word == NO_TEXT {
            return None;
        }
        Some(self.same.get(word as usize).copied().unwrap_or(word))
    }

    /// The number of the item with a name; `None` if nobody ever had it.
    pub(crate) fn find(&self, items: Items, name: &str, words: &Words) -> Option<u32> {
        let meant = |text: &str| {
            if self.trim_slash {
                trimmed(text) == trimmed(name)
            } else {
                text == name
            }
        };
        let at = items.words(words).iter().position(|text| meant(text))?;
        self.number(at as u32)
    }

    /// What an item is called; `ends` are the names of [`START`] and [`END`].
    pub(crate) fn text<'a>(
        &self,
        items: Items,
        number: u32,
        ends: (&'a str, &'a str),
        words: &'a Words,
    ) -> &'a str {
        match number {
            START => ends.0,
            END => ends.1,
            ELIDED => ELIDED_NAME,
            number => {
                let text = &items.words(words)[number as usize];
                if self.trim_slash { trimmed(text) } else { text }
            }
        }
    }
}

/// Without the slash at the end, unless it is all there is.
fn trimmed(text: &str) -> &str {
    match text.strip_suffix('/') {
        Some(rest) if !rest.is_empty() => rest,
        _ => text,
    }
}

/// Whole paths and how often each was taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes(NumberMap<Box<[u32]>, Route>);

/// How often a path was taken, and by how many.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Route {
    pub(crate) count: u64,
    pub(crate) customers: u64,
    /// Who was counted last, plus one: each customer is shown once, so this tells her apart.
    last: u64,
}

impl Routes {
    pub(crate) fn add(&mut self, path: &[u32], customer: u32) {
        let route = match self.0.get_mut(path) {
            Some(route) => route,
            None => self.0.entry(path.into()).or_default(),
        };
        route.count += 1;
        let seen = u64::from(customer) + 1;
        route.customers += u64::from(route.last != seen);
        route.last = seen;
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (path, more) in other.0 {
            let route = self.0.entry(path).or_default();
            route.count += more.count;
            route.customers += more.customers;
        }
    }

    pub(crate) fn into_iter(self) -> impl Iterator<Item = (Box<[u32]>, Route)> {
        self.0.into_iter()
    }
}

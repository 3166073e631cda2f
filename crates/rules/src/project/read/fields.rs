//! The values of one map of a project file, read by key.
//!
//! The tree has been checked against the table before, so a value that cannot be read here has been
//! complained about already, and counts as not written.

use perennial_model::{Duration, Number};

use crate::Diagnostic;
use crate::project::syntax::{Section, scalar};
use crate::yaml::{Kind, Node};

/// A map and the section that it is.
#[derive(Clone, Copy)]
pub struct Fields<'n> {
    section: &'static Section,
    node: Option<&'n Node>,
}

impl<'n> Fields<'n> {
    /// The fields of a map; all absent where there is none.
    pub fn new(section: &'static Section, node: Option<&'n Node>) -> Self {
        Self { section, node }
    }

    /// The value of a key, if anything is written there.
    pub fn get(&self, name: &str) -> Option<&'n Node> {
        debug_assert!(
            self.section.setting(name).is_some(),
            "{name} is not in the table"
        );
        let entries = self.node?.entries();
        let (_, value) = entries.iter().find(|(key, _)| key.text == name)?;
        (!value.is_null()).then_some(value)
    }

    /// The fields of a map within.
    pub fn section(&self, name: &str, section: &'static Section) -> Self {
        Self::new(section, self.get(name))
    }

    /// A text.
    pub fn text(&self, name: &str) -> Option<&'n str> {
        self.get(name)?.text()
    }

    /// A text of one's own.
    pub fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    /// True or false.
    pub fn truth(&self, name: &str) -> Option<bool> {
        scalar::bool_of(self.text(name)?)
    }

    /// A length of time.
    pub fn duration(&self, name: &str) -> Option<Duration> {
        Duration::parse(self.text(name)?).ok()
    }

    /// A whole number of a type that is as wide as the table allows.
    pub fn whole<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }

    /// One of some words.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        meaning(self.text(name)?, words)
    }

    /// The items of a list, or the one value written without one.
    pub fn many(&self, name: &str) -> Vec<&'n Node> {
        self.get(name).map(one_or_many).unwrap_or_default()
    }

    /// The texts of a list, or the one text.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let texts = self.many(name).into_iter().filter_map(Node::text);
        texts.map(str::to_owned).collect()
    }
}

/// The items of a list, or the one value written without one.
pub fn one_or_many(node: &Node) -> Vec<&Node> {
    match &node.kind {
        Kind::List(items) => items.iter().collect(),
        _ => vec![node],
    }
}

/// What a word means.
pub fn meaning<T: Copy>(word: &str, words: &[(&str, T)]) -> Option<T> {
    let (_, meaning) = words.iter().find(|(known, _)| *known == word)?;
    Some(*meaning)
}

/// The word for a meaning.
pub fn word_for<T: Copy + PartialEq>(meaning: T, words: &[(&'static str, T)]) -> &'static str {
    words
        .iter()
        .find(|(_, known)| *known == meaning)
        .map_or("", |(word, _)| word)
}

/// The words of a table of meanings, for the syntax.
pub const fn words<T: Copy, const N: usize>(table: &[(&'static str, T); N]) -> [&'static str; N] {
    let mut words = [""; N];
    let mut number = 0;
    while number < N {
        words[number] = table[number].0;
        number += 1;
    }
    words
}

/// A decimal number.
pub fn number(node: &Node) -> Option<Number> {
    Number::parse(node.text()?).ok()
}

/// Complains where two keys stand together that exclude each other; the second one is pointed at.
pub fn exclude(
    fields: &Fields<'_>,
    first: &str,
    second: &str,
    help: &str,
    out: &mut Vec<Diagnostic>,
) {
    if let (Some(_), Some(node)) = (fields.get(first), fields.get(second)) {
        let message = format!("`{first}` and `{second}` exclude each other");
        let complaint = Diagnostic::error("E0112", node.span.clone(), message, "one too many");
        out.push(complaint.help(help));
    }
}

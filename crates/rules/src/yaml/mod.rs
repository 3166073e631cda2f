//! Project files as trees of nodes that know their place.
//!
//! One text becomes one tree, or a list of complaints. The dialect is YAML 1.2 without what makes
//! configuration hard to read or dangerous to expand: no anchors and aliases, no tags, one document
//! a file, keys are plain texts and stand once. JSON is such YAML too. A scalar keeps its text;
//! whether `10` is a number or a word is decided by whoever asks, so there is no `NO` that turns
//! into `false`.

mod load;
mod place;

use crate::{Diagnostic, Span};

/// Largest file read, in bytes.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// Most values (maps, lists and scalars, keys included) in one file.
pub const MAX_NODES: usize = 100_000;
/// Deepest nesting of maps and lists.
pub const MAX_DEPTH: usize = 64;

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// The bytes it stands in. For a scalar whose text stands there letter by letter, quotes are left
    /// out, so that an offset into the text is an offset into the span.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing written, `~` or `null`.
    Null,
    /// A text, number or word, as written.
    Scalar {
        /// Its text, quotes and escapes resolved.
        text: String,
        /// Whether it stood in quotes or was a block text.
        quoted: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// A map, in the order written; keys are unique.
    Map(Vec<(Key, Node)>),
}

/// A key of a map and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its text.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

impl Node {
    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// Whether nothing is written here.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Null
    }

    /// The entries of a map; none for anything else.
    pub fn entries(&self) -> &[(Key, Node)] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// What it is, for people.
    pub fn noun(&self) -> &'static str {
        match &self.kind {
            Kind::Null => "nothing",
            Kind::Scalar { .. } => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }
}

/// Reads the text of file number `file`. The tree is missing where the text cannot be read as one;
/// it is there, with complaints, where only keys stand twice (the first of them holds).
pub fn parse(file: usize, text: &str) -> (Option<Node>, Vec<Diagnostic>) {
    load::load(file, text)
}

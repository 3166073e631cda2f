//! Values of JSON where they stand: what they are, and how to read them.

use std::borrow::Cow;

use crate::text::unescape;

/// Where a value stands in the text, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    /// How many bytes it takes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Its text.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// What kind of value was met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// No such key.
    #[default]
    Absent,
    Null,
    Bool,
    Number,
    /// A string without escapes.
    Plain,
    /// A string with escapes.
    Escaped,
    Object,
    List,
}

/// A value met: what it is and where, quotes and braces included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    pub sort: Sort,
    pub span: Span,
}

impl Slot {
    /// Whether there is something other than `null`.
    pub fn is_there(self) -> bool {
        !matches!(self.sort, Sort::Absent | Sort::Null)
    }

    /// What a string says; `None` for what is no string. Half a pair of surrogates reads as U+FFFD.
    pub fn said(self, text: &str) -> Option<Cow<'_, str>> {
        let raw = self.span.of(text);
        let inner = raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default();
        match self.sort {
            Sort::Plain => Some(Cow::Borrowed(inner)),
            Sort::Escaped => Some(Cow::Owned(unescape(inner))),
            _ => None,
        }
    }

    /// As written.
    pub fn raw(self, text: &str) -> &str {
        self.span.of(text)
    }
}

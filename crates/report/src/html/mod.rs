//! Markup: the only place where text becomes part of a page, always escaped.
//!
//! **Invariant:** markup comes from literals of this crate (`&'static str`); whatever else is written goes
//! through [`escape`].

mod escape;
mod table;

pub(crate) use escape::{escape, shortened};
pub(crate) use table::{Cell, Figure, Table, figure, table};

use std::fmt::Write;

/// A value of an attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    /// A coordinate or a length.
    Number(f64),
    /// A text, escaped when written.
    Text(&'a str),
    /// Points or a path, of any length; what is no part of one is left out.
    Drawing(&'a str),
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

/// An attribute.
pub(crate) type Attribute<'a> = (&'static str, Value<'a>);

/// A page being written.
#[derive(Debug, Default)]
pub(crate) struct Page {
    out: String,
    ids: u32,
}

impl Page {
    /// The text written.
    pub(crate) fn finish(self) -> String {
        self.out
    }

    /// Writes markup of this crate.
    pub(crate) fn markup(&mut self, literal: &'static str) -> &mut Self {
        self.out.push_str(literal);
        self
    }

    /// Writes a text, escaped.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        escape(text, &mut self.out);
        self
    }

    /// Writes an opening tag.
    pub(crate) fn open(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) -> &mut Self {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            match value {
                Value::Number(number) => self.number(*number),
                Value::Text(text) => escape(text, &mut self.out),
                Value::Drawing(path) => self.out.extend(path.chars().filter(is_drawn)),
            }
            self.out.push('"');
        }
        self.out.push('>');
        self
    }

    /// Writes a closing tag, and a new line so that the page can be read.
    pub(crate) fn close(&mut self, tag: &'static str) -> &mut Self {
        self.out.push_str("</");
        self.out.push_str(tag);
        self.out.push_str(">\n");
        self
    }

    /// Writes an element with a text.
    pub(crate) fn element(
        &mut self,
        tag: &'static str,
        attributes: &[Attribute<'_>],
        text: &str,
    ) -> &mut Self {
        self.open(tag, attributes).text(text).close(tag)
    }

    /// Writes an element without content.
    pub(crate) fn shape(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) -> &mut Self {
        self.open(tag, attributes).close(tag)
    }

    /// An id that nothing else in the page has.
    pub(crate) fn id(&mut self) -> String {
        self.ids += 1;
        format!("n{}", self.ids)
    }

    fn number(&mut self, number: f64) {
        push_number(&mut self.out, number);
    }
}

/// Whether a character may be part of points or a path.
fn is_drawn(c: &char) -> bool {
    c.is_ascii_digit() || matches!(c, ' ' | '.' | ',' | '-' | 'M' | 'L' | 'C' | 'Z')
}

/// A coordinate with one decimal place at most; what is no number becomes nought.
pub(crate) fn push_number(out: &mut String, number: f64) {
    let number = if number.is_finite() { number } else { 0.0 };
    let tenths = (number * 10.0).round();
    // Writing to a String cannot fail.
    let _ = match tenths % 10.0 == 0.0 {
        true => write!(out, "{:.0}", tenths / 10.0 + 0.0),
        false => write!(out, "{:.1}", tenths / 10.0),
    };
}

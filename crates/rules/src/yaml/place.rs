//! Places: the YAML parser counts characters, diagnostics count bytes.

use std::ops::Range;

use crate::Span;

/// Turns character positions of one text into byte spans.
pub struct Places<'t> {
    file: usize,
    text: &'t str,
    /// The byte that each character begins at; empty where all characters are one byte long.
    starts: Vec<u32>,
}

impl<'t> Places<'t> {
    /// The places of a text.
    pub fn new(file: usize, text: &'t str) -> Self {
        let starts = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(byte, _)| byte as u32).collect()
        };
        Self { file, text, starts }
    }

    /// The byte that character number `index` begins at; the end of the text beyond the last.
    pub fn byte(&self, index: usize) -> usize {
        if self.starts.is_empty() {
            return index.min(self.text.len());
        }
        let start = self.starts.get(index).map(|&byte| byte as usize);
        start.unwrap_or(self.text.len())
    }

    /// The span of some bytes, white space at its end left out.
    pub fn span(&self, bytes: Range<usize>) -> Span {
        let written = self.text.get(bytes.clone()).unwrap_or_default();
        let end = bytes.start + written.trim_end().len();
        Span {
            file: self.file,
            bytes: bytes.start..end,
        }
    }

    /// The span of the parser's span.
    pub fn span_of(&self, span: &saphyr_parser::Span) -> Span {
        self.span(self.byte(span.start.index())..self.byte(span.end.index()))
    }

    /// The span of the one character at the parser's mark, or of the last one at the end of the text.
    pub fn mark(&self, mark: &saphyr_parser::Marker) -> Span {
        let start = self.byte(mark.index());
        let rest = &self.text[start..];
        if let Some(character) = rest.chars().next().filter(|c| !c.is_whitespace()) {
            return Span {
                file: self.file,
                bytes: start..start + character.len_utf8(),
            };
        }
        Span {
            file: self.file,
            bytes: start..start,
        }
    }

    /// The span of a tab right before the parser's mark.
    pub fn tab_before(&self, mark: &saphyr_parser::Marker) -> Option<Span> {
        let end = self.byte(mark.index());
        let tab = self.text[..end].ends_with('\t');
        tab.then(|| Span {
            file: self.file,
            bytes: end - 1..end,
        })
    }

    /// The span of a quoted scalar, from its first quote: without the quotes where its text stands
    /// there letter by letter. The parser's own span goes on over white space and comments.
    pub fn quoted(&self, span: &saphyr_parser::Span, text: &str) -> Span {
        let whole = self.span_of(span);
        let written = &self.text[whole.bytes.clone()];
        let Some(quote) = written.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
            return whole;
        };
        let (start, end) = (
            whole.bytes.start,
            whole.bytes.start + quoted_bytes(written, quote),
        );
        let literal = !text.is_empty() && self.text.get(start + 1..end - 1) == Some(text);
        let bytes = if literal {
            start + 1..end - 1
        } else {
            start..end
        };
        Span {
            file: self.file,
            bytes,
        }
    }

    /// The byte behind the bracket that ends a map or list at the parser's mark; `None` where there is none.
    pub fn bracket_end(&self, mark: &saphyr_parser::Marker) -> Option<usize> {
        let at = self.byte(mark.index());
        let bracket = matches!(self.text.as_bytes().get(at), Some(b'}' | b']'));
        bracket.then_some(at + 1)
    }
}

/// How many bytes a quoted text has that begins here, its quotes included.
fn quoted_bytes(written: &str, quote: char) -> usize {
    let mut escaped = false;
    let mut quotes = 0;
    for (at, character) in written.char_indices().skip(1) {
        if quote == '"' && !escaped && character == '\\' {
            escaped = true;
            continue;
        }
        // A single quote is written twice; only an odd number of them in a row ends the text.
        if character == quote && !escaped {
            quotes += 1;
        } else if quotes % 2 == 1 {
            return at;
        } else {
            quotes = 0;
        }
        if quotes == 1 && quote == '"' {
            return at + 1;
        }
        escaped = false;
    }
    written.len()
}

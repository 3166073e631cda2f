//! Texts of other people's files as a terminal may show them: nothing in them moves its cursor or turns its letters.

use std::borrow::Cow;
use std::fmt::Write;

/// A text on one line, all that a terminal would obey written out, such as `\u{1b}`.
pub fn cell(text: &str) -> Cow<'_, str> {
    written_out(text, is_obeyed)
}

/// The same of a text of several lines, which it keeps.
pub fn lines(text: &str) -> Cow<'_, str> {
    written_out(text, |c| !matches!(c, '\n' | '\t') && is_obeyed(c))
}

fn written_out(text: &str, is_meant: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_meant) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            c if !is_meant(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // Writing to a String cannot fail.
            c => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
        }
    }
    Cow::Owned(out)
}

/// Whether a character is a control, ends a line, turns directions, or cannot be seen. What joins emoji is none.
fn is_obeyed(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::{cell, lines};

    #[test]
    fn what_a_terminal_obeys_is_written_out() {
        for (text, wanted) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\nb\r\tc\0", "a\\nb\\r\\tc\\u{0}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("\u{202e}gnp\u{2069}", "\\u{202e}gnp\\u{2069}"),
            ("a\u{200b}", "a\\u{200b}"),
            ("Ünïcödé 客户 👩‍👧 \\n", "Ünïcödé 客户 👩‍👧 \\n"),
        ] {
            assert_eq!(cell(text), wanted, "{text:?}");
        }
        assert_eq!(lines("a\n\tb\u{1b}"), "a\n\tb\\u{1b}");
    }
}

//! Strings of JSON read, written and mended.

use std::fmt::Write;

/// What stands between two quotes that a scanner found good. Half a pair of surrogates reads as
/// U+FFFD.
pub(crate) fn unescape(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let mut used = at + 2;
        match rest.as_bytes().get(at + 1) {
            Some(b'b') => out.push('\u{8}'),
            Some(b'f') => out.push('\u{c}'),
            Some(b'n') => out.push('\n'),
            Some(b'r') => out.push('\r'),
            Some(b't') => out.push('\t'),
            Some(b'u') => {
                let (letter, length) = letter(rest.as_bytes(), at);
                out.push(letter.unwrap_or(char::REPLACEMENT_CHARACTER));
                used = at + length;
            }
            Some(plain @ (b'"' | b'\\' | b'/')) => out.push(char::from(*plain)),
            _ => {}
        }
        rest = rest.get(used..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The letter of `\uXXXX` or of a pair of them, `None` for half a pair, and how many bytes it takes.
fn letter(bytes: &[u8], at: usize) -> (Option<char>, usize) {
    let Some(first) = hex_unit(bytes, at) else {
        return (None, 6);
    };
    if let 0xD800..0xDC00 = first
        && let Some(second @ 0xDC00..0xE000) = hex_unit(bytes, at + 6)
    {
        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return (char::from_u32(code), 12);
    }
    (char::from_u32(first), 6)
}

/// Appends a text as a string of JSON.
pub(crate) fn quote(text: &str, out: &mut String) {
    out.push('"');
    let plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(plain) {
        out.push_str(text);
    } else {
        for letter in text.chars() {
            match letter {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                control @ '\0'..' ' => {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{:04x}", u32::from(control));
                }
                letter => out.push(letter),
            }
        }
    }
    out.push('"');
}

/// Appends JSON that a scanner found good with the ends of lines between its tokens as spaces, and
/// with half pairs of surrogates as `\ufffd`.
pub(crate) fn mend(raw: &str, out: &mut String) {
    let bytes = raw.as_bytes();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = bytes[at..]
        .iter()
        .position(|byte| matches!(byte, b'\\' | b'\n' | b'\r'))
    {
        at += found;
        let (mended, length) = match bytes[at] {
            // Control characters stand between tokens only.
            b'\n' | b'\r' => (Some(" "), 1),
            _ if bytes.get(at + 1) == Some(&b'u') => {
                let (letter, length) = letter(bytes, at);
                (letter.is_none().then_some("\\ufffd"), length)
            }
            _ => (None, 2),
        };
        if let Some(mended) = mended {
            out.push_str(&raw[from..at]);
            out.push_str(mended);
            from = at + length;
        }
        at = (at + length).min(bytes.len());
    }
    out.push_str(&raw[from..]);
}

/// The number of `\uXXXX` at a place.
pub(crate) fn hex_unit(bytes: &[u8], at: usize) -> Option<u32> {
    let escape = bytes.get(at..at + 6)?;
    let digits = escape.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        char::from(*digit)
            .to_digit(16)
            .map(|digit| unit << 4 | digit)
    })
}

/// Where, from `at` on, the first quote, backslash or control character stands, or the end.
/// Eight bytes at a time: a byte is found by what its subtraction carries into its high bit, of
/// which the lowest is exact.
#[inline]
pub(crate) fn plain_until(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*word);
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5C);
        let found = (word.wrapping_sub(ONES * 0x20) & !word)
            | (quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash);
        let found = found & HIGHS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..b' ');
    rest.iter()
        .position(special)
        .map_or(bytes.len(), |found| at + found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_come_back_as_they_went() {
        for text in ["", "plain", "\"\\/\n\r\t\u{8}\u{c}\0", "é🌱\u{2028}"] {
            let mut quoted = String::new();
            quote(text, &mut quoted);
            assert_eq!(unescape(&quoted[1..quoted.len() - 1]), text);
            assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text);
        }
        assert_eq!(
            unescape(r"\ud83c\udf31 \ud83c \udf31x"),
            "🌱 \u{fffd} \u{fffd}x"
        );
    }

    #[test]
    fn lines_are_joined_and_halves_replaced() {
        let mut out = String::new();
        mend(
            "{\r\n\"a\": \"\\n\\\\ud800 \\ud800\\u0041 \\ud83c\\udf31\"\n}",
            &mut out,
        );
        assert_eq!(
            out,
            "{  \"a\": \"\\n\\\\ud800 \\ufffd\\u0041 \\ud83c\\udf31\" }"
        );
    }
}

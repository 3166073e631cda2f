//! A pull reader over one line of JSON that keeps numbers as they are written.
//!
//! It builds no tree and allocates nothing but for strings with escapes. A general JSON crate would
//! turn `12345678901234567890123` and `1e400` into other numbers; ids and amounts must not change.

use super::reject::{Fault, Reason};

/// Most objects and arrays within each other.
pub const MAX_JSON_DEPTH: usize = 64;

/// A place in a line.
pub(crate) struct Json<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// A value met. Of an object only the brace has been passed: its keys come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    /// `null`.
    Null,
    /// `true` or `false`, as written.
    Bool(&'a str),
    /// A number, as written.
    Number(&'a str),
    /// A string.
    Text(Quoted<'a>),
    /// The beginning of an object.
    Object,
    /// A whole array, as written.
    Array(&'a str),
}

/// What stands between two quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quoted<'a> {
    /// As written.
    pub raw: &'a str,
    /// Whether it holds escapes.
    pub escaped: bool,
}

impl Quoted<'_> {
    /// Whether its escapes are good, for strings that are passed over.
    fn check(self) -> Result<(), Fault> {
        if self.escaped {
            unescape(self.raw, &mut String::new())
        } else {
            Ok(())
        }
    }
}

impl<'a> Json<'a> {
    /// The beginning of a line.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
        }
    }

    /// The next key of the object whose brace or value was passed last; `None` at its end.
    /// `first` says whether no key of it was read yet.
    pub fn key(&mut self, first: bool) -> Result<Option<Quoted<'a>>, Fault> {
        self.space();
        match (self.peek(), first) {
            (Some(b'}'), _) => {
                self.at += 1;
                self.depth -= 1;
                return Ok(None);
            }
            (Some(b','), false) => {
                self.at += 1;
                self.space();
            }
            (_, true) => {}
            _ => return Err(self.wrong("`,` or `}` is missing")),
        }
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a key in quotes is missing"));
        }
        let key = self.quoted()?;
        self.space();
        if self.peek() != Some(b':') {
            return Err(self.wrong("`:` is missing"));
        }
        self.at += 1;
        Ok(Some(key))
    }

    /// The next value.
    pub fn value(&mut self) -> Result<Item<'a>, Fault> {
        self.space();
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.quoted().map(Item::Text),
            Some(b'{') => {
                self.deeper()?;
                Ok(Item::Object)
            }
            Some(b'[') => {
                self.skip_array()?;
                Ok(Item::Array(&self.text[start..self.at]))
            }
            Some(b't') => self.word("true").map(Item::Bool),
            Some(b'f') => self.word("false").map(Item::Bool),
            Some(b'n') => self.word("null").map(|_| Item::Null),
            Some(b'-' | b'0'..=b'9') => self.number().map(Item::Number),
            _ => Err(self.wrong("a value is missing")),
        }
    }

    /// Passes over the rest of an object whose brace was passed.
    pub fn skip_object(&mut self) -> Result<(), Fault> {
        let mut first = true;
        while let Some(key) = self.key(first)? {
            first = false;
            key.check()?;
            self.skip_value()?;
        }
        Ok(())
    }

    /// Nothing but space may follow the value.
    pub fn end(&mut self) -> Result<(), Fault> {
        self.space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.wrong("more text follows the object"))
        }
    }

    fn skip_value(&mut self) -> Result<(), Fault> {
        match self.value()? {
            Item::Object => self.skip_object(),
            Item::Text(text) => text.check(),
            _ => Ok(()),
        }
    }

    fn skip_array(&mut self) -> Result<(), Fault> {
        self.deeper()?;
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            self.depth -= 1;
            return Ok(());
        }
        loop {
            self.skip_value()?;
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.wrong("`,` or `]` is missing")),
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(())
    }

    /// Passes an opening brace or bracket.
    fn deeper(&mut self) -> Result<(), Fault> {
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_JSON_DEPTH {
            let message = format!("objects lie deeper within each other than {MAX_JSON_DEPTH}");
            return Err(Fault::new(Reason::TooDeep, message));
        }
        Ok(())
    }

    /// A string, from its opening quote on.
    fn quoted(&mut self) -> Result<Quoted<'a>, Fault> {
        let bytes = self.text.as_bytes();
        let (start, mut escaped) = (self.at + 1, false);
        let mut at = start;
        loop {
            at += plain_bytes(&bytes[at.min(bytes.len())..]);
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(_) => {
                    self.at = at;
                    return Err(self.wrong("a control character stands within a string"));
                }
                None => {
                    self.at = bytes.len();
                    return Err(self.wrong("a string is cut off"));
                }
            }
        }
        self.at = at + 1;
        Ok(Quoted {
            raw: &self.text[start..at],
            escaped,
        })
    }

    fn word(&mut self, word: &'static str) -> Result<&'a str, Fault> {
        let start = self.at;
        if !self.text[start..].starts_with(word) {
            return Err(self.wrong("a value is missing"));
        }
        self.at += word.len();
        Ok(&self.text[start..self.at])
    }

    /// A number by JSON's grammar: no leading nought or plus, digits on both sides of the point.
    fn number(&mut self) -> Result<&'a str, Fault> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let leading_nought = self.peek() == Some(b'0');
        let whole = self.digits();
        let mut good = whole > 0 && !(leading_nought && whole > 1);
        if self.peek() == Some(b'.') {
            self.at += 1;
            good &= self.digits() > 0;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            good &= self.digits() > 0;
        }
        if good {
            Ok(&self.text[start..self.at])
        } else {
            Err(self.wrong("a number is malformed"))
        }
    }

    /// Passes digits and counts them.
    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong(&self, what: &str) -> Fault {
        let message = format!("not JSON: {what} at byte {}", self.at + 1);
        Fault::new(Reason::BadJson, message)
    }
}

/// Where the first quote, backslash or control character stands; the length if there is none.
/// Eight bytes at a time: a byte is found by what its subtraction carries into its high bit, of
/// which the lowest is exact.
fn plain_bytes(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (words, rest) = bytes.as_chunks::<8>();
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let below = |word: u64, than: u8| word.wrapping_sub(ONES * u64::from(than)) & !word;
        let quote = below(word ^ (ONES * u64::from(b'"')), 1);
        let backslash = below(word ^ (ONES * u64::from(b'\\')), 1);
        let found = (below(word, b' ') | quote | backslash) & HIGHS;
        if found != 0 {
            return number * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let is_special = |b: &u8| matches!(b, b'"' | b'\\' | ..b' ');
    let in_rest = rest.iter().position(is_special).unwrap_or(rest.len());
    bytes.len() - rest.len() + in_rest
}

/// Appends to `out` what a string with escapes means.
pub(crate) fn unescape(raw: &str, out: &mut String) -> Result<(), Fault> {
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1).copied();
        let mut used = at + 2;
        match escape {
            Some(plain @ (b'"' | b'\\' | b'/')) => out.push(char::from(plain)),
            Some(b'b') => out.push('\u{8}'),
            Some(b'f') => out.push('\u{c}'),
            Some(b'n') => out.push('\n'),
            Some(b'r') => out.push('\r'),
            Some(b't') => out.push('\t'),
            Some(b'u') => {
                let (letter, length) = unicode(&rest[at..]).ok_or_else(|| {
                    Fault::new(Reason::BadJson, "not JSON: an escape \\u is no letter")
                })?;
                out.push(letter);
                used = at + length;
            }
            _ => {
                return Err(Fault::new(
                    Reason::BadJson,
                    "not JSON: an escape is unknown",
                ));
            }
        }
        rest = &rest[used..];
    }
    out.push_str(rest);
    Ok(())
}

/// The letter of `\uXXXX` or of a surrogate pair of them, and how many bytes it takes.
fn unicode(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        let all_hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
        all_hex.then(|| u32::from_str_radix(digits, 16).ok())?
    };
    let first = unit(0)?;
    if (0xD800..0xDC00).contains(&first) {
        let second = unit(6).filter(|unit| (0xDC00..0xE000).contains(unit))?;
        let code = 0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return char::from_u32(code).map(|letter| (letter, 12));
    }
    char::from_u32(first).map(|letter| (letter, 6))
}

/// Appends an array to `out` without the space between its parts.
pub(crate) fn compact(raw: &str, out: &mut String) {
    let (mut quoted, mut escaped) = (false, false);
    for letter in raw.chars() {
        let space = matches!(letter, ' ' | '\t' | '\r' | '\n');
        if quoted || !space {
            out.push(letter);
        }
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == '"' {
            quoted = !quoted;
        }
    }
}

//! A scanner over JSON text: one pass, no tree, no recursion by depth; numbers stay as written.

use std::borrow::Cow;

use crate::slot::{Slot, Sort, Span};
use crate::text::{hex_unit, plain_until, unescape};

/// Most objects and lists within each other in a whole body. Beyond it the body is refused; what one
/// event may have is a limit of its own.
pub const MAX_BODY_DEPTH: usize = 512;
const WORDS: usize = MAX_BODY_DEPTH / 64;

/// A key met.
#[derive(Clone, Copy)]
pub(crate) struct Key<'a> {
    raw: &'a str,
    escaped: bool,
}

impl<'a> Key<'a> {
    /// What it says.
    #[inline]
    pub fn said(self) -> Cow<'a, str> {
        if self.escaped {
            Cow::Owned(unescape(self.raw))
        } else {
            Cow::Borrowed(self.raw)
        }
    }
}

/// Why a text is no JSON that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// What is wrong, and at which byte, from 1.
    Json(&'static str, usize),
    /// Deeper than [`MAX_BODY_DEPTH`].
    Depth,
}

/// A place in a text, and what was met on the way since [`Scan::restart`].
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// A bit for each level: whether it is an object.
    objects: [u64; WORDS],
    /// Keys of objects met.
    pub keys: u32,
    /// The deepest level met.
    pub deepest: usize,
    /// Whether a line ended between two tokens.
    pub folded: bool,
    /// Whether half a pair of surrogates stood in a string.
    pub lone: bool,
}

impl<'a> Scan<'a> {
    /// The beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            objects: [0; WORDS],
            keys: 0,
            deepest: 0,
            folded: false,
            lone: false,
        }
    }

    /// Forgets what was met; depth counts from here.
    pub fn restart(&mut self) -> usize {
        self.keys = 0;
        self.deepest = self.depth;
        self.folded = false;
        self.lone = false;
        self.depth
    }

    /// What begins here, after space.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        self.space();
        self.byte()
    }

    /// The members of the object that begins here; `visit` must pass each value by
    /// [`Scan::value`], [`Scan::members`] or [`Scan::items`].
    #[inline]
    pub fn members(
        &mut self,
        mut visit: impl FnMut(&mut Self, Key<'a>) -> Result<(), Wrong>,
    ) -> Result<Span, Wrong> {
        self.space();
        let start = self.at;
        self.open(true)?;
        self.space();
        if self.byte() == Some(b'}') {
            self.close();
            return Ok(Span::new(start, self.at));
        }
        loop {
            let key = self.key()?;
            self.space();
            visit(self, key)?;
            self.space();
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.wrong("`,` or `}` is missing")),
            }
            self.space();
        }
        self.close();
        Ok(Span::new(start, self.at))
    }

    /// The items of the list that begins here; `visit` must pass each.
    pub fn items(
        &mut self,
        mut visit: impl FnMut(&mut Self) -> Result<(), Wrong>,
    ) -> Result<Span, Wrong> {
        self.space();
        let start = self.at;
        self.open(false)?;
        self.space();
        if self.byte() == Some(b']') {
            self.close();
            return Ok(Span::new(start, self.at));
        }
        loop {
            self.space();
            visit(self)?;
            self.space();
            match self.byte() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.wrong("`,` or `]` is missing")),
            }
        }
        self.close();
        Ok(Span::new(start, self.at))
    }

    /// Passes a whole value.
    #[inline]
    pub fn value(&mut self) -> Result<Slot, Wrong> {
        self.space();
        let start = self.at;
        let sort = match self.byte() {
            Some(b'"') => {
                if self.string()? {
                    Sort::Escaped
                } else {
                    Sort::Plain
                }
            }
            Some(b'{') => {
                self.skip()?;
                Sort::Object
            }
            Some(b'[') => {
                self.skip()?;
                Sort::List
            }
            _ => self.scalar()?,
        };
        Ok(Slot {
            sort,
            span: Span::new(start, self.at),
        })
    }

    /// Nothing but space may follow.
    pub fn end(&mut self) -> Result<(), Wrong> {
        self.space();
        if self.at == self.text.len() {
            Ok(())
        } else {
            Err(self.wrong("more text follows the value"))
        }
    }

    /// Passes an object or a list with all in it.
    fn skip(&mut self) -> Result<(), Wrong> {
        let base = self.depth;
        loop {
            // A value begins here.
            let opened = match self.byte() {
                Some(b'"') => {
                    self.string()?;
                    None
                }
                Some(b'{') => Some((true, b'}')),
                Some(b'[') => Some((false, b']')),
                _ => {
                    self.scalar()?;
                    None
                }
            };
            if let Some((object, end)) = opened {
                self.open(object)?;
                self.space();
                if self.byte() == Some(end) {
                    self.close();
                } else {
                    self.inner_key()?;
                    continue;
                }
            }
            // A value has ended: so may what it stands in.
            while self.depth > base {
                self.space();
                match (self.byte(), self.in_object()) {
                    (Some(b','), _) => break,
                    (Some(b'}'), true) | (Some(b']'), false) => self.close(),
                    (_, true) => return Err(self.wrong("`,` or `}` is missing")),
                    (_, false) => return Err(self.wrong("`,` or `]` is missing")),
                }
            }
            if self.depth == base {
                return Ok(());
            }
            self.at += 1;
            self.space();
            self.inner_key()?;
        }
    }

    /// Passes a key and its colon, if an object is open.
    #[inline]
    fn inner_key(&mut self) -> Result<(), Wrong> {
        if self.in_object() {
            self.key()?;
            self.space();
        }
        Ok(())
    }

    #[inline]
    fn key(&mut self) -> Result<Key<'a>, Wrong> {
        if self.byte() != Some(b'"') {
            return Err(self.wrong("a key in quotes is missing"));
        }
        let start = self.at + 1;
        let escaped = self.string()?;
        let raw = self.text.get(start..self.at - 1).unwrap_or_default();
        self.keys += 1;
        self.space();
        if self.byte() != Some(b':') {
            return Err(self.wrong("`:` is missing"));
        }
        self.at += 1;
        Ok(Key { raw, escaped })
    }

    #[inline]
    fn in_object(&self) -> bool {
        let level = self.depth.wrapping_sub(1);
        self.objects
            .get(level / 64)
            .is_some_and(|word| word >> (level % 64) & 1 == 1)
    }

    #[inline]
    fn open(&mut self, object: bool) -> Result<(), Wrong> {
        let begins = if object { b'{' } else { b'[' };
        if self.byte() != Some(begins) {
            return Err(self.wrong("an object or a list is missing"));
        }
        let level = self.depth;
        let Some(word) = self.objects.get_mut(level / 64) else {
            return Err(Wrong::Depth);
        };
        let bit = 1 << (level % 64);
        *word = if object { *word | bit } else { *word & !bit };
        self.at += 1;
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        Ok(())
    }

    #[inline]
    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    /// Passes a string from its opening quote on; says whether it holds escapes.
    #[inline]
    fn string(&mut self) -> Result<bool, Wrong> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        self.at += 1;
        loop {
            self.at = plain_until(bytes, self.at);
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(_) => return Err(self.wrong("a control character stands within a string")),
                None => return Err(self.wrong("a string is cut off")),
            }
        }
    }

    /// Passes an escape.
    fn escape(&mut self) -> Result<(), Wrong> {
        let bytes = self.text.as_bytes();
        match bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
            Some(b'u') => {
                let Some(unit) = hex_unit(bytes, self.at) else {
                    return Err(self.wrong("an escape `\\u` lacks its digits"));
                };
                let pair = matches!(unit, 0xD800..0xDC00)
                    && matches!(hex_unit(bytes, self.at + 6), Some(0xDC00..0xE000));
                self.lone |= !pair && matches!(unit, 0xD800..0xE000);
                self.at += if pair { 12 } else { 6 };
            }
            _ => return Err(self.wrong("an escape is unknown")),
        }
        Ok(())
    }

    #[inline]
    fn scalar(&mut self) -> Result<Sort, Wrong> {
        match self.byte() {
            Some(b't') => self.word("true", Sort::Bool),
            Some(b'f') => self.word("false", Sort::Bool),
            Some(b'n') => self.word("null", Sort::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.wrong("a value is missing")),
        }
    }

    fn word(&mut self, word: &'static str, sort: Sort) -> Result<Sort, Wrong> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            return Err(self.wrong("a value is missing"));
        }
        self.at += word.len();
        Ok(sort)
    }

    /// A number by JSON's grammar: no leading nought or plus, digits on both sides of the point.
    #[inline]
    fn number(&mut self) -> Result<Sort, Wrong> {
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        let leading_nought = self.byte() == Some(b'0');
        let whole = self.digits();
        let mut good = whole > 0 && !(leading_nought && whole > 1);
        if self.byte() == Some(b'.') {
            self.at += 1;
            good &= self.digits() > 0;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            good &= self.digits() > 0;
        }
        if good {
            Ok(Sort::Number)
        } else {
            Err(self.wrong("a number is malformed"))
        }
    }

    #[inline]
    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.byte(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    #[inline]
    fn space(&mut self) {
        if matches!(self.byte(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.long_space();
        }
    }

    fn long_space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.byte() {
            self.folded |= matches!(byte, b'\r' | b'\n');
            self.at += 1;
        }
    }

    #[inline]
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn wrong(&self, what: &'static str) -> Wrong {
        Wrong::Json(what, self.at + 1)
    }
}

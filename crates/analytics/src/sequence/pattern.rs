//! Patterns as text: `(?1)` a condition, `.` any touch, `.*` any number of them, `(?t<=60)` a pause.

use std::fmt;

/// Most items of a pattern.
pub const PATTERN_ITEMS_MAX: usize = 256;
/// Most conditions that a pattern can number: a bit each in a word.
const CONDITIONS_MAX: usize = 64;
/// Milliseconds in a second.
const SECOND_MS: i64 = 1_000;

/// A checked pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    pub(super) items: Vec<PatternItem>,
}

/// One part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternItem {
    /// A touch that meets the condition with this number, from 0.
    Condition(usize),
    /// Any touch.
    Any,
    /// Any number of touches, none included.
    Skip,
    /// Any number of touches, so that the next one is that long after the one before, in milliseconds.
    Pause(Compare, i64),
}

/// How a pause is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

/// Why a text is not a pattern, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The byte at which it goes wrong.
    pub at: usize,
    /// What is wrong and what would be right, in one line.
    pub message: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.at)
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// Reads a pattern over so many conditions.
    ///
    /// # Errors
    /// [`PatternError`] for an unknown sign, a condition that is not there, a pause that follows no
    /// touch, and for more than [`PATTERN_ITEMS_MAX`] items or 64 conditions.
    pub fn parse(text: &str, conditions: usize) -> Result<Self, PatternError> {
        let mut reader = Reader { text, at: 0 };
        if conditions > CONDITIONS_MAX {
            return Err(reader.wrong(format!("at most {CONDITIONS_MAX} conditions")));
        }
        let mut items = Vec::new();
        while reader.at < text.len() {
            let begin = reader.at;
            let item = reader.item(conditions)?;
            reader.check(begin, items.last().copied(), item)?;
            if items.len() == PATTERN_ITEMS_MAX {
                reader.at = begin;
                return Err(
                    reader.wrong(format!("a pattern has at most {PATTERN_ITEMS_MAX} items"))
                );
            }
            items.push(item);
        }
        Ok(Self { items })
    }

    /// Its parts, in order.
    pub fn items(&self) -> &[PatternItem] {
        &self.items
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn wrong(&self, message: impl Into<String>) -> PatternError {
        PatternError {
            at: self.at,
            message: message.into(),
        }
    }

    fn take(&mut self, sign: &str) -> bool {
        let found = self.text[self.at..].starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    fn number(&mut self) -> Result<i64, PatternError> {
        let rest = &self.text[self.at..];
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = rest[..digits].parse();
        let number = number.map_err(|_| self.wrong("a whole number belongs here"))?;
        self.at += digits;
        Ok(number)
    }

    fn item(&mut self, conditions: usize) -> Result<PatternItem, PatternError> {
        if self.take(".*") {
            return Ok(PatternItem::Skip);
        }
        if self.take(".") {
            return Ok(PatternItem::Any);
        }
        if !self.take("(?") {
            return Err(self.wrong("`(?1)`, `.`, `.*` or `(?t<=60)` belongs here"));
        }
        let item = if self.take("t") {
            self.pause()?
        } else {
            let number = self.number()?;
            match usize::try_from(number) {
                Ok(number @ 1..) if number <= conditions => PatternItem::Condition(number - 1),
                _ => {
                    return Err(self.wrong(format!(
                        "there is no condition {number}: they count from 1 to {conditions}"
                    )));
                }
            }
        };
        if !self.take(")") {
            return Err(self.wrong("`)` belongs here"));
        }
        Ok(item)
    }

    fn pause(&mut self) -> Result<PatternItem, PatternError> {
        // The longer sign of two that begin alike comes first.
        let signs = [
            ("<=", Compare::AtMost),
            ("<", Compare::Less),
            (">=", Compare::AtLeast),
            (">", Compare::More),
            ("==", Compare::Equal),
        ];
        let found = signs.into_iter().find(|(sign, _)| self.take(sign));
        let Some((_, compare)) = found else {
            return Err(self.wrong("`<`, `<=`, `==`, `>=` or `>` belongs here"));
        };
        let seconds = self.number()?;
        match seconds.checked_mul(SECOND_MS) {
            Some(pause_ms) => Ok(PatternItem::Pause(compare, pause_ms)),
            None => Err(self.wrong("a pause of so many seconds cannot be counted")),
        }
    }

    /// A pause is measured from something: it cannot follow another pause.
    fn check(
        &mut self,
        begin: usize,
        before: Option<PatternItem>,
        item: PatternItem,
    ) -> Result<(), PatternError> {
        if let (Some(PatternItem::Pause(..)), PatternItem::Pause(..)) = (before, item) {
            self.at = begin;
            return Err(self.wrong("a pause follows a condition, `.` or `.*`, not another pause"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read_or_refused_with_the_place() {
        let pattern = Pattern::parse("(?1)(?t<=60).*(?2).", 2).unwrap();
        assert_eq!(
            pattern.items(),
            [
                PatternItem::Condition(0),
                PatternItem::Pause(Compare::AtMost, 60_000),
                PatternItem::Skip,
                PatternItem::Condition(1),
                PatternItem::Any
            ]
        );
        for (text, at) in [
            ("(?3)", 3),
            ("(?0)", 3),
            ("(?1", 3),
            ("(?1)x", 4),
            ("(?t=1)", 3),
            ("(?t<x)", 4),
            ("(?1)(?t<1)(?t>1)", 10),
            ("(?t<9223372036854775807)", 23),
        ] {
            assert_eq!(Pattern::parse(text, 2).unwrap_err().at, at, "{text}");
        }
        let long = ".".repeat(PATTERN_ITEMS_MAX + 1);
        assert!(Pattern::parse(&long, 0).is_err());
        assert!(Pattern::parse(&long[1..], 0).is_ok());
    }
}

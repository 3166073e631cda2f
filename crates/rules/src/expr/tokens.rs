//! A rule's text cut into tokens by sqlparser, held to our language before anything is parsed.
//!
//! SQL's many other keywords lose their meaning, so `date`, `order` or `plan` are names like any other.

use std::ops::Range;

use sqlparser::dialect::Dialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Word};

use super::error::code;
use super::foreign::is_reserved_by_sql;
use super::parse::MAX_RULE_BYTES;
use super::screen::{too_long, unclosed};
use super::{ExprError, Extent};

/// The keywords that have a meaning in rules.
const KEYWORDS: [Keyword; 10] = [
    Keyword::AND,
    Keyword::OR,
    Keyword::NOT,
    Keyword::IN,
    Keyword::IS,
    Keyword::NULL,
    Keyword::LIKE,
    Keyword::BETWEEN,
    Keyword::TRUE,
    Keyword::FALSE,
];

/// SQL with plain names, backticks around odd ones, and none of the dialects' extras.
#[derive(Debug)]
pub(super) struct RuleDialect;

impl Dialect for RuleDialect {
    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_alphanumeric() || ch == '_'
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '`'
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        KEYWORDS.contains(&keyword)
    }
}

/// Whether a name can stand without backticks and be read as a name.
pub(super) fn is_plain_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| RuleDialect.is_identifier_start(first))
        && chars.all(|ch| RuleDialect.is_identifier_part(ch))
        && !matches!(Token::make_word(name, None), Token::Word(word) if is_keyword(&word))
        && !is_reserved_by_sql(name)
}

/// A rule's tokens with their places, blanks and comments left out.
pub(super) struct Tokens<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<TokenWithSpan>,
    pub(super) places: Places,
}

impl<'a> Tokens<'a> {
    /// Cuts a text into tokens and refuses what the language does not have.
    pub(super) fn read(text: &'a str) -> Result<Self, ExprError> {
        if text.len() > MAX_RULE_BYTES {
            return Err(too_long(text));
        }
        let places = Places::of(text);
        let all = Tokenizer::new(&RuleDialect, text)
            .tokenize_with_location()
            .map_err(|error| unclosed(places.byte(error.location)..text.len(), &error.message))?;
        let tokens = all
            .into_iter()
            .filter(|token| !matches!(token.token, Token::Whitespace(_)))
            .collect();
        let mut tokens = Self {
            text,
            tokens,
            places,
        };
        if tokens.tokens.is_empty() {
            return Err(ExprError::new(
                code::EMPTY,
                0..text.len(),
                "the rule is empty",
                "nothing stands here",
            )
            .help("write a condition, such as `count(ordered) >= 1`"));
        }
        tokens.screen()?;
        tokens.free_keywords();
        Ok(tokens)
    }

    /// The tokens as the parser takes them.
    pub(super) fn to_parser(&self) -> Vec<TokenWithSpan> {
        self.tokens.clone()
    }

    /// The bytes of a piece of SQL; the whole text where sqlparser does not know its place.
    pub(super) fn bytes(&self, span: Span) -> Range<usize> {
        if span == Span::empty() {
            return 0..self.text.len();
        }
        let start = self.places.byte(span.start);
        start..self.places.byte(span.end).max(start)
    }

    /// An extent without parts for a piece of SQL.
    pub(super) fn extent(&self, span: Span) -> Extent {
        Extent {
            bytes: self.bytes(span),
            parts: Vec::new(),
        }
    }

    /// The bytes of the token at a place, or the text's end where there is none.
    pub(super) fn token_at(&self, location: Location) -> Range<usize> {
        let found = self
            .tokens
            .iter()
            .find(|token| token.span.start == location);
        found.map_or(self.text.len()..self.text.len(), |token| {
            self.bytes(token.span)
        })
    }

    /// Takes their meaning from the keywords that are not ours.
    fn free_keywords(&mut self) {
        for token in &mut self.tokens {
            if let Token::Word(word) = &mut token.token
                && !is_keyword(word)
            {
                word.keyword = Keyword::NoKeyword;
            }
        }
    }
}

/// Whether a word is one of our keywords.
pub(super) fn is_keyword(word: &Word) -> bool {
    word.quote_style.is_none() && KEYWORDS.contains(&word.keyword)
}

/// From sqlparser's lines and columns (of characters) to bytes.
pub(super) struct Places {
    /// The first character of each line, by number.
    lines: Vec<usize>,
    /// The byte at which each character begins, and the text's length.
    bytes: Vec<usize>,
}

impl Places {
    fn of(text: &str) -> Self {
        let mut lines = vec![0];
        let mut bytes = Vec::with_capacity(text.len() + 1);
        for (byte, ch) in text.char_indices() {
            bytes.push(byte);
            if ch == '\n' {
                lines.push(bytes.len());
            }
        }
        bytes.push(text.len());
        Self { lines, bytes }
    }

    /// The byte of a place.
    pub(super) fn byte(&self, location: Location) -> usize {
        let line = (location.line.max(1) as usize - 1).min(self.lines.len() - 1);
        let char = self.lines[line] + location.column.max(1) as usize - 1;
        self.bytes[char.min(self.bytes.len() - 1)]
    }
}

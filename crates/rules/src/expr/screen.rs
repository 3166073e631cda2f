//! What is refused before anything is parsed: foreign signs and words, lone parentheses, sheer size.
//!
//! Here every sign still has its exact place, and the parser is spared what it would mistake or choke on.

use std::ops::Range;

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

use super::ExprError;
use super::error::code;
use super::foreign::{foreign_sign, foreign_word};
use super::parse::{MAX_RULE_BYTES, MAX_RULE_DEPTH, MAX_RULE_NODES};
use super::syntax::unexpected;
use super::tokens::{Tokens, is_keyword};

/// Deepest nesting of parentheses: one for every level of the expression, and two for a call at the bottom.
const MAX_PARENTHESES: usize = MAX_RULE_DEPTH + 2;

/// Deepest nesting of calls: a length of time in a figure.
const MAX_CALLS: usize = 2;

impl Tokens<'_> {
    /// Refuses what is not part of the language.
    pub(super) fn screen(&self) -> Result<(), ExprError> {
        self.refuse_foreign()?;
        self.check_parentheses()?;
        self.check_operators()?;
        self.check_connectives()
    }

    fn refuse_foreign(&self) -> Result<(), ExprError> {
        for (index, token) in self.tokens.iter().enumerate() {
            let next = self.tokens.get(index + 1).map(|token| &token.token);
            let refusal = match &token.token {
                Token::Word(word) if word.quote_style.is_some() && word.value.is_empty() => {
                    let bytes = self.bytes(token.span);
                    return Err(ExprError::new(
                        code::SYNTAX,
                        bytes,
                        "a name is empty",
                        "nothing stands in the backticks",
                    ));
                }
                Token::Word(word) => foreign_word(word, next, is_keyword),
                sign => foreign_sign(sign),
            };
            if let Some(refusal) = refusal {
                let bytes = self.bytes(token.span);
                return Err(refusal.at(bytes.clone(), &self.text[bytes]));
            }
        }
        Ok(())
    }

    fn check_parentheses(&self) -> Result<(), ExprError> {
        let (mut open, mut before) = (Vec::new(), None);
        for token in &self.tokens {
            match token.token {
                Token::LParen => open.push((self.bytes(token.span), opens_call(before))),
                Token::RParen if open.pop().is_none() => {
                    let message = "a parenthesis closes nothing";
                    return Err(ExprError::new(
                        code::PARENTHESIS,
                        self.bytes(token.span),
                        message,
                        "none is open here",
                    )
                    .help("remove it, or open one before"));
                }
                _ => {}
            }
            if open.len() > MAX_PARENTHESES {
                return Err(too_deep(self.bytes(token.span)));
            }
            if open.iter().filter(|(_, is_call)| *is_call).count() > MAX_CALLS {
                let message = "functions do not stand within functions";
                return Err(ExprError::new(
                    code::FOREIGN_SQL,
                    self.bytes(token.span),
                    message,
                    "a call too many",
                )
                .help("only a length of time stands in a call: `count(ordered, days(30))`"));
            }
            before = Some(&token.token);
        }
        match open.pop() {
            None => Ok(()),
            Some((bytes, _)) => Err(ExprError::new(
                code::PARENTHESIS,
                bytes,
                "a parenthesis is never closed",
                "opened here",
            )
            .help("add the missing `)`")),
        }
    }

    /// Every operator makes a part, so too many of them are refused before the parser builds a tree of them.
    fn check_operators(&self) -> Result<(), ExprError> {
        let mut operators = self.tokens.iter().filter(|token| match &token.token {
            Token::Word(word) => {
                is_keyword(word)
                    && matches!(word.keyword, Keyword::AND | Keyword::OR | Keyword::NOT)
            }
            Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => true,
            Token::Plus | Token::Minus | Token::Mul | Token::Div => true,
            _ => false,
        });
        match operators.nth(MAX_RULE_NODES) {
            None => Ok(()),
            Some(token) => Err(too_many(self.bytes(token.span))),
        }
    }

    /// sqlparser takes a connective where a value should stand for a name, so that is refused before.
    fn check_connectives(&self) -> Result<(), ExprError> {
        for (index, token) in self.tokens.iter().enumerate() {
            let Token::Word(word) = &token.token else {
                continue;
            };
            let needs_value = match word.keyword {
                Keyword::AND | Keyword::OR | Keyword::IS => true,
                Keyword::IN | Keyword::LIKE | Keyword::BETWEEN => {
                    index == 0 || !self.is_not(index - 1)
                }
                _ => false,
            };
            if is_keyword(word) && needs_value && (index == 0 || self.awaits_value(index - 1)) {
                return Err(unexpected(self, self.bytes(token.span), "a value"));
            }
        }
        Ok(())
    }

    fn is_not(&self, index: usize) -> bool {
        matches!(&self.tokens[index].token, Token::Word(word) if is_keyword(word) && word.keyword == Keyword::NOT)
    }

    /// Whether a value must follow a token.
    fn awaits_value(&self, index: usize) -> bool {
        match &self.tokens[index].token {
            Token::Word(word) => {
                is_keyword(word)
                    && !matches!(word.keyword, Keyword::NULL | Keyword::TRUE | Keyword::FALSE)
            }
            other => !matches!(
                other,
                Token::Number(..) | Token::SingleQuotedString(_) | Token::RParen | Token::Period
            ),
        }
    }
}

/// Whether a parenthesis after a token opens a call.
fn opens_call(before: Option<&Token>) -> bool {
    matches!(before, Some(Token::Word(word)) if !is_keyword(word))
}

/// The complaint about a quote that is never closed.
pub(super) fn unclosed(bytes: Range<usize>, message: &str) -> ExprError {
    let (what, quote) = if message.contains('`') {
        ("a name in backticks", "`")
    } else {
        ("a text", "'")
    };
    ExprError::new(
        code::UNCLOSED,
        bytes,
        format!("{what} is never closed"),
        "opened here",
    )
    .help(format!(
        "add the closing {quote}; inside, write {quote}{quote} for one"
    ))
}

/// The complaint about too many bytes.
pub(super) fn too_long(text: &str) -> ExprError {
    let message = format!(
        "the rule has {} bytes, more than the {MAX_RULE_BYTES} that are allowed",
        text.len()
    );
    ExprError::new(code::TOO_LONG, 0..text.len(), message, "too long")
        .help("make a segment of a part and ask `in_segment('...')`")
}

/// The complaint about too many parts.
pub(super) fn too_many(bytes: Range<usize>) -> ExprError {
    let message = format!("the rule has more than {MAX_RULE_NODES} parts");
    ExprError::new(code::TOO_MANY, bytes, message, "the first part too many")
        .help("make a segment of a part and ask `in_segment('...')`")
}

/// The complaint about too deep nesting.
pub(super) fn too_deep(bytes: Range<usize>) -> ExprError {
    let message = format!("the rule is nested more than {MAX_RULE_DEPTH} levels deep");
    ExprError::new(code::TOO_DEEP, bytes, message, "the first level too many")
        .help("make a segment of a part and ask `in_segment('...')`")
}

//! Where an expression and each of its parts stand in the rule's text.

use std::ops::Range;

use sqlparser::ast::{Expr as Sql, Spanned};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Span, Token, TokenWithSpan};

use super::Expr;
use super::tokens::Tokens;

/// The place of an expression. Kept beside the [`Expr`], so that equal rules stay equal wherever they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The bytes it takes.
    pub(super) bytes: Range<usize>,
    /// The places of its parts, in the order of [`Expr::parts`]; of a call, those of its arguments.
    /// The first argument of a tally has two parts: the touchpoint and the measure.
    pub(super) parts: Vec<Extent>,
}

/// An expression and its place.
#[derive(Clone, Debug)]
pub(super) struct Located {
    /// The expression.
    pub(super) expr: Expr,
    /// Its place.
    pub(super) extent: Extent,
}

impl Extent {
    /// The bytes of a part; those of the whole where it has no such part.
    pub(super) fn part(&self, number: usize) -> Range<usize> {
        self.parts
            .get(number)
            .map_or_else(|| self.bytes.clone(), |part| part.bytes.clone())
    }
}

/// Where a piece of SQL stands, or where it begins if it has parts.
///
/// sqlparser could tell it whole, but by recursion, and chains of operators are as deep as they are long.
pub(super) fn place_of(mut sql: &Sql) -> Span {
    loop {
        sql = match sql {
            Sql::Nested(inner)
            | Sql::UnaryOp { expr: inner, .. }
            | Sql::BinaryOp { left: inner, .. } => inner,
            Sql::InList { expr: inner, .. }
            | Sql::Between { expr: inner, .. }
            | Sql::Like { expr: inner, .. } => inner,
            Sql::IsNull(inner) | Sql::IsNotNull(inner) => inner,
            Sql::IsTrue(inner)
            | Sql::IsNotTrue(inner)
            | Sql::IsFalse(inner)
            | Sql::IsNotFalse(inner) => inner,
            Sql::CompoundFieldAccess { root, .. } => root,
            Sql::Tuple(items) => match items.first() {
                Some(first) => first,
                None => return Span::empty(),
            },
            Sql::Function(call) => return call.name.span(),
            leaf => return leaf.span(),
        };
    }
}

impl Tokens<'_> {
    /// The bytes of a call, from its name to its closing parenthesis.
    pub(super) fn call_bytes(&self, name: Span) -> Range<usize> {
        let after = self
            .tokens
            .partition_point(|token| token.span.start <= name.start);
        let mut depth = 0_usize;
        for token in &self.tokens[after..] {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen if depth <= 1 => {
                    return self.bytes(Span::new(name.start, token.span.end));
                }
                Token::RParen => depth -= 1,
                _ => {}
            }
        }
        self.bytes(name)
    }

    /// The place of several parts taken together, with the parentheses that belong to them.
    pub(super) fn around(&self, parts: Vec<Extent>) -> Extent {
        let start = parts.iter().map(|part| part.bytes.start).min().unwrap_or(0);
        let end = parts.iter().map(|part| part.bytes.end).max().unwrap_or(0);
        Extent {
            bytes: self.balanced(start..end),
            parts,
        }
    }

    /// The place of an operand together with the operator before it, such as `NOT`.
    pub(super) fn with_operator(&self, operand: Extent) -> Extent {
        let first = self.index_at(operand.bytes.start);
        let before = self.tokens[..first]
            .iter()
            .rfind(|token| token.token != Token::LParen);
        let start = before.map_or(operand.bytes.start, |token| self.bytes(token.span).start);
        Extent {
            bytes: self.balanced(start..operand.bytes.end),
            parts: vec![operand],
        }
    }

    /// The place of an operand together with what follows up to `NULL`.
    pub(super) fn up_to_null(&self, operand: Extent) -> Extent {
        let is_null = |token: &&TokenWithSpan| match &token.token {
            Token::Word(word) => word.keyword == Keyword::NULL,
            _ => false,
        };
        let after = self.tokens[self.index_at(operand.bytes.end)..]
            .iter()
            .find(is_null);
        let end = after.map_or(operand.bytes.end, |token| self.bytes(token.span).end);
        Extent {
            bytes: self.balanced(operand.bytes.start..end),
            parts: vec![operand],
        }
    }

    /// Bytes made wider until every parenthesis among them has its partner.
    fn balanced(&self, bytes: Range<usize>) -> Range<usize> {
        let (mut first, mut last) = (self.index_at(bytes.start), self.index_at(bytes.end));
        let (mut unopened, mut unclosed) = (0_usize, 0_usize);
        for token in &self.tokens[first..last] {
            match token.token {
                Token::LParen => unclosed += 1,
                Token::RParen if unclosed > 0 => unclosed -= 1,
                Token::RParen => unopened += 1,
                _ => {}
            }
        }
        while unopened > 0 && first > 0 && self.tokens[first - 1].token == Token::LParen {
            (first, unopened) = (first - 1, unopened - 1);
        }
        while unclosed > 0
            && self
                .tokens
                .get(last)
                .is_some_and(|token| token.token == Token::RParen)
        {
            (last, unclosed) = (last + 1, unclosed - 1);
        }
        let start = self
            .tokens
            .get(first)
            .map_or(bytes.start, |token| self.bytes(token.span).start);
        let end = self.tokens[..last]
            .last()
            .map_or(bytes.end, |token| self.bytes(token.span).end);
        start..end.max(start)
    }

    /// The number of the first token that begins at a byte or after it.
    fn index_at(&self, byte: usize) -> usize {
        self.tokens
            .partition_point(|token| self.places.byte(token.span.start) < byte)
    }
}

//! From text to [`Expr`]: cut into tokens, read by sqlparser as SQL, and turned into our own form.

use sqlparser::ast::Expr as Sql;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::Token;

use super::extent::Located;
use super::reader::Reader;
use super::syntax::{AFTER_CONDITION, syntax, unexpected};
use super::tokens::{RuleDialect, Tokens};
use super::{Expr, ExprError};

/// Longest rule, in bytes.
pub const MAX_RULE_BYTES: usize = 16 * 1024;
/// Most parts of a rule: values, comparisons and connectives together.
pub const MAX_RULE_NODES: usize = 2_000;
/// Deepest nesting of a rule, in levels.
pub const MAX_RULE_DEPTH: usize = 64;

/// Deepest recursion of sqlparser: a level of ours takes it two at most (an operator and a parenthesis).
const MAX_SQL_RECURSION: usize = 2 * MAX_RULE_DEPTH + 8;

/// Reads a rule's text.
///
/// # Errors
/// The first thing that is not part of the language, with its place and the way out. Names are not
/// looked at yet: that is [`super::rule`]'s part.
pub fn parse(text: &str) -> Result<Expr, ExprError> {
    read(text).map(|located| located.expr)
}

/// Reads a rule's text and keeps the places of its parts.
pub(super) fn read(text: &str) -> Result<Located, ExprError> {
    let tokens = Tokens::read(text)?;
    let sql = read_sql(&tokens)?;
    Reader::new(&tokens).expr(&sql, 1)
}

/// Reads the tokens as one SQL expression, to the end.
fn read_sql(tokens: &Tokens) -> Result<Sql, ExprError> {
    let mut parser = Parser::new(&RuleDialect)
        .with_recursion_limit(MAX_SQL_RECURSION)
        .with_tokens_with_locations(tokens.to_parser());
    let sql = parser
        .parse_expr()
        .map_err(|error| syntax(tokens, &error))?;
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok(sql);
    }
    Err(unexpected(tokens, tokens.bytes(next.span), AFTER_CONDITION))
}

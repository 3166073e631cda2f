//! sqlparser's complaints, in our words and with their place in bytes.

use std::ops::Range;

use sqlparser::parser::ParserError;
use sqlparser::tokenizer::Location;

use super::ExprError;
use super::error::code;
use super::screen::too_deep;
use super::tokens::Tokens;

/// What can follow a whole condition.
pub(super) const AFTER_CONDITION: &str = "`AND`, `OR` or the end of the rule";

/// sqlparser's complaint in our words.
pub(super) fn syntax(tokens: &Tokens, error: &ParserError) -> ExprError {
    let text = match error {
        ParserError::RecursionLimitExceeded => return too_deep(0..tokens.text.len()),
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
    };
    let at = match location(text) {
        Some(location) => tokens.token_at(location),
        None => tokens.text.len()..tokens.text.len(),
    };
    let expected = text
        .strip_prefix("Expected: ")
        .and_then(|rest| rest.split(", found:").next())
        .unwrap_or("");
    let expected = match expected {
        "an expression" => "a value",
        "IN or BETWEEN after NOT" => "`IN`, `BETWEEN` or `LIKE` after `NOT`",
        text if text.starts_with("[NOT] NULL") => "`NULL` or `NOT NULL` after `IS`",
        text if text.contains("identifier") => "a name",
        "(" => "an opening parenthesis",
        ")" => "a closing parenthesis or a comma",
        "AND" => "`AND` and the upper end of `BETWEEN`",
        _ => "something else",
    };
    unexpected(tokens, at, expected)
}

/// The complaint about a token that should not stand where it does.
pub(super) fn unexpected(tokens: &Tokens, at: Range<usize>, expected: &str) -> ExprError {
    let found = &tokens.text[at.clone()];
    if found.is_empty() {
        let message = format!("the rule ends where {expected} should follow");
        return ExprError::new(code::SYNTAX, at, message, "the end");
    }
    let label = if found.chars().count() <= 24 {
        format!("`{found}` stands here")
    } else {
        "this stands here".into()
    };
    let is_reversed = tokens.text[..at.start].ends_with('=') && matches!(found, "<" | ">");
    let error = ExprError::new(code::SYNTAX, at, format!("expected {expected}"), label);
    match expected {
        AFTER_CONDITION => error.help("join two conditions with `AND` or `OR`"),
        _ if is_reversed => error.help("the equal sign comes last: `<=` and `>=`"),
        _ => error,
    }
}

/// The place at the end of sqlparser's complaints: ` at Line: 1, Column: 5`.
fn location(message: &str) -> Option<Location> {
    let (_, place) = message.rsplit_once(" at Line: ")?;
    let (line, column) = place.split_once(", Column: ")?;
    Some(Location::new(line.parse().ok()?, column.parse().ok()?))
}

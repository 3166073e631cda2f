//! What other languages have and rules do not: signs, words and functions, each with the way out.

use std::ops::Range;

use sqlparser::tokenizer::{Token, Word};

use super::ExprError;
use super::error::code;

/// Why something is refused, before its place is known.
pub(super) struct Refusal {
    code: &'static str,
    message: &'static str,
    help: &'static str,
}

impl Refusal {
    /// The complaint, about the text that stands at a place.
    pub(super) fn at(&self, bytes: Range<usize>, found: &str) -> ExprError {
        let label = match found.chars().count() {
            0..=24 => format!("`{found}` stands here"),
            _ => "this".to_owned(),
        };
        ExprError::new(self.code, bytes, self.message, label).help(self.help)
    }
}

/// Where a word of SQL has its foreign meaning; elsewhere it is a name.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Anything,
    Word,
    Text,
    Parenthesis,
}

const CLOCK: (&str, &str) = (
    "a rule has no clock of its own",
    "times count back from the moment the rule is asked: `since(ordered) < days(30)` or `count(ordered, days(30))`",
);
const SUBQUERY: (&str, &str) = (
    "a rule has no queries within",
    "ask for a figure, such as `count(ordered) >= 1`, or for `in_segment('vip')`",
);
const CAST: (&str, &str) = (
    "a rule has no casts",
    "declare the type of the property in the source instead",
);
const PATTERN: (&str, &str) = (
    "rules match texts with LIKE only",
    "write `plan LIKE 'pro%'`; case matters",
);
const DATE: (&str, &str) = (
    "a rule has no dates",
    "say how long ago: `since(ordered) < days(30)`; or bound a report with `--from` and `--to`",
);

/// Words of SQL that are refused where they have their SQL meaning.
const WORDS: [(&str, Before, (&str, &str)); 20] = [
    ("select", Before::Anything, SUBQUERY),
    ("exists", Before::Parenthesis, SUBQUERY),
    ("current_date", Before::Anything, CLOCK),
    ("current_time", Before::Anything, CLOCK),
    ("current_timestamp", Before::Anything, CLOCK),
    (
        "case",
        Before::Word,
        (
            "a rule has no CASE",
            "write the ways it can hold: `(plan = 'pro' AND ...) OR (...)`",
        ),
    ),
    ("cast", Before::Parenthesis, CAST),
    ("try_cast", Before::Parenthesis, CAST),
    ("date", Before::Text, DATE),
    ("time", Before::Text, DATE),
    ("timestamp", Before::Text, DATE),
    (
        "interval",
        Before::Text,
        (
            "lengths of time are functions",
            "write `days(30)`, `hours(12)` or `weeks(2)`",
        ),
    ),
    (
        "over",
        Before::Parenthesis,
        (
            "a rule has no window functions",
            "for the last 30 days write `count(ordered, days(30))`",
        ),
    ),
    (
        "distinct",
        Before::Word,
        (
            "distinct is a function of its own",
            "write `distinct(viewed.topic)`",
        ),
    ),
    ("ilike", Before::Text, PATTERN),
    ("rlike", Before::Text, PATTERN),
    ("regexp", Before::Text, PATTERN),
    ("glob", Before::Text, PATTERN),
    ("similar", Before::Word, PATTERN),
    ("div", Before::Word, ("a rule has no DIV", "write `/`")),
];

/// Functions that people know from elsewhere, with the way out here.
const FUNCTIONS: [(&[&str], &str); 14] = [
    (
        &["cnt", "num", "number_of", "has", "did"],
        "write `count(ordered) >= 1`",
    ),
    (
        &[
            "now",
            "today",
            "getdate",
            "sysdate",
            "curdate",
            "localtimestamp",
            "unix_timestamp",
        ],
        CLOCK.1,
    ),
    (
        &[
            "datediff",
            "date_diff",
            "dateadd",
            "date_add",
            "date_sub",
            "date_trunc",
            "extract",
            "year",
            "timestamp",
        ],
        DATE.1,
    ),
    (
        &["months", "month", "years"],
        "months differ in length: write `days(30)` or `days(365)`",
    ),
    (&["interval"], "write `days(30)`, `hours(12)` or `weeks(2)`"),
    (
        &["coalesce", "ifnull", "nvl", "nullif", "isnull"],
        "null is not true; ask `country IS NULL` where it matters",
    ),
    (
        &["if", "iif", "decode"],
        "write the ways it can hold: `(plan = 'pro' AND ...) OR (...)`",
    ),
    (
        &["lower", "upper", "trim", "ltrim", "rtrim"],
        "texts count as they are; list the spellings: `country IN ('de', 'DE')`",
    ),
    (
        &[
            "contains",
            "starts_with",
            "ends_with",
            "regexp_like",
            "position",
            "instr",
            "substring",
        ],
        PATTERN.1,
    ),
    (&["mean", "average"], "write `avg(ordered.value)`"),
    (&["total"], "write `sum(ordered.value)`"),
    (
        &[
            "count_distinct",
            "uniq",
            "nunique",
            "approx_distinct",
            "n_distinct",
        ],
        "write `distinct(viewed.topic)`",
    ),
    (
        &["ntile", "rank", "percent_rank", "row_number"],
        "scores against all customers are `rfm_r`, `rfm_f`, `rfm_m` and `value_rank`",
    ),
    (&["segment", "member_of"], "write `in_segment('vip')`"),
];

/// Why a word is refused before the next token, if it is.
pub(super) fn foreign_word(
    word: &Word,
    next: Option<&Token>,
    is_keyword: impl Fn(&Word) -> bool,
) -> Option<Refusal> {
    if word.quote_style.is_some() {
        return None;
    }
    let (_, _, (message, help)) = WORDS.iter().find(|(name, before, _)| {
        name.eq_ignore_ascii_case(&word.value)
            && match before {
                Before::Anything => true,
                Before::Word => matches!(next, Some(Token::Word(next)) if !is_keyword(next)),
                Before::Text => matches!(next, Some(Token::SingleQuotedString(_))),
                Before::Parenthesis => next == Some(&Token::LParen),
            }
    })?;
    Some(Refusal {
        code: code::FOREIGN_SQL,
        message,
        help,
    })
}

/// Whether a word is never a name, unless it stands in backticks.
pub(super) fn is_reserved_by_sql(name: &str) -> bool {
    WORDS
        .iter()
        .any(|(word, before, _)| *before == Before::Anything && word.eq_ignore_ascii_case(name))
}

/// The way out for a function that is known from elsewhere.
pub(super) fn foreign_function(name: &str) -> Option<&'static str> {
    FUNCTIONS
        .iter()
        .find(|(names, _)| names.contains(&name))
        .map(|(_, help)| *help)
}

/// Why a sign is refused, if it is.
pub(super) fn foreign_sign(sign: &Token) -> Option<Refusal> {
    if is_ours(sign) {
        return None;
    }
    if matches!(sign, Token::DoubleQuotedString(_)) {
        let message = "double quotes have no meaning in a rule";
        let help = "write 'single quotes' around a text, and `backticks` around an unusual name";
        return Some(Refusal {
            code: code::DOUBLE_QUOTES,
            message,
            help,
        });
    }
    let (message, help) = match sign {
        Token::DoubleEq | Token::Spaceship => ("this is not a comparison of SQL", "write `=`"),
        Token::RArrow => ("this is not a comparison of SQL", "write `>=`"),
        Token::Overlap | Token::Ampersand => ("and is a word in SQL", "write `AND`"),
        Token::StringConcat => (
            "or is a word in SQL, and texts are not joined",
            "write `OR`",
        ),
        Token::Pipe => ("or is a word in SQL", "write `OR`"),
        Token::ExclamationMark => ("not is a word in SQL", "write `NOT`, or `<>` for unequal"),
        Token::Mod => (
            "a rule has no remainders",
            "the arithmetic of rules is + - * /",
        ),
        Token::Caret => ("a rule has no powers", "the arithmetic of rules is + - * /"),
        Token::DoubleColon => CAST,
        Token::SemiColon => ("a rule is one expression", "remove the semicolon"),
        Token::LBracket | Token::RBracket => (
            "lists stand in parentheses",
            "write `country IN ('DE', 'FR')`",
        ),
        Token::Number(_, true) => ("a number ends in digits", "remove the letter"),
        Token::Placeholder(_) | Token::Colon | Token::AtSign => {
            ("a rule has no placeholders", "write the value itself")
        }
        Token::Tilde | Token::DoubleTilde | Token::TildeAsterisk | Token::ExclamationMarkTilde => {
            PATTERN
        }
        Token::Char('‘' | '’' | '“' | '”' | '„' | '‚' | '«' | '»' | '´') => (
            "curly quotes have no meaning in a rule",
            "write straight 'single quotes' around a text",
        ),
        Token::Char('≥' | '≤' | '≠') => (
            "comparisons are written with two signs",
            "write `>=`, `<=` or `<>`",
        ),
        Token::Char(ch)
            if ch.is_whitespace()
                || ch.is_control()
                || ('\u{200b}'..='\u{200f}').contains(ch)
                || *ch == '\u{feff}' =>
        {
            (
                "an invisible sign stands here",
                "remove it, or write a plain blank",
            )
        }
        Token::NationalStringLiteral(_) | Token::HexStringLiteral(_) => (
            "this form of text or number is not known in rules",
            "write a text as 'text' and a number in decimal digits",
        ),
        _ => (
            "this sign has no meaning in a rule",
            "rules have AND OR NOT, = <> < <= > >=, IN, BETWEEN, LIKE, IS NULL and + - * /",
        ),
    };
    Some(Refusal {
        code: code::FOREIGN_SIGN,
        message,
        help,
    })
}

/// Whether a sign has a meaning in rules.
fn is_ours(sign: &Token) -> bool {
    match sign {
        Token::Number(_, has_letter) => !has_letter,
        Token::SingleQuotedString(_) | Token::Comma | Token::Period => true,
        Token::LParen | Token::RParen => true,
        Token::Plus | Token::Minus | Token::Mul | Token::Div => true,
        Token::Eq | Token::Neq | Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => true,
        _ => false,
    }
}

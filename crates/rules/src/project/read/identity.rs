//! Reads `identity`: which identifiers join touches to one customer.

use super::fields::{Fields, meaning, words};
use crate::project::syntax::scalar::Scalar;
use crate::project::syntax::{Section, Setting, Type};
use crate::project::{IdentifierKind, IdentityRules};

/// `identity`.
pub static IDENTITY: Section = Section {
    name: "identity",
    noun: "`identity`",
    doc: "How identifiers are joined to customers.",
    settings: &[
        Setting::optional(
            "strong",
            Type::List(&Type::Scalar(Scalar::OneOf(KIND_WORDS)), 4),
            "[user, email]",
            "The kinds of identifier whose values join everything that shares one. Default: [user].",
        ),
        Setting::optional(
            "placeholders",
            Type::TEXTS,
            "[test, guest]",
            "More values that never identify anybody, besides `null`, `undefined`, `0`, `anonymous` and their like.",
        ),
        Setting::optional(
            "max_identifiers",
            Type::Scalar(Scalar::Whole(1, 1_000_000)),
            "200",
            "Most identifiers joined to one customer. Default: 1000.",
        ),
    ],
};

/// The words for them.
pub const KINDS: [(&str, IdentifierKind); 4] = [
    ("user", IdentifierKind::User),
    ("anonymous", IdentifierKind::Anonymous),
    ("email", IdentifierKind::Email),
    ("phone", IdentifierKind::Phone),
];
const KIND_WORDS: &[&str] = &words(&KINDS);

/// Most identifiers of one customer where the project does not say.
const MAX_IDENTIFIERS: usize = 1_000;

/// Values that programs send where they know nobody. Compared lower case and trimmed.
const PLACEHOLDERS: [&str; 26] = [
    "",
    "-",
    "--",
    "0",
    "00000000-0000-0000-0000-000000000000",
    "anonymous",
    "anon",
    "default",
    "empty",
    "false",
    "guest",
    "id",
    "n/a",
    "na",
    "nan",
    "nil",
    "no-id",
    "none",
    "not_set",
    "(not set)",
    "null",
    "true",
    "undefined",
    "unknown",
    "[object object]",
    "{}",
];

/// The identity rules of a project.
pub fn read(fields: Fields<'_>) -> IdentityRules {
    let mut strong: Vec<IdentifierKind> = match fields.get("strong") {
        Some(_) => fields
            .texts("strong")
            .iter()
            .filter_map(|word| meaning(word, &KINDS))
            .collect(),
        None => IdentityRules::default().strong,
    };
    strong.sort_unstable();
    strong.dedup();
    let own = fields
        .texts("placeholders")
        .into_iter()
        .map(|value| value.trim().to_lowercase());
    let IdentityRules {
        mut placeholders,
        max_identifiers,
        ..
    } = IdentityRules::default();
    placeholders.extend(own);
    placeholders.sort_unstable();
    placeholders.dedup();
    IdentityRules {
        strong,
        placeholders,
        max_identifiers: fields.whole("max_identifiers").unwrap_or(max_identifiers),
    }
}

impl Default for IdentityRules {
    /// Where a project says nothing.
    fn default() -> Self {
        Self {
            strong: vec![IdentifierKind::User],
            placeholders: PLACEHOLDERS.map(str::to_owned).to_vec(),
            max_identifiers: MAX_IDENTIFIERS,
        }
    }
}

//! The syntax of project files as data: which keys there are, what they hold, and what they mean.
//!
//! One table ([`table`]) is what a file is checked against ([`check`]), what the JSON Schemas for
//! editors are printed from ([`schemas`]), and where the hints in complaints come from, so that what
//! is accepted and what is documented are the same thing.

mod check;
pub mod limit;
pub mod scalar;
mod schema;
pub mod table;

pub use check::check;
pub use schema::schemas;

use scalar::Scalar;

/// A map with known keys.
#[derive(Debug)]
pub struct Section {
    /// Its name, for the schemas.
    pub name: &'static str,
    /// What it is, as it reads in a sentence: `a stage`.
    pub noun: &'static str,
    /// What it is for, in one line.
    pub doc: &'static str,
    /// Its keys.
    pub settings: &'static [Setting],
}

/// A key and what it holds.
#[derive(Debug)]
pub struct Setting {
    /// The key.
    pub name: &'static str,
    /// What may stand there.
    pub value: Type,
    /// What it means, in one line.
    pub doc: &'static str,
    /// A value as one may write it on the same line.
    pub example: &'static str,
    /// Whether it must be written.
    pub required: bool,
}

/// What may stand in a place.
#[derive(Debug)]
pub enum Type {
    /// One word, text or number.
    Scalar(Scalar),
    /// A list of at most so many.
    List(&'static Type, usize),
    /// One of it, or a list of at most so many.
    OneOrMany(&'static Type, usize),
    /// A map with keys of the project's own choice.
    Map {
        /// What the keys are.
        keys: Scalar,
        /// What they hold.
        values: &'static Type,
        /// How many there may be.
        most: usize,
    },
    /// A map with known keys.
    Section(&'static Section),
    /// Any of these forms, of which no two are of the same kind (scalar, list, map).
    Either(&'static [Type]),
}

impl Setting {
    /// A key that may be left out.
    pub const fn optional(
        name: &'static str,
        value: Type,
        example: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            value,
            doc,
            example,
            required: false,
        }
    }

    /// A key that must be written.
    pub const fn required(
        name: &'static str,
        value: Type,
        example: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            value,
            doc,
            example,
            required: true,
        }
    }
}

impl Section {
    /// The setting of a key.
    pub fn setting(&self, name: &str) -> Option<&'static Setting> {
        self.settings.iter().find(|setting| setting.name == name)
    }
}

impl Type {
    /// Any text.
    pub const TEXT: Self = Self::Scalar(Scalar::Text);
    /// A list of texts.
    pub const TEXTS: Self = Self::List(&Self::TEXT, limit::ITEMS);
    /// A name.
    pub const NAME: Self = Self::Scalar(Scalar::Name);
    /// A rule.
    pub const RULE: Self = Self::Scalar(Scalar::Rule);
    /// True or false.
    pub const BOOL: Self = Self::Scalar(Scalar::Bool);
    /// A length of time.
    pub const DURATION: Self = Self::Scalar(Scalar::Duration);
    /// The name of an event, or several.
    pub const EVENTS: Self = Self::OneOrMany(&Self::Scalar(Scalar::Event), limit::ITEMS);

    /// One of some words.
    pub const fn one_of(words: &'static [&'static str]) -> Self {
        Self::Scalar(Scalar::OneOf(words))
    }

    /// What is expected, as it reads after «must be».
    pub fn expected(&self) -> String {
        match self {
            Self::Scalar(scalar) => scalar.expected(),
            Self::List(..) => "a list".to_owned(),
            Self::OneOrMany(one, _) => format!("{} or a list", one.expected()),
            Self::Map { .. } | Self::Section(_) => "a map".to_owned(),
            Self::Either(forms) => {
                let forms: Vec<String> = forms.iter().map(Self::expected).collect();
                forms.join(" or ")
            }
        }
    }
}

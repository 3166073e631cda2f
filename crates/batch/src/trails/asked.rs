//! What a question asks of files: which, whose rows, which of them, and what is to be told of each.

use perennial_model::{Time, Zone};
use perennial_rules::project::{Property, PropertyType, Roles, Source};

use crate::results::Results;

/// Decimals of money where no currency is named.
const USUAL_DECIMALS: u32 = 2;

/// What is read of which files.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The files as they were named, globs and standard input included.
    pub files: Vec<String>,
    /// Whether the file is the table of touches that a run wrote: its customers are known and its rows unique.
    pub is_touches: bool,
    /// The zone of times without an offset.
    pub zone: Zone,
    /// The column whose values are counted as customers; `None`: whoever the identifiers say.
    pub customer: Option<String>,
    /// The column that says when, where the names do not tell it.
    pub date: Option<String>,
    /// Only rows from here on, and before there.
    pub span: (Option<Time>, Option<Time>),
    /// Only rows for which this holds.
    pub only: Condition,
    /// What rows are marked with.
    pub conditions: Vec<Condition>,
    /// Columns wanted as texts.
    pub texts: Vec<String>,
    /// Columns wanted as numbers.
    pub numbers: Vec<String>,
    /// Numbers that the touchpoint says where to read; they stand after `numbers`.
    pub measures: Vec<Measure>,
    /// The run whose moves between stages are wanted.
    pub moves_of: Option<Results>,
    /// Whether rows play no part that meet no condition and have none of the texts: they are counted, and no
    /// trail holds them.
    pub only_marked: bool,
    /// Whether the ids of customers are wanted.
    pub with_ids: bool,
    /// Names of what is personal: a question may name no column of such a name, nor ids of customers.
    pub personal: Vec<String>,
    /// Columns of money in minor units.
    pub minor: Vec<String>,
    /// Decimals of money that a run's tables hold in minor units.
    pub decimals: u32,
    /// Threads to use.
    pub threads: usize,
}

/// A condition on a row. All of it must hold; an empty one always does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// The event's name, to the letter.
    pub event: Option<String>,
    /// Names, any of which is the event's, or in a run one of the row's touchpoints; empty: whatever it is.
    pub any_of: Vec<String>,
    /// A rule on the row's columns.
    pub rule: Option<String>,
    /// How it is called in complaints, such as `--where`.
    pub from: &'static str,
}

/// A measure of touchpoints: which column holds it, by touchpoint. Of a row's touchpoints the first here counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Touchpoints and their columns.
    pub columns: Vec<(String, String)>,
}

impl Asked {
    /// All rows of some files, and nothing told of them but who, when and what.
    pub fn of(files: Vec<String>, zone: Zone, threads: usize) -> Self {
        Self {
            files,
            is_touches: false,
            zone,
            customer: None,
            date: None,
            span: (None, None),
            only: Condition::default(),
            conditions: Vec::new(),
            texts: Vec::new(),
            numbers: Vec::new(),
            measures: Vec::new(),
            moves_of: None,
            only_marked: false,
            with_ids: false,
            personal: Vec::new(),
            minor: Vec::new(),
            decimals: USUAL_DECIMALS,
            threads,
        }
    }

    /// Every condition: those that mark, then the one that keeps.
    pub(super) fn all_conditions(&self) -> impl Iterator<Item = &Condition> {
        self.conditions.iter().chain(std::iter::once(&self.only))
    }

    /// Whether anything hangs on what touchpoints rows are.
    pub(super) fn reads_points(&self) -> bool {
        let names = self.all_conditions().any(|one| !one.any_of.is_empty());
        self.is_touches && (names || !self.measures.is_empty())
    }

    /// The files as a source.
    pub(super) fn source(&self) -> Source {
        let named = |name: &str| self.is_touches.then(|| name.to_owned());
        Source {
            roles: Roles {
                customer_id: self.customer.clone().or_else(|| named("customer_id")),
                at: self.date.clone().or_else(|| named("at")),
                ..Roles::default()
            },
            properties: self.minor.iter().map(|own| money(own)).collect(),
            duplicates: !self.is_touches,
            ..Source::default()
        }
    }
}

/// A property of money in minor units.
fn money(column: &str) -> Property {
    Property {
        name: column.to_owned(),
        column: column.to_owned(),
        kind: Some(PropertyType::Minor),
    }
}

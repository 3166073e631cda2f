//! One case: a project, one customer's history in plain words, and what a fold makes of it.

use perennial_engine::Purchases;
use perennial_model::{Cause, Change, Cuts, Number, Time};
use perennial_rules::Project;

/// A value with its text in full.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub enum Plain {
    /// Absent.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text.
    Text(String),
}

impl Plain {
    /// The number that it is, or that its text reads as.
    pub fn number(&self) -> Option<Number> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => Number::parse(text).ok(),
            Self::Null | Self::Bool(_) => None,
        }
    }
}

/// One event of a customer, names in full.
#[derive(Clone, PartialEq)]
pub struct Happening {
    /// When it happened.
    pub at: Time,
    /// When it arrived.
    pub received_at: Time,
    /// The touchpoints that it is.
    pub points: Vec<String>,
    /// Its properties; none is null.
    pub properties: Vec<(String, Plain)>,
    /// The traits it sets; none is null.
    pub traits: Vec<(String, Plain)>,
}

/// A project and one customer.
#[derive(Clone)]
pub struct Case {
    /// The rules.
    pub project: Project,
    /// The thresholds of scores.
    pub cuts: Vec<(Time, Cuts)>,
    /// The customer's id.
    pub id: String,
    /// Her events, in order; the row of an event is its place here.
    pub happenings: Vec<Happening>,
    /// Where the fold ends, exclusive.
    pub until: Time,
    /// How many kinds of touch are known before those of the history: beyond 64 no mask holds them.
    pub kinds_before: u16,
}

/// What a fold makes of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// All changes, in order.
    pub changes: Vec<Change>,
    /// The final standing in each lifecycle.
    pub standings: Vec<Place>,
    /// For each segment: inside, since, how often entered.
    pub memberships: Vec<(bool, Time, u32)>,
    /// What was bought.
    pub purchases: Purchases,
    /// The traits that rules read, in alphabetical order.
    pub traits: Vec<(String, Plain)>,
    /// How many touches there were, the first and the last.
    pub touches: (u64, Time, Time),
}

/// A final standing.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The stage.
    pub stage: Option<u8>,
    /// Since when; [`Time::MIN`] for never moved.
    pub since: Time,
    /// How often a stage was entered.
    pub entry: u32,
    /// The clause that brought her.
    pub clause: Option<u16>,
    /// The touch or the time that brought her.
    pub cause: Cause,
}

/// Interest by topic, the strongest first.
pub type Interests = Vec<(String, Number)>;

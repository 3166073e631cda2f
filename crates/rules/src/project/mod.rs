//! A project: what its files say, checked, with every default filled in.
//!
//! The texts of the folder become one [`Project`] by [`read()`]: the types stand here, one file a
//! concept; `syntax/` is the table of all keys, and `read/` the way from texts to types.

mod currency;
mod forecast;
mod identity;
mod lifecycle;
mod output;
mod read;
mod retention;
mod scoring;
mod segment;
mod source;
pub mod standard;
pub mod syntax;
mod touchpoint;
mod version;
mod yardstick;

pub use currency::find as currency;
pub use forecast::{
    FORECAST_MODEL, Forecast, ForecastUnit, PurchaseModelKind, SCORED, SCORES, is_score, is_scored,
};
pub use identity::{IdentifierKind, IdentityRules};
pub use lifecycle::{Clause, From, Lifecycle, Policy, Stage};
pub use output::{OutputColumn, Outputs, TableOutput};
pub use read::{ProjectText, Reading, read};
pub use retention::Retention;
pub use scoring::{Cuts, Intent, Scoring, ScoringDates};
pub use segment::Segment;
pub use source::{Delimiter, Format, Property, PropertyType, Roles, Shape, Source};
pub use standard::normalize_event_name;
pub use syntax::schemas;
pub use touchpoint::{CountsAs, EventMatch, Touchpoint};
pub use yardstick::{Per, Scale, YARDSTICK_KPIS, Yardstick, YardstickKind};

use perennial_model::Zone;

/// A whole project, checked.
#[derive(Clone, Debug)]
pub struct Project {
    /// The workspace's name.
    pub name: String,
    /// The time zone in which days begin.
    pub zone: Zone,
    /// The currency: its ISO 4217 code and its decimals (2 for cents).
    pub currency: Currency,
    /// The day that weeks begin on.
    pub week_start: WeekStart,
    /// The month, 1 to 12, that the fiscal year begins in.
    pub fiscal_month: u8,
    /// Where events come from, and what their columns mean.
    pub sources: Vec<Source>,
    /// How identifiers are joined to customers.
    pub identity: IdentityRules,
    /// The kinds of event that matter, standard ones included.
    pub touchpoints: Vec<Touchpoint>,
    /// The lifecycles.
    pub lifecycles: Vec<Lifecycle>,
    /// The segments.
    pub segments: Vec<Segment>,
    /// How customers are scored against each other.
    pub scoring: Scoring,
    /// How forecasts are made; none where they are not.
    pub forecast: Option<Forecast>,
    /// How interest in topics is kept.
    pub intent: Intent,
    /// What figures of stages are held against.
    pub yardsticks: Vec<Yardstick>,
    /// Which tables `run` writes, and their columns.
    pub outputs: Outputs,
    /// Traits and properties that are shown to admins alone.
    pub pii: Vec<String>,
    /// How long a server keeps the content of events.
    pub retention: Retention,
    /// The version of the rules: a hash over everything that can change a result.
    pub version: String,
}

/// A currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Currency {
    /// ISO 4217 code, such as `EUR`.
    pub code: String,
    /// Decimals of its minor unit.
    pub decimals: u32,
}

/// The day that weeks begin on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeekStart {
    /// ISO weeks.
    Monday,
    /// As in the United States.
    Sunday,
}

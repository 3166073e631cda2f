//! What a report is about, and how fresh it is.

use serde::Serialize;

/// What a report is about, and how fresh it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct About {
    /// The workspace.
    pub workspace: String,
    /// The lifecycle that stages belong to.
    pub lifecycle: String,
    /// Where history ends, exclusive, RFC 3339.
    pub as_of: String,
    /// The first and the last touch, RFC 3339.
    pub span: Option<[String; 2]>,
    /// Rows read.
    pub rows_read: u64,
    /// Of these, rows that are touches.
    pub rows_used: u64,
    /// Why the others are not, each with how many.
    pub rows_dropped: Vec<(String, u64)>,
    /// Customers.
    pub customers: u64,
    /// The version of the rules.
    pub rule_version: String,
    /// The time zone in which days begin.
    pub time_zone: String,
    /// The currency of money.
    pub currency: Currency,
    /// The version of the program.
    pub program: String,
    /// The names and versions of the definitions that sections follow.
    pub definitions: Vec<String>,
    /// What a reader should know of the numbers.
    pub notes: Vec<String>,
}

/// A currency.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Currency {
    /// Its ISO 4217 code; `XXX` stands for none in particular.
    pub code: String,
    /// Decimal places of its minor unit.
    pub decimals: u32,
}

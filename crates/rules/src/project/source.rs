//! Sources: files of events and what their columns mean.

use perennial_model::Duration;

/// A set of files of the same form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Paths or globs relative to the project folder; empty when files come from `--input` alone.
    pub files: Vec<String>,
    /// The format; `None` is told from the name and the first bytes.
    pub format: Option<Format>,
    /// CSV's delimiter; `None` is told from the header.
    pub delimiter: Option<Delimiter>,
    /// NDJSON's shape; `None` is told from the first lines.
    pub shape: Option<Shape>,
    /// The event name of every row, for files without such a column (orders only).
    pub event: Option<String>,
    /// Which column plays which part.
    pub roles: Roles,
    /// How times are written, in strptime form such as `%d.%m.%Y %H:%M`; `None`: RFC 3339, dates, epoch seconds or milliseconds.
    pub time_format: Option<String>,
    /// The zone of times written without an offset; `None` is the project's.
    pub time_zone: Option<String>,
    /// Columns that are traits of the customer rather than properties of the event.
    pub traits: Vec<String>,
    /// Properties with a declared name or type. Columns not named here keep their name and stay as they are.
    pub properties: Vec<Property>,
    /// Whether the same message may come twice. `false` where an earlier step has seen to that.
    pub duplicates: bool,
    /// Greatest skew between `at` and `received_at` into the future before `at` is not believed; `None`: no limit.
    pub future_limit: Option<Duration>,
}

impl Default for Source {
    /// Everything told from the file, and messages that may come twice.
    fn default() -> Self {
        Self {
            files: Vec::new(),
            format: None,
            delimiter: None,
            shape: None,
            event: None,
            roles: Roles::default(),
            time_format: None,
            time_zone: None,
            traits: Vec::new(),
            properties: Vec::new(),
            duplicates: true,
            future_limit: None,
        }
    }
}

/// Which column of the file plays which part. Every one is optional but at least one identifier.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// The event's name.
    pub event: Option<String>,
    /// When it happened.
    pub at: Option<String>,
    /// When it arrived.
    pub received_at: Option<String>,
    /// The id under which the same event is never counted twice.
    pub message_id: Option<String>,
    /// The customer where she is known already: no stitching is done then.
    pub customer_id: Option<String>,
    /// The signed-in user.
    pub user_id: Option<String>,
    /// The device or cookie.
    pub anonymous_id: Option<String>,
    /// The former user id of an alias event.
    pub previous_id: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
}

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Delimited text with a header.
    Csv,
    /// One JSON object a line.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

/// The byte between two CSV cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiter(pub u8);

/// The shape of NDJSON objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Every key is a column.
    Flat,
    /// Segment's `type`, `event`, `properties`, `traits`, `context` and ids.
    Segment,
}

/// A property with a declared name or type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Property {
    /// Its name in rules and results.
    pub name: String,
    /// The column it comes from.
    pub column: String,
    /// Its type; `None` stays as it is.
    pub kind: Option<PropertyType>,
}

/// The declared type of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyType {
    /// A decimal number.
    Number,
    /// Money in minor units (cents), a whole number in the file.
    Minor,
    /// Money in units of the currency.
    Money,
    /// Text, even where it looks like a number.
    Text,
    /// True or false.
    Bool,
}

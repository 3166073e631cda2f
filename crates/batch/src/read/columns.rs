//! The names and the metadata of canonical columns: what every other module may rely on.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema};
use arrow_select::zip::zip;

/// The event's name: Dictionary(Int32, Utf8), never null.
pub const EVENT: &str = "event";
/// When it happened: Int64, milliseconds UTC, never null.
pub const AT: &str = "at";
/// When it arrived: Int64, milliseconds UTC.
pub const RECEIVED_AT: &str = "received_at";
/// The id under which the same event is never counted twice: Utf8View.
pub const MESSAGE_ID: &str = "message_id";
/// The customer, where she is known already: Utf8View, or [`word_type`] where the file has a dictionary;
/// so are the other identifiers.
pub const CUSTOMER_ID: &str = "customer_id";
/// The signed-in user: Utf8View.
pub const USER_ID: &str = "user_id";
/// The device or cookie: Utf8View.
pub const ANONYMOUS_ID: &str = "anonymous_id";
/// The former user id of an alias event: Utf8View.
pub const PREVIOUS_ID: &str = "previous_id";
/// E-mail address: Utf8View.
pub const EMAIL: &str = "email";
/// Phone number: Utf8View.
pub const PHONE: &str = "phone";
/// The row's number within its file, from 1: UInt64.
pub const ROW: &str = "row";

/// All of them, in the order in which they stand in a schema.
pub const CANONICAL: [&str; 11] = [
    ROW,
    EVENT,
    AT,
    RECEIVED_AT,
    MESSAGE_ID,
    CUSTOMER_ID,
    USER_ID,
    ANONYMOUS_ID,
    PREVIOUS_ID,
    EMAIL,
    PHONE,
];

/// Those that say who it was: a row in which all of them are empty is rejected.
pub const IDENTIFIERS: [&str; 5] = [CUSTOMER_ID, USER_ID, ANONYMOUS_ID, EMAIL, PHONE];

/// Field metadata: what a column is, see [`Part`].
pub const META_PART: &str = "perennial.part";
/// Field metadata: what the integers of a declared number count, [`UNIT_MILLIONTHS`] or [`UNIT_MINOR`].
pub const META_UNIT: &str = "perennial.unit";
/// Field metadata: the column's own name in the file, where it differs.
pub const META_COLUMN: &str = "perennial.column";
/// Field metadata: the shape of the file says whether the column is a property or a trait, so it never
/// stands for the other.
pub const META_EXACT: &str = "perennial.exact";
/// Int64 in millionths, as in [`perennial_model::Number`].
pub const UNIT_MILLIONTHS: &str = "millionths";
/// Int64 in minor units of the currency, as in the file.
pub const UNIT_MINOR: &str = "minor";

/// What a column is. A Segment file may hold a property and a trait of one name: then there are two
/// columns of that name, told apart by this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// One of [`CANONICAL`].
    Canonical,
    /// A property of the event.
    Property,
    /// A trait of the customer.
    Trait,
}

impl Part {
    /// The part of a field of a batch.
    pub fn of(field: &Field) -> Self {
        match field.metadata().get(META_PART).map(String::as_str) {
            Some("canonical") => Self::Canonical,
            Some("trait") => Self::Trait,
            _ => Self::Property,
        }
    }

    /// Whether a field may be read as this part. Of flat files either serves, since nothing tells them apart.
    pub(crate) fn may_be(self, field: &Field) -> bool {
        let own = Self::of(field);
        own == self || own == Self::Canonical || !field.metadata().contains_key(META_EXACT)
    }

    /// Its word in the metadata.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Canonical => "canonical",
            Self::Property => "property",
            Self::Trait => "trait",
        }
    }
}

/// The type of the canonical column `event`, and of texts that a file holds as words of a dictionary.
pub fn word_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Adds a file's or a batch's columns to those known. A property and a trait of one name are two columns.
pub(crate) fn merge(known: &mut Vec<Field>, more: &Schema) {
    for field in more.fields() {
        let is_it = |own: &Field| own.name() == field.name() && Part::of(own) == Part::of(field);
        if !known.iter().any(is_it) {
            known.push(field.as_ref().clone());
        }
    }
}

/// A batch's column of a name. Where there are a property and a trait of that name, a row's value is the
/// property's if it has one, else the trait's; what is held otherwise than the property plays no part.
///
/// # Errors
/// None that is known: the columns are of one length and type.
pub(crate) fn column<'b>(
    batch: &'b RecordBatch,
    name: &str,
) -> Result<Option<(ArrayRef, &'b Field)>, ArrowError> {
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let mut named: Vec<(&FieldRef, &ArrayRef)> =
        fields.filter(|(field, _)| field.name() == name).collect();
    named.sort_by_key(|(field, _)| Part::of(field) == Part::Trait);
    let mut named = named.into_iter();
    let Some((field, first)) = named.next() else {
        return Ok(None);
    };
    let mut column = Arc::clone(first);
    for (_, other) in named.filter(|(_, other)| other.data_type() == first.data_type()) {
        if let Some(nulls) = column.logical_nulls() {
            let has_one = BooleanArray::new(nulls.inner().clone(), None);
            column = zip(&has_one, &column, other)?;
        }
    }
    Ok(Some((column, field)))
}

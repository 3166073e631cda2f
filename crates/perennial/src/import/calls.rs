//! A row of a file as one of Segment's calls, which means to a server what the row means to `run`.

use std::collections::HashSet;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Float32Type, Float64Type, Int32Type, Int64Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field};
use perennial_batch::read::columns::{self, CANONICAL, Part};
use perennial_model::{Number, Time};
use perennial_rules::Machine;

use super::node::Node;
use crate::failure::Failure;

/// Events that are calls of their own.
const KINDS: [&str; 5] = ["identify", "page", "screen", "group", "alias"];

/// Makes calls of the rows of one file.
pub struct Calls {
    decimals: u32,
    /// What message ids begin with, where the file has none.
    prefix: String,
    /// What rules ask for as a trait, and as a property.
    traits: HashSet<String>,
    properties: HashSet<String>,
}

/// A column of a batch.
struct Column {
    name: String,
    values: ArrayRef,
    unit: Unit,
    is_trait: bool,
    is_property: bool,
    /// Whether the file's own shape says which of the two it is.
    is_exact: bool,
}

#[derive(Clone, Copy)]
enum Unit {
    None,
    Millionths,
    Minor(u32),
}

impl Calls {
    /// For a file with that fingerprint, and rules that say what is a trait where the file does not.
    pub fn new(machine: &Machine, decimals: u32, fingerprint: &str) -> Self {
        let named = |is_trait: bool| {
            let slots = machine
                .slots
                .iter()
                .filter(|slot| slot.is_trait == is_trait);
            slots.map(|slot| slot.name.clone()).collect()
        };
        Self {
            decimals,
            prefix: format!("import-{fingerprint}-"),
            traits: named(true),
            properties: named(false),
        }
    }

    /// Hands every row of a batch on as a call.
    ///
    /// # Errors
    /// What `each` returns.
    pub fn of(
        &self,
        batch: &RecordBatch,
        each: &mut dyn FnMut(String) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let columns = self.columns(batch)?;
        let canonical = |name: &str| {
            columns
                .iter()
                .find(|column| column.name == name && !column.is_trait && !column.is_property)
        };
        let text = |name: &str, row: usize| {
            let column = canonical(name)?;
            text(&column.values, row).map(|text| text.trim().to_owned())
        };
        for row in 0..batch.num_rows() {
            let event = text(columns::EVENT, row).unwrap_or_default();
            let kind = KINDS.into_iter().find(|kind| *kind == event);
            let mut call = Node::default();
            call.put("type", Node::text(kind.unwrap_or("track")));
            if kind.is_none() {
                call.put("event", Node::text(&event));
            }
            let user = text(columns::USER_ID, row).or_else(|| text(columns::CUSTOMER_ID, row));
            let ids = [
                ("userId", user),
                ("anonymousId", text(columns::ANONYMOUS_ID, row)),
                ("previousId", text(columns::PREVIOUS_ID, row)),
            ];
            for (key, id) in ids {
                if let Some(id) = id.filter(|id| !id.is_empty()) {
                    call.put(key, Node::text(&id));
                }
            }
            if let Some(at) = canonical(columns::AT).and_then(|at| whole(&at.values, row)) {
                call.put("timestamp", Node::text(&Time(at).to_string()));
            }
            let own = text(columns::MESSAGE_ID, row).filter(|id| !id.is_empty());
            let number = canonical(columns::ROW).and_then(|column| whole(&column.values, row));
            let id = own.unwrap_or_else(|| format!("{}{}", self.prefix, number.unwrap_or(0)));
            call.put("messageId", Node::text(&id));
            let traits = if kind == Some("identify") {
                "traits"
            } else {
                "context.traits"
            };
            for name in [columns::EMAIL, columns::PHONE] {
                if let Some(id) = text(name, row).filter(|id| !id.is_empty()) {
                    call.put(&format!("{traits}.{name}"), Node::text(&id));
                }
            }
            for column in columns
                .iter()
                .filter(|column| column.is_trait || column.is_property)
            {
                let Some(json) = column.json(row) else {
                    continue;
                };
                if column.is_trait || (kind == Some("identify") && !column.is_exact) {
                    call.put(
                        &format!("{traits}.{}", column.name),
                        Node::raw(json.clone()),
                    );
                }
                if column.is_property && column.name.starts_with("context.") {
                    call.put(&column.name, Node::raw(json));
                } else if column.is_property {
                    call.put(&format!("properties.{}", column.name), Node::raw(json));
                }
            }
            let mut line = String::new();
            call.write(&mut line);
            each(line)?;
        }
        Ok(())
    }

    fn columns(&self, batch: &RecordBatch) -> Result<Vec<Column>, Failure> {
        let mut columns = Vec::new();
        for (field, values) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            let (is_trait, is_property) = self.sides(field);
            columns.push(Column {
                name: field.name().clone(),
                values: plain(values)?,
                unit: match field.metadata().get(columns::META_UNIT).map(String::as_str) {
                    Some(columns::UNIT_MILLIONTHS) => Unit::Millionths,
                    Some(columns::UNIT_MINOR) => Unit::Minor(self.decimals),
                    _ => Unit::None,
                },
                is_trait,
                is_property,
                is_exact: field.metadata().contains_key(columns::META_EXACT),
            });
        }
        Ok(columns)
    }

    /// Whether a column is a trait, and whether it is a property. Of a flat file it is what rules ask
    /// for, which may be both.
    fn sides(&self, field: &Field) -> (bool, bool) {
        let part = Part::of(field);
        if part == Part::Canonical && CANONICAL.contains(&field.name().as_str()) {
            return (false, false);
        }
        if field.metadata().contains_key(columns::META_EXACT) {
            return (part == Part::Trait, part != Part::Trait);
        }
        let name = field.name().as_str();
        let is_trait = part == Part::Trait || self.traits.contains(name);
        (is_trait, !is_trait || self.properties.contains(name))
    }
}

impl Column {
    /// The value of a row as JSON; nothing where it is null.
    fn json(&self, row: usize) -> Option<String> {
        if self.values.is_null(row) {
            return None;
        }
        let number = |units: i64| match self.unit {
            Unit::None => Some(units.to_string()),
            Unit::Millionths => Some(Number::from_millionths(units).to_string()),
            Unit::Minor(decimals) => Number::from_minor(units, decimals).map(|n| n.to_string()),
        };
        match self.values.data_type() {
            DataType::Int64 => number(self.values.as_primitive::<Int64Type>().value(row)),
            DataType::Int32 => number(self.values.as_primitive::<Int32Type>().value(row).into()),
            DataType::UInt64 => Some(
                self.values
                    .as_primitive::<UInt64Type>()
                    .value(row)
                    .to_string(),
            ),
            DataType::Float64 => fraction(self.values.as_primitive::<Float64Type>().value(row)),
            DataType::Float32 => {
                fraction(self.values.as_primitive::<Float32Type>().value(row).into())
            }
            DataType::Decimal128(..) => Some(
                self.values
                    .as_primitive::<Decimal128Type>()
                    .value_as_string(row),
            ),
            DataType::Boolean => Some(self.values.as_boolean().value(row).to_string()),
            _ => text(&self.values, row).map(|text| serde_json::Value::from(text).to_string()),
        }
    }
}

/// A fraction as JSON; nothing for what JSON has no number for.
fn fraction(number: f64) -> Option<String> {
    number
        .is_finite()
        .then(|| serde_json::Value::from(number).to_string())
}

/// A column without a dictionary, in one of the types that [`Column::json`] knows.
fn plain(values: &ArrayRef) -> Result<ArrayRef, Failure> {
    let wanted = match values.data_type() {
        DataType::Int64
        | DataType::Int32
        | DataType::UInt64
        | DataType::Float64
        | DataType::Float32
        | DataType::Decimal128(..)
        | DataType::Boolean
        | DataType::Utf8 => return Ok(values.clone()),
        DataType::Int8 | DataType::Int16 | DataType::UInt8 | DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        _ => DataType::Utf8,
    };
    arrow_cast::cast(values, &wanted).map_err(Failure::failed)
}

fn text(values: &ArrayRef, row: usize) -> Option<&str> {
    let texts = values.as_string_opt::<i32>()?;
    texts.is_valid(row).then(|| texts.value(row))
}

fn whole(values: &ArrayRef, row: usize) -> Option<i64> {
    if let Some(values) = values.as_primitive_opt::<Int64Type>() {
        return values.is_valid(row).then(|| values.value(row));
    }
    let values = values.as_primitive_opt::<UInt64Type>()?;
    i64::try_from(values.value(row)).ok()
}

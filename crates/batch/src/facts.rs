//! Cells as facts: the properties and traits that rules read, in the values that rules know.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{DataType, Field};
use perennial_model::{Fact, Number, Symbols, Value};
use perennial_rules::Machine;
use perennial_rules::compile::Slot;

use crate::read::columns::{self, Part};

/// The columns of one batch behind the slots of compiled rules.
pub(crate) struct FactReader<'b> {
    /// By slot.
    cells: Vec<Option<Cells<'b>>>,
    /// The slots of traits.
    traits: Vec<u16>,
    /// The rows that set any trait; `None` if there are none.
    with_traits: Option<BooleanBuffer>,
}

/// One column and how its cells become values.
enum Cells<'b> {
    /// Read cell by cell.
    Plain { column: &'b ArrayRef, scale: Scale },
    /// Read once for each word of the dictionary.
    Dictionary {
        column: &'b ArrayRef,
        keys: Keys<'b>,
        values: Vec<Value>,
    },
}

/// The words' numbers of a dictionary's rows.
enum Keys<'b> {
    /// As they lie in the batch; those of nulls may be anything.
    Lying(&'b [i32]),
    /// Of any other width.
    Made(Vec<usize>),
}

/// What an integer counts.
#[derive(Clone, Copy)]
enum Scale {
    /// Nothing but itself: a text stays as it stands, a number is one.
    AsIs,
    /// Itself, but only numbers are wanted: a text that reads as one is one, any other is null.
    Number,
    /// Millionths.
    Millionths,
    /// Minor units of a currency with so many decimals.
    Minor(u32),
}

impl<'b> FactReader<'b> {
    /// Finds the columns of a batch. `decimals` are those of the project's currency.
    pub(crate) fn new(
        machine: &Machine,
        batch: &'b RecordBatch,
        decimals: u32,
        symbols: &mut Symbols,
    ) -> Self {
        Self::of(&machine.slots, batch, decimals, symbols)
    }

    /// The same for slots of one's own.
    pub(crate) fn of(
        slots: &[Slot],
        batch: &'b RecordBatch,
        decimals: u32,
        symbols: &mut Symbols,
    ) -> Self {
        let mut cells = Vec::with_capacity(slots.len());
        let mut traits = Vec::new();
        let mut with_traits: Option<BooleanBuffer> = None;
        for (number, slot) in slots.iter().enumerate() {
            let found = find_column(batch, &slot.name, slot.is_trait);
            if slot.is_trait
                && let Some((column, _)) = found
            {
                traits.push(number as u16);
                let valid = column.logical_nulls().map_or_else(
                    || BooleanBuffer::new_set(column.len()),
                    |n| n.inner().clone(),
                );
                with_traits =
                    Some(with_traits.map_or_else(|| valid.clone(), |sofar| &sofar | &valid));
            }
            let scale = |field| scale_of(field, slot.numeric, decimals);
            cells.push(found.map(|(column, field)| Cells::new(column, scale(field), symbols)));
        }
        Self {
            cells,
            traits,
            with_traits,
        }
    }

    /// Whether a row may have facts: properties of `slots`, or traits.
    pub(crate) fn has_any(&self, slots: &[u16], row: usize) -> bool {
        !slots.is_empty()
            || self
                .with_traits
                .as_ref()
                .is_some_and(|rows| rows.value(row))
    }

    /// Reads the facts of one row that have a value into `facts`: the properties of `slots`, and its traits.
    pub(crate) fn read(
        &self,
        slots: &[u16],
        row: usize,
        symbols: &mut Symbols,
        facts: &mut Vec<Fact>,
    ) {
        self.read_slots(slots, row, symbols, facts);
        if self
            .with_traits
            .as_ref()
            .is_some_and(|rows| rows.value(row))
        {
            self.read_slots(&self.traits, row, symbols, facts);
        }
    }

    /// Reads the facts of some slots of one row.
    pub(crate) fn read_slots(
        &self,
        slots: &[u16],
        row: usize,
        symbols: &mut Symbols,
        facts: &mut Vec<Fact>,
    ) {
        for &slot in slots {
            let Some(cells) = &self.cells[usize::from(slot)] else {
                continue;
            };
            let value = cells.value(row, symbols);
            if !value.is_null() {
                facts.push(Fact { slot, value });
            }
        }
    }
}

/// The column of a property or a trait. A file may hold both under one name; else either serves, but
/// where its shape tells them apart.
fn find_column<'b>(
    batch: &'b RecordBatch,
    name: &str,
    is_trait: bool,
) -> Option<(&'b ArrayRef, &'b Field)> {
    let wanted = if is_trait {
        Part::Trait
    } else {
        Part::Property
    };
    let fields = batch
        .schema_ref()
        .fields()
        .iter()
        .map(AsRef::as_ref)
        .enumerate();
    let mut named: Vec<(usize, &Field)> = fields
        .filter(|(_, field): &(usize, &Field)| field.name() == name && wanted.may_be(field))
        .collect();
    named.sort_by_key(|(_, field)| Part::of(field) != wanted);
    named
        .first()
        .map(|&(index, field)| (batch.column(index), field))
}

impl<'b> Cells<'b> {
    fn new(column: &'b ArrayRef, scale: Scale, symbols: &mut Symbols) -> Self {
        let dictionary = column
            .as_any_dictionary_opt()
            .filter(|dictionary| !dictionary.values().is_empty());
        let Some(dictionary) = dictionary else {
            return Self::Plain { column, scale };
        };
        let words = dictionary.values();
        let values = (0..words.len())
            .map(|word| plain_value(words, word, scale, symbols))
            .collect();
        Self::Dictionary {
            column,
            keys: match column.as_dictionary_opt::<Int32Type>() {
                Some(dictionary) => Keys::Lying(dictionary.keys().values()),
                None => Keys::Made(dictionary.normalized_keys()),
            },
            values,
        }
    }

    fn value(&self, row: usize, symbols: &mut Symbols) -> Value {
        match self {
            Self::Plain { column, scale } => plain_value(column, row, *scale, symbols),
            Self::Dictionary { column, .. } if column.is_null(row) => Value::Null,
            Self::Dictionary { keys, values, .. } => match keys {
                Keys::Lying(keys) => values[keys[row] as usize],
                Keys::Made(keys) => values[keys[row]],
            },
        }
    }
}

/// The value of a cell of a column that is no dictionary.
fn plain_value(column: &ArrayRef, row: usize, scale: Scale, symbols: &mut Symbols) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    let number = |number: Option<Number>| number.map_or(Value::Null, Value::Number);
    let whole = |units: i64| {
        number(match scale {
            Scale::AsIs | Scale::Number => Number::from_int(units),
            Scale::Millionths => Some(Number::from_millionths(units)),
            Scale::Minor(decimals) => Number::from_minor(units, decimals),
        })
    };
    let mut text = |text: &str| match scale {
        Scale::Number => Number::parse(text).map_or(Value::Null, Value::Number),
        _ => Value::Text(symbols.intern(text)),
    };
    match column.data_type() {
        DataType::Int64 => whole(column.as_primitive::<Int64Type>().value(row)),
        DataType::Int32 => whole(column.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int16 => whole(column.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int8 => whole(column.as_primitive::<Int8Type>().value(row).into()),
        DataType::UInt32 => whole(column.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt16 => whole(column.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt8 => whole(column.as_primitive::<UInt8Type>().value(row).into()),
        DataType::Float64 => {
            number(Number::from_float(column.as_primitive::<Float64Type>().value(row)).ok())
        }
        DataType::Float32 => {
            number(Number::from_float(column.as_primitive::<Float32Type>().value(row).into()).ok())
        }
        DataType::Decimal128(_, places) => number(millionths(
            column.as_primitive::<Decimal128Type>().value(row),
            *places,
        )),
        DataType::Boolean => Value::Bool(column.as_boolean().value(row)),
        DataType::Utf8View => text(column.as_string_view().value(row)),
        DataType::Utf8 => text(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => text(column.as_string::<i64>().value(row)),
        _ => Value::Null,
    }
}

/// A decimal with so many places in millionths; `None` beyond the range.
fn millionths(units: i128, places: i8) -> Option<Number> {
    let units = i64::try_from(units).ok()?;
    match u32::try_from(places) {
        Ok(places) => Number::from_minor(units, places),
        Err(_) => units
            .checked_mul(10_i64.checked_pow(places.unsigned_abs().into())?)
            .and_then(Number::from_int),
    }
}

fn scale_of(field: &Field, numeric: bool, decimals: u32) -> Scale {
    match field.metadata().get(columns::META_UNIT).map(String::as_str) {
        Some(columns::UNIT_MILLIONTHS) => Scale::Millionths,
        Some(columns::UNIT_MINOR) => Scale::Minor(decimals),
        _ if numeric => Scale::Number,
        _ => Scale::AsIs,
    }
}

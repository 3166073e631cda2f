//! Columns carried along to the table of touches: compact, a partition's apart, nulls left out.

mod column;
mod scatter;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, new_null_array};
use arrow_schema::{DataType, Field};

use crate::BatchError;
use crate::read::columns::{self, word_type};
use crate::spill::Spill;
use crate::words::Words;
use column::Column;
pub(crate) use scatter::Destinations;
use scatter::Scattered;

/// The columns that are carried, and the words of those that are held by number.
#[derive(Default)]
pub(crate) struct CarriedFields {
    pub fields: Vec<Field>,
    words: Vec<Words>,
    spill: Spill,
    memory: usize,
}

/// The carried columns of one partition, in the order in which its touches were read.
#[derive(Default)]
pub(crate) struct Carried {
    columns: Vec<Column>,
}

/// How the values of a type are held.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Numbers of words, four bytes each.
    Words,
    /// A byte each.
    Truths,
    /// So many bytes each.
    Fixed(usize),
    Texts,
    Bytes,
    /// All null.
    Nothing,
}

impl Shape {
    fn of(kind: &DataType) -> Self {
        match kind {
            DataType::Dictionary(_, _) => Self::Words,
            DataType::Boolean => Self::Truths,
            DataType::Utf8 => Self::Texts,
            DataType::Binary => Self::Bytes,
            kind => kind.primitive_width().map_or(Self::Nothing, Self::Fixed),
        }
    }
}

/// The type in which a carried column comes out: one for all that are held alike.
pub(crate) fn carried_type(field: &Field) -> DataType {
    match field.data_type() {
        DataType::Dictionary(_, _) => word_type(),
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Decimal256(..) => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary | DataType::FixedSizeBinary(_) => {
            DataType::Binary
        }
        kind => kind.clone(),
    }
}

impl CarriedFields {
    /// With so many bytes of values kept in memory before they are put aside.
    pub(crate) fn new(fields: Vec<Field>, memory: usize) -> Self {
        let words = fields.iter().map(|_| Words::default()).collect();
        let spill = Spill::default();
        Self {
            fields,
            words,
            spill,
            memory,
        }
    }

    /// The number of a column.
    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name() == name)
    }

    /// Adds the carried columns of a block to the partitions that its rows belong to.
    pub(crate) fn scatter<'c>(
        &mut self,
        batch: &RecordBatch,
        rows: &Destinations,
        parts: impl Iterator<Item = &'c mut Carried>,
    ) -> Result<(), BatchError> {
        let mut parts: Vec<&mut Carried> = parts.collect();
        for part in &mut parts {
            part.columns.resize_with(self.fields.len(), Column::default);
        }
        for (number, (field, words)) in self.fields.iter().zip(&mut self.words).enumerate() {
            let Some((column, _)) = columns::column(batch, field.name())? else {
                continue;
            };
            let to = Scattered {
                rows,
                columns: parts
                    .iter_mut()
                    .map(|part| &mut part.columns[number])
                    .collect(),
            };
            to.take(&column, &carried_type(field), words)?;
        }
        let kept: usize = parts.iter().map(|part| part.bytes()).sum();
        if kept > self.memory {
            let columns = parts.iter_mut().flat_map(|part| &mut part.columns);
            columns
                .into_iter()
                .try_for_each(|column| column.put_aside(&self.spill))?;
        }
        Ok(())
    }

    /// Where what does not fit in memory goes.
    pub(crate) fn spill(&self) -> &Spill {
        &self.spill
    }

    /// Brings back what was put aside of a partition.
    pub(crate) fn fetch(&self, carried: &mut Carried) -> Result<(), BatchError> {
        carried
            .columns
            .iter_mut()
            .try_for_each(|column| column.fetch(&self.spill))
    }

    /// A column of a partition in the order of the fold; `inverse` says of each place where it stands there.
    pub(crate) fn ordered(
        &self,
        carried: &Carried,
        number: usize,
        order: &[u32],
        inverse: &[u32],
    ) -> Result<ArrayRef, BatchError> {
        let kind = carried_type(&self.fields[number]);
        let Some(column) = carried.columns.get(number) else {
            return Ok(new_null_array(&kind, order.len()));
        };
        match Shape::of(&kind) {
            Shape::Nothing => Ok(new_null_array(&kind, order.len())),
            Shape::Words => {
                let numbers = column.fixed::<4>(&DataType::Int32, order, inverse)?;
                Ok(self.words[number].column(numbers.as_primitive::<Int32Type>().clone())?)
            }
            Shape::Truths => {
                let bytes = column.fixed::<1>(&DataType::Int8, order, inverse)?;
                let data = bytes.to_data();
                let truths = data.buffer::<i8>(0).iter().map(|&byte| byte != 0).collect();
                Ok(Arc::new(BooleanArray::new(truths, bytes.nulls().cloned())))
            }
            Shape::Fixed(1) => column.fixed::<1>(&kind, order, inverse),
            Shape::Fixed(2) => column.fixed::<2>(&kind, order, inverse),
            Shape::Fixed(4) => column.fixed::<4>(&kind, order, inverse),
            Shape::Fixed(8) => column.fixed::<8>(&kind, order, inverse),
            Shape::Fixed(_) => column.fixed::<16>(&kind, order, inverse),
            Shape::Texts => column.texts(order, inverse),
            Shape::Bytes => Ok(column.binaries(order, inverse)),
        }
    }
}

impl Carried {
    /// The text at a place of a column of texts.
    pub(crate) fn text(&self, number: usize, place: u32) -> Option<&str> {
        std::str::from_utf8(self.columns.get(number)?.at(place)?).ok()
    }

    /// Bytes in memory.
    fn bytes(&self) -> usize {
        self.columns.iter().map(Column::kept_bytes).sum()
    }
}

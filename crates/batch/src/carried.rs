//! Columns carried along to the table of touches: compact, a partition's apart, nulls left out.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, make_array, new_null_array};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer};
use arrow_schema::{DataType, Field};

use crate::BatchError;
use crate::read::columns::word_type;
use crate::words::Words;

/// The columns that are carried, and the words of those that are held by number.
#[derive(Default)]
pub(crate) struct CarriedFields {
    pub fields: Vec<Field>,
    words: Vec<Words>,
}

/// The carried columns of one partition, in the order in which its touches were read.
#[derive(Default)]
pub(crate) struct Carried {
    columns: Vec<Column>,
}

/// Where the rows of a block go.
pub(crate) struct Destinations {
    /// By row its partition; one that does not exist for rows that become no touch.
    pub partitions: Vec<u8>,
    /// By row the place of its touch there.
    pub places: Vec<u32>,
}

/// One column of one partition: its values side by side, without nulls.
#[derive(Default)]
struct Column {
    /// The places of the values; `None` as long as every touch has one.
    places: Option<Vec<u32>>,
    count: u32,
    bytes: Vec<u8>,
    /// Where each value ends, of those that are not all of one width.
    ends: Vec<usize>,
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
    pub(crate) fn new(fields: Vec<Field>) -> Self {
        let words = fields.iter().map(|_| Words::default()).collect();
        Self { fields, words }
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
            let Some(column) = batch.column_by_name(field.name()) else {
                continue;
            };
            let to = Scattered {
                rows,
                columns: parts
                    .iter_mut()
                    .map(|part| &mut part.columns[number])
                    .collect(),
            };
            to.take(column, &carried_type(field), words)?;
        }
        Ok(())
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
            Shape::Bytes => {
                let mut bytes = BinaryBuilder::with_capacity(order.len(), column.bytes.len());
                for value in column.ordered_numbers(order, inverse) {
                    bytes.append_option(value.map(|value| column.run(value)));
                }
                Ok(Arc::new(bytes.finish()))
            }
        }
    }
}

impl Carried {
    /// The text at a place of a column of texts.
    pub(crate) fn text(&self, number: usize, place: u32) -> Option<&str> {
        let column = self.columns.get(number)?;
        let value = match &column.places {
            None => place as usize,
            Some(places) => places.binary_search(&place).ok()?,
        };
        let text = (value < column.ends.len()).then(|| column.run(value))?;
        std::str::from_utf8(text).ok()
    }
}

impl Column {
    fn push<const BYTES: usize>(&mut self, place: u32, value: [u8; BYTES]) {
        self.expect(place);
        self.bytes.extend_from_slice(&value);
    }

    fn push_run(&mut self, place: u32, value: &[u8]) {
        self.expect(place);
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
    }

    /// Notes that the next value belongs to this place.
    fn expect(&mut self, place: u32) {
        if self.places.is_none() && self.count != place {
            // Here some touches were left out for the first time.
            self.places = Some((0..self.count).collect());
        }
        if let Some(places) = &mut self.places {
            places.push(place);
        }
        self.count += 1;
    }

    /// The places of all values.
    fn places(&self) -> impl Iterator<Item = u32> {
        let place = |number: u32| {
            self.places
                .as_ref()
                .map_or(number, |places| places[number as usize])
        };
        (0..self.count).map(place)
    }

    /// Whether each of so many touches has a value.
    fn is_whole(&self, touches: usize) -> bool {
        self.places.is_none() && self.count as usize == touches
    }

    fn run(&self, number: usize) -> &[u8] {
        let from = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[from..self.ends[number]]
    }

    /// Values of one width in order.
    fn fixed<const BYTES: usize>(
        &self,
        kind: &DataType,
        order: &[u32],
        inverse: &[u32],
    ) -> Result<ArrayRef, BatchError> {
        let (values, _) = self.bytes.as_chunks::<BYTES>();
        let (ordered, nulls): (Vec<[u8; BYTES]>, _) = if self.is_whole(order.len()) {
            let ordered = order.iter().map(|&place| values[place as usize]);
            (ordered.collect(), None)
        } else {
            let mut ordered = vec![[0; BYTES]; order.len()];
            let mut valid = BooleanBufferBuilder::new(order.len());
            valid.append_n(order.len(), false);
            for (place, &value) in self.places().zip(values) {
                let to = inverse[place as usize] as usize;
                ordered[to] = value;
                valid.set_bit(to, true);
            }
            (ordered, Some(NullBuffer::new(valid.finish())))
        };
        let made = arrow_array::new_empty_array(kind)
            .to_data()
            .into_builder()
            .len(order.len())
            .buffers(vec![Buffer::from_vec(ordered.into_flattened())])
            .nulls(nulls)
            .align_buffers(true)
            .build()?;
        Ok(make_array(made))
    }

    fn texts(&self, order: &[u32], inverse: &[u32]) -> Result<ArrayRef, BatchError> {
        const BROKEN: BatchError = BatchError::Internal("a carried text is broken");
        let mut texts = StringBuilder::with_capacity(order.len(), self.bytes.len());
        for value in self.ordered_numbers(order, inverse) {
            match value {
                None => texts.append_null(),
                Some(value) => {
                    texts.append_value(std::str::from_utf8(self.run(value)).map_err(|_| BROKEN)?);
                }
            }
        }
        Ok(Arc::new(texts.finish()))
    }

    /// For each touch in order the number of its value.
    fn ordered_numbers(&self, order: &[u32], inverse: &[u32]) -> Vec<Option<usize>> {
        if self.is_whole(order.len()) {
            return order.iter().map(|&place| Some(place as usize)).collect();
        }
        let mut numbers = vec![None; order.len()];
        for (number, place) in self.places().enumerate() {
            numbers[inverse[place as usize] as usize] = Some(number);
        }
        numbers
    }
}

/// One column of all partitions, while a block's values are handed out.
struct Scattered<'s, 'c> {
    rows: &'s Destinations,
    columns: Vec<&'c mut Column>,
}

impl Scattered<'_, '_> {
    fn take(
        mut self,
        column: &ArrayRef,
        kind: &DataType,
        words: &mut Words,
    ) -> Result<(), BatchError> {
        let shape = Shape::of(kind);
        if shape == Shape::Words {
            return words.number_all(column, |index, number| {
                self.give(index, |column, place| {
                    column.push(place, number.to_le_bytes())
                });
            });
        }
        if let (Shape::Texts, Some(texts)) = (shape, column.as_string_view_opt()) {
            self.each(column, |column, place, index| {
                column.push_run(place, texts.value(index).as_bytes());
            });
            return Ok(());
        }
        // Files may hold one column in different types.
        let column = if column.data_type() == kind {
            Arc::clone(column)
        } else {
            arrow_cast::cast(column, kind)?
        };
        let data = column.to_data();
        match shape {
            Shape::Words | Shape::Nothing => {}
            Shape::Truths => {
                let truths = column.as_boolean();
                self.each(&column, |column, place, index| {
                    column.push(place, [u8::from(truths.value(index))]);
                });
            }
            Shape::Fixed(1) => self.fixed(&column, data.buffer::<u8>(0), |v| v.to_le_bytes()),
            Shape::Fixed(2) => self.fixed(&column, data.buffer::<u16>(0), |v| v.to_le_bytes()),
            Shape::Fixed(4) => self.fixed(&column, data.buffer::<u32>(0), |v| v.to_le_bytes()),
            Shape::Fixed(8) => self.fixed(&column, data.buffer::<u64>(0), |v| v.to_le_bytes()),
            Shape::Fixed(_) => self.fixed(&column, data.buffer::<i128>(0), |v| v.to_le_bytes()),
            Shape::Texts => {
                let texts = column.as_string::<i32>();
                self.each(&column, |column, place, index| {
                    column.push_run(place, texts.value(index).as_bytes());
                });
            }
            Shape::Bytes => {
                let bytes = column.as_binary::<i32>();
                self.each(&column, |column, place, index| {
                    column.push_run(place, bytes.value(index));
                });
            }
        }
        Ok(())
    }

    fn fixed<T: Copy, const BYTES: usize>(
        &mut self,
        column: &ArrayRef,
        values: &[T],
        bytes: impl Fn(T) -> [u8; BYTES],
    ) {
        self.each(column, |column, place, index| {
            column.push(place, bytes(values[index]));
        });
    }

    /// Hands out the values that are not null.
    fn each(&mut self, column: &ArrayRef, add: impl Fn(&mut Column, u32, usize)) {
        let mut give = |index| self.give(index, |column, place| add(column, place, index));
        match column.nulls() {
            None => (0..column.len()).for_each(&mut give),
            Some(nulls) => nulls.valid_indices().for_each(&mut give),
        }
    }

    fn give(&mut self, index: usize, add: impl FnOnce(&mut Column, u32)) {
        let partition = usize::from(self.rows.partitions[index]);
        if let Some(column) = self.columns.get_mut(partition) {
            add(column, self.rows.places[index]);
        }
    }
}

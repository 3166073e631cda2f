//! Hands the values of a block out to the partitions that their rows belong to.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

use super::column::Column;
use super::{Destinations, Shape};
use crate::BatchError;
use crate::words::Words;

/// One column of all partitions, while a block's values are handed out.
pub(super) struct Scattered<'s, 'c> {
    pub(super) rows: &'s Destinations,
    pub(super) columns: Vec<&'c mut Column>,
}

impl Scattered<'_, '_> {
    pub(super) fn take(
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

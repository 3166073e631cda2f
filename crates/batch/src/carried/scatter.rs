//! Hands the values of a block out to the partitions that their rows belong to.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;

use super::Shape;
use super::column::Column;
use crate::BatchError;
use crate::words::Words;

/// Where the rows of a block go.
#[derive(Default)]
pub(crate) struct Destinations {
    /// By row: its partition, and the place of its touch there. Rows that become no touch have none.
    rows: Vec<(u8, u32)>,
    /// The rows of each partition in their order, one partition behind the other.
    by_partition: Vec<u32>,
    /// By partition: where it begins there, and the place of its first touch of this block.
    starts: Vec<(usize, u32)>,
}

/// Stands for «no partition».
const NOWHERE: u8 = u8::MAX;

impl Destinations {
    /// For each row in turn its partition and place; places of one partition rise by one.
    pub(crate) fn of(rows: impl Iterator<Item = Option<(u8, u32)>>, partitions: usize) -> Self {
        let rows: Vec<(u8, u32)> = rows.map(|row| row.unwrap_or((NOWHERE, 0))).collect();
        let mut counts = vec![0_usize; partitions + 1];
        let mut first = vec![0_u32; partitions + 1];
        for &(partition, place) in rows.iter().filter(|row| row.0 != NOWHERE) {
            let count = &mut counts[usize::from(partition)];
            if *count == 0 {
                first[usize::from(partition)] = place;
            }
            *count += 1;
        }
        let (mut starts, mut next) = (Vec::with_capacity(partitions + 1), Vec::new());
        let mut total = 0;
        for (count, first) in counts.into_iter().zip(first) {
            starts.push((total, first));
            next.push(total);
            total += count;
        }
        let mut by_partition = vec![0; total];
        for (index, &(partition, _)) in rows.iter().enumerate() {
            if partition != NOWHERE {
                let to = &mut next[usize::from(partition)];
                by_partition[*to] = index as u32;
                *to += 1;
            }
        }
        Self {
            rows,
            by_partition,
            starts,
        }
    }
}

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
            let numbers = words.numbers(column)?;
            self.each(numbers.nulls.as_ref(), |column, index| {
                column.push(numbers.get(index).to_le_bytes());
            });
            return Ok(());
        }
        if let (Shape::Texts, Some(texts)) = (shape, column.as_string_view_opt()) {
            self.each(column.nulls(), |column, index| {
                column.push_run(texts.value(index).as_bytes());
            });
            return Ok(());
        }
        // Files may hold one column in different types.
        let column = if column.data_type() == kind {
            Arc::clone(column)
        } else {
            arrow_cast::cast(column, kind)?
        };
        let (data, nulls) = (column.to_data(), column.nulls());
        match shape {
            Shape::Words | Shape::Nothing => {}
            Shape::Truths => {
                let truths = column.as_boolean();
                self.each(nulls, |column, i| column.push([u8::from(truths.value(i))]));
            }
            Shape::Fixed(1) => self.fixed(nulls, data.buffer::<u8>(0), |v| v.to_le_bytes()),
            Shape::Fixed(2) => self.fixed(nulls, data.buffer::<u16>(0), |v| v.to_le_bytes()),
            Shape::Fixed(4) => self.fixed(nulls, data.buffer::<u32>(0), |v| v.to_le_bytes()),
            Shape::Fixed(8) => self.fixed(nulls, data.buffer::<u64>(0), |v| v.to_le_bytes()),
            Shape::Fixed(_) => self.fixed(nulls, data.buffer::<i128>(0), |v| v.to_le_bytes()),
            Shape::Texts => {
                let texts = column.as_string::<i32>();
                self.each(nulls, |column, index| {
                    column.push_run(texts.value(index).as_bytes());
                });
            }
            Shape::Bytes => {
                let bytes = column.as_binary::<i32>();
                self.each(nulls, |column, index| column.push_run(bytes.value(index)));
            }
        }
        Ok(())
    }

    fn fixed<T: Copy, const BYTES: usize>(
        &mut self,
        nulls: Option<&NullBuffer>,
        values: &[T],
        bytes: impl Fn(T) -> [u8; BYTES],
    ) {
        self.each(nulls, |column, index| column.push(bytes(values[index])));
    }

    /// Hands out the values that are not null.
    fn each(&mut self, nulls: Option<&NullBuffer>, push: impl Fn(&mut Column, usize)) {
        let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) else {
            // Every touch has a value: a partition at a time, without asking for each where it goes.
            for (partition, column) in self.columns.iter_mut().enumerate() {
                let (from, first) = self.rows.starts[partition];
                let rows = &self.rows.by_partition[from..self.rows.starts[partition + 1].0];
                column.expect_many(first, rows.len() as u32);
                rows.iter().for_each(|&row| push(column, row as usize));
            }
            return;
        };
        for index in nulls.valid_indices() {
            let (partition, place) = self.rows.rows[index];
            if let Some(column) = self.columns.get_mut(usize::from(partition)) {
                column.expect(place);
                push(column, index);
            }
        }
    }
}

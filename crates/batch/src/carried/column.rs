//! One carried column of one partition: filled in the order of reading, read in the order of the fold.

use std::sync::Arc;

use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::{ArrayRef, make_array};
use arrow_buffer::{BooleanBufferBuilder, Buffer, NullBuffer};
use arrow_schema::DataType;

use crate::BatchError;
use crate::spill::{Span, Spill};

/// One column of one partition: its values side by side, without nulls.
#[derive(Default)]
pub(super) struct Column {
    /// The places of the values; `None` as long as every touch has one.
    places: Option<Vec<u32>>,
    count: u32,
    bytes: Vec<u8>,
    /// Where each value ends, of those that are not all of one width.
    ends: Vec<usize>,
    /// What was put aside, all of it before what is in memory.
    aside: Vec<Aside>,
}

/// A part of a column that was put aside.
struct Aside {
    count: u32,
    /// Its places; `None` if every touch so far had a value.
    places: Option<Span>,
    bytes: Span,
    /// Where each value ends within the part.
    ends: Span,
}

impl Column {
    /// Adds a value of a column whose values are all of one width; its place was told before.
    pub(super) fn push<const BYTES: usize>(&mut self, value: [u8; BYTES]) {
        self.bytes.extend_from_slice(&value);
    }

    /// Adds a value of any width; its place was told before.
    pub(super) fn push_run(&mut self, value: &[u8]) {
        self.bytes.extend_from_slice(value);
        self.ends.push(self.bytes.len());
    }

    /// Notes that the next values belong to so many places in a row.
    pub(super) fn expect_many(&mut self, first: u32, count: u32) {
        if self.places.is_none() && self.count == first {
            self.count += count;
        } else {
            (first..first + count).for_each(|place| self.expect(place));
        }
    }

    /// Notes that the next value belongs to this place.
    pub(super) fn expect(&mut self, place: u32) {
        if self.places.is_none() && self.count != place {
            // Here some touches were left out for the first time.
            self.places = Some((self.count - self.kept()..self.count).collect());
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
        &self.bytes[self.range(number)]
    }

    fn range(&self, number: usize) -> std::ops::Range<usize> {
        let from = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        from..self.ends[number]
    }

    /// Values of one width in order.
    pub(super) fn fixed<const BYTES: usize>(
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

    /// The values at a place of a column of runs.
    pub(super) fn at(&self, place: u32) -> Option<&[u8]> {
        let value = match &self.places {
            None => place as usize,
            Some(places) => places.binary_search(&place).ok()?,
        };
        (value < self.ends.len()).then(|| self.run(value))
    }

    pub(super) fn binaries(&self, order: &[u32], inverse: &[u32]) -> ArrayRef {
        let mut bytes = BinaryBuilder::with_capacity(order.len(), self.bytes.len());
        for value in self.ordered_numbers(order, inverse) {
            bytes.append_option(value.map(|value| self.run(value)));
        }
        Arc::new(bytes.finish())
    }

    pub(super) fn texts(&self, order: &[u32], inverse: &[u32]) -> Result<ArrayRef, BatchError> {
        const BROKEN: BatchError = BatchError::Internal("a carried text is broken");
        let all = std::str::from_utf8(&self.bytes).map_err(|_| BROKEN)?;
        let mut texts = StringBuilder::with_capacity(order.len(), self.bytes.len());
        for value in self.ordered_numbers(order, inverse) {
            match value {
                None => texts.append_null(),
                Some(value) => {
                    texts.append_value(all.get(self.range(value)).ok_or(BROKEN)?);
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

    /// How many values are in memory.
    fn kept(&self) -> u32 {
        self.count - self.aside.iter().map(|part| part.count).sum::<u32>()
    }

    /// Bytes in memory.
    pub(super) fn kept_bytes(&self) -> usize {
        let places = self.places.as_ref().map_or(0, Vec::len) * size_of::<u32>();
        self.bytes.len() + places + self.ends.len() * size_of::<usize>()
    }

    /// Puts the values in memory aside.
    pub(super) fn put_aside(&mut self, spill: &Spill) -> Result<(), BatchError> {
        let count = self.kept();
        if count == 0 {
            return Ok(());
        }
        let places = match &mut self.places {
            None => None,
            Some(places) => {
                let bytes: Vec<u8> = places.iter().flat_map(|p| p.to_le_bytes()).collect();
                *places = Vec::new();
                Some(spill.put(&bytes)?)
            }
        };
        let ends: Vec<u8> = self
            .ends
            .iter()
            .flat_map(|&end| (end as u64).to_le_bytes())
            .collect();
        self.aside.push(Aside {
            count,
            places,
            bytes: spill.put(&self.bytes)?,
            ends: spill.put(&ends)?,
        });
        (self.bytes, self.ends) = (Vec::new(), Vec::new());
        Ok(())
    }

    /// Brings back what was put aside, before what is in memory.
    pub(super) fn fetch(&mut self, spill: &Spill) -> Result<(), BatchError> {
        if self.aside.is_empty() {
            return Ok(());
        }
        let mut whole = Self {
            places: self.places.as_ref().map(|_| Vec::new()),
            ..Self::default()
        };
        for part in std::mem::take(&mut self.aside) {
            if let Some(places) = &mut whole.places {
                let mut bytes = Vec::new();
                match part.places {
                    // So far every touch had a value.
                    None => places.extend(whole.count..whole.count + part.count),
                    Some(span) => {
                        spill.fetch(span, &mut bytes)?;
                        let (own, _) = bytes.as_chunks();
                        places.extend(own.iter().map(|place| u32::from_le_bytes(*place)));
                    }
                }
            }
            let (from, mut ends) = (whole.bytes.len(), Vec::new());
            spill.fetch(part.bytes, &mut whole.bytes)?;
            spill.fetch(part.ends, &mut ends)?;
            let (ends, _) = ends.as_chunks();
            let end = |end: &[u8; 8]| from + u64::from_le_bytes(*end) as usize;
            whole.ends.extend(ends.iter().map(end));
            whole.count += part.count;
        }
        let from = whole.bytes.len();
        whole.bytes.append(&mut self.bytes);
        whole.ends.extend(self.ends.iter().map(|end| from + end));
        if let (Some(places), Some(own)) = (&mut whole.places, &mut self.places) {
            places.append(own);
        }
        whole.count = self.count;
        *self = whole;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;

    /// A column with values at every place that `has` says of, put aside after some of them.
    fn column(has: impl Fn(u32) -> bool, aside_after: &[u32], spill: &Spill) -> Column {
        let mut column = Column::default();
        for place in 0..100_u32 {
            if has(place) {
                column.expect(place);
                column.push(i64::from(place * 7).to_le_bytes());
            }
            if aside_after.contains(&place) {
                column.put_aside(spill).expect("written");
            }
        }
        column
    }

    #[test]
    fn values_come_back_where_they_were_put_aside_or_not() {
        let (spill, order) = (Spill::default(), (0..100).rev().collect::<Vec<u32>>());
        let cases: [fn(u32) -> bool; 5] = [
            |_| true,
            |place| place < 50,
            |place| place > 50,
            |place| place % 3 == 0,
            |_| false,
        ];
        for has in cases {
            for aside_after in [&[][..], &[10], &[10, 20, 70], &[99], &[49, 50, 51]] {
                let mut column = column(has, aside_after, &spill);
                column.fetch(&spill).expect("read");
                let array = column
                    .fixed::<8>(&DataType::Int64, &order, &order)
                    .expect("made");
                let got: Vec<Option<i64>> = array.as_primitive::<Int64Type>().iter().collect();
                let expected: Vec<Option<i64>> = order
                    .iter()
                    .map(|&place| has(place).then(|| i64::from(place * 7)))
                    .collect();
                assert_eq!(got, expected, "put aside after {aside_after:?}");
            }
        }
    }

    #[test]
    fn texts_come_back_where_they_were_put_aside_or_not() {
        let spill = Spill::default();
        let mut column = Column::default();
        for (place, text) in [(0, "a"), (1, "bc"), (3, ""), (4, "öd")] {
            column.expect(place);
            column.push_run(text.as_bytes());
            if place == 1 || place == 3 {
                column.put_aside(&spill).expect("written");
            }
        }
        column.fetch(&spill).expect("read");
        let got: Vec<Option<&[u8]>> = (0..6).map(|place| column.at(place)).collect();
        let expected = ["a", "bc", "-", "", "öd", "-"].map(|text| match text {
            "-" => None,
            text => Some(text.as_bytes()),
        });
        assert_eq!(got, expected);
    }
}

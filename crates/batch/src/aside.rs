//! Touches of a partition put aside: column by column, as bytes in the temporary file.

use perennial_model::{Fact, Kind, Number, Symbol, Value};

use crate::BatchError;
use crate::bins::{Aside, Bin};
use crate::spill::{Span, Spill};

/// Bytes of a fact: its slot, what its value is, and the value.
const FACT_BYTES: usize = 2 + 1 + 8;

impl Bin {
    /// Puts the touches in memory aside, but for what they carry.
    pub(crate) fn put_aside(&mut self, spill: &Spill) -> Result<(), BatchError> {
        if self.len() > 0 {
            self.aside.push(Aside::put(self, spill)?);
            let (carried, aside) = (
                std::mem::take(&mut self.carried),
                std::mem::take(&mut self.aside),
            );
            *self = Self {
                carried,
                aside,
                ..Self::default()
            };
        }
        Ok(())
    }

    /// All its touches, those put aside first; what they carry goes over as it is.
    pub(crate) fn whole(&mut self, spill: &Spill) -> Result<Self, BatchError> {
        let room = (!self.received_at.is_empty(), !self.facts_from.is_empty());
        let mut whole = Self::with_room(self.total(), room.0, room.1);
        for part in &self.aside {
            part.fetch(spill, &mut whole)?;
        }
        let facts = whole.facts.len() as u32;
        whole.customer.extend_from_slice(&self.customer);
        whole.at.extend_from_slice(&self.at);
        whole.received_at.extend_from_slice(&self.received_at);
        whole.kind.extend_from_slice(&self.kind);
        whole.row.extend_from_slice(&self.row);
        whole
            .facts_from
            .extend(self.facts_from.iter().map(|from| from + facts));
        whole.facts.extend_from_slice(&self.facts);
        whole.carried = std::mem::take(&mut self.carried);
        Ok(whole)
    }
}

impl Aside {
    /// Writes what a bin has in memory.
    fn put(bin: &Bin, spill: &Spill) -> Result<Self, BatchError> {
        let words = |values: &[u32]| spill.put(&bytes(values, |value| value.to_le_bytes()));
        let longs = |values: &[i64]| spill.put(&bytes(values, |value| value.to_le_bytes()));
        Ok(Self {
            touches: bin.len(),
            customer: words(&bin.customer)?,
            at: longs(&bin.at)?,
            received_at: longs(&bin.received_at)?,
            kind: spill.put(&bytes(&bin.kind, |kind| kind.0.to_le_bytes()))?,
            row: words(&bin.row)?,
            facts_from: words(&bin.facts_from)?,
            facts: spill.put(&bytes(&bin.facts, fact_bytes))?,
        })
    }

    /// Adds what was put aside to a bin.
    fn fetch(&self, spill: &Spill, to: &mut Bin) -> Result<(), BatchError> {
        let facts = to.facts.len() as u32;
        fetch(spill, self.customer, &mut to.customer, u32::from_le_bytes)?;
        fetch(spill, self.at, &mut to.at, i64::from_le_bytes)?;
        fetch(
            spill,
            self.received_at,
            &mut to.received_at,
            i64::from_le_bytes,
        )?;
        let kind = |bytes| Kind(u16::from_le_bytes(bytes));
        fetch(spill, self.kind, &mut to.kind, kind)?;
        fetch(spill, self.row, &mut to.row, u32::from_le_bytes)?;
        let from = |bytes| u32::from_le_bytes(bytes) + facts;
        fetch(spill, self.facts_from, &mut to.facts_from, from)?;
        fetch(spill, self.facts, &mut to.facts, fact_of)
    }
}

fn bytes<T: Copy, const BYTES: usize>(values: &[T], of: impl Fn(T) -> [u8; BYTES]) -> Vec<u8> {
    values.iter().flat_map(|&value| of(value)).collect()
}

fn fetch<T, const BYTES: usize>(
    spill: &Spill,
    span: Span,
    to: &mut Vec<T>,
    of: impl Fn([u8; BYTES]) -> T,
) -> Result<(), BatchError> {
    let mut bytes = Vec::new();
    spill.fetch(span, &mut bytes)?;
    let (values, _) = bytes.as_chunks::<BYTES>();
    to.extend(values.iter().map(|value| of(*value)));
    Ok(())
}

fn fact_bytes(fact: Fact) -> [u8; FACT_BYTES] {
    let (what, value) = match fact.value {
        Value::Null => (0, 0),
        Value::Bool(truth) => (1, i64::from(truth)),
        Value::Number(number) => (2, number.millionths()),
        Value::Text(symbol) => (3, i64::from(symbol.0)),
    };
    let mut bytes = [0; FACT_BYTES];
    bytes[..2].copy_from_slice(&fact.slot.to_le_bytes());
    bytes[2] = what;
    bytes[3..].copy_from_slice(&value.to_le_bytes());
    bytes
}

fn fact_of(bytes: [u8; FACT_BYTES]) -> Fact {
    let [a, b, what, value @ ..] = bytes;
    let value = i64::from_le_bytes(value);
    Fact {
        slot: u16::from_le_bytes([a, b]),
        value: match what {
            0 => Value::Null,
            1 => Value::Bool(value != 0),
            2 => Value::Number(Number::from_millionths(value)),
            _ => Value::Text(Symbol(value as u32)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touches_come_back_in_their_order_with_their_facts() {
        let spill = Spill::default();
        let values = [
            Value::Bool(true),
            Value::Number(Number::from_millionths(-7)),
            Value::Text(Symbol(9)),
            Value::Null,
        ];
        let mut bin = Bin::default();
        for index in 0..100_u32 {
            bin.customer.push(index % 7);
            bin.at.push(i64::from(index) - 50);
            bin.received_at.push(i64::from(index));
            bin.kind.push(Kind(index as u16 % 5));
            bin.row.push(index * 3);
            bin.facts_from.push(bin.facts.len() as u32);
            for slot in 0..index as u16 % 4 {
                let value = values[usize::from(slot)];
                bin.facts.push(Fact { slot, value });
            }
            if index == 20 || index == 60 {
                bin.put_aside(&spill).expect("written");
            }
        }
        assert_eq!((bin.len(), bin.total()), (39, 100));
        let whole = bin.whole(&spill).expect("read");
        for index in 0..100_u32 {
            let touch = whole.touch(index);
            assert_eq!(touch.at.ms(), i64::from(index) - 50);
            assert_eq!(touch.received_at.ms(), i64::from(index));
            assert_eq!(touch.kind, Kind(index as u16 % 5));
            assert_eq!(whole.customer[index as usize], index % 7);
            assert_eq!(whole.row[index as usize], index * 3);
            let facts: Vec<Value> = touch.facts.iter().map(|fact| fact.value).collect();
            assert_eq!(facts, values[..index as usize % 4]);
        }
    }
}

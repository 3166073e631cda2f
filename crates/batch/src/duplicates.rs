//! Events sent twice: which rows repeat a message that another row brought earlier.

use std::hash::{BuildHasher, RandomState};

/// Buckets that message ids are spread over, so that each can be looked through in a fast cache.
const BUCKETS: usize = 1 << 8;

/// One message: 96 bits of its id's keyed hash, and its row.
///
/// Two different ids are taken for one with a chance of 10^-13 in 100 million rows, and since the key
/// is drawn anew for each run, nobody can choose ids that collide.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Message {
    hash: u64,
    check: u32,
    row: u32,
}

/// The messages seen so far.
pub(crate) struct Duplicates {
    key: (u64, u64),
    buckets: Vec<Vec<Message>>,
}

/// Rows that carry the same message.
pub(crate) type Repeats = Vec<Vec<u32>>;

impl Duplicates {
    /// With room for the messages of so many rows.
    pub(crate) fn with_room(rows: usize) -> Self {
        let key = (
            RandomState::new().hash_one(1_u8),
            RandomState::new().hash_one(2_u8) | 1,
        );
        Self {
            key,
            // The hash spreads them evenly, so few buckets outgrow their share by much.
            buckets: (0..BUCKETS)
                .map(|_| Vec::with_capacity(rows / BUCKETS + rows / BUCKETS / 16))
                .collect(),
        }
    }

    pub(crate) fn see(&mut self, id: &[u8], row: u32) {
        let (hash, check) = self.hash(id);
        self.buckets[(hash >> (64 - BUCKETS.trailing_zeros())) as usize].push(Message {
            hash,
            check,
            row,
        });
    }

    /// Every group of two or more rows with the same message.
    pub(crate) fn repeats(self) -> Repeats {
        let mut repeats: Repeats = Vec::new();
        let mut table: Vec<u32> = Vec::new();
        for bucket in self.buckets {
            let mut pairs = pairs(&bucket, &mut table);
            pairs.sort_unstable();
            for group in pairs.chunk_by(|a, b| a.0 == b.0) {
                let first = bucket[group[0].0 as usize].row;
                repeats.push(
                    std::iter::once(first)
                        .chain(group.iter().map(|(_, row)| *row))
                        .collect(),
                );
            }
        }
        repeats
    }

    fn hash(&self, id: &[u8]) -> (u64, u32) {
        let (mut a, mut b) = (self.key.0 ^ id.len() as u64, self.key.1);
        let (words, rest) = id.as_chunks::<8>();
        for word in words {
            let word = u64::from_le_bytes(*word);
            (a, b) = fold(a ^ word, b, self.key.1);
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        (a, b) = fold(a ^ u64::from_le_bytes(last), b, self.key.1);
        (a, b) = fold(a, b ^ 0xE703_7ED1_A0B4_28DB, self.key.1);
        (a, (b >> 32) as u32)
    }
}

/// For each message seen before in the bucket: the index of its first sighting, and its row.
fn pairs(bucket: &[Message], table: &mut Vec<u32>) -> Vec<(u32, u32)> {
    let size = (bucket.len() * 2).next_power_of_two().max(2);
    table.clear();
    table.resize(size, 0);
    let mut pairs = Vec::new();
    for (index, message) in bucket.iter().enumerate() {
        let mut at = message.hash as usize & (size - 1);
        loop {
            if table[at] == 0 {
                table[at] = index as u32 + 1;
                break;
            }
            let known = table[at] - 1;
            let earlier = bucket[known as usize];
            if earlier.hash == message.hash && earlier.check == message.check {
                pairs.push((known, message.row));
                break;
            }
            at = (at + 1) & (size - 1);
        }
    }
    pairs
}

/// One step of a two-lane multiply-and-fold hash.
const fn fold(a: u64, b: u64, key: u64) -> (u64, u64) {
    let one = (a as u128).wrapping_mul(key as u128);
    let two = (a.rotate_left(32) ^ b) as u128 * 0x9E37_79B9_7F4A_7C15_u128;
    (
        one as u64 ^ (one >> 64) as u64,
        two as u64 ^ (two >> 64) as u64,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_are_found_and_nothing_else() {
        let mut duplicates = Duplicates::with_room(100_000);
        for row in 0..100_000_u32 {
            duplicates.see(format!("m{}", row % 99_990).as_bytes(), row);
        }
        let mut repeats = duplicates.repeats();
        repeats.sort();
        assert_eq!(
            repeats,
            (0..10)
                .map(|row| vec![row, row + 99_990])
                .collect::<Vec<_>>()
        );
    }
}

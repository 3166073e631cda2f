//! Identifiers as small numbers: each is stored once, whatever its kind and length.

use std::hash::{BuildHasher, RandomState};

use perennial_engine::identity::{KINDS, rank};
use perennial_rules::project::IdentifierKind;

/// Stands for «no identifier».
pub(crate) const NONE: u32 = u32::MAX;

/// Stands for «dropped: the message had come before», where a customer is asked for.
pub(crate) const DROPPED: u32 = u32::MAX - 1;

/// Longest identifier that fits a key whole, in bytes.
const INLINE_BYTES: usize = 14;

/// Marks a key whose bytes are in the arena.
const LONG: u8 = 0xFF;

/// A table of identifiers: kind and bytes to a number, and back.
///
/// The hash is seeded anew for each table, so nobody can choose identifiers that collide. The numbers
/// follow the order of arrival and carry no meaning.
pub(crate) struct Interner {
    seed: u64,
    /// Upper half: 32 bits of the hash, the lowest of which say where the slot is, so that the table can
    /// grow without its keys; lower half: the number plus one; 0 is empty.
    slots: Vec<u64>,
    /// The kind in the lowest byte, then the length (or [`LONG`]), then up to 14 bytes, or where in the arena.
    keys: Vec<u128>,
    arena: Vec<u8>,
}

impl Interner {
    pub(crate) fn new() -> Self {
        Self {
            seed: RandomState::new().hash_one(0_u8) | 1,
            slots: vec![0; 1 << 12],
            keys: Vec::new(),
            arena: Vec::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The number of an identifier, new if it was not known.
    pub(crate) fn intern(&mut self, kind: IdentifierKind, id: &[u8]) -> u32 {
        if (self.keys.len() + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let key = short_key(kind, id);
        let hash = self.hash(key, id);
        let mask = self.slots.len() - 1;
        let tag = hash >> 32;
        let mut at = tag as usize & mask;
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                let number = self.keys.len() as u32;
                self.slots[at] = tag << 32 | u64::from(number + 1);
                return self.append(kind, id);
            }
            if slot >> 32 == tag {
                let number = (slot as u32) - 1;
                if self.is(number, key, id) {
                    return number;
                }
            }
            at = (at + 1) & mask;
        }
    }

    /// The number of an identifier that the caller knows to be new and will find by other ways: it cannot be looked
    /// up here.
    pub(crate) fn append(&mut self, kind: IdentifierKind, id: &[u8]) -> u32 {
        let number = self.keys.len() as u32;
        let key = match id.len() <= INLINE_BYTES {
            true => short_key(kind, id),
            false => self.store(kind, id),
        };
        self.keys.push(key);
        number
    }

    /// The numbers of many identifiers, those of null ones being [`NONE`].
    ///
    /// The table is larger than the fast caches, so where identifiers lie is looked up for some at a time,
    /// which a processor does side by side, before each is compared.
    pub(crate) fn intern_all<'i>(
        &mut self,
        kind: IdentifierKind,
        ids: impl Iterator<Item = Option<&'i [u8]>>,
    ) -> Vec<u32> {
        const AT_A_TIME: usize = 32;
        let mut numbers = Vec::with_capacity(ids.size_hint().0);
        let mut some = Vec::with_capacity(AT_A_TIME);
        let mut ids = ids.peekable();
        while ids.peek().is_some() {
            some.clear();
            let mask = self.slots.len() - 1;
            for id in ids.by_ref().take(AT_A_TIME) {
                let key = id.map_or(0, |id| short_key(kind, id));
                let tag = id.map_or(0, |id| self.hash(key, id) >> 32);
                some.push((id, key, tag, self.slots[tag as usize & mask]));
            }
            for &(id, key, tag, slot) in &some {
                let Some(id) = id else {
                    numbers.push(NONE);
                    continue;
                };
                let guess = (slot as u32).wrapping_sub(1);
                let is_it = slot != 0 && slot >> 32 == tag && self.is(guess, key, id);
                numbers.push(if is_it { guess } else { self.intern(kind, id) });
            }
        }
        numbers
    }

    /// Frees what only looking up needs: from here on identifiers are only named.
    pub(crate) fn forget_lookup(&mut self) {
        self.slots = Vec::new();
    }

    /// The kind of an identifier.
    pub(crate) fn kind(&self, number: u32) -> IdentifierKind {
        let rank = self.keys[number as usize] as u8;
        KINDS[usize::from(rank.min(3))]
    }

    /// Calls `with` with the bytes of an identifier.
    pub(crate) fn with<T>(&self, number: u32, with: impl FnOnce(&[u8]) -> T) -> T {
        let key = self.keys[number as usize].to_le_bytes();
        if key[1] == LONG {
            with(&self.arena[arena_range(self.keys[number as usize])])
        } else {
            with(&key[2..2 + usize::from(key[1])])
        }
    }

    /// The bytes of an identifier.
    pub(crate) fn bytes(&self, number: u32) -> Vec<u8> {
        self.with(number, <[u8]>::to_vec)
    }

    fn is(&self, number: u32, key: u128, id: &[u8]) -> bool {
        let known = self.keys[number as usize];
        if id.len() <= INLINE_BYTES {
            return known == key;
        }
        known as u16 == key as u16 && self.arena[arena_range(known)] == *id
    }

    fn hash(&self, key: u128, id: &[u8]) -> u64 {
        let mut hash = mix(
            key as u64 ^ self.seed,
            (key >> 64) as u64 ^ 0x9E37_79B9_7F4A_7C15,
        );
        if id.len() > INLINE_BYTES {
            for word in id.chunks(8) {
                let mut bytes = [0; 8];
                bytes[..word.len()].copy_from_slice(word);
                hash = mix(hash ^ u64::from_le_bytes(bytes), self.seed);
            }
        }
        mix(hash, self.seed ^ 0xA076_1D64_78BD_642F)
    }

    /// Keeps a long identifier's bytes in the arena; its key says where.
    fn store(&mut self, kind: IdentifierKind, id: &[u8]) -> u128 {
        let from = self.arena.len() as u128;
        self.arena.extend_from_slice(id);
        from << 64 | (id.len() as u128) << 16 | u128::from(LONG) << 8 | u128::from(rank(kind))
    }

    fn grow(&mut self) {
        let slots = vec![0; self.slots.len() * 2];
        let mask = slots.len() - 1;
        let old = std::mem::replace(&mut self.slots, slots);
        for slot in old.into_iter().filter(|&slot| slot != 0) {
            let mut at = (slot >> 32) as usize & mask;
            while self.slots[at] != 0 {
                at = (at + 1) & mask;
            }
            self.slots[at] = slot;
        }
    }
}

/// The key of a short identifier; of a long one only its kind and the mark.
fn short_key(kind: IdentifierKind, id: &[u8]) -> u128 {
    if id.len() > INLINE_BYTES {
        return u128::from(LONG) << 8 | u128::from(rank(kind));
    }
    let mut bytes = [0; 16];
    bytes[0] = rank(kind);
    bytes[1] = id.len() as u8;
    bytes[2..2 + id.len()].copy_from_slice(id);
    u128::from_le_bytes(bytes)
}

fn arena_range(key: u128) -> std::ops::Range<usize> {
    let from = (key >> 64) as usize;
    from..from + ((key >> 16) as u64 & 0xFFFF_FFFF_FFFF) as usize
}

/// Multiplies to 128 bits and folds the halves together.
const fn mix(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_bytes_belong_together() {
        let mut interner = Interner::new();
        let ids: Vec<Vec<u8>> = (0..30_000_usize)
            .map(|n| format!("{n:0width$}", width = n % 40 + 1).into_bytes())
            .collect();
        let kinds = [IdentifierKind::User, IdentifierKind::Anonymous];
        let first: Vec<u32> = ids
            .iter()
            .map(|id| interner.intern(kinds[id.len() % 2], id))
            .collect();
        let again: Vec<u32> = ids
            .iter()
            .map(|id| interner.intern(kinds[id.len() % 2], id))
            .collect();
        assert_eq!(first, again);
        for kind in kinds {
            let own = |id: &&Vec<u8>| kinds[id.len() % 2] == kind;
            let all = ids.iter().filter(own).map(|id| Some(id.as_slice()));
            let expected = ids.iter().zip(&first).filter(|(id, _)| own(id));
            let expected: Vec<u32> = expected.map(|(_, number)| *number).collect();
            assert_eq!(interner.intern_all(kind, all), expected);
        }
        for (id, number) in ids.iter().zip(&first) {
            assert_eq!(interner.bytes(*number), *id);
            assert_eq!(interner.kind(*number), kinds[id.len() % 2]);
        }
        assert_ne!(
            interner.intern(IdentifierKind::User, b"x"),
            interner.intern(IdentifierKind::Email, b"x")
        );
    }
}

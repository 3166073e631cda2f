//! Which partition a customer lives in: a frozen hash of her id.

/// Number of partitions of a history. Frozen: a customer keeps her partition for ever.
pub const PARTITIONS: usize = 64;

/// A 64-bit hash of a customer's id.
///
/// **Invariant:** frozen. Histories on disk and other machines rely on it, so neither the constants
/// nor the byte order may change. It is a multiply-and-fold hash over little-endian words of eight
/// bytes, the length mixed in; it is not meant to withstand chosen collisions, and nothing may rely
/// on two ids differing because their hashes do.
pub fn customer_hash(id: &[u8]) -> u64 {
    let mut hash = 0x9E37_79B9_7F4A_7C15_u64 ^ (id.len() as u64);
    let (words, rest) = id.as_chunks::<8>();
    for word in words {
        hash = fold(hash ^ u64::from_le_bytes(*word), 0xA076_1D64_78BD_642F);
    }
    if !rest.is_empty() {
        let mut last = [0_u8; 8];
        last[..rest.len()].copy_from_slice(rest);
        hash = fold(hash ^ u64::from_le_bytes(last), 0xE703_7ED1_A0B4_28DB);
    }
    fold(hash, 0x8EBC_6AF0_9C88_C6E3)
}

/// The partition of a customer, from her id's [`customer_hash`]: its upper bits.
pub const fn partition_of(hash: u64) -> usize {
    (hash >> (64 - PARTITIONS.trailing_zeros())) as usize
}

/// Multiplies to 128 bits and folds the halves together.
const fn fold(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_frozen() {
        let frozen: Vec<u64> = ["", "a", "u0000000001", "ada@example.com"]
            .map(|id| customer_hash(id.as_bytes()))
            .to_vec();
        assert_eq!(frozen, FROZEN);
        assert!(frozen.iter().all(|&hash| partition_of(hash) < PARTITIONS));
    }

    const FROZEN: [u64; 4] = [
        9_377_418_665_845_082_668,
        14_086_549_571_996_549_348,
        1_537_505_528_883_370_891,
        8_965_860_929_513_161_061,
    ];
}

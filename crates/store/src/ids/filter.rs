//! A filter that says of most ids that are not in a run that they are not (a Bloom filter in cache lines).

/// Bits of the filter for each id, about one in a hundred answers of which is a false yes.
const BITS_PER_ID: u64 = 12;
/// Words of 64 bits in a cache line.
const LINE: u64 = 8;
/// Bits set for an id, all in one line, 9 bits of the hash each.
const BITS_SET: u32 = 6;

/// Set bits of the ids in a run.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) words: Vec<u64>,
}

impl Filter {
    /// An empty filter for so many ids.
    pub(super) fn new(ids: u64) -> Self {
        let lines = (ids * BITS_PER_ID).div_ceil(LINE * 64).max(1);
        Self {
            words: vec![0; (lines * LINE) as usize],
        }
    }

    /// Takes up an id.
    pub(super) fn add(&mut self, id: u128) {
        let line = self.line(id);
        for (word, bit) in bits(id) {
            self.words[line + word] |= bit;
        }
    }

    /// No where the id is not in the run for certain.
    pub(super) fn may_have(&self, id: u128) -> bool {
        let line = self.line(id);
        let words = &self.words[line..line + LINE as usize];
        bits(id).all(|(word, bit)| words[word] & bit != 0)
    }

    /// The place of the line of an id. The lower half of the hash chooses it, the upper half the bits.
    fn line(&self, id: u128) -> usize {
        let lines = self.words.len() as u128 / u128::from(LINE);
        let chosen = (u128::from(id as u64) * lines) >> 64;
        chosen as usize * LINE as usize
    }
}

/// The words and bits of an id in its line.
fn bits(id: u128) -> impl Iterator<Item = (usize, u64)> {
    let upper = (id >> 64) as u64;
    (0..BITS_SET).map(move |nth| {
        let nine = upper >> (9 * nth) & 511;
        ((nine >> 6) as usize, 1 << (nine & 63))
    })
}

//! A simple mutator: bytes changed, spans deleted, doubled and moved, words of the syntax put in.

/// Most bytes of a mutated input.
pub const MAX_BYTES: usize = 4 * 1024;
/// Bytes that mean something in one of the formats.
const BYTES: &[u8] = b"\"'`\\,;:\t\r\n (){}[]<>=*-.#&!|%0\x00\x7f\x80\xc3\xff\xef";

/// Numbers that look random and are the same for the same seed.
pub struct Dice(pub u64);

impl Dice {
    /// One below `most`, nought where that is nought.
    pub fn below(&mut self, most: usize) -> usize {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most.max(1)
    }

    /// One of several.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// An input made from one of the `seeds` in up to six steps.
pub fn mutated(dice: &mut Dice, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut data = dice.pick(seeds).clone();
    for _ in 0..=dice.below(6) {
        step(dice, &mut data, seeds, words);
        data.truncate(MAX_BYTES);
    }
    data
}

fn step(dice: &mut Dice, data: &mut Vec<u8>, seeds: &[Vec<u8>], words: &[&str]) {
    let at = dice.below(data.len() + 1);
    let span = at..(at + 1 + dice.below(40)).min(data.len());
    match dice.below(8) {
        0 => {
            if let Some(byte) = data.get_mut(at) {
                *byte ^= 1 << dice.below(8);
            }
        }
        1 => data.insert(at, *dice.pick(BYTES)),
        2 => drop(data.drain(span)),
        3 => {
            let copy = data[span].to_vec();
            let times = 1 + dice.below(2) * dice.below(60);
            data.splice(at..at, copy.repeat(times));
        }
        4 => {
            let moved: Vec<u8> = data.drain(span).collect();
            let to = dice.below(data.len() + 1);
            data.splice(to..to, moved);
        }
        // The beginning of this with the end of another.
        5 => {
            let other = dice.pick(seeds);
            data.truncate(at);
            data.extend_from_slice(&other[dice.below(other.len())..]);
        }
        _ => {
            let word = dice.pick(words).as_bytes().to_vec();
            data.splice(at..at, word);
        }
    }
}

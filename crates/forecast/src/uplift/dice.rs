//! Numbers that look like chance and are the same every time: for folds and for drawing customers again.

/// A generator that its seed settles (SplitMix64, Steele, Lea & Flood 2014).
#[derive(Clone, Debug)]
pub(super) struct Dice {
    state: u64,
}

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// 64 bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number below `end`, 0 where that is 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// Puts things into an order of chance.
    pub(super) fn shuffle<T>(&mut self, things: &mut [T]) {
        for at in (1..things.len()).rev() {
            things.swap(at, self.below(at + 1));
        }
    }
}

/// Puts each of the arms' customers into one of so many folds, each fold with its share of either arm.
pub(super) fn folds(treated: &[bool], count: usize, seed: u64) -> Vec<usize> {
    let mut dice = Dice::new(seed);
    let mut fold = vec![0; treated.len()];
    let mut next = 0;
    for arm in [false, true] {
        let mut rows: Vec<usize> = (0..treated.len())
            .filter(|row| treated[*row] == arm)
            .collect();
        dice.shuffle(&mut rows);
        for row in rows {
            fold[row] = next % count.max(1);
            next += 1;
        }
    }
    fold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_share_both_arms() {
        let treated: Vec<bool> = (0..103).map(|row| row % 3 == 0).collect();
        let fold = folds(&treated, 5, 7);
        assert_eq!(fold, folds(&treated, 5, 7));
        for one in 0..5 {
            let is_of = |row: &usize, arm: bool| fold[*row] == one && treated[*row] == arm;
            let count = |arm: bool| (0..103).filter(|row| is_of(row, arm)).count();
            assert!((6..=8).contains(&count(true)));
            assert!((13..=14).contains(&count(false)));
        }
        let mut dice = Dice::new(1);
        assert!((0..1000).all(|_| dice.below(7) < 7));
        assert_eq!(dice.below(0), 0);
    }
}

//! Numbers that look random and are the same for the same seed: for draws of customers, rows and folds.

/// SplitMix64 (Steele, Lea & Flood 2014): small, quick and good enough to draw samples; not for secrets.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Begins anew: the same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1, both exclusive.
    pub fn unit(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// A whole number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The product's upper half (Lemire 2019, without his correction: the error is below end / 2^64).
        ((u128::from(self.bits()) * end as u128) >> 64) as usize
    }

    /// Brings a list into a random order (Fisher & Yates).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for end in (1..list.len()).rev() {
            list.swap(end, self.below(end + 1));
        }
    }

    /// A fold from 0 for each of `rows` rows: folds of equal size but for one row, drawn at random.
    pub fn folds(&mut self, rows: usize, folds: usize) -> Vec<u32> {
        let folds = folds.max(1);
        let mut of: Vec<u32> = (0..rows).map(|row| (row % folds) as u32).collect();
        self.shuffle(&mut of);
        of
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_says_it_all_and_every_value_comes() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (0..1_000).map(|_| random.below(10)).collect::<Vec<usize>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        for value in 0..10 {
            let times = draw(7).iter().filter(|one| **one == value).count();
            assert!((60..150).contains(&times), "{value}: {times} times");
        }
        assert_eq!(Random::new(1).below(0), 0);
    }

    #[test]
    fn folds_are_of_equal_size() {
        let folds = Random::new(3).folds(11, 5);
        for fold in 0..5 {
            let size = folds.iter().filter(|one| **one == fold).count();
            assert_eq!(size, if fold == 0 { 3 } else { 2 });
        }
        assert!(Random::new(3).folds(0, 0).is_empty());
    }
}

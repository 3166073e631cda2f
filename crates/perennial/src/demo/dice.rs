//! Chance from a seed: the same numbers on every machine.

/// A source of chance (SplitMix64): integers, products and quotients only, so that no machine rounds otherwise.
#[derive(Clone)]
pub struct Dice(u64);

impl Dice {
    /// Chance of one customer, whatever the others do.
    pub fn new(seed: u64, customer: u32) -> Self {
        let mut dice = Self(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ u64::from(customer));
        dice.0 = dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to 1, 1 left out.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of this chance happens.
    pub fn chance(&mut self, share: f64) -> bool {
        self.unit() < share
    }

    /// A whole number of a range, both ends included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + (self.unit() * (most - least + 1) as f64) as i64
    }

    /// Milliseconds of so many days, evenly between two ends.
    pub fn days(&mut self, least: f64, most: f64) -> i64 {
        ((least + self.unit() * (most - least)) * perennial_model::DAY_MS as f64) as i64
    }

    /// A waiting time whose mean is 1 and that knows no age (exponential), by von Neumann's comparisons: no
    /// logarithm, which machines round as they like.
    pub fn wait(&mut self) -> f64 {
        for whole in 0.. {
            let first = self.unit();
            let (mut last, mut length) = (first, 1_u32);
            loop {
                let next = self.unit();
                if next >= last {
                    break;
                }
                (last, length) = (next, length + 1);
            }
            if length % 2 == 1 {
                return f64::from(whole) + first;
            }
        }
        0.0
    }

    /// The `place`th smallest, from 1, of `of` numbers from 0 to 1: distributed as beta(`place`, `of` + 1 - `place`).
    pub fn smallest(&mut self, place: usize, of: usize) -> f64 {
        let mut numbers: Vec<f64> = (0..of).map(|_| self.unit()).collect();
        numbers.sort_by(f64::total_cmp);
        numbers.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_and_shares_have_the_means_and_tails_that_they_should() {
        let mut dice = Dice::new(1, 1);
        let count = 40_000;
        let waits: Vec<f64> = (0..count).map(|_| dice.wait()).collect();
        let mean = waits.iter().sum::<f64>() / f64::from(count);
        let long = waits.iter().filter(|wait| **wait > 2.0).count() as f64 / f64::from(count);
        assert!((mean - 1.0).abs() < 0.02, "{mean}");
        assert!((long - (-2.0_f64).exp()).abs() < 0.006, "{long}");
        let shares: Vec<f64> = (0..count).map(|_| dice.smallest(4, 8)).collect();
        let mean = shares.iter().sum::<f64>() / f64::from(count);
        assert!((mean - 4.0 / 9.0).abs() < 0.004, "{mean}");
    }
}

//! Chance from a seed: the same numbers on every machine.

/// A source of chance (SplitMix64): integers and products only, so that no machine rounds otherwise.
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
}

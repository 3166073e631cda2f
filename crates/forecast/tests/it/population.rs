//! Seeded populations whose rates, lives and spend are drawn as the models say.

use perennial_forecast::{Purchases, Spend};

/// SplitMix64: any seed will do.
pub struct Random(pub u64);

impl Random {
    /// From 0 to 1, both exclusive.
    pub fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    fn normal(&mut self) -> f64 {
        (2.0 * self.exponential()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Of rate 1 (Marsaglia & Tsang 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.unit().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let z = self.normal();
            let v = (1.0 + c * z).powi(3);
            if v > 0.0 && self.unit().ln() < 0.5 * z * z + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (one, other) = (self.gamma(a), self.gamma(b));
        one / (one + other)
    }
}

/// How customers live.
#[derive(Clone, Copy, Debug)]
pub enum Life {
    /// r, alpha, a, b; the chances to leave at the first purchase; events a purchase.
    Purchase([f64; 4], bool, u32),
    /// r, alpha, s, beta.
    Time([f64; 4]),
}

/// A customer until the end of calibration, and what came after it.
#[derive(Clone, Debug)]
pub struct Customer {
    pub purchases: Purchases,
    pub spend: Spend,
    pub later: u32,
    pub later_value: f64,
    /// Times of all purchases after the first, in weeks from it.
    pub times: Vec<f64>,
}

/// Weeks from the first purchase to the end of calibration, at least and at most, and those held out.
const AGES: (f64, f64) = (26.0, 52.0);
pub const AHEAD: f64 = 26.0;
/// p, q and gamma of what they spend.
const SPEND: [f64; 3] = [4.0, 3.5, 15.0];

pub fn customers(seed: u64, count: u32, life: Life) -> Vec<Customer> {
    customers_of(seed, count, life, AGES)
}

/// Those whose first purchase was so many weeks ago, at least and at most.
pub fn customers_of(seed: u64, count: u32, life: Life, ages: (f64, f64)) -> Vec<Customer> {
    let mut random = Random(seed);
    (0..count)
        .map(|_| customer(&mut random, life, ages))
        .collect()
}

fn customer(random: &mut Random, life: Life, ages: (f64, f64)) -> Customer {
    let age = ages.0 + (ages.1 - ages.0) * random.unit();
    let times = match life {
        Life::Purchase([r, alpha, a, b], early, k) => {
            let (rate, leaves) = (random.gamma(r) / alpha, random.beta(a, b));
            let mut times = Vec::new();
            let mut at = 0.0;
            while at < age + AHEAD {
                let first = times.is_empty() && at == 0.0;
                if (!first || early) && random.unit() < leaves {
                    break;
                }
                let gap: f64 = (0..k).map(|_| random.exponential()).sum();
                at += gap / rate;
                times.push(at);
            }
            times
        }
        Life::Time([r, alpha, s, beta]) => {
            let (rate, leaving) = (random.gamma(r) / alpha, random.gamma(s) / beta);
            let end = random.exponential() / leaving;
            let mut times = Vec::new();
            let mut at = random.exponential() / rate;
            while at < end.min(age + AHEAD) {
                times.push(at);
                at += random.exponential() / rate;
            }
            times
        }
    };
    let [p, q, gamma] = SPEND;
    let own = random.gamma(q) / gamma;
    let (mut x, mut t_x, mut sum, mut later, mut later_value) = (0, 0.0, 0.0, 0, 0.0);
    for time in times.iter().copied().filter(|time| *time < age + AHEAD) {
        let value = random.gamma(p) / own;
        if time <= age {
            (x, t_x, sum) = (x + 1, time, sum + value);
        } else {
            (later, later_value) = (later + 1, later_value + value);
        }
    }
    Customer {
        purchases: Purchases::new(x, t_x, age).expect("valid"),
        spend: Spend::new(x, sum / f64::from(x.max(1))).expect("valid"),
        later,
        later_value,
        times,
    }
}

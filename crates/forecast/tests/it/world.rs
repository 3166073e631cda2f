//! A seeded shop whose laws are known: visitors who order or not, order again or not, and lapse after 90 days.

use perennial_forecast::stages::{ClockTouch, StageLedger, StageMove};

/// The stages.
pub const VISITOR: u8 = 0;
pub const FIRST: u8 = 1;
pub const REPEAT: u8 = 2;
pub const LAPSED: u8 = 3;
/// Days without an order after which she has lapsed.
const TIMEOUT_DAYS: i32 = 90;

/// Numbers as they fall, from a seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn hits(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    /// A Poisson number.
    pub fn arrivals(&mut self, mean: f64) -> u32 {
        let (mut count, mut product) = (0, self.share());
        while product > (-mean).exp() {
            product *= self.share();
            count += 1;
        }
        count
    }
}

/// One customer on her way.
#[derive(Clone, Copy)]
pub struct Person {
    stage: u8,
    /// The day her clock runs from: entering the stage, or her last order.
    since: i32,
    is_fast: bool,
}

/// A world of one shop.
#[derive(Clone, Default)]
pub struct World {
    pub people: Vec<Person>,
    pub moves: Vec<StageMove>,
    pub orders: Vec<ClockTouch>,
    pub day: i32,
}

impl World {
    pub fn lived(seed: u64, days: i32, daily: f64) -> (Self, Dice) {
        let (mut world, mut dice) = (Self::default(), Dice(seed));
        for _ in 0..days {
            world.live(&mut dice, daily);
        }
        (world, dice)
    }

    pub fn ledger(&self) -> StageLedger {
        StageLedger::gather(4, self.moves.clone(), self.orders.clone(), self.day - 1)
            .expect("a ledger")
    }

    /// Lets a day pass.
    pub fn live(&mut self, dice: &mut Dice, daily: f64) {
        let day = self.day;
        for number in 0..self.people.len() {
            let own = self.people[number];
            let age = day - own.since;
            let speed = if own.is_fast { 1.6 } else { 1.0 };
            match own.stage {
                VISITOR if dice.hits(0.002 + 0.06 * (f64::from(-age) / 8.0).exp()) => {
                    self.go(number, FIRST);
                }
                FIRST | REPEAT if age >= TIMEOUT_DAYS => self.go(number, LAPSED),
                FIRST if dice.hits(speed * if age < 30 { 0.02 } else { 0.004 }) => {
                    self.go(number, REPEAT);
                }
                REPEAT if dice.hits(speed * 0.018) => self.order(number),
                LAPSED if dice.hits(0.003 * (f64::from(-age) / 200.0).exp()) => {
                    self.go(number, REPEAT);
                }
                _ => {}
            }
        }
        for _ in 0..dice.arrivals(daily) {
            let is_fast = dice.hits(0.3);
            self.people.push(Person {
                stage: VISITOR,
                since: day,
                is_fast,
            });
            let number = self.people.len() - 1;
            self.go(number, VISITOR);
            if dice.hits(0.25) {
                self.go(number, FIRST);
            }
        }
        self.day += 1;
    }

    fn go(&mut self, number: usize, to: u8) {
        let own = &mut self.people[number];
        (own.stage, own.since) = (to, self.day);
        let group = u16::from(own.is_fast);
        let (customer, day) = (number as u32, self.day);
        self.moves.push(StageMove {
            customer,
            day,
            to: Some(to),
            group,
        });
        if to == FIRST || to == REPEAT {
            self.orders.push(ClockTouch { customer, day });
        }
    }

    fn order(&mut self, number: usize) {
        self.people[number].since = self.day;
        let (customer, day) = (number as u32, self.day);
        self.orders.push(ClockTouch { customer, day });
    }

    pub fn standing(&self) -> [f64; 4] {
        let mut standing = [0.0; 4];
        for person in &self.people {
            standing[usize::from(person.stage)] += 1.0;
        }
        standing
    }
}

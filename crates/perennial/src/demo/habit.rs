//! How somebody buys of her own accord: at a pace of her own, until she leaves without a word.

use perennial_model::DAY_MS;

use super::dice::Dice;
use super::life::Life;
use super::shop::{COUNTRIES, SLOW_COUNTRY};

/// Paces are gamma of this shape among customers …
const PACE_SHAPE: usize = 4;
/// … and of this scale: her days between orders are it, divided by what the dice give. About 45 on average.
const PACE_SCALE_DAYS: f64 = 136.0;
/// The chance to leave after an order is beta(4, 5) among customers: the fourth smallest of eight.
const LEAVE: (usize, usize) = (4, 8);
/// How much customers order at once is inverse gamma of this shape among them, with a mean of 1.
const SIZE_SHAPE: usize = 8;
/// Planted: where the second order comes late, it does so after so many days …
const SLOW_DAYS: f64 = 34.0;
/// … and twice up to so many more.
const SLOW_SPREAD_DAYS: f64 = 26.0;
/// Steps in which a pause that knows its age is followed.
const STEPS: usize = 400;

/// A customer's own chances. She pauses between orders as if at random, with no memory, and after each order, the
/// first one too, she may be gone: the process that the models of repeat purchases (MBG/NBD) are made for.
#[derive(Clone, Copy, Debug)]
pub struct Habit {
    /// Days between two orders, on average, while she stays.
    pub days_between: f64,
    /// The chance that an order is her last.
    pub leaves: f64,
    /// Whether her second order comes late.
    slow: bool,
}

/// How much somebody orders at once: 1 is usual.
pub fn size(dice: &mut Dice) -> f64 {
    let sum: f64 = (0..SIZE_SHAPE).map(|_| dice.wait()).sum();
    (SIZE_SHAPE - 1) as f64 / sum
}

impl Habit {
    /// Draws them.
    pub fn new(life: &mut Life) -> Self {
        let pace: f64 = (0..PACE_SHAPE).map(|_| life.dice.wait()).sum();
        let (place, of) = LEAVE;
        Self {
            days_between: PACE_SCALE_DAYS / pace,
            leaves: life.dice.smallest(place, of),
            slow: life.planted && COUNTRIES[life.country].0 == SLOW_COUNTRY,
        }
    }

    /// How long until the next order, after so many.
    pub fn pause(&self, orders: usize, dice: &mut Dice) -> i64 {
        let days = if self.is_slow(orders) {
            SLOW_DAYS + SLOW_SPREAD_DAYS * (dice.unit() + dice.unit())
        } else {
            self.days_between * dice.wait()
        };
        (days * DAY_MS as f64) as i64
    }

    fn is_slow(&self, orders: usize) -> bool {
        self.slow && orders == 1
    }

    /// The chance that a pause after so many orders is longer than so many days.
    fn outlasts(&self, orders: usize, days: f64) -> f64 {
        if !self.is_slow(orders) {
            return (-days / self.days_between).exp();
        }
        match ((days - SLOW_DAYS) / SLOW_SPREAD_DAYS).clamp(0.0, 2.0) {
            part if part < 1.0 => 1.0 - part * part / 2.0,
            part => (2.0 - part) * (2.0 - part) / 2.0,
        }
    }

    /// The chance that she is still a customer, for who knows her habit and her silence but not whether she left.
    pub fn alive(&self, orders: usize, silent_days: f64) -> f64 {
        let stays = (1.0 - self.leaves) * self.outlasts(orders, silent_days);
        stays / (stays + self.leaves)
    }

    /// The orders to expect of her within so many days if she is still a customer, those that mails bring left out.
    pub fn expected_if_alive(&self, orders: usize, silent_days: f64, days: f64) -> f64 {
        // Once she has ordered, the rest is the same however long it took.
        let after = |left: f64| 1.0 + (1.0 - self.leaves) * self.fresh(left);
        if !self.is_slow(orders) {
            return self.fresh(days);
        }
        let step = days / STEPS as f64;
        let now = self.outlasts(orders, silent_days);
        let mut expected = 0.0;
        for at in 0..STEPS {
            let ends = [at, at + 1].map(|at| silent_days + step * at as f64);
            let [from, to] = ends.map(|end| self.outlasts(orders, end));
            expected += (from - to) * after(days - (at as f64 + 0.5) * step);
        }
        if now > 0.0 { expected / now } else { 0.0 }
    }

    /// The same just after an order that was not her last, and so at any time after.
    fn fresh(&self, days: f64) -> f64 {
        -(-self.leaves * days / self.days_between).exp_m1() / self.leaves
    }
}

//! Visits: what she looks at, puts into the cart, orders, and says about it.

use perennial_model::{HOUR_MS, MINUTE_MS};

use super::life::Life;
use super::shop::{CATEGORIES, DELIVERIES, Event, POOR_DELIVERY, POOR_DEVICE};

/// What becomes of the cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cart {
    /// There is none.
    None,
    /// It is left behind.
    Left,
    /// It is bought.
    Bought,
}

impl Life {
    /// A visit on any of her devices.
    pub fn visit_somewhere(&mut self, at: i64, cart: Cart) {
        let device = self.dice.between(0, self.devices - 1) as usize;
        self.visit(at, device, cart);
    }

    /// A visit on one device. What is ordered is ordered at `at`, and looked at before.
    pub fn visit(&mut self, at: i64, device: usize, cart: Cart) {
        let liked = if self.dice.chance(0.6) {
            self.favourite
        } else {
            self.dice.between(0, 5) as usize
        };
        let (category, price) = CATEGORIES[liked];
        let seen = Event {
            name: self.name,
            device: Some(device),
            category: Some(category),
            ..Event::default()
        };
        for view in 0..self.dice.between(2, 4) {
            self.note(
                at - 3 * MINUTE_MS - view * 40_000,
                "page_view",
                seen.clone(),
            );
        }
        if self.dice.chance(0.35) {
            self.note(at - 6 * MINUTE_MS, "search", seen.clone());
        }
        if cart == Cart::None {
            return;
        }
        let paid = price * self.dice.between(70, 150) / 100;
        let usual = (paid as f64 * self.size) as i64;
        let amount = if self.big {
            usual * 2 + self.dice.between(12_000, 24_000)
        } else {
            usual
        };
        let paid = Event {
            amount: Some(amount),
            ..seen.clone()
        };
        self.note(at - MINUTE_MS, "add_to_cart", paid.clone());
        let goes_on = self.dice.chance(0.3);
        if cart == Cart::Left && !goes_on {
            return;
        }
        self.note(at - 20_000, "begin_checkout", paid.clone());
        let fails = self.dice.chance(0.85) && self.checkout_is_broken(at);
        if cart == Cart::Bought && !fails {
            self.orders += 1;
            self.note(
                at,
                "order",
                Event {
                    order: Some(self.orders),
                    ..paid.clone()
                },
            );
            self.afterwards(at, device, &paid);
        }
    }

    /// What follows an order: its delivery, refund, ticket, ratings, referral.
    fn afterwards(&mut self, ordered: i64, device: usize, paid: &Event) {
        let said = Event {
            name: self.name,
            device: Some(device),
            category: paid.category,
            ..Event::default()
        };
        if !self.big && self.dice.chance(0.05) {
            let at = ordered + self.dice.days(3.0, 14.0);
            self.take_back(ordered);
            self.note(
                at,
                "refund",
                Event {
                    order: Some(self.orders),
                    ..paid.clone()
                },
            );
        }
        let delivery = DELIVERIES[usize::from(self.dice.chance(0.25))];
        let received = ordered + self.dice.days(1.0, 3.0);
        self.note(received, delivery, said.clone());
        if self.planted && delivery == POOR_DELIVERY && self.dice.chance(0.30) {
            let at = received + self.dice.days(0.05, 4.0);
            self.note(at, "support_ticket", said.clone());
        } else if self.dice.chance(0.07) {
            let at = ordered + self.dice.days(0.5, 9.0);
            self.note(at, "support_ticket", said.clone());
        }
        if self.dice.chance(0.20) {
            let score = if self.planted && device == POOR_DEVICE {
                self.dice.between(1, 3)
            } else {
                self.dice.between(3, 5)
            };
            let at = ordered + self.dice.between(HOUR_MS, 30 * HOUR_MS);
            self.note(
                at,
                "csat",
                Event {
                    score: Some(score),
                    ..said.clone()
                },
            );
        }
        if self.dice.chance(0.06) {
            let score = self.dice.between(5, 10);
            let at = ordered + self.dice.days(5.0, 12.0);
            self.note(
                at,
                "nps",
                Event {
                    score: Some(score),
                    ..said.clone()
                },
            );
        }
        if self.dice.chance(0.06) {
            let score = self.dice.between(2, 5);
            let at = ordered + self.dice.days(4.0, 20.0);
            self.note(
                at,
                "review",
                Event {
                    score: Some(score),
                    ..said.clone()
                },
            );
        }
        if self.dice.chance(0.02) {
            let at = ordered + self.dice.days(1.0, 20.0);
            self.note(at, "referral", said);
        }
    }
}

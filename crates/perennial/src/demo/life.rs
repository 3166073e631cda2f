//! One customer's life with the shop, from her first visit to the end of history.

use perennial_model::DAY_MS;

use super::dice::Dice;
use super::habit::{self, Habit};
use super::mail;
use super::shop::{
    AHEAD, BROKEN_COUNTRIES, BROKEN_FROM, BROKEN_UNTIL, CATEGORIES, COUNTRIES, END, Event, Name,
    SILENCE, START,
};
use super::visit::Cart;

/// Most orders of one customer.
const MAX_ORDERS: usize = 24;

/// What becomes of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Looks, and is never known.
    Visitor,
    /// Signs up and never orders.
    Lead,
    /// Orders, once or often.
    Buyer,
    /// Orders a lot, and stays away from summer 2025 on.
    BigSpender,
}

/// A life being written.
pub struct Life {
    pub customer: u32,
    pub dice: Dice,
    /// Whether what is planted is in the shop.
    pub planted: bool,
    pub country: usize,
    /// How many devices she has.
    pub devices: i64,
    /// What she likes best.
    pub favourite: usize,
    /// As whom she is signed in.
    pub name: Option<Name>,
    pub big: bool,
    /// How much she orders at once: 1 is usual.
    pub size: f64,
    pub events: Vec<Event>,
    pub orders: u32,
    /// How she buys, where she does so of her own accord.
    pub habit: Option<Habit>,
    /// When she ordered of her own accord, until the end of history, a broken checkout or not.
    pub own: Vec<i64>,
    /// When she left, if she did before the time ahead is over; nobody is told.
    pub left: Option<i64>,
    /// Her orders after the end of history: when, and for how many cents less refunds. No file has them.
    pub ahead: Vec<(i64, i64)>,
}

/// All events of a customer, twice sent ones twice, in no order. Where nothing is planted, all customers of a
/// fate have the same chances wherever and whenever they are.
pub fn life(seed: u64, customer: u32, planted: bool) -> Vec<Event> {
    lived(seed, customer, planted).arrive()
}

/// The same with what no file says of her.
pub fn lived(seed: u64, customer: u32, planted: bool) -> Life {
    let mut dice = Dice::new(seed, customer);
    let fate = match dice.unit() {
        share if share < 0.30 => Fate::Visitor,
        share if share < 0.50 => Fate::Lead,
        share if share < 0.99 || !planted => Fate::Buyer,
        _ => Fate::BigSpender,
    };
    let country = country(&mut dice);
    let devices = if dice.chance(0.5) {
        1
    } else {
        dice.between(2, 3)
    };
    let favourite = dice.between(0, CATEGORIES.len() as i64 - 1) as usize;
    let big = fate == Fate::BigSpender;
    let size = if big { 1.0 } else { habit::size(&mut dice) };
    let mut life = Life {
        customer,
        dice,
        planted,
        country,
        devices,
        favourite,
        name: None,
        big,
        size,
        events: Vec::new(),
        orders: 0,
        habit: None,
        own: Vec::new(),
        left: None,
        ahead: Vec::new(),
    };
    let known_from = match fate {
        Fate::Visitor => life.look_around(),
        Fate::Lead => life.lead(),
        Fate::Buyer => life.buy(),
        Fate::BigSpender => life.spend(),
    };
    if let Some(from) = known_from {
        mail::send(&mut life, from);
    }
    life
}

fn country(dice: &mut Dice) -> usize {
    let mut left = dice.between(0, 99);
    let own = |(_, _, share): &(&str, &str, i64)| {
        left -= share;
        left < 0
    };
    COUNTRIES.iter().position(own).unwrap_or(0)
}

impl Life {
    /// Notes what happened; what lies beyond the end of history is left out of it.
    pub fn note(&mut self, at: i64, event: &'static str, more: Event) {
        if (END..AHEAD).contains(&at) && event == "order" {
            self.ahead.push((at, more.amount.unwrap_or_default()));
        }
        if at < END {
            let (customer, country) = (self.customer, self.country);
            let number = self.events.len() as u32;
            self.events.push(Event {
                customer,
                number,
                at,
                event,
                country,
                ..more
            });
        }
    }

    /// An order of the time ahead is refunded, and worth nothing.
    pub fn take_back(&mut self, ordered: i64) {
        let last = self.ahead.last_mut().filter(|(at, _)| *at == ordered);
        if let Some((_, cents)) = last {
            *cents = 0;
        }
    }

    /// A few visits of somebody nobody knows.
    fn look_around(&mut self) -> Option<i64> {
        let mut at = START + self.dice.days(0.1, 725.0);
        for _ in 0..self.dice.between(1, 3) {
            self.visit(at, 0, Cart::None);
            at += self.dice.days(0.5, 20.0);
        }
        None
    }

    /// Signs up, comes by now and then, and never orders.
    fn lead(&mut self) -> Option<i64> {
        let mut at = START + self.dice.days(0.1, 725.0);
        self.visit(at, 0, Cart::None);
        at += self.dice.days(0.0, 6.0);
        let from = self.sign_up(at);
        for _ in 0..self.dice.between(0, 4) {
            at += self.dice.days(2.0, 50.0);
            let cart = if self.dice.chance(0.4) {
                Cart::Left
            } else {
                Cart::None
            };
            self.visit_somewhere(at, cart);
        }
        Some(from)
    }

    /// Orders; many once, some again and again.
    fn buy(&mut self) -> Option<i64> {
        let mut at = START + self.dice.days(0.1, 720.0);
        self.visit(at, 0, Cart::None);
        at += self.dice.days(0.1, 12.0);
        let guest = self.dice.chance(0.08);
        let from = if guest {
            self.check_in_as_guest(at)
        } else {
            self.sign_up(at)
        };
        let habit = Habit::new(self);
        for order in 0..MAX_ORDERS {
            at += match order {
                0 => self.dice.days(0.01, 4.0),
                order => habit.pause(order, &mut self.dice),
            };
            self.browse_before(at);
            self.visit_somewhere(at, Cart::Bought);
            if guest && order == 0 {
                let later = at + self.dice.days(0.01, 1.0);
                self.open_account(later);
            }
            if at >= END {
                self.beyond(|life| life.go_on(habit, at, order + 1));
                break;
            }
            self.own.push(at);
            self.left = Some(at);
            if self.dice.chance(habit.leaves) {
                break;
            }
            if order + 1 < MAX_ORDERS {
                self.left = None;
            }
        }
        self.habit = Some(habit);
        Some(from)
    }

    /// Orders on in the time ahead, after one that lies in it.
    fn go_on(&mut self, habit: Habit, mut at: i64, orders: usize) {
        for order in orders..MAX_ORDERS {
            if at >= AHEAD {
                return;
            }
            if self.dice.chance(habit.leaves) {
                break;
            }
            at += habit.pause(order, &mut self.dice);
            self.visit_somewhere(at, Cart::Bought);
        }
        self.left = Some(at);
    }

    /// What happens in the time ahead takes nothing from the chance that history is made of.
    pub fn beyond(&mut self, happens: impl FnOnce(&mut Self)) {
        let dice = self.dice.clone();
        happens(self);
        self.dice = dice;
    }

    /// Whether she has left by an instant.
    pub fn has_left(&self, at: i64) -> bool {
        self.left.is_some_and(|left| left <= at)
    }

    /// Orders large and often, and falls silent in early summer 2025.
    fn spend(&mut self) -> Option<i64> {
        let last = SILENCE - self.dice.days(0.5, 40.0);
        let orders = self.dice.between(3, 7);
        let mut times: Vec<i64> = (0..orders)
            .map(|order| last - order * self.dice.days(25.0, 60.0))
            .collect();
        times.sort_unstable();
        let first = times.first().copied().unwrap_or(last);
        let begin = first - self.dice.days(3.0, 20.0);
        self.visit(begin, 0, Cart::None);
        let from = self.sign_up(begin + DAY_MS);
        for at in times {
            self.visit_somewhere(at, Cart::Bought);
        }
        self.left = Some(last);
        Some(from)
    }

    /// Whether a checkout of hers is a broken one.
    pub fn checkout_is_broken(&self, at: i64) -> bool {
        self.planted
            && (BROKEN_FROM..BROKEN_UNTIL).contains(&at)
            && BROKEN_COUNTRIES.contains(&COUNTRIES[self.country].0)
    }

    /// Some look at things a few days before they order.
    fn browse_before(&mut self, at: i64) {
        if self.dice.chance(0.4) {
            let before = at - self.dice.days(0.2, 3.0);
            let cart = if self.dice.chance(0.3) {
                Cart::Left
            } else {
                Cart::None
            };
            self.visit_somewhere(before, cart);
        }
    }

    fn sign_up(&mut self, at: i64) -> i64 {
        self.name = Some(Name::Account);
        let known = Event {
            name: self.name,
            device: Some(0),
            ..Event::default()
        };
        self.note(at, "identify", known.clone());
        self.note(at + 1_000, "signed_up", known);
        for device in 1..self.devices as usize {
            let later = at + self.dice.days(0.1, 9.0);
            self.note(
                later,
                "identify",
                Event {
                    name: self.name,
                    device: Some(device),
                    ..Event::default()
                },
            );
        }
        at
    }

    fn check_in_as_guest(&mut self, at: i64) -> i64 {
        self.name = Some(Name::Guest);
        self.devices = 1;
        self.note(
            at,
            "identify",
            Event {
                name: self.name,
                device: Some(0),
                ..Event::default()
            },
        );
        at
    }

    /// The guest gets an account: an alias ties the two.
    fn open_account(&mut self, at: i64) {
        self.name = Some(Name::Account);
        self.note(
            at,
            "alias",
            Event {
                name: self.name,
                was_guest: true,
                ..Event::default()
            },
        );
    }

    /// How the events arrive: most at once, some days late, some twice.
    fn arrive(mut self) -> Vec<Event> {
        let mut again = Vec::new();
        for event in &mut self.events {
            let late = self.dice.chance(0.02);
            event.received_at = event.at
                + if late {
                    self.dice.days(1.0, 6.0)
                } else {
                    self.dice.between(50, 4_000)
                };
            if self.dice.chance(0.01) {
                let received_at = event.received_at + self.dice.between(1_000, 600_000);
                again.push(Event {
                    received_at,
                    ..event.clone()
                });
            }
        }
        self.events.extend(again);
        self.events
    }
}

//! Made-up events of a shop: users on several devices, aliases, orders, refunds, reviews, late rows and ties.

use perennial_model::Time;
use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;

use crate::read::same::Dice;

/// 2024-01-01T00:00:00Z.
const START: i64 = 1_704_067_200_000;
const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;
const COUNTRIES: [&str; 3] = ["DE", "FR", "AT"];
/// Names of events and how many of a hundred rows are of each.
const EVENTS: [(&str, usize); 8] = [
    ("Product Viewed", 45),
    ("Order Completed", 20),
    ("Order Refunded", 3),
    ("Logged In", 12),
    ("Review Submitted", 8),
    ("Referral", 1),
    ("alias", 3),
    ("Something Else", 8),
];

/// One row of a file, before it has a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// The message id; no two rows share one unless a row was sent again.
    pub message: String,
    /// When it happened, in milliseconds.
    pub at: i64,
    /// When it arrived, in milliseconds.
    pub received: i64,
    /// The event's name.
    pub event: &'static str,
    pub user: Option<String>,
    pub device: Option<String>,
    pub previous: Option<String>,
    /// Hundredths of a unit of money.
    pub cents: Option<i64>,
    pub score: Option<i64>,
    pub country: Option<&'static str>,
}

impl Raw {
    /// Whether it can be used at all: it says who it was.
    pub fn is_good(&self) -> bool {
        self.user.is_some() || self.device.is_some()
    }

    /// The same event, arrived again later.
    pub fn again(&self, delay: i64) -> Self {
        Self {
            received: self.received + delay,
            ..self.clone()
        }
    }

    /// When it happened.
    pub fn time(&self) -> Time {
        Time(self.at)
    }
}

/// The history that the laws are shown on, in the order of arrival; the same each time.
pub fn shop(rows: usize) -> Vec<Raw> {
    let mut dice = Dice(2024);
    let mut made: Vec<Raw> = (0..rows).map(|row| event(&mut dice, row, rows)).collect();
    // Many events share an instant with the one before, some of them of one customer.
    for row in 1..rows {
        if dice.below(6) == 0 {
            let before = made[row - 1].clone();
            made[row].at = before.at;
            made[row].received = made[row].received.max(before.at);
            if dice.below(2) == 0 {
                (made[row].user, made[row].device) = (before.user, before.device);
            }
        }
    }
    made.sort_by(|a, b| (a.received, &a.message).cmp(&(b.received, &b.message)));
    made
}

fn event(dice: &mut Dice, row: usize, rows: usize) -> Raw {
    let people = rows / 25 + 1;
    let person = dice.below(people);
    let at = START + (row * 400 / rows) as i64 * DAY + dice.below(24 * 60) as i64 * 60_000;
    let delay = match dice.below(12) {
        // A row of last month that comes today.
        0 => (1 + dice.below(60)) as i64 * DAY,
        _ => dice.below(5_000) as i64,
    };
    let event = named(dice.below(100));
    let known = event != "Product Viewed" || dice.below(3) == 0;
    // People call themselves this or that until an alias says that they are one.
    let name = |dice: &mut Dice| format!("u{person}{}", ["", "-b", "-c"][dice.below(20) / 9]);
    let user = known.then(|| name(dice));
    let device = (dice.below(4) > 0).then(|| {
        // Some devices are shared by two people.
        let owner = if dice.below(15) == 0 {
            person / 2
        } else {
            person
        };
        format!("d{owner}-{}", dice.below(3))
    });
    let (user, device) = match dice.below(150) {
        0 => (None, None),
        1 => (Some("null".to_owned()), None),
        _ if user.is_none() && device.is_none() => (Some(name(dice)), None),
        _ => (user, device),
    };
    let message = format!("{:x}-{row}", dice.below(1 << 20));
    let previous = (event == "alias").then(|| name(dice));
    dressed(
        dice,
        Raw {
            message,
            at,
            received: at + delay,
            event,
            user,
            device,
            previous,
            cents: None,
            score: None,
            country: None,
        },
    )
}

/// With the properties and traits that such an event has.
fn dressed(dice: &mut Dice, raw: Raw) -> Raw {
    let money = raw.event.starts_with("Order") && dice.below(10) > 0;
    Raw {
        cents: money.then(|| 100 + dice.below(9_900) as i64),
        score: (raw.event == "Review Submitted").then(|| 1 + dice.below(5) as i64),
        country: (dice.below(9) == 0).then(|| COUNTRIES[dice.below(3)]),
        ..raw
    }
}

fn named(percent: usize) -> &'static str {
    let mut sum = 0;
    for (name, share) in EVENTS {
        sum += share;
        if percent < sum {
            return name;
        }
    }
    EVENTS[0].0
}

/// Small histories of few people at few instants, which shrink well.
pub fn small() -> impl Strategy<Value = Vec<Raw>> {
    vec(raw(), 1..120).prop_map(|mut rows| {
        for (row, raw) in rows.iter_mut().enumerate() {
            raw.message = format!("{}-{row}", raw.message);
        }
        rows
    })
}

fn raw() -> impl Strategy<Value = Raw> {
    let names = |letter: char, count: u8| (0..count).prop_map(move |n| format!("{letter}{n}"));
    let who = (
        of(names('u', 7)),
        weighted(0.6, names('d', 5)),
        weighted(0.1, names('u', 7)),
    );
    // Few instants, so that many rows share one.
    let when = (0..40_i64, 0..3_i64, weighted(0.2, 1..90_i64));
    let what = (
        0..100_usize,
        weighted(0.8, 100..9_999_i64),
        1..6_i64,
        weighted(0.2, select(&COUNTRIES[..])),
    );
    (0..999_u32, who, when, what).prop_map(|(message, who, when, what)| {
        let (user, device, previous) = who;
        let user = if device.is_none() {
            user.or_else(|| Some("u0".to_owned()))
        } else {
            user
        };
        let at = START + when.0 * 6 * DAY + when.1 * 8 * HOUR;
        let event = named(what.0);
        Raw {
            message: format!("{message:x}"),
            at,
            received: at + when.2.map_or(1_000, |days| days * DAY),
            event,
            user,
            device,
            previous,
            cents: what.1.filter(|_| event.starts_with("Order")),
            score: (event == "Review Submitted").then_some(what.2),
            country: what.3,
        }
    })
}

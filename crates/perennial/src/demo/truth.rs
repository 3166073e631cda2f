//! What the generator knows and no file of the shop says: who is still a customer, and what she buys after the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use perennial_model::DAY_MS;

use super::files::user;
use super::life::{Life, lived};
use super::shop::{CATEGORIES, END, Name};
use crate::failure::Failure;

/// Weeks after the end of history that are told, each with columns of its own.
const HORIZONS_WEEKS: [i64; 3] = [13, 26, 52];
/// The part of orders that are of her favourite category, and the mean price paid for a usual one.
const FAVOURITE: f64 = 0.6;
const PRICE: f64 = 1.1;
/// The part of usual orders that is not refunded.
const KEPT: f64 = 0.95;
/// What a big spender adds to twice the price, in cents: the middle of what the dice give.
const BIG_MORE_CENTS: f64 = 18_000.0;

/// A customer who has ordered, as she is.
#[derive(Clone, Debug)]
pub struct Truth {
    /// The identifier in the shop's files; an account's where she began as a guest and opened one.
    pub user_id: String,
    /// Her orders until the end of history that are not refunded by then, with their cents, by day since 1970.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "tests fit models to it; the shop's files have it")
    )]
    pub orders: BTreeMap<i32, i64>,
    /// Her orders after it that are never refunded, by day.
    pub ahead: BTreeMap<i32, i64>,
    /// Whether she is still a customer.
    pub alive: bool,
    /// The chance of it, for who knows her pace and her chance to leave but not whether she left.
    pub p_alive: f64,
    /// Orders a week while she stays; none where nothing will come.
    pub orders_per_week: f64,
    /// The chance that an order is her last.
    pub p_leave: f64,
    /// What an order of hers that is not refunded is worth on average, in cents.
    pub mean_order: f64,
    /// Orders to expect within each horizon by her own chances, refunded ones left out.
    pub expected: [f64; HORIZONS_WEEKS.len()],
}

impl Truth {
    /// Of all customers who ordered before the end.
    pub fn of_all(seed: u64, customers: u32, planted: bool) -> impl Iterator<Item = Self> {
        (1..=customers).filter_map(move |customer| Self::of(&lived(seed, customer, planted)))
    }

    fn of(life: &Life) -> Option<Self> {
        let own = life.events.iter().filter(|event| event.event == "order");
        let own: Vec<(i64, i64)> = own
            .filter_map(|event| Some((event.at, event.amount?)))
            .collect();
        let last = own.iter().map(|(at, _)| *at).max()?;
        let alive = !life.has_left(END - 1);
        let silent = |at: i64| (END - at) as f64 / DAY_MS as f64;
        let (mut p_alive, mut expected) = (0.0, [0.0; 3]);
        if let (Some(habit), Some(own)) = (life.habit, life.own.last()) {
            let count = life.own.len();
            // Only who is still there orders because of a mail, and nobody leaves between orders.
            let is_sure = last > *own && alive;
            p_alive = match is_sure {
                true => 1.0,
                false => habit.alive(count, silent(*own)),
            };
            expected = HORIZONS_WEEKS.map(|weeks| {
                let days = (weeks * 7) as f64;
                kept_share(life) * p_alive * habit.expected_if_alive(count, silent(*own), days)
            });
        }
        Some(Self {
            user_id: user(life.name.unwrap_or(Name::Account), life.customer),
            orders: by_day(kept(life, &own)),
            ahead: by_day(life.ahead.iter().copied().filter(|(_, cents)| *cents > 0)),
            alive,
            p_alive,
            orders_per_week: life.habit.map_or(0.0, |habit| 7.0 / habit.days_between),
            p_leave: life.habit.map_or(1.0, |habit| habit.leaves),
            mean_order: mean_order(life),
            expected,
        })
    }

    /// How many days with an order and how many cents come within so many weeks after the end.
    pub fn within(&self, weeks: i64) -> (usize, i64) {
        let end = (END / DAY_MS + weeks * 7) as i32;
        let seen = self.ahead.range(..end);
        seen.fold((0, 0), |(orders, sum), (_, cents)| {
            (orders + 1, sum + cents)
        })
    }
}

/// Orders that were not paid back until the end of history.
fn kept(life: &Life, orders: &[(i64, i64)]) -> impl Iterator<Item = (i64, i64)> {
    let refunds = life.events.iter().filter(|event| event.event == "refund");
    let refunded: BTreeSet<u32> = refunds.filter_map(|event| event.order).collect();
    let own = life.events.iter().filter(|event| event.event == "order");
    let is_kept = own.map(move |event| event.order.is_none_or(|order| !refunded.contains(&order)));
    let kept = orders.iter().zip(is_kept).filter(|(_, is_kept)| *is_kept);
    kept.map(|(order, _)| *order)
}

fn by_day(orders: impl Iterator<Item = (i64, i64)>) -> BTreeMap<i32, i64> {
    let mut days = BTreeMap::new();
    for (at, cents) in orders {
        *days.entry(at.div_euclid(DAY_MS) as i32).or_default() += cents;
    }
    days
}

/// The part of her orders that is not refunded.
fn kept_share(life: &Life) -> f64 {
    if life.big { 1.0 } else { KEPT }
}

fn mean_order(life: &Life) -> f64 {
    let all: i64 = CATEGORIES.iter().map(|(_, price)| price).sum();
    let usual = all as f64 / CATEGORIES.len() as f64;
    let own = CATEGORIES[life.favourite].1 as f64;
    let price = PRICE * (FAVOURITE * own + (1.0 - FAVOURITE) * usual);
    if life.big {
        2.0 * price + BIG_MORE_CENTS
    } else {
        price * life.size
    }
}

/// Writes it as a CSV file, a row for each customer who has ordered; gives the number of rows.
///
/// # Errors
/// A file that cannot be written.
pub fn write_truth(path: &Path, all: impl Iterator<Item = Truth>) -> Result<u64, Failure> {
    let unwritable = |cause| Failure::failed(format!("{}: {cause}", path.display()));
    let mut file = BufWriter::new(File::create(path).map_err(unwritable)?);
    write!(
        file,
        "user_id,alive,p_alive,orders_per_week,p_leave,mean_order"
    )?;
    for weeks in HORIZONS_WEEKS {
        write!(file, ",expected_{weeks}w,orders_{weeks}w,value_{weeks}w")?;
    }
    writeln!(file)?;
    let mut rows = 0;
    for one in all {
        write!(
            file,
            "{},{},{:.6},{:.6},{:.6},{:.2}",
            one.user_id,
            one.alive,
            one.p_alive,
            one.orders_per_week,
            one.p_leave,
            one.mean_order / 100.0
        )?;
        for (weeks, expected) in HORIZONS_WEEKS.into_iter().zip(one.expected) {
            let (orders, cents) = one.within(weeks);
            write!(
                file,
                ",{expected:.6},{orders},{}.{:02}",
                cents / 100,
                cents % 100
            )?;
        }
        writeln!(file)?;
        rows += 1;
    }
    file.flush()?;
    Ok(rows)
}

//! Orders of a log, or of a run, as the customers that models know.

use perennial_batch::BatchError;
use perennial_batch::orders::{AskedOrders, OrderLog};
use perennial_forecast::{Orders, Refunds, Unit};
use perennial_model::Zone;

use super::base::{About, Asked, Base, Names, date_of, last_day};
use super::{refused, run};
use crate::args::OrdersFrom;
use crate::failure::Failure;
use crate::progress::Bar;

/// Days by which the last orders may lie behind all others before that is told.
const FAR_DAYS: i32 = 366;
/// The share of orders that the others are.
const OTHERS: f64 = 0.99;

/// Orders in rows, before they are put together by customer.
pub struct Rows {
    pub log: OrderLog,
    pub zone: Zone,
    /// The last day that is known, where the source says.
    pub until: Option<i32>,
    pub amounts: bool,
}

/// # Errors
/// Wrong usage, and what cannot be read.
pub fn read(from: &OrdersFrom, asked: Asked) -> Result<Base, Failure> {
    if let Some(folder) = run::folder(from) {
        return of_rows(run::read(folder, from)?, from.until.as_deref(), asked);
    }
    let zone = zone(from.timezone.as_deref())?;
    let bar = Bar::new(false);
    let log = OrderLog::read(
        &AskedOrders {
            files: from.input.clone(),
            customer: from.customer.clone(),
            date: from.date.clone(),
            amount: from.amount.clone(),
            event: from.event.clone(),
            zone: zone.clone(),
        },
        &bar,
    );
    bar.clear();
    let rows = Rows {
        log: log.map_err(told_by)?,
        zone,
        until: None,
        amounts: from.amount.is_some(),
    };
    of_rows(rows, from.until.as_deref(), asked)
}

/// What the command line can put right is wrong usage.
fn told_by(error: BatchError) -> Failure {
    match error {
        BatchError::Asked(message) => Failure::usage(message),
        other => other.into(),
    }
}

/// The zone of a name; UTC where none is named.
pub fn zone(name: Option<&str>) -> Result<Zone, Failure> {
    let Some(name) = name else {
        return Ok(Zone::utc());
    };
    Zone::named(name)
        .ok_or_else(|| Failure::usage(format!("--timezone {name}: there is no such time zone")))
}

/// Puts rows together by customer and cuts them at the last day that counts.
pub fn of_rows(rows: Rows, until: Option<&str>, asked: Asked) -> Result<Base, Failure> {
    let Rows {
        log,
        zone,
        until: known,
        amounts,
    } = rows;
    let OrderLog {
        customers,
        mut rows,
        counts,
        inputs,
    } = log;
    let mut warnings = Vec::new();
    let mut dropped: Vec<(String, u64)> = Vec::new();
    let mut drop = |why: &str, count: u64| {
        if count > 0 {
            dropped.push((why.to_owned(), count));
        }
    };
    for (reason, count) in &counts.rejected {
        drop(reason, *count);
    }
    if counts.all_rejected() > 0 {
        warnings.push(format!(
            "{} of {} rows cannot be used and are left out, such as {}",
            counts.all_rejected(),
            counts.read,
            counts.first_rejected.join("; ")
        ));
    }
    drop("without_customer", counts.without_customer);
    drop("other_events", counts.other_events);
    if counts.events.len() > 1 {
        warnings.push(format!(
            "every row counts as an order, whatever its event ({}, ...): --event EVENT takes those of one only",
            counts.events.join(", ")
        ));
    }
    if counts.without_amount > 0 {
        warnings.push(format!(
            "{} orders do not say what they were worth: they count as purchases of nothing",
            counts.without_amount
        ));
    }
    if counts.same_again > 0 {
        warnings.push(format!(
            "{} of {} rows are the same row again (customer, time and amount): if a file was read twice, all values are counted twice; if these are items of one order, nothing is wrong",
            counts.same_again, counts.read
        ));
    }
    let named = until.map(|text| last_day(text, &zone)).transpose()?;
    let last = match named.or(asked.until).or(known) {
        Some(last) => last,
        None => last_order(&rows, &mut warnings)?,
    };
    let before = rows.len();
    rows.retain(|(_, day, _)| *day <= last);
    drop("after_until", (before - rows.len()) as u64);
    let orders = Orders::gather(customers.len() as u32, rows).map_err(refused)?;
    let refunds = orders.refunds();
    warnings.extend(told_of(refunds));
    drop("refunds_without_order", refunds.without_order);
    let Some(period) = orders.span() else {
        return Err(Failure::failed(format!(
            "no order is left until {}: {} rows were read{}; name a later day with --until, or check the columns",
            date_of(last),
            counts.read,
            told(&dropped)
        )));
    };
    let about = About {
        unit: asked.unit,
        until: Some(last),
        period: Some(period),
        history: None,
        zone,
        rows: counts.read,
        dropped,
        warnings,
        inputs,
    };
    let mut base = of_orders(&orders, last, asked.unit, amounts, about);
    if let Names::Known(names, _) = &mut base.names {
        *names = customers;
    }
    base.orders = asked.keep_orders.then_some(orders);
    Ok(base)
}

/// The customers with an order until a day; their names are still to come.
pub fn of_orders(orders: &Orders, last: i32, unit: Unit, amounts: bool, about: About) -> Base {
    let (mut numbers, mut purchases, mut spend) = (Vec::new(), Vec::new(), Vec::new());
    let mut ln_gaps = 0.0;
    for (number, one) in orders.each().enumerate() {
        let Some(known) = one.purchases(last, unit) else {
            continue;
        };
        numbers.push(number as u32);
        ln_gaps += if known.x() > 0 {
            one.ln_gaps(last, unit)
        } else {
            0.0
        };
        purchases.push(known);
        if amounts {
            spend.push(one.spend(last));
        }
    }
    Base {
        names: Names::Known(perennial_batch::orders::CustomerNames::default(), numbers),
        purchases,
        spend,
        ln_gaps: Some(ln_gaps),
        weights: None,
        orders: None,
        about,
    }
}

/// The reasons for which rows were left out, for people.
fn told(dropped: &[(String, u64)]) -> String {
    let one = |(why, count): &(String, u64)| format!("{count} {why}");
    let all: Vec<String> = dropped.iter().map(one).collect();
    match all.is_empty() {
        true => String::new(),
        false => format!(" ({})", all.join(", ")),
    }
}

/// The day of the last order; warns where it lies far behind all others.
fn last_order(rows: &[(u32, i32, f64)], warnings: &mut Vec<String>) -> Result<i32, Failure> {
    let mut days: Vec<i32> = rows.iter().map(|(_, day, _)| *day).collect();
    let Some(last) = days.iter().max().copied() else {
        return Err(Failure::failed(
            "no row is an order that can be used; check --customer, --date and --event",
        ));
    };
    // Neither end is one of the odd ones at the other.
    let odd = ((1.0 - OTHERS) * (days.len() - 1) as f64).ceil() as usize;
    let first = i64::from(*days.select_nth_unstable(odd).1);
    let at = (OTHERS * (days.len() - 1) as f64) as usize;
    let others = i64::from(*days.select_nth_unstable(at).1);
    let gap = i64::from(last) - others;
    if gap > i64::from(FAR_DAYS).max(2 * (others - first)) {
        warnings.push(format!(
            "the last order is of {}, {gap} days after 99 of 100 others: everybody looks gone for that long; if the date is wrong, say with --until DATE where the data end",
            date_of(last)
        ));
    }
    Ok(last)
}

/// What refunds have come to, for people.
fn told_of(refunds: Refunds) -> Vec<String> {
    let mut told = Vec::new();
    if refunds.rows > refunds.without_order {
        told.push(format!(
            "{} rows of negative amounts are refunds: no purchases, and taken off the worth of the orders before",
            refunds.rows - refunds.without_order
        ));
    }
    if refunds.days > 0 {
        told.push(format!(
            "{} days with an order were refunded whole: they are no purchases",
            refunds.days
        ));
    }
    if refunds.beyond > 0 {
        told.push(format!(
            "{} refunds are of more than all orders before them: the rest is left out",
            refunds.beyond
        ));
    }
    if refunds.without_order > 0 {
        told.push(format!(
            "{} refunds have no order before them and are left out",
            refunds.without_order
        ));
    }
    told
}

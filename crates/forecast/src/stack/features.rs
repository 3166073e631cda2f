//! What a customer's orders tell of her at the end of a day, as columns that trees learn from.

use crate::error::{Error, within};
use crate::orders::{Orders, OrdersOf};
use crate::trees::Table;

/// The windows that orders and money are counted in, in days before the end of the day.
const WINDOWS: [i32; 4] = [30, 90, 180, 365];
/// Days of a year.
const YEAR: i32 = 365;
/// The longest horizon, in days.
pub(super) const MAX_HORIZON: i32 = 36_525;

/// A column and how it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feature {
    /// The column's name.
    pub name: &'static str,
    /// What it is, in words that follow «her» or stand alone.
    pub words: &'static str,
}

const fn feature(name: &'static str, words: &'static str) -> Feature {
    Feature { name, words }
}

/// The columns of [`features`], in order. Days with an order count as one order; money is what its orders of a
/// day were worth.
pub const FEATURES: [Feature; 33] = [
    feature("orders", "orders so far"),
    feature("age_days", "days since the first order"),
    feature("idle_days", "days since the last order"),
    feature("active_days", "days from the first to the last order"),
    feature("rate", "repeat orders a day since the first"),
    feature("gap_mean_days", "mean days between orders"),
    feature("gap_deviation", "how irregular the days between orders are"),
    feature("gap_last_days", "days between the last two orders"),
    feature("gap_most_days", "most days between two orders"),
    feature("gap_recent_days", "mean days between the last four orders"),
    feature(
        "idle_per_gap",
        "silence against the usual days between orders",
    ),
    feature("idle_per_most", "silence against the longest before"),
    feature(
        "gap_trend",
        "the last days between orders against the usual",
    ),
    feature("orders_30", "orders of the last 30 days"),
    feature("orders_90", "orders of the last 90 days"),
    feature("orders_180", "orders of the last 180 days"),
    feature("orders_365", "orders of the last 365 days"),
    feature(
        "trend_90",
        "orders of the last 90 days less those of the 90 before",
    ),
    feature(
        "trend_180",
        "orders of the last 180 days less those of the 180 before",
    ),
    feature(
        "late_share",
        "share of orders in the later half of her time",
    ),
    feature("same_season", "orders in the same days a year ago"),
    feature("money", "money spent so far"),
    feature("money_mean", "money spent on an order"),
    feature("money_first", "money spent on the first order"),
    feature("money_last", "money spent on the last order"),
    feature("money_most", "money spent on the largest order"),
    feature("money_trend", "the last order's money against the usual"),
    feature("money_30", "money spent in the last 30 days"),
    feature("money_90", "money spent in the last 90 days"),
    feature("money_180", "money spent in the last 180 days"),
    feature("money_365", "money spent in the last 365 days"),
    feature("weekend_share", "share of orders on Saturdays and Sundays"),
    feature("first_orders_30", "orders in the 30 days after the first"),
];

/// What these customers' orders until the end of a day tell of each, as the columns [`FEATURES`]; nothing
/// after that day has a say. The horizon, in days, only tells what the same days a year ago are. All of a
/// customer's values are missing if she had no order by then; gaps are missing without a second order.
///
/// # Errors
/// [`Error::Figure`] for a horizon that is not from 1 day to 100 years.
pub fn features(
    orders: &Orders,
    customers: &[u32],
    day: i32,
    horizon_days: i32,
) -> Result<Table, Error> {
    check_horizon(horizon_days)?;
    let mut columns = vec![Vec::with_capacity(customers.len()); FEATURES.len()];
    for customer in customers {
        let seen = orders.of(*customer as usize).until(day);
        let row = row(&seen, day, horizon_days);
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let mut table = Table::new(customers.len());
    for (feature, column) in FEATURES.iter().zip(columns) {
        table.push(feature.name, column)?;
    }
    Ok(table)
}

/// That a horizon can be.
pub(super) fn check_horizon(horizon_days: i32) -> Result<(), Error> {
    within(
        "the horizon",
        horizon_days.into(),
        (1.0, MAX_HORIZON.into()),
        "from 1 day to 100 years",
    )
    .map(|_| ())
}

fn row(seen: &OrdersOf<'_>, day: i32, horizon_days: i32) -> [f64; FEATURES.len()] {
    let (Some(first), Some(last)) = (seen.days.first(), seen.days.last()) else {
        return [f64::NAN; FEATURES.len()];
    };
    let (first, last) = (*first, *last);
    let count = seen.days.len() as f64;
    let (age, idle) = (f64::from(day - first), f64::from(day - last));
    let [mean, deviation, latest, most, recent] = gaps(seen.days);
    let counted = WINDOWS.map(|days| {
        let part = seen.after(day.saturating_sub(days));
        (part.days.len() as f64, part.values.iter().sum::<f64>())
    });
    let between = |from: i32, to: i32| (at(seen.days, to) - at(seen.days, from)) as f64;
    let trend = |days| between(day - days, day) - between(day - 2 * days, day - days);
    let money: f64 = seen.values.iter().sum();
    let (money_first, money_last) = (seen.values[0], seen.values[seen.values.len() - 1]);
    let money_most = seen
        .values
        .iter()
        .copied()
        .fold(f64::NEG_INFINITY, f64::max);
    let weekend = seen.days.iter().filter(|day| weekend(**day)).count() as f64;
    let season = if day - first >= YEAR {
        between(
            day - YEAR,
            (day - YEAR).saturating_add(horizon_days).min(day),
        )
    } else {
        f64::NAN
    };
    let half = first + (day - first) / 2;
    [
        count,
        age,
        idle,
        f64::from(last - first),
        (count - 1.0) / age.max(1.0),
        mean,
        deviation,
        latest,
        most,
        recent,
        idle / mean,
        idle / most,
        latest / mean,
        counted[0].0,
        counted[1].0,
        counted[2].0,
        counted[3].0,
        trend(90),
        trend(180),
        between(half, day) / count,
        season,
        money,
        money / count,
        money_first,
        money_last,
        money_most,
        ratio(money_last, money / count),
        counted[0].1,
        counted[1].1,
        counted[2].1,
        counted[3].1,
        weekend / count,
        between(first, first.saturating_add(30)),
    ]
}

/// One over the other where that says something; missing otherwise.
fn ratio(above: f64, below: f64) -> f64 {
    if below > 0.0 { above / below } else { f64::NAN }
}

/// Orders until the end of a day.
fn at(days: &[i32], day: i32) -> usize {
    days.partition_point(|one| *one <= day)
}

/// Of the days between orders: the mean, the deviation over the mean, the last, the most and the mean of the
/// last three; missing where there are too few.
fn gaps(days: &[i32]) -> [f64; 5] {
    let gaps: Vec<f64> = days
        .windows(2)
        .map(|pair| f64::from(pair[1] - pair[0]))
        .collect();
    let Some(last) = gaps.last() else {
        return [f64::NAN; 5];
    };
    let mean_of = |list: &[f64]| list.iter().sum::<f64>() / list.len() as f64;
    let mean = mean_of(&gaps);
    let square: f64 = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum();
    let deviation = if gaps.len() > 1 {
        (square / (gaps.len() - 1) as f64).sqrt() / mean
    } else {
        f64::NAN
    };
    let most = gaps.iter().copied().fold(0.0, f64::max);
    let recent = mean_of(&gaps[gaps.len().saturating_sub(3)..]);
    [mean, deviation, *last, most, recent]
}

/// Whether a day, counted from 1970-01-01, a Thursday, is a Saturday or Sunday.
fn weekend(day: i32) -> bool {
    (day + 3).rem_euclid(7) >= 5
}

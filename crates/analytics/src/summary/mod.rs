//! What each customer's orders come to: recency, frequency and money, scored, and what forecasts are fitted to.
//!
//! [`crate::rfm`] scores customers while they are folded, by instants that no date of asking is known for;
//! here a date is given, recency is in days, and a quantile's cut lies one *day* above it.

mod score;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use perennial_model::Time;
use perennial_rules::project::Cuts;

use crate::calendar::Calendar;
use crate::hash::NumberMap;
use crate::trail::{Analysis, NO_NUMBER, NO_TEXT, Trail, Words};
use score::{Measured, Scores, scores, segment_of};
pub use score::{OTHERS, ScoreThresholds, SegmentRange};

/// Millionths in a unit of money.
const MONEY: f64 = 1_000_000.0;

/// The question: what do each customer's orders come to, and where does that place her?
#[derive(Clone, Debug)]
pub struct Summary {
    /// The condition that orders meet; `None` = every touch is one.
    pub order: Option<u16>,
    /// The column of texts with order ids: rows of one id are one order; a row without an id is one itself.
    pub order_id: Option<usize>,
    /// The column of numbers with amounts; `None` = everything costs nothing.
    pub amount: Option<usize>,
    /// Until when orders count, exclusive; the instant before it is «as of», so that its day and period are in.
    pub until: Time,
    /// The days of recency, and the periods of `x`, `t_x`, `T` and `zbar`.
    pub calendar: Calendar,
    /// How tiles are cut.
    pub cuts: Cuts,
    /// How many tiles, from 1.
    pub tiles: u8,
    /// Cuts taken before, from whoever; then `cuts` and `tiles` say nothing.
    pub thresholds: Option<ScoreThresholds>,
    /// Names for ranges of scores, the first that fits; `None` = the usual names of five tiles.
    pub segments: Option<Vec<SegmentRange>>,
}

/// What customers' orders come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SummaryAnswer {
    /// Customers with an order, by id.
    pub customers: Vec<CustomerSummary>,
    /// The cuts that scores were given by: given again, they score other customers alike.
    pub thresholds: ScoreThresholds,
    /// By customers, falling, then name.
    pub segments: Vec<SegmentTotal>,
}

/// What one customer's orders come to.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerSummary {
    /// Her id.
    pub customer: String,
    /// Calendar days from her last order to the day as of which is asked.
    pub recency_days: i64,
    /// Her orders.
    pub frequency: u64,
    /// Their sum, in millionths of money.
    pub monetary: i128,
    /// Her recency's tile: the highest is the latest.
    pub r: u8,
    /// Her frequency's tile.
    pub f: u8,
    /// Her money's tile.
    pub m: u8,
    /// The first segment whose ranges hold her scores, or [`OTHERS`].
    pub segment: String,
    /// Periods with an order after her first one.
    pub x: u64,
    /// Periods from her first order to her last.
    pub t_x: i64,
    /// Periods from her first order to the one as of which is asked: `T`.
    pub age: i64,
    /// The mean of what those repeat periods brought, in units of money; 0 without any.
    pub zbar: f64,
}

/// What a segment comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentTotal {
    /// Its name.
    pub segment: String,
    /// Its customers.
    pub customers: u64,
    /// Their orders.
    pub orders: u64,
    /// Their money in millionths.
    pub monetary: i128,
}

/// What is counted of summaries so far.
#[derive(Clone, Debug)]
pub struct Tally {
    orders: Option<Vec<bool>>,
    ids: NumberMap<u32, ()>,
    rows: Vec<Row>,
}

/// One customer before she is compared with others.
#[derive(Clone, Copy, Debug)]
struct Row {
    customer: u32,
    last_ms: i64,
    recency_days: i64,
    frequency: u64,
    monetary: i128,
    x: u64,
    t_x: i64,
    age: i64,
    repeat_value: i128,
}

impl Summary {
    /// Sums up a customer's orders; `None` if she has none in time.
    fn row(&self, tally: &mut Tally, trail: &Trail<'_>) -> Option<Row> {
        let mut cursor = self.calendar.cursor();
        let (mut last, mut first, mut frequency) = (None, None, 0);
        let (mut monetary, mut first_value, mut periods) = (0_i128, 0_i128, 0);
        tally.ids.clear();
        for at in 0..trail.len() {
            let at_ms = trail.at_ms[at];
            if at_ms >= self.until.ms() {
                break;
            }
            if let Some(orders) = &tally.orders
                && !orders[trail.mark[at] as usize]
            {
                continue;
            }
            let id = self
                .order_id
                .map_or(NO_TEXT, |column| trail.texts[column][at]);
            if id == NO_TEXT || tally.ids.insert(id, ()).is_none() {
                frequency += 1;
            }
            let place = cursor.at(at_ms);
            let first = *first.get_or_insert(place.period);
            periods += u64::from(last.is_none_or(|(_, period, _)| period != place.period));
            last = Some((at_ms, place.period, place.day));
            let amount = self
                .amount
                .map_or(NO_NUMBER, |column| trail.numbers[column][at]);
            if amount != NO_NUMBER {
                monetary += i128::from(amount);
                first_value += i128::from(if place.period == first { amount } else { 0 });
            }
        }
        let ((last_ms, period, day), first) = (last?, first?);
        let as_of = cursor.at(self.until.ms().saturating_sub(1));
        Some(Row {
            customer: trail.customer,
            last_ms,
            recency_days: as_of.day - day,
            frequency,
            monetary,
            x: periods - 1,
            t_x: period - first,
            age: as_of.period - first,
            repeat_value: monetary - first_value,
        })
    }

    fn customer(&self, row: &Row, scores: Scores, words: &Words) -> CustomerSummary {
        let repeat_value = row.repeat_value as f64 / MONEY;
        CustomerSummary {
            customer: words.customers[row.customer as usize].clone(),
            recency_days: row.recency_days,
            frequency: row.frequency,
            monetary: row.monetary,
            r: scores.r,
            f: scores.f,
            m: scores.m,
            segment: segment_of(self.segments.as_deref(), scores).to_owned(),
            x: row.x,
            t_x: row.t_x,
            age: row.age,
            zbar: if row.x == 0 {
                0.0
            } else {
                repeat_value / row.x as f64
            },
        }
    }
}

impl Analysis for Summary {
    type Tally = Tally;
    type Answer = SummaryAnswer;

    fn begin(&self, words: &Words) -> Tally {
        Tally {
            orders: self.order.map(|condition| words.marks.meeting(condition)),
            ids: NumberMap::default(),
            rows: Vec::new(),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        if let Some(row) = self.row(tally, trail) {
            tally.rows.push(row);
        }
    }

    fn merge(&self, tally: &mut Tally, mut other: Tally) {
        tally.rows.append(&mut other.rows);
    }

    fn answer(&self, mut tally: Tally, words: &Words) -> SummaryAnswer {
        tally
            .rows
            .sort_unstable_by_key(|row| &words.customers[row.customer as usize]);
        let measured: Vec<Measured> = tally
            .rows
            .iter()
            .map(|row| Measured {
                last_ms: row.last_ms,
                recency_days: row.recency_days,
                frequency: row.frequency,
                monetary: row.monetary,
            })
            .collect();
        let given = self.thresholds.as_ref();
        let (thresholds, scores) = scores(&measured, self.cuts, self.tiles, given);
        let rows = tally.rows.iter().zip(scores);
        let customers: Vec<CustomerSummary> = rows
            .map(|(row, scores)| self.customer(row, scores, words))
            .collect();
        SummaryAnswer {
            segments: totals(&customers),
            customers,
            thresholds,
        }
    }
}

fn totals(customers: &[CustomerSummary]) -> Vec<SegmentTotal> {
    let mut totals = BTreeMap::<&str, SegmentTotal>::new();
    for customer in customers {
        let total = totals
            .entry(&customer.segment)
            .or_insert_with(|| SegmentTotal {
                segment: customer.segment.clone(),
                customers: 0,
                orders: 0,
                monetary: 0,
            });
        total.customers += 1;
        total.orders += customer.frequency;
        total.monetary += customer.monetary;
    }
    let mut totals: Vec<SegmentTotal> = totals.into_values().collect();
    totals.sort_by_key(|total| Reverse(total.customers));
    totals
}

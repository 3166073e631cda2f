//! The life cycle of the business itself: what it takes in by period, how that grows, and in which phase it is.
//!
//! Growth is that of a block of periods against the block before it, so that a single good week makes no
//! phase; a phase is told from what was known at its period and never changes with what comes later.

use crate::calendar::{Calendar, Range};
use crate::split::Meeting;
use crate::{Analysis, NO_NUMBER, Trail, Words};

/// Growth from block to block above which a business is growing.
pub const GROWTH_FROM: f64 = 0.10;
/// Growth from block to block, either way, up to which it is steady.
pub const STEADY_TO: f64 = 0.05;
/// Part of the growth before that growth falls to where rivals shake each other out.
pub const SHAKE_OUT_TO: f64 = 0.5;

/// The question.
#[derive(Clone, Debug)]
pub struct Business {
    /// Which periods there are.
    pub calendar: Calendar,
    /// The periods of the answer, at most [`crate::kpis::MAX_KPI_PERIODS`].
    pub range: Range,
    /// How many periods a block has; 0 is as 1. Three months even out a month's luck, twelve the seasons.
    pub block: usize,
    /// The condition of orders; `None` for every touch.
    pub order: Option<u16>,
    /// The column of numbers with what an order brings.
    pub order_value: Option<usize>,
    /// The condition of refunds; `None` where there are none.
    pub refund: Option<u16>,
    /// The column of numbers with what a refund takes, as a positive number.
    pub refund_value: Option<usize>,
}

/// A phase of the life cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It begins, and has not yet grown fast.
    Launch,
    /// It grows fast.
    Growth,
    /// It still grows, but much less than it did.
    ShakeOut,
    /// It stays as it is.
    Maturity,
    /// It shrinks.
    Decline,
}

/// The rule that decided on a phase: the first that holds, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PhaseRule {
    /// Launch: fewer than two blocks since the first order, or nothing taken in during the block before.
    NoBase,
    /// Decline: growth is below minus [`STEADY_TO`].
    Shrinks,
    /// Shake-out: growth is above [`GROWTH_FROM`], but at most [`SHAKE_OUT_TO`] times that of the block before.
    GrowthFell,
    /// Growth: growth is above [`GROWTH_FROM`].
    GrowsFast,
    /// Maturity: growth is at most [`STEADY_TO`], and it has grown fast before.
    Steady,
    /// Shake-out: growth is between [`STEADY_TO`] and [`GROWTH_FROM`], and it has grown fast before.
    GrowsSlowly,
    /// Launch: growth is at most [`GROWTH_FROM`], and it never grew fast.
    NotYet,
}

/// A period of the business: a point of its life-cycle graph. Money is in millionths.
#[derive(Clone, Debug, PartialEq)]
pub struct BusinessPeriod {
    /// The period's number.
    pub period: i64,
    /// Whether what was known ended before it was over; then it has no phase.
    pub incomplete: bool,
    /// Orders.
    pub orders: u64,
    /// What they brought.
    pub revenue: i128,
    /// What refunds took.
    pub refunded: i128,
    /// Revenue less refunds: what growth is measured by.
    pub net: i128,
    /// Customers with an order.
    pub customers: u64,
    /// Of these, those whose first order of all it was.
    pub new_customers: u64,
    /// Customers with an order until its end.
    pub customers_to_date: u64,
    /// Net of all periods of the range until its end.
    pub net_to_date: i128,
    /// The mean net of its block, the periods that end with it; the curve of the graph. `None` where the
    /// range has no whole block yet.
    pub smoothed: Option<i128>,
    /// Net of this period against the one before, less 1; `None` without one, or if that is not above 0.
    pub growth: Option<f64>,
    /// That less the growth of the period before.
    pub growth_change: Option<f64>,
    /// Customers of this period against the one before, less 1.
    pub customer_growth: Option<f64>,
    /// Net of its block against the block before, less 1: what decides on the phase.
    pub block_growth: Option<f64>,
    /// The phase and the rule that decided; `None` before the first order, and while it is incomplete.
    pub phase: Option<(Phase, PhaseRule)>,
}

/// What is counted so far.
#[derive(Clone, Debug)]
pub struct Tally {
    order: Vec<bool>,
    refund: Vec<bool>,
    periods: Vec<Counts>,
    /// Customers whose first order lies before the range.
    customers_before: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    orders: u64,
    revenue: i128,
    refunded: i128,
    customers: u64,
    new_customers: u64,
}

impl Analysis for Business {
    type Tally = Tally;
    /// The periods of the range.
    type Answer = Vec<BusinessPeriod>;

    fn begin(&self, words: &Words) -> Tally {
        let order = Meeting::new(words, self.order);
        let refund = |condition| words.marks.meeting(condition);
        let marks = 0..words.marks.len() as u32;
        Tally {
            order: marks.map(|mark| order.holds(mark)).collect(),
            refund: self
                .refund
                .map_or_else(|| vec![false; words.marks.len()], refund),
            periods: vec![Counts::default(); self.range.count],
            customers_before: 0,
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        let mut cursor = self.calendar.cursor();
        let value = |column: Option<usize>, touch: usize| {
            let number = column.map_or(0, |column| trail.numbers[column][touch]);
            i128::from(if number == NO_NUMBER { 0 } else { number })
        };
        let (mut ordered_before, mut last) = (false, None);
        for touch in 0..trail.len() {
            let (at_ms, mark) = (trail.at_ms[touch], trail.mark[touch] as usize);
            if at_ms >= self.range.to_ms {
                break;
            }
            if at_ms < self.range.from_ms {
                ordered_before |= tally.order[mark];
                continue;
            }
            let Some(index) = self.range.index_of(cursor.at(at_ms).period) else {
                continue;
            };
            let counts = &mut tally.periods[index];
            if tally.order[mark] {
                counts.orders += 1;
                counts.revenue += value(self.order_value, touch);
                counts.customers += u64::from(last != Some(index));
                counts.new_customers += u64::from(!ordered_before && last.is_none());
                last = Some(index);
            }
            if tally.refund[mark] {
                counts.refunded += value(self.refund_value, touch);
            }
        }
        tally.customers_before += u64::from(ordered_before);
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        for (counts, more) in tally.periods.iter_mut().zip(other.periods) {
            counts.orders += more.orders;
            counts.revenue += more.revenue;
            counts.refunded += more.refunded;
            counts.customers += more.customers;
            counts.new_customers += more.new_customers;
        }
        tally.customers_before += other.customers_before;
    }

    fn answer(&self, tally: Tally, _: &Words) -> Self::Answer {
        let mut periods = Vec::new();
        let (mut customers_to_date, mut net_to_date) = (tally.customers_before, 0);
        for (index, counts) in tally.periods.iter().enumerate() {
            customers_to_date += counts.new_customers;
            net_to_date += counts.net();
            periods.push(BusinessPeriod {
                period: self.range.first + index as i64,
                incomplete: self.range.incomplete && index + 1 == self.range.count,
                orders: counts.orders,
                revenue: counts.revenue,
                refunded: counts.refunded,
                net: counts.net(),
                customers: counts.customers,
                new_customers: counts.new_customers,
                customers_to_date,
                net_to_date,
                smoothed: None,
                growth: None,
                growth_change: None,
                customer_growth: None,
                block_growth: None,
                phase: None,
            });
        }
        self.grow(&mut periods);
        self.tell_phases(&mut periods, tally.customers_before > 0);
        periods
    }
}

impl Counts {
    fn net(&self) -> i128 {
        self.revenue - self.refunded
    }
}

impl Business {
    fn block(&self) -> usize {
        self.block.max(1)
    }

    /// Fills in how each period and its block compare with those before.
    fn grow(&self, periods: &mut [BusinessPeriod]) {
        let (block, mut sums) = (self.block(), vec![0_i128]);
        sums.extend(periods.iter().map(|period| period.net_to_date));
        let sum = |end: usize| Some(sums[end] - sums[end.checked_sub(block)?]);
        for index in 0..periods.len() {
            let end = index + 1;
            let before = index.checked_sub(1).map(|before| periods[before].clone());
            let period = &mut periods[index];
            period.smoothed = sum(end).map(|sum| mean(sum, block));
            let block_before = end.checked_sub(block).and_then(sum);
            period.block_growth = sum(end).and_then(|own| growth(own, block_before?));
            let Some(before) = before else { continue };
            period.growth = growth(period.net, before.net);
            period.growth_change = period.growth.zip(before.growth).map(|(own, old)| own - old);
            let customers = [period.customers, before.customers].map(i128::from);
            period.customer_growth = growth(customers[0], customers[1]);
        }
    }

    fn tell_phases(&self, periods: &mut [BusinessPeriod], ordered_before: bool) {
        let (mut first, mut grew_fast) = (ordered_before.then_some(0), false);
        for index in 0..periods.len() {
            if first.is_none() && periods[index].orders > 0 {
                first = Some(index);
            }
            let Some(first) = first.filter(|_| !periods[index].incomplete) else {
                continue;
            };
            let young = index + 1 - first < 2 * self.block();
            let now = periods[index].block_growth.filter(|_| !young);
            let before = index.checked_sub(self.block());
            let before = before.and_then(|before| periods[before].block_growth);
            let phase = phase(now, before, grew_fast);
            grew_fast |= now.is_some_and(|growth| growth > GROWTH_FROM);
            periods[index].phase = Some(phase);
        }
    }
}

/// The phase that the growth of a block means, given that of the block before.
fn phase(now: Option<f64>, before: Option<f64>, grew_fast: bool) -> (Phase, PhaseRule) {
    let Some(now) = now else {
        return (Phase::Launch, PhaseRule::NoBase);
    };
    let fell = before.is_some_and(|before| now <= SHAKE_OUT_TO * before);
    if now < -STEADY_TO {
        (Phase::Decline, PhaseRule::Shrinks)
    } else if now > GROWTH_FROM && fell {
        (Phase::ShakeOut, PhaseRule::GrowthFell)
    } else if now > GROWTH_FROM {
        (Phase::Growth, PhaseRule::GrowsFast)
    } else if grew_fast && now <= STEADY_TO {
        (Phase::Maturity, PhaseRule::Steady)
    } else if grew_fast {
        (Phase::ShakeOut, PhaseRule::GrowsSlowly)
    } else {
        (Phase::Launch, PhaseRule::NotYet)
    }
}

/// One amount against another, less 1; `None` where the other is not above 0.
fn growth(own: i128, before: i128) -> Option<f64> {
    (before > 0).then(|| (own - before) as f64 / before as f64)
}

/// A part of a sum, to the nearest millionth, halves up.
fn mean(sum: i128, count: usize) -> i128 {
    let count = count as i128;
    (2 * sum + count).div_euclid(2 * count)
}

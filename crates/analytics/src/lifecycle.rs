//! Lifecycle by activity alone: who is new, comes back or falls silent, as moves and as standing numbers.
//!
//! Two models under their own names, since «dormant» differs: in [`Flow`] it is who has just left, once,
//! in [`Stock`] who has been gone for long, in every period.

use crate::calendar::{Calendar, Place, Range};
use crate::split::{Groups, Meeting, Split};
use crate::{Analysis, Trail, Words};

/// Days that the first horizon of [`Stock`] has where nothing else is said.
pub const WEEK_DAYS: u32 = 7;
/// Days that the second horizon of [`Stock`] has where nothing else is said.
pub const MONTH_DAYS: u32 = 30;
/// How many states [`Stock`] has.
const STATES: usize = 7;

/// Moves: each period against the one before. Activity before the range tells who is new.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Which periods there are.
    pub calendar: Calendar,
    /// Those that the answer is about.
    pub range: Range,
    /// The condition that makes a touch activity; `None` for any touch.
    pub event: Option<u16>,
    /// The column of texts that customers are told apart by.
    pub by: Option<usize>,
}

/// One period of [`Flow`].
///
/// **Invariant:** `new + returning + resurrecting` are the active; of a period they are those of the one
/// before, plus `new` and `resurrecting`, less `dormant`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FlowPeriod {
    /// The period's number.
    pub period: i64,
    /// Active for the first time ever.
    pub new: u64,
    /// Active in this period and in the one before.
    pub returning: u64,
    /// Active in this period, not in the one before, but some time earlier.
    pub resurrecting: u64,
    /// Active in the period before, not in this one.
    pub dormant: u64,
}

/// Standing numbers: every customer is in one of seven states in every period from her first activity on.
///
/// Silence is counted in days from the last active day before a period to the period's first day.
#[derive(Clone, Debug)]
pub struct Stock {
    /// Which periods there are.
    pub calendar: Calendar,
    /// Those that the answer is about.
    pub range: Range,
    /// The condition that makes a touch activity; `None` for any touch.
    pub event: Option<u16>,
    /// The first horizon in days, usually [`WEEK_DAYS`].
    pub week_days: u32,
    /// The second horizon in days, usually [`MONTH_DAYS`].
    pub month_days: u32,
    /// The column of texts that customers are told apart by.
    pub by: Option<usize>,
}

/// One period of [`Stock`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StockPeriod {
    /// The period's number.
    pub period: i64,
    /// Active for the first time ever.
    pub new: u64,
    /// Active, after silence of at most the first horizon.
    pub current: u64,
    /// Active, after silence of more than the first and at most the second horizon.
    pub reactivated: u64,
    /// Active, after silence of more than the second horizon.
    pub resurrected: u64,
    /// Not active, for at most the first horizon.
    pub at_risk_wau: u64,
    /// Not active, for more than the first and at most the second horizon.
    pub at_risk_mau: u64,
    /// Not active for more than the second horizon.
    pub dormant: u64,
}

/// What [`Flow`] has counted so far.
#[derive(Debug)]
pub struct FlowTally {
    active: Meeting,
    groups: Groups<Vec<FlowPeriod>>,
}

impl Analysis for Flow {
    type Tally = FlowTally;
    /// For each text the periods of the range.
    type Answer = Vec<Split<Vec<FlowPeriod>>>;

    fn begin(&self, words: &Words) -> FlowTally {
        FlowTally {
            active: Meeting::new(words, self.event),
            groups: Groups::new(self.by),
        }
    }

    fn count(&self, tally: &mut FlowTally, trail: &Trail<'_>) {
        let FlowTally { active, groups } = tally;
        let text = groups.text_of(trail);
        let periods = groups.of(text, || self.empty());
        let mut add = |period: i64, column: fn(&mut FlowPeriod) -> &mut u64| {
            if let Some(index) = self.range.index_of(period) {
                *column(&mut periods[index]) += 1;
            }
        };
        let mut last: Option<i64> = None;
        let mut cursor = self.calendar.cursor();
        for (&at_ms, &mark) in trail.at_ms.iter().zip(trail.mark) {
            if !active.holds(mark) {
                continue;
            }
            let period = cursor.at(at_ms).period;
            match last {
                Some(last) if last == period => continue,
                None => add(period, |counts| &mut counts.new),
                Some(last) if last + 1 == period => add(period, |counts| &mut counts.returning),
                Some(last) => {
                    add(last + 1, |counts| &mut counts.dormant);
                    add(period, |counts| &mut counts.resurrecting);
                }
            }
            last = Some(period);
        }
        if let Some(last) = last {
            add(last + 1, |counts| &mut counts.dormant);
        }
    }

    fn merge(&self, tally: &mut FlowTally, other: FlowTally) {
        tally.groups.merge(other.groups, |periods, more| {
            for (counts, more) in periods.iter_mut().zip(more) {
                counts.new += more.new;
                counts.returning += more.returning;
                counts.resurrecting += more.resurrecting;
                counts.dormant += more.dormant;
            }
        });
    }

    fn answer(&self, tally: FlowTally, words: &Words) -> Self::Answer {
        tally
            .groups
            .answer(words, || self.empty(), |periods| periods)
    }
}

impl Flow {
    fn empty(&self) -> Vec<FlowPeriod> {
        let period = |period| FlowPeriod {
            period,
            ..FlowPeriod::default()
        };
        self.range.periods().map(period).collect()
    }
}

/// What [`Stock`] has counted so far.
#[derive(Debug)]
pub struct StockTally {
    active: Meeting,
    /// The first day of each period of the range.
    first_days: Vec<i64>,
    /// For each period and the one after the last: by how much each state is more than in the period before.
    groups: Groups<Vec<[i64; STATES]>>,
}

impl Analysis for Stock {
    type Tally = StockTally;
    /// For each text the periods of the range.
    type Answer = Vec<Split<Vec<StockPeriod>>>;

    fn begin(&self, words: &Words) -> StockTally {
        let mut days = self.calendar.cursor();
        let first_day = |period| days.at(self.calendar.start_ms(period)).day;
        StockTally {
            active: Meeting::new(words, self.event),
            first_days: self.range.periods().map(first_day).collect(),
            groups: Groups::new(self.by),
        }
    }

    fn count(&self, tally: &mut StockTally, trail: &Trail<'_>) {
        let text = tally.groups.text_of(trail);
        let changes = tally
            .groups
            .of(text, || vec![[0; STATES]; self.range.count + 1]);
        let mut stretch = |state: usize, from: usize, to: usize| {
            if from < to {
                changes[from][state] += 1;
                changes[to][state] -= 1;
            }
        };
        let mut cursor = self.calendar.cursor();
        // Her last active period, and the last active day in it.
        let mut last: Option<Place> = None;
        for (&at_ms, &mark) in trail.at_ms.iter().zip(trail.mark) {
            if !tally.active.holds(mark) {
                continue;
            }
            let place = cursor.at(at_ms);
            if let Some(last) = &mut last
                && last.period == place.period
            {
                last.day = place.day;
                continue;
            }
            if let Some(last) = last {
                self.silence(&tally.first_days, last, place.period, &mut stretch);
            }
            if let Some(index) = self.range.index_of(place.period) {
                let silent_days = last.map(|last| tally.first_days[index] - last.day);
                stretch(self.active_state(silent_days), index, index + 1);
            }
            last = Some(place);
        }
        if let Some(last) = last {
            self.silence(&tally.first_days, last, i64::MAX, &mut stretch);
        }
    }

    fn merge(&self, tally: &mut StockTally, other: StockTally) {
        tally.groups.merge(other.groups, |changes, more| {
            for (change, more) in changes.iter_mut().zip(more) {
                for (change, more) in change.iter_mut().zip(more) {
                    *change += more;
                }
            }
        });
    }

    fn answer(&self, tally: StockTally, words: &Words) -> Self::Answer {
        let empty = || vec![[0; STATES]; self.range.count + 1];
        tally.groups.answer(words, empty, |changes| {
            let mut standing = [0_i64; STATES];
            let periods = self.range.periods().zip(changes);
            let period = |(period, change): (i64, [i64; STATES])| {
                for (customers, change) in standing.iter_mut().zip(change) {
                    *customers += change;
                }
                stock_period(period, standing)
            };
            periods.map(period).collect()
        })
    }
}

impl Stock {
    /// The state of an active customer after so many days of silence.
    fn active_state(&self, silent_days: Option<i64>) -> usize {
        match silent_days {
            None => 0,
            Some(days) if days <= i64::from(self.week_days) => 1,
            Some(days) if days <= i64::from(self.month_days) => 2,
            Some(_) => 3,
        }
    }

    /// The periods between an active one and the next: she is at risk, then dormant.
    fn silence(
        &self,
        first_days: &[i64],
        last: Place,
        next: i64,
        stretch: &mut impl FnMut(usize, usize, usize),
    ) {
        let clamp = |period: i64| {
            let index = period.saturating_sub(self.range.first);
            index.clamp(0, self.range.count as i64) as usize
        };
        let (from, to) = (clamp(last.period + 1), clamp(next));
        let until = |days: u32| {
            let within = first_days.partition_point(|day| *day <= last.day + i64::from(days));
            within.clamp(from, to)
        };
        let weekly = until(self.week_days);
        let monthly = until(self.month_days).max(weekly);
        stretch(4, from, weekly);
        stretch(5, weekly, monthly);
        stretch(6, monthly, to);
    }
}

fn stock_period(period: i64, standing: [i64; STATES]) -> StockPeriod {
    let [
        new,
        current,
        reactivated,
        resurrected,
        at_risk_wau,
        at_risk_mau,
        dormant,
    ] = standing.map(i64::unsigned_abs);
    StockPeriod {
        period,
        new,
        current,
        reactivated,
        resurrected,
        at_risk_wau,
        at_risk_mau,
        dormant,
    }
}

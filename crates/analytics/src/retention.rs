//! Retention: of those who began in a period, how many came back so many periods later.

use crate::calendar::{Calendar, Range};
use crate::split::{Groups, Meeting, Split};
use crate::{Analysis, NO_NUMBER, NO_TEXT, Trail, Words};

/// Most periods of a table, which has as many rows as columns; whoever asks keeps to it.
pub const MAX_COHORTS: usize = 2_000;

/// The question.
#[derive(Clone, Debug)]
pub struct Retention {
    /// Which periods there are.
    pub calendar: Calendar,
    /// The periods of the table, at most [`MAX_COHORTS`]: each is a cohort, and none later is looked at.
    pub range: Range,
    /// Until when everything is known, in milliseconds since 1970: what is not over then is left open.
    pub known_until_ms: i64,
    /// The condition of touches that begin; `None` for any.
    pub start: Option<u16>,
    /// The condition of touches that are a return; `None` for any.
    pub back: Option<u16>,
    /// Which cohorts a customer belongs to.
    pub membership: Membership,
    /// When she counts as back.
    pub measure: Measure,
    /// How periods after the start are counted.
    pub clock: Clock,
    /// Whether a start is a return in its own period too, where it meets what a return does.
    pub count_start: bool,
    /// How many returns a period needs for her to count as back in it; 0 is as 1.
    pub min_count: usize,
    /// The column of texts by which starts are told apart. A return counts only with the same text.
    pub by: Option<usize>,
    /// The column of numbers that is summed over returns.
    pub value: Option<usize>,
}

/// Which cohorts a customer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Membership {
    /// Those of all periods in which she began.
    Recurring,
    /// That of the first start of all, which may lie before the table.
    First,
    /// That of the first touch of all that meets `named`, and only if that one is a start too.
    FirstEver {
        /// What a start is called, whatever else a start must meet; `None` for any touch.
        named: Option<u16>,
    },
}

/// When a customer counts as back in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// With a return in that period.
    On,
    /// With a return in that period or a later one of the table.
    OnOrAfter,
}

/// How periods after the start are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// In periods of the calendar.
    Calendar,
    /// In lengths of time from each customer's start, to the millisecond.
    Rolling,
}

/// Those who began in one period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// The period's number.
    pub period: i64,
    /// How many began in it.
    pub size: u64,
    /// How many of them came back, by periods after the start; the first stands for the rest of the period
    /// after the start. `None` where that was not over yet, or lies beyond the table.
    pub returned: Vec<Option<u64>>,
    /// What their returns in exactly that period came to, the start included where it is a return itself.
    /// Empty where no column of numbers was asked for.
    pub values: Vec<Option<i128>>,
}

/// What is counted so far.
#[derive(Debug)]
pub struct Tally {
    start: Meeting,
    back: Meeting,
    named: Meeting,
    groups: Groups<Vec<Row>>,
}

/// A cohort being counted; without columns until somebody is in it.
#[derive(Clone, Debug, Default)]
struct Row {
    size: u64,
    returned: Vec<u64>,
    values: Vec<i128>,
}

/// A start that makes its customer a member of a cohort.
struct Start {
    text: u32,
    row: usize,
    touch: usize,
    at_ms: i64,
}

/// A touch that is a return.
struct Return {
    text: u32,
    row: i64,
    touch: usize,
    at_ms: i64,
    value: i64,
}

impl Analysis for Retention {
    type Tally = Tally;
    /// For each text of starts the cohorts by period.
    type Answer = Vec<Split<Vec<Cohort>>>;

    fn begin(&self, words: &Words) -> Tally {
        let named = match self.membership {
            Membership::FirstEver { named } => named,
            _ => None,
        };
        Tally {
            start: Meeting::new(words, self.start),
            back: Meeting::new(words, self.back),
            named: Meeting::new(words, named),
            groups: Groups::new(self.by),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        let starts = self.starts(tally, trail);
        let Some(first_ms) = starts.iter().map(|start| start.at_ms).min() else {
            return;
        };
        let returns = self.returns(tally, trail, first_ms);
        // sums[i]: the values of the returns before i.
        let mut sums = vec![0_i128; 1];
        if self.value.is_some() {
            sums.extend(returns.iter().scan(0_i128, |sum, back| {
                *sum += i128::from(back.value);
                Some(*sum)
            }));
        }
        for start in starts {
            let rows = tally
                .groups
                .of(start.text, || vec![Row::default(); self.range.count]);
            let row = &mut rows[start.row];
            row.size += 1;
            row.grow(self.range.count - start.row, self.value.is_some());
            self.count_returns(&start, &returns, &sums, row);
        }
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        tally.groups.merge(other.groups, |rows, more| {
            for (row, more) in rows.iter_mut().zip(more) {
                row.merge(more);
            }
        });
    }

    fn answer(&self, tally: Tally, words: &Words) -> Self::Answer {
        let known = self.known();
        let empty = || vec![Row::default(); self.range.count];
        tally.groups.answer(words, empty, |rows| {
            let cohorts = rows.into_iter().enumerate();
            cohorts
                .map(|(index, row)| self.cohort(index, row, known[index]))
                .collect()
        })
    }
}

impl Retention {
    /// The starts that make her a member, one for each text and period.
    fn starts(&self, tally: &Tally, trail: &Trail<'_>) -> Vec<Start> {
        let mut cursor = self.calendar.cursor();
        let mut start = |touch: usize| {
            let at_ms = trail.at_ms[touch];
            let row = self.range.index_of(cursor.at(at_ms).period)?;
            let text = self.text(trail, touch);
            Some(Start {
                text,
                row,
                touch,
                at_ms,
            })
        };
        let is_start = |touch: &usize| tally.start.holds(trail.mark[*touch]);
        match self.membership {
            Membership::Recurring => {
                let mut starts: Vec<Start> = Vec::new();
                for touch in self.range.part(trail.at_ms).filter(is_start) {
                    let Some(start) = start(touch) else { continue };
                    let same = |last: &Start| (last.text, last.row) == (start.text, start.row);
                    if !starts.last().is_some_and(same) {
                        starts.push(start);
                    }
                }
                if self.by.is_some() {
                    starts.sort_by_key(|start| (start.text, start.row, start.touch));
                    starts.dedup_by_key(|start| (start.text, start.row));
                }
                starts
            }
            Membership::First => {
                let first = (0..trail.len()).find(is_start);
                first.and_then(start).into_iter().collect()
            }
            Membership::FirstEver { .. } => {
                let mut touches = 0..trail.len();
                let first = touches.find(|touch| tally.named.holds(trail.mark[*touch]));
                first.filter(is_start).and_then(start).into_iter().collect()
            }
        }
    }

    /// Her returns from an instant on, by text and then in order.
    fn returns(&self, tally: &Tally, trail: &Trail<'_>, from_ms: i64) -> Vec<Return> {
        let mut cursor = self.calendar.cursor();
        let from = trail.at_ms.partition_point(|at| *at < from_ms);
        let to = trail.at_ms.partition_point(|at| *at < self.range.to_ms);
        let touches = (from..to).filter(|touch| tally.back.holds(trail.mark[*touch]));
        let back = |touch: usize| {
            let at_ms = trail.at_ms[touch];
            let value = self.value.map_or(0, |column| trail.numbers[column][touch]);
            Return {
                text: self.text(trail, touch),
                row: cursor.at(at_ms).period - self.range.first,
                touch,
                at_ms,
                value: if value == NO_NUMBER { 0 } else { value },
            }
        };
        let mut returns: Vec<Return> = touches.map(back).collect();
        if self.by.is_some() {
            returns.sort_by_key(|back| (back.text, back.touch));
        }
        returns
    }

    fn text(&self, trail: &Trail<'_>, touch: usize) -> u32 {
        self.by.map_or(NO_TEXT, |column| trail.texts[column][touch])
    }

    /// Counts what came after one start. Each period is found by bisection, so that a start costs what it
    /// fills in the table, however many returns there are.
    fn count_returns(&self, start: &Start, returns: &[Return], sums: &[i128], row: &mut Row) {
        let length_ms = self.calendar.interval().elapsed_ms();
        let key = (start.text, start.at_ms);
        let mut at = returns.partition_point(|back| (back.text, back.at_ms) < key);
        let mut last_back = None;
        while let Some(back) = returns.get(at).filter(|back| back.text == start.text) {
            let (later, end) = match self.clock {
                Clock::Calendar => {
                    let same = |other: &Return| (other.text, other.row) <= (back.text, back.row);
                    let later = back.row - start.row as i64;
                    (later, returns[at..].partition_point(same))
                }
                Clock::Rolling => {
                    let later = (back.at_ms - start.at_ms) / length_ms;
                    let end_ms = start.at_ms + (later + 1) * length_ms;
                    let end = (back.text, end_ms);
                    let same = |other: &Return| (other.text, other.at_ms) < end;
                    (later, returns[at..].partition_point(same))
                }
            };
            let Some(later) = usize::try_from(later)
                .ok()
                .filter(|later| *later < row.returned.len())
            else {
                break;
            };
            let own = returns[at..at + end].binary_search_by_key(&start.touch, |back| back.touch);
            let is_own = !self.count_start && later == 0 && own.is_ok();
            let count = end - usize::from(is_own);
            if self.value.is_some() {
                row.values[later] += sums[at + end] - sums[at];
            }
            if count >= self.min_count.max(1) {
                last_back = Some(later);
                row.returned[later] += u64::from(self.measure == Measure::On);
            }
            at += end;
        }
        if let (Measure::OnOrAfter, Some(last)) = (self.measure, last_back) {
            for returned in &mut row.returned[..=last] {
                *returned += 1;
            }
        }
    }

    /// By cohort: how many of its cells are known.
    fn known(&self) -> Vec<usize> {
        let starts: Vec<i64> = (0..=self.range.count as i64)
            .map(|index| self.calendar.start_ms(self.range.first + index))
            .collect();
        let length_ms = self.calendar.interval().elapsed_ms();
        let over = starts[1..].partition_point(|end_ms| *end_ms <= self.known_until_ms);
        let known = |index: usize| match self.clock {
            Clock::Calendar => over.saturating_sub(index),
            Clock::Rolling => {
                let cells = (self.known_until_ms - starts[index + 1]).div_euclid(length_ms);
                usize::try_from(cells)
                    .unwrap_or(0)
                    .min(self.range.count - index)
            }
        };
        (0..self.range.count).map(known).collect()
    }

    fn cohort(&self, index: usize, mut row: Row, known: usize) -> Cohort {
        row.grow(self.range.count - index, self.value.is_some());
        let cells = 0..self.range.count;
        let values = if self.value.is_some() {
            let value = |cell: usize| (cell < known).then(|| row.values[cell]);
            cells.clone().map(value).collect()
        } else {
            Vec::new()
        };
        Cohort {
            period: self.range.first + index as i64,
            size: row.size,
            returned: cells
                .map(|cell| (cell < known).then(|| row.returned[cell]))
                .collect(),
            values,
        }
    }
}

impl Row {
    /// Gives it its columns.
    fn grow(&mut self, cells: usize, with_values: bool) {
        self.returned.resize(cells, 0);
        self.values.resize(if with_values { cells } else { 0 }, 0);
    }

    fn merge(&mut self, other: Self) {
        self.size += other.size;
        self.grow(
            self.returned.len().max(other.returned.len()),
            self.values.len().max(other.values.len()) > 0,
        );
        for (returned, more) in self.returned.iter_mut().zip(other.returned) {
            *returned += more;
        }
        for (value, more) in self.values.iter_mut().zip(other.values) {
            *value += more;
        }
    }
}

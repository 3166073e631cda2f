//! One customer's entries into stages: which way she went on, and what she brought.

use super::{Opportunities, Segments, Tally};
use crate::{NO_NUMBER, StageMove, Trail};

/// The segments of a condition: those who do not meet it, and those who do.
pub(super) const OUT_AND_IN: [&str; 2] = ["out", "in"];

/// What is counted of a segment in a stage.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// First those who find, then those who confirm.
    pub(super) parts: [Part; 2],
    /// What those who find brought, by the stage that they went to, a last place for nowhere in time.
    pub(super) values: Vec<Moments>,
}

/// Customers of one part of the time.
#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Who entered.
    pub(super) people: u64,
    /// Who is known for the whole window.
    pub(super) watched: u64,
    /// Who of these moved in it, by stage.
    pub(super) moved: Vec<u64>,
}

/// Amounts, so far that their mean and variance can be told. The sum of squares is in squared millionths and
/// saturates, far beyond any sum of money.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub(super) count: u64,
    pub(super) sum: i128,
    pub(super) squares: i128,
}

impl Cell {
    fn new(stages: usize) -> Self {
        let part = || Part {
            people: 0,
            watched: 0,
            moved: vec![0; stages],
        };
        Self {
            parts: [part(), part()],
            values: vec![Moments::default(); stages + 1],
        }
    }

    /// Adds other customers.
    pub(super) fn add(&mut self, other: &Self) {
        for (part, more) in self.parts.iter_mut().zip(&other.parts) {
            part.people += more.people;
            part.watched += more.watched;
            for (moved, more) in part.moved.iter_mut().zip(&more.moved) {
                *moved += more;
            }
        }
        for (values, more) in self.values.iter_mut().zip(&other.values) {
            values.add(more);
        }
    }
}

impl Moments {
    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
    }

    fn count(&mut self, value: i128) {
        self.add(&Self {
            count: 1,
            sum: value,
            squares: value.saturating_mul(value),
        });
    }
}

/// Counts a customer.
pub(super) fn count(question: &Opportunities, tally: &mut Tally, trail: &Trail<'_>) {
    let own = |step: &&StageMove| step.lifecycle == question.lifecycle;
    let moves = trail.moves.iter().filter(own);
    let mut later = moves.clone().skip(1);
    let mut entered = vec![false; tally.stages];
    for step in moves {
        let next = later.next();
        let inside = (question.from_ms..question.to_ms).contains(&step.at_ms);
        let first = entered.get_mut(usize::from(step.to)).filter(|_| inside);
        if first.is_some_and(|entered| !std::mem::replace(entered, true)) {
            enter(question, tally, trail, step, next);
        }
    }
}

/// Counts that she entered a stage.
fn enter(
    question: &Opportunities,
    tally: &mut Tally,
    trail: &Trail<'_>,
    step: &StageMove,
    next: Option<&StageMove>,
) {
    let (at_ms, stages) = (step.at_ms, tally.stages);
    let segment = segment(question, tally, trail, at_ms);
    let known_ms = question.known_until_ms - at_ms;
    let value = (known_ms >= question.value_ms.max(question.window_ms)
        && at_ms < question.split_ms)
        .then(|| value(question, tally, trail, at_ms));
    let cell = tally
        .cells
        .entry((step.to, segment))
        .or_insert_with(|| Cell::new(stages));
    let part = &mut cell.parts[usize::from(at_ms >= question.split_ms)];
    part.people += 1;
    if known_ms < question.window_ms {
        return;
    }
    part.watched += 1;
    let in_time = next.filter(|next| next.at_ms - at_ms <= question.window_ms);
    let to = in_time.map_or(stages, |next| usize::from(next.to).min(stages));
    if let Some(moved) = part.moved.get_mut(to) {
        *moved += 1;
    }
    if let Some(value) = value {
        cell.values[to].count(value);
    }
}

fn segment(question: &Opportunities, tally: &Tally, trail: &Trail<'_>, at_ms: i64) -> u32 {
    match question.segments {
        Segments::Text(column) | Segments::Countries(column) => trail.last_text(column),
        Segments::Met(_) => {
            let until = trail.at_ms.partition_point(|at| *at <= at_ms);
            let met = |mark: &u32| tally.member[*mark as usize];
            u32::from(trail.mark[..until].iter().any(met))
        }
    }
}

/// What she brought from an instant on, as long as money counts, in millionths.
fn value(question: &Opportunities, tally: &Tally, trail: &Trail<'_>, from_ms: i64) -> i128 {
    let number = |column: Option<usize>, touch: usize| {
        let number = column.map_or(0, |column| trail.numbers[column][touch]);
        i128::from(if number == NO_NUMBER { 0 } else { number })
    };
    let from = trail.at_ms.partition_point(|at| *at < from_ms);
    let touches =
        (from..trail.len()).take_while(|touch| trail.at_ms[*touch] - from_ms <= question.value_ms);
    let value = |touch: usize| {
        let mark = trail.mark[touch] as usize;
        let order = i128::from(tally.order[mark]) * number(question.order_value, touch);
        order - i128::from(tally.refund[mark]) * number(question.refund_value, touch)
    };
    touches.map(value).sum()
}

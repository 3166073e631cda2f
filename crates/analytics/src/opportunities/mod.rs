//! Where more customers could move on, what that would be worth, and whether later customers bear it out.
//!
//! Customers are counted once a stage: as they first enter it in the time looked at, with the next move they
//! make from there. Those of the first part of that time find opportunities, those of the second, of whom
//! nobody is in the first, confirm them. So an opportunity that holds is no artefact of having looked for one.
//!
//! All that are worth a second look are held to one rate of false findings, whichever stages, moves and widths
//! of regions they are of. Of those that hold and overlap, the clearest stands for the fact; another stands
//! beside it only if it would hold without the customers, or the moves, of the first (`narrow`).

mod assumption;
mod count;
mod judge;
mod narrow;
mod segments;
mod shrink;

use std::collections::BTreeMap;

use crate::kpis::Target;
use crate::proportion::Interval;
use crate::{Analysis, Trail, Words};
pub use assumption::{Assumption, Versus};
use count::Cell;
pub use shrink::Prior;

/// Found ones are worth a second look where chance alone brings as large a difference at most so often.
pub const SCREEN_P: f64 = 0.1;

/// The question.
#[derive(Clone, Debug)]
pub struct Opportunities {
    /// The lifecycle, by its number in [`Words::lifecycles`].
    pub lifecycle: u16,
    /// How customers are told apart.
    pub segments: Segments,
    /// From when on customers are looked at, in milliseconds since 1970.
    pub from_ms: i64,
    /// From when on those who enter confirm and no longer find.
    pub split_ms: i64,
    /// Until when, exclusive.
    pub to_ms: i64,
    /// The last instant that is known.
    pub known_until_ms: i64,
    /// How long after entering a stage a move counts, in milliseconds; its far end counts. Who entered later
    /// than so long before what is known ends is looked at by nobody.
    pub window_ms: i64,
    /// How long after entering a stage money counts, in milliseconds; its far end counts.
    pub value_ms: i64,
    /// The condition of orders.
    pub order: Option<u16>,
    /// The column of numbers with what an order brings.
    pub order_value: Option<usize>,
    /// The condition of refunds.
    pub refund: Option<u16>,
    /// The column of numbers with what a refund takes, as a positive number.
    pub refund_value: Option<usize>,
    /// What moves should be; of these only targets of [`crate::kpis::Kpi::ConvertedWithin`] are looked at.
    pub targets: Vec<Target>,
    /// A segment of fewer customers in either part is neither judged nor an example to others; at least 1.
    pub min_people: u64,
    /// The share of false ones among those that hold, from 0 to 1 (Benjamini and Hochberg 1995).
    pub false_discovery_rate: f64,
}

/// How customers are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segments {
    /// By the last text of a column that is known of each.
    Text(usize),
    /// By the last text of a column of countries, as codes or English names, and also by the sub-region and the
    /// region of UN M49 that it is in.
    Countries(usize),
    /// By whether a touch of theirs before they enter the stage, or as they do, meets a condition: «in» or «out».
    Met(u16),
}

/// A move that more customers of a segment could make, or fewer should.
#[derive(Clone, Debug, PartialEq)]
pub struct Opportunity {
    /// The stage that they enter, by its place.
    pub from: u8,
    /// The stage that they go to next.
    pub to: u8,
    /// The segment; `None` for those of whom no text is known.
    pub segment: Option<String>,
    /// What it is held against.
    pub versus: Versus,
    /// What one customer who makes the move is worth more than one who does not: the difference of what both
    /// bring in the same time after entering, among all customers of the first part; in millionths of money.
    /// Below 0 the move is one to prevent.
    pub value_each: i128,
    /// Its standard error, in units of money.
    pub value_error: f64,
    /// What the first part says. Rates are shrunk towards those of all segments.
    pub found: Estimate,
    /// What the second part says, with rates as they are; `None` where either side has too few.
    pub confirmed: Option<Estimate>,
    /// The share of false findings to put up with to believe it; `None` where the first part found nothing
    /// worth a second look ([`SCREEN_P`]) or the second has too few.
    pub q: Option<f64>,
    /// Whether later customers bear it out.
    pub holds: bool,
    /// What else later customers would bear out and what is the same fact: the segment and the stage gone to.
    pub folded: Vec<(Option<String>, u8)>,
    /// What has to be assumed for the money, to be read.
    pub assumption: Assumption,
}

/// What a part of the time says of an opportunity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// How many customers of the segment entered the stage.
    pub people: u64,
    /// Of these, how many are known for the whole window.
    pub watched: u64,
    /// Of these, how many made the move within it.
    pub moved: u64,
    /// The segment's rate of moving.
    pub rate: f64,
    /// The better rate: that of the segment that it is held against, or the target.
    pub better_rate: f64,
    /// `better_rate - rate`.
    pub gap: f64,
    /// `people × gap × value_each`, in millionths of money.
    pub money: i128,
    /// Its 95% interval in units of money, by the delta method: the errors of both rates and of the value.
    pub interval: Interval,
    /// How often chance alone brings a gap as large that way: found, between the segment and all others;
    /// confirmed, between the segment and what it is held against. Of two rates with the correction of Yates.
    pub p: f64,
}

/// What is counted so far: by stage entered and segment.
#[derive(Clone, Debug)]
pub struct Tally {
    stages: usize,
    order: Vec<bool>,
    refund: Vec<bool>,
    member: Vec<bool>,
    cells: BTreeMap<(u8, u32), Cell>,
}

impl Analysis for Opportunities {
    type Tally = Tally;
    /// Those that hold first, by the least that either part says they are worth, then the others by the least that
    /// the first says, falling: by the lower ends, so that what is little known in either does not win.
    type Answer = Vec<Opportunity>;

    fn begin(&self, words: &Words) -> Tally {
        let lifecycle = words.lifecycles.get(usize::from(self.lifecycle));
        let meeting = |condition: Option<u16>| {
            let none = || vec![false; words.marks.len()];
            condition.map_or_else(none, |condition| words.marks.meeting(condition))
        };
        Tally {
            stages: lifecycle.map_or(0, |lifecycle| lifecycle.stages.len()),
            order: meeting(self.order),
            refund: meeting(self.refund),
            member: meeting(match self.segments {
                Segments::Met(condition) => Some(condition),
                Segments::Text(_) | Segments::Countries(_) => None,
            }),
            cells: BTreeMap::new(),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        count::count(self, tally, trail);
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        for (key, more) in other.cells {
            match tally.cells.get_mut(&key) {
                Some(cell) => cell.add(&more),
                None => drop(tally.cells.insert(key, more)),
            }
        }
    }

    fn answer(&self, tally: Tally, words: &Words) -> Self::Answer {
        judge::judge(self, &tally, words)
    }
}

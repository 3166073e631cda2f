//! The figures of each stage of a lifecycle, by period: who is in it, who comes and goes, what they bring and say.
//!
//! A touch belongs to the stage that its customer's last move at or before its instant led to; what she did in
//! no stage is in no figure, though its money is part of her value to date. [`Kpi`] names each figure and says
//! where it comes from.

mod count;
mod figures;
mod kpi;
mod target;

use std::collections::BTreeMap;

use perennial_model::DAY_MS;

use crate::calendar::{Calendar, Range};
use crate::split::{Groups, Split};
use crate::survival::Stay;
use crate::{Analysis, OUTSIDE, Trail, Words};
pub use figures::{Conversion, Score, StageCounts, StageKpis, Staying};
pub use kpi::{Figure, Kpi};
pub use target::{Gap, Target};

/// Most periods of a table; whoever asks keeps to it. Each holds some 400 bytes a stage and text.
pub const MAX_KPI_PERIODS: usize = 20_000;
/// The answer on a scale of 1 to 5 from which somebody is satisfied, in millionths (top two of five).
pub const SATISFIED_FROM: i64 = 4_000_000;
/// The answer from 0 to 10 from which somebody is a promoter, in millionths (Reichheld 2003).
pub const PROMOTER_FROM: i64 = 9_000_000;
/// The answer from 0 to 10 up to which somebody is a detractor, in millionths (Reichheld 2003).
pub const DETRACTOR_TO: i64 = 6_000_000;
/// The answer on a scale of 1 to 7 from which something was easy, in millionths (Dixon 2013).
pub const EASY_FROM: i64 = 5_000_000;

/// The question.
#[derive(Clone, Debug)]
pub struct Kpis {
    /// Which periods there are.
    pub calendar: Calendar,
    /// The periods of the table, at most [`MAX_KPI_PERIODS`].
    pub range: Range,
    /// The last instant that is known, in milliseconds since 1970: a stay that goes on is open there.
    pub known_until_ms: i64,
    /// The lifecycles, and what their stages mean.
    pub lifecycles: Vec<StageMeanings>,
    /// How long after entering a stage somebody counts as having moved on in time, in milliseconds; its far
    /// end counts.
    pub window_ms: i64,
    /// What touches mean.
    pub touches: TouchMeanings,
    /// The column of texts by which customers are told apart: of each the last that is known.
    pub by: Option<usize>,
}

/// A lifecycle to ask about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageMeanings {
    /// Its number in [`Words::lifecycles`].
    pub lifecycle: u16,
    /// The stages that count as lapsed, by place.
    pub lapsed: Vec<u8>,
}

/// Which touches mean what, and where their values stand. A condition that is not given leaves the figures
/// that need it unanswered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TouchMeanings {
    /// The condition of orders.
    pub order: Option<u16>,
    /// The column of texts with order ids: rows of one id are one order. `None` = each row is one.
    pub order_id: Option<usize>,
    /// The column of numbers with what an order brings.
    pub order_value: Option<usize>,
    /// The condition of refunds.
    pub refund: Option<u16>,
    /// The column of numbers with what a refund takes, as a positive number.
    pub refund_value: Option<usize>,
    /// The condition of answers on satisfaction, from 1 to 5.
    pub csat: Option<u16>,
    /// The condition of answers on recommending, from 0 to 10.
    pub nps: Option<u16>,
    /// The condition of answers on effort, from 1 to 7, where 7 is no effort at all.
    pub ces: Option<u16>,
    /// The condition of reviews, from 1 to 5.
    pub review: Option<u16>,
    /// The column of numbers with the score of answers on satisfaction.
    pub csat_score: Option<usize>,
    /// That of answers on recommending.
    pub nps_score: Option<usize>,
    /// That of answers on effort.
    pub ces_score: Option<usize>,
    /// That of reviews.
    pub review_score: Option<usize>,
    /// The condition of calls for support.
    pub ticket: Option<u16>,
    /// The condition of referrals.
    pub referral: Option<u16>,
}

/// What is counted so far.
#[derive(Debug)]
pub struct Tally {
    /// By mark: what touches that carry it mean.
    meanings: Vec<u16>,
    /// By lifecycle asked for: how many stages it has.
    stages: Vec<usize>,
    groups: Groups<Vec<LifecycleTally>>,
    seen: count::Seen,
}

/// What is counted of one lifecycle. Cells stand by period and then stage; a last row is the whole range.
#[derive(Clone, Debug)]
pub(crate) struct LifecycleTally {
    cells: Vec<StageCounts>,
    /// Before the first period and in each: by how much what stands in a stage grew.
    growth: Vec<Growth>,
    /// By period in which they began and stage.
    stays: Vec<Vec<Stay>>,
    /// By cell: stays that began in it a whole window before what is known ends.
    watched: Vec<u64>,
    /// By cell, and the stage that they ended in with a last place for none: those that ended in the window.
    in_time: Vec<u64>,
}

/// What stands in a stage, or by how much it grew.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Growth {
    customers: i64,
    value: i128,
}

impl Analysis for Kpis {
    type Tally = Tally;
    /// For each text the rows by lifecycle, period and stage; then those of the whole range, which have no
    /// period, by lifecycle and stage.
    type Answer = Vec<Split<Vec<StageKpis>>>;

    fn begin(&self, words: &Words) -> Tally {
        let stages = |asked: &StageMeanings| {
            let lifecycle = words.lifecycles.get(usize::from(asked.lifecycle));
            lifecycle.map_or(0, |lifecycle| lifecycle.stages.len())
        };
        let stages: Vec<usize> = self.lifecycles.iter().map(stages).collect();
        let cells = (self.range.count + 1) * stages.iter().max().copied().unwrap_or(0);
        Tally {
            meanings: count::meanings(&self.touches, words),
            stages,
            groups: Groups::new(self.by),
            seen: count::Seen::new(cells),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        let text = tally.groups.text_of(trail);
        let stages = &tally.stages;
        let group = tally.groups.of(text, || self.nobody(stages));
        for (index, counts) in group.iter_mut().enumerate() {
            count::Walk {
                question: self,
                asked: &self.lifecycles[index],
                stages: stages[index],
                meanings: &tally.meanings,
                counts,
                seen: &mut tally.seen,
            }
            .count(trail);
        }
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        tally
            .groups
            .merge(other.groups, |counts, more| add(counts, more));
    }

    fn answer(&self, tally: Tally, words: &Words) -> Self::Answer {
        let Tally { stages, groups, .. } = tally;
        groups.answer(
            words,
            || self.nobody(&stages),
            |group| self.rows(group, &stages),
        )
    }
}

impl Kpis {
    /// Nobody counted yet.
    fn nobody(&self, stages: &[usize]) -> Vec<LifecycleTally> {
        let empty = |stages: &usize| {
            let cells = (self.range.count + 1) * stages;
            LifecycleTally {
                cells: vec![StageCounts::default(); cells],
                growth: vec![Growth::default(); cells],
                stays: vec![Vec::new(); cells - stages],
                watched: vec![0; cells],
                in_time: vec![0; cells * (stages + 1)],
            }
        };
        stages.iter().map(empty).collect()
    }

    /// The window in days, for people to read.
    pub fn window_days(&self) -> f64 {
        self.window_ms as f64 / DAY_MS as f64
    }

    /// The answers by groups of texts: `group_of` names those that a text is in, each with everybody of it
    /// counted once. Answers by group.
    pub(crate) fn answer_by<G: Ord>(
        &self,
        tally: Tally,
        words: &Words,
        group_of: impl Fn(Option<&str>) -> Vec<G>,
    ) -> Vec<(G, Vec<StageKpis>)> {
        let mut merged = BTreeMap::<G, Vec<LifecycleTally>>::new();
        for (text, counted) in tally.groups.into_counted() {
            let word = self
                .by
                .and_then(|column| words.texts[column].get(text as usize));
            for group in group_of(word.map(String::as_str)) {
                match merged.get_mut(&group) {
                    Some(all) => add(all, counted.clone()),
                    None => drop(merged.insert(group, counted.clone())),
                }
            }
        }
        let rows = |(group, counted)| (group, self.rows(counted, &tally.stages));
        merged.into_iter().map(rows).collect()
    }
}

/// Adds what was counted of other customers.
fn add(counts: &mut [LifecycleTally], more: Vec<LifecycleTally>) {
    for (counts, more) in counts.iter_mut().zip(more) {
        for (cell, more) in counts.cells.iter_mut().zip(&more.cells) {
            cell.add(more);
        }
        for (growth, more) in counts.growth.iter_mut().zip(more.growth) {
            growth.customers += more.customers;
            growth.value += more.value;
        }
        for (stays, mut more) in counts.stays.iter_mut().zip(more.stays) {
            stays.append(&mut more);
        }
        add_each(&mut counts.watched, more.watched);
        add_each(&mut counts.in_time, more.in_time);
    }
}

fn add_each(counts: &mut [u64], more: Vec<u64>) {
    for (count, more) in counts.iter_mut().zip(more) {
        *count += more;
    }
}

/// Whether a place is a stage at all.
fn is_stage(place: u8) -> bool {
    place != OUTSIDE
}

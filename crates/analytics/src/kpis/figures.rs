//! What comes out for a stage in a period: whole numbers counted, and how long people stay and where they go.

use super::{Growth, Kpis, LifecycleTally, TouchMeanings};
use crate::OUTSIDE;
use crate::proportion::Rate;
use crate::survival::{Stay, Survival};

/// A stage in a period, or in the whole range.
#[derive(Clone, Debug, PartialEq)]
pub struct StageKpis {
    /// The lifecycle, by its number in [`crate::Words::lifecycles`].
    pub lifecycle: u16,
    /// The stage, by its place in the lifecycle.
    pub stage: u8,
    /// Whether it is a stage that counts as lapsed.
    pub is_lapsed: bool,
    /// The period's number; `None` for the whole range.
    pub period: Option<i64>,
    /// Whether what was known ended before it was over.
    pub incomplete: bool,
    /// What was counted. 0 also where a condition was not given; [`super::Kpi::of`] tells these apart.
    pub counts: StageCounts,
    /// Those in any stage of the lifecycle at its end.
    pub in_lifecycle: u64,
    /// How long those stay who entered in it.
    pub staying: Staying,
    /// Where those go who entered in it: the other stages in their order, each whether or not anybody went,
    /// then those who left the lifecycle or came back to the same stage, where there are any.
    pub conversions: Vec<Conversion>,
    /// Which conditions and columns were given.
    pub(super) asked: TouchMeanings,
}

/// What is counted of a stage in a period. Money is in millionths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StageCounts {
    /// In the stage at its beginning.
    pub at_start: u64,
    /// In the stage at its end: `at_start + entered - left`.
    pub at_end: u64,
    /// Moves into the stage.
    pub entered: u64,
    /// Moves out of it.
    pub left: u64,
    /// Of these, moves from it to a stage that counts as lapsed; none from such a stage.
    pub lapsed: u64,
    /// Of these, moves from it, where it counts as lapsed, to a stage that does not.
    pub recovered: u64,
    /// Customers with a touch while in the stage.
    pub active: u64,
    /// Customers with an order while in the stage.
    pub buyers: u64,
    /// Orders.
    pub orders: u64,
    /// What orders brought.
    pub revenue: i128,
    /// Refunds.
    pub refunds: u64,
    /// What refunds took.
    pub refunded: i128,
    /// What those in the stage at its end have brought until then, refunds taken off.
    pub value_to_date: i128,
    /// Answers on satisfaction.
    pub csat: Score,
    /// Answers on recommending.
    pub nps_answers: u64,
    /// Of these, promoters.
    pub promoters: u64,
    /// Of these, detractors.
    pub detractors: u64,
    /// Answers on effort.
    pub ces: Score,
    /// Reviews.
    pub review: Score,
    /// Calls for support.
    pub tickets: u64,
    /// Customers who called for support.
    pub callers: u64,
    /// Referrals.
    pub referrals: u64,
    /// Customers who referred others.
    pub referrers: u64,
    /// Customers who referred others, answered as promoters or gave a review of 4 or 5.
    pub advocates: u64,
}

/// Answers on a scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// How many; touches without a score are none.
    pub answers: u64,
    /// Their sum, in millionths.
    pub sum: i128,
    /// How many are in the upper part of the scale.
    pub top: u64,
}

impl Score {
    pub(super) fn count(&mut self, score: Option<i64>, top_from: i64) {
        if let Some(score) = score {
            self.answers += 1;
            self.sum += i128::from(score);
            self.top += u64::from(score >= top_from);
        }
    }

    fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.sum += other.sum;
        self.top += other.top;
    }
}

impl StageCounts {
    /// Adds what was counted of other customers.
    pub(super) fn add(&mut self, other: &Self) {
        self.at_start += other.at_start;
        self.at_end += other.at_end;
        self.entered += other.entered;
        self.left += other.left;
        self.lapsed += other.lapsed;
        self.recovered += other.recovered;
        self.active += other.active;
        self.buyers += other.buyers;
        self.orders += other.orders;
        self.revenue += other.revenue;
        self.refunds += other.refunds;
        self.refunded += other.refunded;
        self.value_to_date += other.value_to_date;
        self.csat.add(other.csat);
        self.nps_answers += other.nps_answers;
        self.promoters += other.promoters;
        self.detractors += other.detractors;
        self.ces.add(other.ces);
        self.review.add(other.review);
        self.tickets += other.tickets;
        self.callers += other.callers;
        self.referrals += other.referrals;
        self.referrers += other.referrers;
        self.advocates += other.advocates;
    }

    /// Stays that were at risk of ending: those in the stage at the beginning, and each entry since.
    pub fn stays(&self) -> u64 {
        self.at_start + self.entered
    }
}

/// How long those stay who entered a stage: quantiles by Kaplan and Meier, so that who is still inside counts
/// as staying at least so long. `None` where so many have not left in what is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Staying {
    /// How many stays, all of them at risk at the beginning.
    pub stays: u64,
    /// How many have ended.
    pub ended: u64,
    /// When a tenth has left, in milliseconds after entering.
    pub p10_ms: Option<i64>,
    /// When half has left.
    pub median_ms: Option<i64>,
    /// When nine tenths have left.
    pub p90_ms: Option<i64>,
}

/// Where those go next who entered a stage.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conversion {
    /// The next stage, or [`OUTSIDE`].
    pub to: u8,
    /// Who went there within the window, of those who entered the whole window before what is known ends:
    /// nobody else is looked at, so nobody is cut short. The number at risk is [`Rate::people`].
    pub within: Rate,
    /// How many went there so far.
    pub so_far: u64,
    /// What share goes there in the end, as far as is in sight, by Aalen and Johansen; `None` if nobody entered.
    pub ever: Option<f64>,
}

impl Kpis {
    /// The rows of each lifecycle: by period, then those of the whole range.
    pub(super) fn rows(&self, group: Vec<LifecycleTally>, stages: &[usize]) -> Vec<StageKpis> {
        let (mut periods, mut whole) = (Vec::new(), Vec::new());
        for (index, mut counted) in group.into_iter().enumerate() {
            stand(&mut counted, stages[index], self.range.count);
            for row in 0..self.range.count {
                for stage in 0..stages[index] {
                    let mut stays = std::mem::take(&mut counted.stays[row * stages[index] + stage]);
                    periods.push(self.row(
                        index,
                        (row, stage),
                        &counted,
                        &mut stays,
                        stages[index],
                    ));
                    counted.stays[row * stages[index] + stage] = stays;
                }
            }
            for stage in 0..stages[index] {
                let own = counted.stays.iter().skip(stage).step_by(stages[index]);
                let mut stays: Vec<Stay> = own.flatten().copied().collect();
                let place = (self.range.count, stage);
                whole.push(self.row(index, place, &counted, &mut stays, stages[index]));
            }
        }
        periods.append(&mut whole);
        periods
    }

    /// A stage in one period, or in the whole range: the row after the last.
    fn row(
        &self,
        index: usize,
        (row, stage): (usize, usize),
        counted: &LifecycleTally,
        stays: &mut [Stay],
        stages: usize,
    ) -> StageKpis {
        let (asked, range) = (&self.lifecycles[index], &self.range);
        let all = &counted.cells[row * stages..(row + 1) * stages];
        let survival = Survival::of(stays);
        StageKpis {
            lifecycle: asked.lifecycle,
            stage: stage as u8,
            is_lapsed: asked.lapsed.contains(&(stage as u8)),
            period: (row < range.count).then(|| range.first + row as i64),
            incomplete: range.incomplete && row + 1 >= range.count,
            counts: all[stage].clone(),
            in_lifecycle: all.iter().map(|cell| cell.at_end).sum(),
            staying: Staying {
                stays: stays.len() as u64,
                ended: survival.points.iter().map(|point| point.left).sum(),
                p10_ms: survival.quantile_ms(0.1),
                median_ms: survival.quantile_ms(0.5),
                p90_ms: survival.quantile_ms(0.9),
            },
            conversions: conversions(counted, row * stages + stage, stages, stays, &survival),
            asked: self.touches.clone(),
        }
    }
}

/// Where those went next whose stays began in a cell.
fn conversions(
    counted: &LifecycleTally,
    cell: usize,
    stages: usize,
    stays: &[Stay],
    survival: &Survival,
) -> Vec<Conversion> {
    let mut so_far = vec![0_u64; stages + 1];
    for to in stays.iter().filter_map(|stay| stay.to) {
        so_far[usize::from(to).min(stages)] += 1;
    }
    let in_time = &counted.in_time[cell * (stages + 1)..(cell + 1) * (stages + 1)];
    let conversion = |place: usize| {
        let to = if place < stages { place as u8 } else { OUTSIDE };
        let another_stage = place < stages && place != cell % stages;
        (another_stage || so_far[place] > 0).then(|| Conversion {
            to,
            within: Rate::new(in_time[place], counted.watched[cell]),
            so_far: so_far[place],
            ever: (!stays.is_empty()).then(|| survival.incidence.get(&to).copied().unwrap_or(0.0)),
        })
    };
    (0..=stages).filter_map(conversion).collect()
}

/// Fills in what stands in each stage at the ends of periods, from what was there before and how it grew.
fn stand(counted: &mut LifecycleTally, stages: usize, periods: usize) {
    let mut standing: Vec<Growth> = counted.growth[..stages].to_vec();
    for (stage, before) in standing.iter().enumerate() {
        counted.cells[periods * stages + stage].at_start = before.customers.unsigned_abs();
    }
    for row in 0..periods {
        for (stage, standing) in standing.iter_mut().enumerate() {
            let growth = counted.growth[(row + 1) * stages + stage];
            let cell = &mut counted.cells[row * stages + stage];
            cell.at_start = standing.customers.unsigned_abs();
            standing.customers += growth.customers;
            standing.value += growth.value;
            cell.at_end = standing.customers.unsigned_abs();
            cell.value_to_date = standing.value;
        }
    }
    for (stage, standing) in standing.into_iter().enumerate() {
        let whole = &mut counted.cells[periods * stages + stage];
        whole.at_end = standing.customers.unsigned_abs();
        whole.value_to_date = standing.value;
    }
}

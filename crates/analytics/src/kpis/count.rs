//! One customer's touches and moves, walked together and counted into the cells of stages and periods.

use super::{
    DETRACTOR_TO, EASY_FROM, Growth, Kpis, LifecycleTally, PROMOTER_FROM, SATISFIED_FROM,
    StageCounts, StageMeanings, TouchMeanings, is_stage,
};
use crate::calendar::Cursor;
use crate::survival::Stay;
use crate::{NO_NUMBER, NO_TEXT, OUTSIDE, StageMove, Trail, Words};

const ORDER: u16 = 1;
const REFUND: u16 = 1 << 1;
const CSAT: u16 = 1 << 2;
const NPS: u16 = 1 << 3;
const CES: u16 = 1 << 4;
const REVIEW: u16 = 1 << 5;
const TICKET: u16 = 1 << 6;
const REFERRAL: u16 = 1 << 7;

const ACTIVE: u8 = 1;
const BUYER: u8 = 1 << 1;
const CALLER: u8 = 1 << 2;
const REFERRER: u8 = 1 << 3;
const ADVOCATE: u8 = 1 << 4;

/// By mark: what touches that carry it mean.
pub(super) fn meanings(touches: &TouchMeanings, words: &Words) -> Vec<u16> {
    let meant = [
        (touches.order, ORDER),
        (touches.refund, REFUND),
        (touches.csat, CSAT),
        (touches.nps, NPS),
        (touches.ces, CES),
        (touches.review, REVIEW),
        (touches.ticket, TICKET),
        (touches.referral, REFERRAL),
    ];
    let of = |mark: usize| {
        let conditions = words.marks.conditions(mark as u32);
        let met = |condition: u16| conditions.binary_search(&condition).is_ok();
        let bits = meant
            .iter()
            .filter(|(condition, _)| condition.is_some_and(met));
        bits.fold(0, |bits, (_, bit)| bits | bit)
    };
    (0..words.marks.len()).map(of).collect()
}

/// In which cells the customer at hand was counted already, and as what.
#[derive(Debug)]
pub(super) struct Seen {
    /// Counts customers, so that nothing need be cleared between them.
    walk: u64,
    cells: Vec<(u64, u8)>,
    order_ids: Vec<u32>,
}

impl Seen {
    pub(super) fn new(cells: usize) -> Self {
        Self {
            walk: 0,
            cells: vec![(0, 0); cells],
            order_ids: Vec::new(),
        }
    }

    fn begin(&mut self) {
        self.walk += 1;
        self.order_ids.clear();
    }

    /// Whether she is counted as this in a cell for the first time.
    fn first(&mut self, cell: usize, what: u8) -> bool {
        let (walk, bits) = &mut self.cells[cell];
        if *walk != self.walk {
            (*walk, *bits) = (self.walk, 0);
        }
        let first = *bits & what == 0;
        *bits |= what;
        first
    }

    /// Whether an order is one that was not seen before.
    fn first_order(&mut self, id: u32) -> bool {
        if id == NO_TEXT {
            return true;
        }
        match self.order_ids.binary_search(&id) {
            Ok(_) => false,
            Err(place) => {
                self.order_ids.insert(place, id);
                true
            }
        }
    }
}

/// One customer in one lifecycle.
pub(super) struct Walk<'w> {
    pub(super) question: &'w Kpis,
    pub(super) asked: &'w StageMeanings,
    pub(super) stages: usize,
    pub(super) meanings: &'w [u16],
    pub(super) counts: &'w mut LifecycleTally,
    pub(super) seen: &'w mut Seen,
}

/// Where she stands.
struct Standing {
    stage: u8,
    value: i128,
}

impl Walk<'_> {
    /// Counts her.
    pub(super) fn count(mut self, trail: &Trail<'_>) {
        self.seen.begin();
        let mut cursor = self.question.calendar.cursor();
        let mut standing = Standing {
            stage: OUTSIDE,
            value: 0,
        };
        let (own, to_ms) = (self.asked.lifecycle, self.question.range.to_ms);
        let own_moves = trail.moves.iter().filter(|step| step.lifecycle == own);
        let mut moves = own_moves.clone().peekable();
        // Until then a touch that means nothing adds nothing to the one before it.
        let mut quiet_until_ms = i64::MIN;
        for touch in 0..trail.len() {
            let at_ms = trail.at_ms[touch];
            if at_ms < quiet_until_ms && self.meanings[trail.mark[touch] as usize] == 0 {
                continue;
            }
            if at_ms >= to_ms {
                break;
            }
            while let Some(step) = moves.next_if(|step| step.at_ms <= at_ms) {
                self.step(step, &mut standing, &mut cursor);
            }
            self.touch(trail, touch, &mut standing, &mut cursor);
            quiet_until_ms = match at_ms < self.question.range.from_ms {
                true => self.question.range.from_ms,
                false => cursor.until_ms().min(to_ms),
            };
            if let Some(next) = moves.peek() {
                quiet_until_ms = quiet_until_ms.min(next.at_ms);
            }
        }
        for step in moves.take_while(|step| step.at_ms < to_ms) {
            self.step(step, &mut standing, &mut cursor);
        }
        self.stays(own_moves, &mut cursor);
    }

    /// The row of growth of an instant before the range's end: 0 is before its first period.
    fn row(&self, at_ms: i64, cursor: &mut Cursor<'_>) -> usize {
        let range = &self.question.range;
        if at_ms < range.from_ms {
            return 0;
        }
        let index = range.index_of(cursor.at(at_ms).period);
        index.map_or(0, |index| index + 1)
    }

    fn grow(&mut self, row: usize, stage: u8, customers: i64, value: i128) {
        if let Some(growth) = self.growth(row, stage) {
            growth.customers += customers;
            growth.value += value;
        }
    }

    fn growth(&mut self, row: usize, stage: u8) -> Option<&mut Growth> {
        let stage = usize::from(stage);
        (stage < self.stages).then(|| &mut self.counts.growth[row * self.stages + stage])
    }

    /// Adds to the cell of a period and to that of the whole range.
    fn add(&mut self, row: usize, stage: u8, what: impl Fn(&mut StageCounts)) {
        for cell in self.cells(row, stage).into_iter().flatten() {
            what(&mut self.counts.cells[cell]);
        }
    }

    /// Adds likewise, but once a customer.
    fn add_once(&mut self, row: usize, stage: u8, bit: u8, what: impl Fn(&mut StageCounts)) {
        for cell in self.cells(row, stage).into_iter().flatten() {
            if self.seen.first(cell, bit) {
                what(&mut self.counts.cells[cell]);
            }
        }
    }

    fn cells(&self, row: usize, stage: u8) -> Option<[usize; 2]> {
        let stage = usize::from(stage);
        let period = row.checked_sub(1).filter(|_| stage < self.stages)?;
        Some([period, self.question.range.count].map(|row| row * self.stages + stage))
    }

    fn step(&mut self, step: &StageMove, standing: &mut Standing, cursor: &mut Cursor<'_>) {
        let row = self.row(step.at_ms, cursor);
        let (from, to) = (standing.stage, step.to);
        let lapsed = |stage: u8| self.asked.lapsed.contains(&stage);
        let lapse = u64::from(lapsed(to) && !lapsed(from));
        let back = u64::from(lapsed(from) && !lapsed(to) && is_stage(to));
        self.grow(row, from, -1, -standing.value);
        self.grow(row, to, 1, standing.value);
        self.add(row, from, |counts| {
            counts.left += 1;
            counts.lapsed += lapse;
            counts.recovered += back;
        });
        self.add(row, to, |counts| counts.entered += 1);
        standing.stage = to;
    }

    fn touch(
        &mut self,
        trail: &Trail<'_>,
        touch: usize,
        standing: &mut Standing,
        cursor: &mut Cursor<'_>,
    ) {
        let row = self.row(trail.at_ms[touch], cursor);
        let meaning = self.meanings[trail.mark[touch] as usize];
        let (stage, asked) = (standing.stage, &self.question.touches);
        let number = |column: Option<usize>| {
            let number = trail.numbers[column?][touch];
            (number != NO_NUMBER).then_some(number)
        };
        self.add_once(row, stage, ACTIVE, |counts| counts.active += 1);
        if meaning & ORDER != 0 {
            let value = i128::from(number(asked.order_value).unwrap_or(0));
            let id = asked
                .order_id
                .map_or(NO_TEXT, |column| trail.texts[column][touch]);
            let first = u64::from(self.seen.first_order(id));
            self.add(row, stage, |counts| {
                counts.orders += first;
                counts.revenue += value;
            });
            self.add_once(row, stage, BUYER, |counts| counts.buyers += 1);
            self.grow(row, stage, 0, value);
            standing.value += value;
        }
        if meaning & REFUND != 0 {
            let value = i128::from(number(asked.refund_value).unwrap_or(0));
            self.add(row, stage, |counts| {
                counts.refunds += 1;
                counts.refunded += value;
            });
            self.grow(row, stage, 0, -value);
            standing.value -= value;
        }
        if meaning & !(ORDER | REFUND) != 0 && row > 0 {
            self.feedback(row, stage, meaning, &number);
        }
    }

    fn feedback(
        &mut self,
        row: usize,
        stage: u8,
        meaning: u16,
        number: &impl Fn(Option<usize>) -> Option<i64>,
    ) {
        let asked = &self.question.touches;
        let score = |bit: u16, column: Option<usize>| {
            (meaning & bit != 0).then(|| number(column)).flatten()
        };
        let csat = score(CSAT, asked.csat_score);
        let nps = score(NPS, asked.nps_score);
        let ces = score(CES, asked.ces_score);
        let review = score(REVIEW, asked.review_score);
        self.add(row, stage, |counts| {
            counts.csat.count(csat, SATISFIED_FROM);
            counts.ces.count(ces, EASY_FROM);
            counts.review.count(review, SATISFIED_FROM);
            counts.nps_answers += u64::from(nps.is_some());
            counts.promoters += u64::from(nps.is_some_and(|score| score >= PROMOTER_FROM));
            counts.detractors += u64::from(nps.is_some_and(|score| score <= DETRACTOR_TO));
            counts.tickets += u64::from(meaning & TICKET != 0);
            counts.referrals += u64::from(meaning & REFERRAL != 0);
        });
        if meaning & TICKET != 0 {
            self.add_once(row, stage, CALLER, |counts| counts.callers += 1);
        }
        if meaning & REFERRAL != 0 {
            self.add_once(row, stage, REFERRER, |counts| counts.referrers += 1);
        }
        let promotes = nps.is_some_and(|score| score >= PROMOTER_FROM)
            || review.is_some_and(|score| score >= SATISFIED_FROM)
            || meaning & REFERRAL != 0;
        if promotes {
            self.add_once(row, stage, ADVOCATE, |counts| counts.advocates += 1);
        }
    }

    /// Counts a stay that is known for the whole window.
    fn watch(&mut self, cell: usize, stay: Stay) {
        self.counts.watched[cell] += 1;
        if let Some(to) = stay.to.filter(|_| stay.ms <= self.question.window_ms) {
            let place = usize::from(to).min(self.stages);
            self.counts.in_time[cell * (self.stages + 1) + place] += 1;
        }
    }

    /// The stays that began in the range, followed as far as is known.
    fn stays<'m>(
        &mut self,
        moves: impl Iterator<Item = &'m StageMove> + Clone,
        cursor: &mut Cursor<'_>,
    ) {
        let (range, known_ms) = (self.question.range, self.question.known_until_ms);
        let mut later = moves.clone().skip(1);
        for step in moves {
            let next = later.next().filter(|next| next.at_ms <= known_ms);
            if step.at_ms < range.from_ms || step.at_ms >= range.to_ms {
                continue;
            }
            let Some([cell, whole]) = self.cells(self.row(step.at_ms, cursor), step.to) else {
                continue;
            };
            let end_ms = next.map_or(known_ms, |next| next.at_ms);
            let stay = Stay {
                ms: (end_ms - step.at_ms).max(0),
                to: next.map(|next| next.to),
            };
            if known_ms - step.at_ms >= self.question.window_ms {
                for cell in [cell, whole] {
                    self.watch(cell, stay);
                }
            }
            self.counts.stays[cell].push(stay);
        }
    }
}

//! The ledger of one lifecycle as stays in stages, by day, and what it said at the end of any day.

use super::choice::StageClock;
use super::{OUTSIDE, StagesError};

/// Most stages of a lifecycle that is looked ahead of.
pub const MAX_STAGES: usize = 32;
/// The days that can be, counted from 1970-01-01: the years 1 to 9999.
const DAYS: std::ops::RangeInclusive<i32> = -719_162..=2_932_896;

/// One move of a customer in the lifecycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StageMove {
    /// The customer, by a number from 0.
    pub customer: u32,
    /// The day it happened on, counted from 1970-01-01.
    pub day: i32,
    /// The stage entered, by its place from 0; `None`: she left the lifecycle.
    pub to: Option<u8>,
    /// The group she belonged to then, by its number; 0 where customers are not told apart.
    pub group: u16,
}

/// A touch that may set back the clock of a stage, such as an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockTouch {
    /// The customer, by the number that her moves have.
    pub customer: u32,
    /// The day it happened on.
    pub day: i32,
}

/// The ledger of one lifecycle.
#[derive(Clone, Debug, Default)]
pub struct StageLedger {
    pub(super) stages: usize,
    pub(super) customers: usize,
    /// In order of customers, then of time.
    pub(super) stays: Vec<Stay>,
    /// The days of touches within stays, rising within each.
    touches: Vec<i32>,
    pub(super) groups: usize,
    pub(super) first_day: i32,
    pub(super) last_day: i32,
}

/// One stay in a stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    pub customer: u32,
    pub stage: u8,
    /// The stage before, or [`OUTSIDE`].
    pub from: u8,
    pub group: u16,
    pub start: i32,
    /// The day it ended on; `i32::MAX` if it had not where history ends.
    pub end: i32,
    /// Where it ended.
    pub to: u8,
    touches: (u32, u32),
}

/// A run of a stage's clock: from entering, or from a touch that set it back, to the next or to the end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spell {
    pub stay: Stay,
    pub start: i32,
    /// Whether it was begun by a touch within the stay; then nothing follows on its first day.
    pub is_restart: bool,
    /// The last day in sight.
    pub last: i32,
    /// What ended it on that day.
    pub end: End,
}

/// What ended the run of a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing so far.
    Open,
    /// A touch that set it back.
    Restart,
    /// A move to a stage, or to [`OUTSIDE`].
    Move(u8),
}

impl StageLedger {
    /// Gathers a lifecycle of so many stages from its moves, those of a customer in their order (customers in any),
    /// and from touches in any order. History ends with `last_day`, whose moves are all known.
    ///
    /// Moves and touches after that day are left out.
    ///
    /// # Errors
    /// [`StagesError::Figure`] for too many stages, one that is not there, and days that cannot be.
    pub fn gather(
        stages: usize,
        mut moves: Vec<StageMove>,
        mut touches: Vec<ClockTouch>,
        last_day: i32,
    ) -> Result<Self, StagesError> {
        let known = |to: Option<u8>| to.is_none_or(|to| usize::from(to) < stages);
        if stages == 0 || stages > MAX_STAGES {
            return Err(StagesError::Figure("a lifecycle has from 1 to 32 stages"));
        }
        if !moves.iter().all(|one| known(one.to)) {
            return Err(StagesError::Figure(
                "a move leads to a stage that is not there",
            ));
        }
        let mut days = moves.iter().map(|one| one.day).chain([last_day]);
        if !days.all(|day| DAYS.contains(&day)) {
            return Err(StagesError::Figure(
                "a day lies outside of the years 1 to 9999",
            ));
        }
        moves.retain(|one| one.day <= last_day);
        moves.sort_by_key(|one| (one.customer, one.day));
        touches.retain(|one| one.day <= last_day);
        touches.sort_unstable_by_key(|one| (one.customer, one.day));
        touches.dedup();
        let mut ledger = Self {
            stages,
            first_day: moves.iter().map(|one| one.day).min().unwrap_or(last_day),
            last_day,
            groups: moves
                .iter()
                .map(|one| usize::from(one.group) + 1)
                .max()
                .unwrap_or(1),
            ..Self::default()
        };
        let mut rest = &touches[..];
        for own in moves.chunk_by(|a, b| a.customer == b.customer) {
            let customer = own[0].customer;
            rest = &rest[rest.partition_point(|one| one.customer < customer)..];
            let mine = &rest[..rest.partition_point(|one| one.customer == customer)];
            ledger.add(own, mine);
        }
        Ok(ledger)
    }

    /// Adds the moves of one customer.
    fn add(&mut self, moves: &[StageMove], touches: &[ClockTouch]) {
        self.customers += 1;
        let mut from = OUTSIDE;
        for (place, one) in moves.iter().enumerate() {
            let Some(stage) = one.to else {
                from = OUTSIDE;
                continue;
            };
            let next = moves.get(place + 1);
            let end = next.map_or(i32::MAX, |next| next.day);
            let begin = self.touches.len() as u32;
            // Those of the first day and of the last are what the moves themselves come from.
            let within = touches.iter().map(|touch| touch.day);
            let within = within.filter(|day| *day > one.day && *day < end);
            self.touches.extend(within);
            self.stays.push(Stay {
                customer: one.customer,
                stage,
                from,
                group: one.group,
                start: one.day,
                end,
                to: next.and_then(|next| next.to).unwrap_or(OUTSIDE),
                touches: (begin, self.touches.len() as u32),
            });
            from = stage;
        }
    }

    /// The runs of the stages' clocks as they were known at the end of a day.
    pub(super) fn spells<'a>(
        &'a self,
        until: i32,
        clocks: &'a [StageClock],
    ) -> impl Iterator<Item = Spell> + 'a {
        let known = self.stays.iter().filter(move |stay| stay.start <= until);
        known.flat_map(move |stay| {
            let touches = match clocks[usize::from(stay.stage)].is_by_touch() {
                true => &self.touches[stay.touches.0 as usize..stay.touches.1 as usize],
                false => &[],
            };
            let touches = &touches[..touches.partition_point(|day| *day <= until)];
            (0..=touches.len()).map(move |place| {
                let start = place.checked_sub(1).map(|before| touches[before]);
                let (last, end) = match touches.get(place) {
                    Some(day) => (*day, End::Restart),
                    None if stay.end <= until => (stay.end, End::Move(stay.to)),
                    None => (until, End::Open),
                };
                Spell {
                    stay: *stay,
                    start: start.unwrap_or(stay.start),
                    is_restart: start.is_some(),
                    last,
                    end,
                }
            })
        })
    }

    /// Customers in each stage at the ends of days, ascending: for each day, by stage. `group`: only those whose
    /// stay began in it.
    pub fn standing(&self, days: &[i32], group: Option<u16>) -> Vec<Vec<u64>> {
        let mut standing = vec![vec![0; self.stages]; days.len()];
        for stay in &self.stays {
            if group.is_some_and(|group| group != stay.group) {
                continue;
            }
            let from = days.partition_point(|day| *day < stay.start);
            let to = days.partition_point(|day| *day < stay.end);
            for at in standing.iter_mut().take(to).skip(from) {
                at[usize::from(stay.stage)] += 1;
            }
        }
        standing
    }

    /// The stages of the lifecycle.
    pub fn stages(&self) -> usize {
        self.stages
    }

    /// Whether anybody has moved so; [`OUTSIDE`] stands for outside of the lifecycle.
    pub fn has_move(&self, from: u8, to: u8) -> bool {
        self.stays.iter().any(|stay| match from {
            OUTSIDE => stay.from == OUTSIDE && stay.stage == to,
            _ => stay.stage == from && stay.end < i32::MAX && stay.to == to,
        })
    }

    /// The first day with a move and the last day of history.
    pub fn span(&self) -> (i32, i32) {
        (self.first_day, self.last_day)
    }

    /// Customers that have ever been in the lifecycle.
    pub fn customers(&self) -> usize {
        self.customers
    }
}

impl Spell {
    /// The first age at which something could have happened to her, in days since the clock began.
    pub(super) fn first_age(&self, after: i32) -> i32 {
        let own = i32::from(self.is_restart);
        own.max(after.saturating_add(1).saturating_sub(self.start))
    }

    /// The last age in sight.
    pub(super) fn last_age(&self) -> i32 {
        self.last - self.start
    }
}

//! The journey through a lifecycle: what customers touch in each stage, what follows, and where it hurts.
//!
//! Way of reading: `walk` (one customer's stays and touches), `map` (figures of stages and touchpoints),
//! `cells` and `loops` (who was concerned, by group and month, with `groups`), `clock` (tickets by the time
//! since an order), `sums` and `pain` (comparisons), `fold` (one finding for one cause).
//!
//! The rules, once:
//! - A touch belongs to the stage that she is in at its instant; one of the very instant of a move to the
//!   stage entered. Touches outside of any stage, or at no touchpoint, are on no map, but do break a silence.
//! - Touches that meet [`Journey::passive`] are done to her: they are neither what comes next nor an end of silence.
//! - A *case* is a customer at a touchpoint in a stage in a calendar month: her last touch there in that month
//!   of which it is known what followed, which it is once the longest window after it is over.
//! - A case *drops off* if no touch of hers follows within [`Journey::silence_ms`], or a move to a stage of
//!   lapse comes before the next touch. It *has a ticket* if she raises one within
//!   [`Journey::ticket_ms`] and before her next goal, and *misses her goal* if none follows within
//!   [`Journey::goal_ms`].
//!
//! Memory: no customer is kept. A tally grows with stages × touchpoints × groups × months: 0 bytes a
//! customer, but for at most 16 bytes for the bin of each wait that no one shared before.

mod answer;
mod cells;
mod clock;
mod fold;
mod groups;
mod loops;
mod map;
mod pain;
mod sums;
mod walk;

use crate::calendar::Calendar;
use crate::regions::Level;
use crate::trail::{Analysis, Trail, Words};

pub use answer::{
    Evidence, Exit, Follow, JourneyAnswer, PainKind, PainPoint, Rated, Spot, StageMap, Stake,
    Times, TouchpointMap, Usual,
};

use cells::Cells;
use clock::Clock;
use groups::Texts;
use map::Map;
use walk::Walk;

/// Days in which a customer who has stopped is silent.
const SILENCE_MS: i64 = 30 * perennial_model::DAY_MS;
/// Days within which a goal is laid to the touchpoint before it.
const GOAL_MS: i64 = 7 * perennial_model::DAY_MS;
/// Days within which a ticket is laid at a touchpoint's door.
const TICKET_MS: i64 = 14 * perennial_model::DAY_MS;
/// Days within which what she spends is laid to her going on.
const VALUE_MS: i64 = 90 * perennial_model::DAY_MS;
/// Longest pause within a loop.
const LOOP_MS: i64 = perennial_model::DAY_MS;

/// The question: how customers travel through a lifecycle, and where it hurts.
#[derive(Clone, Debug)]
pub struct Journey {
    /// The lifecycle, as a number in [`Words::lifecycles`].
    pub lifecycle: u16,
    /// Its stages that a customer is lost in, by place.
    pub lapse: Vec<u8>,
    /// What counts as a touchpoint.
    pub points: Points,
    /// Met by touches that are done to her, such as mails sent.
    pub passive: Option<u16>,
    /// Met by touches with which she reached what she came for, such as orders: ending there is no loss.
    pub goal: Option<u16>,
    /// The column of numbers with what a goal is worth.
    pub value: Option<usize>,
    /// Met by tickets.
    pub ticket: Option<u16>,
    /// How satisfaction is told.
    pub feedback: Option<Feedback>,
    /// What customers are told apart by. Of each every combination is counted: few columns of few texts.
    pub groups: Vec<Grouping>,
    /// The months of the project's zone; an [`crate::calendar::Interval::Month`] calendar.
    pub calendar: Calendar,
    /// The end of what is known, exclusive, in milliseconds since 1970.
    pub until_ms: i64,
    /// How long without a touch she has stopped.
    pub silence_ms: i64,
    /// Within how long after a touch a goal counts as what it led to.
    pub goal_ms: i64,
    /// Within how long after a touch a ticket counts.
    pub ticket_ms: i64,
    /// Within how long after a case what she spends counts as the value of going on.
    pub value_ms: i64,
    /// Longest pause between the touches of a loop.
    pub loop_ms: i64,
    /// Most follow-ups told by name.
    pub top_next: usize,
    /// What a pain point must come to.
    pub limits: Limits,
}

/// What counts as a touchpoint.
#[derive(Clone, Debug)]
pub enum Points {
    /// Every event name.
    Events,
    /// Names with their conditions; where a touch meets several, the first is what comes next.
    Conditions(Vec<(String, u16)>),
}

/// Where ratings stand. They are the touch's own number, or else that of the next rating within a window.
#[derive(Clone, Debug)]
pub struct Feedback {
    /// Met by touches that rate.
    pub condition: u16,
    /// The column of numbers.
    pub column: usize,
    /// Within how long a rating is about a touch before it.
    pub window_ms: i64,
    /// The highest number that is a bad one, in millionths.
    pub bad: i64,
}

/// A column that customers are told apart by.
#[derive(Clone, Debug)]
pub struct Grouping {
    /// What it is called.
    pub name: String,
    /// The column of texts.
    pub column: usize,
    /// Whether the text is the touch's own, such as a device. Else it is the last known of the customer.
    pub of_touch: bool,
    /// `None` for texts as they are. Else they are countries, and customers are told apart by the part of the
    /// world that theirs is in.
    pub level: Option<Level>,
}

/// What a pain point must come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Share of false findings among all to put up with, by Benjamini and Hochberg over all comparisons.
    pub rate: f64,
    /// Fewest customers, and fewest in the rest that they are compared with.
    pub fewest: u64,
    /// Fewest of them who are hit.
    pub fewest_hits: u64,
    /// Least difference of the two shares.
    pub gap: f64,
    /// Least share as a multiple of the rest's; for times, their median over the rest's.
    pub ratio: f64,
    /// Returns in a row (`a b a` is one) from which a customer is in a loop.
    pub returns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rate: 0.05,
            fewest: 30,
            fewest_hits: 5,
            gap: 0.03,
            ratio: 1.3,
            returns: 4,
        }
    }
}

impl Journey {
    /// A lifecycle told by event names, with nothing known of lapses, goals, tickets, ratings or groups.
    pub fn new(lifecycle: u16, calendar: Calendar, until_ms: i64) -> Self {
        Self {
            lifecycle,
            lapse: Vec::new(),
            points: Points::Events,
            passive: None,
            goal: None,
            value: None,
            ticket: None,
            feedback: None,
            groups: Vec::new(),
            calendar,
            until_ms,
            silence_ms: SILENCE_MS,
            goal_ms: GOAL_MS,
            ticket_ms: TICKET_MS,
            value_ms: VALUE_MS,
            loop_ms: LOOP_MS,
            top_next: 5,
            limits: Limits::default(),
        }
    }

    /// The longest window after a touch: a case is known once it is over.
    fn horizon_ms(&self) -> i64 {
        let feedback = self.feedback.as_ref().map_or(0, |f| f.window_ms);
        let goal = self.goal.map_or(0, |_| self.goal_ms);
        self.silence_ms.max(self.ticket_ms).max(feedback).max(goal)
    }

    /// The names of touchpoints, by number.
    fn point_names<'w>(&'w self, words: &'w Words) -> Vec<&'w str> {
        match &self.points {
            Points::Events => words.events.iter().map(String::as_str).collect(),
            Points::Conditions(points) => points.iter().map(|(name, _)| name.as_str()).collect(),
        }
    }
}

/// What is counted of journeys so far.
#[derive(Clone, Debug)]
pub struct Tally {
    walk: Walk,
    map: Map,
    cells: Cells,
    clock: Clock,
    texts: Texts,
}

impl Analysis for Journey {
    type Tally = Tally;
    type Answer = JourneyAnswer;

    fn begin(&self, words: &Words) -> Tally {
        Tally {
            walk: Walk::new(self, words),
            map: Map::default(),
            cells: Cells::default(),
            clock: Clock::default(),
            texts: Texts::new(self, words),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        if tally.walk.go(self, trail) {
            tally.map.count(self, &tally.walk);
            tally.cells.count(self, &tally.walk, &tally.texts, trail);
            tally.clock.count(self, &tally.walk);
        }
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        tally.map.merge(other.map);
        tally.cells.merge(other.cells);
        tally.clock.merge(other.clock);
    }

    fn answer(&self, tally: Tally, words: &Words) -> JourneyAnswer {
        let follows = tally.map.follows();
        let (pains, comparisons) = pain::find(self, &tally, &follows, words);
        JourneyAnswer {
            stages: tally.map.answer(self, &tally.cells, words),
            pains,
            comparisons,
        }
    }
}

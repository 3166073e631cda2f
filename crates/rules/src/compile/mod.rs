//! Compiling: names become numbers, shared figures become registers, and every rule says what it depends on.
//!
//! A [`Machine`] is plain data. The engine folds with it; nothing here evaluates anything.

mod code;
mod lower;
mod order;
mod wording;

pub use code::{Code, Needs};

use lower::conditions;

use perennial_model::{Number, PointId, Symbol, Symbols};

use crate::project::{CountsAs, FORECAST_MODEL, SCORES};
use crate::{Expr, Project};

/// Most stages of a lifecycle: sets of stages are bits of one word.
pub const MAX_STAGES: usize = 64;

/// A project's rules in the form that the engine runs.
#[derive(Clone, Debug)]
pub struct Machine {
    /// The version of the rules, as in [`Project::version`].
    pub version: String,
    /// The touchpoints, by [`PointId`].
    pub points: Vec<Point>,
    /// The properties and traits that rules read, by slot.
    pub slots: Vec<Slot>,
    /// The figures that rules share, each kept once per customer.
    pub registers: Vec<Register>,
    /// The lifecycles, in the project's order.
    pub lifecycles: Vec<LifecycleCode>,
    /// The segments, in the project's order.
    pub segments: Vec<SegmentCode>,
    /// The order in which lifecycles and segments are decided: whoever is read comes before its reader.
    pub order: Vec<Subject>,
    /// How interest decays and what feeds it.
    pub intent: IntentCode,
    /// Whether any rule reads a population-relative score, so thresholds are needed while folding.
    pub reads_scores: bool,
    /// The slot of the order value for each touchpoint that counts as an order or a refund.
    pub money: Vec<Money>,
    /// Which events are which touchpoints.
    pub matches: Vec<MatchCode>,
}

/// One way for an event to be a touchpoint, compiled.
#[derive(Clone, Debug)]
pub struct MatchCode {
    /// The event's name, normalized.
    pub event: String,
    /// The touchpoint that it then is.
    pub point: PointId,
    /// What must hold of its properties, which are read as those of the touch at hand.
    pub when: Option<Condition>,
}

/// A touchpoint as the engine knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Its name.
    pub name: String,
    /// What it counts as.
    pub counts_as: Option<CountsAs>,
}

/// A touchpoint that moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// The touchpoint.
    pub point: PointId,
    /// The slot of its value; `None` where it has none.
    pub slot: Option<u16>,
    /// True for a refund.
    pub refund: bool,
}

/// A property or trait that rules read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// The column's canonical name.
    pub name: String,
    /// Whether it is kept as a trait of the customer, or read at the touch only.
    pub is_trait: bool,
    /// Whether only numbers are wanted: a text that reads as one becomes one, any other is null. Else a
    /// text stays as it stands, so that `007` keeps its noughts.
    pub numeric: bool,
    /// Whether the fold needs it; else only telling touchpoints apart does.
    pub folded: bool,
    /// Whether any rule reads it; a trait may be kept for results alone.
    pub ruled: bool,
}

/// A figure over a customer's touches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Register {
    /// Over which touches; `None` is any.
    pub over: Option<PointId>,
    /// What is figured.
    pub figure: Figure,
    /// The window in milliseconds back from now, far end included; `None` is all history.
    pub window_ms: Option<i64>,
}

/// What a register figures; the slot is that of the measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Figure {
    /// How many touches.
    Count,
    /// When the latest was.
    Latest,
    /// The sum.
    Sum(u16),
    /// The mean.
    Mean(u16),
    /// The least.
    Min(u16),
    /// The greatest.
    Max(u16),
    /// The earliest value.
    First(u16),
    /// The latest value.
    Last(u16),
    /// How many different values.
    Distinct(u16),
}

impl Figure {
    /// The slot it reads, if it reads one.
    pub fn slot(self) -> Option<u16> {
        match self {
            Self::Count | Self::Latest => None,
            Self::Sum(slot)
            | Self::Mean(slot)
            | Self::Min(slot)
            | Self::Max(slot)
            | Self::First(slot)
            | Self::Last(slot)
            | Self::Distinct(slot) => Some(slot),
        }
    }
}

/// Something with a place of its own in the order of decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A lifecycle by number.
    Lifecycle(u16),
    /// A segment by number.
    Segment(u16),
}

/// A lifecycle, compiled.
#[derive(Clone, Debug)]
pub struct LifecycleCode {
    /// Its name.
    pub name: String,
    /// For whom it is; `None` is everybody.
    pub applies_to: Option<Condition>,
    /// Its stages.
    pub stages: Vec<StageCode>,
    /// Its clauses, by stage and then as written.
    pub clauses: Vec<ClauseCode>,
    /// Whether it is a pure classification.
    pub classification: bool,
    /// Whether moves to an earlier stage are refused.
    pub forward_only: bool,
    /// Whether passing over a stage that is not optional is refused.
    pub in_order: bool,
}

/// A stage, compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageCode {
    /// Its name.
    pub name: String,
    /// The symbol of its name, which `stage()` answers.
    pub symbol: Symbol,
    /// Whether it may be passed over.
    pub optional: bool,
    /// Shortest stay, in milliseconds.
    pub dwell_ms: i64,
}

/// One way into a stage, compiled.
#[derive(Clone, Debug)]
pub struct ClauseCode {
    /// The stage it leads to.
    pub to: u8,
    /// Whether she may come from outside.
    pub from_outside: bool,
    /// The stages she may come from, as bits; its own stage only if it is the way in by hand.
    pub from_stages: u64,
    /// The touchpoints that can bring her; empty is any touch, or time alone.
    pub on: Vec<PointId>,
    /// What must hold; `None` is always.
    pub when: Option<Condition>,
    /// The word for the cause in the ledger, where the project gives one.
    pub cause: Option<String>,
    /// How long no other clause may move her, in milliseconds, if this is the way in by hand: no policy
    /// refuses it, and in her own stage it only begins the time anew.
    pub by_hand_ms: Option<i64>,
    /// The clause in words, for explanations.
    pub text: String,
}

impl ClauseCode {
    /// Whether the clause needs one of its own touches: time alone can never fire it.
    pub fn needs_touch(&self) -> bool {
        !self.on.is_empty()
    }

    /// Whether its rule reads the clock: such a clause without `on` is decided when an instant's touches are done.
    pub fn reads_clock(&self) -> bool {
        self.when.as_ref().is_some_and(|when| when.needs.clock)
    }
}

/// A segment, compiled.
#[derive(Clone, Debug)]
pub struct SegmentCode {
    /// Its name.
    pub name: String,
    /// Who is in it.
    pub when: Condition,
}

/// A rule with what it depends on.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The compiled expression.
    pub code: Code,
    /// The expression as written, part for part the same.
    pub expr: Expr,
    /// What it depends on.
    pub needs: Needs,
    /// Its canonical text.
    pub text: String,
}

/// How interest is kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IntentCode {
    /// Time to halve, in milliseconds.
    pub half_life_ms: i64,
    /// What feeds it.
    pub feeds: Vec<Feed>,
}

/// A touchpoint that feeds interest in the topic it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The touchpoint.
    pub point: PointId,
    /// The slot of its topic.
    pub topic: u16,
    /// What one touch adds.
    pub weight: Number,
}

impl Machine {
    /// Compiles a checked project. Texts in its rules are interned in `symbols`, which must be the
    /// table that the touches' texts go to as well.
    pub fn compile(project: &Project, symbols: &mut Symbols) -> Self {
        lower::Lowering::new(project, symbols).machine()
    }

    /// Keeps interest in topics only where a rule reads it, or results ask for it and some source has the
    /// topic: what nobody reads need not be kept.
    pub fn keep_interest(&mut self, asked: bool, has_column: impl Fn(&str) -> bool) {
        let read =
            conditions(&self.lifecycles, &self.segments).any(|condition| condition.needs.intent);
        let slots = &self.slots;
        self.intent
            .feeds
            .retain(|feed| (read || asked) && has_column(&slots[usize::from(feed.topic)].name));
    }

    /// Keeps purchases only where a rule reads scores, or results ask for them.
    pub fn keep_purchases(&mut self, asked: bool) {
        if !self.reads_scores && !asked {
            self.money.clear();
        }
    }

    /// The lifecycle of a name.
    pub fn lifecycle(&self, name: &str) -> Option<(u16, &LifecycleCode)> {
        self.lifecycles
            .iter()
            .enumerate()
            .find(|(_, l)| l.name == name)
            .map(|(i, l)| (i as u16, l))
    }

    /// Keeps a trait for results, whether or not a rule reads it; answers its slot.
    pub fn keep_trait(&mut self, name: &str) -> u16 {
        self.slot(name, true).unwrap_or_else(|| {
            self.slots.push(Slot {
                name: name.to_owned(),
                is_trait: true,
                numeric: SCORES.contains(&name),
                folded: true,
                ruled: false,
            });
            self.slots.len() as u16 - 1
        })
    }

    /// Keeps what scores of a forecast set.
    pub fn keep_scores(&mut self) {
        for name in SCORES.into_iter().chain([FORECAST_MODEL]) {
            self.keep_trait(name);
        }
    }

    /// The slot of a property or trait, if it is known.
    pub fn slot(&self, name: &str, is_trait: bool) -> Option<u16> {
        self.slots
            .iter()
            .position(|slot| slot.name == name && slot.is_trait == is_trait)
            .map(|slot| slot as u16)
    }
}

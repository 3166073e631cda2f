//! Funnels: how far customers come along steps, within a window from the first.

mod clickhouse;
mod matching;
mod ordered;
mod posthog;
mod strict;
mod unordered;

use crate::split::{Groups, Split};
use crate::{Analysis, Trail, Words};

pub use clickhouse::Modes;

use matching::Matching;

/// Most steps of a funnel; whoever asks keeps to it.
pub const MAX_STEPS: usize = 1_000;

/// The question.
#[derive(Clone, Debug)]
pub struct Funnel {
    /// The conditions of the steps, in order, at most [`MAX_STEPS`]. A condition may stand for several steps.
    pub steps: Vec<u16>,
    /// The longest time from the first step to the last, its end included, in milliseconds elapsed.
    pub window_ms: i64,
    /// In which order steps must be taken.
    pub order: Order,
    /// Touches that must not come in between.
    pub exclusions: Vec<Exclusion>,
    /// What an excluded touch removes.
    pub scope: Scope,
    /// Whose definitions are followed.
    pub dialect: Dialect,
    /// The instants that count: from the first on and before the second, in milliseconds since 1970.
    pub within_ms: Option<(i64, i64)>,
    /// The column of texts that customers are told apart by.
    pub by: Option<usize>,
}

/// In which order steps must be taken. Touches of one instant are in whatever order serves, but in strict
/// funnels, where they are in order as they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// One after the other, whatever lies between.
    Ordered,
    /// Any order: step k is k different ones of the steps.
    Unordered,
    /// One right after the other, with no other touch in between.
    Strict {
        /// The condition of touches that are looked at, with those of steps; `None` for all.
        among: Option<u16>,
    },
}

/// A touch that must not come strictly after one step and strictly before a later one, or before the end of
/// the window where that is not reached.
///
/// In unordered funnels the steps do not matter: it must not come between any two. In strict funnels it
/// counts only where it is the touch that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// The condition of touches excluded.
    pub event: u16,
    /// After which step, from 1.
    pub from: usize,
    /// Before which step, more than `from`.
    pub to: usize,
}

/// What an excluded touch removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The attempt; the customer counts with her other attempts.
    Attempt,
    /// The customer, unless one of her deepest attempts is free of excluded touches. In unordered funnels as
    /// [`Self::Attempt`]: there fewer steps are an attempt too, and she stays with those.
    Person,
}

/// Whose definitions are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Ours: an attempt begins with each touch of step 1 and takes each next step at the first touch that
    /// meets it; one touch fills one step. What counts is the deepest attempt, of equal ones the earliest.
    Perennial,
    /// PostHog's, for ordered and strict funnels; unordered ones are as ours. An attempt begins anew with
    /// each touch of step 1; an excluded touch removes the customer, as with [`Scope::Person`].
    PostHog,
    /// That of ClickHouse's `windowFunnel`. `order`, `exclusions` and `scope` play no part.
    ClickHouse(Modes),
}

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// All customers, also those who took no step.
    pub people: u64,
    /// The steps in order.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// How many customers took it, and with it all before.
    pub customers: u64,
    /// Seconds from the step before, half of customers below and half above; of an even number the mean of
    /// the middle two. `None` for the first step, and where nobody took it.
    pub median_seconds: Option<f64>,
    /// Mean seconds from the step before. `None` for the first step, and where nobody took it.
    pub mean_seconds: Option<f64>,
}

/// What is counted so far, and room to work in.
#[derive(Debug)]
pub struct Tally {
    plan: Plan,
    scratch: Scratch,
    groups: Groups<Counts>,
}

#[derive(Debug)]
struct Counts {
    people: u64,
    /// By step: the milliseconds from the step before, of the first step 0.
    lasted_ms: Vec<Vec<i64>>,
}

/// The question in terms of marks.
#[derive(Debug)]
struct Plan {
    window_ms: i64,
    /// How many steps.
    count: usize,
    /// By mark: the steps it may fill, from 0, ascending.
    steps: Vec<Vec<u16>>,
    /// By mark: what it is excluded from.
    exclusions: Vec<Vec<Exclusion>>,
    /// By mark: whether it is looked at in a strict funnel.
    among: Vec<bool>,
}

/// What one customer's walk works in; kept, so that nothing is allocated for most customers.
#[derive(Debug)]
struct Scratch {
    matching: Matching,
    ordered: ordered::Walk,
    strict: strict::Walk,
    posthog: posthog::Walk,
    clickhouse: clickhouse::Walk,
}

/// The touches of one customer that count.
#[derive(Clone, Copy, Debug)]
struct Touches<'a> {
    at_ms: &'a [i64],
    mark: &'a [u32],
}

/// When each step was taken that was, in order, in milliseconds since 1970.
type Reached = Vec<i64>;

impl Analysis for Funnel {
    type Tally = Tally;
    type Answer = Vec<Split<Conversion>>;

    fn begin(&self, words: &Words) -> Tally {
        let plan = Plan::new(self, words);
        Tally {
            scratch: Scratch {
                matching: Matching::new(&plan),
                ordered: ordered::Walk::new(&plan),
                strict: strict::Walk::default(),
                posthog: posthog::Walk::new(&plan),
                clickhouse: clickhouse::Walk::new(&plan),
            },
            plan,
            groups: Groups::new(self.by),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        let part = match self.within_ms {
            None => 0..trail.len(),
            Some((from_ms, to_ms)) => {
                let before = |ms: i64| trail.at_ms.partition_point(|at| *at < ms);
                before(from_ms)..before(to_ms)
            }
        };
        if part.is_empty() {
            return;
        }
        let touches = Touches {
            at_ms: &trail.at_ms[part.clone()],
            mark: &trail.mark[part],
        };
        let reached = self.reached(&tally.plan, &mut tally.scratch, touches);
        let text = tally.groups.text_of(trail);
        let counts = tally.groups.of(text, || Counts::new(self.steps.len()));
        counts.people += 1;
        let mut before_ms = reached.first().copied().unwrap_or(0);
        for (lasted_ms, at_ms) in counts.lasted_ms.iter_mut().zip(reached) {
            lasted_ms.push(at_ms - before_ms);
            before_ms = at_ms;
        }
    }

    fn merge(&self, tally: &mut Tally, other: Tally) {
        tally.groups.merge(other.groups, |counts, more| {
            counts.people += more.people;
            for (lasted_ms, mut more) in counts.lasted_ms.iter_mut().zip(more.lasted_ms) {
                lasted_ms.append(&mut more);
            }
        });
    }

    fn answer(&self, tally: Tally, words: &Words) -> Self::Answer {
        let empty = || Counts::new(self.steps.len());
        tally.groups.answer(words, empty, |counts| {
            let steps = counts.lasted_ms.into_iter().enumerate();
            Conversion {
                people: counts.people,
                steps: steps.map(|(index, lasted)| step(index, lasted)).collect(),
            }
        })
    }
}

impl Funnel {
    /// The attempt of a customer that counts.
    fn reached(&self, plan: &Plan, scratch: &mut Scratch, touches: Touches<'_>) -> Reached {
        match self.dialect {
            Dialect::ClickHouse(modes) => {
                let matching = &mut scratch.matching;
                return scratch.clickhouse.reached(plan, modes, matching, touches);
            }
            Dialect::PostHog if self.order != Order::Unordered => {
                let strict = self.order != Order::Ordered;
                return scratch.posthog.reached(plan, strict, touches);
            }
            _ => {}
        }
        let clean = self.deepest(plan, scratch, touches, true);
        let person = self.scope == Scope::Person && self.order != Order::Unordered;
        if person && !self.exclusions.is_empty() {
            let any = self.deepest(plan, scratch, touches, false);
            if any.len() > clean.len() {
                return Reached::new();
            }
        }
        clean
    }

    /// The deepest attempt, with or without regard to excluded touches.
    fn deepest(
        &self,
        plan: &Plan,
        scratch: &mut Scratch,
        touches: Touches<'_>,
        excluding: bool,
    ) -> Reached {
        let matching = &mut scratch.matching;
        match self.order {
            Order::Ordered => scratch.ordered.reached(plan, matching, touches, excluding),
            Order::Unordered => unordered::reached(plan, matching, touches, excluding),
            Order::Strict { .. } => scratch.strict.reached(plan, touches, excluding),
        }
    }
}

impl Plan {
    fn new(funnel: &Funnel, words: &Words) -> Self {
        let marks = words.marks.len() as u32;
        let meets = |mark: u32, condition: u16| {
            let conditions = words.marks.conditions(mark);
            conditions.binary_search(&condition).is_ok()
        };
        let steps = |mark| {
            let steps = funnel.steps.iter().enumerate();
            let filled = steps.filter(|(_, condition)| meets(mark, **condition));
            filled.map(|(step, _)| step as u16).collect()
        };
        let exclusions = |mark| {
            let excluded = funnel.exclusions.iter();
            excluded
                .filter(|one| meets(mark, one.event))
                .copied()
                .collect()
        };
        let among = |mark| match funnel.order {
            Order::Strict {
                among: Some(condition),
            } => meets(mark, condition),
            _ => true,
        };
        Self {
            window_ms: funnel.window_ms,
            count: funnel.steps.len(),
            steps: (0..marks).map(steps).collect(),
            exclusions: (0..marks).map(exclusions).collect(),
            among: (0..marks).map(among).collect(),
        }
    }

    /// Whether a mark may fill a step, or is excluded from some.
    fn matters(&self, mark: u32) -> bool {
        !self.steps[mark as usize].is_empty() || !self.exclusions[mark as usize].is_empty()
    }

    /// The steps that a mark may fill, from 0, ascending.
    fn steps_of(&self, mark: u32) -> &[u16] {
        &self.steps[mark as usize]
    }
}

impl Counts {
    fn new(steps: usize) -> Self {
        Self {
            people: 0,
            lasted_ms: vec![Vec::new(); steps],
        }
    }
}

fn step(index: usize, mut lasted_ms: Vec<i64>) -> Step {
    let customers = lasted_ms.len();
    let times = index > 0 && customers > 0;
    let sum_ms: i128 = lasted_ms.iter().map(|ms| i128::from(*ms)).sum();
    let median = |lasted_ms: &mut Vec<i64>| {
        let (below, upper, _) = lasted_ms.select_nth_unstable(customers / 2);
        let lower = match customers % 2 {
            0 => below.iter().max().copied().unwrap_or(*upper),
            _ => *upper,
        };
        (i128::from(lower) + i128::from(*upper)) as f64 / 2_000.0
    };
    Step {
        customers: customers as u64,
        median_seconds: times.then(|| median(&mut lasted_ms)),
        mean_seconds: times.then(|| sum_ms as f64 / (customers as f64 * 1_000.0)),
    }
}

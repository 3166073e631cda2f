//! Funnels as ClickHouse's `windowFunnel` counts them, in all its modes.
//!
//! Written from its rules: touches are sorted by time and then by step, and each is taken once for every step
//! it may fill, step by step; the last attempt to come to a depth goes on from there. Where `strict_once`
//! makes it try all ways, the best of them are found here instead. Version 26.9 is what it agrees with.

use std::collections::BTreeSet;

use super::matching::Matching;
use super::{Plan, Reached, Touches};

/// Stands for «no touch before».
const NONE: u32 = u32::MAX;

/// The modes of `windowFunnel`, as in its manual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modes {
    /// A step that comes again ends the chain.
    pub strict_deduplication: bool,
    /// A touch that fills no step, or one whose step before has not been, ends the chain.
    pub strict_order: bool,
    /// Each step must come later than the one before.
    pub strict_increase: bool,
    /// One touch fills one step of a chain.
    pub strict_once: bool,
    /// With `strict_order`: a step whose step before has not been is passed over. Without, no effect.
    pub allow_reentry: bool,
}

/// The chain that goes on from a depth.
#[derive(Clone, Copy, Debug)]
struct Chain {
    first_ms: i64,
    last_ms: i64,
    /// Its last step in [`Walk::taken`].
    last: u32,
}

/// The chains of one customer.
#[derive(Debug)]
pub(super) struct Walk {
    /// By step: the chain that came to it last, of earlier instants where one touch fills one step.
    chains: Vec<Option<Chain>>,
    /// By step: the chain of this instant, where one touch fills one step.
    fresh: Vec<Option<Chain>>,
    /// By step: the first chain that came to it.
    firsts: Vec<Option<u32>>,
    /// Steps taken: when, and the one before.
    taken: Vec<(i64, u32)>,
    /// The steps of an instant with their marks, ascending; `None` for touches that fill none.
    items: Vec<(Option<u16>, u32)>,
    /// Steps from this on have no chain.
    end: usize,
    /// Whether a chain has begun.
    begun: bool,
}

/// Whether the search goes on.
#[derive(PartialEq)]
enum Next {
    Touch,
    End(usize),
}

impl Walk {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            chains: vec![None; plan.count],
            fresh: vec![None; plan.count],
            firsts: vec![None; plan.count],
            taken: Vec::new(),
            items: Vec::new(),
            end: 0,
            begun: false,
        }
    }

    /// When the steps of the first chain that came as far as the answer were taken.
    pub(super) fn reached(
        &mut self,
        plan: &Plan,
        modes: Modes,
        matching: &mut Matching,
        touches: Touches<'_>,
    ) -> Reached {
        let mut next = 0;
        let mut outcome = Next::Touch;
        while next < touches.at_ms.len() && outcome == Next::Touch {
            let at_ms = touches.at_ms[next];
            let end = next + touches.at_ms[next..].partition_point(|at| *at == at_ms);
            self.sort(plan, modes, &touches.mark[next..end]);
            next = end;
            outcome = if modes.strict_once {
                self.instant_once(plan, modes, matching, at_ms)
            } else {
                self.instant(plan, modes, at_ms)
            };
        }
        let depth = match outcome {
            Next::End(depth) => depth,
            Next::Touch => self.depth(),
        };
        let reached = self.times(depth);
        self.clear();
        reached
    }

    /// The steps of one instant in the order in which they are taken.
    fn sort(&mut self, plan: &Plan, modes: Modes, marks: &[u32]) {
        self.items.clear();
        for &mark in marks {
            let steps = plan.steps_of(mark);
            if steps.is_empty() && modes.strict_order {
                self.items.push((None, mark));
            }
            self.items
                .extend(steps.iter().map(|step| (Some(*step), mark)));
        }
        self.items.sort_by_key(|(step, _)| *step);
    }

    fn instant(&mut self, plan: &Plan, modes: Modes, at_ms: i64) -> Next {
        for index in 0..self.items.len() {
            let step = match self.check(plan, modes, self.items[index].0) {
                Ok(Some(step)) => step,
                Ok(None) => continue,
                Err(end) => return end,
            };
            let before = match step {
                0 => Some((at_ms, NONE)),
                _ => self.chains[step - 1].and_then(|chain| {
                    let in_time = at_ms.saturating_sub(chain.first_ms) <= plan.window_ms;
                    let later = !modes.strict_increase || chain.last_ms < at_ms;
                    (in_time && later).then_some((chain.first_ms, chain.last))
                }),
            };
            let Some((first_ms, before)) = before else {
                continue;
            };
            let last = self.take(step, at_ms, before);
            self.chains[step] = Some(Chain {
                first_ms,
                last_ms: at_ms,
                last,
            });
            if step + 1 == plan.count {
                return Next::End(plan.count);
            }
        }
        Next::Touch
    }

    /// What modes say of a step that comes: take it, pass over it, or end.
    fn check(
        &mut self,
        plan: &Plan,
        modes: Modes,
        step: Option<u16>,
    ) -> Result<Option<usize>, Next> {
        let Some(step) = step.map(usize::from) else {
            return if self.begun {
                Err(Next::End(self.depth()))
            } else {
                Ok(None)
            };
        };
        let has = |step: usize| self.firsts[step].is_some();
        if step == 0 {
            self.begun = true;
            return Ok(Some(0));
        }
        if modes.strict_deduplication && has(step) {
            return Err(Next::End(self.depth()));
        }
        if has(step - 1) {
            return Ok(Some(step));
        }
        if modes.strict_order && self.begun && !modes.allow_reentry {
            let first_without = (0..plan.count).find(|step| !has(*step));
            return Err(Next::End(first_without.unwrap_or(plan.count)));
        }
        Ok(None)
    }

    /// As [`Self::instant`], where one touch fills one step of a chain. Within one instant the question is
    /// whether there are enough touches for the steps of a chain that go through it.
    fn instant_once(
        &mut self,
        plan: &Plan,
        modes: Modes,
        matching: &mut Matching,
        at_ms: i64,
    ) -> Next {
        let mut outcome = Next::Touch;
        let mut tried = BTreeSet::new();
        for index in 0..self.items.len() {
            let item = self.items[index];
            let step = match self.check(plan, modes, item.0) {
                Ok(Some(step)) => step,
                Ok(None) => continue,
                Err(end) => {
                    outcome = end;
                    break;
                }
            };
            // A touch like one before fares like it.
            if !tried.insert(item) {
                continue;
            }
            let Some(from) = self.way(plan, modes, matching, at_ms, step, item.1) else {
                continue;
            };
            let before = from.checked_sub(1).and_then(|before| self.chains[before]);
            let first_ms = before.map_or(at_ms, |chain| chain.first_ms);
            let mut last = before.map_or(NONE, |chain| chain.last);
            for _ in from..step {
                self.taken.push((at_ms, last));
                last = (self.taken.len() - 1) as u32;
            }
            let last = self.take(step, at_ms, last);
            if self.fresh[step].is_none_or(|chain| chain.first_ms < first_ms) {
                self.fresh[step] = Some(Chain {
                    first_ms,
                    last_ms: at_ms,
                    last,
                });
            }
            if step + 1 == plan.count {
                outcome = Next::End(plan.count);
                break;
            }
        }
        for step in 0..self.end {
            if let Some(fresh) = self.fresh[step].take()
                && self.chains[step].is_none_or(|chain| chain.first_ms <= fresh.first_ms)
            {
                self.chains[step] = Some(fresh);
            }
        }
        outcome
    }

    /// From which step on a chain that takes a step with a touch of a mark goes through this instant: the
    /// earliest possible, since chains that come from less far began later.
    fn way(
        &self,
        plan: &Plan,
        modes: Modes,
        matching: &mut Matching,
        at_ms: i64,
        step: usize,
        mark: u32,
    ) -> Option<usize> {
        let open = |from: usize| match from.checked_sub(1) {
            None => true,
            Some(before) => self.chains[before]
                .is_some_and(|chain| at_ms.saturating_sub(chain.first_ms) <= plan.window_ms),
        };
        let mut best = open(step).then_some(step);
        if step == 0 || modes.strict_increase || self.items.len() == 1 {
            return best;
        }
        // The touches of the instant but for this one, which stand once in a row for each of their steps.
        let mut left_out = false;
        let (mut counted, mut offered) = (None, Vec::new());
        for &(other_step, other) in &self.items {
            let first_of = |mark: u32| plan.steps_of(mark).first().copied();
            if other_step.is_none() || other_step != first_of(other) {
                continue;
            }
            if other == mark && !left_out {
                left_out = true;
                continue;
            }
            matching.offer(other);
            if counted != Some(other) {
                offered.push(other);
                counted = Some(other);
            }
        }
        let mut from = step;
        while from > 0 && matching.fill((from - 1) as u16) {
            from -= 1;
            if open(from) {
                best = Some(from);
            }
        }
        for mark in offered {
            matching.forget(mark);
        }
        best
    }

    /// Notes that a step was taken, and that it has been reached.
    fn take(&mut self, step: usize, at_ms: i64, before: u32) -> u32 {
        self.taken.push((at_ms, before));
        let last = (self.taken.len() - 1) as u32;
        self.firsts[step].get_or_insert(last);
        self.end = self.end.max(step + 1);
        last
    }

    /// The deepest step that any chain came to.
    fn depth(&self) -> usize {
        self.end
    }

    fn times(&self, depth: usize) -> Reached {
        let mut last = depth
            .checked_sub(1)
            .and_then(|step| self.firsts[step])
            .unwrap_or(NONE);
        let mut reached = Reached::with_capacity(depth);
        while last != NONE {
            let (at_ms, before) = self.taken[last as usize];
            reached.push(at_ms);
            last = before;
        }
        reached.reverse();
        reached
    }

    fn clear(&mut self) {
        for steps in [&mut self.chains, &mut self.fresh] {
            steps[..self.end].fill(None);
        }
        self.firsts[..self.end].fill(None);
        self.taken.clear();
        self.end = 0;
        self.begun = false;
    }
}

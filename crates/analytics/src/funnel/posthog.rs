//! Funnels as PostHog counts them: one attempt at each depth, replaced by later ones.
//!
//! Written from what its function for funnels does, not from its text. What differs from ours: of several
//! attempts the last that came as far goes on; touches of one instant are sorted by step, and excluded ones
//! among them pass; an excluded touch removes the customer unless an attempt as deep is free of it.

use super::{Plan, Reached, Touches};

/// Stands for «no touch before».
const NONE: u32 = u32::MAX;

/// The attempt that came last to a depth.
#[derive(Clone, Copy, Debug)]
struct Entered {
    start_ms: i64,
    excluded: bool,
    /// Its last touch in [`Walk::taken`].
    last: u32,
}

/// A step taken, and the one before it.
#[derive(Clone, Copy, Debug)]
struct Taken {
    at_ms: i64,
    touch: usize,
    before: u32,
}

/// The attempts of one customer.
#[derive(Debug)]
pub(super) struct Walk {
    /// By depth less one.
    entered: Vec<Option<Entered>>,
    taken: Vec<Taken>,
    /// The deepest that any attempt came.
    deepest: Option<(usize, Entered)>,
    /// Depths from this on are empty.
    end: usize,
}

/// A touch with the steps it may fill, from 0.
struct Touch<'a> {
    at_ms: i64,
    number: usize,
    steps: &'a [u16],
    mark: Option<u32>,
}

impl Walk {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            entered: vec![None; plan.count],
            taken: Vec::new(),
            deepest: None,
            end: 0,
        }
    }

    /// When the steps of the attempt that counts were taken.
    pub(super) fn reached(&mut self, plan: &Plan, strict: bool, touches: Touches<'_>) -> Reached {
        let looked_at = |touch: &usize| {
            let mark = touches.mark[*touch];
            plan.matters(mark) || strict && plan.among[mark as usize]
        };
        self.clear();
        let mut next = 0;
        while next < touches.at_ms.len() {
            let at_ms = touches.at_ms[next];
            let end = next + touches.at_ms[next..].partition_point(|at| *at == at_ms);
            let group: Vec<usize> = (next..end).filter(looked_at).collect();
            next = end;
            self.instant(plan, strict, touches, &group);
            if self.entered.last().is_some_and(Option::is_some) {
                break;
            }
        }
        let reached = match self.deepest {
            Some((_, entered)) if !entered.excluded => self.times(entered.last),
            _ => Reached::new(),
        };
        self.clear();
        reached
    }

    /// Takes the touches of one instant.
    fn instant(&mut self, plan: &Plan, strict: bool, touches: Touches<'_>, group: &[usize]) {
        let alike = group.windows(2).all(|pair| {
            let (a, b) = (
                touches.mark[pair[0]] as usize,
                touches.mark[pair[1]] as usize,
            );
            plan.steps[a] == plan.steps[b] && plan.exclusions[a] == plan.exclusions[b]
        });
        if alike {
            for &number in group {
                let mark = touches.mark[number];
                let touch = Touch {
                    at_ms: touches.at_ms[number],
                    number,
                    steps: plan.steps_of(mark),
                    mark: Some(mark),
                };
                self.touch(plan, &touch, false);
                if strict {
                    self.keep(touch.steps);
                }
            }
            return;
        }
        let pairs = group.iter().flat_map(|&number| {
            let steps = plan.steps_of(touches.mark[number]).iter();
            steps.map(move |step| (*step, number))
        });
        let mut pairs: Vec<(u16, usize)> = pairs.collect();
        pairs.sort_unstable();
        for (step, number) in pairs {
            let touch = Touch {
                at_ms: touches.at_ms[number],
                number,
                steps: &[step],
                mark: None,
            };
            self.touch(plan, &touch, true);
        }
    }

    /// Takes one touch: what it is excluded from first, then its steps, the last first.
    fn touch(&mut self, plan: &Plan, touch: &Touch<'_>, among_others: bool) {
        if let Some(mark) = touch.mark {
            for exclusion in plan.exclusions[mark as usize].iter().rev() {
                for depth in (exclusion.from..exclusion.to.min(plan.count)).rev() {
                    self.exclude(plan, touch, depth);
                }
            }
        }
        for step in touch.steps.iter().rev() {
            self.step(plan, touch, usize::from(*step), among_others);
        }
    }

    /// The attempt that a touch may carry on from a depth, unless it or its like has gone on already.
    fn before(&self, plan: &Plan, touch: &Touch<'_>, depth: usize) -> Option<Entered> {
        let before = match depth {
            0 => Entered {
                start_ms: touch.at_ms,
                excluded: false,
                last: NONE,
            },
            _ => self.entered[depth - 1]?,
        };
        let after = self.entered[depth].map(|entered| entered.start_ms);
        let in_time = touch.at_ms.saturating_sub(before.start_ms) <= plan.window_ms;
        (in_time && after != Some(before.start_ms)).then_some(before)
    }

    fn exclude(&mut self, plan: &Plan, touch: &Touch<'_>, depth: usize) {
        let Some(before) = self.before(plan, touch, depth) else {
            return;
        };
        if before.excluded {
            return;
        }
        if let Some(entered) = &mut self.entered[depth - 1] {
            entered.excluded = true;
        }
        if let Some((deepest, entered)) = &mut self.deepest
            && *deepest == depth
            && touch.at_ms.saturating_sub(entered.start_ms) <= plan.window_ms
        {
            entered.excluded = true;
        }
    }

    fn step(&mut self, plan: &Plan, touch: &Touch<'_>, step: usize, among_others: bool) {
        let Some(before) = self.before(plan, touch, step) else {
            return;
        };
        if among_others && self.took(before.last, touch) {
            return;
        }
        self.taken.push(Taken {
            at_ms: touch.at_ms,
            touch: touch.number,
            before: before.last,
        });
        let entered = Entered {
            last: (self.taken.len() - 1) as u32,
            ..before
        };
        if !before.excluded {
            self.entered[step] = Some(entered);
            self.end = self.end.max(step + 1);
        }
        let depth = step + 1;
        let deeper = self
            .deepest
            .is_none_or(|(deepest, old)| depth > deepest || depth == deepest && old.excluded);
        if deeper {
            self.deepest = Some((depth, entered));
        }
    }

    /// Whether an attempt took a touch at this very instant already.
    fn took(&self, mut last: u32, touch: &Touch<'_>) -> bool {
        while last != NONE {
            let taken = self.taken[last as usize];
            if taken.at_ms != touch.at_ms {
                return false;
            }
            if taken.touch == touch.number {
                return true;
            }
            last = taken.before;
        }
        false
    }

    /// In a strict funnel nothing stays but what the touch has filled.
    fn keep(&mut self, steps: &[u16]) {
        for step in 0..self.end {
            if steps.binary_search(&(step as u16)).is_err() {
                self.entered[step] = None;
            }
        }
        self.end = steps
            .last()
            .map_or(0, |last| usize::from(*last) + 1)
            .min(self.end);
    }

    fn times(&self, mut last: u32) -> Reached {
        let mut reached = Reached::new();
        while last != NONE {
            let taken = self.taken[last as usize];
            reached.push(taken.at_ms);
            last = taken.before;
        }
        reached.reverse();
        reached
    }

    fn clear(&mut self) {
        self.entered[..self.end].fill(None);
        self.taken.clear();
        self.deepest = None;
        self.end = 0;
    }
}

//! Strict funnels: steps that follow each other with no other touch in between.

use super::{Plan, Reached, Touches};

/// The attempts that the last touch looked at belongs to, by depth ascending, and those after the next.
#[derive(Debug, Default)]
pub(super) struct Walk {
    depths: Vec<usize>,
    after: Vec<usize>,
}

impl Walk {
    /// When the steps of the deepest attempt were taken, of equal ones the earliest.
    pub(super) fn reached(
        &mut self,
        plan: &Plan,
        touches: Touches<'_>,
        excluding: bool,
    ) -> Reached {
        let looked_at = |mark: &u32| plan.among[*mark as usize] || plan.matters(*mark);
        let all = touches.mark.iter().all(looked_at);
        if all {
            return self.walk(plan, touches, excluding);
        }
        let kept = || (0..touches.mark.len()).filter(|touch| looked_at(&touches.mark[*touch]));
        let at_ms: Vec<i64> = kept().map(|touch| touches.at_ms[touch]).collect();
        let mark: Vec<u32> = kept().map(|touch| touches.mark[touch]).collect();
        let touches = Touches {
            at_ms: &at_ms,
            mark: &mark,
        };
        self.walk(plan, touches, excluding)
    }

    fn walk(&mut self, plan: &Plan, touches: Touches<'_>, excluding: bool) -> Reached {
        // The depth and first touch of the best attempt that has ended; of equal ones the earliest ends first.
        let mut best = (0, 0);
        let mut end = |depth: usize, start: usize| {
            if depth > best.0 {
                best = (depth, start);
            }
        };
        self.depths.clear();
        for (touch, (&at_ms, &mark)) in touches.at_ms.iter().zip(touches.mark).enumerate() {
            let steps = plan.steps_of(mark);
            self.after.clear();
            if steps.first() == Some(&0) {
                self.after.push(1);
            }
            for &depth in &self.depths {
                let start = touch - depth;
                let in_time = at_ms.saturating_sub(touches.at_ms[start]) <= plan.window_ms;
                if in_time && steps.binary_search(&(depth as u16)).is_ok() {
                    self.after.push(depth + 1);
                } else if !(in_time && excluding && excluded(plan, mark, depth)) {
                    end(depth, start);
                }
            }
            if self.after.last() == Some(&plan.count) {
                end(plan.count, touch + 1 - plan.count);
                self.depths.clear();
                break;
            }
            std::mem::swap(&mut self.depths, &mut self.after);
        }
        for &depth in &self.depths {
            end(depth, touches.at_ms.len() - depth);
        }
        let (depth, start) = best;
        touches.at_ms[start..start + depth].to_vec()
    }
}

/// Whether a mark is excluded from what follows a depth.
fn excluded(plan: &Plan, mark: u32, depth: usize) -> bool {
    let exclusions = plan.exclusions[mark as usize].iter();
    exclusions
        .into_iter()
        .any(|one| (one.from..one.to).contains(&depth))
}

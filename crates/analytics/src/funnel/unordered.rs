//! Unordered funnels: the most different steps within a window, whatever their order.

use super::matching::Matching;
use super::{Plan, Reached, Touches};

/// When the steps of the attempt with most of them were taken, ascending; of equal ones that which was
/// complete first.
pub(super) fn reached(
    plan: &Plan,
    matching: &mut Matching,
    touches: Touches<'_>,
    excluding: bool,
) -> Reached {
    // The first window with most steps: its first touch, the one after its last, its number of steps.
    let (mut from, mut to, mut most) = (0, 0, 0);
    let (mut first, mut next) = (0, 0);
    // No attempt goes on both sides of an excluded touch: earlier touches than this are over.
    let mut after_ms = i64::MIN;
    while next < touches.at_ms.len() && most < plan.count {
        let at_ms = touches.at_ms[next];
        let oldest_ms = at_ms.saturating_sub(plan.window_ms).max(after_ms);
        while touches.at_ms[first] < oldest_ms {
            matching.remove(touches.mark[first]);
            first += 1;
        }
        while next < touches.at_ms.len() && touches.at_ms[next] == at_ms {
            let mark = touches.mark[next];
            matching.add(mark);
            if excluding && !plan.exclusions[mark as usize].is_empty() {
                after_ms = at_ms;
            }
            next += 1;
        }
        if matching.size() > most {
            (from, to, most) = (first, next, matching.size());
        }
    }
    for mark in &touches.mark[first..next] {
        matching.forget(*mark);
    }
    // The earliest touches that together fill as many steps are those that fill one more when they come.
    let mut reached = Reached::with_capacity(most);
    for touch in from..to {
        if matching.add(touches.mark[touch]) {
            reached.push(touches.at_ms[touch]);
        }
    }
    for mark in &touches.mark[from..to] {
        matching.forget(*mark);
    }
    reached
}

//! Ordered funnels: all attempts of a customer at once, in one pass over her touches.
//!
//! An attempt begins with each touch of step 1. Of two attempts the earlier is never behind, so those at one
//! depth form a line by their starts, and a touch moves a whole line. Excluded touches cut lines out.

use std::collections::VecDeque;

use super::matching::Matching;
use super::{Plan, Reached, Touches};

/// The attempts of one customer.
#[derive(Debug)]
pub(super) struct Walk {
    /// By depth: the starts of the attempts that have come so far, ascending, in milliseconds since 1970.
    lines: Vec<VecDeque<i64>>,
    /// Depths above this have been empty all along.
    deepest: usize,
    /// The depth and start of the best attempt that has ended.
    best: (usize, i64),
    /// What the touches of the instant may fill, ascending by mark.
    marks: Vec<u32>,
    /// Which depths move to which at the instant, ascending.
    moves: Vec<(usize, usize)>,
}

impl Walk {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            lines: vec![VecDeque::new(); plan.count],
            deepest: 0,
            best: (0, 0),
            marks: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// When the steps of the deepest attempt were taken, of equal ones the earliest.
    pub(super) fn reached(
        &mut self,
        plan: &Plan,
        matching: &mut Matching,
        touches: Touches<'_>,
        excluding: bool,
    ) -> Reached {
        self.best = (0, 0);
        let mut next = 0;
        while self.best.0 < plan.count
            && let Some(at_ms) = instant(plan, touches, &mut next, &mut self.marks)
        {
            moves(plan, matching, &self.marks, None, &mut self.moves);
            if excluding {
                self.exclude(plan, at_ms);
            }
            self.advance(plan, at_ms);
        }
        for depth in 1..=self.deepest.min(plan.count.saturating_sub(1)) {
            if let Some(&start_ms) = self.lines[depth].front() {
                self.end(depth, start_ms);
            }
            self.lines[depth].clear();
        }
        self.deepest = 0;
        let (depth, start_ms) = self.best;
        steps_from(plan, matching, touches, depth, start_ms, &mut self.marks)
    }

    /// Removes the attempts that an excluded touch of the instant hits.
    fn exclude(&mut self, plan: &Plan, at_ms: i64) {
        for index in 0..self.marks.len() {
            let mark = self.marks[index];
            if index > 0 && self.marks[index - 1] == mark {
                continue;
            }
            for exclusion in &plan.exclusions[mark as usize] {
                let to = exclusion.to.min(plan.count);
                for depth in exclusion.from..to.min(self.deepest + 1) {
                    let escapes = self
                        .moves
                        .iter()
                        .any(|(from, to_depth)| *from == depth && *to_depth >= to);
                    if !escapes {
                        self.expire(plan, depth, at_ms);
                        self.lines[depth].clear();
                    }
                }
            }
        }
    }

    /// Moves the lines, the deepest first.
    fn advance(&mut self, plan: &Plan, at_ms: i64) {
        for index in (0..self.moves.len()).rev() {
            let (from, to) = self.moves[index];
            if from == 0 && to < plan.count {
                self.deepest = self.deepest.max(to);
                self.lines[to].push_back(at_ms);
                continue;
            }
            let line = if from == 0 {
                VecDeque::from([at_ms])
            } else {
                self.expire(plan, from, at_ms);
                std::mem::take(&mut self.lines[from])
            };
            let Some(&start_ms) = line.front() else {
                continue;
            };
            if to == plan.count {
                self.end(to, start_ms);
            } else {
                self.deepest = self.deepest.max(to);
                join(&mut self.lines[to], line);
            }
        }
    }

    /// Ends the attempts at a depth whose window is over.
    fn expire(&mut self, plan: &Plan, depth: usize, at_ms: i64) {
        while let Some(&start_ms) = self.lines[depth].front()
            && at_ms.saturating_sub(start_ms) > plan.window_ms
        {
            self.end(depth, start_ms);
            self.lines[depth].pop_front();
        }
    }

    /// Notes the end of an attempt. Of those that end at one depth the earliest ends first.
    fn end(&mut self, depth: usize, start_ms: i64) {
        if depth > self.best.0 {
            self.best = (depth, start_ms);
        }
    }
}

/// Puts later starts behind earlier ones. The smaller line moves, so that a start is moved few times.
fn join(line: &mut VecDeque<i64>, mut later: VecDeque<i64>) {
    if line.len() < later.len() {
        for start_ms in line.drain(..).rev() {
            later.push_front(start_ms);
        }
        *line = later;
    } else {
        line.append(&mut later);
    }
}

/// The next instant with touches that matter, and their marks, as many times as there are touches.
fn instant(
    plan: &Plan,
    touches: Touches<'_>,
    next: &mut usize,
    marks: &mut Vec<u32>,
) -> Option<i64> {
    marks.clear();
    let later = touches.mark[*next..].iter();
    *next += later.take_while(|mark| !plan.matters(**mark)).count();
    let at_ms = *touches.at_ms.get(*next)?;
    while *next < touches.at_ms.len() && touches.at_ms[*next] == at_ms {
        if plan.matters(touches.mark[*next]) {
            marks.push(touches.mark[*next]);
        }
        *next += 1;
    }
    marks.sort_unstable();
    Some(at_ms)
}

/// From which depth the touches of an instant lead to which, ascending; `only` one depth if it is given.
fn moves(
    plan: &Plan,
    matching: &mut Matching,
    marks: &[u32],
    only: Option<usize>,
    moves: &mut Vec<(usize, usize)>,
) {
    moves.clear();
    if let [mark] = marks {
        let steps = plan.steps_of(*mark).iter().map(|step| usize::from(*step));
        let wanted = steps.filter(|step| only.is_none_or(|only| only == *step));
        moves.extend(wanted.map(|step| (step, step + 1)));
        return;
    }
    let alike = marks.chunk_by(|a, b| a == b);
    let steps = alike.flat_map(|marks| plan.steps_of(marks[0]));
    let mut offered: Vec<u16> = steps.copied().collect();
    offered.sort_unstable();
    offered.dedup();
    for mark in marks {
        matching.offer(*mark);
    }
    // Steps from `index` on are filled up to `end`: each depth in turn gives back what it began with.
    let mut end = 0;
    for (index, &step) in offered.iter().enumerate() {
        let depth = usize::from(step);
        if only.is_some_and(|only| only != depth) {
            continue;
        }
        end = end.max(index);
        while end < offered.len()
            && usize::from(offered[end]) == depth + (end - index)
            && matching.fill(offered[end])
        {
            end += 1;
        }
        if end > index {
            moves.push((depth, depth + (end - index)));
            matching.release(step);
        }
    }
    for mark in marks {
        matching.forget(*mark);
    }
}

/// When the attempt that began at an instant took its steps, up to a depth.
fn steps_from(
    plan: &Plan,
    matching: &mut Matching,
    touches: Touches<'_>,
    depth: usize,
    start_ms: i64,
    marks: &mut Vec<u32>,
) -> Reached {
    if depth < 2 {
        return vec![start_ms; depth];
    }
    let mut reached = Reached::with_capacity(depth);
    let mut next = touches.at_ms.partition_point(|at| *at < start_ms);
    let mut lead = Vec::new();
    while reached.len() < depth
        && let Some(at_ms) = instant(plan, touches, &mut next, marks)
    {
        moves(plan, matching, marks, Some(reached.len()), &mut lead);
        if let Some((_, to)) = lead.first() {
            reached.resize(*to, at_ms);
        }
    }
    reached
}

//! Which touches fill which steps where one touch fills one step: a matching, kept as touches come and go.
//!
//! Touches of one mark are alike, so a mark with as many places as it has touches stands for them, and
//! the size of the matching hangs on marks and steps only.

use super::Plan;

/// Stands for «no mark».
const NONE: u32 = u32::MAX;

/// A matching of steps to marks that cannot be made larger by itself.
#[derive(Debug)]
pub(super) struct Matching {
    /// By mark: the steps it may fill.
    steps_of: Vec<Vec<u16>>,
    /// By step: the marks that may fill it.
    marks_of: Vec<Vec<u32>>,
    /// By mark: how many touches there are.
    places: Vec<u32>,
    /// By mark: the steps it fills.
    filled: Vec<Vec<u16>>,
    /// By step: the mark that fills it.
    filler: Vec<u32>,
    /// How many steps are filled.
    size: usize,
    /// By mark: the step from which the search came to it, and in which search.
    via_step: Vec<(u32, u16)>,
    /// By step: the mark from which the search came to it, and in which search.
    via_mark: Vec<(u32, u32)>,
    search: u32,
}

impl Matching {
    pub(super) fn new(plan: &Plan) -> Self {
        let mut marks_of = vec![Vec::new(); plan.count];
        for (mark, steps) in plan.steps.iter().enumerate() {
            for step in steps {
                marks_of[usize::from(*step)].push(mark as u32);
            }
        }
        let marks = plan.steps.len();
        Self {
            steps_of: plan.steps.clone(),
            marks_of,
            places: vec![0; marks],
            filled: vec![Vec::new(); marks],
            filler: vec![NONE; plan.count],
            size: 0,
            via_step: vec![(0, 0); marks],
            via_mark: vec![(0, 0); plan.count],
            search: 0,
        }
    }

    /// How many steps are filled.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// A place more for a mark, which fills nothing yet.
    pub(super) fn offer(&mut self, mark: u32) {
        self.places[mark as usize] += 1;
    }

    /// Takes all places of a mark away, and with them what it fills.
    pub(super) fn forget(&mut self, mark: u32) {
        self.places[mark as usize] = 0;
        for step in std::mem::take(&mut self.filled[mark as usize]) {
            self.filler[usize::from(step)] = NONE;
            self.size -= 1;
        }
    }

    /// A touch of a mark comes; says whether a step more is filled.
    pub(super) fn add(&mut self, mark: u32) -> bool {
        self.places[mark as usize] += 1;
        let steps = self.steps_of[mark as usize].len();
        self.places[mark as usize] as usize <= steps && self.fill_from(mark)
    }

    /// A touch of a mark goes.
    pub(super) fn remove(&mut self, mark: u32) {
        self.places[mark as usize] -= 1;
        if self.filled[mark as usize].len() > self.places[mark as usize] as usize
            && let Some(&step) = self.filled[mark as usize].last()
        {
            self.release(step);
            // What was filled can stay as large only with this very step filled by others.
            self.fill(step);
        }
    }

    /// Empties a step.
    pub(super) fn release(&mut self, step: u16) {
        let mark = std::mem::replace(&mut self.filler[usize::from(step)], NONE);
        if mark != NONE {
            self.filled[mark as usize].retain(|other| *other != step);
            self.size -= 1;
        }
    }

    /// Fills an empty step if there is a way, which may fill others anew but empties none.
    pub(super) fn fill(&mut self, step: u16) -> bool {
        self.search += 1;
        let mut waiting = vec![step];
        let mut next = 0;
        while let Some(&from) = waiting.get(next) {
            next += 1;
            for index in 0..self.marks_of[usize::from(from)].len() {
                let mark = self.marks_of[usize::from(from)][index];
                let place = mark as usize;
                if self.places[place] == 0 || self.via_step[place].0 == self.search {
                    continue;
                }
                self.via_step[place] = (self.search, from);
                if self.filled[place].len() < self.places[place] as usize {
                    self.shift_to(mark);
                    return true;
                }
                waiting.extend_from_slice(&self.filled[place]);
            }
        }
        false
    }

    /// Fills steps along the way on which the search came to a mark with room.
    fn shift_to(&mut self, mut mark: u32) {
        self.size += 1;
        loop {
            let step = self.via_step[mark as usize].1;
            let before = std::mem::replace(&mut self.filler[usize::from(step)], mark);
            self.filled[mark as usize].push(step);
            if before == NONE {
                return;
            }
            self.filled[before as usize].retain(|other| *other != step);
            mark = before;
        }
    }

    /// Finds work for a mark with room, which may take a step from another that finds work in turn.
    fn fill_from(&mut self, origin: u32) -> bool {
        self.search += 1;
        let mut waiting = vec![origin];
        let mut next = 0;
        while let Some(&from) = waiting.get(next) {
            next += 1;
            for index in 0..self.steps_of[from as usize].len() {
                let step = self.steps_of[from as usize][index];
                let place = usize::from(step);
                let filler = self.filler[place];
                if self.via_mark[place].0 == self.search || filler == from {
                    continue;
                }
                self.via_mark[place] = (self.search, from);
                if filler == NONE {
                    self.shift_from(origin, step);
                    return true;
                }
                if filler != origin && self.via_step[filler as usize].0 != self.search {
                    self.via_step[filler as usize] = (self.search, step);
                    waiting.push(filler);
                }
            }
        }
        false
    }

    /// Fills steps back along the way on which the search came to an empty one.
    fn shift_from(&mut self, origin: u32, mut step: u16) {
        self.size += 1;
        loop {
            let mark = self.via_mark[usize::from(step)].1;
            let before = std::mem::replace(&mut self.filler[usize::from(step)], mark);
            if before != NONE {
                self.filled[before as usize].retain(|other| *other != step);
            }
            self.filled[mark as usize].push(step);
            if mark == origin {
                return;
            }
            step = self.via_step[mark as usize].1;
        }
    }
}

//! One customer's way: her stays in stages, her touches in them, and what followed each.

use super::{Journey, Points};
use crate::trail::{NO_NUMBER, OUTSIDE, Trail, Words};

/// No touch, stay or place.
pub(super) const NONE: usize = usize::MAX;

/// A stay in a stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    pub(super) stage: u8,
    pub(super) from_ms: i64,
    /// When and to which stage she left, if she has.
    pub(super) left: Option<(i64, u8)>,
    /// Whether it is her first in this stage.
    pub(super) first: bool,
}

/// A touch and what followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Its place in the trail.
    pub(super) index: usize,
    pub(super) at_ms: i64,
    /// Her stay, or [`NONE`].
    pub(super) stay: usize,
    /// Which row of [`Walk::points`] it is.
    row: u32,
    pub(super) passive: bool,
    /// When she does something next.
    pub(super) active_ms: Option<i64>,
    /// Whether she then stopped, or lapsed before she went on.
    pub(super) dropped: bool,
    pub(super) is_goal: bool,
    /// Whether it is a ticket.
    pub(super) is_ticket: bool,
    /// Whether a ticket follows soon, before the next goal.
    pub(super) ticket: bool,
    /// Whether she reaches her goal soon after.
    pub(super) reached: bool,
    /// Her rating there, in millionths, and the row that she gave it by.
    pub(super) rating: Option<(i64, u32)>,
    /// Whether the longest window after it is over.
    pub(super) known: bool,
}

/// The customer being walked with; the room is used again for the next.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    /// By mark, or event: the touchpoints that it stands for.
    points: Vec<Vec<u32>>,
    passive: Vec<bool>,
    goal: Vec<bool>,
    ticket: Vec<bool>,
    rates: Vec<bool>,
    pub(super) stays: Vec<Stay>,
    pub(super) steps: Vec<Step>,
    lapses: Vec<i64>,
    /// Goals in order, each with the value of all up to it.
    goals: Vec<(i64, i128)>,
    /// By touchpoint: the step after the last one seen, going back, that is not at it.
    others: Vec<usize>,
    /// By step and touchpoint of it: the next step at another touchpoint.
    nexts: Vec<(usize, u32, usize)>,
}

impl Walk {
    pub(super) fn new(journey: &Journey, words: &Words) -> Self {
        let marks = &words.marks;
        let meeting = |condition: Option<u16>| match condition {
            Some(condition) => marks.meeting(condition),
            None => vec![false; marks.len()],
        };
        let (points, count) = match &journey.points {
            Points::Events => {
                let events = 0..words.events.len() as u32;
                (
                    events.map(|event| vec![event]).collect(),
                    words.events.len(),
                )
            }
            Points::Conditions(points) => {
                let of = |mark: u32| {
                    let met = marks.conditions(mark);
                    let met = |(_, (_, condition)): &(usize, &(String, u16))| {
                        met.binary_search(condition).is_ok()
                    };
                    let all = points.iter().enumerate().filter(met);
                    all.map(|(point, _)| point as u32).collect()
                };
                ((0..marks.len() as u32).map(of).collect(), points.len())
            }
        };
        Self {
            points,
            passive: meeting(journey.passive),
            goal: meeting(journey.goal),
            ticket: meeting(journey.ticket),
            rates: meeting(journey.feedback.as_ref().map(|feedback| feedback.condition)),
            others: vec![NONE; count],
            ..Self::default()
        }
    }

    /// The touchpoints that a step is at.
    pub(super) fn points(&self, step: &Step) -> &[u32] {
        &self.points[step.row as usize]
    }

    /// Her rating at a step, in millionths, and the touchpoint that she gave it at.
    pub(super) fn rating(&self, step: &Step) -> Option<(i64, Option<u32>)> {
        let point = |row: u32| self.points[row as usize].first().copied();
        step.rating.map(|(number, row)| (number, point(row)))
    }

    /// Walks with a customer; false where she never was in the lifecycle.
    pub(super) fn go(&mut self, journey: &Journey, trail: &Trail<'_>) -> bool {
        self.enter(journey, trail);
        if self.stays.is_empty() {
            return false;
        }
        self.step(journey, trail);
        self.look_ahead(journey, trail);
        self.follow();
        true
    }

    fn enter(&mut self, journey: &Journey, trail: &Trail<'_>) {
        self.stays.clear();
        self.lapses.clear();
        let mut seen = [false; 256];
        let own = |to: &&crate::StageMove| to.lifecycle == journey.lifecycle;
        for to in trail
            .moves
            .iter()
            .filter(own)
            .filter(|to| to.at_ms < journey.until_ms)
        {
            if let Some(last) = self.stays.last_mut()
                && last.left.is_none()
            {
                last.left = Some((to.at_ms, to.to));
            }
            if journey.lapse.contains(&to.to) {
                self.lapses.push(to.at_ms);
            }
            if to.to != OUTSIDE {
                let first = !std::mem::replace(&mut seen[usize::from(to.to)], true);
                self.stays.push(Stay {
                    stage: to.to,
                    from_ms: to.at_ms,
                    left: None,
                    first,
                });
            }
        }
    }

    fn step(&mut self, journey: &Journey, trail: &Trail<'_>) {
        self.steps.clear();
        self.goals.clear();
        let horizon_ms = journey.horizon_ms();
        let (mut entered, mut value) = (0, 0_i128);
        for (index, &at_ms) in trail.at_ms.iter().enumerate() {
            if at_ms >= journey.until_ms {
                break;
            }
            while entered < self.stays.len() && self.stays[entered].from_ms <= at_ms {
                entered += 1;
            }
            let inside = entered > 0
                && self.stays[entered - 1]
                    .left
                    .is_none_or(|(left, _)| left > at_ms);
            let mark = trail.mark[index] as usize;
            if self.goal[mark] {
                let worth = journey
                    .value
                    .map_or(0, |column| trail.numbers[column][index]);
                value += i128::from(if worth == NO_NUMBER { 0 } else { worth });
                self.goals.push((at_ms, value));
            }
            let row = match journey.points {
                Points::Events => trail.event[index],
                Points::Conditions(_) => trail.mark[index],
            };
            self.steps.push(Step {
                index,
                at_ms,
                stay: if inside { entered - 1 } else { NONE },
                row,
                passive: self.passive[mark],
                active_ms: None,
                dropped: false,
                is_goal: self.goal[mark],
                is_ticket: self.ticket[mark],
                ticket: false,
                reached: false,
                rating: None,
                known: at_ms + horizon_ms < journey.until_ms,
            });
        }
    }

    /// From the last step to the first: what came after each.
    fn look_ahead(&mut self, journey: &Journey, trail: &Trail<'_>) {
        let (mut active, mut ticket, mut goal, mut rating) = (None, None, None, None);
        let within = |next: Option<i64>, at_ms: i64, window_ms: i64| {
            next.is_some_and(|next| next - at_ms <= window_ms)
        };
        for step in self.steps.iter_mut().rev() {
            let mark = trail.mark[step.index] as usize;
            let lapse = self.lapses.partition_point(|lapse| *lapse <= step.at_ms);
            let lapses = |next: i64| self.lapses.get(lapse).is_some_and(|lapse| *lapse <= next);
            step.active_ms = active;
            step.dropped =
                !within(active, step.at_ms, journey.silence_ms) || active.is_some_and(lapses);
            step.ticket = within(ticket, step.at_ms, journey.ticket_ms);
            step.reached = within(goal, step.at_ms, journey.goal_ms);
            if let Some(feedback) = &journey.feedback {
                let own = trail.numbers[feedback.column][step.index];
                if self.rates[mark] && own != NO_NUMBER {
                    rating = Some((step.at_ms, own, step.row));
                }
                let near = rating.filter(|(at, ..)| at - step.at_ms <= feedback.window_ms);
                step.rating = near.map(|(_, number, row)| (number, row));
                if own != NO_NUMBER {
                    step.rating = Some((own, step.row));
                }
            }
            if !step.passive {
                active = Some(step.at_ms);
            }
            if self.ticket[mark] {
                ticket = Some(step.at_ms);
            }
            if step.is_goal {
                goal = Some(step.at_ms);
                // What is asked after an order is laid at its door, not at that of what came before.
                ticket = None;
            }
        }
    }

    /// Of each step the next at another touchpoint, whatever the stage.
    fn follow(&mut self) {
        self.nexts.clear();
        self.others.fill(NONE);
        let mut near = NONE;
        for at in (0..self.steps.len()).rev() {
            let step = self.steps[at];
            let points = &self.points[step.row as usize];
            for &point in points {
                let at_it =
                    near != NONE && self.points[self.steps[near].row as usize].contains(&point);
                if !at_it {
                    self.others[point as usize] = near;
                }
                self.nexts.push((at, point, self.others[point as usize]));
            }
            if !step.passive && !points.is_empty() {
                near = at;
            }
        }
        self.nexts.reverse();
    }

    /// Of each step at each touchpoint: the step, the touchpoint, the next step at another one or [`NONE`].
    pub(super) fn visits(&self) -> impl Iterator<Item = (&Step, u32, Option<&Step>)> {
        let of = |&(at, point, next): &(usize, u32, usize)| {
            (
                &self.steps[at],
                point,
                (next != NONE).then(|| &self.steps[next]),
            )
        };
        self.nexts.iter().map(of)
    }

    /// What she spent in goals after an instant, up to so long after, in millionths.
    pub(super) fn spent(&self, after_ms: i64, window_ms: i64) -> i128 {
        let upto = |at: i64| {
            let passed = self.goals.partition_point(|(goal, _)| *goal <= at);
            passed.checked_sub(1).map_or(0, |last| self.goals[last].1)
        };
        upto(after_ms.saturating_add(window_ms)) - upto(after_ms)
    }
}

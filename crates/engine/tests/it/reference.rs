//! A naive fold, written from the decision records alone: it keeps every event and every change, looks
//! all of them through for every question, and asks every rule at every event and every millisecond.

mod evaluate;
mod order;
mod policy;
mod question;
mod tally;
mod value;

use perennial_model::{Cause, Change, Move, Refusal, Switch, Time};
use perennial_rules::compile::Subject;
use perennial_rules::project::{Clause, From};

use crate::case::{Case, Happening, Interests, Outcome, Place};

/// A customer on her way through a case.
pub struct Story<'a> {
    case: &'a Case,
    /// Her events so far, the one at hand included.
    happenings: &'a [Happening],
    /// All that has come of them.
    ledger: Vec<Change>,
    /// The decisions by hand, by lifecycle: until when, and after how many of her moves.
    hands: Vec<(u16, Time, usize)>,
}

/// One moment of decision.
#[derive(Clone, Copy)]
struct Moment<'a> {
    now: Time,
    /// The event at hand with its row; `None` where the clock decides.
    touch: Option<(u32, &'a Happening)>,
}

/// The naive outcome of a case, and the interests at its end.
pub fn reference(case: &Case) -> (Outcome, Interests) {
    let mut story = Story {
        case,
        happenings: &[],
        ledger: Vec::new(),
        hands: Vec::new(),
    };
    let order = order::decision_order(&case.project);
    let mut now = case.happenings.first().map_or(case.until, |first| first.at);
    while now < case.until {
        while let Some(next) = case.happenings.get(story.happenings.len())
            && next.at == now
        {
            let row = story.happenings.len();
            story.happenings = &case.happenings[..=row];
            story.touches_decide(&order, row as u32, next);
        }
        story.clock_decides(&order, now);
        now = now.plus(1);
    }
    (story.outcome(), story.interests(case.until))
}

impl<'a> Story<'a> {
    /// The first part of an instant, for one of its touches.
    fn touches_decide(&mut self, order: &[Subject], row: u32, happening: &'a Happening) {
        let moment = Moment {
            now: happening.at,
            touch: Some((row, happening)),
        };
        for subject in order {
            if let Subject::Lifecycle(number) = *subject {
                let was_outside = self.stage(number).is_none();
                let moved = self.lifecycle_decides(number, moment);
                // The touch that brings a customer into a lifecycle may carry her one stage further,
                // unless the clause that brought her in named it.
                if moved
                    && was_outside
                    && !self.entered_by_name(number)
                    && !self.case.project.lifecycles[usize::from(number)].classification
                {
                    self.clauses_decide(number, moment);
                }
            }
        }
    }

    /// Whether the clause of the latest move in a lifecycle names touchpoints.
    fn entered_by_name(&self, number: u16) -> bool {
        let latest = self.ledger.iter().rev().find_map(|change| match change {
            Change::Moved(made) if made.lifecycle == number => made.clause,
            _ => None,
        });
        latest.is_some_and(|clause| !self.clause(number, clause).on.is_empty())
    }

    fn clause(&self, lifecycle: u16, number: u16) -> &'a Clause {
        let stages = &self.case.project.lifecycles[usize::from(lifecycle)].stages;
        let mut clauses = stages.iter().flat_map(|stage| &stage.enter);
        clauses.nth(usize::from(number)).expect("its own clause")
    }

    /// The second part of an instant.
    fn clock_decides(&mut self, order: &[Subject], now: Time) {
        let moment = Moment { now, touch: None };
        for subject in order {
            match *subject {
                Subject::Lifecycle(number) => {
                    self.lifecycle_decides(number, moment);
                }
                Subject::Segment(number) => self.segment_decides(number, moment),
            }
        }
    }

    fn segment_decides(&mut self, number: u16, moment: Moment<'_>) {
        let rule = &self.case.project.segments[usize::from(number)].when;
        let entered = self.holds(rule, None, moment);
        let (inside, _, entry) = self.membership(number);
        if inside != entered {
            self.ledger.push(Change::Switched(Switch {
                segment: number,
                at: moment.now,
                known_at: self.known_at(moment),
                entered,
                cause: Cause::Time,
                entry: entry + u32::from(entered),
            }));
        }
    }

    /// Decides one lifecycle; answers whether she moved.
    fn lifecycle_decides(&mut self, number: u16, moment: Moment<'_>) -> bool {
        let lifecycle = &self.case.project.lifecycles[usize::from(number)];
        if let Some(rule) = &lifecycle.applies_to
            && !self.holds(rule, Some(number), moment)
        {
            let leaves = self.stage(number).is_some()
                && (moment.touch.is_none() || !question::reads_clock(&rule.expr));
            if leaves {
                let asked = self.asked(number, None, None, moment);
                self.ledger.push(Change::Moved(asked));
            }
            return leaves;
        }
        self.clauses_decide(number, moment)
    }

    /// Lets the clauses of a lifecycle decide, and its policy.
    fn clauses_decide(&mut self, number: u16, moment: Moment<'_>) -> bool {
        let lifecycle = &self.case.project.lifecycles[usize::from(number)];
        let winner = if lifecycle.classification {
            self.class(number, moment)
        } else {
            self.last_that_fires(number, moment)
        };
        let Some((to, clause)) = winner else {
            return false;
        };
        let mut asked = self.asked(number, to, clause, moment);
        let hold = clause.and_then(|clause| self.clause(number, clause).by_hand);
        if let Some(hold) = hold {
            let moves = to != self.stage(number);
            if moves {
                self.ledger.push(Change::Moved(asked));
            }
            let made = self.moves(number).count();
            self.hands.push((number, moment.now.plus(hold.ms()), made));
            return moves;
        }
        let Some(policy) = self.refused_by(number, to, moment) else {
            self.ledger.push(Change::Moved(asked));
            return true;
        };
        asked.entry = self.entry(number);
        if !self.was_refused(number, to) {
            self.ledger.push(Change::Refused(Refusal { asked, policy }));
        }
        false
    }

    /// Where a classification puts her, if she is not there.
    fn class(&self, number: u16, moment: Moment<'_>) -> Option<(Option<u8>, Option<u16>)> {
        let lifecycle = &self.case.project.lifecycles[usize::from(number)];
        let rules = || {
            lifecycle
                .stages
                .iter()
                .map(|stage| stage.enter[0].when.as_ref().expect("a classification"))
        };
        if moment.touch.is_some() && rules().any(|rule| question::reads_clock(&rule.expr)) {
            return None;
        }
        let mut class = None;
        for (stage, rule) in rules().enumerate() {
            if self.holds(rule, Some(number), moment) {
                class = Some(stage as u8);
            }
        }
        (class != self.stage(number)).then_some((class, class.map(u16::from)))
    }

    /// Of the clauses that fire, the one by hand, else the one that leads to the last stage.
    fn last_that_fires(
        &self,
        number: u16,
        moment: Moment<'_>,
    ) -> Option<(Option<u8>, Option<u16>)> {
        let lifecycle = &self.case.project.lifecycles[usize::from(number)];
        let mut best: Option<(bool, u8, u16)> = None;
        let mut clause_number = 0;
        for (stage, own) in lifecycle.stages.iter().enumerate() {
            for clause in &own.enter {
                let stage = stage as u8;
                // Of two alike the one written first gives the cause.
                let better = best.is_none_or(|(by_hand, to, _)| {
                    (by_hand, to) < (clause.by_hand.is_some(), stage)
                });
                if better && self.fires(number, stage, clause, moment) {
                    best = Some((clause.by_hand.is_some(), stage, clause_number));
                }
                clause_number += 1;
            }
        }
        best.map(|(_, to, clause)| (Some(to), Some(clause)))
    }

    fn fires(&self, number: u16, to: u8, clause: &Clause, moment: Moment<'_>) -> bool {
        let from = self.stage(number);
        let stands_right = match (&clause.from, from) {
            // A hand may also say that she is to stay.
            (From::Named { stages, .. }, Some(stage)) if stage == to => {
                clause.by_hand.is_some() && stages.contains(&stage)
            }
            (_, Some(stage)) if stage == to => clause.by_hand.is_some(),
            (From::Anywhere, _) => true,
            (From::AnyStage, from) => from.is_some(),
            (From::Named { outside, .. }, None) => *outside,
            (From::Named { stages, .. }, Some(stage)) => stages.contains(&stage),
        };
        let in_turn = match moment.touch {
            None => clause.on.is_empty(),
            Some((_, touch)) if !clause.on.is_empty() => {
                clause.on.iter().any(|name| touch.points.contains(name))
            }
            Some(_) => !clause
                .when
                .as_ref()
                .is_some_and(|rule| question::reads_clock(&rule.expr)),
        };
        stands_right
            && in_turn
            && clause
                .when
                .as_ref()
                .is_none_or(|rule| self.holds(rule, Some(number), moment))
    }

    /// A move as it would be written.
    fn asked(
        &self,
        lifecycle: u16,
        to: Option<u8>,
        clause: Option<u16>,
        moment: Moment<'_>,
    ) -> Move {
        Move {
            lifecycle,
            at: moment.now,
            known_at: self.known_at(moment),
            from: self.stage(lifecycle),
            to,
            clause,
            cause: moment
                .touch
                .map_or(Cause::Time, |(row, _)| Cause::Touch(row)),
            entry: self.entry(lifecycle) + u32::from(to.is_some()),
        }
    }

    /// The latest arrival among her touches so far, not before the instant.
    fn known_at(&self, moment: Moment<'_>) -> Time {
        let arrivals = self
            .happenings
            .iter()
            .map(|happening| happening.received_at);
        arrivals.fold(moment.now, Time::max)
    }

    fn outcome(&self) -> Outcome {
        let project = &self.case.project;
        let place = |number: usize| {
            let last = self.moves(number as u16).last();
            Place {
                stage: last.and_then(|last| last.to),
                since: last.map_or(Time::MIN, |last| last.at),
                entry: self.entry(number as u16),
                clause: last.and_then(|last| last.clause),
                cause: last.map_or(Cause::Time, |last| last.cause),
            }
        };
        let bounds = (self.happenings.first(), self.happenings.last());
        Outcome {
            changes: self.ledger.clone(),
            standings: (0..project.lifecycles.len()).map(place).collect(),
            memberships: (0..project.segments.len())
                .map(|number| self.membership(number as u16))
                .collect(),
            purchases: self.purchases(),
            traits: self.traits_read(),
            touches: (
                self.happenings.len() as u64,
                bounds.0.map_or(Time::NEVER, |first| first.at),
                bounds.1.map_or(Time::MIN, |last| last.at),
            ),
        }
    }
}

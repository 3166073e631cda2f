//! Where a stage rule is decided: which clause wins, which policy refuses, and the move itself.

use perennial_model::{Cause, Change, Move, Refusal, Time, Touch};
use perennial_rules::compile::{LifecycleCode, Subject};

use crate::plan::is_left_to_clock;
use crate::{Changes, Customer, World};

/// Most moves by time alone between two touches: rules that chase each other come to rest here.
pub const MAX_MOVES_BY_CLOCK: u32 = 10_000;

/// One moment of decision.
#[derive(Clone, Copy)]
struct Moment<'t> {
    now: Time,
    /// The touch that is being looked at; `None` when the instant's touches are done.
    touch: Option<&'t Touch<'t>>,
    /// Whether every clause is tried, or only those that the touch's kind concerns.
    look_at_all: bool,
    cause: Cause,
}

/// A clause that won, or a leaving.
pub(crate) struct Winner {
    /// The clause; `None` where no rule of a classification holds, or its `for` ceased to.
    pub clause: Option<u16>,
    /// Where it leads; `None` is outside.
    pub to: Option<u8>,
}

impl Moment<'_> {
    /// The moment when an instant's touches are done.
    fn of_clock(now: Time) -> Self {
        Self {
            now,
            touch: None,
            look_at_all: true,
            cause: Cause::Time,
        }
    }
}

impl Customer {
    /// Decides every lifecycle at a touch.
    pub(crate) fn judge_touch(
        &mut self,
        world: World<'_>,
        touch: &Touch<'_>,
        look_at_all: bool,
        changes: &mut impl Changes,
    ) {
        if !world.machine.registers.is_empty() {
            self.advance(touch.at);
        }
        let cause = Cause::Touch(touch.row);
        let mut moment = Moment {
            now: touch.at,
            touch: Some(touch),
            look_at_all,
            cause,
        };
        for subject in &world.machine.order {
            let Subject::Lifecycle(number) = *subject else {
                continue;
            };
            if self.judge(world, number, moment, changes) {
                // Whoever reads this lifecycle comes later in the order and must look again.
                moment.look_at_all = true;
                let place = self.standings[usize::from(number)]
                    .place(world.machine.lifecycles[usize::from(number)].stages.len());
                if world.plan.moves_concern_others || world.plan.standing(number, place).asks_clock
                {
                    self.wake = touch.at;
                }
            }
        }
    }

    /// Decides, when an instant's touches are done, whatever the clock decides.
    pub(crate) fn settle(&mut self, world: World<'_>, now: Time, changes: &mut impl Changes) {
        self.advance(now);
        let moment = Moment::of_clock(now);
        for subject in &world.machine.order {
            match *subject {
                Subject::Lifecycle(number) => {
                    if self.judge(world, number, moment, changes) {
                        self.moves_by_clock += 1;
                    }
                }
                Subject::Segment(number) => {
                    self.settle_segment(world, number, now, Cause::Time, changes);
                }
            }
        }
    }

    /// Decides one lifecycle; answers whether she moved.
    fn judge(
        &mut self,
        world: World<'_>,
        number: u16,
        moment: Moment<'_>,
        changes: &mut impl Changes,
    ) -> bool {
        let lifecycle = &world.machine.lifecycles[usize::from(number)];
        let standing = self.standings[usize::from(number)];
        if let Some(applies_to) = &lifecycle.applies_to
            && !self.holds(world, &applies_to.code, moment.now, moment.touch)
        {
            // As for clauses, what reads the clock waits until the instant's touches are done.
            let leaving =
                standing.stage().is_some() && (moment.touch.is_none() || !applies_to.needs.clock);
            if leaving {
                self.make_move(
                    world,
                    number,
                    Winner {
                        clause: None,
                        to: None,
                    },
                    moment,
                    changes,
                );
            }
            return leaving;
        }
        let Some(winner) = self.winner(world, number, lifecycle, moment) else {
            return false;
        };
        let entering = standing.stage().is_none();
        // A touch that the entry itself asked for is used up by it: a first order is not a second one.
        let is_spent = winner
            .clause
            .is_some_and(|clause| lifecycle.clauses[usize::from(clause)].needs_touch());
        let moved = self.attempt(world, number, lifecycle, winner, moment, changes);
        // Else the touch that brings her in may carry her one stage further at once.
        if moved && entering && !is_spent && moment.touch.is_some() && !lifecycle.classification {
            let moment = Moment {
                look_at_all: true,
                ..moment
            };
            if let Some(winner) = self.winner(world, number, lifecycle, moment) {
                self.attempt(world, number, lifecycle, winner, moment, changes);
            }
        }
        moved
    }

    /// The move that the clock would make now, and the clause that asks for it.
    pub(crate) fn winner_by_clock(
        &self,
        world: World<'_>,
        number: u16,
        lifecycle: &LifecycleCode,
        now: Time,
    ) -> Option<Winner> {
        self.winner(world, number, lifecycle, Moment::of_clock(now))
    }

    /// The clause that decides: of those that fire, the one that leads to the last stage.
    fn winner(
        &self,
        world: World<'_>,
        number: u16,
        lifecycle: &LifecycleCode,
        moment: Moment<'_>,
    ) -> Option<Winner> {
        let place = self.standings[usize::from(number)].place(lifecycle.stages.len());
        if lifecycle.classification {
            return self.classify(world, lifecycle, place, moment);
        }
        let standing = world.plan.standing(number, place);
        // A clause that was refused may hold still, and keeps those of earlier stages from winning.
        let look_at_all = moment.look_at_all || self.standings[usize::from(number)].refused != 0;
        let clauses = match moment.touch {
            None => &standing.timed,
            Some(_) if look_at_all => &standing.clauses,
            Some(touch) => &world.plan.of(touch.kind).candidates[usize::from(number)][place],
        };
        let fires = |clause: &&u16| self.fires(world, lifecycle, **clause, moment);
        clauses.iter().find(fires).map(|&clause| Winner {
            clause: Some(clause),
            to: Some(lifecycle.clauses[usize::from(clause)].to),
        })
    }

    fn fires(
        &self,
        world: World<'_>,
        lifecycle: &LifecycleCode,
        clause: u16,
        moment: Moment<'_>,
    ) -> bool {
        let clause = &lifecycle.clauses[usize::from(clause)];
        if let Some(touch) = moment.touch {
            let points = world.plan.points(touch.kind);
            let brought =
                !clause.needs_touch() || clause.on.iter().any(|point| points.contains(point));
            // Without `on`, what the clock decides waits until the instant's touches are done.
            if !brought || (!clause.needs_touch() && clause.reads_clock()) {
                return false;
            }
        }
        clause
            .when
            .as_ref()
            .is_none_or(|when| self.holds(world, &when.code, moment.now, moment.touch))
    }

    /// The last stage whose rule holds, or outside if none does; `None` if she is there already.
    fn classify(
        &self,
        world: World<'_>,
        lifecycle: &LifecycleCode,
        place: usize,
        moment: Moment<'_>,
    ) -> Option<Winner> {
        if moment.touch.is_some() && is_left_to_clock(lifecycle) {
            return None;
        }
        let holds = |clause: &usize| {
            let when = lifecycle.clauses[*clause].when.as_ref();
            when.is_none_or(|when| self.holds(world, &when.code, moment.now, moment.touch))
        };
        let last = (0..lifecycle.clauses.len()).rev().find(holds);
        let to = last.map(|clause| lifecycle.clauses[clause].to);
        let there = to.map_or(lifecycle.stages.len(), usize::from) == place;
        (!there).then(|| Winner {
            clause: last.map(|clause| clause as u16),
            to,
        })
    }

    /// Moves her unless a policy refuses; a refusal is recorded once for each stage and standing.
    fn attempt(
        &mut self,
        world: World<'_>,
        number: u16,
        lifecycle: &LifecycleCode,
        winner: Winner,
        moment: Moment<'_>,
        changes: &mut impl Changes,
    ) -> bool {
        let by_hand_ms = winner
            .clause
            .and_then(|clause| lifecycle.clauses[usize::from(clause)].by_hand_ms);
        if let Some(ms) = by_hand_ms {
            let moves = winner.to != self.standings[usize::from(number)].stage();
            if moves {
                self.make_move(world, number, winner, moment, changes);
            }
            self.standings[usize::from(number)].held_until = moment.now.plus(ms);
            return moves;
        }
        let Some(policy) = self.refused_by(lifecycle, number, winner.to, moment) else {
            self.make_move(world, number, winner, moment, changes);
            return true;
        };
        let known_at = self.known_at.max(moment.now);
        let standing = &mut self.standings[usize::from(number)];
        let plan = world
            .plan
            .standing(number, standing.place(lifecycle.stages.len()));
        if moment.touch.is_some() && !plan.timed.is_empty() {
            // What the touch could not do the clock may: another clause, or the same one later.
            self.wake = moment.now;
        }
        if !standing.has_refused(winner.to) {
            standing.refused |= standing.refusal_bit(winner.to);
            let asked = Move {
                lifecycle: number,
                at: moment.now,
                known_at,
                from: standing.stage(),
                to: winner.to,
                clause: winner.clause,
                cause: moment.cause,
                entry: standing.entry,
            };
            changes.push(Change::Refused(Refusal { asked, policy }));
        }
        false
    }

    /// The policy that refuses a move, if one does.
    fn refused_by(
        &self,
        lifecycle: &LifecycleCode,
        number: u16,
        to: Option<u8>,
        moment: Moment<'_>,
    ) -> Option<&'static str> {
        if moment.now < self.standings[usize::from(number)].held_until {
            return Some("by_hand");
        }
        let from = self.standings[usize::from(number)].stage();
        let next = from.map_or(0, |from| usize::from(from) + 1);
        let is_back = from.is_some() && to.is_none_or(|to| usize::from(to) < next);
        if lifecycle.forward_only && is_back {
            return Some("backward");
        }
        let passed_over = next..to.map_or(0, usize::from);
        if lifecycle.in_order
            && passed_over
                .into_iter()
                .any(|stage| !lifecycle.stages[stage].optional)
        {
            return Some("order");
        }
        if self
            .dwell_end(lifecycle, number)
            .is_some_and(|end| moment.now < end)
        {
            return Some("dwell");
        }
        if moment.touch.is_none() && self.moves_by_clock >= MAX_MOVES_BY_CLOCK {
            return Some("storm");
        }
        None
    }

    fn make_move(
        &mut self,
        world: World<'_>,
        number: u16,
        winner: Winner,
        moment: Moment<'_>,
        changes: &mut impl Changes,
    ) {
        let known_at = self.known_at.max(moment.now);
        let standing = &mut self.standings[usize::from(number)];
        let from = standing.stage();
        standing.set_stage(winner.to);
        standing.since = moment.now;
        standing.refused = 0;
        standing.held_until = Time::MIN;
        standing.clause = winner.clause;
        standing.cause = moment.cause;
        if let Some(to) = winner.to {
            standing.entry += 1;
            standing.ever |= 1 << to;
        }
        let made = Move {
            lifecycle: number,
            at: moment.now,
            known_at,
            from,
            to: winner.to,
            clause: winner.clause,
            cause: moment.cause,
            entry: standing.entry,
        };
        changes.push(Change::Moved(made));
        self.listen(world);
    }
}

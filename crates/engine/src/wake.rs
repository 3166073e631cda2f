//! When time alone will change something: the one timer of a customer.

use perennial_model::{Number, Time, Value};
use perennial_rules::compile::{Code, Condition, LifecycleCode};
use perennial_rules::expr::Comparison;

use crate::evaluate::compare;
use crate::{Customer, World};

impl Customer {
    /// The next instant after `now` at which the clock must be asked; [`Time::NEVER`] if it need not.
    ///
    /// **Invariant:** no rule changes its answer by itself before that instant.
    pub(crate) fn next_wake(&self, world: World<'_>, now: Time) -> Time {
        let mut wake = Time::NEVER;
        for (number, lifecycle) in world.machine.lifecycles.iter().enumerate() {
            wake = wake.min(self.lifecycle_wake(world, number as u16, lifecycle, now));
        }
        for segment in &world.machine.segments {
            wake = wake.min(self.condition_changes(world, &segment.when, now));
        }
        wake
    }

    fn lifecycle_wake(
        &self,
        world: World<'_>,
        number: u16,
        lifecycle: &LifecycleCode,
        now: Time,
    ) -> Time {
        let mut wake = Time::NEVER;
        if let Some(applies_to) = &lifecycle.applies_to {
            wake = wake.min(self.condition_changes(world, applies_to, now));
            if !self.holds(world, &applies_to.code, now, None) {
                return wake;
            }
        }
        let standing = &self.standings[usize::from(number)];
        let winner = self.winner_by_clock(world, number, lifecycle, now);
        if let Some(winner) = &winner {
            if !standing.has_refused(winner.to) {
                return wake.min(now.plus(1));
            }
            let ends = [self.dwell_end(lifecycle, number), Some(standing.held_until)];
            let next = ends.into_iter().flatten().filter(|end| *end > now).min();
            wake = wake.min(next.unwrap_or(Time::NEVER));
        }
        let place = standing.place(lifecycle.stages.len());
        let timed = &world.plan.standing(number, place).timed;
        for &clause in timed {
            let when = lifecycle.clauses[usize::from(clause)].when.as_ref();
            if let Some(when) = when {
                wake = wake.min(self.condition_changes(world, when, now));
            }
            // While the winner holds, no clause after it has a say.
            if winner
                .as_ref()
                .is_some_and(|winner| winner.clause == Some(clause))
            {
                break;
            }
        }
        wake
    }

    /// When the shortest stay in the present stage is over.
    pub(crate) fn dwell_end(&self, lifecycle: &LifecycleCode, number: u16) -> Option<Time> {
        let standing = &self.standings[usize::from(number)];
        standing.stage().map(|stage| {
            standing
                .since
                .plus(lifecycle.stages[usize::from(stage)].dwell_ms)
        })
    }

    /// The first instant after `now` at which a condition may answer differently by itself.
    fn condition_changes(&self, world: World<'_>, condition: &Condition, now: Time) -> Time {
        if condition.needs.clock {
            self.changes(world, &condition.code, now)
        } else {
            Time::NEVER
        }
    }

    /// The first instant after `now` at which an expression's value may change with no touch.
    pub(crate) fn changes(&self, world: World<'_>, code: &Code, now: Time) -> Time {
        let of = |code: &Code| self.changes(world, code, now);
        match code {
            Code::Register(register) => self.cells[usize::from(*register)].next_change(),
            Code::Score(_) => world.thresholds.next_date(now),
            Code::Not(inner) | Code::Negate(inner) => of(inner),
            Code::All(parts) | Code::Any(parts) => {
                parts.iter().map(of).min().unwrap_or(Time::NEVER)
            }
            Code::Compare { left, op, right } => {
                self.comparison_changes(world, left, *op, right, now)
            }
            Code::Between {
                value, low, high, ..
            } => {
                let above =
                    self.comparison_changes(world, value, Comparison::GreaterOrEqual, low, now);
                above.min(self.comparison_changes(world, value, Comparison::LessOrEqual, high, now))
            }
            Code::In { value, list, .. } => {
                let items = list.iter().map(|item| {
                    self.comparison_changes(world, value, Comparison::Equal, item, now)
                });
                items.min().unwrap_or(Time::NEVER)
            }
            Code::Arithmetic { left, right, .. } => of(left).min(of(right)),
            Code::IsNull { value, .. } | Code::Like { value, .. } => of(value),
            Code::Literal(_)
            | Code::Trait(_)
            | Code::Touch(_)
            | Code::Since(_)
            | Code::Age
            | Code::TimeInStage(_)
            | Code::Stage(_)
            | Code::Ever { .. }
            | Code::InSegment(_)
            | Code::Intent(_) => Time::NEVER,
        }
    }

    fn comparison_changes(
        &self,
        world: World<'_>,
        left: &Code,
        op: Comparison,
        right: &Code,
        now: Time,
    ) -> Time {
        let (moving, steady, op) = match (is_moving(left), is_moving(right)) {
            (true, _) => (left, right, op),
            (false, true) => (right, left, mirrored(op)),
            (false, false) => {
                return self
                    .changes(world, left, now)
                    .min(self.changes(world, right, now));
            }
        };
        let other = self.value(world, steady, now, None);
        let steady_changes = self.changes(world, steady, now);
        // Equality begins at one crossing and ends at the other.
        let crossings: &[Comparison] = match op {
            Comparison::Equal | Comparison::NotEqual => {
                &[Comparison::GreaterOrEqual, Comparison::Greater]
            }
            Comparison::GreaterOrEqual | Comparison::Less => &[Comparison::GreaterOrEqual],
            Comparison::Greater | Comparison::LessOrEqual => &[Comparison::Greater],
        };
        if let Code::Intent(topic) = moving {
            let level = self.interest(world, *topic, now);
            let crossings = crossings.iter().map(|&op| {
                let answer = |level: Number| compare(world, Value::Number(level), op, other);
                let same = |later: Number| answer(later) == answer(level);
                self.interest_changes(world, *topic, now, &same)
            });
            return steady_changes.min(crossings.min().unwrap_or(Time::NEVER));
        }
        let (Some(from), Value::Number(length)) = (self.counts_from(moving), other) else {
            return steady_changes;
        };
        let reached = from.plus(length.millionths());
        let crossings = crossings.iter().map(|op| match op {
            Comparison::Greater => reached.plus(1),
            _ => reached,
        });
        let next = crossings.filter(|at| *at > now).min();
        next.unwrap_or(Time::NEVER).min(steady_changes)
    }
}

/// Whether an expression's value moves with every millisecond.
fn is_moving(code: &Code) -> bool {
    matches!(
        code,
        Code::Since(_) | Code::Age | Code::TimeInStage(_) | Code::Intent(_)
    )
}

/// The same comparison with its sides exchanged.
fn mirrored(op: Comparison) -> Comparison {
    match op {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal | Comparison::NotEqual => op,
    }
}

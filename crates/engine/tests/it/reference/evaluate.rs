//! What holds: an expression's value, worked out anew from all events and all changes.

use perennial_model::{Number, Time};
use perennial_rules::expr::{Comparison, Operation};
use perennial_rules::{Expr, Rule};

use super::value::{Truth, and, answer, arithmetic, compare, like, or, truth};
use super::{Moment, Story};
use crate::case::{Happening, Plain};

impl Story<'_> {
    /// Whether a rule of a lifecycle (or of none) holds. Null is not true.
    pub(super) fn holds(&self, rule: &Rule, own: Option<u16>, moment: Moment<'_>) -> bool {
        self.value(&rule.expr, own, moment) == Plain::Bool(true)
    }

    pub(super) fn value(&self, expr: &Expr, own: Option<u16>, moment: Moment<'_>) -> Plain {
        let of = |expr: &Expr| self.value(expr, own, moment);
        let holds = |expr: &Expr| truth(&of(expr));
        match expr {
            Expr::Null => Plain::Null,
            Expr::Bool(truth) => Plain::Bool(*truth),
            Expr::Number(number) => Plain::Number(*number),
            Expr::Text(text) => Plain::Text(text.clone()),
            Expr::Span(span) => elapsed(span.ms()),
            Expr::Name(name) => self.trait_of(name),
            Expr::Touch(name) => moment
                .touch
                .map_or(Plain::Null, |(_, touch)| property(touch, name)),
            Expr::Tally(tally) => self.tally(tally, moment.now),
            Expr::Since(point) => {
                let touches = self.happenings.iter();
                since(
                    moment.now,
                    touches
                        .filter(|touch| touch.points.contains(point))
                        .map(|touch| touch.at)
                        .max(),
                )
            }
            Expr::Age => since(moment.now, self.happenings.first().map(|touch| touch.at)),
            Expr::TimeInStage(name) => {
                let lifecycle = self.number_of(name.as_deref(), own);
                since(moment.now, self.in_stage_since(lifecycle))
            }
            Expr::Stage(name) => self.stage_name(self.number_of(name.as_deref(), own)),
            Expr::Ever { lifecycle, stage } => {
                let number = self.number_of(lifecycle.as_deref(), own);
                let stages = &self.case.project.lifecycles[usize::from(number)].stages;
                let entered = |to: u8| stages[usize::from(to)].name == *stage;
                Plain::Bool(self.moves(number).filter_map(|one| one.to).any(entered))
            }
            Expr::InSegment(name) => {
                let segments = &self.case.project.segments;
                let number = segments.iter().position(|segment| segment.name == *name);
                Plain::Bool(self.membership(number.expect("a segment") as u16).0)
            }
            Expr::Intent(topic) => Plain::Number(self.interest(topic, moment.now)),
            Expr::Score(score) => self.score(*score, moment.now),
            Expr::Not(inner) => answer(holds(inner).map(|truth| !truth)),
            Expr::All(parts) => answer(parts.iter().map(holds).fold(Some(true), and)),
            Expr::Any(parts) => answer(parts.iter().map(holds).fold(Some(false), or)),
            Expr::Compare { left, op, right } => answer(compare(&of(left), *op, &of(right))),
            Expr::In {
                value,
                list,
                negated,
            } => {
                let value = of(value);
                let equal = |item: &Expr| compare(&value, Comparison::Equal, &of(item));
                unless(*negated, list.iter().map(equal).fold(Some(false), or))
            }
            Expr::Between {
                value,
                low,
                high,
                negated,
            } => {
                let above = compare(&of(value), Comparison::GreaterOrEqual, &of(low));
                let below = compare(&of(value), Comparison::LessOrEqual, &of(high));
                unless(*negated, and(above, below))
            }
            Expr::IsNull { value, negated } => unless(*negated, Some(of(value) == Plain::Null)),
            Expr::Like {
                value,
                pattern,
                negated,
            } => unless(*negated, like(&of(value), pattern)),
            Expr::Arithmetic { left, op, right } => arithmetic(&of(left), *op, &of(right)),
            Expr::Negate(inner) => arithmetic(
                &Plain::Number(Number::ZERO),
                Operation::Subtract,
                &of(inner),
            ),
        }
    }

    fn stage_name(&self, lifecycle: u16) -> Plain {
        let stages = &self.case.project.lifecycles[usize::from(lifecycle)].stages;
        self.stage(lifecycle).map_or(Plain::Null, |stage| {
            Plain::Text(stages[usize::from(stage)].name.clone())
        })
    }

    /// The lifecycle of a name, or the one that the rule stands in.
    fn number_of(&self, name: Option<&str>, own: Option<u16>) -> u16 {
        let lifecycles = &self.case.project.lifecycles;
        let named = name.map(|name| {
            let number = lifecycles.iter().position(|one| one.name == name);
            number.expect("a lifecycle of that name") as u16
        });
        named.or(own).expect("a lifecycle")
    }

    /// The last value that an event gave a trait.
    pub(super) fn trait_of(&self, name: &str) -> Plain {
        let given = self.happenings.iter().flat_map(|touch| &touch.traits);
        let last = given.rev().find(|(known, _)| known == name);
        last.map_or(Plain::Null, |(_, value)| value.clone())
    }

    /// The traits that any rule reads, by name.
    pub(super) fn traits_read(&self) -> Vec<(String, Plain)> {
        let project = &self.case.project;
        let clauses = project
            .lifecycles
            .iter()
            .flat_map(|lifecycle| lifecycle.stages.iter().flat_map(|stage| &stage.enter));
        let rules = clauses
            .filter_map(|clause| clause.when.as_ref())
            .chain(
                project
                    .lifecycles
                    .iter()
                    .filter_map(|l| l.applies_to.as_ref()),
            )
            .chain(project.segments.iter().map(|segment| &segment.when));
        let mut names = std::collections::BTreeSet::new();
        for rule in rules {
            rule.expr.walk(&mut |part| {
                if let Expr::Name(name) = part {
                    names.insert(name.clone());
                }
            });
        }
        let of = |name: String| (name.clone(), self.trait_of(&name));
        names.into_iter().map(of).collect()
    }
}

/// A property of an event; null if it lacks it.
pub fn property(touch: &Happening, name: &str) -> Plain {
    let found = touch.properties.iter().find(|(known, _)| known == name);
    found.map_or(Plain::Null, |(_, value)| value.clone())
}

/// A length of time as rules see it: milliseconds, held as so many millionths.
fn elapsed(ms: i64) -> Plain {
    Plain::Number(Number::from_millionths(ms))
}

fn since(now: Time, from: Option<Time>) -> Plain {
    from.map_or(Plain::Null, |from| elapsed(now.since(from)))
}

/// An answer, or its contrary where the question is negated.
fn unless(negated: bool, truth: Truth) -> Plain {
    answer(truth.map(|truth| truth != negated))
}

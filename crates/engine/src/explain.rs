//! Why: where a customer stands and what brought her there, with the figures of that instant; what is
//! missing for her next stages, and when time alone will move her.
//!
//! Nothing is stored for this: her touches are folded again up to the instant asked for.

use perennial_model::{Cause, Change, Move, Time, Touch, Value};
use perennial_rules::Expr;
use perennial_rules::compile::{ClauseCode, Code, Condition, LifecycleCode};

use crate::{Customer, World};

/// Most instants looked at when asking what time alone will bring.
const MAX_WAKES: usize = 100_000;

/// A customer's place in every lifecycle, explained.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// By lifecycle.
    pub lifecycles: Vec<Place>,
    /// The segments she is in, by number, with since when.
    pub segments: Vec<(u16, Time)>,
    /// All her changes up to the instant.
    pub changes: Vec<Change>,
}

/// Her place in one lifecycle.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The lifecycle's number.
    pub lifecycle: u16,
    /// The move that brought her here; `None` if she has never been in the lifecycle.
    pub last: Option<Move>,
    /// Until when no rule moves her, if her stage was set by hand and holds still.
    pub held_until: Option<Time>,
    /// The decisive rule with its figures at that instant, part by part.
    pub reason: Vec<Finding>,
    /// The ways on from here.
    pub next: Vec<Way>,
    /// The move that time alone will make, if she does nothing.
    pub by_time: Option<Move>,
}

/// A way from her stage into another.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The clause's number.
    pub clause: u16,
    /// Whether it needs a touch.
    pub needs_touch: bool,
    /// The clause's rule with its present figures, part by part; what does not hold is missing.
    pub findings: Vec<Finding>,
}

/// One part of a rule and what it comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The part as written.
    pub text: String,
    /// Whether it holds; `None` is unknown (null).
    pub holds: Option<bool>,
    /// The figures in it: as written, and their values.
    pub figures: Vec<(String, Value)>,
    /// Whether the figures are lengths of time, in milliseconds.
    pub elapsed: Vec<bool>,
}

/// Explains where a customer stands at an instant. `touches` are all hers in order; those after the
/// instant are left out, and moves at the instant itself have happened.
pub fn explain(world: World<'_>, id: &[u8], touches: &[Touch<'_>], at: Time) -> Explanation {
    let known = &touches[..touches.partition_point(|touch| touch.at <= at)];
    let (customer, changes) = fold(world, id, known, at.plus(1));
    let lifecycles = (0..world.machine.lifecycles.len() as u16)
        .map(|number| {
            let moves = changes.iter().rev().filter_map(|change| match change {
                Change::Moved(made) if made.lifecycle == number => Some(*made),
                _ => None,
            });
            let last = moves.clone().next();
            let held_until = customer.standings()[usize::from(number)].held_until;
            Place {
                lifecycle: number,
                last,
                held_until: (held_until > at).then_some(held_until),
                reason: last.map_or_else(Vec::new, |made| reason(world, id, known, &made)),
                next: ways(world, &customer, number, at),
                by_time: by_time(world, &customer, number),
            }
        })
        .collect();
    let inside = customer
        .memberships()
        .iter()
        .enumerate()
        .filter(|(_, membership)| membership.inside);
    let segments = inside
        .map(|(number, membership)| (number as u16, membership.since))
        .collect();
    Explanation {
        lifecycles,
        segments,
        changes,
    }
}

fn fold(
    world: World<'_>,
    id: &[u8],
    touches: &[Touch<'_>],
    until: Time,
) -> (Customer, Vec<Change>) {
    let mut customer = Customer::new(world);
    customer.begin(world, id);
    let mut changes = Vec::new();
    for touch in touches {
        customer.touch(world, touch, &mut changes);
    }
    customer.pass(world, until, &mut changes);
    (customer, changes)
}

/// The decisive clause's findings at the instant of a move, seen just before it was made.
fn reason(world: World<'_>, id: &[u8], touches: &[Touch<'_>], made: &Move) -> Vec<Finding> {
    let lifecycle = &world.machine.lifecycles[usize::from(made.lifecycle)];
    let Some(when) = made
        .clause
        .and_then(|clause| lifecycle.clauses[usize::from(clause)].when.as_ref())
    else {
        return Vec::new();
    };
    let before = match made.cause {
        Cause::Touch(row) => touches
            .iter()
            .position(|touch| touch.row == row)
            .unwrap_or(0),
        Cause::Time => touches.partition_point(|touch| touch.at <= made.at),
    };
    let (mut customer, mut changes) = fold(world, id, &touches[..before], made.at);
    let touch = matches!(made.cause, Cause::Touch(_))
        .then(|| touches.get(before))
        .flatten();
    if let Some(touch) = touch {
        customer.pass(world, touch.at, &mut changes);
        if customer.first_at() == Time::NEVER {
            customer.first_at = touch.at;
        }
        customer.update(world, touch);
        customer.take_traits(world, touch);
    }
    customer.advance(made.at);
    findings(world, &customer, when, made.at, touch)
}

/// The ways on from where she stands.
fn ways(world: World<'_>, customer: &Customer, number: u16, at: Time) -> Vec<Way> {
    let lifecycle = &world.machine.lifecycles[usize::from(number)];
    let mut customer = customer.clone();
    customer.advance(at);
    let place = customer.standings()[usize::from(number)].place(lifecycle.stages.len());
    let way = |clause: &u16| {
        let code: &ClauseCode = &lifecycle.clauses[usize::from(*clause)];
        let findings = code
            .when
            .as_ref()
            .map_or_else(Vec::new, |when| findings(world, &customer, when, at, None));
        Way {
            clause: *clause,
            needs_touch: code.needs_touch(),
            findings,
        }
    };
    // A hand may put her anywhere, which is not worth saying of every stage.
    let by_rule = |clause: &&u16| {
        lifecycle.clauses[usize::from(**clause)]
            .by_hand_ms
            .is_none()
    };
    let clauses = world.plan.standing(number, place).clauses.iter();
    clauses.filter(by_rule).map(way).collect()
}

/// The first move in the lifecycle that time alone makes.
fn by_time(world: World<'_>, customer: &Customer, number: u16) -> Option<Move> {
    let mut customer = customer.clone();
    for _ in 0..MAX_WAKES {
        let wake = customer.wake();
        if wake == Time::NEVER {
            return None;
        }
        let mut changes = Vec::new();
        customer.pass(world, wake.plus(1), &mut changes);
        let made = changes.iter().find_map(|change| match change {
            Change::Moved(made) if made.lifecycle == number => Some(*made),
            _ => None,
        });
        if made.is_some() {
            return made;
        }
    }
    None
}

/// A rule's parts (those joined by AND, or the whole) with their figures.
fn findings(
    world: World<'_>,
    customer: &Customer,
    when: &Condition,
    now: Time,
    touch: Option<&Touch<'_>>,
) -> Vec<Finding> {
    let parts: Vec<(&Expr, &Code)> = match (&when.expr, &when.code) {
        (Expr::All(exprs), Code::All(codes)) => exprs.iter().zip(codes).collect(),
        (expr, code) => vec![(expr, code)],
    };
    let finding = |(expr, code): (&Expr, &Code)| {
        let holds = match customer.value(world, code, now, touch) {
            Value::Bool(truth) => Some(truth),
            _ => None,
        };
        let (mut exprs, mut codes) = (Vec::new(), Vec::new());
        expr.walk(&mut |part| {
            if is_figure(part) {
                exprs.push(part.to_string())
            }
        });
        code.walk(&mut |part| {
            if is_figure_code(part) {
                codes.push(part.clone())
            }
        });
        let figures = exprs
            .into_iter()
            .zip(&codes)
            .map(|(text, code)| (text, customer.value(world, code, now, touch)));
        let figures = figures.collect();
        let elapsed = codes
            .iter()
            .map(|code| matches!(code, Code::Since(_) | Code::Age | Code::TimeInStage(_)))
            .collect();
        Finding {
            text: expr.to_string(),
            holds,
            figures,
            elapsed,
        }
    };
    parts.into_iter().map(finding).collect()
}

/// Whether a part of a rule is a figure of the customer.
fn is_figure(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Name(_)
            | Expr::Touch(_)
            | Expr::Tally(_)
            | Expr::Since(_)
            | Expr::Age
            | Expr::TimeInStage(_)
            | Expr::Stage(_)
            | Expr::Ever { .. }
            | Expr::InSegment(_)
            | Expr::Intent(_)
            | Expr::Score(_)
    )
}

/// The same of the compiled form, which has the same parts in the same order.
fn is_figure_code(code: &Code) -> bool {
    matches!(
        code,
        Code::Trait(_)
            | Code::Touch(_)
            | Code::Register(_)
            | Code::Since(_)
            | Code::Age
            | Code::TimeInStage(_)
            | Code::Stage(_)
            | Code::Ever { .. }
            | Code::InSegment(_)
            | Code::Intent(_)
            | Code::Score(_)
    )
}

/// The clause of a move, if one decided.
pub fn clause_of<'m>(lifecycle: &'m LifecycleCode, made: &Move) -> Option<&'m ClauseCode> {
    made.clause
        .map(|clause| &lifecycle.clauses[usize::from(clause)])
}

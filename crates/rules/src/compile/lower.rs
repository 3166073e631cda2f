//! From a checked [`Project`] to a [`Machine`]: names resolved, equal figures shared.

use perennial_model::{Duration, Number, PointId, Symbols, Value};

use super::order::decision_order;
use super::wording::clause_text;
use super::{
    ClauseCode, Code, Condition, Feed, Figure, IntentCode, LifecycleCode, Machine, MatchCode,
    Money, Needs, Point, Register, SegmentCode, Slot, StageCode, Subject,
};
use crate::expr::{Expr, Function, Tally};
use crate::project::{
    Clause, CountsAs, From, Lifecycle, Project, SCORES, Touchpoint, normalize_event_name,
};
use crate::{Expr as E, Rule};

/// The work of compiling one project.
pub(super) struct Lowering<'a> {
    project: &'a Project,
    symbols: &'a mut Symbols,
    slots: Vec<Slot>,
    registers: Vec<Register>,
    /// Whether a touchpoint's `where` is being compiled: bare names are properties there.
    in_match: bool,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(project: &'a Project, symbols: &'a mut Symbols) -> Self {
        Self {
            project,
            symbols,
            slots: Vec::new(),
            registers: Vec::new(),
            in_match: false,
        }
    }

    pub(super) fn machine(mut self) -> Machine {
        let project = self.project;
        let points = project.touchpoints.iter().map(point).collect();
        let lifecycles: Vec<_> = (0..project.lifecycles.len())
            .map(|number| self.lifecycle(number))
            .collect();
        let segments: Vec<_> = project
            .segments
            .iter()
            .map(|segment| SegmentCode {
                name: segment.name.clone(),
                when: self.condition(&segment.when, None),
            })
            .collect();
        let intent = self.intent();
        let money = self.money();
        let matches = self.matches();
        let reads_scores =
            conditions(&lifecycles, &segments).any(|condition| condition.needs.scores);
        let order = decision_order(&lifecycles, &segments);
        Machine {
            version: project.version.clone(),
            points,
            slots: self.slots,
            registers: self.registers,
            lifecycles,
            segments,
            order,
            intent,
            reads_scores,
            money,
            matches,
        }
    }

    fn lifecycle(&mut self, number: usize) -> LifecycleCode {
        let lifecycle = &self.project.lifecycles[number];
        let own = Some(number as u16);
        let stages = lifecycle.stages.iter().map(|stage| StageCode {
            name: stage.name.clone(),
            symbol: self.symbols.intern(&stage.name),
            optional: stage.optional,
            dwell_ms: stage.dwell.unwrap_or(lifecycle.policy.dwell).ms(),
        });
        let stages = stages.collect();
        let mut clauses = Vec::new();
        for (to, stage) in lifecycle.stages.iter().enumerate() {
            for clause in &stage.enter {
                clauses.push(self.clause(lifecycle, own, to as u8, clause));
            }
        }
        LifecycleCode {
            name: lifecycle.name.clone(),
            applies_to: lifecycle
                .applies_to
                .as_ref()
                .map(|rule| self.condition(rule, own)),
            stages,
            clauses,
            classification: lifecycle.classification,
            forward_only: lifecycle.policy.forward_only,
            in_order: lifecycle.policy.in_order,
        }
    }

    fn clause(
        &mut self,
        lifecycle: &Lifecycle,
        own: Option<u16>,
        to: u8,
        clause: &Clause,
    ) -> ClauseCode {
        let every = if lifecycle.stages.len() >= 64 {
            u64::MAX
        } else {
            (1 << lifecycle.stages.len()) - 1
        };
        let (from_outside, from_stages) = match &clause.from {
            From::AnyStage => (false, every),
            From::Anywhere => (true, every),
            From::Named { outside, stages } => (
                *outside,
                stages.iter().fold(0, |bits, stage| bits | 1 << stage),
            ),
        };
        ClauseCode {
            to,
            from_outside,
            from_stages: match clause.by_hand {
                None => from_stages & !(1 << to),
                Some(_) => from_stages,
            },
            on: clause
                .on
                .iter()
                .filter_map(|name| self.point_id(name))
                .collect(),
            when: clause.when.as_ref().map(|rule| self.condition(rule, own)),
            cause: clause.cause.clone(),
            by_hand_ms: clause.by_hand.map(Duration::ms),
            text: clause_text(lifecycle, clause),
        }
    }

    fn condition(&mut self, rule: &Rule, own: Option<u16>) -> Condition {
        let code = self.code(&rule.expr, own);
        let needs = self.needs(&code);
        Condition {
            code,
            expr: rule.expr.clone(),
            needs,
            text: rule.text.clone(),
        }
    }

    fn code(&mut self, expr: &Expr, own: Option<u16>) -> Code {
        match expr {
            E::Null => Code::Literal(Value::Null),
            E::Bool(truth) => Code::Literal(Value::Bool(*truth)),
            E::Number(number) => Code::Literal(Value::Number(*number)),
            E::Text(text) => Code::Literal(Value::Text(self.symbols.intern(text))),
            E::Span(span) => Code::Literal(Value::Number(Number::from_millionths(span.ms()))),
            E::Name(name) if self.in_match => Code::Touch(self.slot(name, false)),
            E::Name(name) => Code::Trait(self.slot(name, true)),
            E::Touch(name) => Code::Touch(self.slot(name, false)),
            E::Tally(tally) => self.tally(tally),
            E::Since(point) => Code::Since(self.latest(point)),
            E::Age => Code::Age,
            E::TimeInStage(name) => self.with_lifecycle(name.as_deref(), own, Code::TimeInStage),
            E::Stage(name) => self.with_lifecycle(name.as_deref(), own, Code::Stage),
            E::Ever { lifecycle, stage } => self.ever(lifecycle.as_deref(), stage, own),
            E::InSegment(name) => self.in_segment(name),
            E::Intent(topic) => Code::Intent(self.symbols.intern(topic)),
            E::Score(score) => Code::Score(*score),
            E::Not(inner) => Code::Not(self.boxed(inner, own)),
            E::All(parts) => Code::All(parts.iter().map(|part| self.code(part, own)).collect()),
            E::Any(parts) => Code::Any(parts.iter().map(|part| self.code(part, own)).collect()),
            E::Compare { left, op, right } => Code::Compare {
                left: self.boxed(left, own),
                op: *op,
                right: self.boxed(right, own),
            },
            E::In {
                value,
                list,
                negated,
            } => Code::In {
                value: self.boxed(value, own),
                list: list.iter().map(|item| self.code(item, own)).collect(),
                negated: *negated,
            },
            E::Between {
                value,
                low,
                high,
                negated,
            } => Code::Between {
                value: self.boxed(value, own),
                low: self.boxed(low, own),
                high: self.boxed(high, own),
                negated: *negated,
            },
            E::IsNull { value, negated } => Code::IsNull {
                value: self.boxed(value, own),
                negated: *negated,
            },
            E::Like {
                value,
                pattern,
                negated,
            } => Code::Like {
                value: self.boxed(value, own),
                pattern: pattern.clone(),
                negated: *negated,
            },
            E::Arithmetic { left, op, right } => Code::Arithmetic {
                left: self.boxed(left, own),
                op: *op,
                right: self.boxed(right, own),
            },
            E::Negate(inner) => Code::Negate(self.boxed(inner, own)),
        }
    }

    fn boxed(&mut self, expr: &Expr, own: Option<u16>) -> Box<Code> {
        Box::new(self.code(expr, own))
    }

    fn tally(&mut self, tally: &Tally) -> Code {
        let point = tally.point.as_deref();
        let over = point.and_then(|name| self.point_id(name));
        if point.is_some() && over.is_none() {
            return Code::Literal(Value::Null);
        }
        let figure = match (tally.function, &tally.measure) {
            (Function::Count, _) | (_, None) => Figure::Count,
            (function, Some(measure)) => {
                let column = self.measured_column(point, measure);
                self.figure(function, &column)
            }
        };
        let window_ms = tally.window.map(|window| window.ms());
        Code::Register(self.register(Register {
            over,
            figure,
            window_ms,
        }))
    }

    fn figure(&mut self, function: Function, column: &str) -> Figure {
        match function {
            Function::Count => Figure::Count,
            Function::Sum => Figure::Sum(self.numeric_slot(column)),
            Function::Avg => Figure::Mean(self.numeric_slot(column)),
            Function::Min => Figure::Min(self.numeric_slot(column)),
            Function::Max => Figure::Max(self.numeric_slot(column)),
            Function::First => Figure::First(self.slot(column, false)),
            Function::Last => Figure::Last(self.slot(column, false)),
            Function::Distinct => Figure::Distinct(self.slot(column, false)),
        }
    }

    fn latest(&mut self, point: &str) -> u16 {
        let over = self.point_id(point);
        self.register(Register {
            over,
            figure: Figure::Latest,
            window_ms: None,
        })
    }

    fn with_lifecycle(&self, name: Option<&str>, own: Option<u16>, make: fn(u16) -> Code) -> Code {
        self.lifecycle_number(name, own)
            .map_or(Code::Literal(Value::Null), make)
    }

    fn ever(&self, lifecycle: Option<&str>, stage: &str, own: Option<u16>) -> Code {
        let Some(number) = self.lifecycle_number(lifecycle, own) else {
            return Code::Literal(Value::Null);
        };
        let stages = &self.project.lifecycles[usize::from(number)].stages;
        match stages.iter().position(|s| s.name == stage) {
            Some(stage) => Code::Ever {
                lifecycle: number,
                stage: stage as u8,
            },
            None => Code::Literal(Value::Null),
        }
    }

    fn in_segment(&self, name: &str) -> Code {
        match self
            .project
            .segments
            .iter()
            .position(|segment| segment.name == name)
        {
            Some(number) => Code::InSegment(number as u16),
            None => Code::Literal(Value::Null),
        }
    }

    fn lifecycle_number(&self, name: Option<&str>, own: Option<u16>) -> Option<u16> {
        match name {
            None => own,
            Some(name) => self
                .project
                .lifecycles
                .iter()
                .position(|l| l.name == name)
                .map(|number| number as u16),
        }
    }

    fn point_id(&self, name: &str) -> Option<PointId> {
        self.project
            .touchpoints
            .iter()
            .position(|point| point.name == name)
            .map(|number| PointId(number as u16))
    }

    /// The column behind `point.measure`: the touchpoint's own mapping, else the property of that name.
    fn measured_column(&self, point: Option<&str>, measure: &str) -> String {
        let point = point.and_then(|name| self.project.touchpoints.iter().find(|p| p.name == name));
        let mapped = point.and_then(|point| match measure {
            "value" => point.value.clone(),
            "score" => point.score.clone(),
            "topic" => point.topic.clone(),
            _ => None,
        });
        mapped.unwrap_or_else(|| measure.to_owned())
    }

    /// The slot of a trait, or of a property as it stands.
    fn slot(&mut self, name: &str, is_trait: bool) -> u16 {
        self.slot_of(name, is_trait, is_trait && SCORES.contains(&name))
    }

    /// The slot of a property that is reckoned with.
    fn numeric_slot(&mut self, name: &str) -> u16 {
        self.slot_of(name, false, true)
    }

    fn slot_of(&mut self, name: &str, is_trait: bool, numeric: bool) -> u16 {
        let same =
            |slot: &Slot| slot.name == name && slot.is_trait == is_trait && slot.numeric == numeric;
        let at = self.slots.iter().position(same).unwrap_or_else(|| {
            let name = name.to_owned();
            self.slots.push(Slot {
                name,
                is_trait,
                numeric,
                folded: false,
                ruled: true,
            });
            self.slots.len() - 1
        });
        self.slots[at].folded |= !self.in_match;
        at as u16
    }

    fn register(&mut self, register: Register) -> u16 {
        position_or_push(&mut self.registers, register)
    }

    fn needs(&self, code: &Code) -> Needs {
        let mut needs = Needs::default();
        code.walk(&mut |part| match part {
            Code::Register(register) | Code::Since(register) => {
                let windowed = self.registers[usize::from(*register)].window_ms.is_some();
                needs.clock |= windowed || matches!(part, Code::Since(_));
                push_new(&mut needs.registers, *register);
            }
            Code::Trait(slot) => push_new(&mut needs.traits, *slot),
            Code::Touch(_) => needs.touch = true,
            Code::Age => needs.clock = true,
            Code::TimeInStage(lifecycle) => {
                needs.clock = true;
                push_new(&mut needs.subjects, Subject::Lifecycle(*lifecycle));
            }
            Code::Stage(lifecycle) | Code::Ever { lifecycle, .. } => {
                push_new(&mut needs.subjects, Subject::Lifecycle(*lifecycle));
            }
            Code::InSegment(segment) => push_new(&mut needs.subjects, Subject::Segment(*segment)),
            Code::Intent(_) => (needs.clock, needs.intent) = (true, true),
            Code::Score(_) => (needs.clock, needs.scores) = (true, true),
            _ => {}
        });
        needs
    }

    fn intent(&mut self) -> IntentCode {
        let intent = &self.project.intent;
        let mut feeds = Vec::new();
        for (number, point) in self.project.touchpoints.iter().enumerate() {
            let Some(topic) = &point.topic else { continue };
            let named = intent
                .weights
                .iter()
                .find(|(name, _)| *name == point.name)
                .map(|(_, weight)| *weight);
            let by_default = (point.counts_as == Some(CountsAs::Interest))
                .then(|| Number::from_millionths(1_000_000));
            if let Some(weight) = named.or(by_default).filter(|weight| *weight > Number::ZERO) {
                feeds.push(Feed {
                    point: PointId(number as u16),
                    topic: self.slot(topic, false),
                    weight,
                });
            }
        }
        IntentCode {
            half_life_ms: intent.half_life.ms().max(1),
            feeds,
        }
    }

    fn matches(&mut self) -> Vec<MatchCode> {
        let project = self.project;
        self.in_match = true;
        let mut matches = Vec::new();
        for (number, point) in project.touchpoints.iter().enumerate() {
            for one in &point.matches {
                let when = one
                    .condition
                    .as_ref()
                    .map(|rule| self.condition(rule, None));
                let event = normalize_event_name(&one.event);
                matches.push(MatchCode {
                    event,
                    point: PointId(number as u16),
                    when,
                });
            }
        }
        self.in_match = false;
        matches
    }

    fn money(&mut self) -> Vec<Money> {
        let mut money = Vec::new();
        for (number, point) in self.project.touchpoints.iter().enumerate() {
            if let Some(counts @ (CountsAs::Order | CountsAs::Refund)) = point.counts_as {
                let slot = point.value.as_ref().map(|column| self.numeric_slot(column));
                money.push(Money {
                    point: PointId(number as u16),
                    slot,
                    refund: counts == CountsAs::Refund,
                });
            }
        }
        money
    }
}

fn point(touchpoint: &Touchpoint) -> Point {
    Point {
        name: touchpoint.name.clone(),
        counts_as: touchpoint.counts_as,
    }
}

/// All conditions of lifecycles and segments.
pub(super) fn conditions<'a>(
    lifecycles: &'a [LifecycleCode],
    segments: &'a [SegmentCode],
) -> impl Iterator<Item = &'a Condition> {
    let of_lifecycles = lifecycles.iter().flat_map(|l| {
        l.applies_to
            .iter()
            .chain(l.clauses.iter().filter_map(|clause| clause.when.as_ref()))
    });
    of_lifecycles.chain(segments.iter().map(|segment| &segment.when))
}

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, item: T) -> u16 {
    let at = list
        .iter()
        .position(|known| *known == item)
        .unwrap_or_else(|| {
            list.push(item);
            list.len() - 1
        });
    at as u16
}

fn push_new<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

//! Finds definitions that wait for each other: lifecycles and segments whose rules go round in a circle.

use crate::project::{Lifecycle, Segment};
use crate::{Diagnostic, Expr, Rule, Span};

/// A lifecycle or a segment, and what its rules look at.
struct Definition<'p> {
    noun: &'static str,
    name: &'p str,
    span: &'p Span,
    uses: Vec<usize>,
}

/// Complains about each circle of definitions. A lifecycle may look at its own stages: a clause sees
/// where she was before.
pub fn check(lifecycles: &[Lifecycle], segments: &[Segment], out: &mut Vec<Diagnostic>) {
    let mut search = Search {
        definitions: definitions(lifecycles, segments),
        state: vec![State::New; lifecycles.len() + segments.len()],
        path: Vec::new(),
        out,
    };
    for number in 0..search.definitions.len() {
        search.visit(number);
    }
}

fn definitions<'p>(lifecycles: &'p [Lifecycle], segments: &'p [Segment]) -> Vec<Definition<'p>> {
    let mut definitions = Vec::new();
    for lifecycle in lifecycles {
        let clauses = lifecycle.stages.iter().flat_map(|stage| &stage.enter);
        let rules = lifecycle
            .applies_to
            .iter()
            .chain(clauses.filter_map(|clause| clause.when.as_ref()));
        let mut uses: Vec<usize> = rules
            .flat_map(|rule| uses(rule, lifecycles, segments))
            .collect();
        uses.retain(|&used| used != definitions.len());
        let (name, span) = (&lifecycle.name, &lifecycle.span);
        definitions.push(Definition {
            noun: "lifecycle",
            name,
            span,
            uses,
        });
    }
    for segment in segments {
        let uses = uses(&segment.when, lifecycles, segments);
        let (name, span) = (&segment.name, &segment.span);
        definitions.push(Definition {
            noun: "segment",
            name,
            span,
            uses,
        });
    }
    definitions
}

/// The definitions that a rule looks at, by number: lifecycles first, then segments.
fn uses(rule: &Rule, lifecycles: &[Lifecycle], segments: &[Segment]) -> Vec<usize> {
    let lifecycle = |name: &str| lifecycles.iter().position(|known| known.name == name);
    let segment = |name: &str| segments.iter().position(|known| known.name == name);
    let mut uses = Vec::new();
    rule.expr.walk(&mut |expr| {
        uses.extend(match expr {
            Expr::Stage(Some(name)) | Expr::TimeInStage(Some(name)) => lifecycle(name),
            Expr::Ever {
                lifecycle: Some(name),
                ..
            } => lifecycle(name),
            Expr::InSegment(name) => segment(name).map(|number| lifecycles.len() + number),
            _ => None,
        });
    });
    uses
}

/// How far a definition has been followed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the path that is being followed.
    Open,
    Done,
}

/// A walk along what definitions use, deepest first.
struct Search<'p, 'o> {
    definitions: Vec<Definition<'p>>,
    state: Vec<State>,
    path: Vec<usize>,
    out: &'o mut Vec<Diagnostic>,
}

impl Search<'_, '_> {
    fn visit(&mut self, number: usize) {
        match self.state[number] {
            State::Done => return,
            State::Open => return self.complain(number),
            State::New => {}
        }
        self.state[number] = State::Open;
        self.path.push(number);
        for used in std::mem::take(&mut self.definitions[number].uses) {
            self.visit(used);
        }
        self.path.pop();
        self.state[number] = State::Done;
    }

    fn complain(&mut self, number: usize) {
        let start = self
            .path
            .iter()
            .position(|&open| open == number)
            .unwrap_or(0);
        let name = |number: usize| {
            let Definition { noun, name, .. } = &self.definitions[number];
            format!("{noun} `{name}`")
        };
        let mut text = name(number);
        for &next in self.path[start + 1..].iter().chain([&number]) {
            text.push_str(&format!(" uses {}", name(next)));
            if next != number {
                text.push_str(", which");
            }
        }
        let message = format!("these definitions wait for each other: {text}");
        let span = self.definitions[number].span.clone();
        let complaint = Diagnostic::error("E0140", span, message, "the circle goes through here");
        self.out
            .push(complaint.help("let one of them say what it means without the next"));
    }
}

//! Reads lifecycles, from `lifecycles/` or `lifecycles:`.

use perennial_model::Duration;

use super::Draft;
use super::by_hand;
use super::fields::{Fields, exclude};
use super::names::Names;
use super::reach;
use super::rule::rule;
use crate::expr::{LifecycleNames, Place};
use crate::project::syntax::limit::{CLAUSES, ITEMS, STAGES};
use crate::project::syntax::scalar::{Scalar, did_you_mean};
use crate::project::syntax::{Section, Setting, Type};
use crate::project::{Clause, From, Lifecycle, Policy, Stage};
use crate::yaml::Node;
use crate::{Diagnostic, Rule, Span};

/// A lifecycle.
pub static LIFECYCLE: Section = Section {
    name: "lifecycle",
    noun: "a lifecycle",
    doc: "A lifecycle: named stages in order, and the clauses that move customers between them.",
    settings: &[
        Setting::required("lifecycle", Type::NAME, "retail", "Its name."),
        Setting::optional(
            "for",
            Type::RULE,
            "\"country = 'DE'\"",
            "For whom it is: others have no place in it. Default: everybody.",
        ),
        Setting::optional(
            "policy",
            Type::Section(&POLICY),
            "{ forward_only: true }",
            "Which moves are refused. Default: none.",
        ),
        Setting::required(
            "stages",
            Type::List(&Type::Section(&STAGE), STAGES),
            "[{ name: visitor }, { name: customer, enter: { on: ordered } }]",
            "The stages, in order: where several clauses fire, the last stage wins.",
        ),
    ],
};

/// `policy` of a lifecycle.
pub static POLICY: Section = Section {
    name: "policy",
    noun: "`policy`",
    doc: "Which moves are refused (and recorded as refused).",
    settings: &[
        Setting::optional(
            "forward_only",
            Type::BOOL,
            "true",
            "Whether moves to an earlier stage are refused. Default: false.",
        ),
        Setting::optional(
            "in_order",
            Type::BOOL,
            "true",
            "Whether moves that pass over a stage that is not optional are refused. Default: false.",
        ),
        Setting::optional(
            "dwell",
            Type::DURATION,
            "7d",
            "Shortest stay in any stage before the next move. Default: none.",
        ),
        Setting::optional(
            "by_hand",
            Type::DURATION,
            "90d",
            "How long a stage that was set by hand holds before the clauses decide again. It is set by the \
             touchpoint `stage_set` with the properties `lifecycle` and `stage`. Default: it cannot be.",
        ),
    ],
};

/// A stage.
pub static STAGE: Section = Section {
    name: "stage",
    noun: "a stage",
    doc: "A stage and the ways into it.",
    settings: &[
        Setting::required("name", Type::NAME, "loyal", "Its name."),
        Setting::optional(
            "description",
            Type::TEXT,
            "Orders again and again.",
            "What it means, for people.",
        ),
        Setting::optional(
            "optional",
            Type::BOOL,
            "true",
            "Whether customers may pass over it under `in_order`. Default: false.",
        ),
        Setting::optional(
            "dwell",
            Type::DURATION,
            "1d",
            "Shortest stay in this stage. Default: the policy's.",
        ),
        Setting::optional(
            "enter",
            Type::OneOrMany(&Type::Section(&CLAUSE), CLAUSES),
            "{ from: none, on: ordered }",
            "The ways in: one clause, or a list of which any will do. The first stage's default: { from: none }.",
        ),
        Setting::optional(
            "when",
            Type::RULE,
            "count(ordered) >= 5",
            "Instead of `enter`, in all stages of a lifecycle: she is in the last stage whose rule holds.",
        ),
    ],
};

/// An item of `enter`.
pub static CLAUSE: Section = Section {
    name: "clause",
    noun: "a clause of `enter`",
    doc: "One way into a stage. It fires when all that is written holds.",
    settings: &[
        Setting::optional(
            "from",
            Type::OneOrMany(&Type::Scalar(Scalar::Stage), STAGES),
            "none",
            "The stages she may come from; `none` is outside the lifecycle. Default: any other stage.",
        ),
        Setting::optional(
            "on",
            Type::OneOrMany(&Type::NAME, ITEMS),
            "[ordered, reviewed]",
            "The touchpoints that can bring her. Default: any touch, or time alone.",
        ),
        Setting::optional(
            "when",
            Type::RULE,
            "\"count(ordered) >= 5\"",
            "What must hold. Default: nothing.",
        ),
        Setting::optional(
            "cause",
            Type::TEXT,
            "won_back",
            "The word for the cause in the ledger. Default: the touchpoint's name, or `time`.",
        ),
    ],
};

/// All lifecycles, in the order of the files.
pub fn read(draft: &Draft<'_>, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Vec<Lifecycle> {
    let lifecycles = draft.lifecycles.iter().zip(&names.defined.lifecycles);
    lifecycles
        .map(|(node, own)| Reader { own, names, out }.lifecycle(node))
        .collect()
}

/// Reads one lifecycle.
struct Reader<'n, 'o> {
    /// Its own names.
    own: &'n LifecycleNames,
    /// The project's.
    names: &'n Names<'n>,
    out: &'o mut Vec<Diagnostic>,
}

impl Reader<'_, '_> {
    fn lifecycle(&mut self, node: &Node) -> Lifecycle {
        let fields = Fields::new(&LIFECYCLE, Some(node));
        let span = fields.get("lifecycle").unwrap_or(node).span.clone();
        let policy = fields.section("policy", &POLICY);
        let nodes = fields.many("stages");
        let stages: Vec<_> = nodes
            .iter()
            .map(|node| Fields::new(&STAGE, Some(node)))
            .collect();
        let classification = stages.iter().any(|stage| stage.get("when").is_some());
        if let (true, Some(list)) = (stages.is_empty(), fields.get("stages")) {
            let message = format!("the lifecycle `{}` has no stages", self.own.name);
            let complaint = Diagnostic::error("E0123", list.span.clone(), message, "empty");
            self.out
                .push(complaint.help("write at least one: `- { name: customer }`"));
        }
        let mut read = Vec::new();
        for (number, (fields, node)) in stages.iter().zip(&nodes).enumerate() {
            let enter = if classification {
                self.classified(*fields, node)
            } else {
                self.entered(number, *fields, node)
            };
            read.push(Stage {
                name: fields.owned("name").unwrap_or_default(),
                description: fields.owned("description"),
                optional: fields.truth("optional").unwrap_or(false),
                dwell: fields.duration("dwell"),
                enter,
            });
        }
        let mut lifecycle = Lifecycle {
            name: self.own.name.clone(),
            applies_to: fields
                .get("for")
                .and_then(|rule| self.rule(rule, Place::AppliesTo)),
            policy: Policy {
                forward_only: policy.truth("forward_only").unwrap_or(false),
                in_order: policy.truth("in_order").unwrap_or(false),
                dwell: policy.duration("dwell").unwrap_or(Duration::from_ms(0)),
                by_hand: policy.duration("by_hand"),
            },
            stages: read,
            classification,
            span,
        };
        reach::check(&lifecycle, node, self.out);
        if let Some(place) = policy.get("by_hand") {
            by_hand::add(&mut lifecycle, &place.span, self.names, self.out);
        }
        lifecycle
    }

    /// The one clause of a stage of a classification.
    fn classified(&mut self, fields: Fields<'_>, node: &Node) -> Vec<Clause> {
        let help = "move the rule into the clauses of `enter`, or remove `enter`";
        exclude(&fields, "when", "enter", help, self.out);
        let Some(when) = fields.get("when") else {
            let place = fields.get("enter").or(fields.get("name")).unwrap_or(node);
            let message = "either all stages of a lifecycle have a `when`, or none has";
            let complaint =
                Diagnostic::error("E0124", place.span.clone(), message, "no `when` here");
            self.out.push(complaint.help(
                "give it one (`when: true` takes everyone whom no later stage takes), \
                 or move the others' rules into clauses: `enter: { when: ... }`",
            ));
            return Vec::new();
        };
        vec![Clause {
            from: From::Anywhere,
            on: Vec::new(),
            when: self.rule(when, Place::Clause),
            cause: None,
            by_hand: None,
            span: when.span.clone(),
        }]
    }

    /// The clauses of a stage.
    fn entered(&mut self, number: usize, fields: Fields<'_>, node: &Node) -> Vec<Clause> {
        let span = &fields.get("name").unwrap_or(node).span;
        match fields.get("enter") {
            Some(_) => {
                let clauses = fields.many("enter");
                clauses
                    .into_iter()
                    .map(|clause| self.clause(number, clause))
                    .collect()
            }
            None if number == 0 => vec![Clause {
                from: From::Named {
                    outside: true,
                    stages: Vec::new(),
                },
                on: Vec::new(),
                when: None,
                cause: None,
                by_hand: None,
                span: span.clone(),
            }],
            None => {
                let name = fields.text("name").unwrap_or_default();
                let message = format!("nothing says how customers enter the stage `{name}`");
                let complaint = Diagnostic::error("E0126", span.clone(), message, "needs `enter`");
                let before = &self.own.stages[number - 1];
                self.out.push(complaint.help(format!(
                    "for example `enter: {{ from: {before}, on: ordered }}`; only the first stage may go without"
                )));
                Vec::new()
            }
        }
    }

    fn clause(&mut self, number: usize, node: &Node) -> Clause {
        let fields = Fields::new(&CLAUSE, Some(node));
        let mut on = Vec::new();
        for node in fields.many("on") {
            let Some(name) = node.text() else { continue };
            self.names.touchpoint(name, &node.span, self.out);
            on.push(name.to_owned());
        }
        Clause {
            from: self.from(number, fields),
            on,
            when: fields
                .get("when")
                .and_then(|rule| self.rule(rule, Place::Clause)),
            cause: fields.owned("cause"),
            by_hand: None,
            span: node.span.clone(),
        }
    }

    fn from(&mut self, number: usize, fields: Fields<'_>) -> From {
        if fields.get("from").is_none() {
            return From::AnyStage;
        }
        let (mut outside, mut stages) = (false, Vec::new());
        for node in fields.many("from") {
            let Some(name) = node.text() else { continue };
            if name == "none" {
                outside = true;
                continue;
            }
            match self.own.stages.iter().position(|stage| stage == name) {
                Some(stage) if stage == number => self.out.push(from_itself(name, &node.span)),
                Some(stage) => stages.extend(u8::try_from(stage)),
                None => self.unknown_stage(name, &node.span),
            }
        }
        stages.sort_unstable();
        stages.dedup();
        From::Named { outside, stages }
    }

    fn unknown_stage(&mut self, name: &str, span: &Span) {
        let known = self.own.stages.iter().map(String::as_str).chain(["none"]);
        let help = did_you_mean(name, known.clone()).unwrap_or_else(|| {
            let known: Vec<&str> = known.collect();
            format!(
                "the stages are {}",
                crate::project::syntax::scalar::quoted(&known)
            )
        });
        let message = format!("the lifecycle `{}` has no stage `{name}`", self.own.name);
        let complaint = Diagnostic::error("E0121", span.clone(), message, "no such stage");
        self.out.push(complaint.help(help));
    }

    fn rule(&mut self, node: &Node, place: Place) -> Option<Rule> {
        rule(node, place, Some(&self.own.name), self.names, self.out)
    }
}

fn from_itself(name: &str, span: &Span) -> Diagnostic {
    let message = format!("`{name}` cannot be entered from `{name}`");
    Diagnostic::warning("W0162", span.clone(), message, "has no effect").help("remove it")
}

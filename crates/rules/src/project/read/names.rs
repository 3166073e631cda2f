//! The names that a project defines, gathered before anything refers to them.

use super::fields::Fields;
use super::{Draft, ProjectText};
use crate::expr::{self, LifecycleNames, PointNames};
use crate::project::standard;
use crate::project::syntax::limit::{LIFECYCLES, SEGMENTS, TOUCHPOINTS};
use crate::project::syntax::scalar::did_you_mean;
use crate::project::syntax::table::{LIFECYCLE, SOURCE, STAGE, TOUCHPOINT};
use crate::yaml::Node;
use crate::{Diagnostic, Span};

/// Every name that can be referred to.
pub struct Names<'n> {
    /// The names, standard touchpoints included. Lifecycles stand in the order of the draft, and
    /// stages in their own; one without a name has an empty one.
    pub defined: expr::Names,
    /// False where a file could not be read at all: a name that is missing may stand in there.
    pub complete: bool,
    /// The files, for places within rules that are written over several lines.
    pub texts: &'n [ProjectText],
}

impl<'n> Names<'n> {
    /// Gathers the names of a draft, and complains about those given twice and those too many.
    pub fn gather(draft: &Draft<'n>, out: &mut Vec<Diagnostic>) -> Self {
        let own: Vec<_> = draft
            .touchpoints
            .iter()
            .map(|(key, _)| (&key.text[..], &key.span))
            .collect();
        unique("touchpoint", &own, draft, out);
        let segments: Vec<_> = draft
            .segments
            .iter()
            .map(|(key, _)| (&key.text[..], &key.span))
            .collect();
        unique("segment", &segments, draft, out);
        let mut lifecycles = Vec::new();
        for node in &draft.lifecycles {
            lifecycles.extend(named(Fields::new(&LIFECYCLE, Some(node)).get("lifecycle")));
            let stages = stage_names(node);
            let stages: Vec<_> = stages.into_iter().filter_map(named).collect();
            unique("stage", &stages, draft, out);
        }
        unique("lifecycle", &lifecycles, draft, out);

        let points = points(draft);
        too_many("touchpoints", points.len(), TOUCHPOINTS, own.last(), out);
        too_many("segments", segments.len(), SEGMENTS, segments.last(), out);
        too_many(
            "lifecycles",
            draft.lifecycles.len(),
            LIFECYCLES,
            lifecycles.last(),
            out,
        );
        let defined = expr::Names {
            points,
            lifecycles: draft
                .lifecycles
                .iter()
                .map(|node| lifecycle_names(node))
                .collect(),
            segments: segments
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
            traits: traits(draft),
            columns: Vec::new(),
        };
        Self {
            defined,
            complete: draft.complete,
            texts: draft.texts,
        }
    }

    /// Complains about a touchpoint that is not defined.
    pub fn touchpoint(&self, name: &str, span: &Span, out: &mut Vec<Diagnostic>) {
        if !self.complete || self.defined.point(name).is_some() {
            return;
        }
        let known = self.defined.points.iter().map(|point| point.name.as_str());
        let help = did_you_mean(name, known).unwrap_or_else(|| {
            format!("define it in touchpoints.yaml: `{name}: {{ event: ... }}`")
        });
        let message = format!("there is no touchpoint `{name}`");
        out.push(Diagnostic::error("E0120", span.clone(), message, "not defined").help(help));
    }
}

/// The touchpoints and what they measure: the project's own, then the standard ones it does not replace.
fn points(draft: &Draft<'_>) -> Vec<PointNames> {
    let own = draft.touchpoints.iter().map(|(key, node)| {
        let fields = Fields::new(&TOUCHPOINT, Some(node));
        let has = |measure| fields.get(measure).is_some();
        PointNames {
            name: key.text.clone(),
            value: has("value"),
            score: has("score"),
            topic: has("topic"),
        }
    });
    let mut points: Vec<PointNames> = own.collect();
    if draft.standard {
        for standard in standard::touchpoints() {
            if !points.iter().any(|own| own.name == standard.name) {
                points.push(PointNames {
                    name: standard.name,
                    value: standard.value.is_some(),
                    score: standard.score.is_some(),
                    topic: standard.topic.is_some(),
                });
            }
        }
    }
    points
}

/// The traits, where every source lists them. Segment's events bring traits that nobody lists.
fn traits(draft: &Draft<'_>) -> Option<Vec<String>> {
    let sources = draft.project.many("sources").into_iter();
    let sources: Vec<_> = sources
        .map(|node| Fields::new(&SOURCE, Some(node)))
        .collect();
    let listed = |source: &Fields<'_>| {
        source.get("traits").is_some() && source.text("shape") != Some("segment")
    };
    if sources.is_empty() || !sources.iter().all(listed) {
        return None;
    }
    Some(
        sources
            .iter()
            .flat_map(|source| source.texts("traits"))
            .collect(),
    )
}

/// The name nodes of a lifecycle's stages, in order.
fn stage_names(lifecycle: &Node) -> Vec<Option<&Node>> {
    let stages = Fields::new(&LIFECYCLE, Some(lifecycle)).many("stages");
    stages
        .into_iter()
        .map(|stage| Fields::new(&STAGE, Some(stage)).get("name"))
        .collect()
}

fn named(node: Option<&Node>) -> Option<(&str, &Span)> {
    let node = node?;
    Some((node.text()?, &node.span))
}

fn lifecycle_names(node: &Node) -> LifecycleNames {
    let text = |node: Option<&Node>| node.and_then(Node::text).unwrap_or_default().to_owned();
    LifecycleNames {
        name: text(Fields::new(&LIFECYCLE, Some(node)).get("lifecycle")),
        stages: stage_names(node).into_iter().map(text).collect(),
    }
}

/// Complains about names given before.
fn unique(noun: &str, names: &[(&str, &Span)], draft: &Draft<'_>, out: &mut Vec<Diagnostic>) {
    let mut first = std::collections::HashMap::new();
    for (name, span) in names {
        let Some(before) = first.insert(*name, *span) else {
            continue;
        };
        first.insert(*name, before);
        let message = format!("the {noun} `{name}` is defined twice");
        let place = match before.file == span.file {
            true => "further up".to_owned(),
            false => format!("in {}", draft.path(before)),
        };
        let help = format!("the first one stands {place}: give this one another name");
        out.push(Diagnostic::error("E0122", (*span).clone(), message, "defined before").help(help));
    }
}

fn too_many(
    noun: &str,
    size: usize,
    most: usize,
    last: Option<&(&str, &Span)>,
    out: &mut Vec<Diagnostic>,
) {
    if let (true, Some((_, span))) = (size > most, last) {
        let message = format!("a project may hold at most {most} {noun}");
        out.push(
            Diagnostic::error(
                "E0141",
                (*span).clone(),
                message,
                format!("the last of {size}"),
            )
            .help("leave some out"),
        );
    }
}

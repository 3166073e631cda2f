//! Reads segments, from `segments.yaml` or `segments:`.

use super::Draft;
use super::fields::Fields;
use super::names::Names;
use super::rule::rule;
use crate::Diagnostic;
use crate::expr::Place;
use crate::project::Segment;
use crate::project::syntax::limit::SEGMENTS;
use crate::project::syntax::scalar::Scalar;
use crate::project::syntax::{Section, Setting, Type};
use crate::yaml::{Key, Kind, Node};

/// The definitions of segments, in `segments.yaml` or under `segments:`.
pub const SEGMENT_MAP: Type = Type::Map {
    keys: Scalar::Name,
    values: &Type::Either(&[Type::RULE, Type::Section(&SEGMENT)]),
    most: SEGMENTS,
};

/// A segment in its long form.
pub static SEGMENT: Section = Section {
    name: "segment",
    noun: "a segment",
    doc: "A segment: the customers for whom a rule holds.",
    settings: &[
        Setting::required("when", Type::RULE, "count(ordered) >= 10", "Who is in it."),
        Setting::optional(
            "description",
            Type::TEXT,
            "Our best customers.",
            "What it means, for people.",
        ),
    ],
};

/// All segments, in the order written.
pub fn read(draft: &Draft<'_>, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Vec<Segment> {
    draft
        .segments
        .iter()
        .filter_map(|(key, node)| segment(key, node, names, out))
        .collect()
}

fn segment(
    key: &Key,
    node: &Node,
    names: &Names<'_>,
    out: &mut Vec<Diagnostic>,
) -> Option<Segment> {
    let (when, description) = match &node.kind {
        Kind::Map(_) => {
            let fields = Fields::new(&SEGMENT, Some(node));
            (fields.get("when")?, fields.owned("description"))
        }
        _ => (node, None),
    };
    Some(Segment {
        name: key.text.clone(),
        description,
        when: rule(when, Place::Segment, None, names, out)?,
        span: key.span.clone(),
    })
}

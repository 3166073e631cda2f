//! Reads the rules that stand in project files, each in the scope of its place.

use std::ops::Range;

use super::names::Names;
use crate::expr::code;
use crate::expr::{Place, Scope};
use crate::yaml::Node;
use crate::{Diagnostic, Rule, expr};

/// Complaints that a name is missing: not to be believed while a file is missing too.
const MISSING_NAMES: [&str; 5] = [
    code::UNKNOWN_POINT,
    code::UNKNOWN_MEASURE,
    code::UNKNOWN_LIFECYCLE,
    code::UNKNOWN_STAGE,
    code::UNKNOWN_SEGMENT,
];

/// Reads the rule of a node at a place; `lifecycle` is the one that it stands in.
pub fn rule(
    node: &Node,
    place: Place,
    lifecycle: Option<&str>,
    names: &Names<'_>,
    out: &mut Vec<Diagnostic>,
) -> Option<Rule> {
    let text = node.text()?;
    let scope = Scope {
        names: &names.defined,
        place,
        lifecycle,
    };
    let (rule, complaints) = expr::rule(text, &scope, node.span.clone());
    let written = names.texts.get(node.span.file);
    let written = written.and_then(|file| file.text.get(node.span.bytes.clone()));
    for mut complaint in complaints {
        if !names.complete && MISSING_NAMES.contains(&complaint.code) {
            continue;
        }
        if let Some(written) = written.filter(|written| *written != text) {
            let start = node.span.bytes.start;
            let bytes = &complaint.span.bytes;
            let within = bytes.start.saturating_sub(start)..bytes.end.saturating_sub(start);
            complaint.span.bytes = match find(text, within, written) {
                Some(within) => start + within.start..start + within.end,
                None => node.span.bytes.clone(),
            };
        }
        out.push(complaint);
    }
    rule
}

/// Finds a piece of a rule in the form in which it is written, with folded lines and escapes: the
/// same words, counted from the beginning. `None` where they cannot be told apart.
fn find(text: &str, piece: Range<usize>, written: &str) -> Option<Range<usize>> {
    let words = text.get(piece.clone()).filter(|words| !words.is_empty())?;
    let mut before = text.match_indices(words);
    let number = before.position(|(at, _)| at == piece.start)?;
    let places: Vec<usize> = written.match_indices(words).map(|(at, _)| at).collect();
    let same = places.len() == text.match_indices(words).count();
    let start = *places.get(number).filter(|_| same)?;
    Some(start..start + words.len())
}

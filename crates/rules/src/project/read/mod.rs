//! From the texts of a project folder to a [`Project`], or to all that is wrong with them at once.
//!
//! The way: each text becomes a tree (`yaml`), each tree is checked against the table of keys
//! (`syntax`), the names defined are gathered, and then each part is read by the file of its name.
//! Nothing stops at the first mistake; a project comes out only where there is no error.

mod by_hand;
mod cycle;
pub(super) mod fields;
mod file;
pub(super) mod forecast;
pub(super) mod identity;
pub(super) mod lifecycle;
mod names;
mod reach;
mod rule;
pub(super) mod scoring;
pub(super) mod segment;
pub(super) mod source;
pub(super) mod touchpoint;
pub(super) mod workspace;
pub(super) mod yardstick;

use fields::Fields;
use file::Part;
use names::Names;

use super::syntax::table::{
    IDENTITY, INTENT, KPIS, LIFECYCLE, PROJECT, SCORING, SEGMENT_MAP, TOUCHPOINT_MAP,
};
use super::syntax::{Type, check};
use super::{Project, version};
use crate::yaml::{self, Key, Node};
use crate::{Diagnostic, Severity, Span};

/// A file of the project folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectText {
    /// Its path relative to the folder, such as `lifecycles/retail.yaml`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// What became of the texts.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The project, where there is no error.
    pub project: Option<Project>,
    /// All errors and warnings, by file path and place.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a project from its texts; their order makes no difference. No text at all is a project too.
pub fn read(texts: &[ProjectText]) -> Reading {
    let mut out = Vec::new();
    let trees = trees(texts, &mut out);
    let draft = Draft::new(texts, &trees);
    let names = Names::gather(&draft, &mut out);
    let project = project(&draft, &names, &mut out);
    out.sort_by(|a, b| place(texts, a).cmp(&place(texts, b)));
    out.dedup();
    let faulty = out
        .iter()
        .any(|complaint| complaint.severity == Severity::Error);
    Reading {
        project: (!faulty).then_some(project),
        diagnostics: out,
    }
}

fn place<'t>(
    texts: &'t [ProjectText],
    complaint: &Diagnostic,
) -> (&'t str, usize, usize, &'static str) {
    let path = texts
        .get(complaint.span.file)
        .map_or("", |text| &text.path[..]);
    (
        path,
        complaint.span.bytes.start,
        complaint.span.bytes.end,
        complaint.code,
    )
}

/// A text that is part of the project, as a tree.
struct Tree {
    part: Part,
    /// `None` where it cannot be read.
    root: Option<Node>,
}

/// The trees of all texts that are parts of the project, the project file first, then by path.
fn trees(texts: &[ProjectText], out: &mut Vec<Diagnostic>) -> Vec<Tree> {
    let mut parts: Vec<(Part, usize)> = texts
        .iter()
        .enumerate()
        .map(|(number, text)| (file::part(&text.path), number))
        .collect();
    parts.sort_by_key(|&(part, number)| (part != Part::Project, &texts[number].path));
    let mut trees: Vec<Tree> = Vec::new();
    for (part, number) in parts {
        match part {
            Part::Other => continue,
            Part::Stray => {
                out.push(file::stray(number, &texts[number].path));
                continue;
            }
            Part::Lifecycle => {}
            Part::Project | Part::Touchpoints | Part::Segments | Part::Kpis => {
                if trees.iter().any(|tree| tree.part == part) {
                    out.push(twice(number));
                }
            }
        }
        let (root, complaints) = yaml::parse(number, &texts[number].text);
        out.extend(complaints);
        if let Some(root) = &root {
            check_file(part, root, out);
        }
        trees.push(Tree { part, root });
    }
    trees
}

fn twice(number: usize) -> Diagnostic {
    let start = Span {
        file: number,
        bytes: 0..0,
    };
    let message = "two files hold the same part of the project";
    Diagnostic::error("E0008", start, message, "the second one").help("move all into one of them")
}

fn check_file(part: Part, root: &Node, out: &mut Vec<Diagnostic>) {
    let kind = match part {
        Part::Project => &Type::Section(&PROJECT),
        Part::Touchpoints => &TOUCHPOINT_MAP,
        Part::Segments => &SEGMENT_MAP,
        Part::Kpis => &Type::Section(&KPIS),
        Part::Lifecycle => &Type::Section(&LIFECYCLE),
        Part::Other | Part::Stray => return,
    };
    // An empty file says nothing, but a lifecycle must say something.
    if !root.is_null() || part == Part::Lifecycle {
        check(root, kind, "the file", out);
    }
}

/// What the trees define, each still as written.
pub(super) struct Draft<'n> {
    texts: &'n [ProjectText],
    project: Fields<'n>,
    touchpoints: Vec<(&'n Key, &'n Node)>,
    lifecycles: Vec<&'n Node>,
    segments: Vec<(&'n Key, &'n Node)>,
    kpis: Vec<&'n Node>,
    /// Whether the standard touchpoints belong to the project.
    standard: bool,
    /// Whether every file could be read.
    complete: bool,
}

impl<'n> Draft<'n> {
    fn new(texts: &'n [ProjectText], trees: &'n [Tree]) -> Self {
        let roots = |part| {
            let trees = trees.iter().filter(move |tree| tree.part == part);
            trees.filter_map(|tree| tree.root.as_ref())
        };
        let project = Fields::new(&PROJECT, roots(Part::Project).next());
        let section = |name, part| {
            let nodes = project.get(name).into_iter().chain(roots(part));
            nodes
                .flat_map(Node::entries)
                .map(|(key, node)| (key, node))
                .collect()
        };
        let lifecycles = project
            .get("lifecycles")
            .map(Node::items)
            .unwrap_or_default();
        Self {
            texts,
            project,
            touchpoints: section("touchpoints", Part::Touchpoints),
            lifecycles: lifecycles.iter().chain(roots(Part::Lifecycle)).collect(),
            segments: section("segments", Part::Segments),
            kpis: project
                .get("kpis")
                .into_iter()
                .chain(roots(Part::Kpis))
                .collect(),
            standard: project.truth("standard_touchpoints").unwrap_or(true),
            complete: trees.iter().all(|tree| tree.root.is_some()),
        }
    }

    /// The path of the file that a place is in.
    fn path(&self, span: &Span) -> &'n str {
        self.texts.get(span.file).map_or("", |text| &text.path[..])
    }
}

fn project(draft: &Draft<'_>, names: &Names<'_>, out: &mut Vec<Diagnostic>) -> Project {
    let fields = draft.project;
    let workspace = workspace::read(fields, out);
    let touchpoints = touchpoint::read(draft, names, out);
    let lifecycles = lifecycle::read(draft, names, out);
    let segments = segment::read(draft, names, out);
    cycle::check(&lifecycles, &segments, out);
    let mut project = Project {
        name: workspace.name,
        zone: workspace.zone,
        currency: workspace.currency,
        week_start: workspace.week_start,
        fiscal_month: workspace.fiscal_month,
        sources: source::read(fields, out),
        identity: identity::read(fields.section("identity", &IDENTITY)),
        touchpoints,
        lifecycles,
        segments,
        scoring: scoring::scoring(fields.section("scoring", &SCORING)),
        forecast: forecast::forecast(fields),
        intent: scoring::intent(fields.section("intent", &INTENT), names, out),
        yardsticks: yardstick::read(draft, names, out),
        outputs: workspace.outputs,
        pii: workspace.pii,
        retention: workspace.retention,
        version: String::new(),
    };
    project.version = version::version(&project);
    project
}

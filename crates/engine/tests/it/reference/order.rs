//! The order of decision: whoever is read comes before its reader; equals in the project's order.

use perennial_rules::compile::Subject;
use perennial_rules::{Expr, Project, Rule};

/// Lifecycles and segments, again and again the first of which all that it reads has come already.
pub fn decision_order(project: &Project) -> Vec<Subject> {
    let lifecycles = (0..project.lifecycles.len()).map(|number| Subject::Lifecycle(number as u16));
    let segments = (0..project.segments.len()).map(|number| Subject::Segment(number as u16));
    let mut waiting: Vec<Subject> = lifecycles.chain(segments).collect();
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let is_ready = |subject: &Subject| {
            let mut read = Vec::new();
            rules_of(project, *subject)
                .into_iter()
                .for_each(|rule| subjects_read(project, &rule.expr, &mut read));
            read.iter().all(|one| one == subject || order.contains(one))
        };
        let first = waiting.iter().position(is_ready).expect("no cycles");
        order.push(waiting.remove(first));
    }
    order
}

fn rules_of(project: &Project, subject: Subject) -> Vec<&Rule> {
    match subject {
        Subject::Segment(number) => vec![&project.segments[usize::from(number)].when],
        Subject::Lifecycle(number) => {
            let lifecycle = &project.lifecycles[usize::from(number)];
            let clauses = lifecycle.stages.iter().flat_map(|stage| &stage.enter);
            let rules = clauses.filter_map(|clause| clause.when.as_ref());
            rules.chain(&lifecycle.applies_to).collect()
        }
    }
}

fn subjects_read(project: &Project, expr: &Expr, read: &mut Vec<Subject>) {
    match expr {
        Expr::Stage(Some(name))
        | Expr::TimeInStage(Some(name))
        | Expr::Ever {
            lifecycle: Some(name),
            ..
        } => {
            let known = project.lifecycles.iter().position(|l| l.name == *name);
            read.extend(known.map(|number| Subject::Lifecycle(number as u16)));
        }
        Expr::InSegment(name) => {
            let known = project.segments.iter().position(|s| s.name == *name);
            read.extend(known.map(|number| Subject::Segment(number as u16)));
        }
        _ => {}
    }
    for part in expr.parts() {
        subjects_read(project, part, read);
    }
}

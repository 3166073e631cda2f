//! Checks that customers can get into every stage of a lifecycle.

use crate::project::{From, Lifecycle};
use crate::yaml::Node;
use crate::{Diagnostic, Severity};

/// Complains where nobody can enter the lifecycle, and warns about stages that nobody can reach.
/// Rules are taken as possible. `node` is where the lifecycle stands.
pub fn check(lifecycle: &Lifecycle, node: &Node, out: &mut Vec<Diagnostic>) {
    let within = |complaint: &Diagnostic| {
        let (inner, outer) = (&complaint.span, &node.span);
        inner.file == outer.file
            && outer.bytes.start <= inner.bytes.start
            && inner.bytes.end <= outer.bytes.end
    };
    // What is wrong already would only be said twice.
    let faulty = out
        .iter()
        .any(|known| known.severity == Severity::Error && within(known));
    if faulty || lifecycle.classification || lifecycle.stages.is_empty() {
        return;
    }
    let reached = reached(lifecycle);
    if !reached.contains(&true) {
        let message = format!("nobody can enter the lifecycle `{}`", lifecycle.name);
        let label = "no stage is entered from `none`";
        let complaint = Diagnostic::error("E0125", lifecycle.span.clone(), message, label);
        out.push(complaint.help("give the first stage a clause with `from: none`"));
        return;
    }
    for (stage, reached) in lifecycle.stages.iter().zip(reached) {
        if let (false, Some(clause)) = (reached, stage.enter.first()) {
            let message = format!("nobody can ever reach the stage `{}`", stage.name);
            let label = "only from stages that nobody reaches";
            let complaint = Diagnostic::warning("W0161", clause.span.clone(), message, label);
            out.push(
                complaint.help("let it be entered from `none` or from a stage that can be reached"),
            );
        }
    }
}

/// Which stages customers can get into, from outside and then onwards.
fn reached(lifecycle: &Lifecycle) -> Vec<bool> {
    let mut reached = vec![false; lifecycle.stages.len()];
    loop {
        let any = reached.contains(&true);
        let fires = |from: &From| match from {
            From::Anywhere => true,
            From::AnyStage => any,
            From::Named { outside, stages } => {
                *outside
                    || stages
                        .iter()
                        .any(|&stage| reached.get(usize::from(stage)) == Some(&true))
            }
        };
        let next: Vec<bool> = lifecycle
            .stages
            .iter()
            .map(|stage| stage.enter.iter().any(|clause| fires(&clause.from)))
            .collect();
        if next == reached {
            return reached;
        }
        reached = next;
    }
}

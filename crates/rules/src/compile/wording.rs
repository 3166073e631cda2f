//! Clauses in words, for the ledger and explanations.

use crate::project::{Clause, From, Lifecycle};

/// A clause in words: «from visitor or lead, on ordered, when count(ordered) >= 5».
pub(super) fn clause_text(lifecycle: &Lifecycle, clause: &Clause) -> String {
    let name = |stage: &u8| lifecycle.stages[usize::from(*stage)].name.clone();
    let from = match &clause.from {
        From::AnyStage => "any other stage".to_owned(),
        From::Anywhere => String::new(),
        From::Named { outside, stages } => {
            let outside = outside.then(|| "outside".to_owned());
            outside
                .into_iter()
                .chain(stages.iter().map(name))
                .collect::<Vec<_>>()
                .join(" or ")
        }
    };
    let mut parts = Vec::new();
    if !from.is_empty() {
        parts.push(format!("from {from}"));
    }
    if !clause.on.is_empty() {
        parts.push(format!("on {}", clause.on.join(" or ")));
    }
    if let Some(rule) = &clause.when {
        parts.push(format!("when {}", rule.text));
    }
    parts.join(", ")
}

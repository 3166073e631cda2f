//! What draft rules would change: the same rows folded by both, customer by customer.

use std::collections::BTreeMap;

use perennial_rules::Project;

use crate::BatchError;
use crate::close::{Closed, close};
use crate::options::{Observer, Options};

/// Most customers named as examples of one change.
const MAX_EXAMPLES: usize = 5;

/// What would change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Customers looked at.
    pub customers: u64,
    /// By lifecycle, stage now and stage under the draft (`None`: in no stage).
    pub moves: Vec<StageChange>,
    /// By segment.
    pub segments: Vec<SegmentChange>,
}

/// Customers who would stand elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageChange {
    /// The lifecycle.
    pub lifecycle: String,
    /// The stage under the present rules.
    pub from: Option<String>,
    /// The stage under the draft.
    pub to: Option<String>,
    /// How many.
    pub customers: u64,
    /// Some of them.
    pub examples: Vec<String>,
}

/// Customers who would enter or leave a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentChange {
    /// The segment.
    pub segment: String,
    /// Whether they would enter it.
    pub enters: bool,
    /// How many.
    pub customers: u64,
    /// Some of them.
    pub examples: Vec<String>,
}

/// Folds the present project's inputs by both rule sets and tells who would stand elsewhere where
/// history ends. Nothing is written.
///
/// # Errors
/// As [`crate::run::run`].
pub fn compare(
    present: &Project,
    draft: &Project,
    options: &Options,
    observer: &dyn Observer,
) -> Result<Comparison, BatchError> {
    observer.phase("present rules", None);
    let now = close(present, options, observer)?;
    // The draft is judged over the same rows and the same instant.
    let mut rules = draft.clone();
    rules.sources = present.sources.clone();
    let options = Options {
        until: Some(now.until),
        ..options.clone()
    };
    observer.phase("draft rules", None);
    let then = close(&rules, &options, observer)?;
    Ok(differences(&now, &then))
}

/// Lifecycle, stage now and stage under the draft.
type StageKey = (String, Option<String>, Option<String>);

/// How many customers, and some of them.
type Noted = (u64, Vec<String>);

fn differences(now: &Closed, then: &Closed) -> Comparison {
    let mut stages: BTreeMap<StageKey, Noted> = BTreeMap::new();
    let mut segments: BTreeMap<(String, bool), Noted> = BTreeMap::new();
    let others: BTreeMap<&str, _> = then
        .customers
        .iter()
        .map(|one| (one.id.as_str(), one))
        .collect();
    for one in &now.customers {
        let Some(other) = others.get(one.id.as_str()) else {
            continue;
        };
        let names = one.stages.keys().chain(other.stages.keys());
        for name in names.collect::<std::collections::BTreeSet<_>>() {
            let (from, to) = (
                one.stages.get(name).cloned(),
                other.stages.get(name).cloned(),
            );
            if from != to {
                note(stages.entry((name.clone(), from, to)).or_default(), &one.id);
            }
        }
        for name in one.segments.difference(&other.segments) {
            note(segments.entry((name.clone(), false)).or_default(), &one.id);
        }
        for name in other.segments.difference(&one.segments) {
            note(segments.entry((name.clone(), true)).or_default(), &one.id);
        }
    }
    let moves =
        stages.into_iter().map(
            |((lifecycle, from, to), (customers, examples))| StageChange {
                lifecycle,
                from,
                to,
                customers,
                examples,
            },
        );
    let segments = segments
        .into_iter()
        .map(|((segment, enters), (customers, examples))| SegmentChange {
            segment,
            enters,
            customers,
            examples,
        });
    Comparison {
        customers: now.customers.len() as u64,
        moves: moves.collect(),
        segments: segments.collect(),
    }
}

fn note(entry: &mut Noted, id: &str) {
    entry.0 += 1;
    if entry.1.len() < MAX_EXAMPLES {
        entry.1.push(id.to_owned());
    }
}

//! The directly-follows graph: what comes right after what, and the variants of whole histories.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::paths::{Edge, Items, Keep, Others, Paths, Run, Tally, WholePath, most_frequent};
use crate::spread::Spread;
use crate::trail::{Analysis, Trail, Words};

/// The question: what directly follows what over whole histories.
#[derive(Clone, Debug, Default)]
pub struct Dfg {
    /// Where items are read.
    pub items: Items,
    /// Only touches that meet this condition are items.
    pub only: Option<u16>,
    /// Whether items that repeat the one before are left out; pm4py and retentioneering keep them.
    pub merge_repeats: bool,
    /// Most variants in the answer, the most frequent ones; `None` = all.
    pub top_variants: Option<usize>,
}

/// One item directly after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    /// The item before.
    pub source: String,
    /// The item after.
    pub target: String,
    /// How often.
    pub count: u64,
    /// By how many different customers.
    pub customers: u64,
    /// How long it took.
    pub took: Spread,
}

/// What directly follows what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DfgAnswer {
    /// Edges by count, falling, then by texts.
    pub edges: Vec<Follow>,
    /// Whole histories by count, falling, then by their items joined with `>`; customers = count.
    pub variants: Vec<WholePath>,
    /// The variants not shown.
    pub other_variants: Others,
    /// How many histories begin with an item, by count, falling, then text.
    pub start: Vec<(String, u64)>,
    /// How many histories end with an item, by count, falling, then text.
    pub end: Vec<(String, u64)>,
    /// Customers with at least one item.
    pub customers: u64,
}

impl Dfg {
    /// The walk over paths that this is.
    fn paths(&self) -> Paths {
        Paths {
            items: self.items,
            only: self.only,
            until: None,
            gap_ms: None,
            merge_repeats: self.merge_repeats,
            run: Run::First,
            start: None,
            end: None,
            trim_slash: false,
            max_steps: None,
            keep: Keep::Usual,
            positions: false,
            times: true,
            ends: None,
            top_edges: None,
            top_paths: usize::MAX,
        }
    }
}

impl Analysis for Dfg {
    type Tally = (Paths, Tally);
    type Answer = DfgAnswer;

    fn begin(&self, words: &Words) -> Self::Tally {
        let paths = self.paths();
        let tally = paths.begin(words);
        (paths, tally)
    }

    fn count(&self, tally: &mut Self::Tally, trail: &Trail<'_>) {
        tally.0.count(&mut tally.1, trail);
    }

    fn merge(&self, tally: &mut Self::Tally, other: Self::Tally) {
        tally.0.merge(&mut tally.1, other.1);
    }

    fn answer(&self, (paths, tally): Self::Tally, words: &Words) -> DfgAnswer {
        let walked = paths.answer(tally, words);
        let start = by_item(&walked.paths, |items| items.first());
        let end = by_item(&walked.paths, |items| items.last());
        let (variants, other_variants) = most_frequent(walked.paths, self.top_variants);
        let follow = |edge: Edge| {
            Some(Follow {
                source: edge.source,
                target: edge.target,
                count: edge.count,
                customers: edge.customers,
                took: edge.took?,
            })
        };
        DfgAnswer {
            edges: walked.edges.into_iter().filter_map(follow).collect(),
            variants,
            other_variants,
            start,
            end,
            customers: walked.customers,
        }
    }
}

/// How many histories have an item at a place.
fn by_item(paths: &[WholePath], place: fn(&[String]) -> Option<&String>) -> Vec<(String, u64)> {
    let mut counts = BTreeMap::<&String, u64>::new();
    for path in paths {
        if let Some(item) = place(&path.items) {
            *counts.entry(item).or_default() += path.count;
        }
    }
    let owned = counts
        .into_iter()
        .map(|(item, count)| (item.clone(), count));
    let mut rows: Vec<(String, u64)> = owned.collect();
    rows.sort_by_key(|(_, count)| Reverse(*count));
    rows
}

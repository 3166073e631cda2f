//! Sequences: in whose history a pattern of conditions occurs, how often, and when.

mod pattern;
mod search;

use crate::trail::{Analysis, Trail, Words};
pub use pattern::{Compare, PATTERN_ITEMS_MAX, Pattern, PatternError, PatternItem};
use search::Search;

/// The question: does a pattern occur in a customer's history?
///
/// Touches that meet none of the conditions are not there at all: neighbours are neighbours among the
/// others. A match begins as early as it can, and each of its parts does, so the shortest way is taken;
/// matches do not overlap. Pauses are compared in milliseconds with the pattern's whole seconds.
///
/// Work on one customer is at most the pattern's items times her visible touches, whatever the
/// pattern: where a part of it has once failed from a touch on, it is not tried there again.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// What to look for.
    pub pattern: Pattern,
    /// The conditions that `(?1)`, `(?2)`, ... stand for.
    pub conditions: Vec<u16>,
    /// Whether to say of each customer how far the pattern got, and when.
    pub chains: bool,
}

/// In whose history the pattern occurs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SequenceAnswer {
    /// Customers in whose history it occurs.
    pub customers: u64,
    /// How often it occurs, without overlap.
    pub matches: u64,
    /// By customer's number, if that was asked for: how far it got.
    pub chains: Vec<Chain>,
}

/// How far the pattern got in one customer's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// The customer.
    pub customer: String,
    /// Whether all of it occurs.
    pub matched: bool,
    /// How often, without overlap.
    pub matches: u64,
    /// When the numbered conditions were met: of all of them in the first match, else of as many as
    /// could be met one after another. Milliseconds since 1970.
    pub at_ms: Vec<i64>,
}

/// What is counted of sequences so far.
#[derive(Clone, Debug)]
pub struct Tally {
    /// By mark: which of the conditions it meets, a bit each, none = not there.
    masks: Vec<u64>,
    visible_ms: Vec<i64>,
    visible: Vec<u64>,
    customers: u64,
    matches: u64,
    chains: Vec<(u32, bool, u64, Vec<i64>)>,
}

impl Analysis for Sequence {
    type Tally = Tally;
    type Answer = SequenceAnswer;

    fn begin(&self, words: &Words) -> Tally {
        let mut masks = vec![0_u64; words.marks.len()];
        for (bit, condition) in self.conditions.iter().enumerate() {
            let meeting = words.marks.meeting(*condition);
            for (mask, meets) in masks.iter_mut().zip(meeting) {
                *mask |= u64::from(meets) << bit;
            }
        }
        Tally {
            masks,
            visible_ms: Vec::new(),
            visible: Vec::new(),
            customers: 0,
            matches: 0,
            chains: Vec::new(),
        }
    }

    fn count(&self, tally: &mut Tally, trail: &Trail<'_>) {
        tally.visible.clear();
        tally.visible_ms.clear();
        for (mark, at_ms) in trail.mark.iter().zip(trail.at_ms) {
            let mask = tally.masks[*mark as usize];
            if mask != 0 {
                tally.visible.push(mask);
                tally.visible_ms.push(*at_ms);
            }
        }
        let mut search = Search::new(&self.pattern, &tally.visible, &tally.visible_ms);
        let (matched, matches) = search.count();
        tally.customers += u64::from(matched);
        tally.matches += matches;
        if self.chains {
            let chain = (trail.customer, matched, matches, search.into_chain());
            tally.chains.push(chain);
        }
    }

    fn merge(&self, tally: &mut Tally, mut other: Tally) {
        tally.customers += other.customers;
        tally.matches += other.matches;
        tally.chains.append(&mut other.chains);
    }

    fn answer(&self, mut tally: Tally, words: &Words) -> SequenceAnswer {
        tally.chains.sort_unstable_by_key(|chain| chain.0);
        let chain = |(customer, matched, matches, at_ms)| Chain {
            customer: words.customers[customer as usize].clone(),
            matched,
            matches,
            at_ms,
        };
        SequenceAnswer {
            customers: tally.customers,
            matches: tally.matches,
            chains: tally.chains.into_iter().map(chain).collect(),
        }
    }
}

//! The search for a pattern: earliest first, and nothing that failed is tried again.

use super::pattern::{Compare, Pattern, PatternItem};

/// A search through one customer's visible touches.
///
/// A place is an item of the pattern and a touch. After `.*` and pauses the search may land on many
/// touches, earliest first; whether the rest of the pattern matches from a place hangs on the place
/// alone, so a place that failed is passed over for good. Each is entered from a landing at most once:
/// time is bounded by items times touches.
pub(super) struct Search<'a> {
    /// The pattern's items after an implied `.*`: a match may begin anywhere.
    items: Vec<PatternItem>,
    /// From here on, items are content with no touch at all.
    tail: usize,
    masks: &'a [u64],
    at_ms: &'a [i64],
    /// By item: the next touch that has not failed, as a forest whose paths are halved as they are
    /// walked; empty while nothing failed.
    next: Vec<Vec<u32>>,
    /// Touches that met conditions on the way taken now.
    way: Vec<usize>,
    /// The longest way of the first attempt.
    best: Vec<usize>,
    first: bool,
    #[cfg(test)]
    steps: usize,
}

impl<'a> Search<'a> {
    pub(super) fn new(pattern: &Pattern, masks: &'a [u64], at_ms: &'a [i64]) -> Self {
        let mut items = vec![PatternItem::Skip];
        items.extend_from_slice(&pattern.items);
        let needs_touch = |item: &PatternItem| match item {
            PatternItem::Condition(_) | PatternItem::Any => true,
            PatternItem::Skip => false,
            PatternItem::Pause(Compare::Less | Compare::AtMost, _) => false,
            PatternItem::Pause(Compare::AtLeast, pause_ms) => *pause_ms > 0,
            PatternItem::Pause(Compare::Equal | Compare::More, _) => true,
        };
        Self {
            tail: items.iter().rposition(needs_touch).map_or(0, |at| at + 1),
            next: vec![Vec::new(); items.len()],
            items,
            masks,
            at_ms,
            way: Vec::new(),
            best: Vec::new(),
            first: true,
            #[cfg(test)]
            steps: 0,
        }
    }

    /// Whether there is a match, and how many there are without overlap.
    pub(super) fn count(&mut self) -> (bool, u64) {
        let touches = self.masks.len();
        let (mut from, mut matches) = (0, 0);
        let mut matched = false;
        while from < touches || self.first {
            let end = self.try_from(0, from, from);
            if self.first && end.is_some() {
                matched = true;
                self.best.clone_from(&self.way);
            }
            self.first = false;
            self.way.clear();
            match end {
                Some(end) if from < touches => {
                    matches += 1;
                    // A match of no touch at all still uses one up.
                    from = end.max(from + 1);
                }
                _ => break,
            }
        }
        (matched, matches)
    }

    /// When the conditions were met on the first match's way, or else on the longest way tried.
    pub(super) fn into_chain(self) -> Vec<i64> {
        self.best.iter().map(|at| self.at_ms[*at]).collect()
    }

    /// Tries the pattern from an item and a touch on; `base` is where a pause is measured from.
    /// Gives the first touch that is left over.
    fn try_from(&mut self, item: usize, at: usize, base: usize) -> Option<usize> {
        #[cfg(test)]
        {
            self.steps += 1;
        }
        let touches = self.masks.len();
        if item == self.items.len() || (at == touches && item >= self.tail) {
            return Some(at);
        }
        if at == touches {
            return None;
        }
        match self.items[item] {
            PatternItem::Condition(bit) => {
                if self.masks[at] >> bit & 1 == 0 {
                    return None;
                }
                self.way.push(at);
                if self.first && self.way.len() > self.best.len() {
                    self.best.clone_from(&self.way);
                }
                let end = self.try_from(item + 1, at + 1, at);
                if end.is_none() {
                    self.way.pop();
                }
                end
            }
            PatternItem::Any => self.try_from(item + 1, at + 1, at),
            PatternItem::Skip => self.land(item + 1, at, touches),
            PatternItem::Pause(compare, pause_ms) => {
                let (from, to) = self.range(compare, pause_ms, at, base);
                self.land(item + 1, from, to)
            }
        }
    }

    /// The touches from `at` on whose pause since `base` compares as it should.
    fn range(&self, compare: Compare, pause_ms: i64, at: usize, base: usize) -> (usize, usize) {
        let due_ms = self.at_ms[base].saturating_add(pause_ms);
        let later = &self.at_ms[at..];
        let before = at + later.partition_point(|ms| *ms < due_ms);
        let through = at + later.partition_point(|ms| *ms <= due_ms);
        match compare {
            Compare::Less => (at, before),
            Compare::AtMost => (at, through),
            Compare::Equal => (before, through),
            Compare::AtLeast => (before, later.len() + at),
            Compare::More => (through, later.len() + at),
        }
    }

    /// Tries an item from each touch of a range, but for those from which it has failed before.
    fn land(&mut self, item: usize, from: usize, to: usize) -> Option<usize> {
        let mut at = self.next_open(item, from);
        while at < to {
            let end = self.try_from(item, at, at);
            if end.is_some() {
                return end;
            }
            self.close(item, at);
            at = self.next_open(item, at + 1);
        }
        None
    }

    fn close(&mut self, item: usize, at: usize) {
        if self.next[item].is_empty() {
            self.next[item] = (0..=self.masks.len() as u32).collect();
        }
        self.next[item][at] = at as u32 + 1;
    }

    fn next_open(&mut self, item: usize, from: usize) -> usize {
        let Some(next) = self.next.get_mut(item).filter(|next| !next.is_empty()) else {
            return from;
        };
        let mut at = from;
        while next[at] as usize != at {
            next[at] = next[next[at] as usize];
            at = next[at] as usize;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Histories of 100,000 touches on which plain backtracking takes the square or worse.
    #[test]
    fn work_is_bounded_by_items_times_touches() {
        let touches = 100_000;
        let at_ms: Vec<i64> = (0..touches).collect();
        let masks = vec![0b001; touches as usize];
        for text in [
            "(?1).*(?1).*(?1).*(?1).*(?2)",
            "(?1)(?t>=1)(?1)(?t<=90)(?1)(?t>5)(?2)",
            "(?1)(?t<=1000)(?1)(?t<=1000)(?1)(?t<=1000)(?1)(?t<=1000)(?2)",
            "(?1)(?t==1).*(?t==2)(?1).*(?1)(?2)",
            "(?1)(?1)(?1)(?1)(?1)(?1)(?2)",
            "(?1)",
            "(?1).*(?1)",
        ] {
            let pattern = Pattern::parse(text, 2).unwrap();
            let mut search = Search::new(&pattern, &masks, &at_ms);
            let (matched, _) = search.count();
            assert_eq!(matched, !text.contains('2'), "{text}");
            let bound = (search.items.len() + 2) * (masks.len() + 1);
            assert!(search.steps <= bound, "{text}: {} steps", search.steps);
        }
    }
}

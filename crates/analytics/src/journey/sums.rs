//! Cases put together: of a group, a month or a group in a month, and of the rest that it is compared with.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{Counts, Leaves};
use crate::proportion::Rate;
use crate::stats::Waiting;
use crate::trail::NO_TEXT;

/// The largest share of a place that a group may be: beyond it, the rest is what differs.
const MOST: f64 = 0.8;
/// Months before a month, and after it, that it is compared with.
const AROUND: i64 = 3;

/// Who is looked at: a group, a month, a group in a month, or all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Selection {
    /// Which grouping and which text of it.
    pub(super) group: Option<(usize, u32)>,
    pub(super) month: Option<i64>,
}

impl Selection {
    /// The months around its own, if it has one.
    fn around(self) -> impl Iterator<Item = i64> {
        let months = self
            .month
            .map(|own| (own - AROUND..=own + AROUND).filter(move |one| *one != own));
        months.into_iter().flatten()
    }

    /// All whose sums are needed to compare it.
    pub(super) fn needed(self) -> BTreeSet<Self> {
        let around = self.around().map(|month| Self {
            group: self.group,
            month: Some(month),
        });
        let own = [
            self,
            Self {
                group: None,
                month: self.month,
            },
        ];
        around.chain(own).collect()
    }

    /// What it is compared with: a group with all others, a month with those around it, since stages grow and
    /// age, and a group in a month with the others in that month as well as with itself in the months around.
    /// `None` where it is nearly all there is: then the rest is what differs.
    pub(super) fn rests(self, sums: &BTreeMap<Self, Sum>, own: &Sum) -> Option<Vec<Sum>> {
        let mut rests = Vec::new();
        if self.group.is_some() {
            let all = sums.get(&Self {
                group: None,
                month: self.month,
            })?;
            if own.cases as f64 > MOST * all.cases as f64 {
                return None;
            }
            rests.push(all.without(own));
        }
        if self.month.is_some() {
            let mut rest = Sum::default();
            for month in self.around() {
                let month = Self {
                    group: self.group,
                    month: Some(month),
                };
                sums.get(&month).into_iter().for_each(|own| rest.merge(own));
            }
            rests.push(rest);
        }
        (!rests.is_empty()).then_some(rests)
    }

    pub(super) fn holds(&self, groups: &[u32], month: i64) -> bool {
        self.group
            .is_none_or(|(grouping, text)| groups[grouping] == text)
            && self.month.is_none_or(|own| own == month)
    }
}

/// Sums over leaves.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub(super) cases: u64,
    pub(super) hits: u64,
    /// Different customers; in one month these are the cases.
    pub(super) customers: u64,
    /// Cases and hits with each customer's cases counted as one together.
    pub(super) people: f64,
    pub(super) people_hit: f64,
    pub(super) waiting: Waiting,
}

impl Sum {
    /// Adds a month of customers who have so many cases each in all months.
    fn add(&mut self, counts: &Counts, rate: Rate, weight: f64) {
        self.cases += rate.people;
        self.hits += rate.hits;
        self.people += rate.people as f64 * weight;
        self.people_hit += rate.hits as f64 * weight;
        self.waiting.merge(&counts.waiting);
    }

    fn merge(&mut self, other: &Self) {
        self.cases += other.cases;
        self.hits += other.hits;
        self.customers += other.customers;
        self.people += other.people;
        self.people_hit += other.people_hit;
        self.waiting.merge(&other.waiting);
    }

    /// These without some of them; how many customers are left is not known.
    fn without(&self, part: &Self) -> Self {
        Self {
            cases: self.cases - part.cases,
            hits: self.hits - part.hits,
            customers: self.customers,
            people: (self.people - part.people).max(0.0),
            people_hit: (self.people_hit - part.people_hit).max(0.0),
            waiting: self.waiting.without(&part.waiting),
        }
    }

    /// Whole people, at most as many as there are cases.
    pub(super) fn rate(&self) -> Rate {
        let people = self.people.round() as u64;
        Rate::new((self.people_hit.round() as u64).min(people), people)
    }
}

/// The sums of every selection, all together included, or of those asked for if any are; leaves of the
/// selections left out are not there at all.
pub(super) fn sums(
    leaves: &Leaves,
    left_out: &[Selection],
    only: &BTreeSet<Selection>,
) -> BTreeMap<Selection, Sum> {
    let asked = |one: &Selection| only.is_empty() || only.contains(one);
    let mut sums: BTreeMap<Selection, Sum> = BTreeMap::new();
    for (groups, leaf) in &leaves.leaves {
        let cases: u64 = leaf.months.values().map(|counts| counts.cases).sum();
        let weight = leaf.customers as f64 / cases.max(1) as f64;
        let of = groups
            .iter()
            .enumerate()
            .filter(|(_, text)| **text != NO_TEXT);
        let of: Vec<_> = of.map(|(grouping, text)| Some((grouping, *text))).collect();
        for (month, counts) in &leaf.months {
            if left_out
                .iter()
                .any(|selection| selection.holds(groups, *month))
            {
                continue;
            }
            let rate = Rate::new(counts.hits, counts.cases);
            for group in of.iter().copied().chain([None]) {
                for month in [None, Some(*month)] {
                    let selection = Selection { group, month };
                    if !asked(&selection) {
                        continue;
                    }
                    let sum = sums.entry(selection).or_default();
                    sum.add(counts, rate, weight);
                    sum.customers += if month.is_some() { counts.cases } else { 0 };
                }
            }
        }
        for group in of.into_iter().chain([None]) {
            let selection = Selection { group, month: None };
            if let Some(sum) = sums.get_mut(&selection) {
                sum.customers += leaf.customers;
            }
        }
    }
    sums
}

//! Several questions in one reading: what is asked together, and what each question sees of it.

use perennial_analytics::{Marks, Trail};
use rayon::prelude::*;

use super::Counts;
use super::asked::{Asked, Condition};
use super::moves::Moves;
use super::sorted::Sorted;
use super::view::View;
use crate::BatchError;

/// Most conditions of all questions of one reading, since each has a number of 16 bits.
const MAX_CONDITIONS: usize = 60_000;

/// What is asked together, and by question what it sees.
pub(super) struct Together {
    pub asked: Asked,
    shares: Vec<Share>,
}

/// What a question has of what is asked together.
struct Share {
    /// By condition of its own: the condition's number among all.
    conditions: Vec<u16>,
    /// The condition that keeps its rows; `None`: all are kept.
    only: Option<u16>,
    view: View,
}

impl Together {
    /// What some questions about the same files ask together.
    ///
    /// # Errors
    /// More than [`MAX_CONDITIONS`] conditions.
    pub fn of(first: &Asked, others: &[&Asked]) -> Result<Self, BatchError> {
        if others.is_empty() {
            return Ok(Self::alone(first));
        }
        let questions = || std::iter::once(first).chain(others.iter().copied());
        let conditions: usize = questions().map(|own| own.conditions.len() + 1).sum();
        if conditions > MAX_CONDITIONS {
            return Err(BatchError::Asked(format!(
                "{conditions} steps and other conditions are asked together: at most {MAX_CONDITIONS} can be; ask some of the questions by themselves"
            )));
        }
        let mut asked = Asked {
            span: (None, None),
            only: Condition::default(),
            conditions: Vec::new(),
            texts: Vec::new(),
            numbers: Vec::new(),
            measures: Vec::new(),
            only_marked: false,
            ..first.clone()
        };
        for own in questions() {
            numbers_of(&mut asked.numbers, &own.numbers);
            numbers_of(&mut asked.measures, &own.measures);
        }
        let shares = questions().map(|own| Share::of(own, &mut asked));
        let shares = shares.collect();
        Ok(Self { asked, shares })
    }

    /// A question asked alone: rows that are not its own are never gathered.
    fn alone(asked: &Asked) -> Self {
        let view = View {
            texts: (0..asked.texts.len()).collect(),
            numbers: (0..asked.numbers.len() + asked.measures.len()).collect(),
            with_moves: true,
            ..View::default()
        };
        let share = Share {
            conditions: (0..asked.conditions.len() as u16).collect(),
            only: None,
            view,
        };
        Self {
            asked: asked.clone(),
            shares: vec![share],
        }
    }

    /// What each question sees, by the conditions that marks stand for.
    pub fn views(&self, sets: &[Vec<u16>]) -> Vec<(View, Marks)> {
        let view = |share: &Share| (share.view(sets), share.marks(sets));
        self.shares.iter().map(view).collect()
    }
}

impl Share {
    fn of(own: &Asked, asked: &mut Asked) -> Self {
        let number = numbers_of(&mut asked.numbers, &own.numbers);
        let measures = numbers_of(&mut asked.measures, &own.measures);
        let behind = measures
            .into_iter()
            .map(|place| asked.numbers.len() + place);
        let conditions = numbers_of(&mut asked.conditions, &own.conditions);
        let everything = Condition {
            from: own.only.from,
            ..Condition::default()
        };
        let only = (own.only != everything).then_some(&own.only);
        let only =
            only.map(|only| numbers_of(&mut asked.conditions, std::slice::from_ref(only))[0]);
        asked.with_ids |= own.with_ids;
        if asked.moves_of.is_none() {
            asked.moves_of.clone_from(&own.moves_of);
        }
        let (from, to) = own.span;
        let bounded = from.is_some() || to.is_some();
        Self {
            conditions: conditions.into_iter().map(|number| number as u16).collect(),
            only: only.map(|number| number as u16),
            view: View {
                span: bounded.then(|| {
                    let from = from.map_or(i64::MIN, |from| from.ms());
                    (from, to.map_or(i64::MAX, |to| to.ms()))
                }),
                texts: numbers_of(&mut asked.texts, &own.texts),
                numbers: number.into_iter().chain(behind).collect(),
                with_moves: own.moves_of.is_some(),
                ..View::default()
            },
        }
    }

    fn view(&self, sets: &[Vec<u16>]) -> View {
        let only = self.only.as_ref();
        let kept = only.map(|only| sets.iter().map(|set| set.contains(only)).collect());
        View {
            kept,
            ..self.view.clone()
        }
    }

    /// The marks, of which each stands for conditions of its own.
    fn marks(&self, sets: &[Vec<u16>]) -> Marks {
        let own = |set: &Vec<u16>| -> Vec<u16> {
            let numbers = self.conditions.iter().enumerate();
            let met = numbers.filter(|(_, number)| set.contains(number));
            met.map(|(own, _)| own as u16).collect()
        };
        Marks::new(sets.iter().map(own).collect())
    }
}

/// The places of some things in a list, to which those are added that it lacks.
fn numbers_of<T: Clone + PartialEq>(all: &mut Vec<T>, own: &[T]) -> Vec<usize> {
    let mut place = |one: &T| {
        let known = all.iter().position(|known| known == one);
        known.unwrap_or_else(|| {
            all.push(one.clone());
            all.len() - 1
        })
    };
    own.iter().map(&mut place).collect()
}

/// What became of rows for a question that does not see all of them, and its first and last instant.
pub(super) fn counted(
    view: &View,
    all: &Counts,
    partitions: &[Sorted],
) -> (Counts, Option<(i64, i64)>) {
    let plain = View {
        span: view.span,
        kept: view.kept.clone(),
        ..View::default()
    };
    let within = View {
        span: view.span,
        ..View::default()
    };
    let none = Moves::default();
    let rows = |view: &View, partition: &Sorted| {
        let (mut rows, mut customers, mut seen) = (0_u64, 0_u64, None);
        view.trails(partition, &none, &mut |trail: &Trail<'_>| {
            rows += trail.len() as u64;
            customers += 1;
            let ends = (trail.at_ms[0], trail.at_ms[trail.len() - 1]);
            seen = wider(seen, Some(ends));
        });
        (rows, customers, seen)
    };
    let count = |partition: &Sorted| {
        let (used, customers, seen) = rows(&plain, partition);
        (used, customers, seen, rows(&within, partition).0)
    };
    let (used, customers, seen, inside) = partitions
        .par_iter()
        .map(count)
        .reduce(Default::default, |a, b| {
            (a.0 + b.0, a.1 + b.1, wider(a.2, b.2), a.3 + b.3)
        });
    let counts = Counts {
        used,
        customers,
        outside: all.used - inside,
        by_rule: inside - used,
        ..all.clone()
    };
    (counts, seen)
}

/// The span that holds two.
fn wider(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some(one), Some(other)) => Some((one.0.min(other.0), one.1.max(other.1))),
        (one, other) => one.or(other),
    }
}

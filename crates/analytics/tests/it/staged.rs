//! Customers with touches and moves between stages, shown to an analysis at once or in parts.

use std::fmt::Debug;

use perennial_analytics::{
    Analysis, LifecycleWords, Marks, NO_NUMBER, NO_TEXT, OUTSIDE, StageMove, Trail, Words,
};
use proptest::prelude::*;

/// What one touch is: when, which conditions it meets, and the number in column 0.
pub type Did = (i64, Vec<u16>, Option<i64>);

/// One customer.
#[derive(Clone, Debug, Default)]
pub struct Person {
    pub touches: Vec<Did>,
    /// When she moved where; each from the one before.
    pub moves: Vec<(i64, u8)>,
    /// Her text in column 0.
    pub text: Option<&'static str>,
}

impl Person {
    /// One who entered stages at instants.
    pub fn new(moves: &[(i64, u8)]) -> Self {
        Self {
            moves: moves.to_vec(),
            ..Self::default()
        }
    }

    pub fn text(self, text: &'static str) -> Self {
        Self {
            text: Some(text),
            ..self
        }
    }

    pub fn did(mut self, at_ms: i64, meets: &[u16], number: i64) -> Self {
        self.touches.push((at_ms, meets.to_vec(), Some(number)));
        self
    }

    /// The stage that a touch of an instant is in.
    pub fn stage_at(&self, at_ms: i64) -> u8 {
        let before = self.moves.iter().rev().find(|(at, _)| *at <= at_ms);
        before.map_or(OUTSIDE, |(_, to)| *to)
    }

    pub fn steps(&self) -> Vec<StageMove> {
        let from = [OUTSIDE]
            .into_iter()
            .chain(self.moves.iter().map(|(_, to)| *to));
        let step = |(from, &(at_ms, to)): (u8, &(i64, u8))| StageMove {
            at_ms,
            lifecycle: 0,
            from,
            to,
            by_time: false,
        };
        from.zip(&self.moves).map(step).collect()
    }
}

/// Asks in one piece and in three, whose tallies are merged backwards: the answers must be the same.
pub fn ask<A: Analysis>(analysis: &A, stages: usize, people: &[Person]) -> A::Answer
where
    A::Answer: PartialEq + Debug,
{
    let whole = answer(analysis, stages, people, 1);
    assert_eq!(whole, answer(analysis, stages, people, 3), "in three parts");
    whole
}

/// Asks in so many parts.
pub fn answer<A: Analysis>(
    analysis: &A,
    stages: usize,
    people: &[Person],
    parts: usize,
) -> A::Answer {
    let (mut sets, mut texts) = (vec![Vec::new()], Vec::new());
    for person in people {
        for (_, meets, _) in &person.touches {
            place(&mut sets, meets.clone());
        }
        if let Some(text) = person.text {
            place(&mut texts, text.to_owned());
        }
    }
    let words = Words {
        events: vec!["touch".into()],
        customers: (0..people.len()).map(|n| format!("c{n}")).collect(),
        texts: vec![texts.clone()],
        marks: Marks::new(sets.clone()),
        lifecycles: vec![LifecycleWords {
            name: "shop".into(),
            stages: (0..stages).map(|stage| format!("s{stage}")).collect(),
        }],
    };
    let mut tallies: Vec<A::Tally> = (0..parts).map(|_| analysis.begin(&words)).collect();
    for (number, person) in people.iter().enumerate() {
        let mut touches = person.touches.clone();
        if touches.is_empty() {
            let at_ms = person.moves.first().map_or(0, |(at, _)| *at);
            touches.push((at_ms, Vec::new(), None));
        }
        touches.sort_by_key(|(at, ..)| *at);
        let at_ms: Vec<i64> = touches.iter().map(|(at, ..)| *at).collect();
        let mark = touches
            .iter()
            .map(|(_, meets, _)| place(&mut sets, meets.clone()));
        let mark: Vec<u32> = mark.collect();
        let text = person
            .text
            .map_or(NO_TEXT, |text| place(&mut texts, text.to_owned()));
        let number_of = |(_, _, number): &Did| number.unwrap_or(NO_NUMBER);
        let numbers: Vec<i64> = touches.iter().map(number_of).collect();
        let trail = Trail {
            customer: number as u32,
            event: &vec![0; at_ms.len()],
            mark: &mark,
            texts: &[&vec![text; at_ms.len()]],
            numbers: &[&numbers],
            moves: &person.steps(),
            at_ms: &at_ms,
        };
        analysis.count(&mut tallies[number % parts], &trail);
    }
    let mut tallies = tallies.into_iter().rev();
    let mut tally = tallies.next().expect("a part");
    for other in tallies {
        analysis.merge(&mut tally, other);
    }
    analysis.answer(tally, &words)
}

fn place<T: PartialEq>(all: &mut Vec<T>, one: T) -> u32 {
    let found = all.iter().position(|other| *other == one);
    found.unwrap_or_else(|| {
        all.push(one);
        all.len() - 1
    }) as u32
}

/// People with touches and moves at a few instants from 0 on, so that many coincide. Conditions are those
/// below `conditions`, stages those below `stages`.
pub fn people(conditions: u16, stages: u8, last_ms: i64) -> impl Strategy<Value = Vec<Person>> {
    let meets = proptest::collection::btree_set(0..conditions, 0..3);
    let did = (0..last_ms, meets, proptest::option::of(-20_i64..120)).prop_map(
        |(at_ms, meets, number)| {
            let millionths = number.map(|number| number * 100_000);
            (at_ms, meets.into_iter().collect(), millionths)
        },
    );
    let place = prop_oneof![8 => 0..stages, 1 => Just(OUTSIDE)];
    let moves = proptest::collection::vec((0..last_ms, place), 0..6);
    let texts = [None, Some("DE"), Some("Germany"), Some("US"), Some("?")];
    let one = (
        proptest::collection::vec(did, 1..12),
        moves,
        proptest::sample::select(texts.to_vec()),
    );
    let person = one.prop_map(|(mut touches, mut moves, text)| {
        touches.sort_by_key(|(at, ..): &Did| *at);
        moves.sort_by_key(|(at, _)| *at);
        moves.dedup_by_key(|(_, to)| *to);
        if moves.first().is_some_and(|(_, to)| *to == OUTSIDE) {
            moves.remove(0);
        }
        Person {
            touches,
            moves,
            text,
        }
    });
    proptest::collection::vec(person, 1..12)
}

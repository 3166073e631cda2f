//! The laws of the fold: the engine against the naive fold, and what must make no difference.

use perennial_engine::{Customer, World};
use perennial_model::Time;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::case::{Case, Interests};
use crate::check::check;
use crate::drive::{Ready, ReadyTouch, engine};
use crate::generate::{case, happenings};
use crate::reference::reference;

#[test]
fn the_engine_agrees_with_the_naive_fold() {
    check(100, case(), |case| {
        let (expected, interests) = reference(&case);
        let (found, found_interests) = engine(&case);
        prop_assert_eq!(found, expected);
        same_interests(&found_interests, &interests)
    });
}

/// The engine lets interest fade step by step and the naive fold at once, so the last digit may differ.
fn same_interests(found: &Interests, expected: &Interests) -> Result<(), TestCaseError> {
    let near = |(topic, level): &(String, _)| {
        let found = found.iter().find(|(known, _)| known == topic);
        let found = found.map_or(0, |(_, found): &(_, perennial_model::Number)| {
            found.millionths()
        });
        let level: perennial_model::Number = *level;
        (found - level.millionths()).abs() <= 1
    };
    prop_assert!(expected.iter().all(near), "{found:?} for {expected:?}");
    let sorted = found.windows(2).all(|pair| pair[0].1 >= pair[1].1);
    prop_assert!(
        sorted && found.len().abs_diff(expected.len()) <= 1,
        "{found:?} for {expected:?}"
    );
    Ok(())
}

/// Law 2: touches are ordered by time and message id, so the order in which they arrive is nothing.
#[test]
fn the_order_of_arrival_makes_no_difference() {
    let shuffled = case().prop_flat_map(|case| {
        let rows: Vec<usize> = (0..case.happenings.len()).collect();
        (Just(case), Just(rows).prop_shuffle())
    });
    check(30, shuffled, |(case, arrival)| {
        let mut ready = Ready::new(&case);
        let touches = ready.touches(&case.happenings);
        // The row stands for the message id.
        let mut arrived: Vec<ReadyTouch> =
            arrival.iter().map(|&row| touches[row].clone()).collect();
        arrived.sort_by_key(|touch| (touch.at, touch.row));
        let (_, expected) = ready.fold(&case.id, &touches, &[], case.until);
        let (_, found) = ready.fold(&case.id, &arrived, &[], case.until);
        prop_assert_eq!(found, expected);
        Ok(())
    });
}

/// `pass` may be called at any instants on the way, as often as one likes.
#[test]
fn stopping_on_the_way_makes_no_difference() {
    check(
        60,
        (case(), vec(-60..400_i64, 0..30)),
        |(case, mut stops)| {
            stops.sort_unstable();
            let stops: Vec<Time> = stops.into_iter().map(Time).collect();
            let mut ready = Ready::new(&case);
            let touches = ready.touches(&case.happenings);
            let (straight, expected) = ready.fold(&case.id, &touches, &[], case.until);
            let (stopped, found) = ready.fold(&case.id, &touches, &stops, case.until);
            prop_assert_eq!(found, expected.clone());
            prop_assert_eq!(stopped.wake(), straight.wake());
            let expected = ready.outcome(&straight, expected.clone());
            prop_assert_eq!(ready.outcome(&stopped, expected.changes.clone()), expected);
            Ok(())
        },
    );
}

/// A history that ends earlier is the beginning of one that goes on.
#[test]
fn what_comes_later_changes_nothing_before() {
    check(30, (case(), 0..400_i64), |(case, cut)| {
        let cut = Time(cut - 60).min(case.until);
        let (whole, _) = engine(&case);
        let mut earlier: Case = case.clone();
        earlier.until = cut;
        earlier.happenings.retain(|happening| happening.at < cut);
        let (begun, _) = engine(&earlier);
        prop_assert_eq!(&begun.changes[..], &whole.changes[..begun.changes.len()]);
        Ok(())
    });
}

/// A room that others have been folded in is as good as a new one.
#[test]
fn one_room_serves_many_customers() {
    check(30, (case(), vec(happenings(), 1..4)), |(case, others)| {
        let mut ready = Ready::new(&case);
        let mut all: Vec<Vec<ReadyTouch>> =
            others.iter().map(|other| ready.touches(other)).collect();
        all.push(ready.touches(&case.happenings));
        let mut room = Customer::new(ready.world());
        for (number, touches) in all.iter().enumerate() {
            let id = format!("{number}");
            let until = touches.last().map_or(case.until, |last| last.at.plus(50));
            let (fresh, expected) = ready.fold(&id, touches, &[], until);
            let found = ready.fold_into(&mut room, &id, touches, &[], until);
            prop_assert_eq!(&found, &expected);
            let expected = ready.outcome(&fresh, expected);
            prop_assert_eq!(ready.outcome(&room, found), expected);
            prop_assert_eq!(
                ready.interests(&room, until),
                ready.interests(&fresh, until)
            );
        }
        Ok(())
    });
}

/// Touches of inert kinds that carry no facts may stand anywhere among those of their instant, but
/// for what was known when, and but for a customer's first instant.
#[test]
fn inert_touches_may_stand_anywhere_in_their_instant() {
    check(60, case(), |mut case| {
        for happening in &mut case.happenings {
            // Many at one instant, and most of them bare.
            happening.at = Time(happening.at.ms().div_euclid(30) * 30);
            happening.received_at = happening.at;
            if !happening.points.contains(&"ordered".to_owned()) {
                happening.properties.clear();
                happening.traits.clear();
            }
        }
        let mut ready = Ready::new(&case);
        let touches = ready.touches(&case.happenings);
        let first = touches.first().map_or(Time::NEVER, |first| first.at);
        let inert = |touch: &ReadyTouch| {
            touch.at > first && touch.facts.is_empty() && ready.plan.is_inert(touch.kind)
        };
        let (mut at_front, mut at_end) = (touches.clone(), touches.clone());
        at_front.sort_by_key(|touch| (touch.at, !inert(touch)));
        at_end.sort_by_key(|touch| (touch.at, inert(touch)));
        let (_, in_front) = ready.fold(&case.id, &at_front, &[], case.until);
        let (_, behind) = ready.fold(&case.id, &at_end, &[], case.until);
        prop_assert_eq!(in_front, behind);
        Ok(())
    });
}

/// Kinds of touch may be met for the first time while customers are under way.
#[test]
fn kinds_may_be_learned_on_the_way() {
    check(30, (case(), 0..25_usize), |(case, met)| {
        let met = met.min(case.happenings.len());
        let mut ready = Ready::new(&case);
        ready.touches(&case.happenings[..met]);
        let plan = ready.plan.clone();
        let touches = ready.touches(&case.happenings);
        let mut customer = Customer::new(ready.world());
        let early = World {
            plan: &plan,
            ..ready.world()
        };
        customer.begin(early, case.id.as_bytes());
        let mut found = Vec::new();
        for (row, touch) in touches.iter().enumerate() {
            let world = if row < met { early } else { ready.world() };
            customer.touch(world, &touch.touch(), &mut found);
        }
        customer.pass(ready.world(), case.until, &mut found);
        let (_, expected) = ready.fold(&case.id, &touches, &[], case.until);
        prop_assert_eq!(found, expected);
        Ok(())
    });
}

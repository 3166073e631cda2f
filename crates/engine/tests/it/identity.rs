//! The laws of identity: joins in any order, against plain search for what hangs together.

use perennial_engine::identity::{Forest, Owner, Sighting};
use perennial_model::Time;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::check::check;

/// Identifiers in a case.
const NODES: usize = 12;

fn links() -> impl Strategy<Value = Vec<(u32, u32)>> {
    vec((0..NODES as u32, 0..NODES as u32), 0..20)
}

/// For each pair whether they are one.
fn sets(links: &[(u32, u32)], cap: usize) -> Vec<bool> {
    let mut forest = Forest::new(NODES);
    for &(a, b) in links {
        forest.join(a, b, cap);
    }
    pairs()
        .map(|(a, b)| forest.find(a) == forest.find(b))
        .collect()
}

fn pairs() -> impl Iterator<Item = (u32, u32)> {
    (0..NODES as u32).flat_map(|a| (0..NODES as u32).map(move |b| (a, b)))
}

/// All that can be reached from an identifier over links.
fn reached(links: &[(u32, u32)], from: u32) -> Vec<u32> {
    let mut reached = vec![from];
    let mut looked_at = 0;
    while let Some(&node) = reached.get(looked_at) {
        looked_at += 1;
        for &(a, b) in links {
            for other in [(a, b), (b, a)]
                .into_iter()
                .filter(|link| link.0 == node)
                .map(|link| link.1)
            {
                if !reached.contains(&other) {
                    reached.push(other);
                }
            }
        }
    }
    reached
}

#[test]
fn joins_in_any_order_give_what_hangs_together() {
    let shuffled = links().prop_flat_map(|links| (Just(links.clone()), Just(links).prop_shuffle()));
    check(100, shuffled, |(links, shuffled)| {
        let expected: Vec<bool> = pairs()
            .map(|(a, b)| reached(&links, a).contains(&b))
            .collect();
        prop_assert_eq!(&sets(&links, NODES), &expected);
        prop_assert_eq!(&sets(&shuffled, NODES), &expected);
        Ok(())
    });
}

/// With a cap the links are taken in their canonical order, and one that would join too many is left out.
#[test]
fn the_cap_leaves_out_the_links_that_join_too_many() {
    check(100, (links(), 1..=NODES), |(links, cap)| {
        let mut forest = Forest::new(NODES);
        let mut kept = Vec::new();
        for &(a, b) in &links {
            let (left, right) = (reached(&kept, a), reached(&kept, b));
            let is_one = left.contains(&b);
            let fits = is_one || left.len() + right.len() <= cap;
            prop_assert_eq!(forest.join(a, b, cap), fits);
            if fits {
                kept.push((a, b));
            }
        }
        prop_assert_eq!(sets(&links, cap), sets(&kept, NODES));
        prop_assert!((0..NODES as u32).all(|node| reached(&kept, node).len() <= cap));
        Ok(())
    });
}

/// A device belongs to the identifier it was first seen with, whatever the order of arrival.
#[test]
fn the_first_sighting_owns_the_device() {
    let sightings = vec((0..4_u32, 0..6_i64), 1..8);
    let shuffled = sightings.prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()));
    check(100, shuffled, |(sightings, shuffled)| {
        // The node stands for the message id where two are seen at the same instant.
        let owner = |sightings: &[(u32, i64)]| {
            let owned = |(row, &(node, at)): (usize, &(u32, i64))| Owner {
                node,
                at: Time(at),
                row: row as u32,
            };
            let mut owners = sightings.iter().enumerate().map(owned);
            let first = owners.next()?;
            let owner = owners.fold(first, |owner, seen| match owner.sighted(seen.at) {
                Sighting::Earlier => seen,
                Sighting::Tied if seen.node < owner.node => seen,
                Sighting::Tied | Sighting::Later => owner,
            });
            Some((owner.at.ms(), owner.node))
        };
        let expected = sightings.iter().map(|&(node, at)| (at, node)).min();
        prop_assert_eq!(owner(&sightings), expected);
        prop_assert_eq!(owner(&shuffled), expected);
        Ok(())
    });
}

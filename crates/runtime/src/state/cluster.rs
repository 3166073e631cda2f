//! Which identifiers are one customer: the joins that hold among those that links reach.

use std::collections::HashMap;

use perennial_engine::identity::Forest;

use super::node::{Link, Node, Stated};

/// Identifiers that links reach from each other, and how they fall into customers.
pub(crate) struct Cluster {
    /// By place: the place of the identifier that lends her customer its id.
    pub lead: Vec<usize>,
    /// By place: what joined it, if anything did.
    pub joined: Vec<Option<Stated>>,
}

impl Cluster {
    /// Works out the customers among `nodes`, which must be all that links reach.
    ///
    /// The order of joining is that of time and then of names, so arrival cannot matter where the
    /// most identifiers of a customer make it matter which link comes first.
    pub fn of(nodes: &[(u32, &Node)], most: usize) -> Self {
        let known: HashMap<u32, (usize, &Node)> = nodes
            .iter()
            .enumerate()
            .map(|(place, &(number, node))| (number, (place, node)))
            .collect();
        let mut links: Vec<(&Link, &Stated)> = Vec::new();
        for &(number, own) in nodes {
            let stated = own.links.iter().filter(|link| link.a == number);
            links.extend(stated.filter_map(|link| Some((link, own.holds(link, number)?))));
        }
        links.sort_by_cached_key(|(link, stated)| {
            let name = |number: u32| {
                let (rank, id) = known[&number].1.name();
                (rank, id.to_vec())
            };
            let at_ms = stated.at_ms;
            (at_ms, name(link.a), name(link.b), stated.message.clone())
        });
        let mut forest = Forest::new(nodes.len());
        let mut joined: Vec<Option<Stated>> = vec![None; nodes.len()];
        for (link, stated) in links {
            let (a, b) = (known[&link.a].0, known[&link.b].0);
            if !forest.join(a as u32, b as u32, most) {
                continue;
            }
            for place in [a, b] {
                joined[place].get_or_insert_with(|| stated.clone());
            }
        }
        let name = |place: usize| nodes[place].1.name();
        let mut least: Vec<usize> = (0..nodes.len()).collect();
        for place in 0..nodes.len() {
            let root = forest.find(place as u32) as usize;
            if name(place) < name(least[root]) {
                least[root] = place;
            }
        }
        let lead = (0..nodes.len())
            .map(|place| least[forest.find(place as u32) as usize])
            .collect();
        Self { lead, joined }
    }
}

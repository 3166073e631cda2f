//! Which identifiers are one customer: the joins that hold among those that links reach.

use std::collections::{HashMap, HashSet};

use perennial_engine::identity::Forest;
use perennial_store::shelf::ShelfError;

use super::node::{Link, Node, Stated};

/// An identifier: rank of its kind, its text, and what joined it to the customer.
pub(crate) type Identifier = (u8, Box<str>, Option<Stated>);

/// The identifiers that links reach from one, which comes first, held or not by partings. `ends` appends
/// the ends of an identifier's links.
///
/// # Errors
/// What `ends` says.
pub(crate) fn reach(
    start: u32,
    mut ends: impl FnMut(u32, &mut Vec<u32>) -> Result<(), ShelfError>,
) -> Result<Vec<u32>, ShelfError> {
    let mut reached = vec![start];
    let mut known = HashSet::from([start]);
    let (mut next, mut found) = (0, Vec::new());
    while let Some(&number) = reached.get(next) {
        next += 1;
        ends(number, &mut found)?;
        reached.extend(found.drain(..).filter(|end| known.insert(*end)));
    }
    Ok(reached)
}

/// Those of some identifiers that are anybody's, each with what joined it to its customer, in the order of
/// results. A customer has `most` identifiers at most.
///
/// # Errors
/// What `read` says, which gives an identifier by number.
pub(crate) fn identifiers(
    numbers: &[u32],
    most: usize,
    read: &mut dyn FnMut(u32) -> Result<Node, ShelfError>,
) -> Result<Vec<Identifier>, ShelfError> {
    let mut identifiers = Vec::new();
    // All that links reach from one are worked out together.
    let mut joined: HashMap<u32, Option<Stated>> = HashMap::new();
    for &number in numbers {
        let node = read(number)?;
        if !node.seen {
            continue;
        }
        if !node.is_device() && !node.links.is_empty() && !joined.contains_key(&number) {
            let mut nodes = Vec::new();
            reach(number, |number, ends| {
                let node = read(number)?;
                ends.extend(node.ends());
                nodes.push((number, node));
                Ok(())
            })?;
            let nodes: Vec<_> = nodes.iter().map(|(number, node)| (*number, node)).collect();
            let numbers = nodes.iter().map(|(number, _)| *number);
            joined.extend(numbers.zip(Cluster::of(&nodes, most).joined));
        }
        let by = match node.is_device() {
            true => node.owner().map(|(_, stated)| stated.clone()),
            false => joined.get(&number).cloned().flatten(),
        };
        identifiers.push((node.rank, node.id, by));
    }
    identifiers.sort_by(|a, b| (a.0, a.1.as_bytes()).cmp(&(b.0, b.1.as_bytes())));
    Ok(identifiers)
}

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

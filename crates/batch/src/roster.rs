//! The customers of a run: their ids in a fixed order, and the customer of every row.

use perennial_engine::identity::{Forest, Link, Owner, rank};
use perennial_model::{PARTITIONS, customer_hash, partition_of};

use crate::customer_ids::CustomerIds;
use crate::intern::{DROPPED, Interner, NONE};

/// What the first pass found.
pub(crate) struct RosterParts {
    pub interner: Interner,
    pub strong: Vec<u32>,
    pub device: Vec<u32>,
    pub owners: Vec<Option<Owner>>,
    /// In an order that arrival cannot change, since the cap may refuse the later ones.
    pub links: Vec<Link>,
    /// Rows that bring scores, and the identifier that each is about, which need not be anybody's.
    pub scored: Vec<(u32, u32)>,
    pub dropped: Vec<u32>,
    pub max_identifiers: usize,
    /// Whether every identifier is to be listed.
    pub with_identities: bool,
}

/// The customers of a run.
///
/// **Invariant:** customers are numbered in the order of `(customer_hash(id), id)`, so numbers, partitions
/// and every file written in their order depend on nothing but the ids.
pub(crate) struct Roster {
    ids: CustomerIds,
    interner: Interner,
    /// First customer of each partition, and the end.
    starts: Vec<u32>,
    /// The customer of every row; [`NONE`] without an identifier, [`DROPPED`] where the message had come before.
    of_row: Vec<u32>,
    /// Every identifier with its customer and what joined it to her, in the order of customers.
    pub identities: Vec<Identity>,
    /// Links refused because the joined customer would have had too many identifiers.
    pub links_refused: u64,
}

/// One identifier of a customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Identity {
    pub customer: u32,
    pub rank: u8,
    /// The identifier's number.
    node: u32,
    /// The row of the event that joined it to her; `None` for an identifier that is hers by itself.
    pub joined_by: Option<u32>,
    /// When that event happened, in milliseconds.
    pub joined_at: Option<i64>,
}

impl Roster {
    pub(crate) fn new(parts: RosterParts) -> Self {
        let RosterParts {
            mut interner,
            mut strong,
            device,
            owners,
            links,
            scored,
            ..
        } = parts;
        for &row in &parts.dropped {
            strong[row as usize] = DROPPED;
        }
        let seen = seen(&interner, &strong, &device, &links);
        let mut forest = Forest::new(interner.len());
        let mut joined_by: Vec<Option<(u32, i64)>> =
            vec![None; if links.is_empty() { 0 } else { interner.len() }];
        let mut links_refused = 0;
        for link in &links {
            if !forest.join(link.a, link.b, parts.max_identifiers) {
                links_refused += 1;
                continue;
            }
            for node in [link.a, link.b] {
                joined_by[node as usize].get_or_insert((link.row, link.at.ms()));
            }
        }
        drop(links);
        let owner_of = |node: u32| owners.get(node as usize).copied().flatten();
        let lead = leads(&interner, &mut forest);
        let mut customers: Vec<(u64, u32)> = Vec::new();
        let mut customer_of = vec![NONE; interner.len()];
        for node in 0..interner.len() as u32 {
            let own = seen[node as usize] && forest.find(node) == node && owner_of(node).is_none();
            if own {
                let lead = lead[node as usize];
                customers.push((interner.with(lead, customer_hash), lead));
            }
        }
        customers.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0)
                .then_with(|| interner.with(a.1, |x| interner.with(b.1, |y| x.cmp(y))))
        });
        let mut aliases = Vec::new();
        let mut ids = CustomerIds::with_room(customers.len());
        let same = |a: u32, b: u32| interner.with(a, |x| interner.with(b, |y| x == y));
        // A user and a device of the same spelling have one customer id, so they are one customer.
        customers.dedup_by(|a, b| {
            let alike = a.0 == b.0 && same(a.1, b.1);
            if alike {
                aliases.push((a.1, b.1));
            }
            alike
        });
        for (number, (_, lead)) in customers.iter().enumerate() {
            customer_of[forest.find(*lead) as usize] = number as u32;
            interner.with(*lead, |id| ids.push(&String::from_utf8_lossy(id)));
        }
        for (alias, kept) in aliases {
            customer_of[forest.find(alias) as usize] = customer_of[forest.find(kept) as usize];
        }
        for node in 0..interner.len() as u32 {
            let home = owner_of(node).map_or(node, |owner| owner.node);
            customer_of[node as usize] = customer_of[forest.find(home) as usize];
        }
        let starts = partition_starts(&customers);
        for (row, node) in strong.iter_mut().enumerate() {
            if *node == DROPPED {
                continue;
            }
            if *node == NONE && !device.is_empty() {
                *node = device[row];
            }
            *node = if *node == NONE {
                NONE
            } else {
                customer_of[*node as usize]
            };
        }
        drop(device);
        for (row, node) in scored {
            if strong[row as usize] != DROPPED {
                strong[row as usize] = customer_of[node as usize];
            }
        }
        let mut identities = Vec::new();
        let listed = |node: &u32| parts.with_identities && seen[*node as usize];
        for node in (0..interner.len() as u32).filter(listed) {
            let joined = match owner_of(node) {
                Some(owner) => Some((owner.row, owner.at.ms())),
                None => joined_by.get(node as usize).copied().flatten(),
            };
            identities.push(Identity {
                customer: customer_of[node as usize],
                rank: rank(interner.kind(node)),
                node,
                joined_by: joined.map(|(row, _)| row),
                joined_at: joined.map(|(_, at)| at),
            });
        }
        identities.sort_unstable_by(|a, b| {
            let spelling = || interner.with(a.node, |x| interner.with(b.node, |y| x.cmp(y)));
            (a.customer, a.rank)
                .cmp(&(b.customer, b.rank))
                .then_with(spelling)
        });
        // Identifiers are read from columns of text, so this changes nothing.
        interner.forget_lookup();
        Self {
            ids,
            interner,
            starts,
            of_row: strong,
            identities,
            links_refused,
        }
    }

    /// How many customers there are.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// A customer's id.
    pub(crate) fn id(&self, customer: u32) -> &str {
        self.ids.id(customer)
    }

    /// The ids of all customers.
    pub(crate) fn into_ids(self) -> CustomerIds {
        self.ids
    }

    /// Calls `with` with the bytes of an identifier.
    pub(crate) fn with_identifier<T>(&self, one: &Identity, with: impl FnOnce(&[u8]) -> T) -> T {
        self.interner.with(one.node, with)
    }

    /// The customers of a partition.
    pub(crate) fn partition(&self, partition: usize) -> std::ops::Range<u32> {
        self.starts[partition]..self.starts[partition + 1]
    }

    /// The customer of a row; [`NONE`] if it has none, [`DROPPED`] if its message had come before.
    pub(crate) fn of_row(&self, row: u32) -> u32 {
        self.of_row[row as usize]
    }

    /// The customers of rows in a row, as [`Roster::of_row`].
    pub(crate) fn of_rows(&self, rows: std::ops::Range<u32>) -> &[u32] {
        &self.of_row[rows.start as usize..rows.end as usize]
    }

    /// Forgets the customers of rows, which every touch knows by itself once it is gathered.
    pub(crate) fn forget_rows(&mut self) {
        self.of_row = Vec::new();
    }
}

/// Which identifiers a row names that is taken: dictionaries hold also those of rows that are not.
fn seen(interner: &Interner, strong: &[u32], device: &[u32], links: &[Link]) -> Vec<bool> {
    let mut seen = vec![false; interner.len()];
    let mut see = |node: u32| {
        if let Some(seen) = seen.get_mut(node as usize) {
            *seen = true;
        }
    };
    strong.iter().for_each(|&node| see(node));
    for (&device, &strong) in device.iter().zip(strong) {
        see(if strong == DROPPED { NONE } else { device });
    }
    links.iter().flat_map(|link| [link.a, link.b]).for_each(see);
    seen
}

/// By root of the forest: the identifier that lends the customer its id, users before e-mail before
/// phone, then the smallest by bytes. Which is the least of the set, so no order of joining shows.
fn leads(interner: &Interner, forest: &mut Forest) -> Vec<u32> {
    let mut lead: Vec<u32> = (0..interner.len() as u32).collect();
    for node in 0..interner.len() as u32 {
        let root = forest.find(node);
        let best = lead[root as usize];
        if best == node {
            continue;
        }
        let order = |node: u32| rank(interner.kind(node));
        let less = order(node)
            .cmp(&order(best))
            .then_with(|| interner.with(node, |a| interner.with(best, |b| a.cmp(b))));
        if less.is_lt() {
            lead[root as usize] = node;
        }
    }
    lead
}

fn partition_starts(customers: &[(u64, u32)]) -> Vec<u32> {
    (0..=PARTITIONS)
        .map(|partition| {
            customers.partition_point(|(hash, _)| partition_of(*hash) < partition) as u32
        })
        .collect()
}

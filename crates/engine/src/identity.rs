//! Who is it: identifiers joined to customers, the same whatever the order of arrival.
//!
//! Nodes are identifiers by number. Strong nodes (users, and e-mail or phone where the project says
//! so) are joined by links without direction; a device is weak: it belongs to the first strong node
//! it was seen with, by event time, for its whole past and future, and never joins two of them.

use std::borrow::Cow;

use perennial_model::Time;
use perennial_rules::project::IdentifierKind;

/// The kinds of identifiers by rank: the order in which they lend a customer their id.
pub const KINDS: [IdentifierKind; 4] = [
    IdentifierKind::User,
    IdentifierKind::Email,
    IdentifierKind::Phone,
    IdentifierKind::Anonymous,
];

/// The event that parts two identifiers, by its usual name: its user from the one it names as the former
/// id, or else from its device.
///
/// Links said up to then no longer hold, and only an alias that comes later joins the two again; a
/// device that was parted from a user stays so.
pub const UNLINKED: &str = "Identity Unlinked";

/// A link between two strong identifiers, as an event states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// One identifier.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// When the event that states it happened.
    pub at: Time,
    /// The caller's number of that event.
    pub row: u32,
}

/// Sets of joined identifiers.
#[derive(Clone, Debug, Default)]
pub struct Forest {
    parent: Vec<u32>,
    size: Vec<u32>,
}

impl Forest {
    /// As many identifiers, each on its own.
    pub fn new(nodes: usize) -> Self {
        Self {
            parent: (0..nodes as u32).collect(),
            size: vec![1; nodes],
        }
    }

    /// The identifier that stands for the set of `node`. Which one it is carries no meaning.
    pub fn find(&mut self, mut node: u32) -> u32 {
        while self.parent[node as usize] != node {
            let above = self.parent[self.parent[node as usize] as usize];
            self.parent[node as usize] = above;
            node = above;
        }
        node
    }

    /// Joins two sets unless the joined one would have more than `cap` identifiers; answers whether
    /// they are one now.
    pub fn join(&mut self, a: u32, b: u32, cap: usize) -> bool {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return true;
        }
        let joined = self.size[a as usize] + self.size[b as usize];
        if joined as usize > cap {
            return false;
        }
        let (root, child) = if self.size[a as usize] >= self.size[b as usize] {
            (a, b)
        } else {
            (b, a)
        };
        self.parent[child as usize] = root;
        self.size[root as usize] = joined;
        true
    }
}

/// The first strong identifier that a device was seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The strong identifier.
    pub node: u32,
    /// When they were first seen together.
    pub at: Time,
    /// The caller's number of that event.
    pub row: u32,
}

/// What a further sighting of a device with a strong identifier means for its owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// The owner stays.
    Later,
    /// The new one was earlier and becomes the owner.
    Earlier,
    /// Both at the same instant: message ids decide which came first, with which identifier.
    Tied,
}

impl Owner {
    /// Compares a sighting with the owner so far.
    pub fn sighted(&self, at: Time) -> Sighting {
        match at.cmp(&self.at) {
            std::cmp::Ordering::Less => Sighting::Earlier,
            std::cmp::Ordering::Equal => Sighting::Tied,
            std::cmp::Ordering::Greater => Sighting::Later,
        }
    }
}

/// The rank of a kind: its place among [`KINDS`], users first and devices last.
pub const fn rank(kind: IdentifierKind) -> u8 {
    match kind {
        IdentifierKind::User => 0,
        IdentifierKind::Email => 1,
        IdentifierKind::Phone => 2,
        IdentifierKind::Anonymous => 3,
    }
}

/// The word for a kind in results, by its rank.
pub fn kind_name(rank: u8) -> &'static str {
    ["user", "email", "phone", "anonymous"][usize::from(rank.min(3))]
}

/// An identifier in the form in which those of its kind are compared: an address in lower case, a phone
/// number by its digits and leading plus, anything else as it stands.
#[inline]
pub fn compared(kind: IdentifierKind, id: &str) -> Cow<'_, str> {
    match kind {
        IdentifierKind::Email => Cow::Owned(id.to_lowercase()),
        IdentifierKind::Phone => Cow::Owned(digits(id)),
        IdentifierKind::User | IdentifierKind::Anonymous => Cow::Borrowed(id),
    }
}

fn digits(phone: &str) -> String {
    let plus = phone.trim_start().starts_with('+');
    plus.then_some('+')
        .into_iter()
        .chain(phone.chars().filter(char::is_ascii_digit))
        .collect()
}

/// Whether a value identifies nobody: blank, or one of the placeholders (given in lower case).
pub fn is_placeholder(id: &[u8], placeholders: &[String]) -> bool {
    let id = id.trim_ascii();
    id.is_empty()
        || placeholders
            .iter()
            .any(|known| known.as_bytes().eq_ignore_ascii_case(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_ranks_words_and_forms() {
        for (place, kind) in KINDS.into_iter().enumerate() {
            assert_eq!(usize::from(rank(kind)), place);
        }
        let words = (0..4).map(kind_name);
        assert!(words.eq(["user", "email", "phone", "anonymous"]));
        for (kind, id, form) in [
            (IdentifierKind::User, "Ada", "Ada"),
            (IdentifierKind::Email, "Ada@X.org", "ada@x.org"),
            (IdentifierKind::Phone, " +33 6-12", "+33612"),
            (IdentifierKind::Phone, "06 12", "0612"),
            (IdentifierKind::Anonymous, "D-1", "D-1"),
        ] {
            assert_eq!(compared(kind, id), form);
        }
    }

    #[test]
    fn joining_is_the_same_in_any_order() {
        let links = [(0, 1), (2, 3), (1, 2), (4, 5), (3, 0)];
        let sets = |order: &[usize]| {
            let mut forest = Forest::new(6);
            for &link in order {
                forest.join(links[link].0, links[link].1, 100);
            }
            (0..6_u32)
                .map(|a| {
                    (0..6_u32)
                        .map(|b| forest.find(a) == forest.find(b))
                        .collect()
                })
                .collect::<Vec<Vec<bool>>>()
        };
        assert_eq!(sets(&[0, 1, 2, 3, 4]), sets(&[4, 3, 2, 1, 0]));
        assert_eq!(sets(&[0, 1, 2, 3, 4]), sets(&[2, 0, 4, 1, 3]));
    }

    #[test]
    fn the_cap_holds() {
        let mut forest = Forest::new(3);
        assert!(forest.join(0, 1, 2));
        assert!(!forest.join(1, 2, 2));
        assert_ne!(forest.find(0), forest.find(2));
    }
}

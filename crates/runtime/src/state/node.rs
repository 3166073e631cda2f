//! An identifier and what events have said of it: links, sightings, traits.

use std::sync::Arc;

use perennial_engine::identity::rank;
use perennial_rules::project::IdentifierKind;
use serde::{Deserialize, Serialize};

use super::touch::MessageId;

/// Most traits kept of an identifier.
pub(crate) const MAX_TRAITS: usize = 500;
/// Most users that a device is remembered with: the earliest stay.
const MAX_SIGHTINGS: usize = 64;

/// An identifier. Its number is its place in the order in which identifiers were first met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Node {
    /// The rank of its kind, which orders kinds: user, email, phone, anonymous.
    pub rank: u8,
    pub id: Box<str>,
    /// Whether it is anybody's: it has a touch or a link, and was not only parted from another.
    pub seen: bool,
    /// The customer it belongs to now.
    pub customer: Arc<str>,
    /// Links that name it, either end.
    pub links: Vec<Link>,
    /// Identifiers it was parted from, and when that was said last, in milliseconds.
    pub partings: Vec<(u32, i64)>,
    /// Of a device: the strong identifiers it was seen with, each with the earliest time.
    pub sightings: Vec<(u32, Stated)>,
    /// Of a strong identifier: the devices that belong to it.
    pub devices: Vec<u32>,
    /// Traits set by its events, each as the latest said.
    pub traits: Vec<KeptTrait>,
}

/// When and by which event something was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Stated {
    pub at_ms: i64,
    pub message: MessageId,
}

/// Two strong identifiers said to be one customer's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub a: u32,
    pub b: u32,
    /// The earliest event that says so.
    pub first: Stated,
    /// The latest alias that says so, which outlives a parting before it.
    pub last_alias: Option<Stated>,
}

/// A trait as it was said last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptTrait {
    pub name: Box<str>,
    /// As JSON.
    pub value: Box<str>,
    pub stated: Stated,
}

impl Node {
    /// An identifier just met: a customer of its own.
    pub fn new(rank: u8, id: &str) -> Self {
        Self {
            rank,
            id: id.into(),
            seen: false,
            customer: id.into(),
            links: Vec::new(),
            partings: Vec::new(),
            sightings: Vec::new(),
            devices: Vec::new(),
            traits: Vec::new(),
        }
    }

    pub fn is_device(&self) -> bool {
        self.rank == rank(IdentifierKind::Anonymous)
    }

    /// What orders identifiers: the least of a customer lends her its id.
    pub fn name(&self) -> (u8, &[u8]) {
        (self.rank, self.id.as_bytes())
    }

    /// Both ends of each of its links.
    pub fn ends(&self) -> impl Iterator<Item = u32> {
        self.links.iter().flat_map(|link| [link.a, link.b])
    }

    /// Takes in a link; answers whether that changes which identifiers are joined, and when.
    pub fn link(&mut self, link: &Link) -> bool {
        let known = self
            .links
            .iter_mut()
            .find(|known| (known.a, known.b) == (link.a, link.b));
        let Some(known) = known else {
            self.links.push(link.clone());
            return true;
        };
        let mut changed = false;
        if link.first < known.first {
            known.first = link.first.clone();
            changed = true;
        }
        if link.last_alias > known.last_alias {
            known.last_alias = link.last_alias.clone();
            changed |= !self.partings.is_empty();
        }
        changed
    }

    /// Since when a link of its holds; `None` where the two were parted after.
    pub fn holds<'l>(&self, link: &'l Link, own: u32) -> Option<&'l Stated> {
        let other = if link.a == own { link.b } else { link.a };
        let parted = self.partings.iter().find(|(node, _)| *node == other);
        match (parted, &link.last_alias) {
            (None, _) => Some(&link.first),
            (Some((_, at_ms)), Some(last)) if last.at_ms > *at_ms => Some(last),
            _ => None,
        }
    }

    /// Takes in that it was parted from another; answers whether that is news.
    pub fn part(&mut self, other: u32, at_ms: i64) -> bool {
        match self.partings.iter_mut().find(|(node, _)| *node == other) {
            Some((_, known)) if *known >= at_ms => false,
            Some((_, known)) => {
                *known = at_ms;
                true
            }
            None => {
                self.partings.push((other, at_ms));
                true
            }
        }
    }

    /// Of a device: takes in that it was seen with a strong identifier; answers whether that may
    /// change whose it is.
    pub fn sight(&mut self, strong: u32, stated: impl Fn() -> Stated, at_ms: i64) -> bool {
        match self.sightings.iter_mut().find(|(node, _)| *node == strong) {
            Some((_, known)) if known.at_ms < at_ms => false,
            Some((_, known)) => {
                let stated = stated();
                let earlier = stated < *known;
                if earlier {
                    *known = stated;
                }
                earlier
            }
            None => {
                self.sightings.push((strong, stated()));
                if self.sightings.len() > MAX_SIGHTINGS {
                    self.sightings.sort_by(|a, b| a.1.cmp(&b.1));
                    self.sightings.truncate(MAX_SIGHTINGS);
                }
                true
            }
        }
    }

    /// Of a device: the strong identifier that it belongs to, and since when.
    pub fn owner(&self) -> Option<(u32, &Stated)> {
        let parted = |strong: u32| self.partings.iter().any(|(node, _)| *node == strong);
        let sightings = self.sightings.iter();
        sightings
            .filter(|(strong, _)| !parted(*strong))
            .min_by(|a, b| a.1.cmp(&b.1))
            .map(|(strong, stated)| (*strong, stated))
    }

    /// Takes in a trait, unless it was said later otherwise. More than can be kept are left out.
    pub fn set_trait(&mut self, name: &str, value: String, stated: &Stated) {
        let known = self.traits.iter().position(|known| *known.name == *name);
        let trait_ = KeptTrait {
            name: name.into(),
            value: value.into(),
            stated: stated.clone(),
        };
        match known {
            Some(place) if self.traits[place].stated > *stated => {}
            Some(place) => self.traits[place] = trait_,
            None if self.traits.len() < MAX_TRAITS => self.traits.push(trait_),
            None => {}
        }
    }
}

//! Who is who: identifiers, the customers they make up, and what a new event changes of that.

use std::collections::HashMap;
use std::sync::Arc;

use perennial_batch::read::Call;
use perennial_engine::identity::{UNLINKED, compared, is_placeholder, rank};
use perennial_rules::project::{IdentifierKind, IdentityRules, normalize_event_name};
use perennial_store::shelf::{ShelfError, View};

use super::cluster::{Cluster, reach};
use super::gathered::Changed;
use super::held::Held;
use super::node::{Link, Node, Stated};
use super::spaces::NAMES;
use super::stored::{damaged, read_node};
use super::touch::MessageId;

/// All identifiers, those at hand in memory.
#[derive(Default)]
pub(crate) struct People {
    pub(super) numbers: HashMap<Box<[u8]>, u32>,
    pub(super) held: Vec<Option<Box<Held>>>,
    /// Identifiers with something that is not on the shelf.
    pub(super) changed: Vec<u32>,
    /// Of them those that a checkpoint is to take as they were when it began.
    pub(super) awaiting: Vec<u32>,
    /// What it has taken.
    pub(super) gathered: Changed,
    /// How many checkpoints have begun.
    pub(super) era: u32,
    /// Identifiers with touches on their way to the shelf.
    pub(super) saving: Vec<u32>,
    /// Where the look for what can be let go has got to.
    pub(super) looked_at: usize,
    pub(super) key: Vec<u8>,
    /// Customers whose identifiers have changed: before and after.
    pub moved: Vec<(u32, Arc<str>, Arc<str>)>,
}

/// The identifiers that a call names, placeholders left out.
#[derive(Clone, Copy)]
struct Named {
    user: Option<u32>,
    device: Option<u32>,
    previous: Option<u32>,
    email: Option<u32>,
    phone: Option<u32>,
}

impl People {
    /// Identifiers of which `count` are on the shelf.
    pub fn with_count(count: u32) -> Self {
        Self {
            held: (0..count).map(|_| None).collect(),
            ..Self::default()
        }
    }

    /// How many identifiers there are.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// The identifier whose touch a call is, after all that it says of identifiers is taken in.
    /// `None` where it names nobody.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn identify(
        &mut self,
        call: &Call<'_>,
        message: &MessageId,
        rules: &IdentityRules,
        shelf: &dyn View,
    ) -> Result<Option<u32>, ShelfError> {
        let parts = call.event.len() == UNLINKED.len()
            && normalize_event_name(call.event) == normalize_event_name(UNLINKED);
        let named = self.named(call, rules, shelf)?;
        let stated = || Stated {
            at_ms: call.at.ms(),
            message: message.clone(),
        };
        let mut strong = named.user;
        for node in [named.email, named.phone] {
            if let (Some(a), Some(b)) = (strong, node) {
                self.link(a, b, stated(), false, rules, shelf)?;
            }
            strong = strong.or(node);
        }
        match (strong, named.previous) {
            (Some(strong), Some(previous)) if parts && strong != previous => {
                self.part(strong, previous, call.at.ms(), rules, shelf)?;
            }
            (Some(strong), Some(previous)) if strong != previous => {
                self.link(previous, strong, stated(), true, rules, shelf)?;
            }
            _ => {}
        }
        let (Some(strong), Some(device)) = (strong, named.device) else {
            return Ok(strong.or(named.device));
        };
        let names_other = call
            .previous_id
            .is_some_and(|id| !is_placeholder(id.as_bytes(), &rules.placeholders));
        if parts && !names_other {
            let node = self.change(device, shelf)?;
            if node.part(strong, call.at.ms()) {
                self.give_device(device, shelf)?;
            }
        } else {
            let at_ms = call.at.ms();
            let held = self.held(device, shelf)?;
            if held.node.sight(strong, stated, at_ms) {
                self.mark(device);
                self.give_device(device, shelf)?;
            }
        }
        Ok(Some(strong))
    }

    /// The identifier that scores are about: the first that the call names, which is not met by it and joined
    /// to no other. `None` where it names nobody.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn scored(
        &mut self,
        call: &Call<'_>,
        rules: &IdentityRules,
        shelf: &dyn View,
    ) -> Result<Option<u32>, ShelfError> {
        let if_strong =
            |id: Option<_>, kind: IdentifierKind| id.filter(|_| rules.strong.contains(&kind));
        let named = [
            (call.user_id, IdentifierKind::User),
            (
                if_strong(call.email, IdentifierKind::Email),
                IdentifierKind::Email,
            ),
            (
                if_strong(call.phone, IdentifierKind::Phone),
                IdentifierKind::Phone,
            ),
            (call.anonymous_id, IdentifierKind::Anonymous),
        ];
        for (id, kind) in named {
            let Some(id) = id.map(|id| compared(kind, id)) else {
                continue;
            };
            if !is_placeholder(id.as_bytes(), &rules.placeholders) {
                return self.number(rank(kind), &id, shelf).map(Some);
            }
        }
        Ok(None)
    }

    fn named(
        &mut self,
        call: &Call<'_>,
        rules: &IdentityRules,
        shelf: &dyn View,
    ) -> Result<Named, ShelfError> {
        let mut number = |id: Option<&str>, kind: IdentifierKind| {
            let id = id.map(|id| compared(kind, id));
            match id {
                Some(id) if !is_placeholder(id.as_bytes(), &rules.placeholders) => {
                    self.number(rank(kind), &id, shelf).map(Some)
                }
                _ => Ok(None),
            }
        };
        let if_strong =
            |id: Option<_>, kind: IdentifierKind| id.filter(|_| rules.strong.contains(&kind));
        let user = number(call.user_id, IdentifierKind::User)?;
        let device = number(call.anonymous_id, IdentifierKind::Anonymous)?;
        let email = if_strong(call.email, IdentifierKind::Email);
        let email = number(email, IdentifierKind::Email)?;
        let phone = if_strong(call.phone, IdentifierKind::Phone);
        let phone = number(phone, IdentifierKind::Phone)?;
        // Whoever is only parted from is not met by that.
        for met in [user, device, email, phone].into_iter().flatten() {
            self.meet(met, shelf)?;
        }
        let previous = match (user.or(email).or(phone), call.previous_id) {
            (Some(_), Some(id)) if !is_placeholder(id.as_bytes(), &rules.placeholders) => {
                Some(self.number(rank(IdentifierKind::User), id, shelf)?)
            }
            _ => None,
        };
        Ok(Named {
            user,
            device,
            previous,
            email,
            phone,
        })
    }

    /// The number of an identifier, new if it was not known.
    fn number(&mut self, rank: u8, id: &str, shelf: &dyn View) -> Result<u32, ShelfError> {
        self.fill_key(rank, id);
        if let Some(&number) = self.numbers.get(&self.key[..]) {
            return Ok(number);
        }
        if let Some(number) = self.stored(shelf)? {
            return Ok(number);
        }
        let number = self.held.len() as u32;
        self.numbers.insert(self.key.as_slice().into(), number);
        self.held
            .push(Some(Box::new(Held::new(Node::new(rank, id)))));
        self.mark(number);
        let own = self.customer(number);
        self.moved.push((number, "".into(), own));
        Ok(number)
    }

    /// Somebody is met by an identifier.
    fn meet(&mut self, number: u32, shelf: &dyn View) -> Result<(), ShelfError> {
        if !self.held(number, shelf)?.node.seen {
            self.change(number, shelf)?.seen = true;
        }
        Ok(())
    }

    /// The number of an identifier that is known.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn find(
        &mut self,
        rank: u8,
        id: &str,
        shelf: &dyn View,
    ) -> Result<Option<u32>, ShelfError> {
        self.fill_key(rank, id);
        match self.numbers.get(&self.key[..]) {
            Some(&number) => Ok(Some(number)),
            None => self.stored(shelf),
        }
    }

    fn fill_key(&mut self, rank: u8, id: &str) {
        self.key.clear();
        self.key.push(rank);
        self.key.extend_from_slice(id.as_bytes());
    }

    /// The number on the shelf of the identifier whose key is at hand.
    fn stored(&mut self, shelf: &dyn View) -> Result<Option<u32>, ShelfError> {
        let found = shelf.get(NAMES, &self.key)?;
        let number = found.and_then(|bytes| Some(u32::from_be_bytes(bytes.try_into().ok()?)));
        if let Some(number) = number {
            self.numbers.insert(self.key.as_slice().into(), number);
        }
        Ok(number)
    }

    /// An identifier, fetched from the shelf if it is not at hand.
    ///
    /// # Errors
    /// What the shelf says, also where it lacks what it should hold.
    pub fn held(&mut self, number: u32, shelf: &dyn View) -> Result<&mut Held, ShelfError> {
        self.gather_before_change(number);
        let place = &mut self.held[number as usize];
        if place.is_none() {
            let node = read_node(shelf, number)?;
            self.fill_key(node.rank, &node.id);
            self.numbers.insert(self.key.as_slice().into(), number);
            self.held[number as usize] = Some(Box::new(Held::new(node)));
        }
        let held = self.held[number as usize].as_mut();
        let held = held.ok_or_else(|| damaged("an identifier is not there"))?;
        held.used = true;
        Ok(held)
    }

    /// The customer of an identifier at hand.
    fn customer(&self, number: u32) -> Arc<str> {
        let held = self.held[number as usize].as_ref();
        held.map_or_else(|| "".into(), |held| held.node.customer.clone())
    }

    /// Says that an identifier at hand has changed.
    pub fn mark(&mut self, number: u32) {
        self.gather_before_change(number);
        if let Some(held) = &mut self.held[number as usize] {
            if !held.is_changed() {
                held.era = self.era;
                self.changed.push(number);
            }
            held.dirty = true;
        }
    }

    /// Appends a touch to those of an identifier that are not on the shelf.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn append(
        &mut self,
        number: u32,
        ordinal: u64,
        shelf: &dyn View,
        write: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), ShelfError> {
        let era = self.era;
        let held = self.held(number, shelf)?;
        let is_news = !held.is_changed();
        if is_news {
            held.era = era;
        }
        if held.pending.is_empty() {
            held.pending_first = ordinal;
        }
        write(&mut held.pending);
        if is_news {
            self.changed.push(number);
        }
        Ok(())
    }

    /// An identifier that is about to change.
    pub fn change(&mut self, number: u32, shelf: &dyn View) -> Result<&mut Node, ShelfError> {
        self.held(number, shelf)?;
        self.mark(number);
        Ok(&mut self.held(number, shelf)?.node)
    }

    fn link(
        &mut self,
        a: u32,
        b: u32,
        stated: Stated,
        is_alias: bool,
        rules: &IdentityRules,
        shelf: &dyn View,
    ) -> Result<(), ShelfError> {
        let link = Link {
            a,
            b,
            last_alias: is_alias.then(|| stated.clone()),
            first: stated,
        };
        let mut changed = false;
        for number in [a, b] {
            self.meet(number, shelf)?;
            let held = self.held(number, shelf)?;
            let before = held.node.links.clone();
            changed |= held.node.link(&link);
            if held.node.links != before {
                self.mark(number);
            }
        }
        if changed {
            self.regroup(a, rules, shelf)?;
        }
        Ok(())
    }

    fn part(
        &mut self,
        a: u32,
        b: u32,
        at_ms: i64,
        rules: &IdentityRules,
        shelf: &dyn View,
    ) -> Result<(), ShelfError> {
        let mut changed = false;
        for (own, other) in [(a, b), (b, a)] {
            changed |= self.change(own, shelf)?.part(other, at_ms);
        }
        if changed {
            self.regroup(a, rules, shelf)?;
            self.regroup(b, rules, shelf)?;
        }
        Ok(())
    }

    /// The customers among identifiers at hand, which must be all that links reach.
    fn cluster(&self, reached: &[u32], rules: &IdentityRules) -> Cluster {
        let nodes: Vec<(u32, &Node)> = reached
            .iter()
            .filter_map(|&number| Some((number, &self.held[number as usize].as_ref()?.node)))
            .collect();
        Cluster::of(&nodes, rules.max_identifiers)
    }

    /// Works out anew which customers the identifiers around one make up.
    fn regroup(
        &mut self,
        start: u32,
        rules: &IdentityRules,
        shelf: &dyn View,
    ) -> Result<(), ShelfError> {
        let reached = reach(start, |number, ends| {
            ends.extend(self.held(number, shelf)?.node.ends());
            Ok(())
        })?;
        let cluster = self.cluster(&reached, rules);
        let mut names: HashMap<usize, Arc<str>> = HashMap::new();
        for (place, &number) in reached.iter().enumerate() {
            let lead = cluster.lead[place];
            let name = match names.get(&lead) {
                Some(name) => name.clone(),
                None => {
                    let id: Arc<str> = Arc::from(&*self.held(reached[lead], shelf)?.node.id);
                    names.insert(lead, id.clone());
                    id
                }
            };
            self.give(number, &name, shelf)?;
            let devices = self.held(number, shelf)?.node.devices.clone();
            for device in devices {
                self.give(device, &name, shelf)?;
            }
        }
        Ok(())
    }

    /// Gives a device to whoever it belongs to now.
    fn give_device(&mut self, device: u32, shelf: &dyn View) -> Result<(), ShelfError> {
        let node = &self.held(device, shelf)?.node;
        let (owner, own) = (node.owner().map(|(owner, _)| owner), node.id.clone());
        let sightings: Vec<u32> = node.sightings.iter().map(|(strong, _)| *strong).collect();
        for strong in sightings {
            let devices = &mut self.held(strong, shelf)?.node.devices;
            let is_listed = devices.contains(&device);
            if is_listed == (owner == Some(strong)) {
                continue;
            }
            if is_listed {
                devices.retain(|known| *known != device);
            } else {
                devices.push(device);
            }
            self.mark(strong);
        }
        let customer = match owner {
            Some(owner) => self.held(owner, shelf)?.node.customer.clone(),
            None => own.into(),
        };
        self.give(device, &customer, shelf)
    }

    fn give(
        &mut self,
        number: u32,
        customer: &Arc<str>,
        shelf: &dyn View,
    ) -> Result<(), ShelfError> {
        let node = &mut self.held(number, shelf)?.node;
        if node.customer == *customer {
            return Ok(());
        }
        let before = std::mem::replace(&mut node.customer, customer.clone());
        self.mark(number);
        self.moved.push((number, before, customer.clone()));
        Ok(())
    }
}

//! What events claim of identifiers: which are one customer's, and who was first seen with a device.

use std::cmp::Ordering;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use perennial_engine::identity::{Link, Owner, Sighting, rank};
use perennial_model::Time;

use crate::BatchError;
use crate::intern::Interner;
use crate::rows::Rows;

/// Sightings of devices at one instant kept before message ids decide between them.
const MAX_TIES: usize = 1_000_000;

/// The claims of all events so far, by the numbers of identifiers.
#[derive(Default)]
pub(crate) struct Claims {
    /// By identifier: the owner of a device.
    pub owners: Vec<Option<Owner>>,
    /// Of two identifiers the earliest link, and others at the same instant.
    pub links: Vec<Link>,
    /// Where in `links` the earliest link of two identifiers is.
    linked: HashMap<(u32, u32), usize>,
    /// Sightings of devices at the instant of their owner's.
    ties: Vec<(u32, Owner)>,
}

impl Claims {
    /// Notes that two identifiers are one customer's, as early as it was said.
    pub(crate) fn link(&mut self, a: u32, b: u32, at: Time, row: u32) {
        let link = Link { a, b, at, row };
        match self.linked.entry((a, b)) {
            Entry::Vacant(entry) => {
                entry.insert(self.links.len());
                self.links.push(link);
            }
            Entry::Occupied(entry) => {
                let earliest = &mut self.links[*entry.get()];
                match at.cmp(&earliest.at) {
                    Ordering::Less => *earliest = link,
                    Ordering::Equal => self.links.push(link),
                    Ordering::Greater => {}
                }
            }
        }
    }

    pub(crate) fn sight(&mut self, device: u32, sighting: Owner) {
        if self.owners.len() <= device as usize {
            let room = (device as usize + 1).next_power_of_two();
            self.owners.resize(room, None);
        }
        let owner = &mut self.owners[device as usize];
        match owner.map(|known| known.sighted(sighting.at)) {
            None | Some(Sighting::Earlier) => *owner = Some(sighting),
            Some(Sighting::Later) => {}
            Some(Sighting::Tied) => self.ties.push((device, sighting)),
        }
    }

    /// Settles ties if there are many, so that they cannot fill the memory.
    pub(crate) fn settle_many(&mut self, rows: &Rows) -> Result<(), BatchError> {
        if self.ties.len() > MAX_TIES {
            self.settle(rows)
        } else {
            Ok(())
        }
    }

    /// Lets message ids decide between sightings of a device at the same instant.
    pub(crate) fn settle(&mut self, rows: &Rows) -> Result<(), BatchError> {
        let owners = &mut self.owners;
        let ties: Vec<(u32, Owner)> = std::mem::take(&mut self.ties)
            .into_iter()
            .filter(|(device, one)| owners[*device as usize].is_some_and(|own| own.at == one.at))
            .collect();
        if ties.is_empty() {
            return Ok(());
        }
        let mut wanted: Vec<u32> = Vec::new();
        for (device, sighting) in &ties {
            wanted.push(sighting.row);
            wanted.extend(owners[*device as usize].map(|owner| owner.row));
        }
        let ids = rows.message_ids(wanted)?;
        for (device, sighting) in &ties {
            if let Some(owner) = &mut owners[*device as usize]
                && ids.before(sighting.row, owner.row)
            {
                *owner = *sighting;
            }
        }
        Ok(())
    }

    /// Takes back what dropped rows claimed; answers whether something rests on them that no row at the
    /// same instant claims too, so that it takes another pass to know what would hold without them.
    pub(crate) fn rest_on(&mut self, is_dropped: &impl Fn(u32) -> bool) -> bool {
        self.ties.retain(|(_, sighting)| !is_dropped(sighting.row));
        let twins: HashMap<(u32, u32, Time), Owner> = self
            .ties
            .iter()
            .map(|(device, sighting)| ((*device, sighting.node, sighting.at), *sighting))
            .collect();
        let mut rests = false;
        for (device, owner) in self.owners.iter_mut().enumerate() {
            let Some(owner) = owner.as_mut().filter(|owner| is_dropped(owner.row)) else {
                continue;
            };
            match twins.get(&(device as u32, owner.node, owner.at)) {
                Some(twin) => *owner = *twin,
                None => rests = true,
            }
        }
        let claim = |link: &Link| (link.a, link.b, link.at);
        let kept = self.links.iter().filter(|link| !is_dropped(link.row));
        let kept: HashSet<(u32, u32, Time)> = kept.map(claim).collect();
        rests |= self.links.iter().any(|link| !kept.contains(&claim(link)));
        self.links.retain(|link| !is_dropped(link.row));
        rests
    }

    /// Puts links into an order that arrival cannot change.
    pub(crate) fn order_links(
        &mut self,
        rows: &Rows,
        interner: &Interner,
    ) -> Result<(), BatchError> {
        let name = |node: u32| (rank(interner.kind(node)), interner.bytes(node));
        self.links
            .sort_by_cached_key(|link| (link.at, name(link.a), name(link.b)));
        let same = |x: &Link, y: &Link| (x.at, x.a, x.b) == (y.at, y.a, y.b);
        let groups = self.links.chunk_by(same).filter(|group| group.len() > 1);
        let wanted: Vec<u32> = groups.flatten().map(|link| link.row).collect();
        if !wanted.is_empty() {
            let ids = rows.message_ids(wanted)?;
            for group in self.links.chunk_by_mut(same) {
                group.sort_by(|x, y| ids.compare(x.row, y.row));
            }
        }
        Ok(())
    }
}

//! Customers at hand, those to settle, and when time will bring something for whom.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use perennial_model::Time;
use perennial_store::shelf::{ShelfError, View};

use super::damaged;
use super::folded::{Counted, Folded, StoredCustomer};
use super::people::People;
use super::spaces::CUSTOMERS;
use super::tally::Tally;
use super::touch::{after_all, before_all};

/// Customers by slot; a slot is hers while she is at hand.
#[derive(Default)]
pub(crate) struct Customers {
    by_id: HashMap<Arc<str>, u32>,
    slots: Vec<Option<Box<Folded>>>,
    free: Vec<u32>,
    /// Those to settle.
    listed: Vec<u32>,
    /// Those who differ from what is on the shelf.
    changed: Vec<u32>,
    /// Of them those whom a checkpoint is to take as they were when it began.
    awaiting: Vec<u32>,
    /// Those whom it has taken.
    gathered: Vec<(Arc<str>, StoredCustomer)>,
    /// How many checkpoints have begun.
    era: u32,
    /// Those who have nothing left and whom the shelf is being told of.
    gone: Vec<u32>,
    /// Where the look for whom can be let go has got to.
    looked_at: usize,
    /// When to look at whom. An entry may have become void, which shows when it is due.
    timers: BinaryHeap<Reverse<(i64, Arc<str>)>>,
}

impl Customers {
    /// How many are at hand.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// How many timers are set, void ones included.
    pub fn timers(&self) -> usize {
        self.timers.len()
    }

    /// When the next timer is due; the greatest instant where there is none.
    pub fn next_due_ms(&self) -> i64 {
        self.timers.peek().map_or(i64::MAX, |Reverse((ms, _))| *ms)
    }

    /// Sets the timers of all customers on the shelf, and counts them.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn schedule_all(&mut self, shelf: &dyn View) -> Result<Tally, ShelfError> {
        let mut timers = Vec::new();
        let mut tally = Tally::default();
        for entry in shelf.scan(CUSTOMERS, &[]) {
            let (key, bytes) = entry?;
            let (id, stored) = read(&key, &bytes)?;
            tally.add(&stored.counted);
            if stored.wake_ms < i64::MAX {
                timers.push(Reverse((stored.wake_ms, Arc::from(id))));
            }
        }
        self.timers = timers.into();
        Ok(tally)
    }

    /// Those whose timers are due are to be settled.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn list_due(&mut self, now: Time, shelf: &dyn View) -> Result<(), ShelfError> {
        while self.next_due_ms() < now.ms() {
            let Some(Reverse((_, id))) = self.timers.pop() else {
                break;
            };
            if let Some(slot) = self.find(&id, shelf)? {
                let folded = self.at(slot)?;
                folded.scheduled_ms = i64::MAX;
                self.list(slot);
            }
        }
        Ok(())
    }

    /// Where a customer stands who is at hand.
    pub fn counted(&self, id: &str) -> Option<Counted> {
        let slot = *self.by_id.get(id)?;
        let folded = self.slots.get(slot as usize)?.as_ref()?;
        Some(folded.counted.clone())
    }

    /// Everybody at hand is to be folded from the first.
    pub fn make_all_stale(&mut self) {
        for slot in 0..self.slots.len() as u32 {
            if let Some(folded) = &mut self.slots[slot as usize] {
                folded.stale = true;
                self.list(slot);
            }
        }
    }

    /// She is to be settled.
    pub fn list(&mut self, slot: u32) {
        if let Some(folded) = &mut self.slots[slot as usize]
            && !folded.listed
        {
            folded.listed = true;
            self.listed.push(slot);
        }
    }

    /// Those to settle, who are then no longer listed.
    pub fn take_listed(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.listed)
    }

    /// A customer by slot.
    ///
    /// # Errors
    /// Where nobody has it, which would be a fault of ours.
    pub fn at(&mut self, slot: u32) -> Result<&mut Folded, ShelfError> {
        self.gather_before_change(slot);
        let folded = self.slots.get_mut(slot as usize).and_then(Option::as_mut);
        let folded = folded.ok_or_else(|| damaged("a customer is not at hand"))?;
        folded.used = true;
        Ok(folded)
    }

    /// The slot of the customer that an identifier belongs to.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn of(
        &mut self,
        node: u32,
        people: &mut People,
        shelf: &dyn View,
    ) -> Result<u32, ShelfError> {
        let held = people.held(node, shelf)?;
        let at_hand = self.slots.get(held.slot as usize).and_then(Option::as_ref);
        if at_hand.is_some_and(|folded| Arc::ptr_eq(&folded.id, &held.node.customer)) {
            return Ok(held.slot);
        }
        let slot = match self.find(&held.node.customer.clone(), shelf)? {
            Some(slot) => slot,
            None => return Err(damaged("an identifier belongs to nobody")),
        };
        // One text for all who point to her makes them quick to compare.
        held.node.customer = self.at(slot)?.id.clone();
        held.slot = slot;
        Ok(slot)
    }

    /// The slot of a customer, fetched from the shelf if she is not at hand.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn find(&mut self, id: &str, shelf: &dyn View) -> Result<Option<u32>, ShelfError> {
        if let Some(&slot) = self.by_id.get(id) {
            return Ok(Some(slot));
        }
        let Some(bytes) = shelf.get(CUSTOMERS, id.as_bytes())? else {
            return Ok(None);
        };
        let (_, stored) = read(id.as_bytes(), &bytes)?;
        let mut folded = Folded::new(Arc::from(id), stored);
        folded.scheduled_ms = folded.wake_ms;
        Ok(Some(self.seat(folded)))
    }

    fn seat(&mut self, folded: Folded) -> u32 {
        let slot = self.free.pop().unwrap_or(self.slots.len() as u32);
        self.by_id.insert(folded.id.clone(), slot);
        match self.slots.get_mut(slot as usize) {
            Some(place) => *place = Some(Box::new(folded)),
            None => self.slots.push(Some(Box::new(folded))),
        }
        slot
    }

    /// Follows identifiers that have gone from one customer to another.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn follow(&mut self, people: &mut People, shelf: &dyn View) -> Result<(), ShelfError> {
        if people.moved.is_empty() {
            return Ok(());
        }
        for (node, before, after) in std::mem::take(&mut people.moved) {
            if let (false, Some(slot)) = (before.is_empty(), self.find(&before, shelf)?) {
                let folded = self.at(slot)?;
                folded.nodes.retain(|own| *own != node);
                folded.stale = true;
                // What was told of her cannot be found out any more.
                folded.told.get_or_insert_with(after_all);
                self.mark(slot);
                self.list(slot);
            }
            let slot = match self.find(&after, shelf)? {
                Some(slot) => slot,
                None => {
                    let is_new = before.is_empty();
                    let mut fresh = Folded::new(after, StoredCustomer::nobody());
                    fresh.stale = false;
                    // Whoever comes to be by a parting may have been there before.
                    fresh.told = Some(if is_new { before_all() } else { after_all() });
                    self.seat(fresh)
                }
            };
            let folded = self.at(slot)?;
            folded.told.get_or_insert_with(after_all);
            if !folded.nodes.contains(&node) {
                folded.nodes.push(node);
                folded.nodes.sort_unstable();
            }
            folded.stale |= !before.is_empty();
            self.mark(slot);
            self.list(slot);
        }
        Ok(())
    }

    fn mark(&mut self, slot: u32) {
        self.gather_before_change(slot);
        if let Some(folded) = &mut self.slots[slot as usize]
            && !folded.dirty
        {
            folded.dirty = true;
            folded.era = self.era;
            self.changed.push(slot);
        }
    }

    /// Counts a customer where she stands now, and sets her timer.
    ///
    /// # Errors
    /// Where she is not at hand.
    pub fn count(&mut self, slot: u32, tally: &mut Tally) -> Result<(), ShelfError> {
        let folded = self.at(slot)?;
        let next_ms = folded.next_ms();
        let has_moved = std::mem::take(&mut folded.moved) && !folded.stands_as_counted();
        let changed = has_moved || next_ms != folded.wake_ms;
        if has_moved {
            let now = folded.standing();
            tally.remove(&folded.counted);
            tally.add(&now);
            folded.counted = now;
        }
        folded.wake_ms = next_ms;
        if next_ms < folded.scheduled_ms {
            folded.scheduled_ms = next_ms;
            let id = folded.id.clone();
            self.timers.push(Reverse((next_ms, id)));
        }
        if changed {
            self.mark(slot);
        }
        Ok(())
    }

    /// Says that a customer has nothing left and is to be forgotten.
    pub fn forget(&mut self, slot: u32, tally: &mut Tally) {
        if let Ok(folded) = self.at(slot) {
            tally.remove(&std::mem::take(&mut folded.counted));
        }
        self.mark(slot);
    }

    /// Whether anybody differs from what is on the shelf.
    pub fn any_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Begins a checkpoint: who has changed until now is to be gathered as she is now.
    pub fn begin_gathering(&mut self) {
        self.awaiting = std::mem::take(&mut self.changed);
        self.gathered.reserve(self.awaiting.len());
        self.era += 1;
    }

    /// Gathers some of those who have changed; answers how many of `most` were not needed.
    pub fn gather(&mut self, most: usize) -> usize {
        let from = self.awaiting.len().saturating_sub(most);
        let some = self.awaiting.split_off(from);
        for slot in &some {
            self.gather_before_change(*slot);
        }
        most - some.len()
    }

    /// All who were gathered.
    pub fn take_gathered(&mut self) -> Vec<(Arc<str>, StoredCustomer)> {
        std::mem::take(&mut self.gathered)
    }

    /// Whoever may change a customer takes her first for the checkpoint that waits for her.
    fn gather_before_change(&mut self, slot: u32) {
        let Some(Some(folded)) = self.slots.get_mut(slot as usize) else {
            return;
        };
        if !folded.dirty || folded.era == self.era {
            return;
        }
        folded.dirty = false;
        self.gathered.push((folded.id.clone(), folded.stored()));
        if folded.nodes.is_empty() {
            self.gone.push(slot);
        }
    }

    /// Forgets those who had nothing left, now that the shelf knows.
    pub fn forget_saved(&mut self) {
        for slot in std::mem::take(&mut self.gone) {
            let place = &mut self.slots[slot as usize];
            let is_gone =
                |folded: &Folded| folded.nodes.is_empty() && !folded.dirty && !folded.listed;
            if let Some(folded) = place.take_if(|folded| is_gone(folded)) {
                self.by_id.remove(&folded.id);
                self.free.push(slot);
            }
        }
    }

    /// A customer who was to be settled, and then no longer is.
    pub fn listed(&mut self, slot: u32) -> Option<&mut Folded> {
        self.gather_before_change(slot);
        let folded = self.slots.get_mut(slot as usize)?.as_deref_mut()?;
        std::mem::take(&mut folded.listed).then_some(folded)
    }

    /// Of the next `most` slots lets go of customers that have not been used since they were last
    /// looked at, or of all, but of nothing unsaved.
    pub fn let_go(&mut self, most: usize, all: bool) {
        for _ in 0..most.min(self.slots.len()) {
            self.looked_at = (self.looked_at + 1) % self.slots.len();
            let place = &mut self.slots[self.looked_at];
            match place {
                Some(folded) if folded.used && !all || folded.listed || folded.dirty => {
                    folded.used = false;
                }
                Some(folded) => {
                    self.by_id.remove(&folded.id);
                    self.free.push(self.looked_at as u32);
                    *place = None;
                }
                None => {}
            }
        }
    }
}

pub(super) fn read<'k>(
    key: &'k [u8],
    bytes: &[u8],
) -> Result<(&'k str, StoredCustomer), ShelfError> {
    let id = std::str::from_utf8(key).ok();
    let stored = postcard::from_bytes(bytes).ok();
    id.zip(stored)
        .ok_or_else(|| damaged("a customer is not as she was written"))
}

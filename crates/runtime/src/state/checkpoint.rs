//! Checkpoints: what is not on the shelf goes there in one step, while lines go on being taken in.
//!
//! **Invariant:** the shelf holds what a prefix of the log leaves behind, and says which. So after a
//! crash the lines behind that prefix are taken in again, and nothing else need be known.
//!
//! What is to be written is gathered little by little, so that nobody who asks has to wait for it:
//! whatever a later line is about to change is taken first, as it was at the checkpoint's line. Making
//! bytes of it and writing them is another thread's work. Until that is done nobody is let go of.

use std::sync::Arc;

use perennial_store::shelf::{Shelf, ShelfError, Sync, Writes};

use super::node::Node;
use super::{
    CUSTOMERS, META, Messages, NAMES, NODES, Recent, SUMMARY, State, StoredCustomer, Summary,
    TOUCHES, damaged, ids_failed,
};

/// What a checkpoint writes.
pub(crate) struct Checkpoint {
    pub nodes: Vec<(u32, Node)>,
    /// Identifier, number of the first line, and touches as bytes.
    pub touches: Vec<(u32, u64, Arc<Vec<u8>>)>,
    /// Customers; those without identifiers are gone.
    pub customers: Vec<(Arc<str>, StoredCustomer)>,
    messages: Arc<Messages>,
    recent: Arc<Recent>,
    summary: Summary,
}

impl Checkpoint {
    /// Writes all of it, or nothing.
    ///
    /// # Errors
    /// What the shelf says.
    pub fn write(self, shelf: &dyn Shelf) -> Result<(), ShelfError> {
        let unwritable = |_| damaged("what is known cannot be written");
        let mut writes = Writes::default();
        for (number, node) in self.nodes {
            let key = number.to_be_bytes();
            let bytes = postcard::to_allocvec(&node).map_err(unwritable)?;
            writes.put(NODES, key, bytes);
            let mut name = vec![node.rank];
            name.extend_from_slice(node.id.as_bytes());
            writes.put(NAMES, name, key);
        }
        for (number, first, bytes) in self.touches {
            let mut key = number.to_be_bytes().to_vec();
            key.extend(first.to_be_bytes());
            writes.put(TOUCHES, key, bytes.as_slice());
        }
        for (id, folded) in self.customers {
            if folded.nodes.is_empty() {
                writes.delete(CUSTOMERS, id.as_bytes());
            } else {
                let bytes = postcard::to_allocvec(&folded).map_err(unwritable)?;
                writes.put(CUSTOMERS, id.as_bytes(), bytes);
            }
        }
        // Ids go first: one that is known under its own line's number does no harm.
        let recent = self.recent.iter();
        let entries: Vec<(u128, u64)> = recent.map(|(hash, first)| (*hash, *first)).collect();
        self.messages
            .add(self.summary.applied, &entries)
            .map_err(ids_failed)?;
        let summary = postcard::to_allocvec(&self.summary).map_err(unwritable)?;
        writes.put(META, SUMMARY, summary);
        shelf.commit(writes, Sync::No)
    }
}

/// A checkpoint that has begun and not ended.
pub(crate) struct Underway {
    /// What there is once, as it was when the checkpoint began.
    summary: Summary,
    /// Messages of the lines that it takes in.
    pub recent: Arc<Recent>,
}

impl State {
    /// Begins a checkpoint of everything as it is now; false while one is on its way, and where there is
    /// nothing new. What is to be written is gathered by [`State::gather`], lines may be taken in
    /// meanwhile: whatever a line changes is gathered first.
    pub fn begin_checkpoint(&mut self) -> bool {
        let is_new = self.summary.applied != self.saved || self.customers.any_changed();
        if self.saving.is_some() || !is_new {
            return false;
        }
        // Of what is yet to be forgotten nothing may be taken for what is on its way now.
        self.people.forget_saved(usize::MAX);
        self.summary.kinds = self.book.kinds();
        self.summary.nodes = self.people.len() as u32;
        self.people.begin_gathering();
        self.customers.begin_gathering();
        self.saving = Some(Underway {
            summary: self.summary.clone(),
            recent: Arc::new(std::mem::take(&mut self.recent)),
        });
        true
    }

    /// Gathers up to `most` identifiers and customers for the checkpoint that has begun, which comes
    /// out when it is whole.
    pub fn gather(&mut self, most: usize) -> Option<Checkpoint> {
        let left = self.people.gather(most);
        if left == 0 || self.customers.gather(left) == 0 {
            return None;
        }
        let saving = self.saving.as_ref()?;
        let (nodes, touches) = self.people.take_gathered();
        Some(Checkpoint {
            nodes,
            touches,
            customers: self.customers.take_gathered(),
            messages: Arc::clone(&self.messages),
            recent: Arc::clone(&saving.recent),
            summary: saving.summary.clone(),
        })
    }

    /// The checkpoint is on the shelf. What is at hand of it can be forgotten by [`State::forget_saved`],
    /// and what comes back is not needed any more.
    pub fn end_checkpoint(&mut self) -> Option<Underway> {
        let saving = self.saving.take();
        if let Some(saving) = &saving {
            self.saved = saving.summary.applied;
        }
        self.customers.forget_saved();
        saving
    }

    /// Forgets the touches of up to `most` identifiers that are on the shelf; true when none are left.
    pub fn forget_saved(&mut self, most: usize) -> bool {
        self.people.forget_saved(most) > 0
    }

    /// Puts everything on the shelf. No checkpoint may be on its way.
    ///
    /// # Errors
    /// What the shelf says: then nothing of this state can be relied on.
    pub fn save(&mut self) -> Result<(), ShelfError> {
        if !self.begin_checkpoint() {
            return Ok(());
        }
        if let Some(checkpoint) = self.gather(usize::MAX) {
            checkpoint.write(&*self.shelf)?;
        }
        self.end_checkpoint();
        self.forget_saved(usize::MAX);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use perennial_model::Time;
    use perennial_store::disk::{Disk, MemoryDisk};
    use perennial_store::shelf::{MemoryShelf, View};

    use super::super::{ALL, Messages, State};
    use super::*;
    use crate::rulebook::Rulebook;
    use crate::shop;

    /// Histories that are played.
    const SEEDS: u64 = 6;
    const LINES: u64 = 500;

    fn empty() -> State {
        let book = Rulebook::compile(&shop::project()).expect("rules");
        let disk: Arc<dyn Disk> = Arc::new(MemoryDisk::default());
        let messages = Messages::open(&disk, Path::new("/ids")).expect("ids");
        let shelf = Arc::new(MemoryShelf::new(&ALL));
        let state = State::open(book, shelf, Arc::new(messages)).expect("a shelf");
        state.expect("an empty shelf")
    }

    fn everything(shelf: &dyn View) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
        let pairs = ALL.iter().flat_map(|space| {
            let pairs = shelf.scan(space, &[]);
            pairs.map(|pair| (*space, pair.expect("a pair")))
        });
        pairs
            .map(|(space, (key, value))| (space, key, value))
            .collect()
    }

    /// A checkpoint that is gathered while lines are taken in writes what was there when it began.
    #[test]
    fn gathering_slowly_writes_the_same_as_stopping_for_it() {
        for seed in 1..=SEEDS {
            let mut dice = shop::Dice(seed);
            let (mut slow, mut still) = (empty(), empty());
            let (mut now, mut written) = (shop::START_MS, 0);
            let mut expected = None;
            for ordinal in 0..LINES {
                now += dice.below(shop::DAY_MS as u64) as i64;
                let line = shop::line(&shop::call(&mut dice, ordinal, now, 12), now);
                for state in [&mut slow, &mut still] {
                    state.apply(ordinal, &line).expect("a line");
                    state.settle(Time(now)).expect("time");
                }
                if dice.one_in(9) && slow.begin_checkpoint() {
                    still.save().expect("a shelf");
                    expected = Some(everything(&*still.shelf));
                }
                if let Some(checkpoint) = slow.gather(dice.below(3) as usize) {
                    checkpoint.write(&*slow.shelf).expect("a shelf");
                    assert_eq!(
                        Some(everything(&*slow.shelf)),
                        expected.take(),
                        "seed {seed}, line {ordinal}"
                    );
                    slow.end_checkpoint();
                    slow.forget_saved(1);
                    slow.let_go(100, true);
                    still.let_go(100, true);
                    written += 1;
                }
            }
            assert!(written > 3, "seed {seed}: {written} checkpoints");
        }
    }
}

//! Checkpoints: what is not on the shelf goes there in one step, while lines go on being taken in.
//!
//! **Invariant:** the shelf holds what a prefix of the log leaves behind, and says which. So after a
//! crash the lines behind that prefix are taken in again, and nothing else need be known.
//!
//! What is to be written is handed over as it is at the checkpoint's line, which is quick; making bytes
//! of it and writing them is another thread's work. Until that is done nobody concerned is let go of.

use std::sync::Arc;

use perennial_store::shelf::{Shelf, ShelfError, Sync, Writes};

use super::node::Node;
use super::{
    CUSTOMERS, META, Messages, NAMES, NODES, Recent, SUMMARY, State, StoredCustomer, Summary,
    TOUCHES, damaged,
};

/// What a checkpoint writes.
pub(crate) struct Checkpoint {
    pub nodes: Vec<(u32, Node)>,
    /// Identifier, number of the first line, and touches as bytes.
    pub touches: Vec<(u32, u64, Arc<Vec<u8>>)>,
    /// Customers; those without identifiers are gone.
    pub persons: Vec<(Arc<str>, StoredCustomer)>,
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
        for (id, person) in self.persons {
            if person.nodes.is_empty() {
                writes.delete(CUSTOMERS, id.as_bytes());
            } else {
                let bytes = postcard::to_allocvec(&person).map_err(unwritable)?;
                writes.put(CUSTOMERS, id.as_bytes(), bytes);
            }
        }
        // Ids go first: one that is known under its own line's number does no harm.
        let recent = self.recent.iter();
        let entries: Vec<(u128, u64)> = recent.map(|(hash, first)| (*hash, *first)).collect();
        self.messages
            .add(self.summary.applied, &entries)
            .map_err(|error| damaged(&error.to_string()))?;
        let summary = postcard::to_allocvec(&self.summary).map_err(unwritable)?;
        writes.put(META, SUMMARY, summary);
        shelf.commit(writes, Sync::No)
    }
}

impl State {
    /// Hands over what is not on the shelf; `None` while that of the last time is on its way, and
    /// where there is nothing new.
    pub fn begin_checkpoint(&mut self) -> Option<Checkpoint> {
        if self.saving.is_some()
            || self.summary.applied == self.saved && !self.persons.any_changed()
        {
            return None;
        }
        self.summary.kinds = self.book.kinds();
        self.summary.nodes = self.people.len() as u32;
        let recent = Arc::new(std::mem::take(&mut self.recent));
        self.saving = Some((self.summary.applied, Arc::clone(&recent)));
        let (nodes, touches) = self.people.take_changed();
        Some(Checkpoint {
            nodes,
            touches,
            persons: self.persons.take_changed(),
            messages: Arc::clone(&self.messages),
            recent,
            summary: self.summary.clone(),
        })
    }

    /// What was handed over is on the shelf.
    pub fn end_checkpoint(&mut self) {
        if let Some((applied, _)) = self.saving.take() {
            self.saved = applied;
        }
        self.people.forget_saved();
        self.persons.forget_saved();
    }

    /// Puts everything on the shelf. No checkpoint may be on its way.
    ///
    /// # Errors
    /// What the shelf says: then nothing of this state can be relied on.
    pub fn save(&mut self) -> Result<(), ShelfError> {
        if let Some(checkpoint) = self.begin_checkpoint() {
            checkpoint.write(&*self.shelf)?;
            self.end_checkpoint();
        }
        Ok(())
    }
}

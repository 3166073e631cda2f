//! What of identifiers a checkpoint takes, little by little, and what may be let go of after it.

use std::sync::Arc;

use super::node::Node;
use super::people::People;

/// Identifiers, and touches by identifier and first line, that a checkpoint writes.
pub(crate) type Changed = (Vec<(u32, Node)>, Vec<(u32, u64, Arc<Vec<u8>>)>);

impl People {
    /// Begins a checkpoint: what has changed until now is to be gathered as it is now.
    pub fn begin_gathering(&mut self) {
        self.awaiting = std::mem::take(&mut self.changed);
        // Room is made now, since moving it as it grows would take long.
        self.gathered.0.reserve(self.awaiting.len());
        self.gathered.1.reserve(self.awaiting.len());
        self.saving.reserve(self.awaiting.len());
        self.era += 1;
    }

    /// Gathers some of what has changed; answers how many of `most` were not needed.
    pub fn gather(&mut self, most: usize) -> usize {
        let from = self.awaiting.len().saturating_sub(most);
        let some = self.awaiting.split_off(from);
        for number in &some {
            self.gather_before_change(*number);
        }
        most - some.len()
    }

    /// All that was gathered.
    pub fn take_gathered(&mut self) -> Changed {
        std::mem::take(&mut self.gathered)
    }

    /// Whoever may change an identifier takes it first for the checkpoint that waits for it.
    pub(super) fn gather_before_change(&mut self, number: u32) {
        let Some(held) = &mut self.held[number as usize] else {
            return;
        };
        if !held.awaits(self.era) {
            return;
        }
        let (nodes, touches) = &mut self.gathered;
        if std::mem::take(&mut held.dirty) {
            nodes.push((number, held.node.clone()));
        }
        if !held.pending.is_empty() {
            let bytes = Arc::new(std::mem::take(&mut held.pending));
            touches.push((number, held.pending_first, Arc::clone(&bytes)));
            held.saving = Some(bytes);
            self.saving.push(number);
        }
    }

    /// Forgets some of the touches that are now on the shelf; answers how many of `most` were not needed.
    pub fn forget_saved(&mut self, most: usize) -> usize {
        let from = self.saving.len().saturating_sub(most);
        let some = self.saving.split_off(from);
        for number in &some {
            if let Some(held) = &mut self.held[*number as usize] {
                held.saving = None;
            }
        }
        most - some.len()
    }

    /// Of the next `most` identifiers lets go of those that have not been used since they were last
    /// looked at, or of all, but of nothing unsaved.
    pub fn let_go(&mut self, most: usize, all: bool) {
        for _ in 0..most.min(self.held.len()) {
            self.looked_at = (self.looked_at + 1) % self.held.len();
            let place = &mut self.held[self.looked_at];
            match place {
                Some(held) if held.used && !all || held.is_changed() || held.saving.is_some() => {
                    held.used = false;
                }
                Some(held) => {
                    self.key.clear();
                    self.key.push(held.node.rank);
                    self.key.extend_from_slice(held.node.id.as_bytes());
                    self.numbers.remove(&self.key[..]);
                    *place = None;
                }
                None => {}
            }
        }
    }
}

//! What a commit is to change.

use super::Space;

/// Values to be put and keys to be taken away, over any spaces. Of several writes to a key the last counts.
#[derive(Clone, Debug, Default)]
pub struct Writes {
    list: Vec<Write>,
}

/// One write; no value takes the key away.
pub(super) type Write = (Space, Vec<u8>, Option<Vec<u8>>);

impl Writes {
    /// No writes yet, with room for some.
    pub fn with_capacity(writes: usize) -> Self {
        Self {
            list: Vec::with_capacity(writes),
        }
    }

    /// Puts a value under a key, in place of the one there.
    pub fn put(&mut self, space: Space, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.list.push((space, key.into(), Some(value.into())));
    }

    /// Takes a key away, if it is there.
    pub fn delete(&mut self, space: Space, key: impl Into<Vec<u8>>) {
        self.list.push((space, key.into(), None));
    }

    /// How many writes there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The writes in order of space and key, each key once.
    pub(super) fn settled(mut self) -> Vec<Write> {
        self.list
            .sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        // The sort is stable: of equals the last was written last, and is the first from the end.
        self.list.reverse();
        self.list
            .dedup_by(|one, other| (one.0, &one.1) == (other.0, &other.1));
        self.list.reverse();
        self.list
    }
}

//! An identifier at hand: what is known of it, and its touches that are not on the shelf.

use std::sync::Arc;

use super::node::Node;

/// An identifier at hand.
pub(crate) struct Held {
    pub node: Node,
    /// Touches not yet on the shelf, as bytes, and the number of the first one's line.
    pub pending: Vec<u8>,
    pub pending_first: u64,
    /// Touches on their way to the shelf, if any are.
    pub saving: Option<Arc<Vec<u8>>>,
    /// Where her customer was held last.
    pub slot: u32,
    /// Whether the identifier differs from what is on the shelf.
    pub dirty: bool,
    /// The era in which it, or its touches, first differed from the shelf.
    pub era: u32,
    /// Whether it has been used since the last look for what can be let go.
    pub used: bool,
}

impl Held {
    /// An identifier as it was met or fetched.
    pub fn new(node: Node) -> Self {
        Self {
            node,
            pending: Vec::new(),
            pending_first: 0,
            saving: None,
            slot: u32::MAX,
            dirty: false,
            era: 0,
            used: true,
        }
    }

    /// Whether it differs from the shelf since before an era, and so is to be gathered.
    pub fn awaits(&self, era: u32) -> bool {
        self.era != era && self.is_changed()
    }

    /// Whether it, or its touches, differ from the shelf.
    pub fn is_changed(&self) -> bool {
        self.dirty || !self.pending.is_empty()
    }
}

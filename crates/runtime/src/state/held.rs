//! An identifier at hand: what is known of it, and its touches that are not on the shelf.

use std::sync::Arc;

use super::node::Node;

/// An identifier at hand.
pub(crate) struct Held {
    pub node: Node,
    /// Touches not yet on the shelf, as bytes, and the number of the first one's line.
    pub pending: Vec<u8>,
    pub pending_first: u64,
    /// Touches on their way to the shelf.
    pub saving: Arc<Vec<u8>>,
    /// Where her customer was held last.
    pub slot: u32,
    /// Whether the identifier differs from what is on the shelf.
    pub dirty: bool,
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
            saving: Arc::default(),
            slot: u32::MAX,
            dirty: false,
            used: true,
        }
    }
}

//! The keys of NDJSON objects seen so far, each way through them a cell number.

use std::collections::HashMap;

/// Most different ways kept; values at others are left out and counted.
const MAX_NODES: usize = 8_000;

/// How many keys are looked at that followed before, until a key is looked up: lines leave out keys
/// more often than they change the order.
const NEAR: usize = 6;

/// The root: the object that a line is.
pub(crate) const ROOT: u32 = 0;

/// All ways through the objects of a file, as a tree that only grows.
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

struct Node {
    parent: u32,
    key: Box<str>,
    children: HashMap<Box<str>, u32>,
    /// The child that came first when the order was last learned; the root where there is none.
    first: u32,
    /// The key that came after this one in its object; the root where there was none.
    after: u32,
    /// The child that was read last in the object at hand; the root where there was none.
    last: u32,
}

impl Tree {
    /// A tree of the root alone.
    pub fn new() -> Self {
        Self {
            nodes: vec![Node::new(ROOT, "")],
        }
    }

    /// Ways known.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The child of a node, new if it was not known; `None` when there are too many.
    pub fn child(&mut self, parent: u32, key: &str) -> Option<u32> {
        let last = self.nodes[parent as usize].last;
        let expected = if last == ROOT {
            self.nodes[parent as usize].first
        } else {
            self.nodes[last as usize].after
        };
        let mut near = expected;
        for _ in 0..NEAR {
            if near == ROOT {
                break;
            }
            if *self.nodes[near as usize].key == *key {
                self.nodes[parent as usize].last = near;
                return Some(near);
            }
            near = self.nodes[near as usize].after;
        }
        let child = match self.find(parent, key) {
            Some(child) => child,
            None if self.nodes.len() >= MAX_NODES => return None,
            None => {
                let child = self.nodes.len() as u32;
                self.nodes.push(Node::new(parent, key));
                self.nodes[parent as usize]
                    .children
                    .insert(key.into(), child);
                child
            }
        };
        // The order is learned.
        if last == ROOT {
            self.nodes[parent as usize].first = child;
        } else {
            self.nodes[last as usize].after = child;
        }
        self.nodes[parent as usize].last = child;
        Some(child)
    }

    /// The child of a node, if it is known.
    pub fn find(&self, parent: u32, key: &str) -> Option<u32> {
        self.nodes[parent as usize].children.get(key).copied()
    }

    /// The node of a whole way, new if it was not known.
    pub fn way(&mut self, keys: &[&str]) -> Option<u32> {
        keys.iter()
            .try_fold(ROOT, |node, key| self.child(node, key))
    }

    /// The next object begins: its first key is expected where it was before.
    pub fn restart(&mut self, node: u32) {
        self.nodes[node as usize].last = ROOT;
    }

    /// The keys from the root to a node.
    pub fn keys(&self, mut node: u32) -> Vec<&str> {
        let mut keys = Vec::new();
        while node != ROOT {
            keys.push(&*self.nodes[node as usize].key);
            node = self.nodes[node as usize].parent;
        }
        keys.reverse();
        keys
    }
}

impl Node {
    fn new(parent: u32, key: &str) -> Self {
        Self {
            parent,
            key: key.into(),
            children: HashMap::new(),
            first: ROOT,
            after: ROOT,
            last: ROOT,
        }
    }
}
